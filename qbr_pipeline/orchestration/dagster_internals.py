"""What is used of Dagster beyond its public interface, in one place: dagster is pinned exactly, and this is why.

What belongs here: private names, and what they are for. Everything else imports what Dagster offers to all.
"""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import BaseContext
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.events import RunFailureReason
from dagster._core.execution.api import execute_run
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.tags import (
    PARTITION_NAME_TAG,
    POOL_TAG_PREFIX,
    REPOSITORY_LABEL_TAG,
    SCHEDULED_EXECUTION_TIME_TAG,
    WILL_RETRY_TAG,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget, WorkspaceLoadTarget
from dagster._utils.log import configure_loggers

__all__ = [
    "LOCATION",
    "OF_EVERY_RUN",
    "OURS",
    "PARTITION_NAME_TAG",
    "SCHEDULED_EXECUTION_TIME_TAG",
    "WILL_RETRY_TAG",
    "AssetCheckExecutionsTable",
    "CheckRunHealthResult",
    "DagsterAssetCheckFailedError",
    "InstigatorType",
    "RunFailureReason",
    "SqlEventLogStorage",
    "TickStatus",
    "WorkerStatus",
    "WorkspaceFileTarget",
    "WorkspaceLoadTarget",
    "WorkspaceProcessContext",
    "WorkspaceRequestContext",
    "configure_loggers",
    "in_pool",
    "latest_materialization",
    "run_code_server",
    "run_daemon",
    "run_here",
]

LOCATION = "qbr_pipeline"
"""The name of this code location, as workspace.yaml and pyproject.toml have it: schedules, cursors and queued runs
belong to a location by its name."""

_REPOSITORY = "__repository__"
_MODULE = "qbr_pipeline.definitions"

OF_EVERY_RUN = ("dagster._grpc.impl", "dagster_postgres", "qbr_dagster_storage", _MODULE)
"""What the process of a run imports, whatever the run is to do."""

_LOOK_SECONDS = 1

OURS: Mapping[str, str] = {REPOSITORY_LABEL_TAG: f"{_REPOSITORY}@{LOCATION}"}
"""The tag that Dagster gives the runs of this code location. Others may share the instance: their runs are theirs."""


def in_pool(pool: str) -> Mapping[str, str]:
    """The tags of those of our runs that take a place in a pool, whoever started them and from whatever job."""
    return {f"{POOL_TAG_PREFIX}{pool}": "true", **OURS}


def latest_materialization(
    context: dg.AssetCheckExecutionContext, key: dg.AssetKey
) -> AssetCheckEvaluationTargetMaterializationData | None:
    """What the checks of an asset's partition say that they looked at; None before the first materialization."""
    of_partition = dg.AssetRecordsFilter(key, asset_partitions=[context.partition_key])
    for record in context.instance.fetch_materializations(of_partition, limit=1).records:
        return AssetCheckEvaluationTargetMaterializationData(
            storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
        )
    return None


def run_here(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    partition: str,
    *,
    run_config: Mapping[str, object],
    tags: Mapping[str, str],
) -> dg.JobExecutionResult:
    """Run one partition of `job` in this process, as a run that the UI knows the origin of.

    What `execute_in_process` makes has no origin: it is missing from the timeline and from the job's page, and cannot
    be executed again from there.
    """
    code = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=sys.executable, module_name=_MODULE), LOCATION
    )
    run = instance.create_run_for_job(
        job,
        run_config=run_config,
        tags={**job.run_tags, PARTITION_NAME_TAG: partition, **tags},
        remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(code, _REPOSITORY), job.name),
    )
    return execute_run(InMemoryJob(job), run, instance)


def run_code_server(words: Sequence[str], *, inner: Sequence[str], runs: Callable[[], BaseContext]) -> None:
    """Be Dagster's command line in this process, for its code servers alone, with two differences.

    The server behind the one of `code-server start` is started by the command `inner`, with Dagster's words after it,
    and once more when it has ended by itself. A server that has loaded its code asks for the context by which it is to
    start the processes of `runs`.
    """
    # They take a second, which only a code server needs.
    from dagster._cli import cli  # noqa: PLC0415
    from dagster._grpc import proxy_server, server  # noqa: PLC0415

    class Server(server.DagsterApiServer):
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            self._mp_ctx = runs()  # type: ignore[assignment]  # Dagster names one kind of context

    class Proxy(proxy_server.DagsterProxyApiServicer):
        def _cleanup_thread(self) -> None:
            while not self._server_termination_event.wait(_LOOK_SECONDS):
                if self._shutdown_once_executions_finish_event.is_set():
                    super()._cleanup_thread()
                else:
                    self._start_what_has_ended()

        def _start_what_has_ended(self) -> None:
            with self._reload_lock:
                entry = self._grpc_server_registry.get_grpc_server_entry(self._origin)
                process = getattr(entry, "process", None)
                if process is None or process.server_process.poll() is None:
                    return
                self._logger.error("The server of the code ended by itself: it is started again.")
                if self._client_heartbeat_shutdown_event:
                    self._client_heartbeat_shutdown_event.set()
                self._reload_location()  # type: ignore[no-untyped-call]

    server.DagsterApiServer = Server  # type: ignore[misc]
    server.get_python_environment_entry_point = lambda executable_path: inner  # type: ignore[attr-defined]
    proxy_server.DagsterProxyApiServicer = Proxy  # type: ignore[misc]
    cli(list(words), prog_name="dagster")


def run_daemon(words: Sequence[str]) -> None:
    """Be Dagster's daemon in this process, which does not say each second that it looks at the queue."""
    from dagster._daemon.cli import cli  # noqa: PLC0415

    queue = logging.getLogger("dagster.daemon.QueuedRunCoordinatorDaemon")
    queue.addFilter(lambda record: not str(record.msg).startswith("Priority sorting"))
    cli(["run", *words], prog_name="dagster-daemon")
