"""How a record of the log looks: one line, whatever text of others it quotes.

What belongs here: the format. What does not: where the lines go (`logs`).
"""

from __future__ import annotations

import logging

from qbr_pipeline.plain_text import one_line


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
