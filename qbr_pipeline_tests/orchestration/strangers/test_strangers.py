"""Servers that this project did not write: a month is exact, or keeps its values with a sentence, or has a finding.

Each habit is tried from the first night on, and some of them once more after a night that was honest. What is to come
of each is written out, so that none becomes silently wrong unseen.
"""

from __future__ import annotations

import json
from decimal import Decimal

import dagster as dg
import pytest
from pydantic import SecretStr

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline_tests.orchestration.strangers.habits import HABITS
from qbr_pipeline_tests.orchestration.strangers.world import DONE, REACTIVE, stranger, truth

pytestmark = pytest.mark.slow

MAY = Month(2025, 5)
EXACT = ""
ODD = frozenset(
    {
        Rule.OUTSIDE_WINDOW,
        Rule.ROWS_LEFT_OUT,
        Rule.TICKETS_NOT_FOUND,
        Rule.TICKETS_UNREADABLE,
        Rule.ROWS_LOST,
        Rule.UNKNOWN_BOARD,
        Rule.CLOSED_STATUS,
        Rule.ZERO,
        Rule.IMPLAUSIBLE,
        Rule.COUNT_MISMATCH,
        Rule.NOT_COUNTED,
        Rule.INVALID_VALUE,
    }
)
"""Rules that speak of the source; those about history and what people enter are another matter."""

NO_LIST = "it answered something other than a list of rows"
NOT_JSON = "it answered a body that is not JSON"
BROKE_OFF = "the connection was lost before the answer was complete"

KEPT = {
    # habit: part of the sentence with which the month keeps the values of before
    "reads_dates_in_local_time": "lie outside the month by their own date",
    "writes_dates_in_local_time_without_saying_so": "lie outside the month by their own date",
    "writes_dates_as_seconds": "dateEntered is not a text",
    "finds_no_ticket_by_id_and_names_no_board_with_entries": "cannot be found",
    "renamed_a_closed_status_at_night": 'names the status ">Closed"',
    "lists_no_inactive_board_and_one_was_deactivated": 'names the board "Field Service", which does not exist',
    "ignores_every_condition": "lie outside the month by their own date",
    "pages_by_twenty_five_without_saying_so": "25 rows were fetched, the source counts 143",
    "sends_the_first_page_for_ever": "rows that do not go forward by id",
    "loses_the_last_row_of_each_page": "142 rows were fetched, the source counts 143",
    "counts_late": "143 rows were fetched, the source counts 141",
    "counts_everything_it_has": "143 rows were fetched, the source counts 197",
    "writes_ids_as_texts": "a row whose id is not a whole number",
    "has_ids_beyond_any_column": "a row whose id is not a whole number",
    "has_hours_beyond_any_column": "is beyond the range of the column",
    "writes_hours_as_texts": "a row whose actualHours is not a number of hours",
    "sends_negative_hours_alone": "is negative",
    "writes_in_latin_1": NOT_JSON,
    "breaks_off_within_gzip": NOT_JSON,
    "breaks_off_within_a_body": BROKE_OFF,
    "ends_a_list_too_early_and_well_formed": "71 rows were fetched, the source counts 143",
    "answers_an_empty_body": NOT_JSON,
    "answers_no_content": NOT_JSON,
    "answers_null": NO_LIST,
    "answers_an_error_with_200": NO_LIST,
    "wraps_its_rows": NO_LIST,
    "answers_a_page_of_html_with_200": "it answered a page of HTML",
    "is_out_for_an_hour": "it answered 503",
    "asks_to_wait_for_a_day": "ConnectWise asked to wait 86400 seconds",
    "takes_the_key_away_half_way": "with 401",
    "redirects_to_a_page_to_log_in": "no redirect is followed",
    "decomposes_the_letters_of_its_boards": 'names the board "Field Service", which does not exist',
}
FLAGGED = {
    # habit: the rules whose findings say what is odd about what is published
    "shows_no_time_entry_at_all": {Rule.ZERO},
    "shows_nothing_at_all": {Rule.ZERO},
    "closes_tickets_in_a_status_that_nobody_configured": {Rule.ZERO, Rule.CLOSED_STATUS},
    "finds_few_tickets_by_id_and_names_no_board_with_entries": {Rule.TICKETS_NOT_FOUND},
    "sends_some_tickets_without_a_board": {Rule.ROWS_LEFT_OUT},
    "sends_boards_as_ids_alone": {Rule.ROWS_LEFT_OUT, Rule.ZERO},
    "sends_some_tickets_without_a_status": {Rule.ROWS_LEFT_OUT},
    "sends_some_entries_without_a_ticket": {Rule.ROWS_LEFT_OUT},
    "sends_half_of_the_entries_without_hours": {Rule.ROWS_LEFT_OUT},
    "sends_statuses_in_other_letters_than_its_boards": {Rule.ROWS_LEFT_OUT},
    "sends_boards_in_other_letters_than_asked": {Rule.ROWS_LEFT_OUT},
    "renames_a_closed_status_between_the_boards_and_the_tickets": {Rule.ROWS_LEFT_OUT},
    "renamed_a_closed_status_of_one_board": {Rule.CLOSED_STATUS},
    "hides_the_tickets_of_a_deactivated_board": {Rule.ROWS_LEFT_OUT},
    "takes_before_for_up_to": {Rule.ROWS_LEFT_OUT},
    "ignores_conditions_on_boards": {Rule.ROWS_LEFT_OUT},
    "pages_by_twenty_five_without_saying_so_and_does_not_count": {Rule.NOT_COUNTED},
    "does_not_count": {Rule.NOT_COUNTED},
    "counts_in_words": {Rule.NOT_COUNTED},
    "counts_as_a_page_of_html": {Rule.NOT_COUNTED},
}
OVERNIGHT = {
    # habit: the same after an honest night
    "shows_no_time_entry_at_all": "are no longer returned",
    "hides_the_tickets_of_a_deactivated_board": {Rule.ROWS_LEFT_OUT},
    "renamed_a_closed_status_at_night": KEPT["renamed_a_closed_status_at_night"],
    "answers_an_empty_body": NOT_JSON,
    "refuses_to_look_anything_up_by_id": EXACT,
    "is_out_for_a_minute": EXACT,
    "is_out_for_an_hour": KEPT["is_out_for_an_hour"],
    "shows_nothing_at_all": "are no longer returned",
}
TRUTH = truth(stranger())


@pytest.fixture(scope="module")
def lasting(lasting_companies):
    return lasting_companies()


@pytest.fixture
def elsewhere(lasting, environment):
    """A company without any past, whose ConnectWise is a stranger."""
    environment(QBR_REACTIVE_BOARDS=json.dumps(REACTIVE), QBR_CLOSED_STATUSES=json.dumps(DONE))
    with lasting.database.begin() as connection:
        tables = connection.exec_driver_sql(
            "SELECT string_agg(tablename, ', ') FROM pg_tables"
            " WHERE tablename LIKE 'qbr\\_%%' AND tablename <> 'qbr_alembic_version'"
        ).scalar_one()
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # history is append-only
        connection.exec_driver_sql(f"TRUNCATE {tables}")
    lasting.pauses.clear()
    lasting.patience = RetryPolicy(read=10.0)
    server = stranger().start()
    lasting.access = ConnectWiseAccess(
        server.url, "elsewhere", *(SecretStr(f"secret-{each}") for each in ("public", "private", "client"))
    )
    yield lasting, server
    server.stop()


def sentences(company, ran: dg.ExecuteInProcessResult) -> str:
    """All that the run said of why it did not publish."""
    failures = [
        event.step_failure_data.user_failure_data.description
        for event in ran.all_events
        if event.event_type is dg.DagsterEventType.STEP_FAILURE
        and event.step_failure_data.user_failure_data is not None
    ]
    return "\n".join([*filter(None, failures), *company.failing(MAY).values()])


def odd(company) -> set[Rule]:
    return {each.finding.rule for each in company.findings()} & ODD


def night(company):
    """A collection of the month, without devices and quarters."""
    return company.run("collection", MAY, asset_selection=ASSETS)


ASSETS = [
    dg.AssetKey(["qbr", name])
    for name in (
        "connectwise_boards",
        "connectwise_tickets",
        "connectwise_time_entries",
        "connectwise_metrics",
        "monthly_metrics",
    )
]


def test_every_habit_has_an_outcome() -> None:
    assert len(HABITS) > 70
    assert KEPT.keys() | FLAGGED.keys() | OVERNIGHT.keys() <= HABITS.keys()
    assert not KEPT.keys() & FLAGGED.keys()


@pytest.mark.parametrize("habit", HABITS)
def test_a_month_is_exact_or_says_why_it_is_not(habit, elsewhere) -> None:
    company, server = elsewhere
    server.habit = HABITS[habit](server, company.pauses)
    ran, expected = night(company), truth(server)
    found = company.reactive(MAY)
    if habit in KEPT:
        assert KEPT[habit] in sentences(company, ran)
        assert found == (None, None, None)
    elif habit in FLAGGED:
        assert odd(company) == FLAGGED[habit]
        assert None not in found
    else:
        assert found == expected, sentences(company, ran)
        assert odd(company) == set()


@pytest.mark.parametrize("habit", OVERNIGHT)
def test_a_month_that_was_exact_stays_so_or_says_why_it_is_not(habit, elsewhere) -> None:
    company, server = elsewhere
    assert night(company).success
    assert company.reactive(MAY) == TRUTH
    server.habit = HABITS[habit](server, company.pauses)
    ran, outcome = night(company), OVERNIGHT[habit]
    if isinstance(outcome, set):
        assert odd(company) == outcome
        return
    assert company.reactive(MAY) == TRUTH
    assert outcome in sentences(company, ran)
    assert ran.success is (outcome == EXACT)


def test_a_row_of_a_metric_that_nobody_knows_holds_nothing_up(elsewhere) -> None:
    company, _ = elsewhere
    company.execute(
        "INSERT INTO qbr_metrics_monthly (period, organization_id, vendor_id, metric_name, metric_value)"
        " SELECT period, 1, id, 'phone_calls_answered', 7 FROM vendor, (VALUES ('2025-04'), ('2025-05')) AS of(period)"
        " WHERE name = 'ConnectWise'"
    )
    assert night(company).success
    assert company.reactive(MAY) == TRUTH == (135, 108, Decimal("142.50"))
