"""`python -m qbr_pipeline.runtime.code_server`: Dagster's own code server, whose runs start warm.

What belongs here: how the processes of runs come about. Dagster starts each from nothing, which costs three of the four
seconds of CPU of a small month; here they are forked from one process that has imported everything (`warm_runs`). A
reload of the code, as from the UI, starts server and process anew. `QBR_WARM_RUNS=false` leaves it to Dagster.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from multiprocessing import forkserver
from multiprocessing.context import BaseContext, ForkServerContext, ForkServerProcess

from qbr_pipeline.liveness import living_process
from qbr_pipeline.orchestration.dagster_internals import LOCATION, run_code_server
from qbr_pipeline.settings import SettingsError, settings

MODULE = "qbr_pipeline.definitions"
_LOST = 255
"""What multiprocessing takes for the exit code of a process whose fork server is gone."""


class _Run(ForkServerProcess):
    def is_alive(self) -> bool:
        """Whether the process lives, also when the one that forked it does not any more."""
        return super().is_alive() or (self.exitcode == _LOST and living_process(self.pid or 0) is not None)


class _WarmContext(ForkServerContext):
    Process = _Run


def starts_of_runs() -> BaseContext:
    """How processes of runs are started; where they start warm, what they are forked from is at work already."""
    if not settings().warm_runs or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = _WarmContext()
    context.set_forkserver_preload(["qbr_pipeline.runtime.warm_runs"])
    forkserver.ensure_running()
    return context


def main(words: Sequence[str]) -> None:
    """Serve the code until SIGTERM; `words` are options of `dagster code-server start`, such as `--port 4266`."""
    inner = [sys.executable, "-m", "qbr_pipeline.runtime.code_server"]
    try:
        log_format = ("--log-format", "json") if settings().logs_as_json else ()
    except SettingsError as error:
        sys.exit(str(error))
    if words[:1] != ["api"]:
        location = ("--location-name", LOCATION, "--module-name", MODULE)
        words = ["code-server", "start", *log_format, *location, *words]
    run_code_server(words, inner=inner, runs=starts_of_runs)


if __name__ == "__main__":
    main(sys.argv[1:])
