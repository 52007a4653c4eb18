"""All settings of a process: the groups of variables together, and what belongs to none of them.

What belongs here: the home directory, the log, the demo, and the one cached reading of the environment. What does not:
connecting to anything. A secret never appears in a message of this package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from qbr_pipeline.settings import texts
from qbr_pipeline.settings.collecting import CollectionVariables
from qbr_pipeline.settings.databases import DatabaseVariables
from qbr_pipeline.settings.devices import DeviceSource
from qbr_pipeline.settings.env_file import NAME, names_in, read_env_file
from qbr_pipeline.settings.serving import ServingVariables
from qbr_pipeline.settings.variables import Place, Text, Truth
from qbr_pipeline.settings.vendors import (
    CONNECTWISE_VARIABLES,
    NINJA_VARIABLES,
    QUICKBOOKS_VARIABLES,
    VendorVariables,
)

CHECKOUT = Path(__file__).resolve().parents[2]


class Settings(ServingVariables, CollectionVariables, VendorVariables, DatabaseVariables):
    """The settings of one process. They are read once and handed down as values."""

    configured_home: Place | None = Field(
        None,
        alias="QBR_HOME",
        title="where the embedded server, Dagster's files and logs are kept; if unset, `.qbr` in the "
        "checkout, or `/var/lib/qbr` for root",
        description="a directory",
    )
    organization_name: Text = Field(
        "My MSP",
        alias="QBR_ORGANIZATION_NAME",
        title="the name of organization 1 when it is first created",
        min_length=1,
        max_length=100,
        description="a name of at most 100 letters",
    )
    dagster_home: Place | None = Field(
        None,
        alias="DAGSTER_HOME",
        title="the directory of a `dagster.yaml` of your own, which nothing writes to; if unset, one below `QBR_HOME`",
        description="a directory",
    )
    log_file: Place | None = Field(
        None,
        alias="QBR_LOG_FILE",
        title="the file that the command line logs to; if unset, standard error",
        description="a file",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(texts.upper)] = Field(
        "INFO",
        alias="QBR_LOG_LEVEL",
        title="how much is logged",
        description="one of DEBUG, INFO, WARNING and ERROR",
    )
    log_format: Annotated[Literal["TEXT", "JSON"], BeforeValidator(texts.upper)] = Field(
        "TEXT",
        alias="QBR_LOG_FORMAT",
        title="how log lines look, also those of Dagster's processes: for eyes, or one JSON object each",
        description="text or json",
    )
    reads_env_files: Truth = Field(
        True,
        alias="QBR_DOTENV",
        title="whether variables are also read from files named `.env`",
        description="true or false: whether the files named .env are read",
    )
    warm_runs: Truth = Field(
        True,
        alias="QBR_WARM_RUNS",
        title="whether runs are forked from a process that has everything imported, and start in half a second",
        description="true or false",
    )
    demo: Truth = Field(
        False,
        alias="QBR_DEMO",
        title="whether this process belongs to the demo",
        description="true or false (set by qbr demo for its own processes)",
    )

    @property
    def logs_as_json(self) -> bool:
        """Whether each line of a log is an object of JSON."""
        return self.log_format == "JSON"

    @property
    def home(self) -> Path:
        """Where the embedded server, Dagster's local files and logs live; an absolute path."""
        if self.configured_home is not None:
            return self.configured_home.resolve()
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            return Path("/var/lib/qbr")
        checkout = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
        return checkout / ".qbr"

    def missing_vendors(self, *, inventory_is_ours: bool) -> list[str]:
        """A sentence for each variable that reaching the real vendors needs and that is not set.

        `inventory_is_ours`: the qbr tables live in the embedded server, which holds no inventory.
        """
        faults = self._not_set(CONNECTWISE_VARIABLES)
        counted = self.counted_device_source
        if self.names_ninja or counted is DeviceSource.NINJA:
            faults += self._not_set(NINJA_VARIABLES)
        if self.names_quickbooks:
            faults += self._not_set(QUICKBOOKS_VARIABLES)
        if inventory_is_ours and counted is DeviceSource.INVENTORY:
            faults += self._not_set(("QBR_INVENTORY_DATABASE_URL",))
        return faults

    @property
    def counted_device_source(self) -> DeviceSource:
        """Where the devices are read that count."""
        by_default = DeviceSource.NINJA if self.names_ninja else DeviceSource.INVENTORY
        return self.device_source or by_default

    @property
    def compared_device_source(self) -> DeviceSource | None:
        """The other source, which is compared; None where it is not configured."""
        if self.counted_device_source is DeviceSource.INVENTORY:
            return DeviceSource.NINJA if self.names_ninja else None
        return DeviceSource.INVENTORY if self.qbr_inventory_database_url is not None else None


FILE_VARIABLES = {field.alias for field in Settings.model_fields.values() if field.alias} - {
    "QBR_DEMO",
    "QBR_DOTENV",
}
"""What a file `.env` may set; that of QBR_HOME not QBR_HOME itself."""

_VARIABLES = {str(field.alias) for field in Settings.model_fields.values()}
_LIKE_OURS = ("QBR_", "CONNECTWISE_", "NINJA_", "QUICKBOOKS_")


def env_files(environment: Mapping[str, str]) -> dict[Path, dict[str, str]]:
    """What the files `.env` hold of ours: that of the working directory, which wins, and that of QBR_HOME.

    Files that set nothing of ours are left out. The demo reads none, so that nothing real gets into it. SettingsError
    as for `read_env_file`.
    """
    read = _read_first(environment)
    if read.demo or not read.reads_env_files:
        return {}
    here = Path(NAME)
    found = {here: read_env_file(here, FILE_VARIABLES)}
    if read.configured_home is None and "QBR_HOME" in found[here]:
        read = Settings.read({"QBR_HOME": found[here]["QBR_HOME"]})
    at_home = read.home / NAME
    if not (here.exists() and at_home.exists() and here.samefile(at_home)):
        found[at_home] = read_env_file(at_home, FILE_VARIABLES - {"QBR_HOME"})
    return {file.absolute(): held for file, held in found.items() if held}


def _read_first(environment: Mapping[str, str]) -> Settings:
    """What decides whether files named `.env` are read, and which."""
    names = ("QBR_HOME", "QBR_DOTENV", "QBR_DEMO")
    return Settings.read({name: environment[name] for name in names if name in environment})


def with_env_files(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` and, where it does not set a variable of ours, what the files `.env` say. SettingsError."""
    merged: dict[str, str] = {}
    for held in reversed(env_files(environment).values()):
        merged |= held
    return merged | {
        name: value for name, value in environment.items() if value.strip() or name not in merged
    }


def ignored_variables(environment: Mapping[str, str], *, demo: bool) -> Iterator[str]:
    """A sentence for each variable that is called like one of ours, in `environment` or a `.env`, and decides nothing.

    `demo`: for the demo, which reads no file. Values are not looked at.
    """
    read = _read_first(environment)
    for name in environment:
        if name.startswith(_LIKE_OURS) and name not in _VARIABLES:
            yield _ignored(name, "")
    files = {file.resolve() for file in (Path(NAME), read.home / NAME)} if read.reads_env_files else ()
    for file in sorted(files):
        may_set = FILE_VARIABLES - ({"QBR_HOME"} if file.parent == read.home.resolve() else set())
        for name in names_in(file):
            if name.startswith(_LIKE_OURS) and name not in _VARIABLES:
                yield _ignored(name, f" in {file}")
            elif name in _VARIABLES and (demo or name not in may_set):
                why = "the demo reads no file" if demo else "it is read from the environment alone"
                yield f"{name} in {file} is ignored: {why}."


def _ignored(name: str, where: str) -> str:
    near = get_close_matches(name, sorted(_VARIABLES), n=1)
    return (
        f"{name}{where} is ignored: no setting has that name{f'; did you mean {near[0]}?' if near else '.'}"
    )


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment and its `.env` at the first call."""
    return Settings.read(with_env_files(os.environ))
