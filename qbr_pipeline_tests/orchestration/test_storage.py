"""Dagster's storage: its connections are kept, and replaced when the server cut them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import dagster as dg
import pytest
import yaml  # type: ignore[import-untyped]
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import SubmitRunContext
from qbr_dagster_storage import with_driver
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError

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


def test_no_event_of_dagster_waits_for_the_disk(instance: dg.DagsterInstance) -> None:
    with instance.event_log_storage.index_connection() as connection:
        waits = connection.execute(text("SHOW synchronous_commit")).scalar_one()

    assert waits == "off"


def test_the_web_server_keeps_pool_and_ping(url: str, instance: dg.DagsterInstance) -> None:
    instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=20)
    instance.get_runs(limit=1)
    instance.get_asset_keys()
    assert _sessions(url, end=True) == 1

    assert list(instance.get_runs(limit=1)) == []
    assert _sessions(url) == 1


def test_a_statement_of_the_web_server_takes_no_longer_than_dagster_allows(
    instance: dg.DagsterInstance,
) -> None:
    instance.run_storage._engine.dispose()
    instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=20)
    with instance.run_storage.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "5s"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_a_url_is_read_with_the_driver_that_is_installed(scheme: str) -> None:
    assert with_driver(f"{scheme}://ann@db/dagster") == "postgresql+psycopg2://ann@db/dagster"


def test_a_url_without_a_driver_serves_every_process(
    url: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url.replace("+psycopg2", ""))
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        assert list(other.get_runs(limit=1)) == []


def test_without_the_variable_runs_are_kept_in_files_of_dagster_home(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_POSTGRES_URL")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        other.report_runless_asset_event(dg.AssetMaterialization("asset"))
    assert list(tmp_path.rglob("*.db"))


def test_the_storage_is_loaded_without_the_pipeline() -> None:
    program = (
        "import sys, qbr_dagster_storage; print(any(name.startswith('qbr_pipeline') for name in sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout == "False\n"


def test_the_distribution_of_the_storage_pins_what_the_pipeline_pins() -> None:
    ours, apart = (
        tomllib.loads((CHECKOUT / folder / "pyproject.toml").read_text())["project"]
        for folder in (".", "deploy/storage")
    )
    assert apart["version"] == ours["version"]
    assert set(apart["dependencies"]) <= set(ours["dependencies"])


def test_a_pool_has_its_limit_before_the_first_of_its_runs_is_taken_off_the_queue(tmp_path: Path) -> None:
    ours = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
    (tmp_path / "dagster.yaml").write_text(
        yaml.safe_dump({name: ours[name] for name in ("concurrency", "run_coordinator", "telemetry")})
    )

    @dg.asset(pool="of_one")
    def pooled() -> None: ...

    job = dg.Definitions([pooled]).resolve_implicit_global_asset_job_def()
    code = RegisteredCodeLocationOrigin("elsewhere")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(code, "__repository__"), job.name)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        run = instance.create_run_for_job(job, remote_job_origin=origin)
        instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))
        (limit,) = instance.event_log_storage.get_pool_limits()
        assert (limit.name, limit.limit) == ("of_one", 1)


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["2025-05", "2025-06"]))
def planned() -> None: ...


def _check(number: int) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=planned, name=f"check_{number}")
    def check() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return check


_PLANS = dg.Definitions([planned], asset_checks=[_check(number) for number in range(30)])
_PLAN_OF_A_RUN = {
    "events": "SELECT dagster_event_type, step_key, asset_key, partition FROM event_logs ORDER BY 1, 2, 3, 4",
    "checks": (
        "SELECT made.asset_key, check_name, made.partition, execution_status, step_key"
        " FROM asset_check_executions AS made"
        " JOIN event_logs AS log ON log.id = made.evaluation_event_storage_id ORDER BY 1, 2, 3"
    ),
    "assets": "SELECT asset_key, last_materialization IS NULL, last_run_id IS NULL FROM asset_keys",
}


def _planned_run(instance: dg.DagsterInstance) -> dict[str, list[tuple[object, ...]]]:
    """Everything that planning a run of an asset and thirty checks writes, but for numbers and moments."""
    job = _PLANS.resolve_implicit_global_asset_job_def()
    instance.create_run_for_job(job, tags={"dagster/partition": "2025-05"})
    with instance.event_log_storage.index_connection() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(query))]
            for name, query in _PLAN_OF_A_RUN.items()
        }


def test_what_a_run_plans_is_written_at_once_and_is_what_dagster_writes_one_by_one(
    instance: dg.DagsterInstance, empty_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    instance.get_runs(limit=1)
    listen(
        instance.event_log_storage._engine, "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    ours = _planned_run(instance)
    inserts = [each for each in statements if each.startswith("INSERT INTO event_logs")]

    monkeypatch.setenv("DAGSTER_POSTGRES_URL", empty_database())
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        assert _planned_run(other) == ours
    assert len(ours["checks"]) == 30
    assert len(inserts) == 1


def test_a_plan_that_cannot_be_written_at_once_is_written_one_by_one_and_nothing_twice(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the connection was cut"))

    with monkeypatch.context() as patched:
        patched.setattr(type(instance.event_log_storage), "_planned_checks", refuse)
        written = _planned_run(instance)

    assert "the connection was cut" in capfd.readouterr().err
    assert len(written["checks"]) == 30
    assert [row[0] for row in written["events"]].count("ASSET_MATERIALIZATION_PLANNED") == 1
