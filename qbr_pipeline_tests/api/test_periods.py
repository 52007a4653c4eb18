"""The periods beside and around those of which anything is kept: programs take these steps from the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store import collection_log
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.api.conftest import NOW, READER, MakeApp, with_key

Enter = Callable[..., None]


def data(client: FlaskClient, path: str) -> Any:
    answer = client.get(f"/api/qbr{path}")
    assert answer.status_code == 200
    return answer.get_json()["data"]


def test_months_and_quarters_name_their_neighbours(reader: FlaskClient, enter: Enter) -> None:
    for month in ("2024-12", "2025-01", "2025-05"):
        enter(month, mrr="1")
    told = data(reader, "/periods")
    for each in told["periods"]:
        month = Month.parse(each["period"])
        assert (each["previous"], each["next"]) == (str(month.previous), str(month.next))
        assert each["last_month"] == each["period"]
    assert [each["period"] for each in told["quarters"]] == ["2024-Q4", "2025-Q1", "2025-Q2"]
    for each in told["quarters"]:
        quarter = Quarter.parse(each["period"])
        assert (each["previous"], each["next"]) == (str(quarter.previous), str(quarter.next))
        assert each["months"] == [str(month) for month in quarter.months]


def test_a_quarter_is_complete_when_it_is_over_and_something_is_kept_of_each_month(
    reader: FlaskClient, enter: Enter
) -> None:
    for month in ("2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05"):
        enter(month, mrr="1")
    found = {each["period"]: each for each in data(reader, "/periods")["quarters"]}
    assert {name: (each["is_over"], each["is_complete"]) for name, each in found.items()} == {
        "2024-Q4": (True, False),
        "2025-Q1": (True, True),
        "2025-Q2": (False, False),
    }
    assert [each["last_month"] for each in found.values()] == ["2024-12", "2025-03", "2025-05"]


def test_a_year_has_twelve_months_and_says_which_of_them_began_last(
    reader: FlaskClient, enter: Enter
) -> None:
    enter("2023-07", mrr="1")
    first, current = data(reader, "/periods")["years"]
    assert (first["year"], first["previous_year"], first["last_month"]) == ("2023", "2022", "2023-12")
    assert first["months"] == [f"2023-{number:02}" for number in range(1, 13)]
    assert first["previous_months"] == [f"2022-{number:02}" for number in range(1, 13)]
    assert (current["year"], current["last_month"]) == ("2025", "2025-05")


@pytest.mark.parametrize(("kept", "months"), [("2025-04", 36), ("2021-02", 52)])
def test_recent_months_go_back_three_years_or_as_far_as_anything_is_kept(
    reader: FlaskClient, enter: Enter, kept: str, months: int
) -> None:
    enter(kept, mrr="1")
    recent = data(reader, "/periods")["recent"]
    assert (recent[0]["period"], len(recent)) == ("2025-05", months)
    assert [each["previous"] for each in recent[:-1]] == [each["period"] for each in recent[1:]]
    assert [each["period"] for each in recent if each["is_kept"]] == [kept]


def test_without_any_value_there_are_months_to_enter_and_this_year(reader: FlaskClient) -> None:
    told = data(reader, "/periods")
    assert (told["periods"], told["quarters"], len(told["recent"])) == ([], [], 36)
    assert [each["year"] for each in told["years"]] == ["2025"]


def test_what_is_over_follows_the_business_time_zone(make_app: MakeApp, enter: Enter) -> None:
    enter("2025-03", mrr="1")
    last_evening = datetime(2025, 4, 1, 4, 59, tzinfo=UTC)  # 23:59 in Chicago
    for now, is_over in ((last_evening, False), (last_evening + timedelta(minutes=1), True)):
        told = data(with_key(make_app(QBR_CLOCK=lambda now=now: now), READER), "/periods")
        assert told["periods"][0]["is_over"] is is_over
        assert told["quarters"][0]["is_over"] is is_over


class TestFreshness:
    @staticmethod
    def log(database: Database, vendor: Vendor, hours: float, outcome: CollectionOutcome) -> None:
        started = NOW - timedelta(hours=hours)
        run = f"{vendor}-{hours}-{outcome}"
        row = LogRow(run, Month(2025, 4), vendor, outcome, started, started + timedelta(minutes=1), 3, None)
        collection_log.record(database, row)

    def test_every_source_in_is_good(self, reader: FlaskClient, database: Database) -> None:
        self.log(database, Vendor.CONNECTWISE, 9, CollectionOutcome.SUCCESS)
        self.log(database, Vendor.NINJA, 8, CollectionOutcome.PARTIAL)
        told = data(reader, "/collection/status")
        assert (told["state"], told["failed_months"]) == ("good", 0)
        assert [(each["is_fresh"], each["state"]) for each in told["vendors"]] == [(True, "good")] * 2
        assert told["oldest_success_at"] == (NOW - timedelta(hours=8, minutes=59)).isoformat()

    def test_a_source_of_before_last_night_is_a_warning(
        self, reader: FlaskClient, database: Database
    ) -> None:
        self.log(database, Vendor.CONNECTWISE, 9, CollectionOutcome.SUCCESS)
        self.log(database, Vendor.NINJA, 27, CollectionOutcome.SUCCESS)
        told = data(reader, "/collection/status")
        assert told["state"] == "warning"
        assert [each["state"] for each in told["vendors"]] == ["good", "warning"]

    def test_a_failed_month_is_bad_and_a_source_without_success_has_no_oldest(
        self, reader: FlaskClient, database: Database
    ) -> None:
        self.log(database, Vendor.CONNECTWISE, 9, CollectionOutcome.SUCCESS)
        self.log(database, Vendor.NINJA, 8, CollectionOutcome.FAILED)
        told = data(reader, "/collection/status")
        assert (told["state"], told["failed_months"], told["oldest_success_at"]) == ("bad", 1, None)
        assert [each["state"] for each in told["vendors"]] == ["good", "bad"]
