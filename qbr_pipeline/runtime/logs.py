"""Log files that do not grow without end, whoever writes into them.

What belongs here: how a line looks, turning over a full file without losing one, and what a child process says. What
does not: which lines are written.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fasteners  # type: ignore[import-untyped]
import structlog

from qbr_pipeline.plain_text import one_line
from qbr_pipeline.runtime.private import private_file

MOST_BYTES = 10_000_000
KEPT = 5
"""How large a file becomes before it is turned over, and how many of the older ones stay: name.1 is the newest."""

_TAIL_LINES = 100
_TURNING = threading.Lock()
"""A lock between processes does not keep the threads of one apart."""

_FOR_THE_RECORD = re.compile(
    r"\d{4}-\d\d-\d\d \S+ ([-+]\d{4} )?(- \S+ - )?(DEBUG|INFO)\b|(DEBUG|INFO):"
    r'|\{.*"level": "(debug|info)"',
    re.ASCII,
)
"""How a line begins that says what is going on, and not what is wrong: ours, Dagster's, and those of its web server."""


class RotatingFile:
    """A file that several processes append to; one that is full becomes `name.1`, and so on. Safe among threads.

    Whoever still writes into the file of before does so in `name.1`: its lines are there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file = self._open()

    def append(self, data: bytes) -> None:
        """Write lines, or the beginning of one: a file is turned over between two lines. OSError when it cannot."""
        with self._lock:
            if self._has_moved():
                self._reopen()
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            if data.endswith(b"\n") and os.fstat(self._file).st_size >= MOST_BYTES:
                self._turn_over()

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            os.close(self._file)

    def _open(self) -> int:
        return private_file(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _reopen(self) -> None:
        os.close(self._file)
        self._file = self._open()

    def _has_moved(self) -> bool:
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._file))
        except FileNotFoundError:
            return True

    def _turn_over(self) -> None:
        with suppress(PermissionError), self._alone():  # in a directory of others' a file cannot be renamed
            if not self._has_moved():
                for number in range(KEPT - 1, 0, -1):
                    with suppress(FileNotFoundError):
                        self._numbered(number).rename(self._numbered(number + 1))
                self._path.rename(self._numbered(1))
        self._reopen()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with _TURNING, fasteners.InterProcessLock(self._path.with_name(f".{self._path.name}.lock")):
            yield


class PlainFormatter(logging.Formatter):
    """A record is one line, and a traceback below it holds no control sequence."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The line of a record."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        """A traceback; its lines stay lines."""
        lines = super().formatException(ei).split("\n")  # type: ignore[arg-type]
        return "\n".join(
            "".join(letter if letter.isprintable() else " " for letter in line) for line in lines
        )


def json_formatter() -> logging.Formatter:
    """Each record as one object of JSON, with its time in UTC: what a collector of logs reads."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


class RotatingHandler(logging.Handler):
    """Writes records of `logging` into a `RotatingFile`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = RotatingFile(path)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; one that cannot be written is told on standard error, as logging does."""
        try:
            self._file.append(f"{self.format(record)}\n".encode(errors="replace"))
        except OSError:
            self.handleError(record)


class Spoken:
    """What a child process says: it is written to a `RotatingFile`, by a thread, until the process has ended.

    `entrance`: the descriptor that is the child's standard output; who has started the child closes it.
    """

    def __init__(self, path: Path) -> None:
        self._exit, self.entrance = os.pipe()
        self._path = path
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._thread = threading.Thread(target=self._write, name=f"log of {path.stem}", daemon=True)
        self._thread.start()

    def last_words(self) -> str | None:
        """The last line of a process that has ended which says more than what was going on; None when there is none."""
        self.finish(seconds=2)
        lines = (line.strip() for line in reversed(self._tail))
        return next((line for line in lines if line and not _FOR_THE_RECORD.match(line)), None)

    def finish(self, seconds: float) -> None:
        """Wait until all is written that was said, but no longer than so many seconds."""
        self._thread.join(seconds)

    def _write(self) -> None:
        file = RotatingFile(self._path)
        begun = b""
        while data := os.read(self._exit, 65536):
            *lines, begun = (begun + data).split(b"\n")
            self._tail.extend(line.decode(errors="replace") for line in lines)
            if lines:
                self._append(file, b"\n".join([*lines, b""]))
        if begun:
            self._tail.append(begun.decode(errors="replace"))
            self._append(file, begun + b"\n")
        file.close()
        os.close(self._exit)

    @staticmethod
    def _append(file: RotatingFile, data: bytes) -> None:
        with suppress(OSError):  # a full disk: who writes waits for nobody, and what is lost is lost
            file.append(data)
