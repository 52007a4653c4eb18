"""`qbr init`: asks for what is missing, tries it on a real server, and keeps it where nobody else may read it."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine

from qbr_pipeline.cli.init import connectwise as asking
from qbr_pipeline.demo.connectwise.rows import Board, Status, Ticket
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID as NINJA_ID
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_SECRET as NINJA_SECRET
from qbr_pipeline.demo.ninja.server import SimulatedNinja
from qbr_pipeline.demo.ninja.world import World as Fleet
from qbr_pipeline.settings import with_env_files
from qbr_pipeline.settings.addresses import normalise_database_url
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline_tests.demo.replies import forbidden
from qbr_pipeline_tests.store.seed import SEED

WRONG = "Gehe1mAndWrong"
SECRETS = (DEMO_PUBLIC_KEY, DEMO_PRIVATE_KEY, DEMO_CLIENT_ID, WRONG)
OPEN = Status("New")
BOARDS = (
    Board(1, "Help Desk", (OPEN, Status(">Closed", closed=True), Status("Resolved"))),
    Board(2, "Service, Remote ", (OPEN, Status("Completed ", closed=True))),
    Board(3, "Alerts", (OPEN,)),
)


@pytest.fixture
def server() -> Iterator[SimulatedConnectWise]:
    now = datetime.now(UTC) - timedelta(hours=1)
    tickets = [Ticket(n, now - timedelta(days=n), status=">Closed") for n in range(1, 41)]
    tickets += [
        Ticket(100 + n, now - timedelta(days=n), board="Service, Remote ", status="Completed ")
        for n in range(60, 120)
    ]
    tickets += [Ticket(300, now - timedelta(days=1), parent_id=1)]
    with SimulatedConnectWise(World(BOARDS, tickets)) as running:
        yield running


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asking, "SOMEBODY_WAITS", RetryPolicy(total=0.05, read=5, strict=True))
    return tmp_path


@pytest.fixture
def init(qbr: Callable[..., Any], work: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `qbr init` with these answers piped in, a line each; it must never print a secret."""

    def run(*answers: str, options: tuple[str, ...] = (), **variables: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        said = qbr("init", *options, QBR_DOTENV="", **variables)
        assert not [secret for secret in SECRETS if secret in said.out + said.err]
        assert "Traceback" not in said.err
        return said

    return run


def credentials(server: SimulatedConnectWise) -> dict[str, str]:
    return {
        "CONNECTWISE_SERVER": server.url,
        "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
        "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
        "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
        "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
    }


def in_home(home: Path) -> dict[str, str]:
    """What the file says, and that nobody else may read it."""
    file = home / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert list(home.iterdir()) == [file]
    found = with_env_files({"QBR_HOME": str(home)})
    del found["QBR_HOME"]
    return found


def test_it_asks_for_what_is_missing_tries_it_and_keeps_it(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init(
        "1",
        *credentials(server).values(),
        "1,2",
        "",
        "",
        "",
        "",
    )
    assert said.code == 0, said
    assert f"{server.url} grants access." in said.out
    assert in_home(home) == credentials(server) | {
        "QBR_REACTIVE_BOARDS": '["Help Desk", "Service, Remote"]',
        "QBR_CLOSED_STATUSES": "auto",
        "QBR_TIMEZONE": "America/Chicago",
    }
    assert "Next: `qbr doctor` looks at everything again, and `qbr up` collects." in said.out


def test_boards_and_statuses_are_shown_with_their_tickets_of_ninety_days(
    init: Callable[..., Any], server: SimulatedConnectWise
) -> None:
    said = init("1", *credentials(server).values(), '["Help Desk", "service, REMOTE"]')
    lines = [line.split() for line in said.out.splitlines()]
    assert ["1", "Help", "Desk", "40"] in lines
    assert ["2", "Service,", "Remote", "30"] in lines
    assert ["3", "Alerts", "0"] in lines
    assert ["2", ">Closed", "40", "Help", "Desk", "yes"] in lines
    assert ["3", "Resolved", "0", "Help", "Desk"] in lines
    assert ["4", "Completed", "30", "Service,", "Remote", "yes"] in lines


def test_what_is_set_already_is_neither_asked_nor_written(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init("", "help desk", ">closed", "", "", QBR_TIMEZONE="Europe/Paris", **credentials(server))
    assert said.code == 0, said
    assert "CONNECTWISE_" not in said.out
    assert in_home(home) == {"QBR_REACTIVE_BOARDS": '["Help Desk"]', "QBR_CLOSED_STATUSES": '[">Closed"]'}


def test_everything_may_be_given_as_options_and_nothing_is_asked(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    given = {
        **credentials(server),
        "QBR_REACTIVE_BOARDS": '["Help Desk"]',
        "QBR_CLOSED_STATUSES": '[">Closed"]',
        "QBR_TIMEZONE": "Europe/Paris",
        "QBR_ORGANIZATION_NAME": "It's ours",
    }
    secret = "CONNECTWISE_PRIVATE_KEY"
    options = [
        word for name, value in given.items() if name != secret for word in ("--set", f"{name}={value}")
    ]
    said = init(options=("--yes", "--set", secret, *options), **{secret: given[secret]})
    assert said.code == 0, said
    assert said.err == ""
    assert ": \n" not in said.out
    assert in_home(home) == given


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            "QBR_REACTIVE_BOARD=x",
            '--set names what no such file may hold; did you mean "QBR_REACTIVE_BOARDS"',
        ),
        ("QBR_HOME=/x", "--set names what no such file may hold"),
        ("QBR_TIMEZONE=nowhere", 'QBR_TIMEZONE holds "nowhere": expected the IANA name'),
        ("QBR_TIMEZONE", "--set QBR_TIMEZONE has no value: expected the IANA name"),
    ],
)
def test_an_option_that_is_wrong_is_one_sentence(
    given: str, sentence: str, init: Callable[..., Any], home: Path
) -> None:
    said = init(options=("--yes", "--set", given))
    assert sentence in said.fault
    assert not home.exists()


def test_wrong_credentials_are_told_and_asked_for_again(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    right = credentials(server)
    typed = (right | {"CONNECTWISE_PRIVATE_KEY": WRONG}).values()
    said = init("", *typed, "", "", DEMO_PRIVATE_KEY, "", "1", "", "", "", "")
    assert said.code == 0, said
    assert "401" in said.err
    assert "check CONNECTWISE_COMPANY_ID, CONNECTWISE_PUBLIC_KEY, CONNECTWISE_PRIVATE_KEY" in said.err
    assert in_home(home).items() >= right.items()


def test_wrong_credentials_given_as_options_end_it_with_the_sentence(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    right = credentials(server) | {"CONNECTWISE_PRIVATE_KEY": WRONG}
    said = init(options=("--yes",), **right)
    assert said.code == 1
    assert said.err.startswith("ConnectWise answered GET /service/boards with 401")
    assert not home.exists()


def test_an_unknown_company_is_asked_for_again_with_the_server(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    right = credentials(server)
    typed = (right | {"CONNECTWISE_COMPANY_ID": "acme"}).values()
    said = init("", *typed, "", DEMO_COMPANY_ID, "1", "", "", "", "")
    assert said.code == 0, said
    assert "ConnectWise knows no company 'acme'" in said.err
    assert in_home(home)["CONNECTWISE_COMPANY_ID"] == DEMO_COMPANY_ID


def test_a_server_that_cannot_be_reached_is_told_and_asked_for_again(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    right = credentials(server)
    typed = (right | {"CONNECTWISE_SERVER": "http://127.0.0.1:9"}).values()
    said = init("", *typed, server.url, "1", "", "", "", "")
    assert said.code == 0, said
    assert "the server in CONNECTWISE_SERVER could not be connected to" in said.err
    assert in_home(home)["CONNECTWISE_SERVER"] == server.url


def test_a_role_that_sees_no_board_is_told(init: Callable[..., Any], home: Path) -> None:
    with SimulatedConnectWise(World()) as empty:
        said = init("", *credentials(empty).values())
    assert said.code == 1
    assert "grants access but shows no service board: the security role of the API member must" in said.err
    assert not home.exists()


def test_a_role_that_may_not_read_boards_is_told(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    server.faults.add(forbidden(), matching="/service/boards", times=None)
    said = init("", *credentials(server).values())
    assert said.code == 1
    assert "with 403" in said.err
    assert (
        "the API member's security role must let it read service tickets, time entries and boards" in said.err
    )
    assert "Nothing was written." in said.err
    assert not home.exists()


def test_what_cannot_be_counted_can_be_chosen_all_the_same(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    server.faults.add(forbidden(), matching="/count", times=None)
    said = init("", *credentials(server).values(), "Help Desk", ">Closed", "", "", "")
    assert said.code == 0, said
    assert "not counted" in said.out
    assert in_home(home)["QBR_REACTIVE_BOARDS"] == '["Help Desk"]'


def test_an_answer_that_is_wrong_is_told_and_asked_for_again(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init(
        "3",
        "2",
        "not a server",
        *credentials(server).values(),
        "HelpDesk",
        "0",
        "1",
        "Resolve",
        "",
        "Moon",
        "",
        "",
        "",
    )
    assert said.code == 0, said
    assert '"3" is not one of them: expected numbers from 1 to 2, or names.' in said.err
    assert 'CONNECTWISE_SERVER holds "not a server": expected a host' in said.err
    assert '"HelpDesk" is not one of them; did you mean "Help Desk"?' in said.err
    assert '"Resolve" is not one of them; did you mean "Resolved"?' in said.err
    assert 'QBR_TIMEZONE holds "Moon"' in said.err
    assert not home.exists()
    assert Path(".env").exists()


def test_a_board_on_which_nothing_would_count_as_closed_is_told(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init("", *credentials(server).values(), "1,2", ">Closed", "2, 4", "", "", "")
    assert said.code == 0, said
    assert 'The board "Service, Remote" has no status that QBR_CLOSED_STATUSES names' in said.err
    assert "Nothing was published" not in said.err
    assert in_home(home)["QBR_CLOSED_STATUSES"] == '[">Closed", "Completed"]'


def test_a_board_without_any_closed_status_cannot_be_chosen_unasked(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init(options=("--yes",), QBR_REACTIVE_BOARDS='["Alerts"]', **credentials(server))
    assert said.code == 1
    assert "Statuses that mean closed" in said.err
    assert not home.exists()


def test_a_given_board_that_does_not_exist_is_told(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init(options=("--yes", "--set", 'QBR_REACTIVE_BOARDS=["HelpDesk"]'), **credentials(server))
    assert said.code == 1
    assert said.err == (
        'QBR_REACTIVE_BOARDS names the board "HelpDesk", which does not exist; did you mean "Help Desk"?\n'
    )
    assert not home.exists()


def test_answers_that_end_too_early_write_nothing(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    said = init("", *credentials(server).values())
    assert said.code == 1
    assert said.err.startswith("Nobody answered: Boards whose tickets are reactive")
    assert said.err.endswith("Nothing was written.\n")
    assert not home.exists()


@pytest.mark.parametrize(("answer", "code"), [("no", 1), ("", 1), ("yes", 0)])
def test_a_file_that_is_there_is_changed_after_a_question_only(
    answer: str, code: int, init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    home.mkdir(mode=0o700)
    before = "# ours\nCONNECTWISE_COMPANY_ID=old\nOTHER=1\n"
    (home / ".env").write_text(before)
    (home / ".env").chmod(0o600)
    given = credentials(server).items()
    options = tuple(word for name, value in given for word in ("--set", f"{name}={value}"))
    said = init("", "1", "", "", "", "", answer, options=options)
    assert said.code == code, said
    assert "It is there already: replace CONNECTWISE_COMPANY_ID in it, and keep every other line?" in said.out
    if code:
        assert "Nothing was written." in said.out
        assert (home / ".env").read_text() == before
    else:
        assert (home / ".env").read_text().startswith("# ours\nOTHER=1\n")
        assert in_home(home)["CONNECTWISE_COMPANY_ID"] == DEMO_COMPANY_ID


def test_what_the_environment_says_otherwise_is_told(
    init: Callable[..., Any], server: SimulatedConnectWise
) -> None:
    said = init(
        options=("--yes", "--set", "QBR_TIMEZONE=Europe/Rome"),
        QBR_TIMEZONE="Europe/Paris",
        **credentials(server),
    )
    assert said.code == 0, said
    assert "says otherwise of QBR_TIMEZONE, and wins." in said.err


def test_a_database_that_cannot_be_used_is_told_and_may_be_left_out(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path
) -> None:
    url = f"postgresql://u:{WRONG}@127.0.0.1:9/d"
    said = init("", "1", "", "", url, "", url, "", **credentials(server))
    assert said.code == 0, said
    assert "The database of the numbers cannot be used: connection to server" in said.err
    assert 'The inventory database "d" on 127.0.0.1:9 cannot be read at the moment' in said.err
    assert "QBR_DATABASE_URL" not in in_home(home)
    assert "QBR_INVENTORY_DATABASE_URL" not in in_home(home)


def test_a_database_with_tables_of_another_program_leads_to_a_schema_of_ours(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path, empty_database: Callable[[], str]
) -> None:
    url = empty_database()
    with create_engine(url).begin() as connection:
        connection.exec_driver_sql(SEED)
    said = init("", "1", "", "", url, "", "", **credentials(server))
    assert said.code == 0, said
    assert "Another program's tables already exist where ours would be" in said.err
    assert in_home(home).items() >= {"QBR_DATABASE_URL": url, "QBR_DATABASE_SCHEMA": "qbr"}.items()
    assert "The database of the numbers is reached, and lacks our tables of today." in said.out
    assert "Next: `qbr db upgrade` makes the tables" in said.out


def test_an_inventory_is_tried(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path, fresh_database: Callable[[], str]
) -> None:
    url = fresh_database()
    with create_engine(normalise_database_url(url)).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE device_snapshot (snapshot_date date, vendor_id integer, device_identity_id integer);"
            "INSERT INTO device_snapshot SELECT '2025-01-31', id, 1 FROM vendor WHERE name = 'Ninja'"
        )
    said = init("", "1", "", "", "", url, **credentials(server))
    assert said.code == 0, said
    assert "The inventory is reached; its newest snapshot is of 2025-01-31." in said.out
    assert in_home(home)["QBR_INVENTORY_DATABASE_URL"] == url


def test_an_inventory_beside_the_numbers_is_found_unasked(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path, fresh_database: Callable[[], str]
) -> None:
    url = fresh_database()
    with create_engine(normalise_database_url(url)).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE device_snapshot (snapshot_date date, vendor_id integer, device_identity_id integer)"
        )
    said = init("", "1", "", "", url, **credentials(server))
    assert said.code == 0, said
    assert "The database of the numbers holds the inventory too." in said.out
    assert "QBR_INVENTORY_DATABASE_URL" not in in_home(home)


def test_a_home_that_cannot_be_written_is_told_before_anything_is_asked(
    init: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    said = init(options=("--home",), QBR_HOME=str(tmp_path / "file" / "home"))
    assert "Not a directory" in said.fault


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--demo", "init"), "`qbr init` is about your own vendors"),
        (("init", "--home"), "QBR_DOTENV is false: no file .env would be read."),
    ],
)
def test_where_no_file_is_read_none_is_written(
    words: tuple[str, ...], sentence: str, qbr: Callable[..., Any], home: Path
) -> None:
    said = qbr(*words, **{"QBR_DOTENV": "false"} if "--home" in words else {})
    assert sentence in said.fault
    assert not home.exists()


@pytest.fixture
def ninja() -> Iterator[str]:
    with SimulatedNinja(Fleet(60, date(2025, 1, 1), ZoneInfo("America/Chicago"))) as simulated:
        yield simulated.url


def test_where_ninjaone_is_named_its_client_app_is_asked_for_and_tried_and_no_inventory(
    init: Callable[..., Any], server: SimulatedConnectWise, home: Path, ninja: str
) -> None:
    answers = ("", "help desk", ">closed", "", "", NINJA_ID, WRONG, NINJA_SECRET)
    said = init(*answers, options=("--set", f"NINJA_SERVER={ninja}"), **credentials(server))
    assert said.code == 0, said
    assert "401 (invalid_client): check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET" in said.err
    assert "NinjaOne is reached, with 4 organizations." in said.out
    assert "NINJA_CLIENT_SECRET=(not shown)" in said.out
    kept = in_home(home)
    assert {name: kept[name] for name in kept if name.startswith("NINJA")} == {
        "NINJA_SERVER": ninja,
        "NINJA_CLIENT_ID": NINJA_ID,
        "NINJA_CLIENT_SECRET": NINJA_SECRET,
    }
    assert "QBR_INVENTORY_DATABASE_URL" not in said.out
