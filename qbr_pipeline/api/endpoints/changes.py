"""The history of a value: who or what changed it, when, from what to what."""

from __future__ import annotations

from datetime import datetime

from qbr_pipeline.api.models import (
    MetricField,
    MonthField,
    MonthText,
    NoParameters,
    Number,
    OfOrganization,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.store.history import history
from qbr_pipeline.store.values import DataSource, ValueChangeCause


class HistoryQuery(OfOrganization):
    """Which month, and which metric; all of them when none is named."""

    period: MonthField
    metric_name: MetricField | None = None


class ValueChanged(ResponseModel):
    """One change of a value; null is absent."""

    metric_name: str
    changed_at: datetime
    old_value: Number | None
    new_value: Number | None
    old_source: DataSource | None = described("Null: the value was absent before.")
    new_source: DataSource
    cause: ValueChangeCause
    changed_by: str | None = described("The name that was given with the change.")
    key_name: str | None = described("The name of the key that was used.")
    notes: str | None
    run_id: str | None


class History(ResponseModel):
    """Every change of a month's values, the newest last."""

    period: MonthText
    changes: list[ValueChanged]


@routes.get("/metrics/history", query=HistoryQuery, data=History, tag="metrics")
def metric_history(call: Call[HistoryQuery, NoParameters]) -> History:
    """Every change of a month's metric, or of all its metrics, the newest last; empty when there was none."""
    call.begun(call.query.period)
    metric = call.query.metric_name
    entries = call.database.fetch(history, call.query.period, metric.key if metric else None)
    changes = [ValueChanged.of(each, metric_name=each.metric, notes=each.note) for each in entries]
    return History(period=call.query.period, changes=changes)
