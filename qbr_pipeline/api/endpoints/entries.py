"""What people say: values set by hand, one or a whole month's, handed back to the collector, or tried out first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import ConfigDict, Field, JsonValue

from qbr_pipeline.api.endpoints.monthly import MonthlyMetric, check_vendor, stored_metrics
from qbr_pipeline.api.errors import ApiError, Code, conflict
from qbr_pipeline.api.etags import seen_by
from qbr_pipeline.api.models import (
    AuthorField,
    ExpectedField,
    IdField,
    MetricField,
    MonthField,
    MonthText,
    NoParameters,
    NoteField,
    Number,
    NumberField,
    OfOrganization,
    PeriodText,
    RequestModel,
    ResponseModel,
    described,
)
from qbr_pipeline.api.post_commit import post_commit, stored_not_reviewed
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.payroll import PAYROLL
from qbr_pipeline.metrics.values import InvalidValueError
from qbr_pipeline.periods import Month
from qbr_pipeline.review.entering import Entry, EntryOutcome, NotReviewedError, enter_values
from qbr_pipeline.store.conflicts import ConflictError
from qbr_pipeline.store.entries import Entered, EntryRejectedError
from qbr_pipeline.store.vendors import vendor_ids

_SOMETHING: list[JsonValue] = [
    {"properties": {"values": {"minItems": 1}}},
    {"required": ["release"], "properties": {"release": {"minItems": 1}}},
    {"required": ["payroll"], "properties": {"payroll": {"type": "number"}}},
]
"""What the document says of a batch: it sets or hands back something."""


class BatchValue(RequestModel):
    """A value, and the metric that it is of."""

    metric_name: MetricField
    metric_value: NumberField
    vendor_id: IdField | None = None


class EntryRequest(BatchValue, OfOrganization):
    """One value of a month. From then on it is a person's, and collections leave it alone."""

    period: MonthField
    entered_by: AuthorField
    expected_value: ExpectedField = None
    notes: NoteField = None


class Expectation(RequestModel):
    """What was seen of a metric before it was changed."""

    metric_name: MetricField
    expected_value: ExpectedField


class Choice(OfOrganization):
    """Values of one month, and metrics of it to hand back."""

    period: MonthField
    values: list[BatchValue] = Field(max_length=len(METRICS))
    release: list[MetricField] = Field(
        default=[],
        max_length=len(METRICS),
        description="Metrics to release: each becomes what was collected or is computed, or absent.",
    )
    expected: list[Expectation] = Field(
        default=[],
        max_length=len(METRICS),
        description="The values that you saw: 409 CONFLICT if one has changed since.",
    )
    payroll: NumberField | None = Field(
        default=None,
        description="Payroll with the owner's pay in it, instead of employee_expense, which follows from it.",
    )
    notes: NoteField = None


class Batch(Choice):
    """Values of one month, stored and handed back all together or not at all."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _SOMETHING})

    entered_by: AuthorField


class Draft(Choice):
    """A batch that is still being written: nobody need have put a name to it."""

    entered_by: AuthorField | None = None


class Release(OfOrganization):
    """A value to hand back to where it comes from: the collector, its parts, or absence."""

    period: MonthField
    metric_name: MetricField
    entered_by: AuthorField
    vendor_id: IdField | None = None
    expected_value: ExpectedField = None
    notes: NoteField = None


class Change(ResponseModel):
    """A value that is another one now; null is absent."""

    name: str
    old_value: Number | None
    new_value: Number | None


class NumberChange(Change):
    """A SmartNumber of the month or of its quarter that is another one now; null cannot be computed."""

    period: PeriodText


class Follows(ResponseModel):
    """What follows from an entry."""

    period: MonthText
    changes: list[Change] = described("Everything that changed, derived metrics included.")
    smartnumbers: list[NumberChange] = described("The SmartNumbers of month and quarter that changed.")


class Stored(Follows):
    """What is stored now."""

    metrics: list[MonthlyMetric] = described("The metrics that were named, as they are now.")


class Fault(ResponseModel):
    """Why a value is refused."""

    name: str
    code: str
    message: str


class Checked(Follows):
    """What a batch would be refused for, and what would follow from the values without a fault."""

    faults: list[Fault]


@routes.post("/metrics/manual", body=EntryRequest, data=Stored, tag="entry", of_one_value=True)
def set_manual_metric(call: Call[NoParameters, EntryRequest]) -> Stored:
    """Set one value by hand. What follows from it is stored too before the answer goes out."""
    body = call.body
    _check_vendors(call, [body])
    return _store(call, body.period, _entry(call, body.period, body.entered_by, body.notes, [body]))


@routes.post("/metrics/manual/batch", body=Batch, data=Stored, tag="entry")
def set_manual_metrics(call: Call[NoParameters, Batch]) -> Stored:
    """Set values of one month by hand, and hand others back, in one transaction: all of them or none."""
    body = call.body
    if not body.values and not body.release and body.payroll is None:
        sentence = "values: expected at least 1 entry, or a metric to release"
        raise ApiError(Code.INVALID_FIELD, sentence, field="values")
    _check_vendors(call, body.values)
    return _store(
        call, body.period, _entry(call, body.period, body.entered_by, body.notes, body.values, body.release)
    )


@routes.post("/metrics/manual/release", body=Release, data=Stored, tag="entry", of_one_value=True)
def release_manual_metric(call: Call[NoParameters, Release]) -> Stored:
    """Hand a value that was set by hand back to the collector. Nothing changes when nobody had set it."""
    body = call.body
    _check_vendors(call, [body])
    return _store(
        call, body.period, _entry(call, body.period, body.entered_by, body.notes, [], [body.metric_name])
    )


@routes.post("/metrics/manual/check", body=Draft, data=Checked, tag="entry")
def check_manual_metrics(call: Call[NoParameters, Draft]) -> Checked:
    """What a batch would do: every value that it would be refused for, and what would change. Nothing is stored."""
    body = call.body
    _check_vendors(call, body.values)
    by = body.entered_by or "nobody yet"
    entry = _entry(call, body.period, by, body.notes, body.values, body.release)
    outcome = _enter(call, body.period, entry, rehearsal=True)
    faults = [
        Fault(name=name, code=Code.INVALID_VALUE.name, message=str(fault))
        for name, fault in outcome.faults.items()
    ]
    return Checked(faults=faults, **_follows(body.period, outcome))


def _entry(
    call: Call[NoParameters, Any],
    month: Month,
    by: str,
    note: str | None,
    wanted: Sequence[BatchValue],
    released: Sequence[Metric] = (),
) -> Entry:
    """The request as an entry; ApiError for a month that has not begun and for a metric that is named twice."""
    call.begun(month)
    values = {each.metric_name.key: each.metric_value for each in wanted}
    keys = [metric.key for metric in released]
    named = [
        *((each.metric_name.key, _place(call.body, at, "metric_name")) for at, each in enumerate(wanted)),
        *((key, f"release[{at}]") for at, key in enumerate(keys)),
    ]
    seen: set[str] = set()
    for key, place in named:
        if key in seen:
            raise ApiError(Code.DUPLICATE_METRIC, f"metric_name: {key} is given twice", field=place)
        seen.add(key)
    payroll = call.body.payroll if isinstance(call.body, Choice) else None
    return Entry(by, values, keys, note, call.caller.key_name, _expected(call), payroll)


def _expected(call: Call[NoParameters, Any]) -> dict[str, Decimal | None]:
    """What the sender saw, by metric; ApiError when he says two things, or speaks of another value."""
    body: EntryRequest | Choice | Release = call.body
    if isinstance(body, Choice):
        return {each.metric_name.key: each.expected_value for each in body.expected}
    key = body.metric_name.key
    seen = "expected_value" in body.model_fields_set
    if call.if_match is None:
        return {key: body.expected_value} if seen else {}
    read = seen_by(call.if_match, body.organization_id, body.period, key)
    if seen and body.expected_value != read:
        sentence = "expected_value and If-Match name different values: expected one of them, or both alike"
        raise ApiError(Code.PRECONDITION_FAILED, sentence, field="expected_value")
    return {key: read}


def _place(body: RequestModel, position: int, name: str) -> str:
    """The field of a value that a body holds alone, or at a position in its list."""
    return f"values[{position}].{name}" if isinstance(body, Choice) else name


def _check_vendors(call: Call[NoParameters, Any], named: Sequence[BatchValue | Release]) -> None:
    """ApiError when a vendor is named that does not own its metric."""
    with call.database.read() as connection:
        ids = vendor_ids(connection)
    for position, each in enumerate(named):
        check_vendor(ids, each.vendor_id, each.metric_name, _place(call.body, position, "vendor_id"))


def _store(call: Call[NoParameters, Any], month: Month, entry: Entry) -> Stored:
    outcome = _enter(call, month, entry)
    with post_commit():
        return Stored(metrics=stored_metrics(call, month, outcome.named), **_follows(month, outcome))


def _enter(
    call: Call[NoParameters, Any], month: Month, entry: Entry, *, rehearsal: bool = False
) -> EntryOutcome:
    try:
        return enter_values(call.database, call.review, month, entry, call.now, rehearsal=rehearsal)
    except EntryRejectedError as error:
        raise ApiError(Code.INVALID_PERIOD, str(error), field="period") from error
    except InvalidValueError as error:
        if error.metric == PAYROLL.key:
            raise ApiError(Code.INVALID_VALUE, f"payroll: {error}", field="payroll") from error
        place = _place(call.body, list(entry.values).index(error.metric), "metric_value")
        raise ApiError(Code.INVALID_VALUE, f"metric_value: {error}", field=place) from error
    except ConflictError as error:
        raise conflict(error, Code.CONFLICT if call.if_match is None else Code.PRECONDITION_FAILED) from error
    except NotReviewedError as error:
        raise stored_not_reviewed() from error


def _follows(month: Month, entered: Entered) -> dict[str, Any]:
    return {
        "period": month,
        "changes": [
            Change(name=each.metric, old_value=each.old, new_value=each.new) for each in entered.changes
        ],
        "smartnumbers": [
            NumberChange(period=each.period, name=each.name, old_value=each.old, new_value=each.new)
            for each in entered.moved
        ],
    }
