"""Thresholds: the limits that people set on metrics and SmartNumbers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import (
    Discriminator,
    Field,
    PlainValidator,
    RootModel,
    Tag,
    WithJsonSchema,
    model_validator,
)

from qbr_pipeline.api.errors import ApiError, Code, conflict, rejection
from qbr_pipeline.api.models import (
    ExpectedField,
    NoParameters,
    Number,
    NumberField,
    NumberNameField,
    OfOrganization,
    ResponseModel,
    described,
)
from qbr_pipeline.api.post_commit import post_commit
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.smartnumbers import known_number
from qbr_pipeline.metrics.thresholds import Threshold, ThresholdError
from qbr_pipeline.review.reviewing import review_after_thresholds
from qbr_pipeline.store.conflicts import ConflictError
from qbr_pipeline.store.thresholds import delete_thresholds, read_limits, set_thresholds

MOST_AT_ONCE = 200
_ONE, _LIST = "<one>", "<list>"  # kinds of body, which no sentence names


def _number(given: object) -> Decimal:
    """A number among the parameters of an address, exact."""
    if isinstance(given, str) and re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", given, re.ASCII):
        return Decimal(given)
    raise rejection(Code.INVALID_VALUE, "expected a number such as 1234.5")


NumberParameter = Annotated[
    Decimal,
    PlainValidator(_number),
    WithJsonSchema({"type": "number", "description": "Digits with a point: no exponent, no separators."}),
]


class ThresholdRequest(OfOrganization):
    """A threshold to be set, in the unit of its metric: percentages are fractions."""

    metric_name: NumberNameField
    threshold_type: ThresholdType
    threshold_value: NumberField
    expected_value: ExpectedField = None


class ThresholdsRequest(
    RootModel[
        Annotated[
            Annotated[ThresholdRequest, Tag(_ONE)]
            | Annotated[list[ThresholdRequest], Tag(_LIST), Field(min_length=1, max_length=MOST_AT_ONCE)],
            Discriminator(lambda given: _LIST if isinstance(given, list) else _ONE),
        ]
    ]
):
    """A threshold or a list of them, of one organization, which is set whole or not at all."""

    @property
    def all(self) -> list[ThresholdRequest]:
        """Every threshold that is wanted."""
        return self.root if isinstance(self.root, list) else [self.root]

    @property
    def organization_id(self) -> int:
        """The organization whose thresholds they are."""
        return self.all[0].organization_id

    @model_validator(mode="after")
    def _of_one_organization(self) -> ThresholdsRequest:
        if any(each.organization_id != self.organization_id for each in self.all):
            raise rejection(Code.INVALID_FIELD, "the thresholds of a list must be of one organization")
        return self


class ThresholdRemoval(OfOrganization):
    """Which thresholds to delete: one type's, or both of a metric's."""

    metric_name: NumberNameField
    threshold_type: ThresholdType | None = None
    expected_value: NumberParameter | None = Field(
        None, description="What you saw of the threshold of that type: 409 CONFLICT when it is another now."
    )


class ThresholdResponse(ResponseModel):
    """A threshold as it is stored."""

    metric_name: str = described("The key of a metric or SmartNumber.")
    label: str
    threshold_type: ThresholdType
    threshold_value: Number


class ThresholdsResponse(ResponseModel):
    """Thresholds, by metric, the critical one before the warning."""

    thresholds: list[ThresholdResponse]


@routes.get("/thresholds", query=OfOrganization, data=ThresholdsResponse, tag="thresholds")
def list_thresholds(call: Call[OfOrganization, NoParameters]) -> ThresholdsResponse:
    """Every threshold that is set."""
    return _responses(call.database.fetch(read_limits))


@routes.post("/thresholds", body=ThresholdsRequest, data=ThresholdsResponse, tag="thresholds")
def post_thresholds(call: Call[NoParameters, ThresholdsRequest]) -> ThresholdsResponse:
    """Set a threshold, or a list of them: all or none."""
    wanted = [
        Threshold(each.metric_name.key, each.threshold_type, each.threshold_value) for each in call.body.all
    ]
    expected = {
        (each.metric_name.key, each.threshold_type): each.expected_value
        for each in call.body.all
        if "expected_value" in each.model_fields_set
    }
    try:
        stored = set_thresholds(call.database, wanted, expected)
    except ConflictError as error:
        raise conflict(error) from error
    except ThresholdError as error:
        raise ApiError(Code.INVALID_THRESHOLD, str(error), field=_field_at_fault(error, call.body)) from error
    with post_commit():
        review_after_thresholds(call.database, call.review, {each.metric_name for each in stored}, call.now)
    return _responses(stored)


@routes.delete("/thresholds", query=ThresholdRemoval, data=ThresholdsResponse, tag="thresholds")
def remove_thresholds(call: Call[ThresholdRemoval, NoParameters]) -> ThresholdsResponse:
    """Delete a metric's threshold of a type, or all of its thresholds; answers with what was there."""
    subject = call.query.metric_name
    type_, seen = call.query.threshold_type, call.query.expected_value
    if seen is not None and type_ is None:
        sentence = "expected_value is of one threshold: expected its threshold_type too"
        raise ApiError(Code.INVALID_THRESHOLD, sentence, field="threshold_type")
    try:
        deleted = delete_thresholds(call.database, subject.key, type_, seen)
    except ConflictError as error:
        raise conflict(error) from error
    if not deleted:
        kind = f"{type_} " if type_ else ""
        raise ApiError(Code.NOT_FOUND, f"{subject.label} has no {kind}threshold", field="metric_name")
    with post_commit():
        review_after_thresholds(call.database, call.review, {subject.key}, call.now)
    return _responses(deleted)


def _field_at_fault(error: ThresholdError, body: ThresholdsRequest) -> str | None:
    """The place of the threshold at fault among those of the body; None when it is not among them."""
    places = [
        place
        for place, each in enumerate(body.all)
        if each.metric_name.key == error.metric_name and error.type in (None, each.threshold_type)
    ]
    if not places:
        return None
    name = "metric_name" if error.type is None else "threshold_value"
    return f"[{places[-1]}].{name}" if isinstance(body.root, list) else name


def _responses(thresholds: list[Threshold]) -> ThresholdsResponse:
    return ThresholdsResponse(
        thresholds=[
            ThresholdResponse.of(
                each,
                label=_label(each.metric_name),
                threshold_type=each.type,
                threshold_value=each.value,
            )
            for each in thresholds
        ]
    )


def _label(key: str) -> str:
    known = known_number(key)
    return known.label if known else key  # set by a version whose catalogue had it
