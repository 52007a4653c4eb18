"""The surroundings of a command: its settings, the embedded server where nothing else is named, Dagster's home.

What belongs here: making a process ready to import `orchestration`, whose calendar follows the environment.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from qbr_pipeline.demo.environment import demo_environment, is_demo, is_made_for_demo, real_variables
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.dagster_home import dagster_home
from qbr_pipeline.runtime.logs import PlainFormatter, RotatingHandler, json_formatter
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer, is_embedded, start_embedded
from qbr_pipeline.settings import Settings, SettingsError, ignored_variables, settings, with_env_files
from qbr_pipeline.store import migrating
from qbr_pipeline.store.connections import FOR_REQUESTS, FOR_RUNS, Limits, make_engine
from qbr_pipeline.store.database import APPLICATION_NAME, Database, open_database
from qbr_pipeline.store.faults import database_fault

DATABASE, DAGSTER_DATABASE = "qbr", "dagster"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RuntimeContext:
    """Settings with every address filled in, and what the processes of this command see as their environment.

    `server` is the embedded PostgreSQL, None when nothing needs it. `exports` are the variables that `dagster dev` and
    its kin need beside those that a person has set, `hidden` the ones that they must not see.
    """

    settings: Settings
    server: EmbeddedServer | None
    exports: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    @property
    def database_url(self) -> str:
        """Where the qbr tables live."""
        assert self.settings.database_url is not None  # noqa: S101 - `prepare` has filled it in
        return self.settings.database_url

    @property
    def database_is_embedded(self) -> bool:
        """Whether the qbr tables live in the embedded server, which is ours to migrate."""
        return uses_embedded_database(self.settings)

    def open_database(self, limits: Limits = FOR_RUNS) -> Database:
        """The database with the qbr tables; connects at the first use."""
        read = self.settings
        return open_database(
            self.database_url, timezone=read.timezone, schema=read.database_schema, limits=limits
        )


def uses_embedded_database(read: Settings) -> bool:
    """Whether the qbr tables live in the embedded server: nothing else is named, or `qbr env` named it."""
    return read.database_url is None or is_embedded(read.database_url, DATABASE, read.home)


def uses_embedded_dagster(read: Settings) -> bool:
    """The same for Dagster's own storage."""
    url = read.dagster_postgres_url
    return url is None or is_embedded(url, DAGSTER_DATABASE, read.home)


def missing_vendors(read: Settings) -> list[str]:
    """A sentence for every setting without which the real vendors cannot be reached."""
    return read.missing_vendors(inventory_is_ours=uses_embedded_database(read))


def require_vendors(read: Settings) -> None:
    """SettingsError with a line for every setting without which the real vendors cannot be reached."""
    missing = missing_vendors(read)
    if missing:
        raise SettingsError([*missing, "To look around on made-up data, run `qbr demo`."])


def read_settings(*, demo: bool) -> Settings:
    """The settings of the environment; the demo's own when `demo`, or when the environment is the demo's already.

    What is set and decides nothing is named in the log, once. Raises SettingsError.
    """
    ignored = ignored_settings(os.environ, demo=demo)
    if demo or is_demo(os.environ):
        _replace_environment(demo_environment(os.environ, _home(os.environ)))
    else:
        _replace_environment(with_env_files(os.environ))
    read = settings()
    _log_to(read)
    for sentence in ignored:
        _warn_once(sentence)
    return read


def ignored_settings(environment: Mapping[str, str], *, demo: bool) -> list[str]:
    """A sentence for each setting that decides nothing for this command, with the reason. Raises SettingsError.

    None for the processes of a demo: who began it has been told.
    """
    if is_made_for_demo(environment, _home(environment)):
        return []
    demo = demo or is_demo(environment)
    real = [name for name in real_variables(environment) if demo and environment[name].strip()]
    dropped = [f"The demo uses nothing that tells of something real, and ignores {', '.join(real)}."]
    return [*(dropped if real else ()), *ignored_variables(environment, demo=demo)]


def _home(environment: Mapping[str, str]) -> Path:
    """Only the home is read: what is wrong with a real vendor's setting is none of the demo's business."""
    return Settings.read({name: environment[name] for name in ("QBR_HOME",) if name in environment}).home


@cache
def _warn_once(sentence: str) -> None:
    log.warning("%s", sentence)


def _log_to(read: Settings) -> None:
    try:
        handler = RotatingHandler(read.log_file) if read.log_file else logging.StreamHandler()
        plain = PlainFormatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        handler.setFormatter(json_formatter() if read.logs_as_json else plain)
        logging.basicConfig(handlers=[handler])
    except OSError as error:
        raise SettingsError(
            [f'QBR_LOG_FILE holds "{read.log_file}", which cannot be written: {error.strerror}.']
        ) from error
    logging.getLogger("qbr_pipeline").setLevel(read.log_level)


def prepare(*, demo: bool, keep_running: bool = False, for_dagster: bool = True) -> RuntimeContext:
    """Make this process ready: start the embedded server if it is needed, and fill in the environment.

    `for_dagster`: the command runs Dagster, whose storage it then needs too. Raises SettingsError, and
    EmbeddedServerError when the server does not start.
    """
    given = dict(os.environ)
    read = read_settings(demo=demo)
    filled = {"QBR_HOME": str(read.home), "DAGSTER_HOME": str(dagster_home(read))}
    if read.demo:
        filled["QBR_DEMO"] = "true"
        filled["QBR_START_MONTH"] = given.get("QBR_START_MONTH") or str(_first_collected_month(read))
    server = None
    if uses_embedded_database(read) or (for_dagster and uses_embedded_dagster(read)):
        server = start_embedded(read.home, keep_running=keep_running)
        if uses_embedded_database(read):
            filled["QBR_DATABASE_URL"] = server.ensure_database(DATABASE)
        if uses_embedded_dagster(read):
            filled["DAGSTER_POSTGRES_URL"] = server.ensure_database(DAGSTER_DATABASE)
    if (
        read.dagster_postgres_url is not None
        and given.get("DAGSTER_POSTGRES_URL") != read.dagster_postgres_url
    ):
        filled.setdefault("DAGSTER_POSTGRES_URL", read.dagster_postgres_url)
    _replace_environment({**os.environ, **filled})
    hidden = [name for name in real_variables(given) if name not in filled] if read.demo else []
    return RuntimeContext(settings(), server, filled, tuple(hidden))


def adopt(runtime: RuntimeContext, variables: Mapping[str, str]) -> RuntimeContext:
    """`runtime` with some variables more, or other ones."""
    _replace_environment({**os.environ, **variables})
    return replace(runtime, settings=settings())


def connect_to_dagster(read: Settings) -> Connection:
    """A connection to Dagster's own storage, which the environment names; DBAPIError when it cannot be reached."""
    engine = make_engine(read.dagster_postgres_url or "", FOR_REQUESTS, APPLICATION_NAME, poolclass=NullPool)
    return engine.connect()


def require_dagster(runtime: RuntimeContext) -> None:
    """SettingsError when Dagster's own storage cannot be used: Dagster itself would try for long, and in many lines."""
    try:
        with connect_to_dagster(runtime.settings):
            pass
    except DBAPIError as error:
        fault = database_fault(error)
        if fault is None:
            raise
        raise SettingsError(
            [f"The database of Dagster, which DAGSTER_POSTGRES_URL names, cannot be used: {fault}."]
        ) from error


def _replace_environment(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
    settings.cache_clear()


def _first_collected_month(read: Settings) -> Month:
    """The first of the months that a collection of now collects: a demo has no others, and none is missing."""
    return Month.of(datetime.now(UTC), read.timezone).plus(1 - read.months_to_collect)


def require_migrated(runtime: RuntimeContext) -> None:
    """Bring the embedded database up to date; SettingsError for any other one that is not."""
    if runtime.database_is_embedded:
        migrating.upgrade(
            runtime.database_url, runtime.settings.organization_name, schema=runtime.settings.database_schema
        )
        return
    pending = migrating.pending(runtime.database_url, schema=runtime.settings.database_schema)
    if pending:
        lacking = ", ".join(f"{version} {what.rstrip('.')}" for version, what in pending.items())
        raise SettingsError(
            [f"The database lacks the migration {lacking}; look at it and run `qbr db upgrade`."]
        )
