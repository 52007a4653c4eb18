"""Rules about how numbers came to be kept, not about what they are.

What belongs here: counts that could not be had, rows that count nowhere, dates that cannot be. What does not: whether a
value is plausible (`validation`, `history`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.metrics.words import period_name, spoken
from qbr_pipeline.periods import Month

Kept = tuple[int, str, str, str, Decimal | None]
"""A row of a value: its id, its metric, the vendor it stands under, the one that owns the metric, and the value."""


def not_counted(month: Month, source: str, fetched: int, why: str) -> list[Finding]:
    """Rows that were read and that the source did not count in time; `why` is a sentence."""
    return [
        found(
            Rule.NOT_COUNTED,
            source,
            month,
            Decimal(fetched),
            expected="the source's own count",
            sentence=f"{source} of {period_name(month)}: {fetched:,} rows were read to the end and published, but could"
            f" not be compared with the source's own count: {why}",
        )
    ]


def foreign_rows(month: Month, rows: Iterable[Kept]) -> list[Finding]:
    """Values under a vendor that does not own their metric: they are neither read nor written."""
    return [
        found(
            Rule.FOREIGN_ROW,
            key,
            month,
            value,
            expected=f"no row but that of {owner}",
            sentence=f"{spoken(METRICS[key])} of {period_name(month)}: row {row_id} of qbr_metrics_monthly"
            f"{_holding(key, value)} is stored under {vendor}, but {owner} owns the metric. It is ignored: enter the"
            f" value if it is right (qbr metric set {month} {key} VALUE), and delete the row"
            f" (DELETE FROM qbr_metrics_monthly WHERE id = {row_id})",
        )
        for row_id, key, vendor, owner, value in rows
    ]


def future_publication(
    month: Month, vendor: str, published_at: datetime | None, now: datetime, timezone: ZoneInfo
) -> list[Finding]:
    """A publication that is dated later than the aware moment `now`: a clock was ahead.

    `timezone`: the business one, in which the moment is given.
    """
    if published_at is None or published_at <= now:
        return []
    at = f"{published_at.astimezone(timezone):%Y-%m-%d %H:%M}"
    return [
        found(
            Rule.FUTURE_PUBLICATION,
            vendor,
            month,
            None,
            expected="a moment that has passed",
            sentence=f"{vendor}: {period_name(month)} was published at {at}, which is in the future: a clock was ahead."
            " The next collection replaces it",
        )
    ]


def _holding(key: str, value: Decimal | None) -> str:
    return "" if value is None else f", which holds {in_words(value, METRICS[key].unit)},"
