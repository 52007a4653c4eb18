"""Our entrance to Dagster's daemon: what it leaves out of the log, and how lines look."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from qbr_pipeline.runtime import daemon
from qbr_pipeline.runtime.logs import json_formatter
from qbr_pipeline.settings import settings

SPEAK = """
import logging
from unittest.mock import patch
from qbr_pipeline.orchestration.dagster_internals import run_daemon
logging.basicConfig(format="%(message)s", level="INFO")
queue = logging.getLogger("dagster.daemon.QueuedRunCoordinatorDaemon")
with patch("dagster._daemon.cli.cli"):
    run_daemon([])
queue.info("Priority sorting and checking tag concurrency limits for queued runs.")
queue.info("Launched 1 runs.")
"""


def test_the_line_that_comes_each_second_is_left_out_and_the_others_are_not() -> None:
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SPEAK], capture_output=True, text=True, check=True
    )
    assert told.stderr == "Launched 1 runs.\n"


@pytest.mark.parametrize(("held", "words"), [("json", ["--log-format", "json"]), ("text", []), ("", [])])
def test_the_setting_says_how_lines_look(
    monkeypatch: pytest.MonkeyPatch, held: str, words: list[str]
) -> None:
    given: list[list[str]] = []
    monkeypatch.setenv("QBR_LOG_FORMAT", held)
    monkeypatch.setattr(daemon, "run_daemon", given.append)
    settings.cache_clear()
    daemon.main(["-w", "workspace.yaml"])
    settings.cache_clear()
    assert given == [[*words, "-w", "workspace.yaml"]]


def test_a_record_is_one_object_with_its_time_its_level_and_its_traceback() -> None:
    try:
        int("no month")
    except ValueError:
        fault = sys.exc_info()
    words = ("request %s\nfailed", ("7",))
    record = logging.LogRecord("qbr_pipeline.api", logging.ERROR, "", 0, *words, fault)
    line = json_formatter().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == (
        "request 7\nfailed",
        "error",
        "qbr_pipeline.api",
    )
    assert told["timestamp"].endswith("Z")
    assert "ValueError: invalid literal" in told["exception"]
