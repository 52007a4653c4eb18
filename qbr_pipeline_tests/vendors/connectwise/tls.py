"""TLS in front of a simulated ConnectWise, reached directly or through a proxy's tunnel, with its own authority."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self

_TLS_HANDSHAKE = b"\x16"
_NAMES = "DNS:localhost,DNS:*.myconnectwise.net"


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for this machine and for ConnectWise's cloud that is its own authority, and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", "/CN=qbr tests", "-addext", f"subjectAltName={_NAMES}"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


class TlsFront(ThreadingTCPServer):
    """Takes TLS off and hands everything on to a port of this machine; `tunnels`: what a proxy was asked for."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, certificate: Path, key: Path, upstream: int) -> None:
        self.tunnels: list[str] = []
        self.upstream = upstream
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseRequestHandler):
    server: TlsFront

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            if self.request.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
                self._tunnel()
            with self.server.tls.wrap_socket(self.request, server_side=True) as client:
                self._relay(client)

    def _tunnel(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        self.server.tunnels.append(head.split()[1].decode())
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

    def _relay(self, client: ssl.SSLSocket) -> None:
        with socket.create_connection(("127.0.0.1", self.server.upstream)) as upstream:
            back = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
            back.start()
            _copy(client, upstream)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
