"""What becomes an alert, and when it is another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from qbr_pipeline.alerts.detection import Audience, FailedRun, detect_failures, detect_findings
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.alerts.outbox import Outgoing, claim, mark, release
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.decisions import Decision, FindingKey, acknowledge, expect, reopen
from qbr_pipeline.store.findings.records import record
from qbr_pipeline_tests.entries import set_value

MAY, JUNE = Month(2025, 5), Month(2025, 6)
NIGHT = datetime(2025, 6, 15, 4, tzinfo=UTC)
DAY = timedelta(days=1)
AUDIENCE = Audience(["mail"], Links("https://qbr.example.com", "https://dagster.example.com"))
FELL = Finding(
    Rule.CHANGE, Severity.WARN, "endpoints_managed", MAY, Decimal(288), "within 25 % of 594", "Endpoints fell"
)
KIM = Decision("Kim", NIGHT, "a client left")


def review(database: Database, now: datetime, *found: Finding, period: Any = MAY) -> None:
    with database.begin() as connection:
        record(connection, database, "monthly_metrics", period, found, now)


def told(database: Database, now: datetime) -> list[Outgoing]:
    """What goes out in the night of `now`: at once, and in its digest."""
    assert detect_findings(database, AUDIENCE, now, limit=100).left == 0
    release(database, now)
    sent = [*claim(database, "mail", now, urgent=True, limit=100)]
    sent += claim(database, "mail", now, urgent=False, limit=100)
    mark(database, sent, now)
    return sent


def test_an_open_finding_is_told_once_while_it_stays_the_same(database: Database) -> None:
    for night in range(3):
        review(database, NIGHT + night * DAY, FELL)
        assert len(told(database, NIGHT + night * DAY)) == (1 if night == 0 else 0)


@pytest.mark.parametrize("change", [{"value": Decimal(290)}, {"severity": Severity.ERROR}, {"value": None}])
def test_another_value_or_severity_is_told(database: Database, change: dict[str, Any]) -> None:
    review(database, NIGHT, FELL)
    told(database, NIGHT)
    review(database, NIGHT + DAY, replace(FELL, **change))
    (again,) = told(database, NIGHT + DAY)
    assert again.alert.urgent is (change.get("severity") is Severity.ERROR)


def test_another_sentence_alone_is_not(database: Database) -> None:
    review(database, NIGHT, FELL)
    told(database, NIGHT)
    review(database, NIGHT + DAY, replace(FELL, sentence="Endpoints fell a lot"))
    assert told(database, NIGHT + DAY) == []


def test_what_comes_back_the_same_night_is_not_told_again_and_after_a_day_it_is(database: Database) -> None:
    review(database, NIGHT, FELL)
    told(database, NIGHT)
    review(database, NIGHT + DAY)
    review(database, NIGHT + DAY + timedelta(hours=1), FELL)
    assert told(database, NIGHT + DAY + timedelta(hours=1)) == []
    review(database, NIGHT + 2 * DAY)
    review(database, NIGHT + 3 * DAY, FELL)
    assert len(told(database, NIGHT + 3 * DAY)) == 1
    review(database, NIGHT + 4 * DAY, FELL)
    assert told(database, NIGHT + 4 * DAY) == []


def test_what_people_have_said_something_of_is_not_told(database: Database) -> None:
    seats = replace(FELL, subject="seats_managed")
    review(database, NIGHT, FELL, seats)
    acknowledge(database, FindingKey("endpoints_managed", MAY, Rule.CHANGE), KIM)
    expect(database, FindingKey("seats_managed", MAY, Rule.CHANGE), KIM)
    assert told(database, NIGHT) == []
    reopen(database, FindingKey("seats_managed", MAY, Rule.CHANGE), KIM)
    assert [each.alert.body.splitlines()[1] for each in told(database, NIGHT)] == [
        "What: # of Seats Managed, May 2025"
    ]


def test_an_acknowledgement_that_has_ended_is_told_once_more(database: Database) -> None:
    review(database, NIGHT, FELL)
    told(database, NIGHT)
    acknowledge(database, FindingKey("endpoints_managed", MAY, Rule.CHANGE), KIM, until=NIGHT + DAY)
    later = NIGHT + DAY
    assert told(database, later) == []  # until a review finds the same again
    review(database, later, FELL)
    assert len(told(database, later)) == 1
    review(database, later + DAY, FELL)
    assert told(database, later + DAY) == []


def test_a_flow_that_grows_through_its_month_is_told_once_and_again_when_the_month_is_over(
    database: Database,
) -> None:
    few = replace(FELL, subject="reactive_tickets_created", period=JUNE, value=Decimal(40))
    for night in range(3):
        grown = replace(few, value=Decimal(40 + 20 * night))
        review(database, NIGHT + night * DAY, grown, period=JUNE)
        assert len(told(database, NIGHT + night * DAY)) == (1 if night == 0 else 0)
    over = datetime(2025, 7, 2, 4, tzinfo=UTC)
    review(database, over, replace(few, value=Decimal(120)), period=JUNE)
    assert len(told(database, over)) == 1


def test_a_stock_of_the_month_in_progress_is_told_with_every_value(database: Database) -> None:
    for night in range(3):
        stock = replace(FELL, period=JUNE, value=Decimal(288 + night))
        review(database, NIGHT + night * DAY, stock, period=JUNE)
        assert len(told(database, NIGHT + night * DAY)) == 1


def test_a_finding_of_a_quarter_is_told(database: Database) -> None:
    quarter = Quarter(2025, 1)
    churn = replace(FELL, rule=Rule.THRESHOLD, subject="lost_mrr_churn", period=quarter, value=Decimal(9000))
    review(database, NIGHT, churn, period=quarter)
    ((_, _, value, rule, *_),) = (each.alert.body.splitlines() for each in told(database, NIGHT))
    assert value == "Value: $9,000.00; expected: within 25 % of 594"
    assert rule == "Rule: threshold: a threshold that somebody set has been reached"


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("lost_mrr", "Last value: $4,000 (Q4 2024)"),
        ("lost_mrr_churn", "Last value: $4,000.00 (Q4 2024)"),
    ],
)
def test_a_finding_of_a_quarter_tells_the_value_of_the_quarter_before(
    database: Database, subject: str, line: str
) -> None:
    for month, lost in ((Month(2024, 12), 4000), (Month(2025, 3), 9000)):
        set_value(database, month, "lost_mrr", Decimal(lost), by="Kim", note=None, now=NIGHT)
        set_value(database, month, "new_mrr", Decimal(0), by="Kim", note=None, now=NIGHT)
    quarter = Quarter(2025, 1)
    churn = replace(FELL, rule=Rule.THRESHOLD, subject=subject, period=quarter, value=Decimal(9000))
    review(database, NIGHT, churn, period=quarter)
    (only,) = told(database, NIGHT)
    assert line in only.alert.body.splitlines()


def test_a_title_is_no_longer_than_a_subject_of_a_mail_may_be_and_the_body_says_all(
    database: Database,
) -> None:
    many = "21 inputs are missing: " + ", ".join(f"Input {n}" for n in range(40))
    review(database, NIGHT, replace(FELL, rule=Rule.ABSENT, subject="inputs", value=None, sentence=many))
    ((title, body),) = ((each.alert.title, each.alert.body) for each in told(database, NIGHT))
    assert title.startswith("[WARN] 21 inputs are missing: Input 0, Input 1,")
    assert title.endswith(" …")
    assert len(title) <= 150
    assert body.startswith(many)


def test_a_board_that_is_gone_in_every_month_is_one_alert_until_another_one_is(database: Database) -> None:
    def gone(month: Month, name: str) -> Finding:
        sentence = f'QBR_REACTIVE_BOARDS names the board "{name}", which does not exist.'
        return Finding(
            Rule.UNKNOWN_BOARD,
            Severity.ERROR,
            "QBR_REACTIVE_BOARDS",
            month,
            None,
            "one",
            sentence,
            listed=(name,),
        )

    for month in (MAY, JUNE):
        review(database, NIGHT, gone(month, "Help Desk"), period=month)
    (only,) = told(database, NIGHT)
    assert only.alert.urgent
    assert "What: QBR_REACTIVE_BOARDS, June 2025, May 2025" in only.alert.body
    review(database, NIGHT + DAY, period=MAY)
    assert told(database, NIGHT + DAY) == []
    review(database, NIGHT + DAY, gone(JUNE, "Alerts"), period=JUNE)
    assert len(told(database, NIGHT + DAY)) == 1


def test_inputs_that_are_missing_are_told_again_when_they_are_others(database: Database) -> None:
    missing = replace(FELL, rule=Rule.ABSENT, subject="inputs", value=None, listed=("mrr", "nrr"))
    review(database, NIGHT, missing)
    assert len(told(database, NIGHT)) == 1
    review(database, NIGHT + DAY, missing)
    assert told(database, NIGHT + DAY) == []
    review(database, NIGHT + 2 * DAY, replace(missing, listed=("mrr", "employees")))
    assert len(told(database, NIGHT + 2 * DAY)) == 1


def test_devices_of_unknown_class_are_one_alert_for_all_months_and_told_again_when_they_are_more(
    database: Database,
) -> None:
    one = Finding(Rule.NODE_CLASS, Severity.WARN, "devices", MAY, Decimal(1), "a class", "1 of 41 devices")
    for month in (MAY, JUNE):
        review(database, NIGHT, replace(one, period=month), period=month)
    assert len(told(database, NIGHT)) == 1
    review(database, NIGHT + DAY, replace(one, period=JUNE, value=Decimal(40)), period=JUNE)
    assert len(told(database, NIGHT + DAY)) == 1
    assert told(database, NIGHT + 2 * DAY) == []


def test_no_more_are_noticed_at_once_than_asked_for_and_the_oldest_come_first(database: Database) -> None:
    review(database, NIGHT, FELL)
    review(database, NIGHT, replace(FELL, subject="seats_managed", period=JUNE), period=JUNE)
    detected = detect_findings(database, AUDIENCE, NIGHT, limit=1)
    assert (detected.new, detected.left) == (1, 1)
    release(database, NIGHT)
    (first,) = claim(database, "mail", NIGHT, urgent=False, limit=9)
    assert "# of Endpoints Managed" in first.alert.body


def test_values_that_are_no_numbers_can_be_told(database: Database) -> None:
    bad = replace(FELL, rule=Rule.INVALID_VALUE, severity=Severity.ERROR, value=Decimal("Infinity"))
    review(database, NIGHT, bad)
    (only,) = told(database, NIGHT)
    assert "Value: not a number; expected:" in only.alert.body
    assert told(database, NIGHT) == []


def test_one_cause_in_many_months_is_one_failure_a_night(database: Database) -> None:
    failures = [
        FailedRun(
            f"run-{n}",
            f"The collection of {n}",
            "boards: busy",
            f"{month}: ConnectWise was {'very ' * n}busy",
            NIGHT,
        )
        for n, month in enumerate((MAY, JUNE))
    ]
    detect_failures(database, AUDIENCE, failures, NIGHT)
    detect_failures(database, AUDIENCE, failures[1:], NIGHT)
    (only,) = claim(database, "mail", NIGHT, urgent=True, limit=9)
    assert only.alert.body.splitlines()[-1] == "Run: https://dagster.example.com/runs/run-0"
    mark(database, [only], NIGHT)
    detect_failures(database, AUDIENCE, [replace(failures[0], at=NIGHT + timedelta(hours=3))], NIGHT)
    assert not claim(database, "mail", NIGHT, urgent=True, limit=9)
    detect_failures(database, AUDIENCE, [replace(failures[0], at=NIGHT + DAY)], NIGHT + DAY)
    assert len(claim(database, "mail", NIGHT + DAY, urgent=True, limit=9)) == 1
