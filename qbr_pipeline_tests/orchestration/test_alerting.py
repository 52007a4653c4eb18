"""From a night with faults to the mailbox: the two sensors, evaluated as the daemon does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from pydantic import SecretStr

from qbr_pipeline.alerts.delivery import Destination, Sender
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.demo.connectwise.rows import TimeEntry
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.orchestration import alerting
from qbr_pipeline.orchestration.alerting import alert_delivery, alert_detection
from qbr_pipeline.orchestration.resources import Alerting
from qbr_pipeline.periods import Month
from qbr_pipeline.store.findings.reading import State

APRIL, MAY, JUNE = Month(2025, 4), Month(2025, 5), Month(2025, 6)
CHICAGO = ZoneInfo("America/Chicago")
LINKS = Links("https://qbr.example.com", "https://dagster.example.com")


@dataclass
class Daemon:
    """Evaluates the sensors of a company for its destinations, the cursor kept. Its clock is that of the runs."""

    company: Any
    url: str
    another_url: str | None = None
    enabled: bool = True
    cursor: str | None = None
    ahead: timedelta = timedelta()
    told: str = ""

    def tick(self) -> None:
        destinations = [Destination(SecretStr(url)) for url in (self.url, self.another_url) if url]
        alerting = Alerting(self.enabled, destinations, Sender("Example MSP", LINKS))
        resources = {
            "database": self.company.database,
            "clock": lambda: datetime.now(UTC) + self.ahead,
            "alerting": alerting,
        }
        context = dg.build_sensor_context(
            instance=self.company.instance, cursor=self.cursor, resources=resources
        )
        result = alert_detection(context)
        self.cursor = result.cursor
        self.told = str(result.skip_reason)
        alert_delivery(dg.build_sensor_context(instance=self.company.instance, resources=resources))

    def night(self, *months: Month) -> None:
        """The runs of one night, as the schedule asks for them; ticks while they run and after they have ended."""
        scheduled = datetime.now(UTC) + self.ahead
        for month in months:
            tags = {
                "dagster/schedule_name": "nightly_collection",
                ".dagster/scheduled_execution_time": scheduled.isoformat(),
            }
            self.company.run("collection", month, tags=tags)
            self.tick()

    def rest(self) -> None:
        """Two minutes later: the night is over."""
        self.ahead += timedelta(minutes=2)
        self.tick()
        self.tick()
        self.ahead -= timedelta(minutes=2)


@pytest.fixture
def daemon(company: Any, webhook: Any) -> Daemon:
    daemon = Daemon(company, webhook.url)
    for month in (APRIL, MAY):
        company.add_work(month, 10, 10, "4")
        company.add_snapshot(month.last_day, 20)
    daemon.tick()
    return daemon


@pytest.fixture
def without_missing_inputs(company: Any) -> Callable[[Month], None]:
    """Takes the finding about inputs that nobody entered out of a test about others."""
    from qbr_pipeline.metrics.rules.validation import expected_inputs

    return lambda month: company.enter(month, **dict.fromkeys(expected_inputs(), 1000))


@pytest.fixture
def complete(daemon: Daemon, company: Any, without_missing_inputs: Callable[[Month], None]) -> Daemon:
    """The same, with every input entered."""
    for month in (APRIL, MAY):
        without_missing_inputs(month)
    return daemon


def test_a_quiet_night_tells_nothing(complete: Daemon, webhook: Any) -> None:
    complete.night(APRIL, MAY)
    complete.rest()
    assert webhook.messages == []


def test_a_halved_snapshot_is_told_in_the_digest_of_the_night_and_once(
    complete: Daemon, webhook: Any
) -> None:
    complete.company.execute("DELETE FROM device_snapshot WHERE snapshot_date = '2025-05-31'")
    complete.company.add_snapshot(date(2025, 5, 30), 11)
    complete.night(APRIL, MAY)
    assert webhook.messages == []
    complete.rest()
    ((title, body),) = webhook.messages
    assert title == "2 findings of the night: Example MSP"
    assert "Endpoints fell from 20 to 11 (-45 %) against April" in body
    assert "Seats fell from 20 to 11 (-45 %) against April" in body
    complete.night(APRIL, MAY)
    complete.rest()
    assert len(webhook.messages) == 1


def test_what_is_gone_is_resolved_and_not_told_and_that_it_was_put_right_is(
    complete: Daemon, webhook: Any
) -> None:
    complete.company.execute("DELETE FROM device_snapshot WHERE snapshot_date = '2025-05-31'")
    complete.company.add_snapshot(date(2025, 5, 30), 11)
    complete.night(APRIL, MAY)
    complete.rest()
    complete.company.add_snapshot(date(2025, 5, 31), 20)
    complete.night(APRIL, MAY)
    complete.rest()
    assert {each.finding.rule: each.state for each in complete.company.findings(MAY)} == {
        Rule.CHANGE: State.RESOLVED,
        Rule.RESTATED: State.OPEN,
    }
    _, (_, body) = webhook.messages
    assert "Endpoints of May 2025 changed from 11 to 20 (+82 %) after the month was closed" in body
    assert "against April" not in body
    complete.night(APRIL, MAY)
    complete.rest()
    assert len(webhook.messages) == 2


def test_another_value_is_told_again(complete: Daemon, webhook: Any) -> None:
    complete.company.execute("DELETE FROM device_snapshot WHERE snapshot_date = '2025-05-31'")
    complete.company.add_snapshot(date(2025, 5, 30), 11)
    complete.night(APRIL, MAY)
    complete.rest()
    complete.company.add_snapshot(date(2025, 5, 31), 10)
    complete.night(APRIL, MAY)
    complete.rest()
    assert len(webhook.messages) == 2
    assert "Endpoints fell from 20 to 10 (-50 %)" in webhook.messages[1][1]
    assert "after the month was closed" in webhook.messages[1][1]


def test_an_alert_says_what_a_person_needs_to_decide(complete: Daemon, webhook: Any) -> None:
    complete.company.execute("DELETE FROM device_snapshot WHERE snapshot_date = '2025-05-31'")
    complete.company.add_snapshot(date(2025, 5, 30), 11)
    complete.night(APRIL, MAY)
    complete.rest()
    text = webhook.messages[0][1].split("\n\n")[1]
    run = complete.company.log(MAY)[-1].run_id
    finding = next(
        each for each in complete.company.findings(MAY) if each.finding.subject == "endpoints_managed"
    )
    lines = text.splitlines()
    assert lines[:5] == [
        "2. Endpoints fell from 20 to 11 (-45 %) against April",
        "What: # of Endpoints Managed, May 2025",
        "Value: 11; expected: within 25 % of 20",
        "Last value: 20 (April 2025)",
        "Rule: change: a flow moved by at least 50 %, or a stock by 25 %, against the month before",
    ]
    assert "Moves: RHEM (Reactive Hours / Endpoint / Month): 0.2000 before, 0.3636 now" in lines
    assert "Largest change: organization Alder Creek Dental: 20 to 11 (-9)" in lines
    assert any(line.startswith("Last change: ") and line.endswith(": – to 11") for line in lines)
    assert lines[-3:] == [
        "Rows: https://qbr.example.com/rows?metric=endpoints_managed&period=2025-05",
        f"Run: https://dagster.example.com/runs/{run}",
        f"Acknowledge: https://qbr.example.com/health?finding={finding.id}",
    ]


def test_a_restatement_of_a_collection_by_hand_is_told_before_a_night_finds_nothing_new(
    complete: Daemon, webhook: Any
) -> None:
    complete.night(APRIL, MAY)
    complete.rest()
    complete.company.add_work(MAY, 14, 14, "4")
    complete.company.collect(MAY)
    complete.tick()
    assert webhook.messages == []
    complete.rest()
    ((_, body),) = webhook.messages
    assert (
        "Reactive tickets created of May 2025 changed from 10 to 14 (+40 %) after the month was closed"
        in body
    )
    complete.night(APRIL, MAY)
    complete.rest()
    assert len(webhook.messages) == 1


def test_a_renamed_board_is_told_at_once_and_once_for_all_months(complete: Daemon, webhook: Any) -> None:
    complete.night(APRIL, MAY)
    boards = complete.company.world.boards
    boards["Service Desk"] = replace(boards.pop("Help Desk"), name="Service Desk")
    complete.night(APRIL, MAY)
    complete.tick()
    ((title, body),) = webhook.messages
    assert title.startswith('[ERROR] QBR_REACTIVE_BOARDS names the board "Help Desk", which does not exist')
    assert "Nothing was published for that month and vendor" in body
    complete.rest()
    assert len(webhook.messages) == 1


def test_a_vendor_that_is_out_is_told_once_for_all_months_and_the_other_one_is_not(
    complete: Daemon, webhook: Any
) -> None:
    complete.company.simulator.stop()
    complete.night(APRIL, MAY)
    complete.rest()
    ((title, body),) = webhook.messages
    assert title == "[ERROR] The collection of April 2025 failed"
    assert "https://dagster.example.com/runs/" in body
    complete.tick()
    assert len(webhook.messages) == 1


def test_a_check_that_crashes_leaves_no_evaluation_and_is_told(
    complete: Daemon, webhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qbr_pipeline.metrics.rules import history

    def crash(*_arguments: object, **_more: object) -> list[object]:
        raise ZeroDivisionError("a rule that is wrong")

    monkeypatch.setattr(history, "changes", crash)
    complete.night(MAY)
    ((title, body),) = webhook.messages
    assert title == "[ERROR] The collection of May 2025 failed"
    assert "a rule that is wrong" in body


def test_one_kind_of_alert_that_cannot_be_made_is_an_alert_and_the_others_go_on(
    complete: Daemon, webhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object, **_more: object) -> None:
        raise KeyError("phone_calls_answered")

    monkeypatch.setattr(alerting, "detect_findings", breaks)
    complete.company.simulator.stop()
    complete.night(MAY)
    complete.rest()
    titles = [title for title, _ in webhook.messages]
    bodies = "\n".join(body for _, body in webhook.messages)
    assert any("alerts" in title or "failed" in title for title in titles)
    assert "Alerts about findings could not be made: KeyError" in bodies
    assert "The collection of May 2025 failed" in bodies
    before = len(webhook.messages)
    complete.tick()
    assert len(webhook.messages) == before


def test_inputs_that_nobody_entered_are_told_in_the_digest(daemon: Daemon, webhook: Any) -> None:
    daemon.night(MAY)
    daemon.rest()
    ((title, body),) = webhook.messages
    assert "inputs of May 2025 are missing" in body
    assert title.startswith("[WARN] ")


def test_a_source_without_a_success_for_26_hours_is_told_once(complete: Daemon, webhook: Any) -> None:
    complete.night(APRIL, MAY)
    complete.ahead += timedelta(hours=25, minutes=58)
    complete.tick()
    assert webhook.messages == []
    complete.ahead += timedelta(minutes=5)
    complete.tick()
    ((title, body),) = webhook.messages
    assert title == "2 alerts: Example MSP"
    assert "ConnectWise has had no successful collection since 20" in body
    assert "Ninja has had no successful collection since 20" in body
    complete.ahead += timedelta(hours=40)
    complete.tick()
    assert len(webhook.messages) == 1


def test_nothing_is_told_while_the_collection_is_off_nor_of_that_time_when_it_is_on_again(
    complete: Daemon, webhook: Any
) -> None:
    complete.night(APRIL, MAY)
    complete.enabled = False
    complete.ahead += timedelta(days=9)
    complete.tick()
    assert "QBR_COLLECTION_ENABLED" in complete.told
    complete.enabled = True
    complete.tick()
    complete.ahead += timedelta(hours=25)
    complete.tick()
    assert webhook.messages == []
    complete.ahead += timedelta(hours=2)
    complete.tick()
    assert len(webhook.messages) == 1


def test_an_acknowledged_finding_waits_in_no_digest(complete: Daemon, webhook: Any) -> None:
    from qbr_pipeline.store.findings.decisions import Decision, acknowledge

    complete.company.execute("DELETE FROM device_snapshot WHERE snapshot_date = '2025-05-31'")
    complete.company.add_snapshot(date(2025, 5, 30), 11)
    complete.night(APRIL, MAY)
    for each in complete.company.findings(MAY):
        said = Decision("Kim", datetime.now(UTC), "a client left")
        acknowledge(complete.company.database, each.id, said)
    complete.rest()
    assert webhook.messages == []


def test_many_findings_are_told_over_several_ticks_and_in_one_night(daemon: Daemon, webhook: Any) -> None:
    with daemon.company.database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO qbr_findings (organization_id, subject, period, rule, scope, severity, value, expected, "
            "sentence, first_seen, last_seen, changed_at) "
            "SELECT 1, 'S' || n, '2025-03', 'threshold', 'somewhere', 'warn', 1, 'less', 'S' || n, now(), now(), "
            "now() FROM generate_series(1, 45) AS n"
        )
    daemon.night(APRIL)
    daemon.rest()
    daemon.rest()
    daemon.rest()
    told = "\n".join(body for _, body in webhook.messages)
    assert all(f"S{n}" in told.split() for n in range(1, 46))
    assert told.count("Value: 1") == 45


def test_a_restatement_compares_with_what_was_published_before(complete: Daemon, webhook: Any) -> None:
    complete.night(APRIL, MAY)
    complete.rest()
    complete.company.add_work(MAY, 14, 14, "4")
    complete.night(APRIL, MAY)
    complete.rest()
    told = "\n".join(body for _, body in webhook.messages)
    assert "Last value: 10 (as published before)" in told
    assert "changed from 10 to 14 (+40 %) after the month was closed" in told


def test_a_night_of_planted_faults_reaches_mailbox_and_endpoint_and_the_next_quiet_night_tells_nothing(
    company: Any, mailbox: Any, webhook: Any, without_missing_inputs: Callable[[Month], None]
) -> None:
    daemon = Daemon(company, webhook.url, mailbox.url)
    company.add_work(APRIL, 10, 10, ["4"] * 8)
    company.add_snapshot(APRIL.last_day, 20)
    for month in (APRIL, MAY, JUNE):
        without_missing_inputs(month)
    daemon.night(APRIL)
    daemon.rest()
    assert webhook.messages == mailbox.messages == []

    company.add_work(MAY, 20, 20, ["4"] * 8)  # tickets are counted twice
    company.add_snapshot(MAY.last_day, 10)  # half of the devices
    company.add_work(JUNE, 20, 20, ["4"] * 8)  # and no snapshot
    first = APRIL.year * 100_000 + APRIL.month * 5_000
    company.world.entries.put(TimeEntry(first, APRIL.start(CHICAGO), first, Decimal("2.5")))
    company.world.entries.remove(first + 1)
    daemon.night(APRIL, MAY)
    assert webhook.messages == mailbox.messages == []
    boards = company.world.boards
    boards["Service Desk"] = replace(boards.pop("Help Desk"), name="Service Desk")
    daemon.night(JUNE)
    ((title, _),) = webhook.messages
    assert title.startswith('[ERROR] QBR_REACTIVE_BOARDS names the board "Help Desk", which does not exist')
    daemon.rest()

    assert {
        (each.finding.rule.value, each.finding.subject, str(each.finding.period))
        for each in company.findings()
    } == {
        ("change", "reactive_tickets_created", "2025-05"),
        ("change", "reactive_tickets_closed", "2025-05"),
        ("change", "endpoints_managed", "2025-05"),
        ("change", "seats_managed", "2025-05"),
        ("restated", "reactive_time_spent", "2025-04"),
        ("snapshot", "devices", "2025-06"),
        ("unknown_board", "QBR_REACTIVE_BOARDS", "2025-06"),
    }
    assert [title for title, _ in webhook.messages[1:]] == ["6 findings of the night: Example MSP"]
    assert [title for title, _ in mailbox.messages] == [title for title, _ in webhook.messages]
    _, digest = webhook.messages[1]
    for sentence in (
        "Reactive tickets created rose from 10 to 20 (+100 %) against April",
        "Reactive tickets closed rose from 10 to 20 (+100 %) against April",
        "Endpoints fell from 20 to 10 (-50 %) against April",
        "Seats fell from 20 to 10 (-50 %) against April",
        "Time on reactive tickets of April 2025 changed from 32 hours to 26.5 hours (-17 %)",
        "There is no device snapshot in June 2025: endpoints and seats are unknown",
    ):
        assert digest.count(sentence) == 1
    assert "Largest change: client " in digest

    boards["Help Desk"] = replace(boards.pop("Service Desk"), name="Help Desk")
    company.add_snapshot(JUNE.last_day, 10)
    daemon.night(APRIL, MAY, JUNE)
    daemon.rest()
    assert (len(webhook.messages), len(mailbox.messages)) == (2, 2)
    assert {
        (each.finding.rule.value, str(each.finding.period))
        for each in company.findings()
        if each.state is State.RESOLVED
    } == {("restated", "2025-04"), ("snapshot", "2025-06"), ("unknown_board", "2025-06")}
