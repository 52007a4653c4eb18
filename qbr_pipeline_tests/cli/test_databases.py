"""`qbr db` and `qbr env` on somebody's own database and on the embedded server, with the real console script."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dagster import build_init_resource_context
from sqlalchemy.engine import make_url

from qbr_pipeline.api.service import _database_of
from qbr_pipeline.orchestration.resources import DatabaseResource
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import stop_embedded
from qbr_pipeline.settings import CHECKOUT, Settings, settings
from qbr_pipeline.store import migrating
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.reading import months_with_values
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.conftest import VERSIONS
from qbr_pipeline_tests.store.seed import SEED
from qbr_pipeline_tests.store.test_migrating import run

Qbr = Callable[..., Any]
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def installation() -> Iterator[Path]:
    """A home whose embedded server any user can reach; ended and removed at the end."""
    place = Path(tempfile.mkdtemp(prefix="qbr-cli-"))
    place.chmod(0o755)
    yield place
    for home in (place, place / "demo"):
        stop_embedded(home)
    shutil.rmtree(place)


def shell(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a bash script that finds our programs first."""
    environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **variables}
    return subprocess.run(
        ["/bin/bash", "-euc", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_schema_of_our_own_is_used_by_every_command(qbr: Qbr, empty_database: Callable[[], str]) -> None:
    where = {"QBR_DATABASE_URL": empty_database(), "QBR_DATABASE_SCHEMA": "numbers"}
    assert qbr("db", "upgrade", **where).out == f"The tables are at version {VERSIONS[-1]}.\n"
    assert qbr("db", "current", **where).out == f"{VERSIONS[-1]}\n"
    assert qbr("metric", "set", "2025-03", "mrr", "5", "--by", "Ann", **where).code == 0
    assert "Ann" in qbr("metric", "history", "2025-03", "mrr", **where).out
    assert "$5" in qbr("show", "2025-03", **where).out
    assert "✓ database of the numbers: reached, tables in schema numbers" in qbr("doctor", **where).out
    with closing(_database_of(Settings.read(where))) as database:
        assert database.fetch(read_values, Month(2025, 3))["mrr"].value == 5
    assert "lacks the migration 0001" in qbr("show", QBR_DATABASE_URL=where["QBR_DATABASE_URL"]).fault
    assert qbr("db", "downgrade", **where).out == "The tables are at version none.\n"


def test_runs_of_dagster_find_the_schema(
    qbr: Qbr, empty_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database()
    migrating.upgrade(url, "Example MSP", schema="numbers")
    monkeypatch.setenv("QBR_DATABASE_URL", url)
    monkeypatch.setenv("QBR_DATABASE_SCHEMA", "numbers")
    settings.cache_clear()
    resource = DatabaseResource.of(settings())
    with resource.yield_for_execution(build_init_resource_context()) as opened:
        assert opened.fetch(months_with_values) == []


def test_tables_of_another_program_are_a_sentence_everywhere(
    qbr: Qbr, empty_database: Callable[[], str]
) -> None:
    url = empty_database()
    run(url, SEED)
    for words in (("db", "upgrade"), ("db", "current"), ("show",), ("serve",)):
        assert "another program's tables already exist" in qbr(*words, QBR_DATABASE_URL=url).err
    said = qbr("doctor", QBR_DATABASE_URL=url)
    assert "✗ database of the numbers: another program's tables already exist" in said.out
    assert "run `qbr db upgrade`; `qbr db adopt`" in said.out
    assert (said.code, said.err) == (1, "")


def test_adopting_says_what_it_would_do_and_does_it_when_told_to(
    qbr: Qbr, empty_database: Callable[[], str]
) -> None:
    where = {"QBR_DATABASE_URL": empty_database(), "QBR_DATABASE_SCHEMA": "qbr"}
    run(where["QBR_DATABASE_URL"], SEED)
    assert qbr("db", "upgrade", **where).code == 0
    told = "From schema public: 4 values of 2 months, 2025-02 to 2025-03 (2 manual, 2 collected) and 1 thresholds.\n"
    said = qbr("db", "adopt", **where)
    assert said.out.startswith(told)
    assert "Nothing was stored: add --yes to store them." in said.out
    assert "never had a value" in qbr("metric", "history", "2025-03", "mrr", **where).out
    assert qbr("db", "adopt", "--yes", **where).out.startswith(told)
    assert "adopted" in qbr("metric", "history", "2025-03", "mrr", **where).out
    assert qbr("db", "adopt", "--from", "nowhere", **where).fault.startswith(
        "there are no tables with our names"
    )


@pytest.mark.parametrize("name", ["Numbers", "pg_numbers", "a-b", "a b", '"x"', "a" * 64, "1a", "größe"])
def test_a_schema_of_another_kind_of_name_is_refused(qbr: Qbr, name: str) -> None:
    assert "QBR_DATABASE_SCHEMA holds" in qbr("db", "current", QBR_DATABASE_SCHEMA=name).fault


def test_upgrade_current_and_downgrade_of_a_named_database(
    qbr: Qbr, empty_database: Callable[[], str], home: Path
) -> None:
    url = empty_database()
    lacking = qbr("db", "current", QBR_DATABASE_URL=url)
    assert (lacking.code, lacking.out.splitlines()[0]) == (0, "none")
    assert lacking.out.splitlines()[1].startswith("lacks 0001 ")
    assert migrating.current(url) is None
    assert qbr("db", "upgrade", QBR_DATABASE_URL=url).out == f"The tables are at version {VERSIONS[-1]}.\n"
    assert qbr("db", "current", QBR_DATABASE_URL=url).out == f"{VERSIONS[-1]}\n"
    assert qbr("db", "downgrade", "--yes", QBR_DATABASE_URL=url).out.endswith(
        "The tables are at version none.\n"
    )
    assert migrating.current(url) is None
    assert not (home / "postgres").exists()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_downgrade_without_a_person_to_ask_goes_ahead(
    qbr: Qbr, named_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert qbr("db", "downgrade").code == 0
    assert migrating.current(os.environ["QBR_DATABASE_URL"]) is None


def test_a_downgrade_asks_first_and_names_the_database(
    qbr: Qbr, named_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal("n\n"))
    said = qbr("db", "downgrade")
    assert said.code == 1
    assert f'"{named_database.engine.url.database}"' in said.out + said.err
    assert migrating.current(os.environ["QBR_DATABASE_URL"]) == VERSIONS[-1]


def test_an_unknown_version_is_refused_in_a_sentence(qbr: Qbr, named_database: Database) -> None:
    assert '"9999"' in qbr("db", "downgrade", "9999", "--yes").fault
    assert migrating.current(os.environ["QBR_DATABASE_URL"]) == VERSIONS[-1]


@pytest.mark.parametrize("command", [("show",), ("metric", "history", "2025-03", "mrr"), ("env",)])
def test_a_named_database_is_never_migrated_by_the_way(
    qbr: Qbr, empty_database: Callable[[], str], command: tuple[str, ...]
) -> None:
    url = empty_database()
    fault = qbr(*command, QBR_DATABASE_URL=url, DAGSTER_POSTGRES_URL=empty_database()).fault
    assert "lacks the migration 0001" in fault
    assert "`qbr db upgrade`" in fault
    assert migrating.current(url) is None


def test_there_is_nothing_to_start_where_both_databases_are_named(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str], home: Path
) -> None:
    said = qbr("db", "start", DAGSTER_POSTGRES_URL=empty_database())
    assert "there is nothing to start" in said.out
    assert not (home / "postgres").exists()
    assert qbr("db", "stop").out == "No embedded PostgreSQL was running.\n"


def test_env_of_named_databases_prints_homes_and_no_password(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str], home: Path
) -> None:
    numbers = named_database.engine.url.set(password="Gehe1mSecret").render_as_string(hide_password=False)
    said = qbr("env", QBR_DATABASE_URL=numbers, DAGSTER_POSTGRES_URL=empty_database())
    assert said.out.splitlines() == [f"export QBR_HOME={home}", f"export DAGSTER_HOME={home / 'dagster'}"]


def test_env_prints_an_address_of_dagster_that_dagster_understands(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str]
) -> None:
    url = empty_database()
    said = qbr("env", DAGSTER_POSTGRES_URL=url.replace("postgresql+psycopg2:", "postgres:"))
    assert f"export DAGSTER_POSTGRES_URL={shlex.quote(url)}" in said.out.splitlines()


def test_env_prints_no_password_of_dagsters_database_unless_asked_to_on_a_terminal(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(empty_database()).set(password="Gehe1mSecret", drivername="postgresql")
    held = {"DAGSTER_POSTGRES_URL": url.render_as_string(hide_password=False)}
    said = qbr("env", **held)
    assert "Gehe1mSecret" not in said.out + said.err
    assert said.err.splitlines() == [
        "DAGSTER_POSTGRES_URL holds a password and is not printed: Dagster takes that of this shell, if it is set "
        "there. At a terminal: `qbr env --passwords`."
    ]
    asked = qbr("env", "--passwords", **held)
    assert (asked.code, asked.out) == (2, "")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked = qbr("env", "--passwords", **held)
    assert "Gehe1mSecret" in asked.out


def test_a_dagster_home_of_somebodys_own_is_used_and_never_written_to(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    held = {"DAGSTER_HOME": str(own), "DAGSTER_POSTGRES_URL": empty_database()}
    assert f'DAGSTER_HOME is "{own}", which holds no dagster.yaml' in qbr("env", **held).fault
    (own / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    own.chmod(0o500)
    assert f"export DAGSTER_HOME={own}" in qbr("env", **held).out.splitlines()
    assert [file.name for file in own.iterdir()] == ["dagster.yaml"]
    assert (own / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_our_dagster_yaml_is_kept_at_its_version_until_somebody_changes_it(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str], home: Path
) -> None:
    file, url = home / "dagster" / "dagster.yaml", empty_database()
    home.mkdir()
    file.parent.mkdir()
    file.write_bytes((CHECKOUT / "dagster.yaml").read_bytes())  # as it was written before it had a last line
    assert qbr("env", DAGSTER_POSTGRES_URL=url).code == 0
    sealed = file.read_text()
    assert sealed.startswith((CHECKOUT / "dagster.yaml").read_text())
    assert [each.name for each in file.parent.iterdir()] == ["dagster.yaml"]
    file.write_text(sealed + "python_logs: {python_log_level: INFO}\n")
    assert qbr("env", DAGSTER_POSTGRES_URL=url).code == 0
    assert file.read_text() == sealed + "python_logs: {python_log_level: INFO}\n"


def test_env_works_with_eval_in_bash(installation: Path) -> None:
    said = shell(
        'told="$(qbr env)"; eval "$told"; echo "$told"; '
        'echo "$QBR_DATABASE_URL|$DAGSTER_POSTGRES_URL|$DAGSTER_HOME|$QBR_HOME|${QBR_DEMO-}"; '
        "qbr db stop; qbr db start; qbr db current",
        QBR_HOME=str(installation),
    )
    assert (said.returncode, said.stderr) == (0, "")
    *exports, evaluated, stopped, started, following, version = said.stdout.splitlines()
    assert all(line.startswith("export ") and len(shlex.split(line)) == 2 for line in exports)
    numbers, dagster, dagster_home, home, demo = evaluated.split("|")
    assert make_url(numbers).database == "qbr"
    assert make_url(dagster).database == "dagster"
    assert (dagster_home, home, demo) == (str(installation / "dagster"), str(installation), "")
    assert stopped == "The embedded PostgreSQL has stopped."
    assert started == f"The embedded PostgreSQL runs below {installation}."
    assert following == 'Next: eval "$(qbr env)" && dagster dev'
    assert version == VERSIONS[-1]


def test_a_database_that_env_has_named_is_still_the_embedded_one(qbr: Qbr, installation: Path) -> None:
    """It is started when it has stopped, and it is migrated by the way."""
    told = qbr("env", QBR_HOME=str(installation))
    named = dict(shlex.split(line)[1].split("=", 1) for line in told.out.splitlines())
    assert qbr("db", "downgrade", "--yes", **named).code == 0
    assert qbr("db", "stop", **named).out == "The embedded PostgreSQL has stopped.\n"
    assert "Metrics of 2025-03, My MSP" in qbr("show", "2025-03", **named).out


def test_a_home_with_a_blank_and_a_quote_is_quoted_for_the_shell(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    home = tmp_path / "it's a $(home)"
    said = qbr("env", QBR_HOME=str(home), DAGSTER_POSTGRES_URL=empty_database())
    assert shell(f'{said.out}echo "$QBR_HOME"').stdout == f"{home}\n"


def test_env_of_the_demo_takes_what_is_real_out_of_the_shell(installation: Path) -> None:
    said = shell(
        'eval "$(qbr --demo env)"; '
        'echo "$QBR_DEMO|$QBR_HOME|${CONNECTWISE_SERVER-}|${QBR_ALERT_URLS-}|${PGHOST-}|$QBR_DATABASE_URL"; '
        "qbr metric set 2025-03 mrr 5 --by Ann; qbr show 2025-03 | head -1; "
        "qbr up || echo refused with $?; qbr db stop",
        QBR_HOME=str(installation),
        QBR_DATABASE_URL="postgresql://u:Gehe1mSecret@db.example.com/real",
        CONNECTWISE_SERVER="http://not even a host",
        CONNECTWISE_PRIVATE_KEY="Gehe1mSecret",
        QBR_ALERT_URLS='["mailto://u:Gehe1mSecret@example.com"]',
        PGHOST="db.example.com",
    )
    evaluated, entered, title, rejected, stopped = said.stdout.splitlines()
    demo, home, server, alerts, host, url = evaluated.split("|")
    assert (demo, home, server, alerts, host) == ("true", str(installation / "demo"), "", "", "")
    assert make_url(url).query["host"] == str(installation / "demo" / "postgres")
    assert entered.endswith("is $5, entered by Ann.")
    assert title.startswith("Metrics of 2025-03, Demo MSP (made-up data)")
    assert rejected == "refused with 2"
    assert "QBR_DEMO is true: this shell belongs to the demo" in said.stderr
    assert stopped == "The embedded PostgreSQL has stopped."
    assert "Gehe1mSecret" not in said.stdout + said.stderr
