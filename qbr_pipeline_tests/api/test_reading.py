"""What is told of quarters, SmartNumbers, series, periods and collections: good, bad, absent, 0 against null."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.findings import Rule, ThresholdType
from qbr_pipeline.metrics.rules.definition import Watch
from qbr_pipeline.metrics.rules.validation import expected_inputs
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.thresholds import Threshold
from qbr_pipeline.periods import Month
from qbr_pipeline.store import collection_log
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.thresholds import set_thresholds
from qbr_pipeline_tests.api.conftest import NOW
from qbr_pipeline_tests.store.conftest import Collector

Enter = Callable[..., None]


def ask(client: FlaskClient, address: str, **parameters: object) -> tuple[int, Any]:
    answer = client.get(f"/api/qbr{address}", query_string=parameters)
    return answer.status_code, answer.get_json()


def data(client: FlaskClient, address: str, **parameters: object) -> Any:
    status, told = ask(client, address, **parameters)
    assert status == 200, told
    return told["data"]


def named(listed: list[dict[str, Any]], name: str) -> dict[str, Any]:
    [found] = [each for each in listed if each["name"] == name]
    return found


BAD_OF_ALL = [
    ({"organization_id": "0"}, 400, "INVALID_FIELD"),
    ({"organization_id": "77"}, 404, "ORGANIZATION_NOT_FOUND"),
    ({"colour": "red"}, 400, "UNKNOWN_FIELD"),
]
BAD_AS_OF = [
    ({"as_of": "now"}, 400, "INVALID_TIMESTAMP"),
    ({"as_of": "2025-05-01"}, 400, "INVALID_TIMESTAMP"),
    ({"as_of": "2025-05-01T00:00:00"}, 400, "INVALID_TIMESTAMP"),
    ({"as_of": "2025-02-30T00:00:00Z"}, 400, "INVALID_TIMESTAMP"),
    ({"as_of": "2999-01-01T00:00:00Z"}, 400, "INVALID_TIMESTAMP"),
]


def bad_periods(*periods: str) -> list[tuple[dict[str, str], int, str]]:
    return [({"period": period}, 400, "INVALID_PERIOD") for period in periods]


@pytest.mark.parametrize(
    ("address", "good", "bad", "status", "code"),
    [
        (address, good, *case)
        for address, good, cases in [
            (
                "/metrics/quarterly",
                {"period": "2025-Q1"},
                [*bad_periods("2025-03", "2025-Q5", "2025-Q0", "2025-q1", "2025-Q3", ""), *BAD_AS_OF],
            ),
            (
                "/smartnumbers",
                {"period": "2025-Q1"},
                [*bad_periods("2025", "2025-13", "2025-06", "2025-Q3", "x"), *BAD_AS_OF],
            ),
            ("/export/metrics", {"period": "2025-Q1"}, [*bad_periods("2025-13"), *BAD_AS_OF]),
            ("/export/metrics", {"period": "2025-03"}, [({"format": "pdf"}, 400, "INVALID_FIELD")]),
            ("/export/smartnumbers", {"period": "2025-Q1"}, [*bad_periods("2025-13"), *BAD_AS_OF]),
            (
                "/metrics/series",
                {"name": "mrr"},
                [
                    *BAD_AS_OF,
                    ({"name": "x"}, 400, "UNKNOWN_METRIC"),
                    ({"to_period": "2025-06"}, 400, "INVALID_PERIOD"),
                    ({"to_period": "2025-Q1"}, 400, "INVALID_PERIOD"),
                    ({"from_period": "2025-03", "to_period": "2025-02"}, 400, "INVALID_PERIOD"),
                    ({"from_period": "2015-05", "to_period": "2025-05"}, 400, "INVALID_PERIOD"),
                    ({"from_period": "1900-01"}, 400, "INVALID_PERIOD"),
                ],
            ),
            (
                "/metrics/table",
                {},
                [
                    *BAD_AS_OF,
                    ({"to_period": "2025-06"}, 400, "INVALID_PERIOD"),
                    ({"from_period": "2015-05", "to_period": "2025-05"}, 400, "INVALID_PERIOD"),
                ],
            ),
            (
                "/metrics/history",
                {"period": "2025-03"},
                [*bad_periods("2025-Q1", "2025-06"), ({"metric_name": "x"}, 400, "UNKNOWN_METRIC")],
            ),
            (
                "/collection/log",
                {},
                [
                    *bad_periods("2025-Q1"),
                    ({"vendor_id": "99"}, 400, "UNKNOWN_VENDOR"),
                    ({"status": "fine"}, 400, "INVALID_FIELD"),
                    ({"limit": "0"}, 400, "INVALID_FIELD"),
                    ({"limit": "1001"}, 400, "INVALID_FIELD"),
                    ({"offset": "-1"}, 400, "INVALID_FIELD"),
                ],
            ),
            ("/collection/status", {}, []),
            ("/periods", {}, []),
            ("/periods/missing", {}, []),
        ]
        for case in [*cases, *BAD_OF_ALL]
    ],
)
def test_bad_input_is_told_with_its_code(
    client: FlaskClient,
    enter: Enter,
    address: str,
    good: dict[str, str],
    bad: dict[str, str],
    status: int,
    code: str,
) -> None:
    enter("2025-03", mrr="1")
    found, told = ask(client, address, **{**good, **bad})
    assert (found, told["error"]["code"], told["success"]) == (status, code, False)


@pytest.mark.parametrize(
    ("address", "parameters"),
    [
        ("/metrics/quarterly", {"period": "2025-Q1"}),
        ("/smartnumbers", {"period": "2025-Q1"}),
        ("/smartnumbers", {"period": "2025-03"}),
        ("/export/metrics", {"period": "2025-03", "format": "xlsx"}),
        ("/export/smartnumbers", {"period": "2025-Q1"}),
        ("/metrics/monthly", {"period": "2025-03", "as_of": "2025-05-01T00:00:00Z"}),
        ("/metrics/quarterly", {"period": "2025-Q1", "as_of": "2025-05-01T00:00:00Z"}),
        ("/smartnumbers", {"period": "2025-Q1", "as_of": "2025-05-01T00:00:00Z"}),
    ],
)
def test_a_period_of_which_nothing_is_kept_is_not_found(
    client: FlaskClient, address: str, parameters: dict[str, str]
) -> None:
    status, told = ask(client, address, **parameters)
    assert (status, told["error"]["code"]) == (404, "PERIOD_NOT_FOUND")


class TestQuarters:
    def test_each_metric_is_rolled_up_by_its_own_rule(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-01", mrr="100", employees="8", cash_reserve="5")
        enter("2025-02", mrr="110", employees="9", cash_reserve="7")
        told = data(client, "/metrics/quarterly", period="2025-Q1")
        assert told["monthly_periods"] == ["2025-01", "2025-02", "2025-03"]
        assert [metric["name"] for metric in told["metrics"]] == list(METRICS)
        found = {
            name: (metric["value"], metric["aggregation"], metric["months_used"], metric["provisional"])
            for name in ("mrr", "employees", "cash_reserve")
            for metric in [named(told["metrics"], name)]
        }
        assert found == {
            "mrr": (210, "sum", ["2025-01", "2025-02"], True),
            "employees": (8.5, "average", ["2025-01", "2025-02"], True),
            "cash_reserve": (7, "last", ["2025-02"], True),
        }

    def test_zero_is_zero_and_absent_is_null(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-01", nrr="0")
        told = data(client, "/metrics/quarterly", period="2025-Q1")
        assert named(told["metrics"], "nrr")["value"] == 0
        assert named(told["metrics"], "mrr")["value"] is None
        assert named(told["metrics"], "mrr")["months_used"] == []
        assert named(told["metrics"], "nrr")["absent_because"] is None
        assert named(told["metrics"], "mrr")["absent_because"]["code"] == "not_entered"
        revenue = named(told["metrics"], "total_revenue")["absent_because"]
        assert [each["period"] for each in revenue["missing"]] == ["2025-01", "2025-02", "2025-03"]
        assert revenue["missing"][0]["names"] == ["mrr", "orr", "product_sales"]


class TestSmartNumbers:
    def test_a_quarter_whose_only_month_has_what_it_takes(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-01", mrr="110250", nrr="0", employees="8.5")
        told = data(client, "/smartnumbers", period="2025-Q1")
        assert (told["period_type"], len(told["smartnumbers"])) == ("quarterly", len(SMARTNUMBERS))
        found = named(told["smartnumbers"], "annual_service_rev_per_employee")
        assert (found["value"], found["months_used"], found["provisional"]) == (
            155647.0588,
            ["2025-01"],
            True,
        )
        assert found["inputs"] == {"nrr": 0, "mrr": 110250, "employees": 8.5}
        assert (found["group"], found["unit"], found["decimals"]) == ("Leverage", "dollars", 2)
        assert found["formula"] == "(nrr + mrr) / employees * 12 / months"

    def test_what_cannot_be_computed_is_null_and_says_why(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-01", mrr="0", nrr="0", new_mrr="0", lost_mrr="0")
        told = data(client, "/smartnumbers", period="2025-01")
        divided = named(told["smartnumbers"], "services_from_mrr_pct")
        assert (divided["value"], told["period_type"]) == (None, "monthly")
        assert "the divisor is zero" in divided["method"]
        assert divided["absent_because"] == {
            "code": "zero_divisor",
            "sentence": "It cannot be computed: the divisor is zero.",
            "missing": [],
        }
        assert named(told["smartnumbers"], "rhem")["absent_because"] == {
            "code": "missing_inputs",
            "sentence": "It cannot be computed: January 2025 lacks Total Time on Reactive Tickets, Endpoints Managed.",
            "missing": [{"period": "2025-01", "names": ["reactive_time_spent", "endpoints_managed"]}],
        }
        assert named(told["smartnumbers"], "net_mrr_gain")["absent_because"] is None
        missing = named(told["smartnumbers"], "rhem")
        assert (missing["value"], missing["inputs"]["endpoints_managed"]) == (None, None)
        assert named(told["smartnumbers"], "net_mrr_gain")["value"] == 0

    def test_the_month_in_progress_is_provisional(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-05", new_mrr="5", lost_mrr="1")
        told = data(client, "/smartnumbers", period="2025-05")
        assert (told["is_over"], named(told["smartnumbers"], "net_mrr_gain")["provisional"]) == (False, True)

    def test_a_status_follows_the_direction(
        self, client: FlaskClient, enter: Enter, database: Database
    ) -> None:
        enter("2025-01", new_mrr="5", lost_mrr="10")
        enter("2025-02", new_mrr="5", lost_mrr="0")
        set_thresholds(
            database,
            [
                Threshold("net_mrr_gain", ThresholdType.CRITICAL, Decimal(0)),
                Threshold("lost_mrr", ThresholdType.WARNING, Decimal(10)),
            ],
        )
        assert [
            named(data(client, "/smartnumbers", period=month)["smartnumbers"], name)["status"]
            for month in ("2025-01", "2025-02")
            for name in ("net_mrr_gain", "new_mrr_added")
        ] == ["critical", "unknown", "ok", "unknown"]
        assert [
            named(data(client, "/metrics/monthly", period=month)["metrics"], "lost_mrr")["status"]
            for month in ("2025-01", "2025-02")
        ] == ["warning", "ok"]
        quarter = named(data(client, "/metrics/quarterly", period="2025-Q1")["metrics"], "lost_mrr")
        assert (quarter["value"], quarter["status"]) == (10, "ok")  # 5 a month


class TestAsOf:
    """The API's clock follows the database's here: history is written by the latter."""

    def test_what_was_known_at_a_moment_is_told_again(
        self, today: FlaskClient, enter: Enter, database: Database
    ) -> None:
        enter("2025-01", new_mrr="5", lost_mrr="1")
        then = database_now(database).isoformat()
        enter("2025-01", new_mrr="50", employees="3")
        month = data(today, "/metrics/monthly", period="2025-01", as_of=then)
        assert [named(month["metrics"], name)["value"] for name in ("new_mrr", "employees")] == [5, None]
        assert named(month["metrics"], "new_mrr")["entered_by"] == "Ann"
        quarter = data(today, "/metrics/quarterly", period="2025-Q1", as_of=then)
        assert named(quarter["metrics"], "new_mrr")["value"] == 5
        for period in ("2025-01", "2025-Q1"):
            numbers = data(today, "/smartnumbers", period=period, as_of=then)
            assert named(numbers["smartnumbers"], "net_mrr_gain")["value"] == 4
            now = data(today, "/smartnumbers", period=period)
            assert named(now["smartnumbers"], "net_mrr_gain")["value"] == 49
        for name, value in (("new_mrr", 5), ("net_mrr_gain", 4)):
            window = {"from_period": "2025-01", "to_period": "2025-02", "as_of": then}
            told = data(today, "/metrics/series", name=name, **window)
            assert [point["value"] for point in told["points"]] == [value, None]
        exported = today.get("/api/qbr/export/metrics", query_string={"period": "2025-01", "as_of": then})
        assert ",new_mrr,New MRR,5.00," in exported.text

    @pytest.mark.parametrize(
        "same", ["2025-04-01T00:00:00-22:49", "2025-04-01t22:49:00.123456789z", "2025-04-01T22:49Z"]
    )
    def test_a_moment_may_be_written_with_any_offset(
        self, client: FlaskClient, enter: Enter, same: str
    ) -> None:
        enter("2025-03", mrr="1")
        status, told = ask(client, "/metrics/monthly", period="2025-03", as_of=same)
        assert (status, told["error"]["code"]) == (404, "PERIOD_NOT_FOUND")

    def test_an_as_of_now_tells_what_a_get_tells(
        self, today: FlaskClient, enter: Enter, database: Database
    ) -> None:
        enter("2025-01", new_mrr="5", lost_mrr="1", mrr="100", nrr="1", employees="2")
        enter("2025-02", new_mrr="5")
        now = database_now(database).isoformat()
        for address, listed in (("/metrics/quarterly", "metrics"), ("/smartnumbers", "smartnumbers")):
            assert (
                data(today, address, period="2025-Q1", as_of=now)[listed]
                == data(today, address, period="2025-Q1")[listed]
            )

    def test_whether_a_month_was_over_is_judged_at_that_moment(
        self, client: FlaskClient, enter: Enter
    ) -> None:
        enter("2025-01", mrr="1")
        status, _ = ask(client, "/metrics/monthly", period="2025-01", as_of="2025-01-31T23:00:00Z")
        assert status == 404


class TestSeries:
    def test_absent_months_are_null_and_zero_is_zero(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-02", nrr="0")
        enter("2025-04", nrr="7.25")
        told = data(client, "/metrics/series", name="Non-recurring revenue (NRR)", from_period="2025-02")
        assert [(each["period"], each["value"], each["provisional"]) for each in told["points"]] == [
            ("2025-02", 0, False),
            ("2025-03", None, False),
            ("2025-04", 7.25, False),
            ("2025-05", None, True),
        ]
        assert (told["name"], told["unit"], told["decimals"]) == ("nrr", "dollars", 2)

    def test_a_smartnumber_and_the_last_thirteen_months(self, client: FlaskClient, enter: Enter) -> None:
        enter("2025-04", new_mrr="7", lost_mrr="8")
        points = data(client, "/metrics/series", name="net_mrr_gain")["points"]
        assert (len(points), points[0]["period"], points[-2]["value"]) == (13, "2024-05", -1)

    def test_no_month_is_told_that_could_not_be_asked_for(self, client: FlaskClient) -> None:
        points = data(client, "/metrics/series", name="mrr", to_period="1900-03")["points"]
        assert [each["period"] for each in points] == ["1900-01", "1900-02", "1900-03"]

    def test_a_hundred_and_twenty_months_are_the_most(self, client: FlaskClient) -> None:
        told = data(client, "/metrics/series", name="mrr", from_period="2015-06", to_period="2025-05")
        assert len(told["points"]) == 120


class TestTable:
    def test_every_metric_and_smartnumber_has_a_line_and_every_month_a_place_in_it(
        self, client: FlaskClient, enter: Enter
    ) -> None:
        enter("2025-03", nrr="0", mrr="5")
        enter("2025-05", nrr="7.25")
        told = data(client, "/metrics/table", from_period="2025-03")
        assert told["months"] == [
            {"period": "2025-03", "is_over": True},
            {"period": "2025-04", "is_over": True},
            {"period": "2025-05", "is_over": False},
        ]
        assert [each["name"] for each in told["metrics"]] == list(METRICS)
        assert [each["name"] for each in told["smartnumbers"]] == list(SMARTNUMBERS)
        assert named(told["metrics"], "nrr") == {
            "name": "nrr",
            "values": [0, None, 7.25],
            "absent_because": [
                None,
                {"code": "not_entered", "sentence": "Nobody has entered it.", "missing": []},
                None,
            ],
            "sources": ["manual", None, "manual"],
            "statuses": ["unknown", "unknown", "unknown"],
            "together": 7.25,
            "months_used": ["2025-03", "2025-05"],
        }
        assert named(told["metrics"], "orr")["together"] is None
        share = named(told["smartnumbers"], "services_from_mrr_pct")
        assert (share["values"], share["provisional"]) == ([1, None, None], [False, False, True])
        assert [each and each["missing"] for each in share["absent_because"]] == [
            None,
            [{"period": "2025-04", "names": ["mrr", "nrr"]}],
            [{"period": "2025-05", "names": ["mrr"]}],
        ]

    def test_months_together_follow_the_rule_of_each_metric(self, client: FlaskClient, enter: Enter) -> None:
        for month, employees, reserve in (
            ("2025-01", "8", "100"),
            ("2025-02", "9", "300"),
            ("2025-04", "10", "200"),
        ):
            enter(month, employees=employees, cash_reserve=reserve)
        told = data(client, "/metrics/table", from_period="2025-01", to_period="2025-04")["metrics"]
        assert named(told, "employees")["together"] == 9
        assert named(told, "cash_reserve")["together"] == 200

    def test_each_value_has_the_status_that_the_month_alone_shows(
        self, client: FlaskClient, enter: Enter, database: Database
    ) -> None:
        for month, mrr in (("2025-02", "100"), ("2025-03", "95"), ("2025-05", "90")):
            enter(month, mrr=mrr)
        set_thresholds(
            database,
            [
                Threshold("mrr", ThresholdType.WARNING, Decimal(95)),
                Threshold("mrr", ThresholdType.CRITICAL, Decimal(90)),
            ],
        )
        told = data(client, "/metrics/table", from_period="2025-02")
        assert named(told["metrics"], "mrr")["statuses"] == ["ok", "warning", "unknown", "critical"]

    def test_thirteen_months_when_nothing_is_said(self, client: FlaskClient) -> None:
        told = data(client, "/metrics/table")
        assert (len(told["months"]), told["months"][0]["period"]) == (13, "2024-05")


class TestPeriodsAndDefinitions:
    def test_the_months_that_have_anything_are_listed(self, client: FlaskClient, enter: Enter) -> None:
        assert data(client, "/periods")["periods"] == []
        enter("2025-03", mrr="0", nrr="1")
        enter("2025-05", mrr="1")
        told = data(client, "/periods")
        assert (told["timezone"], told["current_period"]) == ("America/Chicago", "2025-05")
        assert told["periods"][0] == {
            "period": "2025-03",
            "previous": "2025-02",
            "next": "2025-04",
            "quarter": "2025-Q1",
            "last_month": "2025-03",
            "is_over": True,
            "metrics_present": 2,
            "vendors": [],
        }
        assert told["periods"][1]["is_over"] is False

    def test_months_that_are_over_say_which_inputs_they_lack(self, client: FlaskClient, enter: Enter) -> None:
        assert data(client, "/periods/missing") == {"periods": []}
        enter("2025-02", **dict.fromkeys(set(expected_inputs()) - {"mrr", "new_mrr"}, "1"))
        enter("2025-04", **dict.fromkeys(expected_inputs(), "0"))
        enter("2025-05", mrr="1")
        march, february = data(client, "/periods/missing")["periods"]
        assert (march["period"], len(march["missing"])) == ("2025-03", len(expected_inputs()))
        assert february == {
            "period": "2025-02",
            "missing": [
                {"name": "mrr", "label": "Monthly Recurring Revenue (MRR)"},
                {"name": "new_mrr", "label": "New MRR"},
            ],
        }

    def test_the_parts_of_a_total_entered_by_hand_are_not_missed(
        self, client: FlaskClient, enter: Enter
    ) -> None:
        enter("2025-04", **dict.fromkeys(expected_inputs(["total_expenses"]), "1"), total_expenses="9")
        assert data(client, "/periods/missing") == {"periods": []}

    def test_what_grows_through_its_month_is_told(self, client: FlaskClient) -> None:
        told = data(client, "/metrics/definitions")
        assert named(told["metrics"], "nrr")["accrues"] is True
        assert named(told["metrics"], "mrr")["accrues"] is False
        assert named(told["smartnumbers"], "rhem")["accrues"] is True
        assert named(told["smartnumbers"], "avg_mrr_per_agreement")["accrues"] is False

    def test_every_metric_and_smartnumber_is_defined(self, client: FlaskClient) -> None:
        told = data(client, "/metrics/definitions")
        assert [each["name"] for each in told["metrics"]] == list(METRICS)
        assert [each["name"] for each in told["smartnumbers"]] == list(SMARTNUMBERS)
        profit = named(told["metrics"], "net_profit")
        assert (profit["kind"], profit["formula"]) == ("derived", "total_revenue - total_expenses")
        assert (profit["vendor"], profit["vendor_id"], profit["may_be_negative"]) == ("QuickBooks", 4, True)

    def test_every_rule_is_defined_with_its_limits(self, client: FlaskClient) -> None:
        rules = data(client, "/metrics/definitions")["rules"]
        assert [each["name"] for each in rules] == [*Rule, *Watch]
        assert named(rules, "snapshot") == {
            "name": "snapshot",
            "label": "Snapshot",
            "description": "A month needs a complete device snapshot, at most 3 days old at its end.",
            "severity": "warn",
            "blocking": False,
            "unit": "devices",
            "checks": ["snapshot_is_fresh_and_whole"],
            "limits": [
                {
                    "name": "snapshot_age",
                    "value": 3,
                    "unit": "days",
                    "display": "3 days",
                    "description": "How old the latest device snapshot may be at the end of its month, or today.",
                },
                {
                    "name": "snapshot_part",
                    "value": 0.5,
                    "unit": "share",
                    "display": "50 %",
                    "description": "A snapshot with a smaller share of the devices of the one before it "
                    "looks incomplete.",
                },
            ],
        }
        assert named(rules, "invalid_value")["blocking"] is True
        assert [each["display"] for each in named(rules, "silent_source")["limits"]] == ["26 hours"]

    def test_a_history_that_is_empty_is_told_as_empty(self, client: FlaskClient) -> None:
        assert data(client, "/metrics/history", period="2025-03")["changes"] == []

    def test_health_needs_no_key(self, app: Flask) -> None:
        watcher = app.test_client()
        assert data(watcher, "/health/live") == {"status": "live"}
        assert data(watcher, "/health/ready") == {"status": "ready"}


class TestCollections:
    @pytest.fixture
    def logged(self, database: Database) -> None:
        def add(
            run: str,
            month: int,
            vendor: Vendor,
            status: CollectionOutcome,
            day: int,
            message: str | None = None,
        ) -> None:
            started = datetime(2025, 4, day, 3, 30, tzinfo=UTC)
            ended = started.replace(minute=31)
            row = LogRow(run, Month(2025, month), vendor, status, started, ended, 3, message)
            collection_log.record(database, row)

        add("one", 3, Vendor.CONNECTWISE, CollectionOutcome.SUCCESS, 1)
        add("two", 3, Vendor.CONNECTWISE, CollectionOutcome.FAILED, 2, "ConnectWise did not answer.")
        add("two", 3, Vendor.NINJA, CollectionOutcome.PARTIAL, 2)
        add("two", 4, Vendor.CONNECTWISE, CollectionOutcome.SUCCESS, 2)

    def test_nothing_was_collected_yet(self, client: FlaskClient) -> None:
        assert data(client, "/collection/status") == {
            "state": "warning",
            "oldest_success_at": None,
            "failed_months": 0,
            "vendors": [],
        }
        assert data(client, "/collection/log") == {"total": 0, "limit": 100, "offset": 0, "rows": []}

    @pytest.mark.usefixtures("logged")
    def test_the_newest_collection_of_every_month_counts(self, client: FlaskClient) -> None:
        connectwise, ninja = data(client, "/collection/status")["vendors"]
        assert (connectwise["vendor"], connectwise["failed_periods"]) == ("ConnectWise", ["2025-03"])
        assert connectwise["last_success_at"] == "2025-04-02T03:31:00+00:00"
        assert [each["status"] for each in connectwise["periods"]] == ["failed", "success"]
        assert (ninja["vendor"], ninja["periods"][0]["status"]) == ("Ninja", "partial")

    @pytest.mark.usefixtures("logged")
    def test_the_snapshot_behind_the_newest_month_is_told(
        self, client: FlaskClient, database: Database
    ) -> None:
        assert [each["snapshot_date"] for each in data(client, "/collection/status")["vendors"]] == [
            None,
            None,
        ]
        for month, day, suspect in (
            (Month(2025, 3), date(2025, 3, 31), False),
            (Month(2025, 2), None, False),
        ):
            collector = Collector(database, month, NOW)
            collector.ninja([Collector.device(1)], snapshot_date=day, snapshot_suspect=suspect)
        connectwise, ninja = data(client, "/collection/status")["vendors"]
        assert (connectwise["snapshot_date"], ninja["snapshot_date"]) == (None, "2025-03-31")
        assert ninja["snapshot_suspect"] is False
        Collector(database, Month(2025, 4), NOW).ninja(
            [Collector.device(1)], snapshot_date=date(2025, 4, 29), snapshot_suspect=True
        )
        ninja = data(client, "/collection/status")["vendors"][1]
        assert (ninja["snapshot_date"], ninja["snapshot_suspect"]) == ("2025-04-29", True)

    @pytest.mark.usefixtures("logged")
    def test_the_log_is_told_by_pages_newest_first(self, client: FlaskClient) -> None:
        page = data(client, "/collection/log", period="2025-03", vendor_id="3", limit="1", offset="0")
        assert (page["total"], page["rows"][0]["run_id"]) == (2, "two")
        assert page["rows"][0]["message"] == "ConnectWise did not answer."
        assert page["rows"][0]["duration_seconds"] == 60
        rest = data(client, "/collection/log", period="2025-03", vendor_id="3", limit="1", offset="1")
        assert [each["run_id"] for each in rest["rows"]] == ["one"]
        failed = data(client, "/collection/log", status="failed")
        assert [each["vendor"] for each in failed["rows"]] == ["ConnectWise"]
