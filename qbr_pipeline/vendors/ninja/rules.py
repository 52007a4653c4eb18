"""Which devices count as endpoints and which as seats, and why.

What belongs here: the rules, as pure functions from devices to rows and counts.
What does not: reading devices (`inventory`) and choosing the day (`snapshot`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from qbr_pipeline.metrics.rules.snapshots import DuplicateDevices
from qbr_pipeline.settings.devices import CLASSES, CountsAs, DeviceRule
from qbr_pipeline.store.rows.shapes import DeviceRow
from qbr_pipeline.vendors.ninja.snapshot import Device

WORKSTATIONS = frozenset({"WINDOWS_WORKSTATION", "MAC", "LINUX_WORKSTATION"})
SERVERS = frozenset({"WINDOWS_SERVER", "LINUX_SERVER", "MAC_SERVER"})
VM_HOSTS = frozenset({"VMWARE_VM_HOST", "HYPERV_VMM_HOST", "NMS_VM_HOST"})
VM_GUESTS = frozenset({"VMWARE_VM_GUEST", "HYPERV_VMM_GUEST", "NMS_VIRTUAL_MACHINE"})
# Network equipment, phones, printers, mobile devices, cloud targets, what is not managed.
OTHERS = frozenset(
    {"NMS_SWITCH", "NMS_ROUTER", "NMS_FIREWALL", "NMS_PRIVATE_NETWORK_GATEWAY", "NMS_PRINTER", "NMS_SCANNER"}
    | {"NMS_DIAL_MANAGER", "NMS_WAP", "NMS_IPSLA", "NMS_COMPUTER", "NMS_APPLIANCE", "NMS_OTHER", "NMS_SERVER"}
    | {"NMS_PHONE", "NMS_NETWORK_MANAGEMENT_AGENT", "ANDROID", "APPLE_IOS", "APPLE_IPADOS"}
    | {"CLOUD_MONITOR_TARGET", "UNMANAGED_DEVICE", "MANAGED_DEVICE"}
)
NO_NODE_CLASS = frozenset({"", "UNKNOWN"})
BY_THE_TABLE = DeviceRule()

GROUPS = (
    (WORKSTATIONS, "workstation", CountsAs.SEAT),
    (SERVERS, "server", CountsAs.ENDPOINT),
    (VM_HOSTS, "VM host", CountsAs.ENDPOINT),
    (VM_GUESTS, "VM guest", CountsAs.NONE),
)
"""The table of node classes: those that are counted as something, and how their devices are called."""

_COMPANY_SUFFIXES = frozenset(
    {
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "incorporated",
        "kg",
        "lc",
        "limited",
        "llc",
        "llp",
    }
    | {"lp", "ltd", "pa", "pc", "plc", "pllc", "pty"}
)
_INSIDE_WORDS = re.compile("[.'`\u2019]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class DeviceClassification:
    """What one device counts as, and why.

    `unknown_class`: its node class, where nobody knows what that counts as; empty where it has none. `uncounted_class`:
    its node class, where the table, and not a setting, says that this counts for nothing.
    """

    counts_as: CountsAs
    reason: str
    unknown_class: str | None = None
    uncounted_class: str | None = None

    @property
    def endpoint(self) -> bool:
        """Whether it is an endpoint."""
        return self.counts_as is not CountsAs.NONE

    @property
    def seat(self) -> bool:
        """Whether it is a seat."""
        return self.counts_as is CountsAs.SEAT


@dataclass(frozen=True, slots=True)
class ClassifiedDevices:
    """The devices of a snapshot with what each counts as, and their counts by metric key.

    `unknown_classes`: how many count although nobody knows what their node class is, by that; empty: they have none.
    `uncounted_classes`: how many devices are of a node class that counts for nothing, by that.
    `organizations_not_found`: excluded organizations, as configured, that no device belongs to.
    `duplicates`: devices that count and share organization and name with another one, by both.
    `by_reason`: devices for each reason, the most frequent first.
    """

    rows: tuple[DeviceRow, ...]
    values: Mapping[str, Decimal]
    unknown_classes: Mapping[str, int]
    uncounted_classes: Mapping[str, int]
    organizations_not_found: tuple[str, ...]
    duplicates: tuple[DuplicateDevices, ...]
    by_reason: Mapping[str, int]


@lru_cache(maxsize=4096)
def organization_key(name: str) -> str:
    """What is left of an organization's name without case, punctuation, spaces and company suffixes.

    Two names mean the same organization when their keys are equal. Empty for a name without letter or digit.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    words = _BETWEEN_WORDS.sub(" ", _INSIDE_WORDS.sub("", folded)).split()
    while len(words) > 1 and words[-1] in _COMPANY_SUFFIXES:
        words.pop()
    return "".join(words)


def classify_device(
    device: Device, excluded_keys: Collection[str] = (), rule: DeviceRule = BY_THE_TABLE
) -> DeviceClassification:
    """What one device counts as; `excluded_keys` are `organization_key`s. Table of 4-ninjaone.md."""
    if device.organization and organization_key(device.organization) in excluded_keys:
        return DeviceClassification(CountsAs.NONE, "organization is excluded")
    if _names_a_spare(device.display_name) or _names_a_spare(device.location):
        return DeviceClassification(CountsAs.NONE, "spare")
    if device.approval_status is not None and device.approval_status.strip().upper() != "APPROVED":
        return DeviceClassification(CountsAs.NONE, f"approval status is {device.approval_status}")
    return _classify_class((device.node_class or "").strip().upper(), rule)


def classify_devices(
    devices: Iterable[Device],
    excluded_organizations: Collection[str] = (),
    rule: DeviceRule = BY_THE_TABLE,
) -> ClassifiedDevices:
    """What each device of a snapshot counts as, and the counts `endpoints_managed` and `seats_managed`."""
    excluded = {key: name for name in excluded_organizations if (key := organization_key(name))}
    classified = [(device, classify_device(device, excluded, rule)) for device in devices]
    found = [classification for _, classification in classified]
    seen = {organization_key(device.organization or "") for device, _ in classified}
    return ClassifiedDevices(
        rows=tuple(_row(device, classification) for device, classification in classified),
        values={
            "endpoints_managed": Decimal(sum(each.endpoint for each in found)),
            "seats_managed": Decimal(sum(each.seat for each in found)),
        },
        unknown_classes=Counter(each.unknown_class for each in found if each.unknown_class is not None),
        uncounted_classes=Counter(each.uncounted_class for each in found if each.uncounted_class),
        organizations_not_found=tuple(
            name for name in excluded_organizations if not (key := organization_key(name)) or key not in seen
        ),
        duplicates=_duplicates(device for device, classification in classified if classification.endpoint),
        by_reason=dict(Counter(each.reason for each in found).most_common()),
    )


def _duplicates(counting: Iterable[Device]) -> tuple[DuplicateDevices, ...]:
    """Devices of one organization under one name, in any case: imaged again, and the old one not removed yet."""
    by_name: dict[tuple[str, str], list[Device]] = {}
    for device in counting:
        name = device.display_name or device.hostname
        if name and device.organization:
            by_name.setdefault((organization_key(device.organization), name.casefold()), []).append(device)
    return tuple(
        DuplicateDevices(
            each[0].display_name or each[0].hostname or "",
            each[0].organization or "",
            tuple(device.source_id for device in each),
        )
        for each in by_name.values()
        if len(each) > 1
    )


def _classify_class(name: str, rule: DeviceRule) -> DeviceClassification:
    if name in rule.classes:
        return DeviceClassification(
            rule.classes[name], f"node class {name}, {rule.classes[name]} by {CLASSES}"
        )
    for classes, words, counts_as in GROUPS:
        if name in classes:
            uncounted = name if counts_as is CountsAs.NONE else None
            return DeviceClassification(counts_as, words, uncounted_class=uncounted)
    if name in NO_NODE_CLASS:
        return DeviceClassification(CountsAs.SEAT, "node class is unknown", unknown_class="")
    if rule.before_the_table:
        return DeviceClassification(CountsAs.ENDPOINT, f"other node class {name}")
    if name in OTHERS:
        return DeviceClassification(CountsAs.NONE, f"node class {name} does not count", uncounted_class=name)
    return DeviceClassification(CountsAs.SEAT, f"node class {name} is unknown", unknown_class=name)


def _names_a_spare(name: str | None) -> bool:
    return name is not None and "spare" in name.casefold()


def _row(device: Device, classification: DeviceClassification) -> DeviceRow:
    return DeviceRow(
        source_id=device.source_id,
        name=device.display_name or device.hostname,
        organization=device.organization,
        location=device.location,
        node_class=device.node_class,
        counts_as_endpoint=classification.endpoint,
        counts_as_seat=classification.seat,
        reason=classification.reason,
    )
