import pytest

from qbr_pipeline.metrics.catalogue import (
    METRICS,
    Better,
    MetricKind,
    RollUp,
    Unit,
    UnknownMetricError,
    Vendor,
    Watched,
    find_metric,
)
from qbr_pipeline.metrics.derived import DERIVATIONS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, find_smartnumber

CATALOGUE = """
reactive_tickets_created | # of Reactive Tickets Created | count | ConnectWise | sum | collected
reactive_tickets_closed | # of Reactive Tickets Closed | count | ConnectWise | sum | collected
reactive_time_spent | Total Time on Reactive Tickets | hours | ConnectWise | sum | collected
endpoints_managed | # of Endpoints Managed | count | Ninja | average | collected
seats_managed | # of Seats Managed | count | Ninja | average | collected
nrr | Non-recurring Revenue (NRR) | dollars | QuickBooks | sum | input
mrr | Monthly Recurring Revenue (MRR) | dollars | QuickBooks | sum | input
orr | Other Recurring Revenue (ORR) | dollars | QuickBooks | sum | input
product_sales | Product Sales | dollars | QuickBooks | sum | input
misc_revenue | Miscellaneous revenue | dollars | QuickBooks | sum | input
total_revenue | Total Revenue | dollars | QuickBooks | sum | derived
employee_expense | Employee Expense | dollars | QuickBooks | sum | input
owner_comp_taxes | Owner Comp to pay QTR est taxes | dollars | QuickBooks | sum | input
owner_comp | Owner Compensation | dollars | QuickBooks | sum | input
product_cogs | Product Cost of Goods Sold (COGS) | dollars | QuickBooks | sum | input
other_expenses | All Other Expenses | dollars | QuickBooks | sum | input
total_expenses | Total Expenses | dollars | QuickBooks | sum | derived
net_profit | Net Profit Dollars | dollars | QuickBooks | sum | derived
employees | # of Employees | count | Manual | average | input
technical_employees | # of Technical Employees | count | Manual | average | input
agreements | # of Manage Services Agreements | count | Manual | average | input
telemarketing_dials | # of Telemarketing Dials | count | Manual | sum | input
first_time_appointments | # of First Time Appointments (FTA) | count | Manual | sum | input
prospects_to_pbr | # of Prospects to Hit PBR | count | Manual | sum | input
new_agreements | # of New Agreements | count | Manual | sum | input
new_mrr | New MRR | dollars | Manual | sum | input
lost_mrr | Lost MRR | dollars | Manual | sum | input
cash_reserve | Cash Reserve | dollars | QuickBooks | last | input
ar_over_90_days | A/R >90 days | dollars | QuickBooks | last | input
average_monthly_expenses | Average monthly expenses of the prior year | dollars | QuickBooks | last | input
cash_reserve_ratio | Cash Reserve / average expenses | ratio | QuickBooks | last | derived
msp_turning_point | MSP turning point | ratio | QuickBooks | ratio of sums | derived
msp_turning_difference | $ Difference | dollars | QuickBooks | sum | derived
labor_efficiency_ratio | Labor Efficiency Ratio | ratio | QuickBooks | ratio of sums | derived
gross_margin | Gross Margin | ratio | QuickBooks | ratio of sums | derived
gross_margin_per_employee | Gross Margin per employee | dollars | QuickBooks | ratio of sum to average | derived
"""


def test_the_catalogue_is_the_one_that_was_agreed_in_order() -> None:
    found = [" | ".join((m.key, m.label, m.unit, m.vendor, m.roll_up, m.kind)) for m in METRICS.values()]
    assert found == CATALOGUE.strip().splitlines()


def test_better_is_as_agreed() -> None:
    lower = {
        *("reactive_tickets_created", "reactive_time_spent", "employee_expense", "product_cogs"),
        *("other_expenses", "total_expenses", "lost_mrr", "ar_over_90_days"),
    }
    neither = {
        "owner_comp",
        "owner_comp_taxes",
        "employees",
        "technical_employees",
        "average_monthly_expenses",
    }
    for key, metric in METRICS.items():
        expected = Better.LOWER if key in lower else Better.NEITHER if key in neither else Better.HIGHER
        assert metric.better is expected, key


def test_watched_are_five_flows_and_six_stocks() -> None:
    flows = {key for key, metric in METRICS.items() if metric.watched is Watched.FLOW}
    stocks = {key for key, metric in METRICS.items() if metric.watched is Watched.STOCK}
    assert flows == {
        *("reactive_tickets_created", "reactive_tickets_closed", "reactive_time_spent"),
        *("total_revenue", "total_expenses"),
    }
    assert stocks == {
        *("endpoints_managed", "seats_managed", "employees", "technical_employees", "agreements", "mrr"),
    }


def test_only_what_can_sensibly_be_negative_may_be() -> None:
    assert {key for key, metric in METRICS.items() if metric.may_be_negative} == {
        *("nrr", "product_sales", "net_profit"),
        *("msp_turning_difference", "labor_efficiency_ratio", "gross_margin", "gross_margin_per_employee"),
    }


def test_only_miscellaneous_revenue_is_optional() -> None:
    assert [key for key, metric in METRICS.items() if metric.optional] == ["misc_revenue"]


def test_every_derived_metric_has_a_formula_over_metrics_and_nothing_else_has() -> None:
    assert set(DERIVATIONS) == {key for key, metric in METRICS.items() if metric.kind is MetricKind.DERIVED}
    assert all(part in METRICS for formula in DERIVATIONS.values() for part in formula.names)


def test_ratios_keep_four_decimals_and_everything_else_two() -> None:
    assert [unit.decimals for unit in Unit] == [2, 2, 2, 4]


def test_no_name_stands_for_two_things() -> None:
    named = [(each.key, each.label) for each in METRICS.values()]
    named += [(each.key, each.label) for each in SMARTNUMBERS.values()]
    names = [name.casefold() for pair in named for name in pair]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text", ["mrr", "MRR", "Monthly Recurring Revenue (MRR)", "  monthly  recurring revenue (mrr) "]
)
def test_a_metric_is_found_by_key_or_label_in_any_case(text: str) -> None:
    assert find_metric(text).key == "mrr"


def test_a_smartnumber_is_found_by_key_or_label_in_any_case() -> None:
    assert find_smartnumber("RHEM").key == "rhem"
    assert find_smartnumber("total close %").key == "total_close_pct"


def test_an_unknown_name_is_refused_with_what_comes_near() -> None:
    with pytest.raises(
        UnknownMetricError, match='"endpoint_managed" is not a metric; did you mean "endpoints_managed"'
    ):
        find_metric("endpoint_managed")
    with pytest.raises(UnknownMetricError, match="is not a SmartNumber; did you mean"):
        find_smartnumber("rhm")
    with pytest.raises(UnknownMetricError) as rejected:
        find_metric("")
    assert str(rejected.value) == '"" is not a metric'


def test_owners_and_rollups_speak_the_words_of_the_database() -> None:
    assert [vendor.value for vendor in Vendor] == ["ConnectWise", "Ninja", "QuickBooks", "Manual"]
    assert {metric.roll_up for metric in METRICS.values()} == set(RollUp)
