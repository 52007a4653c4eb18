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

from qbr_pipeline.store.rows.shapes import DeviceRow
from qbr_pipeline.vendors.ninja.snapshot import Device

WORKSTATIONS = frozenset({"WINDOWS_WORKSTATION", "MAC", "LINUX_WORKSTATION"})
SERVERS = frozenset({"WINDOWS_SERVER", "LINUX_SERVER", "MAC_SERVER"})
VM_HOSTS = frozenset({"VMWARE_VM_HOST", "HYPERV_VMM_HOST", "NMS_VM_HOST"})
VM_GUESTS = frozenset({"VMWARE_VM_GUEST", "HYPERV_VMM_GUEST", "NMS_VIRTUAL_MACHINE"})
NO_NODE_CLASS = frozenset({"", "UNKNOWN"})

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
    """What one device counts as, and why."""

    endpoint: bool
    seat: bool
    reason: str
    class_is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class ClassifiedDevices:
    """The devices of a snapshot with what each counts as, and their counts by metric key.

    `unknown_classes`: how many count although their node class is unknown.
    `organizations_not_found`: excluded organizations, as configured, that no device belongs to.
    `by_reason`: devices for each reason, the most frequent first.
    """

    rows: tuple[DeviceRow, ...]
    values: Mapping[str, Decimal]
    unknown_classes: int
    organizations_not_found: tuple[str, ...]
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


def classify_device(device: Device, excluded_keys: Collection[str] = ()) -> DeviceClassification:
    """What one device counts as; `excluded_keys` are `organization_key`s. Table of 4-ninjaone.md."""
    if device.organization and organization_key(device.organization) in excluded_keys:
        return DeviceClassification(False, False, "organization is excluded")
    if _names_a_spare(device.display_name) or _names_a_spare(device.location):
        return DeviceClassification(False, False, "spare")
    if device.approval_status is not None and device.approval_status.strip().upper() != "APPROVED":
        return DeviceClassification(False, False, f"approval status is {device.approval_status}")
    return _classify_class(device.node_class)


def classify_devices(
    devices: Iterable[Device], excluded_organizations: Collection[str] = ()
) -> ClassifiedDevices:
    """What each device of a snapshot counts as, and the counts `endpoints_managed` and `seats_managed`."""
    excluded = {key: name for name in excluded_organizations if (key := organization_key(name))}
    seen: set[str] = set()
    by_reason: Counter[str] = Counter()
    rows: list[DeviceRow] = []
    endpoints = seats = unknown = 0
    for device in devices:
        classification = classify_device(device, excluded)
        seen.add(organization_key(device.organization or ""))
        by_reason[classification.reason] += 1
        endpoints += classification.endpoint
        seats += classification.seat
        unknown += classification.class_is_unknown
        rows.append(_row(device, classification))
    return ClassifiedDevices(
        rows=tuple(rows),
        values={"endpoints_managed": Decimal(endpoints), "seats_managed": Decimal(seats)},
        unknown_classes=unknown,
        organizations_not_found=tuple(
            name for name in excluded_organizations if not (key := organization_key(name)) or key not in seen
        ),
        by_reason=dict(by_reason.most_common()),
    )


def _classify_class(node_class: str | None) -> DeviceClassification:
    name = (node_class or "").strip().upper()
    if name in WORKSTATIONS:
        return DeviceClassification(True, True, "workstation")
    if name in SERVERS:
        return DeviceClassification(True, False, "server")
    if name in VM_HOSTS:
        return DeviceClassification(True, False, "VM host")
    if name in VM_GUESTS:
        return DeviceClassification(False, False, "VM guest")
    if name in NO_NODE_CLASS:
        return DeviceClassification(True, True, "node class is unknown", class_is_unknown=True)
    return DeviceClassification(True, False, f"other node class {name}")


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
