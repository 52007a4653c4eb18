"""How answers say why a number is absent.

What belongs here: the model. What does not: the reasons (`metrics.absence`).
"""

from __future__ import annotations

from qbr_pipeline.api.models import MonthText, ResponseModel, described
from qbr_pipeline.metrics.absence import Absence, AbsenceCode


class MissingInputsResponse(ResponseModel):
    """What a month lacks."""

    period: MonthText
    names: list[str] = described("Keys of metrics.")


class AbsenceResponse(ResponseModel):
    """Why a number is absent."""

    code: AbsenceCode
    sentence: str
    missing: list[MissingInputsResponse] = described(
        "What each month lacks; empty where no input is missing."
    )


def absence_response(absence: Absence | None) -> AbsenceResponse | None:
    """The reason as an answer gives it; None of none."""
    if absence is None:
        return None
    return AbsenceResponse(
        code=absence.code,
        sentence=absence.sentence,
        missing=[
            MissingInputsResponse(period=each.month, names=list(each.names)) for each in absence.missing
        ],
    )
