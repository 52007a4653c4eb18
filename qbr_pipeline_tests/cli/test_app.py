"""What all commands share: help, faults in a sentence, exit codes, Ctrl-C, the demo apart from what is real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text

from qbr_pipeline.cli.app import PLUG_INS, add_plug_ins, app
from qbr_pipeline.runtime import context
from qbr_pipeline.store.collection_log import CollectionOutcome, rows
from qbr_pipeline.store.database import Database
from tools.benchmarks.commands import app as benchmarks

Qbr = Callable[..., Any]
QBR = str(Path(sys.executable).with_name("qbr"))


def commands() -> Iterator[tuple[str, Any]]:
    def walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield path, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(f"{path} {name}", inner)

    return walk("qbr", typer.main.get_command(app))


add_plug_ins()
COMMANDS = dict(commands())


def test_the_commands_are_these() -> None:
    assert {path for path, command in COMMANDS.items() if not command.hidden} >= {
        "qbr demo",
        "qbr up",
        "qbr collect",
        "qbr show",
        "qbr metric set",
        "qbr metric release",
        "qbr metric history",
        "qbr doctor",
        "qbr db upgrade",
        "qbr db downgrade",
        "qbr db current",
        "qbr db start",
        "qbr db stop",
        "qbr env",
    }


def test_the_checkout_declares_its_benchmarks_as_a_group_of_commands() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    declared = project["entry-points"][PLUG_INS]
    assert {name: EntryPoint(name, value, PLUG_INS).load() for name, value in declared.items()} == {
        "benchmark": benchmarks
    }


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the installed packages declare one group of commands, and adds what they declare."""

    def declare_one(value: str) -> None:
        declared = EntryPoint("other", value, PLUG_INS)
        monkeypatch.setattr("qbr_pipeline.cli.app.entry_points", lambda group: [declared])
        add_plug_ins.__wrapped__()

    return declare_one


def test_a_group_of_commands_whose_package_is_not_there_is_left_out(declare: Callable[[str], None]) -> None:
    declare("package_of_nobody.commands:app")
    assert "qbr other" not in dict(commands())


def test_a_group_of_commands_that_lacks_a_package_of_its_own_is_not_hidden(
    declare: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plug_in_of_a_test.py").write_text("import package_of_nobody\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="package_of_nobody"):
        declare("plug_in_of_a_test:app")


@pytest.mark.parametrize("path", list(COMMANDS))
def test_every_command_and_every_option_has_a_help_text(path: str) -> None:
    assert COMMANDS[path].help
    for parameter in COMMANDS[path].params:
        assert parameter.help, parameter.name


@pytest.mark.parametrize("path", list(COMMANDS))
def test_help_is_given_whatever_the_settings_are(qbr: Qbr, home: Path, path: str) -> None:
    said = qbr(*path.split()[1:], "--help", QBR_TIMEZONE="x")
    assert (said.code, said.err) == (0, "")
    assert f"Usage: {path}" in said.out
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= 80
    assert not home.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("show",),
        ("metric", "set", "2025-03", "mrr", "5", "--by", "Ann"),
        ("db", "current"),
        ("db", "upgrade"),
        ("env",),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_sentence_without_the_password(
    qbr: Qbr, empty_database: Callable[[], str], words: tuple[str, ...]
) -> None:
    fault = qbr(
        *words,
        QBR_DATABASE_URL="postgresql://ann:Gehe1mSecret@127.0.0.1:1/numbers",
        DAGSTER_POSTGRES_URL=empty_database(),
    ).fault
    assert fault.startswith("The database cannot be used: connection to server at ")
    assert "Gehe1mSecret" not in fault


def test_a_database_of_dagster_that_cannot_be_reached_is_one_sentence_without_the_password(
    named_database: Database,
) -> None:
    done = run(
        "collect",
        CONNECTWISE_SERVER="http://127.0.0.1:9",
        CONNECTWISE_COMPANY_ID="acme",
        CONNECTWISE_PUBLIC_KEY="public",
        CONNECTWISE_PRIVATE_KEY="private",
        CONNECTWISE_CLIENT_ID="client",
        DAGSTER_POSTGRES_URL="postgresql://ann:Gehe1mSecret@127.0.0.1:1/dagster",
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "The database of Dagster, which DAGSTER_POSTGRES_URL names, cannot be used: connection"
    )
    assert "Gehe1mSecret" not in line
    assert done.stdout == ""


def test_a_refused_permission_is_one_sentence(qbr: Qbr, named_database: Database) -> None:
    url = named_database.engine.url
    with named_database.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS stranger"))
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    stranger = url.set(username="stranger").render_as_string(hide_password=False)
    assert "permission denied" in qbr("show", QBR_DATABASE_URL=stranger).fault


def test_every_wrong_setting_is_told_at_once(qbr: Qbr, home: Path) -> None:
    faults = qbr("show", QBR_TIMEZONE="x", QBR_LOG_LEVEL="x").faults
    assert [fault.split()[0] for fault in faults] == ["QBR_TIMEZONE", "QBR_LOG_LEVEL"]
    assert not home.exists()


def test_a_home_that_is_a_file_is_one_sentence(qbr: Qbr, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    fault = qbr("show", QBR_HOME=str(tmp_path / "file")).fault
    assert fault.startswith(f'QBR_HOME is "{tmp_path / "file"}", where nothing can be stored')


def test_a_log_file_that_cannot_be_written_is_one_sentence(named_database: Database, home: Path) -> None:
    done = run("show", QBR_LOG_FILE="/nowhere/at/all.log")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == 'QBR_LOG_FILE holds "/nowhere/at/all.log", which cannot be written: No such file or directory.\n'
    )


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [QBR, *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_up_refuses_the_demo_in_both_ways_of_asking_for_it(qbr: Qbr, home: Path) -> None:
    assert "for made-up data run `qbr demo`" in qbr("--demo", "up").fault
    assert qbr("up", QBR_DEMO="true").fault.startswith("QBR_DEMO is true: this shell belongs to the demo")
    assert not home.exists()


def test_a_collection_into_the_demo_never_asks_real_vendors(
    qbr: Qbr, monkeypatch: pytest.MonkeyPatch, named_database: Database
) -> None:
    """In a shell that belongs to the demo, `qbr collect` sees neither the real database nor the real vendors."""
    seen: dict[str, str] = {}

    def stop_here(*_: object, **__: object) -> None:
        seen.update(os.environ)
        raise typer.Exit(7)

    monkeypatch.setattr("qbr_pipeline.cli.collect.prepare", stop_here)
    assert qbr("collect", QBR_DEMO="true", CONNECTWISE_SERVER="na.myconnectwise.net").code == 7
    assert "CONNECTWISE_SERVER" not in seen
    assert "QBR_DATABASE_URL" not in seen


def test_a_wrong_setting_of_a_real_vendor_does_not_keep_the_demo_from_working(
    qbr: Qbr, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop_here(*_: object, **__: object) -> None:
        raise typer.Exit(7)

    monkeypatch.setattr("qbr_pipeline.runtime.context.start_embedded", stop_here)
    for words in (("demo", "--once"), ("--demo", "show"), ("--demo", "collect")):
        assert qbr(*words, CONNECTWISE_SERVER="http://x", PGPORT="x", QBR_DATABASE_URL="x").code == 7


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What commands have warned of since the last call, as a new process would."""
    context._warn_once.cache_clear()

    def warnings() -> list[str]:
        said = [each.getMessage() for each in caplog.records]
        caplog.clear()
        return said

    return warnings


IGNORED = {"QBR_API_HOST": "0.0.0.0", "QBR_CORS_ORIGINS": "x", "QBR_TRUSTED_PROXY": " ", "PGHOST": "db"}  # noqa: S104


@pytest.mark.parametrize(("words", "marked"), [(["--demo"], "false"), ([], "true")])
def test_what_the_demo_ignores_is_named_and_no_value_is_shown(
    qbr: Qbr, warned: Callable[[], list[str]], words: list[str], marked: str
) -> None:
    assert qbr(*words, "db", "stop", QBR_DEMO=marked, **IGNORED).code == 0
    assert warned() == [
        "The demo uses nothing that tells of something real, and ignores PGHOST, QBR_API_HOST, QBR_CORS_ORIGINS."
    ]
    assert qbr("db", "stop", QBR_HOME="/nowhere/demo", QBR_DEMO="true", **IGNORED).code == 0
    assert warned() == []  # a process of the demo


def test_a_setting_of_no_known_name_is_told_once(qbr: Qbr, warned: Callable[[], list[str]]) -> None:
    for _ in range(2):
        assert qbr("db", "stop", QBR_API_KEI="x").code == 0
    assert warned() == ["QBR_API_KEI is ignored: no setting has that name; did you mean QBR_API_KEYS?"]


def test_ctrl_c_ends_a_collection_at_once_without_a_traceback_and_leaves_its_log(
    named_database: Database, empty_database: Callable[[], str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        process = subprocess.Popen(
            [QBR, "collect", "--month", "2025-03", "--month", "2025-04"],
            env={
                **os.environ,
                "DAGSTER_POSTGRES_URL": empty_database(),
                "CONNECTWISE_SERVER": f"http://127.0.0.1:{silent.getsockname()[1]}",
                "CONNECTWISE_COMPANY_ID": "acme",
                "CONNECTWISE_PUBLIC_KEY": "public",
                "CONNECTWISE_PRIVATE_KEY": "private",
                "CONNECTWISE_CLIENT_ID": "client",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        connection.close()
    assert process.returncode == 130, (out, err)
    assert "Traceback" not in out + err
    failed = [row for row in named_database.fetch(rows) if row.status is CollectionOutcome.FAILED]
    assert {str(row.month) for row in failed} == {"2025-03"}
