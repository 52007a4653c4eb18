"""What several machines need beside one: our own settings with another launcher, and a unit as closed as the others."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from qbr_pipeline.settings import CHECKOUT
from qbr_pipeline_tests.deploy.test_units import LEAST_CLOSED, analyze, needs_systemd

FOLDER = CHECKOUT / "deploy" / "celery"


def read(file: Path) -> dict[str, object]:
    """The settings of an instance."""
    found: dict[str, object] = yaml.safe_load(file.read_text())
    return found


def test_its_dagster_yaml_is_ours_but_for_the_launcher() -> None:
    found = read(FOLDER / "dagster.yaml")
    launcher = found.pop("run_launcher")
    assert found == read(CHECKOUT / "dagster.yaml")
    assert launcher == {
        "module": "qbr_pipeline.runtime.celery_launcher",
        "class": "WatchedCeleryRunLauncher",
        "config": {
            "broker": {"env": "QBR_CELERY_BROKER"},
            "backend": {"env": "QBR_CELERY_BACKEND"},
            "config_source": {"task_track_started": True},
        },
    }


@needs_systemd
def test_the_worker_is_closed_to_what_it_does_not_need() -> None:
    found = analyze(
        "security", "--offline=true", f"--threshold={LEAST_CLOSED}", FOLDER / "qbr-worker.service"
    )
    assert found.returncode == 0, found.stdout[-300:] + found.stderr


def test_a_worker_takes_its_addresses_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBR_CELERY_BROKER", "redis://broker:6379/0")
    monkeypatch.setenv("QBR_CELERY_BACKEND", "redis://broker:6379/1")
    held: dict[str, object] = {}
    exec((FOLDER / "dagster_celery_config.py").read_text(), held)  # noqa: S102 - our own file
    assert (held["broker_url"], held["result_backend"]) == ("redis://broker:6379/0", "redis://broker:6379/1")
    assert held["task_track_started"] is True
