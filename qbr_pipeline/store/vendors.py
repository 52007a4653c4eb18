"""The rows of `vendor` that metrics belong to, found by name: ids differ from database to database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import Owner
from qbr_pipeline.store.schema import vendor

NAMES: Mapping[Owner, tuple[str, ...]] = {
    Owner.CONNECTWISE: ("ConnectWise",),
    Owner.NINJA: ("Ninja", "NinjaOne", "NinjaRMM"),
    Owner.QUICKBOOKS: ("QuickBooks",),
    Owner.MANUAL: ("Manual",),
}
"""What a vendor may be called, the likeliest first; capitals do not matter."""

_VENDORS = select(vendor.c.id, vendor.c.name)


class MissingVendorError(LookupError):
    """The database knows no vendor of a name that is needed; the message is a sentence for a person."""


def vendor_ids(connection: Connection) -> dict[Owner, int]:
    """The id of every owner's vendor row; MissingVendorError when one has none."""
    known = {name.casefold(): vendor_id for vendor_id, name in connection.execute(_VENDORS).all()}
    found: dict[Owner, int] = {}
    for owner, names in NAMES.items():
        name = next((name.casefold() for name in names if name.casefold() in known), None)
        if name is None:
            raise MissingVendorError(
                f"the table vendor has no row named {' or '.join(names)}: run `qbr db upgrade`, which adds it"
            )
        found[owner] = known[name]
    return found
