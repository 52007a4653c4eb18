"""The catalogue: every metric that the pipeline knows, in the order of the spreadsheet it replaces.

What belongs here: what a metric is, who owns it, how its months make a quarter, which direction is better.
What does not: formulas of derived metrics (`derived`), the SmartNumbers (`smartnumbers`), what a valid value
looks like (`values`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from types import MappingProxyType

from qbr_pipeline.metrics.names import did_you_mean, normalise_name, quoted


class Unit(StrEnum):
    """What a value is counted in."""

    COUNT = "count"
    HOURS = "hours"
    DOLLARS = "dollars"
    RATIO = "ratio"

    @property
    def decimals(self) -> int:
        """How many decimals are stored."""
        return 4 if self is Unit.RATIO else 2


class Vendor(StrEnum):
    """The vendor row that a metric belongs to; `MANUAL` owns what no outside system knows."""

    CONNECTWISE = "ConnectWise"
    NINJA = "Ninja"
    QUICKBOOKS = "QuickBooks"
    MANUAL = "Manual"


VENDOR_NAMES: Mapping[Vendor, tuple[str, ...]] = MappingProxyType(
    {
        Vendor.CONNECTWISE: ("ConnectWise",),
        Vendor.NINJA: ("Ninja", "NinjaOne", "NinjaRMM"),
        Vendor.QUICKBOOKS: ("QuickBooks",),
        Vendor.MANUAL: ("Manual",),
    }
)
"""What a vendor may be called where its row is found by name, the likeliest first; capitals do not matter."""


class MetricKind(StrEnum):
    """Where a value comes from: a vendor's system, a person, or other metrics."""

    COLLECTED = "collected"
    INPUT = "input"
    DERIVED = "derived"


class RollUp(StrEnum):
    """How the months of a quarter make its value."""

    SUM = "sum"
    AVERAGE = "average"
    LAST = "last"
    RATIO_OF_SUMS = "ratio of sums"
    RATIO_OF_SUM_TO_AVERAGE = "ratio of sum to average"


class Better(StrEnum):
    """The direction in which the business improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Watched(StrEnum):
    """How a metric behaves over time, for those whose jumps are worth a finding."""

    FLOW = "flow"
    STOCK = "stock"


class Section(StrEnum):
    """The sections of the spreadsheet."""

    OPERATIONS = "Operations"
    REVENUE = "Revenue"
    EXPENSES = "Expenses"
    PROFIT = "Profit"
    GENERAL_INFORMATION = "General Information"
    SALES = "Sales"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `key` is its name in the database.

    `may_be_negative` says what may be entered or collected; a computed value follows its parts.
    """

    key: str
    label: str
    unit: Unit
    vendor: Vendor
    roll_up: RollUp
    kind: MetricKind
    better: Better
    section: Section
    may_be_negative: bool = False
    optional: bool = False
    watched: Watched | None = None

    @property
    def plain_label(self) -> str:
        """The label without the sign of a number before it: in a spreadsheet # begins an error."""
        return plain_label(self.label)


def plain_label(label: str) -> str:
    """`label` as it begins with a letter: `# of Employees` is Employees."""
    plain = label.removeprefix("# of ")
    return plain[:1].upper() + plain[1:]


class UnknownMetricError(LookupError):
    """A text that names no metric; its message is a sentence for a person."""


_tickets = partial(
    Metric,
    vendor=Vendor.CONNECTWISE,
    roll_up=RollUp.SUM,
    kind=MetricKind.COLLECTED,
    section=Section.OPERATIONS,
    watched=Watched.FLOW,
)
_devices = partial(
    Metric,
    unit=Unit.COUNT,
    vendor=Vendor.NINJA,
    roll_up=RollUp.AVERAGE,
    kind=MetricKind.COLLECTED,
    better=Better.HIGHER,
    section=Section.OPERATIONS,
    watched=Watched.STOCK,
)
_money = partial(
    Metric, unit=Unit.DOLLARS, vendor=Vendor.QUICKBOOKS, roll_up=RollUp.SUM, kind=MetricKind.INPUT
)
_revenue = partial(_money, better=Better.HIGHER, section=Section.REVENUE)
_expense = partial(_money, better=Better.LOWER, section=Section.EXPENSES)
_headcount = partial(
    Metric,
    unit=Unit.COUNT,
    vendor=Vendor.MANUAL,
    roll_up=RollUp.AVERAGE,
    kind=MetricKind.INPUT,
    better=Better.NEITHER,
    section=Section.GENERAL_INFORMATION,
    watched=Watched.STOCK,
)
_sales = partial(
    Metric,
    unit=Unit.COUNT,
    vendor=Vendor.MANUAL,
    roll_up=RollUp.SUM,
    kind=MetricKind.INPUT,
    better=Better.HIGHER,
    section=Section.SALES,
)
_balance = partial(_money, roll_up=RollUp.LAST, better=Better.HIGHER, section=Section.GENERAL_INFORMATION)
_health = partial(
    Metric,
    unit=Unit.RATIO,
    vendor=Vendor.QUICKBOOKS,
    roll_up=RollUp.RATIO_OF_SUMS,
    kind=MetricKind.DERIVED,
    better=Better.HIGHER,
    section=Section.GENERAL_INFORMATION,
)

_ALL = (
    _tickets(
        "reactive_tickets_created", "# of Reactive Tickets Created", unit=Unit.COUNT, better=Better.LOWER
    ),
    _tickets(
        "reactive_tickets_closed", "# of Reactive Tickets Closed", unit=Unit.COUNT, better=Better.HIGHER
    ),
    _tickets("reactive_time_spent", "Total Time on Reactive Tickets", unit=Unit.HOURS, better=Better.LOWER),
    _devices("endpoints_managed", "# of Endpoints Managed"),
    _devices("seats_managed", "# of Seats Managed"),
    _revenue("nrr", "Non-recurring Revenue (NRR)", may_be_negative=True),
    _revenue("mrr", "Monthly Recurring Revenue (MRR)", watched=Watched.STOCK),
    _revenue("orr", "Other Recurring Revenue (ORR)"),
    _revenue("product_sales", "Product Sales", may_be_negative=True),
    _revenue("misc_revenue", "Miscellaneous revenue", optional=True),
    _revenue("total_revenue", "Total Revenue", kind=MetricKind.DERIVED, watched=Watched.FLOW),
    _expense("employee_expense", "Employee Expense"),
    _expense("owner_comp_taxes", "Owner Comp to pay QTR est taxes", better=Better.NEITHER),
    _expense("owner_comp", "Owner Compensation", better=Better.NEITHER),
    _expense("product_cogs", "Product Cost of Goods Sold (COGS)"),
    _expense("other_expenses", "All Other Expenses"),
    _expense("total_expenses", "Total Expenses", kind=MetricKind.DERIVED, watched=Watched.FLOW),
    _money(
        "net_profit",
        "Net Profit Dollars",
        kind=MetricKind.DERIVED,
        better=Better.HIGHER,
        section=Section.PROFIT,
        may_be_negative=True,
    ),
    _headcount("employees", "# of Employees"),
    _headcount("technical_employees", "# of Technical Employees"),
    _headcount("agreements", "# of Manage Services Agreements", better=Better.HIGHER),
    _sales("telemarketing_dials", "# of Telemarketing Dials"),
    _sales("first_time_appointments", "# of First Time Appointments (FTA)"),
    _sales("prospects_to_pbr", "# of Prospects to Hit PBR"),
    _sales("new_agreements", "# of New Agreements"),
    _sales("new_mrr", "New MRR", unit=Unit.DOLLARS),
    _sales("lost_mrr", "Lost MRR", unit=Unit.DOLLARS, better=Better.LOWER),
    _balance("cash_reserve", "Cash Reserve"),
    _balance("ar_over_90_days", "A/R >90 days", better=Better.LOWER),
    _balance("average_monthly_expenses", "Average monthly expenses of the prior year", better=Better.NEITHER),
    _health("cash_reserve_ratio", "Cash Reserve / average expenses", roll_up=RollUp.LAST),
    _health("msp_turning_point", "MSP turning point"),
    _health(
        "msp_turning_difference",
        "$ Difference",
        unit=Unit.DOLLARS,
        roll_up=RollUp.SUM,
        may_be_negative=True,
    ),
    _health("labor_efficiency_ratio", "Labor Efficiency Ratio", may_be_negative=True),
    _health("gross_margin", "Gross Margin", may_be_negative=True),
    _health(
        "gross_margin_per_employee",
        "Gross Margin per employee",
        unit=Unit.DOLLARS,
        roll_up=RollUp.RATIO_OF_SUM_TO_AVERAGE,
        may_be_negative=True,
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in _ALL})

COLLECTED_VENDORS = tuple(
    dict.fromkeys(metric.vendor for metric in _ALL if metric.kind is MetricKind.COLLECTED)
)
"""The vendors whose metrics are collected from their systems."""

PUBLISHED_VENDORS = (*COLLECTED_VENDORS, Vendor.QUICKBOOKS)
"""The same, and whoever keeps books: they are published where a firm has them, and nobody misses them elsewhere."""


def find_metric(text: str) -> Metric:
    """The metric whose key or label is `text`, in any case; UnknownMetricError names what comes near."""
    found = known_metric(text)
    if found is None:
        raise UnknownMetricError(f"{quoted(text)} is not a metric{did_you_mean(text, _by_name())}")
    return found


def known_metric(text: str) -> Metric | None:
    """The same, or None."""
    return _by_name().get(normalise_name(text))


@cache
def _by_name() -> dict[str, Metric]:
    return {
        normalise_name(name): metric
        for metric in _ALL
        for name in (metric.key, metric.label, metric.plain_label)
    }
