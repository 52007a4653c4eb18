"""The rows of `vendor` that metrics belong to, found by name: ids differ from database to database."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import METRICS, VENDOR_NAMES, Vendor
from qbr_pipeline.store.schema import vendor

_VENDORS = select(vendor.c.id, vendor.c.name)


class MissingVendorError(LookupError):
    """The database knows no vendor of a name that is needed; the message is a sentence for a person."""


def vendor_ids(connection: Connection) -> dict[Vendor, int]:
    """The id of every vendor's row; MissingVendorError when one has none."""
    known = {name.casefold(): vendor_id for vendor_id, name in connection.execute(_VENDORS).all()}
    found: dict[Vendor, int] = {}
    for each, names in VENDOR_NAMES.items():
        name = next((name.casefold() for name in names if name.casefold() in known), None)
        if name is None:
            raise MissingVendorError(
                f"the table vendor has no row named {' or '.join(names)}: run `qbr db upgrade`, which adds it"
            )
        found[each] = known[name]
    return found


def vendors_by_id(connection: Connection) -> dict[int, Vendor]:
    """The vendor of every row of theirs."""
    return {vendor_id: each for each, vendor_id in vendor_ids(connection).items()}


def owner_of(connection: Connection) -> Callable[[str, int], bool]:
    """Whether the row of a metric stands under the vendor that owns it; a metric of no catalogue has no owner."""
    ids = vendor_ids(connection)
    owners = {key: ids[metric.vendor] for key, metric in METRICS.items()}
    return lambda key, vendor_id: owners.get(key, vendor_id) == vendor_id
