"""Answers given again: only while nothing at all has been committed, and never across a midnight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from qbr_pipeline.api.response_cache import CachedAnswer, ResponseCache
from qbr_pipeline.runtime.postgres.embedded import start_embedded
from qbr_pipeline.store.database import Database, open_database, state
from qbr_pipeline_tests.api.conftest import NOW, WRITER, with_key
from qbr_pipeline_tests.api.test_findings import ANN
from qbr_pipeline_tests.api.test_findings import enter as enter_by_api
from qbr_pipeline_tests.api.test_rows import CHILD, TICKET, collect_tickets

Enter = Callable[..., None]
ADDRESSES = [
    "/api/qbr/metrics/monthly?period=2025-03",
    "/api/qbr/metrics/quarterly?period=2025-Q1",
    "/api/qbr/smartnumbers?period=2025-03",
    "/api/qbr/smartnumbers?period=2025-Q1",
]
FINDINGS = "/api/qbr/findings?limit=50"
TABLE = "/api/qbr/metrics/table?from_period=2025-01&to_period=2025-03"


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", [*ADDRESSES, FINDINGS, TABLE])
def test_the_same_question_again_reads_no_table_and_has_the_same_answer(
    client: FlaskClient, enter: Enter, database: Database, address: str
) -> None:
    enter("2025-03", mrr="100", nrr="0", reactive_tickets_created="7", reactive_tickets_closed="7")
    first = client.get(address)
    for _ in range(5):  # the server may flush its log meanwhile, of its own accord
        with statements(database) as sent:
            again = client.get(address)
        if len(sent) == 1:
            break
    assert first.status_code == 200
    assert again.data == first.data
    assert again.mimetype == first.mimetype
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert len(sent) == 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_whatever_is_committed_by_whomever_shows_at_once(
    client: FlaskClient, enter: Enter, database: Database, address: str
) -> None:
    enter("2025-03", mrr="100", nrr="50", new_mrr="3")
    before = client.get(address).data
    enter("2025-03", mrr="200", nrr="60", new_mrr="4")
    entered = client.get(address).data
    assert entered != before
    client.post(
        "/api/qbr/thresholds",
        json=[
            {"metric_name": name, "threshold_type": "warning", "threshold_value": 100_000}
            for name in ("mrr", "new_mrr_added")
        ],
    )
    judged = client.get(address).data
    assert judged != entered
    with database.begin() as somebody_else:
        for table in ("qbr_metrics_monthly", "qbr_metrics_quarterly", "qbr_smartnumbers"):
            column = "kpi_value" if table == "qbr_smartnumbers" else "metric_value"
            somebody_else.execute(text(f"UPDATE {table} SET {column} = 1"))
    assert client.get(address).data != judged


def test_what_is_not_committed_yet_does_not_show_and_shows_with_the_commit(
    client: FlaskClient, enter: Enter, database: Database
) -> None:
    enter("2025-03", mrr="100")
    before = client.get(ADDRESSES[0]).data
    with database.begin() as somebody_else:
        somebody_else.execute(text("UPDATE qbr_metrics_monthly SET metric_value = 1"))
        assert client.get(ADDRESSES[0]).data == before
    assert client.get(ADDRESSES[0]).data != before


def test_the_rows_behind_a_number_are_read_once(reader: FlaskClient, database: Database) -> None:
    collect_tickets(database, TICKET, CHILD)
    address = "/api/qbr/metrics/rows?metric_name=reactive_tickets_created&period=2025-03&limit=100"
    first = reader.get(address)
    assert len(first.get_json()["data"]["rows"]) == 2
    for _ in range(5):
        with statements(database) as sent:
            assert reader.get(address).data == first.data
        if len(sent) == 1:
            break
    assert len(sent) == 1
    with database.begin() as somebody_else:
        somebody_else.execute(text("UPDATE qbr_tickets SET board = 'Other'"))
    assert {row["board"] for row in reader.get(address).get_json()["data"]["rows"]} == {"Other"}


def test_findings_are_told_anew_when_an_acknowledgement_ends(
    make_app: Callable[..., Flask],
) -> None:
    now = [NOW]
    client = with_key(make_app(QBR_CLOCK=lambda: now[0]), WRITER)
    enter_by_api(client, "2025-03", employees=8)
    enter_by_api(client, "2025-04", employees=16)
    (found, *_) = client.get(f"{FINDINGS}&rule=change").get_json()["data"]["findings"]
    body = {"id": found["id"], **ANN, "until": (NOW + timedelta(hours=1)).isoformat()}
    assert client.post("/api/qbr/findings/acknowledge", json=body).status_code == 200

    def state_told() -> str:
        told = client.get(f"/api/qbr/findings?id={found['id']}").get_json()["data"]["findings"]
        return str(told[0]["state"])

    assert state_told() == "acknowledged"
    now[0] = NOW + timedelta(minutes=59)
    assert state_told() == "acknowledged"
    now[0] = NOW + timedelta(minutes=60)
    assert state_told() == "open"


def state_of(database: Database) -> str:
    with database.connected() as connection:
        return state(connection)


def test_reading_does_not_move_the_state_and_writing_does(database: Database, enter: Enter) -> None:
    enter("2025-03", mrr="100")
    before = state_of(database)
    with database.read() as connection:
        connection.execute(text("SELECT * FROM qbr_metrics_monthly"))
    assert state_of(database) == before
    enter("2025-03", mrr="100", nrr="1")
    assert state_of(database) != before


def test_a_transaction_in_progress_counts_as_such_and_its_end_makes_another_state(
    database: Database, enter: Enter
) -> None:
    enter("2025-03", mrr="100")
    states = [state_of(database)]
    with database.begin() as somebody_else:
        somebody_else.execute(text("UPDATE qbr_metrics_monthly SET metric_value = 1"))
        states.append(state_of(database))
        enter("2024-01", mrr="1")
        states.append(state_of(database))
    states.append(state_of(database))
    before, begun, other_ended, ended = (each.partition(" ")[0] for each in states)
    assert begun == before  # its number is beyond those of the state
    assert len({before, other_ended, ended}) == 3


@pytest.mark.slow
def test_a_server_that_follows_another_never_tells_the_same_state_twice() -> None:
    """There a snapshot does not list the transactions in progress: the same one may stand for other data."""
    with TemporaryDirectory(prefix="qbr-standby-") as directory:
        home = Path(directory)
        start_embedded(home, keep_running=False).stop()
        [settings] = home.glob("*/postgresql.conf")
        settings.with_name("standby.signal").touch()
        server = start_embedded(home, keep_running=False)
        following = open_database(server.url("postgres"), timezone=ZoneInfo("America/Chicago"))
        with following.read() as connection:
            assert connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one() is True
        assert len({state_of(following) for _ in range(5)}) == 5
        following.close()
        server.stop()


def test_a_month_that_ends_is_over_in_the_next_answer(make_app: Callable[..., Flask], enter: Enter) -> None:
    enter("2025-03", mrr="100")
    clock = [datetime(2025, 4, 1, 4, 59, 59, tzinfo=UTC)]
    client = make_app(QBR_CLOCK=lambda: clock[0]).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer the-read-key-of-the-tests"
    assert client.get(ADDRESSES[0]).get_json()["data"]["is_over"] is False
    clock[0] = datetime(2025, 4, 1, 5, 0, tzinfo=UTC)
    assert client.get(ADDRESSES[0]).get_json()["data"]["is_over"] is True


def test_head_of_an_answer_that_is_given_again_tells_its_length_and_no_more(
    client: FlaskClient, enter: Enter
) -> None:
    enter("2025-03", mrr="100")
    asked = client.get(ADDRESSES[0])
    head = client.head(ADDRESSES[0])
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == asked.headers["Content-Length"]


def test_an_answer_is_never_given_to_who_may_not_read(client: FlaskClient, app: Flask, enter: Enter) -> None:
    enter("2025-03", mrr="100")
    assert client.get(ADDRESSES[0]).status_code == 200
    assert app.test_client().get(ADDRESSES[0]).status_code == 401


def test_other_parameters_are_another_question(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="100")
    assert len(client.get(ADDRESSES[0]).get_json()["data"]["metrics"]) == 36
    assert len(client.get(f"{ADDRESSES[0]}&metric_name=mrr").get_json()["data"]["metrics"]) == 1
    assert client.get(f"{ADDRESSES[0]}&organization_id=2").status_code == 404


def test_only_so_many_answers_are_kept_those_asked_for_last() -> None:
    answers = ResponseCache(most_bytes=25_000)
    answers.set("a", "now", CachedAnswer(b"A" * 10_000))
    answers.set("b", "now", CachedAnswer(b"B" * 10_000))
    assert answers.get("a", "now", NOW) == CachedAnswer(b"A" * 10_000)
    answers.set("c", "now", CachedAnswer(b"C" * 10_000))
    assert [answers.get(each, "now", NOW) for each in "abc"] == [
        CachedAnswer(b"A" * 10_000),
        None,
        CachedAnswer(b"C" * 10_000),
    ]
    assert answers.get("a", "later", NOW) is None


def test_what_is_kept_is_bounded_by_bytes_and_not_by_how_many_answers_there_are() -> None:
    answers = ResponseCache(most_bytes=100_000)
    for number in range(50):
        answers.set(number, "now", CachedAnswer(b"a" * 500))
    assert all(answers.get(number, "now", NOW) for number in range(50))
    answers.set("large", "now", CachedAnswer(b"a" * 90_000))
    assert answers.get("large", "now", NOW) is not None
    assert [number for number in range(50) if answers.get(number, "now", NOW)] == list(range(45, 50))


def test_an_answer_too_large_to_keep_takes_no_other_ones_place_and_its_old_one_is_forgotten() -> None:
    answers = ResponseCache(most_bytes=10_000)
    answers.set("a", "now", CachedAnswer(b"a"))
    answers.set("b", "now", CachedAnswer(b"b"))
    answers.set("b", "later", CachedAnswer(b"b" * 20_000))
    assert [answers.get("a", "now", NOW), answers.get("b", "now", NOW), answers.get("b", "later", NOW)] == [
        CachedAnswer(b"a"),
        None,
        None,
    ]
    answers.set("a", "later", CachedAnswer(b"a" * 2))
    assert answers.get("a", "later", NOW) == CachedAnswer(b"aa")
