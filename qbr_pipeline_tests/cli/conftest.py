"""The command line inside this process, in an environment of its own: what it says, and its exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qbr_pipeline.cli import main
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database

OURS = ("QBR_", "CONNECTWISE_", "QUICKBOOKS_", "PG", "DAGSTER_")


@dataclass(frozen=True)
class Decision:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def faults(self) -> list[str]:
        """The lines of standard error of a command that could not do what it was asked."""
        assert self.code == 2, self
        assert self.out == ""
        assert "Traceback" not in self.err
        return self.err.splitlines()

    @property
    def fault(self) -> str:
        (only,) = self.faults
        return only

    @property
    def json(self) -> Any:
        assert self.code == 0, self
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A QBR_HOME that does not exist yet."""
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def own_environment(home: Path) -> Iterator[None]:
    """An environment with nothing of ours but QBR_HOME; afterwards, that of before."""
    before, on_sigterm = dict(os.environ), signal.getsignal(signal.SIGTERM)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ |= {"QBR_HOME": str(home), "QBR_DOTENV": "false"}
    settings.cache_clear()
    yield
    os.environ.clear()
    os.environ.update(before)
    settings.cache_clear()
    signal.signal(signal.SIGTERM, on_sigterm)


@pytest.fixture
def qbr(
    own_environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Decision]:
    """Runs `qbr` with these words, and with some variables more."""

    def run(*words: str, **variables: str) -> Decision:
        given = dict(os.environ)
        os.environ.update(variables)
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["qbr", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        os.environ.clear()
        os.environ.update(given)
        told = capsys.readouterr()
        return Decision(int(ended.value.code or 0), told.out, told.err)

    return run


@pytest.fixture
def named_database(own_environment: None, database: Database) -> Database:
    """A migrated database that the environment names as somebody's own."""
    os.environ["QBR_DATABASE_URL"] = database.engine.url.render_as_string(hide_password=False)
    return database
