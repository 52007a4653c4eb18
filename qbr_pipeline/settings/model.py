"""All settings of a process: the groups of variables together, and what belongs to none of them.

What belongs here: the home directory, the log, the demo, and the one cached reading of the environment. What does not:
connecting to anything. A secret never appears in a message of this package.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from qbr_pipeline.settings import texts
from qbr_pipeline.settings.collecting import CollectionVariables
from qbr_pipeline.settings.databases import DatabaseVariables
from qbr_pipeline.settings.serving import ServingVariables
from qbr_pipeline.settings.variables import Place, Text, Truth
from qbr_pipeline.settings.vendors import CONNECTWISE_VARIABLES, VendorVariables

CHECKOUT = Path(__file__).resolve().parents[2]


class Settings(ServingVariables, CollectionVariables, VendorVariables, DatabaseVariables):
    """The settings of one process. They are read once and handed down as values."""

    configured_home: Place | None = Field(None, alias="QBR_HOME", description="a directory")
    organization_name: Text = Field(
        "My MSP",
        alias="QBR_ORGANIZATION_NAME",
        min_length=1,
        max_length=100,
        description="a name of at most 100 letters",
    )
    log_file: Place | None = Field(None, alias="QBR_LOG_FILE", description="a file")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(texts.upper)] = Field(
        "INFO", alias="QBR_LOG_LEVEL", description="one of DEBUG, INFO, WARNING and ERROR"
    )
    demo: Truth = Field(
        False, alias="QBR_DEMO", description="true or false (set by qbr demo for its own processes)"
    )

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
        if inventory_is_ours:
            faults += self._not_set(("QBR_INVENTORY_DATABASE_URL",))
        return faults


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return Settings.read(os.environ)
