"""ETags of single values: who read one says so by `If-Match` when writing it.

What belongs here: the text of such an ETag. What does not: comparing what was seen with what is (`store.conflicts`).
An ETag names the value, so a conflict can name both; it says nothing of who entered it or how it is rated.
"""

from __future__ import annotations

import re
from decimal import Decimal

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.periods import Month

_VALUE = re.compile(r"(-?[0-9]{1,40}(\.[0-9]{1,20})?)?", re.ASCII)
_ANOTHER = "If-Match holds no ETag of this value: read it again first, and send the ETag of that answer"


def etag_of(organization_id: int, month: Month, metric: str, value: Decimal | None) -> str:
    """The ETag of a metric in a month; None: it is absent."""
    return f'"{_name(organization_id, month, metric)}{"" if value is None else f"{value:f}"}"'


def seen_by(if_match: str, organization_id: int, month: Month, metric: str) -> Decimal | None:
    """The value that the sender of `If-Match` saw; ApiError when the header speaks of anything else."""
    tag = if_match.strip().removeprefix("W/")  # what a proxy that compresses makes of it
    if len(tag) < 2 or tag[0] != '"' or tag[-1] != '"' or '"' in tag[1:-1]:
        raise ApiError(
            Code.INVALID_REQUEST, "If-Match: expected one ETag, as the answer to reading the value had it"
        )
    before, name, seen = tag[1:-1].partition(_name(organization_id, month, metric))
    if before or not name or not _VALUE.fullmatch(seen):
        raise ApiError(Code.PRECONDITION_FAILED, _ANOTHER)
    return Decimal(seen) if seen else None


def _name(organization_id: int, month: Month, metric: str) -> str:
    return f"{organization_id}/{month}/{metric}/"
