"""What there is to ask for: the metrics of the catalogue, the SmartNumbers, and the rules that look at them."""

from __future__ import annotations

from collections.abc import Collection

from qbr_pipeline.api.models import NoParameters, Number, ResponseModel, described
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS, Better, Metric, MetricKind, RollUp, Section, Unit, Vendor
from qbr_pipeline.metrics.derived import DERIVATIONS
from qbr_pipeline.metrics.findings import Severity
from qbr_pipeline.metrics.rules.definition import RuleDefinition, ValueUnit
from qbr_pipeline.metrics.rules.limits import LimitUnit
from qbr_pipeline.metrics.rules.table import RULES, WATCHES
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, Group, Shown, SmartNumber
from qbr_pipeline.metrics.thresholds import accrues
from qbr_pipeline.store.books import booked_metrics
from qbr_pipeline.store.vendors import vendor_ids

NOTE = "A clarification of its label, such as `per agreement`; null where none is needed."
ACCRUES = "It accumulates during the month: the month in progress is not compared with thresholds."


class MetricDefinition(ResponseModel):
    """What a metric is."""

    name: str
    label: str
    section: Section
    unit: Unit
    decimals: int = described("How many decimals are kept.")
    vendor_id: int
    vendor: Vendor
    kind: MetricKind
    formula: str | None = described("Of a derived metric.")
    aggregation: RollUp
    better: Better
    accrues: bool = described(ACCRUES)
    may_be_negative: bool
    optional: bool
    has_rows: bool = described(
        "It is collected, or books give it in some month: the rows behind it can be looked at."
    )


class SmartNumberDefinition(ResponseModel):
    """What a SmartNumber is."""

    number: int
    name: str
    label: str
    group: Group
    formula: str
    inputs: list[str]
    unit: Shown
    decimals: int = described("How many decimals of the stored four are shown.")
    better: Better
    accrues: bool = described(ACCRUES)
    note: str | None = described(NOTE)


class LimitResponse(ResponseModel):
    """A number that a rule compares with."""

    name: str
    value: Number = described("In its unit; a share is a fraction.")
    unit: LimitUnit
    display: str = described("As people read it.")
    description: str


class RuleResponse(ResponseModel):
    """What a rule looks for."""

    name: str = described("The rule of a finding; silent_source and missing_night become alerts only.")
    label: str
    description: str
    severity: Severity
    blocking: bool = described("While it finds something, nothing is published for its month and vendor.")
    unit: ValueUnit | None = described(
        "What the values of its findings are counted in; null: they have none."
    )
    checks: list[str] = described("The asset checks that apply it, by name.")
    limits: list[LimitResponse]


class Definitions(ResponseModel):
    """Every metric, SmartNumber and rule, in their order."""

    metrics: list[MetricDefinition]
    smartnumbers: list[SmartNumberDefinition]
    rules: list[RuleResponse]


@routes.get("/metrics/definitions", query=NoParameters, data=Definitions, tag="metrics")
def metric_definitions(call: Call[NoParameters, NoParameters]) -> Definitions:
    """What every metric, SmartNumber and rule is: unit, owner, formula, how a quarter is made, limits."""
    with call.database.read() as connection:
        ids = vendor_ids(connection)
        booked = booked_metrics(connection, call.database)
    return Definitions(
        metrics=[_metric(metric, ids[metric.vendor], booked) for metric in METRICS.values()],
        smartnumbers=[_smartnumber(each) for each in SMARTNUMBERS.values()],
        rules=[_rule(each) for each in (*RULES.values(), *WATCHES.values())],
    )


def _metric(metric: Metric, vendor_id: int, booked: Collection[str]) -> MetricDefinition:
    formula = DERIVATIONS.get(metric.key)
    return MetricDefinition.of(
        metric,
        name=metric.key,
        decimals=metric.unit.decimals,
        vendor_id=vendor_id,
        formula=formula.text if formula else None,
        aggregation=metric.roll_up,
        accrues=accrues(metric.key),
        has_rows=metric.kind is MetricKind.COLLECTED or metric.key in booked,
    )


def _smartnumber(each: SmartNumber) -> SmartNumberDefinition:
    return SmartNumberDefinition.of(each, name=each.key, formula=each.formula.text, accrues=accrues(each.key))


def _rule(rule: RuleDefinition) -> RuleResponse:
    limits = [LimitResponse.of(each, display=str(each)) for each in rule.limits]
    return RuleResponse.of(rule, checks=list(rule.checks), limits=limits)
