"""What there is to ask for: the metrics of the catalogue and the SmartNumbers."""

from __future__ import annotations

from qbr_pipeline.api.models import NoParameters, ResponseModel, described
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS, Better, Metric, MetricKind, RollUp, Section, Unit, Vendor
from qbr_pipeline.metrics.derived import DERIVATIONS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, Group, Shown, SmartNumber
from qbr_pipeline.metrics.thresholds import accrues
from qbr_pipeline.store.vendors import vendor_ids

ACCRUES = "It grows through its month: the month in progress is not compared with thresholds."


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


class Definitions(ResponseModel):
    """Every metric and SmartNumber, in their order."""

    metrics: list[MetricDefinition]
    smartnumbers: list[SmartNumberDefinition]


@routes.get("/metrics/definitions", query=NoParameters, data=Definitions, tag="metrics")
def metric_definitions(call: Call[NoParameters, NoParameters]) -> Definitions:
    """What every metric and SmartNumber is: unit, owner, formula, how a quarter is made, which way is better."""
    with call.database.read() as connection:
        ids = vendor_ids(connection)
    return Definitions(
        metrics=[_metric(metric, ids[metric.vendor]) for metric in METRICS.values()],
        smartnumbers=[_smartnumber(each) for each in SMARTNUMBERS.values()],
    )


def _metric(metric: Metric, vendor_id: int) -> MetricDefinition:
    formula = DERIVATIONS.get(metric.key)
    return MetricDefinition(
        name=metric.key,
        label=metric.label,
        section=metric.section,
        unit=metric.unit,
        decimals=metric.unit.decimals,
        vendor_id=vendor_id,
        vendor=metric.vendor,
        kind=metric.kind,
        formula=formula.text if formula else None,
        aggregation=metric.roll_up,
        better=metric.better,
        accrues=accrues(metric.key),
        may_be_negative=metric.may_be_negative,
        optional=metric.optional,
    )


def _smartnumber(each: SmartNumber) -> SmartNumberDefinition:
    return SmartNumberDefinition(
        number=each.number,
        name=each.key,
        label=each.label,
        group=each.group,
        formula=each.formula.text,
        inputs=list(each.inputs),
        unit=each.unit,
        decimals=each.decimals,
        better=each.better,
        accrues=accrues(each.key),
    )
