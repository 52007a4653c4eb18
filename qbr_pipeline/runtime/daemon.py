"""`python -m qbr_pipeline.runtime.daemon -w WORKSPACE`: Dagster's own daemon, with a log that people can read.

What belongs here: what it says, and how. While runs are queued Dagster says so once a second; that line is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from qbr_pipeline.orchestration.dagster_internals import run_daemon
from qbr_pipeline.settings import SettingsError, settings


def main(words: Sequence[str]) -> None:
    """Be the daemon until SIGTERM; `words` are options of `dagster-daemon run`. QBR_LOG_FORMAT says how lines look."""
    try:
        as_json = settings().logs_as_json
    except SettingsError as error:
        sys.exit(str(error))
    run_daemon([*(("--log-format", "json") if as_json else ()), *words])


if __name__ == "__main__":
    main(sys.argv[1:])
