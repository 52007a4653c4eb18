"""Connections that want nothing, or want it very slowly, beside those whose answers are measured.

What belongs here: opening them and keeping them as they are. What does not: asking for anything (`api`).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

IDLE, SLOW_HEADERS, SLOW_BODIES = 1000, 200, 200
_A_LETTER_EVERY_SECONDS = 1.0
_HEADER = b"GET /api/qbr/periods HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
_BODY = (
    b"POST /api/qbr/metrics/manual HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n"
)


@contextmanager
def crowd(port: int) -> Iterator[None]:
    """Meanwhile so many connections are idle, and send a header or a body a letter a second.

    One that the server closes is opened again.
    """
    beginnings = [b""] * IDLE + [_HEADER] * SLOW_HEADERS + [_BODY] * SLOW_BODIES
    connections = [_connect(port, beginning) for beginning in beginnings]
    enough = threading.Event()

    def dawdle() -> None:
        while not enough.wait(_A_LETTER_EVERY_SECONDS):
            for position, beginning in enumerate(beginnings):
                if beginning and not _sent_a_letter(connections[position]):
                    connections[position].close()
                    connections[position] = _connect(port, beginning)

    dawdling = threading.Thread(target=dawdle)
    dawdling.start()
    try:
        yield
    finally:
        enough.set()
        dawdling.join()
        for connection in connections:
            connection.close()


def _connect(port: int, beginning: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(beginning)
    return connection


def _sent_a_letter(connection: socket.socket) -> bool:
    with suppress(OSError):
        connection.sendall(b"x")
        return True
    return False
