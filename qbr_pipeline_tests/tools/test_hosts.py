"""What of `python -m tools.hosts` needs neither root nor namespaces: a simulated Kubernetes, and what is compared."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
import yaml

from qbr_pipeline.settings import CHECKOUT
from tools.hosts.cluster import Cluster, api_server
from tools.hosts.equality import differences
from tools.hosts.site import settings_of

JOBS = "apis/batch/v1/namespaces/default/jobs"


class ThisHost:
    """One whose pods are plain processes of this machine."""

    def start_pod(
        self, _name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start it."""
        return subprocess.Popen(command, env=dict(environment))


def job(name: str, *command: str) -> dict[str, Any]:
    """The body of a job with one container."""
    container = {"args": list(command), "env": [{"name": "ANSWER", "value": "3"}]}
    return {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": [container]}}}}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """The address of a cluster of one host."""
    made = Cluster([ThisHost()], {"PATH": "/usr/bin:/bin"})  # type: ignore[list-item]
    with api_server(made, tmp_path / "kubeconfig"):
        yield json.loads((tmp_path / "kubeconfig").read_text())["clusters"][0]["cluster"]["server"]


def status(cluster: str, name: str) -> dict[str, Any]:
    """What the cluster says of a job."""
    found: dict[str, Any] = requests.get(f"{cluster}/{JOBS}/{name}/status", timeout=10).json()["status"]
    return {key: value for key, value in found.items() if key != "startTime"}


def wait(cluster: str, name: str) -> dict[str, Any]:
    """The same, once the job is over."""
    while "active" in (seen := status(cluster, name)):
        pass
    return seen


def test_a_job_runs_and_its_end_is_told(cluster: str) -> None:
    words = ("sh", "-c", 'exit "$ANSWER"')
    assert requests.post(f"{cluster}/{JOBS}", json=job("bad", *words), timeout=10).status_code == 201
    assert wait(cluster, "bad") == {"failed": 1}
    requests.post(f"{cluster}/{JOBS}", json=job("good", "true"), timeout=10)
    assert wait(cluster, "good") == {"succeeded": 1}


def test_a_job_that_is_deleted_is_killed_and_an_unknown_one_is_not_there(cluster: str) -> None:
    requests.post(f"{cluster}/{JOBS}", json=job("long", "sleep", "600"), timeout=10)
    assert status(cluster, "long") == {"active": 1}
    requests.delete(f"{cluster}/{JOBS}/long", timeout=10)
    assert status(cluster, "long") == {"failed": 1}
    assert requests.get(f"{cluster}/{JOBS}/other", timeout=10).status_code == 404


def test_an_installation_has_our_settings_but_for_its_launcher_and_how_many_months_it_collects_at_once() -> (
    None
):
    launcher = {"module": "some", "class": "Launcher"}
    made = yaml.safe_load(settings_of(launcher, together=2))
    ours = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
    assert made.pop("run_launcher") == launcher
    assert made["concurrency"]["pools"].pop("default_limit") == 2
    assert made["concurrency"]["runs"]["tag_concurrency_limits"][0].pop("limit") == 2
    ours["concurrency"]["pools"].pop("default_limit")
    ours["concurrency"]["runs"]["tag_concurrency_limits"][0].pop("limit")
    assert made == ours


def test_installations_are_compared_row_by_row_without_moments_and_runs(
    fresh_database: Callable[[], str],
) -> None:
    one, other = fresh_database(), fresh_database()
    entry = (
        "INSERT INTO qbr_metrics_history (organization_id, period, metric_name, vendor_id, new_value, new_source,"
        " cause, run_id) SELECT (SELECT min(id) FROM organization), '2025-05', 'mrr', id, {value}, 'manual',"
        " 'entry', '{run}'"
        " FROM vendor LIMIT 1"
    )
    for url, value, run in ((one, 5, "a"), (other, 5, "b")):
        with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
            connection.exec_driver_sql(entry.format(value=value, run=run))
    assert list(differences(one, other)) == []
    with sa.create_engine(other, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(entry.format(value=6, run="b"))
    (sentence,) = differences(one, other)
    assert sentence.startswith("qbr_metrics_history: 1 and 2 rows, only [] and [(")
