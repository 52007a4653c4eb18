"""The server that `qbr benchmark api` asks: our own application, and an empty route beside it.

What belongs here: a process of its own, `python -m tools.benchmarks.api_server FILE`, that writes its port
to FILE once it listens. The settings come from the environment, as those of `qbr serve` do.
"""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path

from flask import Response

from qbr_pipeline.api.server import make_server
from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import open_database

EMPTY = "/empty"


def main(port_file: Path) -> None:
    """Serve until the process is ended."""
    read = settings()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("qbr_pipeline").setLevel(read.log_level)
    assert read.database_url is not None  # noqa: S101 - the benchmark names it
    app = create_app(open_database(read.database_url, timezone=read.timezone), read)
    app.add_url_rule(EMPTY, view_func=lambda: Response(b""), endpoint="empty")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        waiting = port_file.with_suffix(".new")
        waiting.write_text(str(listening.getsockname()[1]))
        waiting.rename(port_file)
        make_server(app, sockets=[listening]).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
