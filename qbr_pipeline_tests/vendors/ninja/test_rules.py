from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.rules.snapshots import DuplicateDevices
from qbr_pipeline.settings import CountsAs, DeviceRule
from qbr_pipeline.vendors.ninja.rules import (
    OTHERS,
    SERVERS,
    VM_GUESTS,
    VM_HOSTS,
    WORKSTATIONS,
    classify_device,
    classify_devices,
    organization_key,
)
from qbr_pipeline.vendors.ninja.snapshot import Device

BOTH, ENDPOINT_ONLY, NEITHER = (True, True), (True, False), (False, False)


@pytest.mark.parametrize(
    ("node_class", "counts", "reason"),
    [
        ("WINDOWS_WORKSTATION", BOTH, "workstation"),
        ("MAC", BOTH, "workstation"),
        ("LINUX_WORKSTATION", BOTH, "workstation"),
        ("WINDOWS_SERVER", ENDPOINT_ONLY, "server"),
        ("LINUX_SERVER", ENDPOINT_ONLY, "server"),
        ("MAC_SERVER", ENDPOINT_ONLY, "server"),
        ("VMWARE_VM_HOST", ENDPOINT_ONLY, "VM host"),
        ("HYPERV_VMM_HOST", ENDPOINT_ONLY, "VM host"),
        ("NMS_VM_HOST", ENDPOINT_ONLY, "VM host"),
        ("VMWARE_VM_GUEST", NEITHER, "VM guest"),
        ("HYPERV_VMM_GUEST", NEITHER, "VM guest"),
        ("NMS_VIRTUAL_MACHINE", NEITHER, "VM guest"),
        *((name, NEITHER, f"node class {name} does not count") for name in sorted(OTHERS)),
        ("A_CLASS_OF_THE_YEAR_2031", BOTH, "node class A_CLASS_OF_THE_YEAR_2031 is unknown"),
        ("windows_workstation", BOTH, "workstation"),
        (" MAC ", BOTH, "workstation"),
        (None, BOTH, "node class is unknown"),
        ("", BOTH, "node class is unknown"),
        ("  ", BOTH, "node class is unknown"),
        ("UNKNOWN", BOTH, "node class is unknown"),
    ],
)
def test_a_device_counts_by_its_node_class(
    node_class: str | None, counts: tuple[bool, bool], reason: str
) -> None:
    verdict = classify_device(Device("1", node_class=node_class))
    assert ((verdict.endpoint, verdict.seat), verdict.reason) == (counts, reason)
    assert (verdict.unknown_class is not None) == reason.endswith("is unknown")


def test_the_vendor_has_33_node_classes() -> None:
    known = [*WORKSTATIONS, *SERVERS, *VM_HOSTS, *VM_GUESTS, *OTHERS]
    assert (len(known), len(set(known))) == (33, 33)


def counted(node_class: str, **rule: Any) -> tuple[tuple[bool, bool], str]:
    verdict = classify_device(Device("1", node_class=node_class), rule=DeviceRule(**rule))
    return (verdict.endpoint, verdict.seat), verdict.reason


@pytest.mark.parametrize("node_class", ["NMS_SWITCH", "WINDOWS_SERVER", "VMWARE_VM_GUEST", "MAC", "TOASTER"])
def test_a_firm_says_what_a_node_class_counts_as(node_class: str) -> None:
    for counts_as, both in (
        (CountsAs.SEAT, BOTH),
        (CountsAs.ENDPOINT, ENDPOINT_ONLY),
        (CountsAs.NONE, NEITHER),
    ):
        reason = f"node class {node_class}, {counts_as} by QBR_DEVICE_CLASSES"
        assert counted(f" {node_class.lower()} ", classes={node_class: counts_as}) == (both, reason)


def test_what_is_excluded_spare_or_not_approved_counts_for_nothing_whatever_its_class_counts_as() -> None:
    rule = DeviceRule({"MAC": CountsAs.SEAT})
    for device in (
        Device("1", "a spare", node_class="MAC"),
        Device("2", organization="Own", node_class="MAC"),
        Device("3", node_class="MAC", approval_status="DECOMMISSIONED"),
    ):
        assert not classify_device(device, {"own"}, rule).endpoint


def test_before_there_was_a_table_everything_else_was_an_endpoint() -> None:
    for name in ("NMS_SWITCH", "TOASTER"):
        assert counted(name, before_the_table=True) == (ENDPOINT_ONLY, f"other node class {name}")
    assert counted("MAC", before_the_table=True) == (BOTH, "workstation")
    assert counted("NMS_VIRTUAL_MACHINE", before_the_table=True) == (NEITHER, "VM guest")


def test_classes_that_count_for_nothing_are_told_with_their_number_unless_the_firm_says_so() -> None:
    devices = [
        Device(str(n), node_class=name)
        for n, name in enumerate(["NMS_SWITCH", "NMS_SWITCH", "ANDROID", "MAC"])
    ]
    assert classify_devices(devices).uncounted_classes == {"NMS_SWITCH": 2, "ANDROID": 1}
    rule = DeviceRule({"NMS_SWITCH": CountsAs.NONE, "ANDROID": CountsAs.SEAT})
    assert classify_devices(devices, (), rule).uncounted_classes == {}


def test_devices_of_one_organization_with_one_name_are_told_and_count_as_they_are() -> None:
    devices = [
        Device("1", "PC-1", organization="Alder Creek Dental", node_class="MAC"),
        Device("2", None, "pc-1", organization="Alder Creek Dental, LLC", node_class="WINDOWS_WORKSTATION"),
        Device("3", "PC-1", organization="Bluff Point Foods", node_class="MAC"),
        Device("4", "PC-1", organization="Alder Creek Dental", node_class="NMS_SWITCH"),
        Device("5", "PC-1", node_class="MAC"),
        Device("6", None, None, organization="Alder Creek Dental", node_class="MAC"),
        Device("7", None, None, organization="Alder Creek Dental", node_class="MAC"),
    ]
    classified = classify_devices(devices)
    assert classified.duplicates == (DuplicateDevices("PC-1", "Alder Creek Dental", ("1", "2")),)
    assert classified.values["seats_managed"] == 6


@pytest.mark.parametrize("name", ["SPARE-0017", "ws-17 (spare)", "Spare", "loaner/sPaRe laptop"])
def test_a_device_with_spare_in_its_display_name_or_location_counts_for_nothing(name: str) -> None:
    for device in (
        Device("1", display_name=name, node_class="MAC"),
        Device("2", location=name, node_class="WINDOWS_SERVER"),
        Device("3", display_name=name, node_class=None),
    ):
        verdict = classify_device(device)
        assert (verdict.endpoint, verdict.seat, verdict.reason) == (False, False, "spare")


def test_spare_in_any_other_field_does_not_make_a_spare() -> None:
    device = Device("1", hostname="SPARE-1", organization="Spare Parts Inc", node_class="MAC")
    assert classify_device(device).seat


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", ""])
def test_a_device_that_is_not_approved_counts_for_nothing(status: str) -> None:
    verdict = classify_device(Device("1", node_class="MAC", approval_status=status))
    assert not verdict.endpoint
    assert not verdict.seat


@pytest.mark.parametrize("status", ["APPROVED", None])
def test_a_device_counts_when_it_is_approved_or_its_source_has_no_approval(status: str | None) -> None:
    assert classify_device(Device("1", node_class="MAC", approval_status=status)).seat


def test_the_example_of_the_specification_gives_125_endpoints_and_100_seats() -> None:
    kinds = [
        (100, Device("workstation", organization="Client", node_class="WINDOWS_WORKSTATION")),
        (20, Device("server", organization="Client", node_class="WINDOWS_SERVER")),
        (5, Device("host", organization="Client", node_class="VMWARE_VM_HOST")),
        (10, Device("spare", "SPARE", organization="Client", node_class="WINDOWS_WORKSTATION")),
        (15, Device("own", organization="Northbarrow IT, LLC", node_class="WINDOWS_WORKSTATION")),
    ]
    judged = classify_devices((device for count, device in kinds for _ in range(count)), ["northbarrow it"])
    assert judged.values == {"endpoints_managed": Decimal(125), "seats_managed": Decimal(100)}
    assert judged.by_reason == {
        "workstation": 100, "server": 20, "organization is excluded": 15, "spare": 10, "VM host": 5,
    }  # fmt: skip
    assert (judged.unknown_classes, judged.organizations_not_found) == ({}, ())
    assert len(judged.rows) == 150
    assert sum(row.counts_as_endpoint for row in judged.rows) == 125


def test_a_row_keeps_what_the_device_said_and_why_it_counts() -> None:
    device = Device("7", None, "ws-7", "Alder Creek Dental", "Main office", "MAC")
    (row,) = classify_devices([device]).rows
    assert (row.source_id, row.name, row.organization) == ("7", "ws-7", "Alder Creek Dental")
    assert (row.location, row.node_class) == ("Main office", "MAC")
    assert (row.counts_as_endpoint, row.counts_as_seat, row.reason) == (True, True, "workstation")


def test_only_counting_devices_are_told_as_unknown_classes() -> None:
    devices = [Device("1"), Device("2", "a spare"), Device("3", organization="Own"), Device("4")]
    assert classify_devices(devices, ["Own"]).unknown_classes == {"": 2}


def test_an_excluded_organization_without_devices_is_told_as_it_was_configured() -> None:
    devices = [Device("1", organization="Own Company, Inc."), Device("2")]
    judged = classify_devices(devices, ["OWN COMPANY", "Renamed Co.", "---"])
    assert judged.organizations_not_found == ("Renamed Co.", "---")


def test_an_excluded_organization_is_found_by_a_spare_or_a_guest_too() -> None:
    devices = [
        Device("1", "spare", organization="Own"),
        Device("2", organization="Two", node_class="NMS_VM_GUEST"),
    ]
    assert classify_devices(devices, ["own", "two"]).organizations_not_found == ()


def test_a_name_without_letters_excludes_no_device_without_organization() -> None:
    judged = classify_devices([Device("1"), Device("2", organization="--")], ["", "..."])
    assert judged.values["endpoints_managed"] == 2


def test_no_devices_are_a_collected_zero() -> None:
    assert classify_devices([]).values == {"endpoints_managed": Decimal(0), "seats_managed": Decimal(0)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme LLC", "acme"),
        ("ACME, L.L.C.", "Acme"),
        ("Acme Co., Ltd.", "Acme"),
        ("Smith-Jones & Sons Inc", "smith jones sons"),
        ("O'Brien Legal", "O\u2019Brien Legal, P.C."),
        ("A.B.C. Corporation", "ABC Corp"),
        ("Stra\u00dfe GmbH", "STRASSE"),
        ("  Acme\tIT ", "Acme IT"),
    ],
)
def test_names_of_one_organization_are_equal(one: str, other: str) -> None:
    assert organization_key(one) == organization_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme East"),
        ("Acme IT", "Acme"),
        ("Inc", "LLC"),
        ("Limited Editions", "Editions"),
        ("Acme 1", "Acme 2"),
    ],
)
def test_names_of_two_organizations_differ(one: str, other: str) -> None:
    assert organization_key(one) != organization_key(other)


words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
names = st.lists(words, min_size=1, max_size=4)
suffixes = st.sampled_from(["LLC", "Inc.", "Incorporated", "Ltd", "L.L.C.", "Corp.", "Company", "Co., Ltd."])


@given(names, st.lists(st.sampled_from([" ", ", ", " - ", "  ", "/", " & "]), min_size=4, max_size=4))
def test_case_and_punctuation_never_matter(name: list[str], separators: list[str]) -> None:
    punctuated = "".join(word + separator for word, separator in zip(name, separators, strict=False))
    assert organization_key(punctuated.upper()) == organization_key(" ".join(name))


@given(names, suffixes, st.sampled_from([" ", ", "]))
def test_a_company_suffix_never_matters(name: list[str], suffix: str, separator: str) -> None:
    plain = " ".join(name)
    assert organization_key(plain + separator + suffix) == organization_key(plain)


@given(st.text(max_size=40))
def test_the_key_of_any_text_is_bare_and_its_own_key(text: str) -> None:
    key = organization_key(text)
    assert key == organization_key(key)
    assert not any(character.isspace() or character in ".,-_&'\"" for character in key)


@given(
    st.lists(
        st.builds(Device, words, st.none() | words, node_class=st.none() | st.sampled_from(["MAC", "X"]))
    )
)
def test_the_counts_are_those_of_the_rows(devices: list[Device]) -> None:
    judged = classify_devices(devices)
    assert judged.values["endpoints_managed"] == sum(row.counts_as_endpoint for row in judged.rows)
    assert judged.values["seats_managed"] == sum(row.counts_as_seat for row in judged.rows)
    assert sum(judged.by_reason.values()) == len(judged.rows) == len(devices)
    assert all(row.counts_as_endpoint or not row.counts_as_seat for row in judged.rows)
