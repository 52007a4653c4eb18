"""When something happens: time zones and cron expressions."""

from __future__ import annotations

import re
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qbr_pipeline.periods import FIRST_RECORDED_MONTH, Month

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CRON_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)


def timezone(text: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    try:
        return ZoneInfo(text.strip())
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError("not a time zone") from error


def start_month(text: str) -> Month:
    """A month that can be collected."""
    month = Month.parse(text)
    if month < FIRST_RECORDED_MONTH:
        raise ValueError("too long ago")
    return month


def cron(text: str) -> str:
    """A cron expression of minute, hour, day, month and weekday, one blank between them."""
    fields = text.lower().split()
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError("not five fields")
    for field, (lowest, highest, spelled) in zip(fields, _CRON_FIELDS, strict=True):
        for item in field.split(","):
            _check_cron_item(item, lowest, highest, spelled)
    return " ".join(fields)


def time_of_day(cron_schedule: str) -> time | None:
    """The time at which a cron expression fires on each day; None when it fires at others too, or not on each day."""
    minute, hour, *days = cron_schedule.split()
    if days != ["*", "*", "*"] or not (minute.isdigit() and hour.isdigit()):
        return None
    return time(int(hour), int(minute))


def _check_cron_item(item: str, lowest: int, highest: int, spelled: tuple[str, ...]) -> None:
    match = re.fullmatch(r"(\*|([a-z0-9]+)(-([a-z0-9]+))?)(/([0-9]{1,2}))?", item, re.ASCII)
    if match is None or (match[6] is not None and int(match[6]) == 0):
        raise ValueError("not a cron expression")
    ends = [_cron_number(end, lowest, spelled) for end in (match[2], match[4]) if end is not None]
    if not all(lowest <= end <= highest for end in ends) or ends != sorted(ends):
        raise ValueError("beyond the range of its field")


def _cron_number(text: str, lowest: int, spelled: tuple[str, ...]) -> int:
    return spelled.index(text) + lowest if text in spelled else int(text)
