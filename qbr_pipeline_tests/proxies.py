"""A network between a program and PostgreSQL that can swallow what passes, while its own kernel goes on answering."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import URL

from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer


@dataclass
class SwallowingProxy:
    """Takes TCP connections for an embedded server, and passes on what is sent until it is to swallow it."""

    server: EmbeddedServer
    listening: socket.socket
    is_open: threading.Event = field(default_factory=threading.Event)
    sockets: list[socket.socket] = field(default_factory=list)

    def url(self, database: str) -> str:
        """The address of a database of the server, by this proxy."""
        port = self.listening.getsockname()[1]
        address = URL.create(
            "postgresql+psycopg2", username="postgres", host="127.0.0.1", port=port, database=database
        )
        return address.render_as_string()

    def swallow(self) -> None:
        """From now on nothing passes; connections are taken and stay open."""
        self.is_open.clear()

    def forward(self) -> None:
        """From now on everything passes again."""
        self.is_open.set()

    def take(self) -> None:
        """Take connections until the listening socket is closed."""
        place = str(self.server.socket_directory / f".s.PGSQL.{self.server.port}")
        with suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(place)
                self.sockets += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.is_open.is_set():
                    target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def swallowing_proxy(server: EmbeddedServer) -> Iterator[SwallowingProxy]:
    """A proxy in front of `server` that passes everything on at first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = SwallowingProxy(server, listening)
        proxy.forward()
        taking = threading.Thread(target=proxy.take, daemon=True)
        taking.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
        taking.join(10)
        for each in proxy.sockets:
            each.close()
