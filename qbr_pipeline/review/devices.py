"""What is worth checking about the snapshot of a month's devices: told by the vendor's shapes, kept by the store's.

What belongs here: the way from the one to the other.
"""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from sqlalchemy import Connection

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.names import quoted
from qbr_pipeline.metrics.rules.limits import UNSEEN
from qbr_pipeline.metrics.rules.snapshots import OtherSource, SuspectSnapshot
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import CountsAs, DeviceMonth, DeviceRule
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.rows.evidence import DevicesEvidence
from qbr_pipeline.store.rows.shapes import DeviceRow
from qbr_pipeline.store.rows.snapshots import accepted_snapshots, devices_of, published_snapshots
from qbr_pipeline.vendors.ninja.rules import ClassifiedDevices
from qbr_pipeline.vendors.ninja.snapshot import Device, KnownSizes, Snapshot

_MOST_NAMED = 10


def devices_evidence(
    snapshot: Snapshot | None,
    classified: ClassifiedDevices,
    rule: DeviceRule,
    *,
    existed: int | None = None,
    other: OtherSource | None = None,
) -> DevicesEvidence:
    """What is worth checking about a snapshot and its devices, classified by `rule`; the rest as for the evidence."""
    if snapshot is None:
        return DevicesEvidence(rule=rule, existed=existed)
    return DevicesEvidence(
        chosen=snapshot.day,
        devices=snapshot.source_count,
        suspects=tuple(_suspects(snapshot)),
        unknown=classified.unknown_classes,
        uncounted=classified.uncounted_classes,
        node_class_fallback=snapshot.node_class_fallback,
        organizations=tuple(sorted({row.organization for row in classified.rows if row.organization})),
        organizations_not_found=classified.organizations_not_found,
        duplicates=classified.duplicates,
        counting=sum(row.counts_as_endpoint for row in classified.rows),
        unseen=sum(
            row.counts_as_endpoint and _is_unseen(device, snapshot.day)
            for device, row in zip(snapshot.devices, classified.rows, strict=True)
        ),
        other=other,
        rule=rule,
    )


def compare_sources(
    name: str, classified: ClassifiedDevices, day: date | None, other: ClassifiedDevices
) -> OtherSource:
    """Which devices count otherwise in the snapshot of `day` of the source called `name`, device by device.

    A device that counts for nothing in the one may be missing in the other: inventories store no VM guests.
    """
    here, there = ({row.source_id: row for row in each.rows} for each in (classified, other))
    differing = [
        _difference(here.get(source_id), there.get(source_id))
        for source_id in sorted(here.keys() | there.keys(), key=lambda each: (len(each), each))
        if _counts_as(here.get(source_id)) is not _counts_as(there.get(source_id))
    ]
    return OtherSource(name, day, len(differing), tuple(differing[:_MOST_NAMED]))


def _counts_as(row: DeviceRow | None) -> CountsAs:
    if row is None or not row.counts_as_endpoint:
        return CountsAs.NONE
    return CountsAs.SEAT if row.counts_as_seat else CountsAs.ENDPOINT


def _difference(here: DeviceRow | None, there: DeviceRow | None) -> str:
    row = here or there
    assert row is not None  # noqa: S101 - it is in one of the two
    how = ["missing" if each is None else f"{_counts_as(each)} ({each.reason})" for each in (there, here)]
    return f"{quoted(row.name or row.source_id)} of {row.organization}: {how[0]} there, {how[1]} here"


def rule_of_month(
    connection: Connection, db: Database, month: Month, now: DeviceRule, *, counted_anew: bool
) -> DeviceRule:
    """The rule that `month` is counted by: `now` the set one, but a closed month keeps its own unless counted anew."""
    published = current_publication(connection, db, Vendor.NINJA, month)
    if counted_anew or published is None or not published.closed:
        return now
    return devices_of(published).rule


def counted_month(rule: DeviceRule, month: Month) -> Month:
    """The month whose latest snapshot `month` is counted from."""
    return month.plus(-1) if rule.month is DeviceMonth.PREVIOUS else month


def known_sizes(connection: Connection, db: Database) -> KnownSizes:
    """What is known of the sizes of snapshots: published ones that were sound, and those that persons accepted."""
    return KnownSizes(published_snapshots(connection, db), accepted_snapshots(connection, db))


def _is_unseen(device: Device, day: date) -> bool:
    return device.last_contact is not None and day - device.last_contact > UNSEEN.duration


def _suspects(snapshot: Snapshot) -> Iterator[SuspectSnapshot]:
    """One for each run of nights that are held against the same one: it is one fault."""
    for (is_suspect, _), run in groupby(snapshot.sizes, lambda size: (size.suspect, size.compared_day)):
        nights = list(run)
        last = nights[-1]
        if is_suspect and last.compared_day is not None and last.compared_devices is not None:
            yield SuspectSnapshot(
                last.day,
                last.devices,
                last.compared_day,
                last.compared_devices,
                used=any(night.day == snapshot.day for night in nights),
                since=nights[0].day,
            )
