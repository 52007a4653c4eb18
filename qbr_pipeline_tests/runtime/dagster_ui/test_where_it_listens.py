"""Where the UI listens: this machine alone, unless there are keys to come in with."""

from __future__ import annotations

import sys

import pytest

from qbr_pipeline.runtime.dagster_ui import __main__ as program
from qbr_pipeline.settings import Settings, settings


def test_it_listens_on_this_machine_alone_unless_a_setting_says_otherwise() -> None:
    assert Settings.read({}).dagster_host == "127.0.0.1"
    assert Settings.read({"QBR_DAGSTER_HOST": "192.0.2.7"}).dagster_host == "192.0.2.7"


def test_where_others_reach_it_there_must_be_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBR_DAGSTER_HOST", "192.0.2.7")
    monkeypatch.setattr(sys, "argv", ["dagster_ui", "workspace.yaml"])
    settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        program.main()
    settings.cache_clear()
    assert str(ended.value) == (
        'QBR_DAGSTER_HOST holds "192.0.2.7", which other machines can reach, and QBR_API_KEYS is not set: '
        "expected keys, or a loopback address such as 127.0.0.1."
    )
