"""Dagster's private parts of its web server: the workspace, as the role of whoever asks sees it.

What belongs here: everything of the UI that Dagster does not publish. What does not: deciding who has which role.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from qbr_pipeline.api.access import Caller
from qbr_pipeline.orchestration.dagster_internals import (
    WorkspaceFileTarget,
    WorkspaceLoadTarget,
    WorkspaceProcessContext,
    WorkspaceRequestContext,
    configure_loggers,
)
from qbr_pipeline.runtime.dagster_ui import CALLER
from qbr_pipeline.settings import Role

_STATEMENT_MILLISECONDS, _POOL_RECYCLE_SECONDS, _POOL_OVERFLOW = 15_000, 3_600, 20
_POLL_MILLISECONDS = 2_000


class RoleWorkspace(WorkspaceProcessContext):
    """A workspace that is read-only for whoever may only read, request by request."""

    def create_request_context(self, source: object | None = None) -> WorkspaceRequestContext:
        """The workspace for one request; what Dagster makes without one is part of what a request may do already."""
        caller = source.scope.get(CALLER) if isinstance(source, HTTPConnection) else None
        return WorkspaceRequestContext(
            instance=self.instance,
            current_workspace=self.get_current_workspace(),
            process_context=self,
            version=self.version,
            source=source,
            read_only=isinstance(caller, Caller) and caller.role is not Role.WRITE,
        )


@contextmanager
def dagster_application(workspace: Path, *, logs_as_json: bool = False) -> Iterator[Starlette]:
    """Dagster's own web application over the instance of DAGSTER_HOME and a workspace file, as its command makes it."""
    configure_loggers(formatter="json" if logs_as_json else "colored", log_level="INFO")
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_MILLISECONDS, _POOL_RECYCLE_SECONDS, _POOL_OVERFLOW)
        with application_over(instance, WorkspaceFileTarget([str(workspace)])) as application:
            yield application


@contextmanager
def application_over(instance: DagsterInstance, target: WorkspaceLoadTarget | None) -> Iterator[Starlette]:
    """Dagster's own web application over any instance and workspace, also an empty one."""
    with RoleWorkspace(instance, target, version=__version__) as process_context:
        yield create_app_from_workspace_process_context(
            process_context, live_data_poll_rate=_POLL_MILLISECONDS
        )
