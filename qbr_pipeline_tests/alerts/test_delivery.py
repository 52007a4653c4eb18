"""The way to the destinations: a real mail server, a real HTTP endpoint, and what happens when one does not answer."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from qbr_pipeline.alerts.delivery import Delivered, Destination, Sender, deliver, destinations_of
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.alerts.outbox import FIRST_WAIT, Alert, put, release
from qbr_pipeline.store.database import Database, open_database

NOW = datetime(2025, 6, 15, 4, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
SENDER = Sender("Example MSP", Links())
HALVED = Alert(
    "finding:1", "warn 288", False, "[WARN] Endpoints fell", "Endpoints fell from 594 to 288 (-52 %)"
)
RENAMED = Alert("finding:2", "error", True, "[ERROR] A board is gone", "Help Desk → Service Desk")


def send(db: Database, *destinations: Destination, now: datetime = NOW) -> Delivered:
    return deliver(db, destinations, SENDER, lambda: now)


def to(received: Any) -> Destination:
    return Destination(SecretStr(received.url))


def test_a_mail_and_a_post_arrive_as_they_were_written(
    database: Database, mailbox: Any, webhook: Any
) -> None:
    both = [to(mailbox), to(webhook)]
    put(database, [RENAMED], [each.label for each in both], NOW)
    assert send(database, *both) == Delivered(arrived=2)
    assert webhook.messages == [(RENAMED.title, RENAMED.body)]
    ((title, body),) = mailbox.messages
    assert (title, body.strip()) == (RENAMED.title, RENAMED.body)
    assert send(database, *both, now=NOW + timedelta(days=1)) == Delivered()


def test_a_mail_in_html_has_lines_that_can_be_wrapped_and_links_that_can_be_followed(
    database: Database, mailbox: Any
) -> None:
    page = "https://qbr.example.com/rows?metric=mrr&period=2025-05"
    written = Alert("finding:4", "warn", True, "MRR", f'Client "Ü & Söhne": > 5 %\nRows: {page}')
    in_html = Destination(SecretStr(mailbox.url.replace("format=text", "format=html")))
    put(database, [written], [in_html.label], NOW)
    assert send(database, in_html) == Delivered(arrived=1)
    (html,) = mailbox.html
    link = page.replace("&", "&amp;")
    assert html.strip() == (
        f'Client &quot;Ü &amp; Söhne&quot;: &gt; 5 %<br/>Rows: <a href="{link}">{link}</a>'
    )
    ((_, text),) = mailbox.messages
    assert [line.rstrip() for line in text.splitlines()] == written.body.splitlines()


def test_several_alerts_are_one_message(database: Database, webhook: Any) -> None:
    put(database, [HALVED, Alert("finding:3", "warn", False, "t", "Seats fell")], [to(webhook).label], NOW)
    release(database, NOW)
    assert send(database, to(webhook)) == Delivered(arrived=2)
    ((title, body),) = webhook.messages
    assert title == "2 findings of the night: Example MSP"
    assert body == "1. Endpoints fell from 594 to 288 (-52 %)\n\n2. Seats fell"


def test_a_destination_that_fails_is_tried_again_and_holds_up_no_other(
    database: Database, mailbox: Any, webhook: Any
) -> None:
    both = [to(mailbox), to(webhook)]
    webhook.taken = lambda: False
    put(database, [RENAMED], [each.label for each in both], NOW)
    assert send(database, *both) == Delivered(arrived=1, failed=1)
    webhook.taken = lambda: True
    assert send(database, *both, now=NOW + FIRST_WAIT / 2) == Delivered()
    assert send(database, *both, now=NOW + FIRST_WAIT) == Delivered(arrived=1)
    assert (len(mailbox.messages), len(webhook.messages)) == (1, 1)


def test_nobody_listening_is_a_failure_and_no_crash(database: Database) -> None:
    nobody = [Destination(SecretStr("json://127.0.0.1:9/x")), Destination(SecretStr("nonsense"))]
    put(database, [RENAMED], [each.label for each in nobody], NOW)
    assert send(database, *nobody) == Delivered(failed=2)
    assert [each.is_understood for each in nobody] == [True, False]


def _in_a_process(work: Callable[..., None], *arguments: Any) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    return process


def _notice_and_die(url: str, label: str) -> None:
    put(open_database(url, timezone=CHICAGO), [RENAMED], [label], NOW)
    os.kill(os.getpid(), signal.SIGKILL)


def _deliver(url: str, addresses: list[str]) -> None:
    send(open_database(url, timezone=CHICAGO), *(Destination(SecretStr(each)) for each in addresses))


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_killed_between_noticing_and_delivery_the_alert_still_comes(database: Database, webhook: Any) -> None:
    process = _in_a_process(_notice_and_die, _url(database), to(webhook).label)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert send(database, to(webhook)) == Delivered(arrived=1)
    assert webhook.messages == [(RENAMED.title, RENAMED.body)]


def test_killed_between_delivery_and_its_mark_it_comes_twice_at_most_and_only_there(
    database: Database, mailbox: Any, webhook: Any
) -> None:
    both = [to(mailbox), to(webhook)]
    put(database, [RENAMED], [each.label for each in both], NOW)
    assert send(database, to(mailbox)) == Delivered(arrived=1)
    processes: list[multiprocessing.process.BaseProcess] = []

    def kill_the_sender() -> bool:
        while not processes:
            pass
        os.kill(processes[0].pid or 0, signal.SIGKILL)
        return True

    webhook.taken = kill_the_sender
    processes.append(_in_a_process(_deliver, _url(database), [mailbox.url, webhook.url]))
    processes[0].join(60)
    assert processes[0].exitcode == -signal.SIGKILL
    webhook.taken = lambda: True
    for minutes in range(0, 200, 2):
        send(database, *both, now=NOW + timedelta(minutes=minutes))
    assert (len(mailbox.messages), len(webhook.messages)) == (1, 2)


@pytest.mark.parametrize("demo", ["true", "false"])
def test_the_demo_has_no_destinations(demo: str) -> None:
    read = Settings.read({"QBR_DEMO": demo, "QBR_ALERT_URLS": '["json://127.0.0.1:9/x"]'})
    assert len(destinations_of(read)) == (0 if demo == "true" else 1)


def test_a_label_is_stable_tells_addresses_apart_and_tells_nothing_else_of_them() -> None:
    one, other = (
        Destination(SecretStr(f"mailtos://ann:Gehe1m@{host}")) for host in ("a.example", "b.example")
    )
    assert one.label == Destination(one.url).label
    assert one.label != other.label
    assert one.label.startswith("mailtos-")
    assert not {"ann", "Gehe1m", "example"} & set(one.label.split("-"))
    assert len(Destination(SecretStr("x" * 5_000)).label) <= 40
