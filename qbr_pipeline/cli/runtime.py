"""The surroundings of a command: its settings, the embedded server where nothing else is named, Dagster's home.

What belongs here: making a process ready to import `orchestration`, whose calendar follows the environment.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from qbr_pipeline.demo.surroundings import demo_environment
from qbr_pipeline.settings import CHECKOUT, Settings, SettingsError, settings
from qbr_pipeline.store import migrating
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.embedded import EmbeddedServer, start_embedded

DATABASE, DAGSTER_DATABASE = "qbr", "dagster"


@dataclass(frozen=True)
class Surroundings:
    """Settings with every address filled in, and what the processes of this command see as their environment.

    `server` is the embedded PostgreSQL, None when nothing needs it.
    """

    settings: Settings
    server: EmbeddedServer | None

    @property
    def database_url(self) -> str:
        """Where the qbr tables live."""
        assert self.settings.database_url is not None  # noqa: S101 - `prepare` has filled it in
        return self.settings.database_url

    @property
    def database_is_embedded(self) -> bool:
        """Whether the qbr tables live in the embedded server, which is ours to migrate."""
        return self.server is not None and self.database_url == self.server.url(DATABASE)

    def require_vendors(self) -> None:
        """SettingsError with a line for every setting without which the real vendors cannot be reached."""
        missing = self.settings.missing_vendors(inventory_is_ours=self.database_is_embedded)
        if missing:
            raise SettingsError([*missing, "To look around on made-up data, run `qbr demo`."])

    def open_database(self) -> Database:
        """The database with the qbr tables; connects at the first use."""
        return open_database(self.database_url, timezone=self.settings.timezone)

    def exports(self) -> dict[str, str]:
        """The variables that `dagster dev` and its kin need beside those that are set already."""
        return {name: os.environ[name] for name in _FILLED_IN if name in os.environ}


_FILLED_IN = (
    "QBR_DEMO",
    "QBR_HOME",
    "QBR_DATABASE_URL",
    "QBR_INVENTORY_DATABASE_URL",
    "DAGSTER_POSTGRES_URL",
    "DAGSTER_HOME",
)


def read_settings(*, demo: bool) -> Settings:
    """The settings of the environment; the demo's own when `demo`."""
    real = Settings.read(os.environ)
    if not demo:
        return real
    _replace_environment(demo_environment(os.environ, real.home))
    return Settings.read(os.environ)


def prepare(*, demo: bool, keep_running: bool = False) -> Surroundings:
    """Make this process ready: start the embedded server if it is needed, and fill in the environment.

    Raises SettingsError, and EmbeddedServerError when the server does not start.
    """
    read = read_settings(demo=demo)
    server = None
    filled = {"QBR_HOME": str(read.home), "DAGSTER_HOME": str(dagster_home(read.home))}
    if read.database_url is None or read.dagster_postgres_url is None:
        server = start_embedded(read.home, keep_running=keep_running)
        if read.database_url is None:
            filled["QBR_DATABASE_URL"] = server.ensure_database(DATABASE)
        if read.dagster_postgres_url is None:
            filled["DAGSTER_POSTGRES_URL"] = server.ensure_database(DAGSTER_DATABASE)
    if read.dagster_postgres_url is not None:
        filled["DAGSTER_POSTGRES_URL"] = read.dagster_postgres_url
    _replace_environment({**os.environ, **filled})
    return Surroundings(settings(), server)


def adopt(surroundings: Surroundings, variables: Mapping[str, str]) -> Surroundings:
    """`surroundings` with some variables more, or other ones."""
    _replace_environment({**os.environ, **variables})
    return replace(surroundings, settings=settings())


def _replace_environment(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
    settings.cache_clear()


def dagster_home(home: Path) -> Path:
    """The directory that DAGSTER_HOME names, holding today's `dagster.yaml`."""
    directory = home / "dagster"
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_dagster_yaml(), directory / "dagster.yaml")
    return directory


def _dagster_yaml() -> Path:
    packaged = Path(__file__).parent.parent / "dagster.yaml"
    return packaged if packaged.exists() else CHECKOUT / "dagster.yaml"


def require_migrated(surroundings: Surroundings) -> None:
    """Bring the embedded database up to date; SettingsError for any other one that is not."""
    if surroundings.database_is_embedded:
        migrating.upgrade(surroundings.database_url, surroundings.settings.organization_name)
        return
    pending = migrating.pending(surroundings.database_url)
    if pending:
        raise SettingsError(
            [f"The database lacks the migration {', '.join(pending)}: look at it and run `qbr db upgrade`."]
        )
