"""What people say: values set by hand, one or a whole month's, and handed back to the collector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pydantic import Field

from qbr_pipeline.api.endpoints.monthly import MonthlyMetric, check_owner, read_kept, tell_all
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import (
    Asked,
    AuthorField,
    IdField,
    MetricField,
    MonthField,
    MonthText,
    NoteField,
    Nothing,
    Number,
    NumberField,
    OfOrganization,
    Told,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.values import InvalidValueError, parse_value
from qbr_pipeline.periods import Month
from qbr_pipeline.store.entries import release, set_values
from qbr_pipeline.store.values import ValueChange
from qbr_pipeline.store.vendors import vendor_ids


class BatchValue(Asked):
    """A value, and the metric that it is of."""

    metric_name: MetricField
    metric_value: NumberField
    vendor_id: IdField | None = None


class Entry(BatchValue, OfOrganization):
    """One value of a month. From then on it is a person's, and collections leave it alone."""

    period: MonthField
    entered_by: AuthorField
    notes: NoteField = None


class Batch(OfOrganization):
    """Values of one month, stored all together or not at all."""

    period: MonthField
    values: list[BatchValue] = Field(min_length=1, max_length=len(METRICS))
    entered_by: AuthorField
    notes: NoteField = None


class Release(OfOrganization):
    """A value to hand back to where it comes from: the collector, its parts, or absence."""

    period: MonthField
    metric_name: MetricField
    entered_by: AuthorField
    vendor_id: IdField | None = None
    notes: NoteField = None


class Change(Told):
    """A value that is another one now; null is absent."""

    name: str
    old_value: Number | None
    new_value: Number | None


class Stored(Told):
    """What is stored now."""

    period: MonthText
    metrics: list[MonthlyMetric] = described("The metrics that were named, as they are now.")
    changes: list[Change] = described("Everything that changed, derived metrics included.")


@routes.post("/metrics/manual", body=Entry, data=Stored, tag="entry")
def set_manual_metric(call: Call[Nothing, Entry]) -> Stored:
    """Set one value by hand. What follows from it is stored too before the answer goes out."""
    body = call.body
    return _set(call, body.period, [body], body.entered_by, body.notes)


@routes.post("/metrics/manual/batch", body=Batch, data=Stored, tag="entry")
def set_manual_metrics(call: Call[Nothing, Batch]) -> Stored:
    """Set several values of one month by hand, in one transaction: all of them or none."""
    body = call.body
    return _set(call, body.period, body.values, body.entered_by, body.notes)


@routes.post("/metrics/manual/release", body=Release, data=Stored, tag="entry")
def release_manual_metric(call: Call[Nothing, Release]) -> Stored:
    """Hand a value that was set by hand back to the collector. Nothing changes when nobody had set it."""
    body = call.body
    call.begun(body.period)
    with call.database.read() as connection:
        check_owner(vendor_ids(connection), body.vendor_id, body.metric_name)
    changes = release(
        call.database,
        body.period,
        body.metric_name.key,
        by=body.entered_by,
        note=body.notes,
        key_name=call.caller.key_name,
        now=call.now,
    )
    return _stored(call, body.period, [body.metric_name], changes)


def _set(
    call: Call[Nothing, Entry] | Call[Nothing, Batch],
    month: Month,
    wanted: Sequence[BatchValue],
    by: str,
    note: str | None,
) -> Stored:
    call.begun(month)
    with call.database.read() as connection:
        ids = vendor_ids(connection)
    for each in wanted:
        check_owner(ids, each.vendor_id, each.metric_name)
    changes = set_values(
        call.database,
        month,
        _values(wanted),
        by=by,
        note=note,
        key_name=call.caller.key_name,
        now=call.now,
    )
    return _stored(call, month, [each.metric_name for each in wanted], changes)


def _values(wanted: Sequence[BatchValue]) -> Mapping[str, Decimal]:
    values: dict[str, Decimal] = {}
    for each in wanted:
        if each.metric_name.key in values:
            raise ApiError(Code.DUPLICATE_METRIC, f"metric_name: {each.metric_name.key} is given twice")
        try:
            values[each.metric_name.key] = parse_value(each.metric_value, each.metric_name)
        except InvalidValueError as error:
            raise ApiError(Code.INVALID_VALUE, f"metric_value: {error}") from error
    return values


def _stored(
    call: Call[Nothing, Entry] | Call[Nothing, Batch] | Call[Nothing, Release],
    month: Month,
    metrics: Sequence[Metric],
    changes: Sequence[ValueChange],
) -> Stored:
    with call.database.read() as connection:
        ids = vendor_ids(connection)
        kept = read_kept(connection, call.database, month, None)
        told = tell_all(connection, call.database, month, kept, metrics, ids, call.now)
    return Stored(
        period=month,
        metrics=told,
        changes=[Change(name=each.metric, old_value=each.old, new_value=each.new) for each in changes],
    )
