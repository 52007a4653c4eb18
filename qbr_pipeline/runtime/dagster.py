"""How Dagster's own programs are started: their paths, the code server, and the workspace that leads to it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from qbr_pipeline.runtime.context import RuntimeContext
from qbr_pipeline.runtime.postgres.sockets import make_socket_directory, socket_directory
from qbr_pipeline.runtime.private import make_private
from qbr_pipeline.runtime.processes import Processes

CODE_SERVER = "code server"


def start_code_server(runtime: RuntimeContext, processes: Processes, *options: str) -> Path:
    """Start the server of the code, from which web server and daemon learn it and runs are started; its socket.

    `options` are further ones of `dagster code-server start`. `processes.await_file` waits for the socket.
    """
    directory = socket_directory(_place(runtime))
    make_socket_directory(directory, os.geteuid(), os.getegid())
    socket = directory / "code.sock"
    socket.unlink(missing_ok=True)
    server = [sys.executable, "-m", "qbr_pipeline.runtime.code_server", "--socket", str(socket)]
    processes.start(CODE_SERVER, [*server, *options])
    return socket


def workspace(runtime: RuntimeContext, code: Path) -> Path:
    """The workspace of an installation: one location, always of the same name, behind the socket of its server."""
    file = _place(runtime) / "workspace.yaml"
    file.write_text(
        "load_from:\n"
        "  - grpc_server:\n"
        f"      socket: {json.dumps(str(code))}\n"
        "      location_name: qbr_pipeline\n"
    )
    return file


def _place(runtime: RuntimeContext) -> Path:
    """Where such files are, also when DAGSTER_HOME is the administrator's."""
    directory = runtime.settings.home / "dagster"
    make_private(directory)
    return directory


def script(name: str) -> str:
    """The path of a command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))
