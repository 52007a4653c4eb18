"""The inputs that people have yet to give."""

from __future__ import annotations

from collections.abc import Mapping

from qbr_pipeline.api.models import MonthText, NoParameters, OfOrganization, ResponseModel
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.derived import totals
from qbr_pipeline.metrics.rules.validation import expected_inputs
from qbr_pipeline.periods import Month
from qbr_pipeline.store.reading import present_counts
from qbr_pipeline.store.values import StoredValue, manual, present, read_values


class MissingInput(ResponseModel):
    """An input that a month is incomplete without."""

    name: str
    label: str


class MonthWithGaps(ResponseModel):
    """A month that is over, and what it lacks."""

    period: MonthText
    missing: list[MissingInput]


class Gaps(ResponseModel):
    """The months that lack an input."""

    periods: list[MonthWithGaps]


@routes.get("/periods/missing", query=OfOrganization, data=Gaps, tag="periods")
def missing_inputs(call: Call[OfOrganization, NoParameters]) -> Gaps:
    """The inputs that months which are over still lack, since the first month of which anything is kept; newest first.

    Not expected: optional inputs, and those parts of a total entered by hand that no SmartNumber asks for.
    """
    current = Month.of(call.now, call.database.timezone)
    with call.database.read() as connection:
        oldest = next(iter(present_counts(connection, call.database)), None)
        months = Month.span(oldest, current.previous) if oldest and oldest < current else ()
        gaps = {month: _missing(read_values(connection, call.database, month)) for month in months}
    return Gaps(
        periods=[
            MonthWithGaps(
                period=month, missing=[MissingInput(name=key, label=METRICS[key].label) for key in keys]
            )
            for month, keys in sorted(gaps.items(), reverse=True)
            if keys
        ]
    )


def _missing(values: Mapping[str, StoredValue]) -> list[str]:
    known = present(values)
    return [key for key in expected_inputs(totals(manual(values)) & known.keys()) if key not in known]
