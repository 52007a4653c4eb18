"""What goes wrong at a vendor: the right numbers after all, or a failed month that tells why and changed nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pydantic import SecretStr

from qbr_pipeline.demo.faults import Drop, Truncate
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.build import build_defs
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline_tests.demo import replies

APRIL, MAY, JUNE = Month.span(Month(2025, 4), Month(2025, 6))


@pytest.fixture
def busy(company):
    """Three months with 6, 7 and 8 tickets, an hour, and 20 devices."""
    for tickets, month in enumerate((APRIL, MAY, JUNE), start=6):
        company.add_work(month, tickets, 5, "1")
        company.add_snapshot(month.last_day, 20)
    return company


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(replies.too_many_requests(7), id="429 with Retry-After"),
        pytest.param(replies.server_error(), id="500"),
        pytest.param(replies.unavailable(), id="503 in HTML"),
        pytest.param(replies.html_page(), id="HTML instead of JSON"),
        pytest.param(Drop(), id="dropped"),
        pytest.param(Truncate(), id="truncated"),
    ],
)
def test_faults_that_pass_leave_the_right_numbers(fault, busy) -> None:
    for path in ("companyinfo", "boards", "tickets.*closedDate", "tickets/count", "time/entries"):
        busy.simulator.faults.add(fault, matching=path, times=2)
    assert busy.collect(MAY).success
    assert busy.reactive(MAY) == busy.truth(MAY) == (7, 5, 1)
    is_busy = fault == replies.too_many_requests(7)
    assert len(busy.pauses) == (10 if is_busy else 8)  # companyinfo is passed over unless it asks for a pause
    if is_busy:
        assert min(busy.pauses) >= 7


def failed_collection(company, month):
    """Collect a month that must fail; the sentences of its faults, and its log rows by vendor."""
    (outcome,) = [each for each in company.collect_in_foreground(month) if each.period == month]
    assert not outcome.succeeded
    return outcome.faults, {row.vendor: row for row in company.log(month) if row.run_id == outcome.run_id}


@pytest.mark.parametrize("fault", [replies.server_error(), replies.html_page(), Drop(), Truncate()], ids=str)
def test_a_server_that_stays_broken_fails_the_month_and_leaves_what_was_there(fault, busy) -> None:
    assert busy.collect(MAY).success
    before, history = busy.values(MAY), busy.history_rows()
    busy.add_work(MAY, 100)
    busy.simulator.faults.add(fault, matching="time/entries", times=None)
    sentences, log = failed_collection(busy, MAY)
    assert sentences[0].startswith("ConnectWise gave no usable answer to GET /time/entries")
    assert log[Vendor.CONNECTWISE].status is CollectionOutcome.FAILED
    assert log[Vendor.CONNECTWISE].message == sentences[0]
    assert log[Vendor.CONNECTWISE].metrics_collected == 0
    assert log[Vendor.NINJA].status is CollectionOutcome.SUCCESS
    assert (busy.values(MAY), busy.history_rows()) == (before, history)
    busy.simulator.faults.clear()
    assert busy.collect(MAY).success
    assert busy.reactive(MAY) == busy.truth(MAY)


def test_a_retry_after_longer_than_the_collection_can_wait_fails_at_once_and_says_so(busy) -> None:
    busy.patience = RetryPolicy(total=60)
    busy.simulator.faults.add(replies.too_many_requests(3600), matching="tickets", times=None)
    (sentence,), log = failed_collection(busy, MAY)
    assert "asked to wait 3600 seconds" in sentence
    assert log[Vendor.CONNECTWISE].message == sentence
    assert busy.pauses == []


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"private_key": SecretStr("wrong-secret")}, "CONNECTWISE_PRIVATE_KEY"),
        ({"client_id": SecretStr("11111111-0000-4000-8000-000000000000")}, "CONNECTWISE_CLIENT_ID"),
        ({"company_id": "nobody"}, "CONNECTWISE_COMPANY_ID"),
    ],
    ids=["401 wrong key", "401 wrong client id", "unknown company"],
)
def test_wrong_access_fails_at_once_and_names_the_setting(changes, setting, busy) -> None:
    busy.access = replace(busy.access, **changes)
    sentences, log = failed_collection(busy, MAY)
    assert setting in sentences[0]
    assert "wrong-secret" not in sentences[0]
    assert log[Vendor.CONNECTWISE].message == sentences[0]
    assert busy.pauses == []
    assert busy.simulator.requests.total <= 3


def test_a_role_that_may_not_read_fails_at_once_and_says_what_is_missing(busy) -> None:
    busy.simulator.faults.add(replies.forbidden(), matching="time/entries", times=None)
    (sentence,), log = failed_collection(busy, MAY)
    assert "CONNECTWISE_PUBLIC_KEY" in sentence
    assert log[Vendor.CONNECTWISE].message == sentence
    assert busy.pauses == []


def test_a_wrong_codebase_fails_at_once_and_names_the_setting(busy) -> None:
    busy.simulator.answers_companyinfo = False
    busy.access = replace(busy.access, server=f"{busy.access.server}/v2019_1")
    (sentence,), _ = failed_collection(busy, MAY)
    assert "CONNECTWISE_SERVER" in sentence
    assert busy.pauses == []


@pytest.mark.parametrize(
    ("variable", "names", "check", "sentence"),
    [
        ("QBR_REACTIVE_BOARDS", '["Help Dsk"]', "boards_exist", "Help Desk"),
        ("QBR_CLOSED_STATUSES", '[">Closed", "Colsed"]', "closed_statuses_exist", "Closed"),
    ],
)
def test_a_misspelt_name_fails_before_anything_is_read_and_names_the_setting(
    variable, names, check, sentence, busy, environment
) -> None:
    assert busy.collect(MAY).success
    before = busy.values(MAY)
    environment(**{variable: names})
    sentences, log = failed_collection(busy, MAY)
    ((failing, told),) = [each for each in busy.failing(MAY).items() if each[0].startswith("connectwise")]
    assert failing == f"connectwise_boards.{check}"
    assert variable in told
    assert sentence in told
    assert sentences == (told,)
    assert log[Vendor.CONNECTWISE].message == told
    assert log[Vendor.CONNECTWISE].status is CollectionOutcome.FAILED
    assert busy.values(MAY) == before


def test_one_failing_month_does_not_stop_the_others(busy) -> None:
    busy.simulator.faults.add(
        replies.server_error(), matching=r"entries\?.*2025-05-01T05:00:00Z.*2025-06-01", times=None
    )
    failed = busy.collect_in_foreground(APRIL, MAY, JUNE)
    assert [outcome.period for outcome in failed] == [MAY]
    assert busy.reactive(APRIL) == (6, 5, 1)
    assert busy.reactive(MAY) == (None, None, None)
    assert busy.reactive(JUNE) == (8, 5, 1)
    assert busy.values(MAY)["endpoints_managed"] == 20


def test_when_connectwise_is_out_ninja_is_published_and_everything_that_follows_is_computed_and_checked(
    busy,
) -> None:
    busy.add_snapshot(date(2025, 5, 1), 20)
    busy.enter(MAY, mrr=4000, nrr=1000, technical_employees=3)
    busy.simulator.faults.add(replies.server_error(), times=None)
    _, log = failed_collection(busy, MAY)
    assert busy.values(MAY)["endpoints_managed"] == 20
    assert busy.database.fetch(read_smartnumbers, MAY)["avg_aisp"].value == Decimal(200)
    assert log[Vendor.NINJA].status is CollectionOutcome.SUCCESS
    assert log[Vendor.CONNECTWISE].status is CollectionOutcome.FAILED
    assert "monthly_metrics.inputs_are_entered" in busy.failing(MAY)
    assert ("quarterly_metrics", "thresholds_are_kept", "2025-04") in busy.results()


def test_when_the_inventory_is_out_connectwise_is_published(busy) -> None:
    busy.execute("ALTER TABLE device_snapshot RENAME TO gone")
    (sentence,), log = failed_collection(busy, MAY)
    assert "has no table device_snapshot" in sentence
    assert busy.reactive(MAY) == (7, 5, 1)
    assert log[Vendor.CONNECTWISE].status is CollectionOutcome.SUCCESS
    assert log[Vendor.NINJA].message == sentence
    assert ("monthly_metrics", "change_is_plausible", str(MAY)) in busy.results()


def test_connectwise_that_is_not_configured_fails_its_own_steps_only(busy, environment, monkeypatch) -> None:
    for name in ("SERVER", "COMPANY_ID", "PUBLIC_KEY", "PRIVATE_KEY", "CLIENT_ID"):
        monkeypatch.delenv(f"CONNECTWISE_{name}", raising=False)
    environment()
    resources = {name: each for name, each in busy.resources.items() if name != "connectwise"}
    busy._definitions = build_defs(**resources)
    sentences, log = failed_collection(busy, MAY)
    assert sentences[0].startswith("CONNECTWISE_SERVER is not set: ")
    assert log[Vendor.CONNECTWISE].message == sentences[0]
    assert busy.values(MAY)["endpoints_managed"] == 20
