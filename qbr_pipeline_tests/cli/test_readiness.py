"""`qbr readiness`: its exit code says whether nights can be trusted, and an approval is kept with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from qbr_pipeline.store.approvals import Purpose, last_approval
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.cli.conftest import Decision
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.nights import BEFORE_NOON, NINE, good_nights

Qbr = Callable[..., Decision]


@pytest.fixture(autouse=True)
def before_noon() -> Iterator[None]:
    """The clock of the command stands at the morning after the ninth night."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return BEFORE_NOON.astimezone(UTC)

    with patch("qbr_pipeline.cli.readiness.datetime", Clock):
        yield


def test_nine_good_nights_give_exit_code_zero(qbr: Qbr, named_database: Database) -> None:
    good_nights(named_database)
    told = qbr("readiness")
    assert told.code == 0, told
    assert "✓ 2025-06-06  good, 13 months, 03:30 to 03:32 UTC" in told.out
    assert "✓ 9 nights in a row ran at 22:30 America/Chicago." in told.out
    assert "Nobody has approved the nights yet: the schedule skips them." in told.out


def test_what_is_missing_is_named_and_the_exit_code_is_one(qbr: Qbr, named_database: Database) -> None:
    good_nights(named_database, NINE[1:])
    told = qbr("readiness")
    assert told.code == 1
    assert "✗ 2025-06-06  missing" in told.out
    assert "    The night of 2025-06-06 did not run." in told.out
    assert qbr("readiness", "--json").code == 1


def test_an_approval_is_kept_with_who_when_and_on_which_evidence(qbr: Qbr, named_database: Database) -> None:
    good_nights(named_database)
    told = qbr("readiness", "--approve", "--by", "Ann")
    assert told.code == 0, told
    assert "Approved by Ann: nights for good." in told.out
    approval = named_database.fetch(last_approval)
    assert approval is not None
    assert (approval.purpose, approval.approved_by, approval.reason) == (Purpose.PRODUCTION, "Ann", None)
    assert approval.approved_at == BEFORE_NOON
    assert [night["day"] for night in approval.evidence["nights"]] == [str(day) for day in NINE]
    assert approval.evidence["database"] == named_database.engine.url.database
    assert "Approved for production by Ann at 2025-06-15 12:00 UTC." in qbr("readiness").out


def test_nothing_is_approved_while_something_is_missing_unless_somebody_says_why(
    qbr: Qbr, named_database: Database
) -> None:
    good_nights(named_database, NINE[1:])
    refused = qbr("readiness", "--approve", "--by", "Ann")
    assert (refused.code, refused.err) == (
        1,
        "Not approved: something is missing. With a reason: --despite WHY.\n",
    )
    assert named_database.fetch(last_approval) is None
    assert qbr("readiness", "--approve", "--by", "Ann", "--despite", "a power cut").code == 0
    approval = named_database.fetch(last_approval)
    assert approval is not None
    assert approval.reason == "a power cut"
    assert approval.evidence["answers"]["nights"]["missing"] == ["The night of 2025-06-06 did not run."]


def test_a_trial_lets_nights_run_before_there_is_evidence_and_never_replaces_production(
    qbr: Qbr, named_database: Database
) -> None:
    assert qbr("readiness", "--trial", "--by", "Ann").code == 0
    approval = named_database.fetch(last_approval)
    assert approval is not None
    assert approval.purpose is Purpose.TRIAL
    good_nights(named_database)
    assert qbr("readiness", "--approve", "--by", "Bob").code == 0
    assert qbr("readiness", "--trial", "--by", "Ann").code == 0
    assert "Approved for production by Bob" in qbr("readiness").out


def test_the_nights_of_a_test_database_are_evidence_for_production(
    qbr: Qbr, named_database: Database, fresh_database: Callable[[], str]
) -> None:
    url = fresh_database()
    test_database = open_database(url, timezone=CHICAGO)
    good_nights(test_database)
    assert qbr("readiness").code == 1
    assert qbr("readiness", "--of", url, "--approve", "--by", "Ann").code == 0
    approval = named_database.fetch(last_approval)
    assert approval is not None
    assert approval.evidence["database"] == test_database.engine.url.database
    assert test_database.fetch(last_approval) is None
    test_database.close()


@pytest.mark.parametrize(
    "words", [("--approve",), ("--trial", "--by", " "), ("--approve", "--by", "x" * 101)]
)
def test_an_approval_needs_a_name(qbr: Qbr, named_database: Database, words: tuple[str, ...]) -> None:
    assert qbr("readiness", *words).fault == "--by: expected who approves, a name of at most 100 letters."


def test_nights_that_were_collected_before_approvals_are_taken_for_approved(
    qbr: Qbr, named_database: Database
) -> None:
    good_nights(named_database)
    assert qbr("db", "downgrade", "0013").code == 0
    assert qbr("db", "upgrade").code == 0
    approval = named_database.fetch(last_approval)
    assert approval is not None
    assert (approval.purpose, approval.approved_by) == (Purpose.PRODUCTION, "qbr db upgrade")
    assert datetime.now(UTC) - approval.approved_at < timedelta(hours=1)
