"""What a row of NinjaOne's lists says: only what counting and showing need of it. Pure.

What belongs here: reading fields that may be missing, of another type, or new. What does not: what devices count as.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline.vendors.ninja.snapshot import Device

_LATEST_SECOND = 253_402_300_799
"""Of the year 9999."""


def source_id(row: object) -> str | None:
    """The id of a row; None when it has none, or is no row."""
    return _id(row.get("id")) if isinstance(row, Mapping) else None


def organization_id(row: Mapping[str, Any]) -> str | None:
    """The id of the organization that a device belongs to."""
    return _id(row.get("organizationId"))


def location_id(row: Mapping[str, Any]) -> str | None:
    """The id of the location that a device is at."""
    return _id(row.get("locationId"))


def name(row: Mapping[str, Any]) -> str | None:
    """The name of an organization or a location."""
    return _text(row.get("name"))


def device(
    source_id: str,
    row: Mapping[str, Any],
    organizations: Mapping[str, str],
    locations: Mapping[str, str],
    timezone: ZoneInfo,
) -> Device:
    """A device, with the names of its organization and location. Days are those of `timezone`."""
    return Device(
        source_id=source_id,
        display_name=_text(row.get("displayName")),
        hostname=_text(row.get("systemName")),
        organization=organizations.get(organization_id(row) or ""),
        location=locations.get(location_id(row) or ""),
        node_class=_text(row.get("nodeClass")),
        approval_status=_text(row.get("approvalStatus")),
        created=_day(row.get("created"), timezone),
        last_contact=_day(row.get("lastContact"), timezone),
    )


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value)


def _text(value: object) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None


def _day(value: object, timezone: ZoneInfo) -> date | None:
    """The day of a moment in seconds since 1970, with fractions; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value < _LATEST_SECOND:
        return None
    return datetime.fromtimestamp(float(value), UTC).astimezone(timezone).date()
