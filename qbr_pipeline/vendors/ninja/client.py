"""The API of NinjaOne: the whole fleet as it is now, from three lists that are read page by page.

What belongs here: paths, paging, and putting the lists together. What does not: tokens and refusals (`transport`), what
a row says (`models`), and what devices count as (`rules`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline.settings import NinjaAccess
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.client import Client
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.retries import RetryPolicy, TransientError
from qbr_pipeline.vendors.ninja import models
from qbr_pipeline.vendors.ninja.snapshot import Device
from qbr_pipeline.vendors.ninja.transport import NinjaTransport

PAGE_SIZE = 1000
DEVICES, ORGANIZATIONS, LOCATIONS = "/v2/devices-detailed", "/v2/organizations", "/v2/locations"

Row = Mapping[str, Any]

_FEW = 10


class NotWholeError(VendorError):
    """An answer that is evidently not all that NinjaOne has."""


@dataclass
class _Listing:
    """The rows of a list that have been read, by id, and the last id. `ended`: an empty page was answered."""

    path: str
    rows: dict[str, Row]
    after: str | None = None
    ended: bool = False


class NinjaOne(Client[NinjaTransport]):
    """A reader of one NinjaOne server; use it as a context manager, in one thread.

    Every method raises PermanentError for what no repetition changes, naming the setting to look at, and
    RetriesExhausted when the patience is used up.
    """

    def __init__(
        self,
        access: NinjaAccess,
        retry_policy: RetryPolicy | None = None,
        **time: Any,
    ) -> None:
        """`time`: how to sleep and which clocks to look at, as for any transport."""
        super().__init__(NinjaTransport(access, retry_policy or RetryPolicy(), **time))

    def devices(self, timezone: ZoneInfo) -> tuple[Device, ...]:
        """Every device that NinjaOne knows now, with the names of its organization and location.

        Filtered by nothing: NinjaOne ignores what it does not know of a filter. Days are those of `timezone`.
        """
        devices = self._read(DEVICES)
        organizations = self._names(ORGANIZATIONS, map(models.organization_id, devices.values()))
        locations = self._names(LOCATIONS, map(models.location_id, devices.values()))
        return tuple(
            models.device(source_id, row, organizations, locations, timezone)
            for source_id, row in devices.items()
        )

    def organizations(self) -> tuple[str, ...]:
        """The names of the organizations on the first page: who asks for them is let in."""
        listing = _Listing(ORGANIZATIONS, {})
        self._turn(listing)
        return tuple(name for row in listing.rows.values() if (name := models.name(row)))

    def _read(self, path: str) -> Mapping[str, Row]:
        """Every row of a list by id, to an empty page: a short one may stand in the middle."""
        listing = _Listing(path, {})
        while not listing.ended:
            self._turn(listing)
        return listing.rows

    def _names(self, path: str, of_devices: Iterable[str | None]) -> Mapping[str, str]:
        """The names in a list by id; read to a short page, and beyond it while one that a device has is missing.

        NotWholeError when it misses those of most devices: whose they are, and which are spares, would not be known.
        """
        wanted = [source_id for source_id in of_devices if source_id is not None]
        listing = _Listing(path, {})
        while not listing.ended:
            size = self._turn(listing)
            if size < PAGE_SIZE and listing.rows.keys() >= set(wanted):
                break
        names = {source_id: name for source_id, row in listing.rows.items() if (name := models.name(row))}
        nameless = sum(source_id not in names for source_id in wanted)
        if len(wanted) > _FEW and 2 * nameless > len(wanted):
            raise NotWholeError(
                f"NinjaOne's answer to GET {path} has no name for {nameless:,} of {len(wanted):,} devices: check that"
                " the client app of NINJA_CLIENT_ID may read all of it; nothing is stored"
            )
        return names

    def _turn(self, listing: _Listing) -> int:
        """Read the next page of a list; how many rows it held."""
        query: dict[str, str | int] = {"pageSize": PAGE_SIZE}
        if listing.after is not None:
            query["after"] = listing.after
        page = self._transport.get(listing.path, query, _page)
        if page and not page.keys() - listing.rows.keys():
            raise PermanentError(
                f"NinjaOne answered GET {listing.path} after {listing.after} with rows that it had sent before: the "
                "list of the server in NINJA_SERVER cannot be read to its end, so nothing of it is stored",
                ("NINJA_SERVER",),
            )
        listing.ended = not page
        listing.rows.update(page)
        listing.after = next(reversed(page), listing.after)
        return len(page)


def _page(body: object) -> dict[str, Row]:
    """The rows of a page by id, in their order; TransientError when it is no list of rows with an id."""
    if not isinstance(body, list):
        raise TransientError("it answered something other than a list; check NINJA_SERVER")
    rows: dict[str, Row] = {}
    for row in body:
        source_id = models.source_id(row)
        if source_id is None:
            raise TransientError("it answered a row without an id; check NINJA_SERVER")
        rows[source_id] = row
    return rows
