"""The simulated server as a process of its own: `python -m qbr_pipeline.demo.ninja --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from qbr_pipeline.demo.ninja.server import SimulatedNinja
from qbr_pipeline.demo.ninja.world import World
from qbr_pipeline.demo.program import ended_by_signal, serve
from qbr_pipeline.periods import Month


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m qbr_pipeline.demo.ninja",
        description="A simulated NinjaOne server on loopback, with a made-up fleet. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes up another fleet")
    parser.add_argument("--devices", type=int, default=610, help="devices before the first night")
    parser.add_argument(
        "--guests", type=int, default=0, help="VM guests, and as many devices that wait for approval"
    )
    parser.add_argument(
        "--start-month", type=Month.parse, default=Month(2024, 1), help="that of the first night"
    )
    parser.add_argument(
        "--timezone", type=ZoneInfo, default=ZoneInfo("America/Chicago"), help="whose days count"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every request")
    parser.add_argument("--ready-file", type=Path, help="where to write the address once it answers")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C, then return 0; 1 when it cannot begin, with one sentence on stderr."""
    arguments = _arguments(words)
    ended = ended_by_signal()
    first_night = arguments.start_month.first_day
    world = World(
        arguments.devices, first_night, arguments.timezone, seed=arguments.seed, guests=arguments.guests
    )
    server = SimulatedNinja(world, port=arguments.port)
    server.faults.latency = arguments.latency
    return serve(server, arguments.port, arguments.ready_file, ended)


if __name__ == "__main__":
    sys.exit(main())
