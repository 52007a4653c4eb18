"""How answers say why a number is absent: as `metrics.absence` does."""

from __future__ import annotations

from qbr_pipeline.api.models import MonthText, ResponseModel, described
from qbr_pipeline.metrics.absence import AbsenceCode


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
