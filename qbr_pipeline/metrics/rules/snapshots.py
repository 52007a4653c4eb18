"""Rules about the device snapshot that endpoints and seats of a month are counted from.

What belongs here: is there one, is it fresh and whole, are its devices known. What does not: choosing it and
judging devices (`ninja`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.names import did_you_mean, quoted
from qbr_pipeline.metrics.rules.limits import SNAPSHOT_AGE, UNSEEN
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import moved_by
from qbr_pipeline.metrics.words import period_name
from qbr_pipeline.periods import Month

SOURCE = "devices"
_MOST_NAMED = 10
_LONGEST_SUBJECT = 100


@dataclass(frozen=True, slots=True)
class SuspectSnapshot:
    """A snapshot with too few of the devices of the one it is compared with; `used` when it counts.

    `since`: the first of several in a row that all hold too few; then it is the last of them.
    """

    day: date
    devices: int
    compared_day: date
    compared_devices: int
    used: bool
    since: date | None = None


@dataclass(frozen=True, slots=True)
class DuplicateDevices:
    """Devices of one organization that share a name, by their ids."""

    name: str
    organization: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherSource:
    """What the source of devices that does not count says of a month, by its `name`.

    `day`: that of its snapshot; None: it has none. `differing`: how many devices count otherwise there, of which
    `named` tells some, a few words each. `fault`: a sentence why it could not be read.
    """

    name: str
    day: date | None = None
    differing: int = 0
    named: tuple[str, ...] = ()
    fault: str | None = None


def snapshot_findings(
    month: Month,
    chosen: date | None,
    *,
    now: datetime,
    timezone: ZoneInfo,
    value_published: bool,
    suspects: Iterable[SuspectSnapshot] = (),
    counted: Month | None = None,
    existed: int | None = None,
) -> list[Finding]:
    """Flags a month without a snapshot and without a published value, an old snapshot, half-done ones.

    `chosen`: the day of the snapshot that counts. `counted`: the month whose snapshot that is, where it is another
    one. `existed`: how many of the devices that count now were there by the end of a month without a snapshot. Days are
    those of `timezone`; exactly as old as the limit is not old.
    """
    findings = [_suspect(month, each) for each in reversed(tuple(suspects))]
    counted = counted or month
    due = min(counted.last_day, now.astimezone(timezone).date())
    if chosen is None and not value_published:
        whose = "" if counted == month else f" of {period_name(month)}"
        findings.append(
            _snapshot(
                month,
                "a snapshot in the month",
                f"There is no device snapshot in {period_name(counted)}: endpoints and seats{whose} are unknown"
                + (f"; {existed:,} of the endpoints of today were there by its end" if existed else ""),
            )
        )
    elif chosen is not None and due - chosen > SNAPSHOT_AGE.duration:
        findings.append(
            _snapshot(
                month,
                f"a snapshot of {due - SNAPSHOT_AGE.duration} or later",
                f"Endpoints and seats of {period_name(month)} come from the device snapshot of {chosen}, "
                f"{(due - chosen).days} days before {due}",
            )
        )
    return findings


def _suspect(month: Month, suspect: SuspectSnapshot) -> Finding:
    several = suspect.since is not None and suspect.since != suspect.day
    nights = f"snapshots from {suspect.since} to {suspect.day} hold too few devices, the last one"
    what = nights if several else f"snapshot of {suspect.day} holds"
    it_was = "they were" if several else "it was"
    used = f"{it_was} used, since there is no more complete one" if suspect.used else f"{it_was} not used"
    return _snapshot(
        month,
        f"at least half of {suspect.compared_devices:,} devices",
        f"The device {what} {suspect.devices:,}{'' if several else ' devices'}, less than half of the "
        f"{suspect.compared_devices:,} of {suspect.compared_day}; {used}. If the fleet has really shrunk, accept it "
        f"on Data health or by `qbr accept {month} devices`",
        Decimal(suspect.devices),
    )


def _snapshot(month: Month, expected: str, sentence: str, value: Decimal | None = None) -> Finding:
    return found(Rule.SNAPSHOT, SOURCE, month, value, expected=expected, sentence=sentence, moves=_moved())


def excluded_organizations(month: Month, not_found: Iterable[str], existing: Iterable[str]) -> list[Finding]:
    """Flags excluded organizations that no device belongs to: renamed ones, whose devices now count.

    `existing`: the organizations that devices do belong to, to suggest a near name.
    """
    known = tuple(existing)
    return [
        found(
            Rule.EXCLUDED_ORGANIZATION,
            "QBR_EXCLUDED_ORGANIZATIONS",
            month,
            None,
            expected=f"devices of {quoted(name)}",
            sentence=f"No device of {period_name(month)} belongs to the excluded organization {quoted(name)}; "
            f"if it was renamed, its devices now count{did_you_mean(name, known)}",
            moves=_moved(),
            listed=(name,),
        )
        for name in not_found
    ]


def node_classes(month: Month, unknown: Mapping[str, int], devices: int, *, fallback: bool) -> list[Finding]:
    """Flags devices whose node class is unknown or missing, and classes made from the device type.

    `unknown`: how many there are by their class; empty: they have none. `devices`: how many there are in all;
    `fallback`: the source knows no node class at all.
    """
    findings = []
    if fallback:
        findings.append(
            _node_class(
                month,
                None,
                f"The inventory knows no node class for {period_name(month)}: servers and workstations were "
                "told apart by device type, and VM hosts count as what their type says",
            )
        )
    number = sum(unknown.values())
    if number:
        named = ", ".join(f"{name} ({count:,})" for name, count in sorted(unknown.items()) if name)
        findings.append(
            _node_class(
                month,
                Decimal(number),
                f"The node class of {number:,} of {devices:,} devices of {period_name(month)} is unknown; "
                + (
                    "it counts as an endpoint and as a seat"
                    if number == 1
                    else "they count as endpoints and as seats"
                )
                + (f". QBR_DEVICE_CLASSES can say what these count as: {named}" if named else ""),
            )
        )
    return findings


def classes_not_counted(month: Month, uncounted: Mapping[str, int]) -> list[Finding]:
    """Tells each node class that stands in the data and counts for nothing, with its number of devices."""
    return [
        found(
            Rule.CLASS_NOT_COUNTED,
            name[:_LONGEST_SUBJECT],
            month,
            Decimal(devices),
            expected="a place in QBR_DEVICE_CLASSES, if it is to count",
            listed=(name,),
            sentence=f"{devices:,} {'device' if devices == 1 else 'devices'} of {period_name(month)} "
            f"{'is' if devices == 1 else 'are'} of the node class {name}, which counts neither as an endpoint nor as a "
            "seat; QBR_DEVICE_CLASSES can say otherwise",
            moves=_moved(),
        )
        for name, devices in sorted(uncounted.items())
    ]


def duplicate_devices(month: Month, duplicates: Sequence[DuplicateDevices]) -> list[Finding]:
    """Flags devices of one organization that share a name: they count as NinjaOne has them."""
    if not duplicates:
        return []
    number = sum(len(each.ids) for each in duplicates)
    named = [
        f"{quoted(each.name)} of {each.organization} ({', '.join(each.ids)})"
        for each in duplicates[:_MOST_NAMED]
    ]
    more = [f"and {len(duplicates) - _MOST_NAMED} more names"] if len(duplicates) > _MOST_NAMED else []
    sentence = (
        f"{number:,} devices of {period_name(month)} share their name with another one of the same organization, and "
        f"each of them counts; look whether one was imaged again and the old one not removed: "
        f"{'; '.join([*named, *more])}"
    )
    return [
        found(
            Rule.DUPLICATE_DEVICES,
            SOURCE,
            month,
            Decimal(number),
            expected="one device of a name",
            sentence=sentence,
            moves=_moved(),
        )
    ]


def unseen_devices(month: Month, unseen: int, devices: int) -> list[Finding]:
    """Tells how many of the `devices` that count were not seen for long: they count all the same."""
    if not unseen:
        return []
    return [
        found(
            Rule.UNSEEN_DEVICES,
            SOURCE,
            month,
            Decimal(unseen),
            expected=f"contact within {UNSEEN}",
            sentence=f"{unseen:,} of the {devices:,} devices of {period_name(month)} that count had no contact with "
            f"NinjaOne for more than {UNSEEN}; remove those that are gone there",
            moves=_moved(),
        )
    ]


def sources_differ(month: Month, day: date | None, other: OtherSource | None) -> list[Finding]:
    """Flags devices that the `other` source counts otherwise than the snapshot of `day` that counts."""
    if other is None or day is None or not (other.differing or other.fault):
        return []
    if other.fault:
        sentence = (
            f"The devices of {period_name(month)} could not be compared with those of {other.name}: "
            f"{other.fault.rstrip('.')}"
        )
    else:
        more = other.differing - len(other.named)
        named = [*other.named, *([f"and {more:,} more"] if more else [])]
        it_counts = "1 device counts" if other.differing == 1 else f"{other.differing:,} devices count"
        sentence = (
            f"{it_counts} otherwise by {other.name} of {other.day} than by the snapshot of {day} that "
            f"{period_name(month)} is counted from: {'; '.join(named)}"
        )
    return [
        found(
            Rule.SOURCES_DIFFER,
            SOURCE,
            month,
            Decimal(other.differing) if other.differing else None,
            expected="the same devices in both sources",
            sentence=sentence,
            moves=_moved(),
        )
    ]


def _node_class(month: Month, value: Decimal | None, sentence: str) -> Finding:
    return found(
        Rule.NODE_CLASS,
        SOURCE,
        month,
        value,
        expected="a known node class",
        sentence=sentence,
        moves=_moved(),
    )


def _moved() -> tuple[str, ...]:
    return moved_by(("endpoints_managed", "seats_managed"))
