"""The simulated server as a process of its own: `python -m qbr_pipeline.demo.connectwise --help`."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from qbr_pipeline.demo.connectwise.demo_world import DEMO_START, demo_world
from qbr_pipeline.demo.connectwise.generator import Scale
from qbr_pipeline.demo.connectwise.server import SimulatedConnectWise, wall_clock
from qbr_pipeline.demo.program import ended_by_signal, serve
from qbr_pipeline.periods import Month


def moment(text: str) -> datetime:
    """The moment that an ISO text names, in UTC where it names no offset. ValueError for other texts."""
    named = datetime.fromisoformat(text)
    return named.replace(tzinfo=UTC) if named.tzinfo is None else named.astimezone(UTC)


def month(text: str) -> Month:
    """The month that a text such as 2025-03 names. ValueError for other texts."""
    return Month.parse(text)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    usual = Scale()
    parser = argparse.ArgumentParser(
        prog="python -m qbr_pipeline.demo.connectwise",
        description="A simulated ConnectWise PSA server on loopback, with made-up tickets. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes up another world")
    parser.add_argument("--created", type=int, default=usual.created, help="reactive tickets entered a month")
    parser.add_argument("--closed", type=int, default=usual.closed, help="reactive tickets closed a month")
    parser.add_argument("--entries", type=int, default=usual.entries, help="time entries a month")
    parser.add_argument("--season", type=float, default=usual.season, help="0: every month alike")
    parser.add_argument("--start-month", type=month, default=DEMO_START, help="the first whole month")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every request")
    parser.add_argument("--now", type=moment, help="stop the clock at this moment, such as 2025-02-01T04:30Z")
    parser.add_argument("--prepare", action="store_true", help="make everything up before the first request")
    parser.add_argument("--ready-file", type=Path, help="where to write the address once it answers")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C, then return 0; 1 when it cannot begin, with one sentence on stderr."""
    arguments = _arguments(words)
    ended = ended_by_signal()
    try:
        scale = Scale(arguments.created, arguments.closed, arguments.entries, arguments.season)
        world = demo_world(arguments.seed, start=arguments.start_month, scale=scale)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stopped: datetime | None = arguments.now
    clock = wall_clock if stopped is None else lambda: stopped
    if arguments.prepare:
        gc.disable()  # nothing that is made up is ever garbage
        world.tickets.at(clock())
        world.entries.at(clock())
        gc.freeze()
        gc.enable()
    server = SimulatedConnectWise(world, port=arguments.port, clock=clock)
    server.faults.latency = arguments.latency
    return serve(server, arguments.port, arguments.ready_file, ended)


if __name__ == "__main__":
    sys.exit(main())
