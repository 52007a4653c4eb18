"""A simulated vendor as a program: it serves until a signal, and says where.

What belongs here: what the programs of every simulated vendor do alike. What they are asked for is in their `__main__`.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from qbr_pipeline.demo.wire import SimulatedServer


def ended_by_signal() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set from now on."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def serve(server: SimulatedServer, port: int, ready_file: Path | None, ended: threading.Event) -> int:
    """Serve until `ended`, then return 0; 1 when `port` cannot be used, with one sentence on stderr.

    The address is printed, and written whole into `ready_file` where there is one, once the server answers.
    """
    try:
        server.start()
    except OSError as error:
        sys.stderr.write(f"port {port} cannot be used: {error.strerror}; choose another --port\n")
        return 1
    if ready_file is not None:
        beside = ready_file.with_suffix(".new")
        beside.write_text(f"{server.url}\n", encoding="utf-8")
        beside.replace(ready_file)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    ended.wait()
    server.stop()
    return 0
