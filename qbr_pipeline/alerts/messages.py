"""What an alert says: title and plain text. Pure: everything it knows is given.

What belongs here: wording. What does not: looking things up (`context`), which alert is due (`detection`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from textwrap import shorten
from zoneinfo import ZoneInfo

from qbr_pipeline.alerts.links import Links
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Finding, Severity
from qbr_pipeline.metrics.rules.table import RULES
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumber
from qbr_pipeline.metrics.values import in_words, number
from qbr_pipeline.metrics.words import period_name
from qbr_pipeline.periods import Period
from qbr_pipeline.plain_text import one_line, without_links
from qbr_pipeline.store.alerts.outbox import Alert
from qbr_pipeline.store.rows.contributors import Contributor

NOTHING = "–"
LONGEST_TITLE = 150
_OUR_LINK = re.compile(r"(Rows|Run|Acknowledge|Data health|All of them): (https?://\S+)")
"""A line of ours that is an address to follow; an address anywhere else is text of others."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A SmartNumber of the finding's month as it would have been, and as it is. None: absent."""

    key: str
    before: Decimal | None
    now: Decimal | None


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last time that the value changed. `at` is aware; `who`: a person, or what did it."""

    at: datetime
    who: str
    old: Decimal | None
    new: Decimal | None


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What is known about a finding, beside itself.

    `others`: further periods of which the same was found. `last`: the value to compare with, `last_of` whose it is.
    `run_id`: the run that collected the month last. `is_incomplete`: more could not be looked up.
    """

    finding_id: int
    finding: Finding
    others: Sequence[Period] = ()
    last: Decimal | None = None
    last_of: str = ""
    numbers: Sequence[Moved] = ()
    contributors: Sequence[Contributor] = ()
    last_change: LastChange | None = None
    run_id: str | None = None
    rows_of: str | None = None
    is_incomplete: bool = False


def title_of(context: AlertContext) -> str:
    """The first line of what the finding says, as long as a subject of a mail may be, and how bad it is."""
    finding = context.finding
    mark = "ERROR" if finding.severity is Severity.ERROR else "WARN"
    return shorten(f"[{mark}] {without_links(finding.sentence)}", LONGEST_TITLE, placeholder=" …")


def body_of(context: AlertContext, links: Links, timezone: ZoneInfo) -> str:
    """Everything that a person needs to decide, a line each; what is not known has no line."""
    return "\n".join(_lines(context, links, timezone))


def _lines(context: AlertContext, links: Links, timezone: ZoneInfo) -> Iterator[str]:
    finding = context.finding
    yield without_links(finding.sentence)
    if finding.severity is Severity.ERROR:
        yield "Nothing was published for that month and vendor; the previous values stay."
    periods = ", ".join(period_name(each) for each in (finding.period, *context.others))
    yield f"What: {_name(finding.subject)}, {periods}"
    yield f"Value: {_display(finding.subject, finding.value)}; expected: {without_links(finding.expected)}"
    if context.last is not None:
        yield f"Last value: {_display(finding.subject, context.last)} ({context.last_of})"
    rule = RULES[finding.rule]
    yield f"Rule: {rule.label.lower()}: {rule.meaning}"
    yield from _moves(context)
    for contributor in context.contributors:
        yield _contributor(contributor, finding.subject)
    if context.is_incomplete:
        yield "Further details could not be loaded."
    if context.last_change is not None:
        yield _last_change(context.last_change, finding.subject, timezone)
    rows = links.rows(context.rows_of, finding.period) if context.rows_of else None
    for name, address in (
        ("Rows", rows),
        ("Run", links.run(context.run_id)),
        ("Acknowledge", links.finding(context.finding_id)),
    ):
        if address is not None:
            yield f"{name}: {address}"


def _moves(context: AlertContext) -> Iterator[str]:
    for moved in context.numbers:
        smartnumber = SMARTNUMBERS[moved.key]
        before, now = _formatted(smartnumber, moved.before), _formatted(smartnumber, moved.now)
        yield f"Moves: {smartnumber.label}: {before} before, {now} now"
    known = {moved.key for moved in context.numbers}
    rest = [_name(key) for key in context.finding.moves if key not in known]
    if rest:
        yield f"Moves: {', '.join(rest)}"


def digest(alerts: Sequence[Alert], organization: str, links: Links) -> tuple[str, str]:
    """Title and text of one message that carries `alerts`, of which there is at least one."""
    if len(alerts) == 1:
        return alerts[0].title, alerts[0].body
    errors = sum(alert.urgent for alert in alerts)
    what = f"{len(alerts)} alerts" if errors else f"{len(alerts)} findings of the night"
    texts = [f"{position}. {alert.body}" for position, alert in enumerate(alerts, start=1)]
    health = links.health()
    return f"{what}: {one_line(organization)}", "\n\n".join(
        [*texts, *([f"All of them: {health}"] if health else [])]
    )


def as_html(text: str) -> str:
    """The same for who reads HTML: a line stays a line that may be wrapped, and our own addresses can be followed."""
    return "<br/>".join(map(_html_line, text.splitlines()))


def _html_line(line: str) -> str:
    ours = _OUR_LINK.fullmatch(line)
    if ours is None:
        return escape(line)
    address = escape(ours[2])
    return f'{ours[1]}: <a href="{address}">{address}</a>'


def _name(subject: str) -> str:
    if subject in METRICS:
        return METRICS[subject].label
    return SMARTNUMBERS[subject].label if subject in SMARTNUMBERS else without_links(subject)


def _display(subject: str, value: Decimal | None) -> str:
    if value is None:
        return NOTHING
    if not value.is_finite():
        return "not a number"
    if subject in METRICS:
        return in_words(value, METRICS[subject].unit)
    return _formatted(SMARTNUMBERS[subject], value) if subject in SMARTNUMBERS else number(value)


def _formatted(smartnumber: SmartNumber, value: Decimal | None) -> str:
    return NOTHING if value is None else smartnumber.display(value)


def _contributor(contributor: Contributor, subject: str) -> str:
    before, now, change = (
        _display(subject, each) for each in (contributor.before, contributor.now, contributor.change)
    )
    sign = "+" if contributor.change > 0 else ""
    name = without_links(contributor.name or "") or "(none)"
    return f"Largest change: {contributor.kind} {name}: {before} to {now} ({sign}{change})"


def _last_change(change: LastChange, subject: str, timezone: ZoneInfo) -> str:
    at = change.at.astimezone(timezone).strftime("%Y-%m-%d %H:%M")
    old, new = _display(subject, change.old), _display(subject, change.new)
    return f"Last change: {at} by {without_links(change.who)}: {old} to {new}"
