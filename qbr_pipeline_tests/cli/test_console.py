"""What commands print where standard output is not UTF-8: something that can be read, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.cli.test_show import NOW
from qbr_pipeline_tests.entries import set_value

QBR = str(Path(sys.executable).with_name("qbr"))
ASCII = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
MARCH = Month(2025, 3)


def qbr(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([QBR, *words], env={**os.environ, **environment}, capture_output=True, check=False)


@pytest.fixture
def named(named_database: Database) -> Database:
    with named_database.begin() as connection:
        connection.execute(text("UPDATE organization SET name = 'Café 北'"))
    set_value(named_database, MARCH, "mrr", Decimal(5), by="Zoë", note="from “the books” – all", now=NOW)
    return named_database


@pytest.mark.parametrize("environment", ASCII)
def test_a_table_is_shown_in_ascii_with_a_dash_for_what_is_absent(
    named: Database, environment: dict[str, str]
) -> None:
    said = qbr(environment, "show", "2025-03")
    assert (said.returncode, said.stderr) == (0, b"")
    shown = said.stdout.decode("ascii")
    assert "Metrics of 2025-03, Cafe ?" in shown
    assert "- absent   * provisional" in shown
    history = qbr(environment, "metric", "history", "2025-03", "mrr")
    assert (history.returncode, history.stderr) == (0, b"")
    assert "Zoe" in history.stdout.decode("ascii")


def test_a_fault_is_a_sentence_in_ascii_too(named: Database) -> None:
    said = qbr(ASCII[0], "show", "2025–03")
    assert (said.returncode, said.stdout) == (2, b"")
    assert said.stderr.startswith(b'"2025-03" is not a period')


@pytest.mark.parametrize("environment", ASCII)
def test_what_programs_read_is_exact_and_in_utf_8_whatever_the_terminal_is(
    named: Database, environment: dict[str, str]
) -> None:
    lines = json.loads(qbr(environment, "show", "2025-03", "--json").stdout.decode("utf-8"))
    assert {line["organization"] for line in lines} == {"Café 北"}
    assert "Café 北" in qbr(environment, "show", "2025-03", "--csv").stdout.decode("utf-8")
