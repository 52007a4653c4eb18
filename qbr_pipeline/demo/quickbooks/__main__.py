"""The simulated server as a process of its own: `python -m qbr_pipeline.demo.quickbooks --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from qbr_pipeline.demo.program import ended_by_signal, serve
from qbr_pipeline.demo.quickbooks.books import Books
from qbr_pipeline.demo.quickbooks.server import SimulatedQuickBooks


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m qbr_pipeline.demo.quickbooks",
        description="A simulated QuickBooks Online on loopback, with made-up books. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes up other books")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every request")
    parser.add_argument("--ready-file", type=Path, help="where to write the address once it answers")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C, then return 0; 1 when it cannot begin, with one sentence on stderr."""
    arguments = _arguments(words)
    ended = ended_by_signal()
    server = SimulatedQuickBooks(Books(seed=arguments.seed), port=arguments.port)
    server.faults.latency = arguments.latency
    return serve(server, arguments.port, arguments.ready_file, ended)


if __name__ == "__main__":
    sys.exit(main())
