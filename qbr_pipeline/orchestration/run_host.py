"""Where a run is executed, by its own word: only there can its process be seen.

What belongs here: the tag that says it. What does not: what follows from a process that is gone (`run_cleanup`).
"""

import dagster as dg

from qbr_pipeline.liveness import Numbering, numbering

_TAG = "qbr/host"


def note_host(context: dg.InitResourceContext) -> None:
    """Let the run that this process executes, if there is one, say where that is."""
    if context.run is not None and context.instance is not None:
        context.instance.add_run_tags(context.run.run_id, {_TAG: str(numbering())})


def host_of(run: dg.DagsterRun) -> Numbering | None:
    """Whose the number of the run's process is; None as long as it has not said so."""
    return Numbering.parse(run.tags.get(_TAG, ""))
