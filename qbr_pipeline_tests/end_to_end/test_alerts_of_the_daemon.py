"""A daemon that is killed while it sends an alert: to whom the alert had not come yet, it still comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psutil
import pytest
import sqlalchemy as sa

from qbr_pipeline.periods import Month
from qbr_pipeline.settings.addresses import normalise_database_url
from qbr_pipeline.store.alerts.outbox import FIRST_WAIT
from qbr_pipeline_tests.end_to_end.conftest import PATIENCE

if TYPE_CHECKING:
    from qbr_pipeline_tests.conftest import Received
    from qbr_pipeline_tests.end_to_end.conftest import Installation, Running

pytestmark = pytest.mark.slow

MONTH = Month.of(datetime.now(UTC), ZoneInfo("America/Chicago")).previous
BOARD = "Projects of Nobody"
_OUTBOX = "SELECT attempts, delivered_at IS NOT NULL FROM qbr_alerts WHERE urgent ORDER BY id"
_SHORTER_WAITS = "UPDATE qbr_alerts SET next_try_at = next_try_at - :waits WHERE next_try_at > now()"


@dataclass
class Destinations:
    """Two that refuse at first, one that takes at once, and one that takes and answers nobody while it is `held`."""

    refusing_mailbox: Received
    refusing_webhook: Received
    taking_mailbox: Received
    holding_webhook: Received

    @property
    def setting(self) -> str:
        """QBR_ALERT_URLS."""
        every = (self.refusing_mailbox, self.refusing_webhook, self.taking_mailbox)
        return json.dumps([*(each.url for each in every), f"{self.holding_webhook.url}?rto=120"])


@pytest.fixture(scope="module")
def destinations(
    installation: Installation, new_mailbox: Callable[[], Received], new_webhook: Callable[[], Received]
) -> Destinations:
    """What the destinations were sent by a daemon that was killed while it sent, and by the next one."""
    every = Destinations(new_mailbox(), new_webhook(), new_mailbox(), new_webhook())
    sent, killed = threading.Event(), threading.Event()

    def hold() -> bool:
        sent.set()
        return killed.wait(PATIENCE)

    every.refusing_mailbox.taken = every.refusing_webhook.taken = lambda: False
    every.holding_webhook.taken = hold

    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    options = ("--created", "5", "--closed", "5", "--entries", "5", "--start-month", str(MONTH))
    installation.simulate_vendors(*options, devices=5)
    installation.environment |= {
        "QBR_COLLECTION_ENABLED": "true",
        "QBR_ALERT_URLS": every.setting,
    }
    collected = installation.qbr("collect", "--month", str(MONTH), QBR_REACTIVE_BOARDS=json.dumps([BOARD]))
    assert collected.returncode == 1, collected
    assert BOARD in collected.stdout + collected.stderr

    dagster = installation.start_dagster()
    installation.wait_until("the held endpoint has the alert", sent.is_set, every=0.05)
    installation.wait_until(
        "the others have answered",
        lambda: _outbox(installation) == [(1, False), (1, False), (1, True), (1, False)],
    )
    _kill(dagster.daemon)
    killed.set()
    installation.wait_until("the held alert was taken", lambda: every.holding_webhook.messages)
    assert every.refusing_mailbox.messages == every.refusing_webhook.messages == []
    assert _outbox(installation) == [(1, False), (1, False), (1, True), (1, False)]

    every.refusing_mailbox.taken = every.refusing_webhook.taken = lambda: True
    _shorten_the_waits(installation)
    again = time.time()
    installation.start("daemon", installation.program("dagster-daemon"), "run", "-w", "workspace.yaml")
    installation.wait_until(
        "every destination has the alert",
        lambda: all(delivered for _, delivered in _outbox(installation)),
    )
    installation.wait_until(
        "the next daemon has looked for more",
        lambda: any(
            tick["endTimestamp"] and tick["timestamp"] > again for tick in dagster.ticks("alert_detection")
        ),
    )
    assert all(delivered for _, delivered in _outbox(installation))
    return every


def test_an_alert_that_was_refused_before_the_daemon_was_killed_comes_once(
    destinations: Destinations,
) -> None:
    for rejected in (destinations.refusing_mailbox, destinations.refusing_webhook):
        ((title, body),) = errors(rejected)
        assert title.startswith(f'[ERROR] QBR_REACTIVE_BOARDS names the board "{BOARD}"')
        assert "Nothing was published for that month and vendor" in body


def test_an_alert_that_was_taken_but_not_marked_comes_twice_and_only_there(
    destinations: Destinations,
) -> None:
    first, second = errors(destinations.holding_webhook)

    assert first == second
    assert [first[0]] == [title for title, _ in errors(destinations.taking_mailbox)]


def errors(received: Received) -> list[tuple[str, str]]:
    """Title and body of what came about errors; a summary of the night's warnings may follow them."""
    return [(title, body) for title, body in received.messages if title.startswith("[ERROR]")]


def _outbox(installation: Installation) -> list[tuple[int, bool]]:
    """Of each destination's alert, in their order: how often it was tried, and whether it is marked as delivered."""
    return [(attempts, delivered) for attempts, delivered in installation.query(_OUTBOX)]


def _kill(daemon: Running) -> None:
    """As a machine that loses its power: the daemon and the code server that sends for it."""
    family = [*psutil.Process(daemon.process.pid).children(recursive=True), daemon.process]
    for process in family:
        process.kill()
    psutil.wait_procs(family[:-1], timeout=20)
    daemon.wait()


def _shorten_the_waits(installation: Installation) -> None:
    """Let it be later: what was tried once is due again, unless it is marked as delivered."""
    url = installation.environment["QBR_DATABASE_URL"]
    engine = sa.create_engine(normalise_database_url(url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        assert connection.execute(sa.text(_SHORTER_WAITS), {"waits": FIRST_WAIT}).rowcount == 4
