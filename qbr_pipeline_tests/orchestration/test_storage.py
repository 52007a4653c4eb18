"""Dagster's storage: its connections are kept, and replaced when the server cut them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest
import yaml  # type: ignore[import-untyped]
from sqlalchemy import NullPool, create_engine, text

from qbr_pipeline.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def url(empty_database: Callable[[], str]) -> str:
    """An empty database for Dagster."""
    return empty_database()


@pytest.fixture
def instance(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance with the storage that the project's dagster.yaml names."""
    ours = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
    (tmp_path / "dagster.yaml").write_text(
        yaml.safe_dump({"storage": ours["storage"], "telemetry": {"enabled": False}})
    )
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def _sessions(url: str, *, end: bool = False) -> int:
    """How many others are connected to the database, and perhaps the end of them."""
    engine = create_engine(url, poolclass=NullPool)
    chosen = "pg_terminate_backend(pid)" if end else "pid"
    sessions = text(
        f"SELECT {chosen} FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with engine.connect() as connection:
        return len(connection.execute(sessions).all())


def test_one_connection_serves_runs_and_events(url: str, instance: dg.DagsterInstance) -> None:
    for number in range(20):
        instance.report_runless_asset_event(dg.AssetMaterialization("asset", metadata={"number": number}))
        instance.get_runs(limit=1)

    assert _sessions(url) == 1
    assert len(instance.fetch_materializations(dg.AssetKey("asset"), limit=50).records) == 20


def test_a_connection_that_the_server_cut_is_replaced_before_it_is_used(
    url: str, instance: dg.DagsterInstance
) -> None:
    instance.get_runs(limit=1)
    assert _sessions(url, end=True) == 1

    instance.report_runless_asset_event(dg.AssetMaterialization("asset"))

    assert len(instance.fetch_materializations(dg.AssetKey("asset"), limit=50).records) == 1
