"""What an asset tells people in the UI: numbers that Dagster can plot, tables, the window, where to read on.

What belongs here: metadata of several assets. What belongs to one is beside it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import dagster as dg

from qbr_pipeline.alerts.links import Links
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumberValue
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.periods import Month, Period
from qbr_pipeline.settings import settings

Materialized = dg.MaterializeResult[Any]
"""What an asset hands to Dagster: metadata only, the values are in the store."""


def window_metadata(month: Month) -> dict[str, str]:
    """The month's window as people and as the vendors write it."""
    timezone = settings().timezone
    window = month.window(timezone)
    return {
        f"window in {timezone.key}": f"{month.first_day} 00:00 to {month.next.first_day} 00:00",
        "window in UTC": f"{window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M}",
    }


def page_metadata(period: Period) -> dict[str, dg.MetadataValue[Any]]:
    """Where the dashboard shows the period; nothing where QBR_PUBLIC_URL says no address."""
    address = Links.of(settings()).period(period)
    return {"on the dashboard": dg.MetadataValue.url(address)} if address else {}


def values_metadata(values: Mapping[str, Decimal]) -> dict[str, Any]:
    """Metrics by key as numbers under their labels, in the catalogue's units, which the UI draws over the periods.

    A binary number is near enough for a plot; the exact one is in the database.
    """
    return {METRICS[key].label: float(value) for key, value in values.items()}


def present_metadata(values: Mapping[str, Decimal]) -> dict[str, Any]:
    """The same of all metrics, with how many there are, and which are absent: those are no numbers, never 0."""
    absent = [metric.label for key, metric in METRICS.items() if key not in values]
    return {
        **values_metadata(values),
        "present": f"{len(values)} of {len(METRICS)}",
        "absent": ", ".join(absent) or "none",
    }


def smartnumbers_metadata(numbers: Mapping[str, SmartNumberValue]) -> dict[str, Any]:
    """SmartNumbers as numbers under their labels, shares as fractions, and how each came about or why it did not."""
    receipts = preview(
        {
            "SmartNumber": SMARTNUMBERS[key].label,
            "how it came about": number.method,
            "provisional": "yes" if number.provisional else "no",
        }
        for key, number in numbers.items()
    )
    present = {key: number.value for key, number in numbers.items() if number.value is not None}
    return {
        **{SMARTNUMBERS[key].label: float(value) for key, value in present.items()},
        "receipts": receipts,
        "present": f"{len(present)} of {len(numbers)}",
        "provisional": sum(number.provisional for number in numbers.values()),
    }


def value_in_words(key: str, value: Decimal | None) -> str:
    """A value of a metric for a table; absent as a dash."""
    return "–" if value is None else in_words(value, METRICS[key].unit)


def reasons(given: Iterable[str]) -> dg.MetadataValue[Any]:
    """How many rows there are for each reason to count or not, the most frequent first."""
    return preview({"reason": reason, "rows": rows} for reason, rows in Counter(given).most_common(12))


def preview(rows: Iterable[Mapping[str, object]]) -> dg.MetadataValue[Any]:
    """Some rows as a table for the UI."""
    records = [dg.TableRecord({name: str(value) for name, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records) if records else dg.MetadataValue.text("no rows")
