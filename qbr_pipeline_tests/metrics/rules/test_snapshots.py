from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.metrics.rules.snapshots import (
    DuplicateDevices,
    SuspectSnapshot,
    classes_not_counted,
    duplicate_devices,
    excluded_organizations,
    node_classes,
    snapshot_findings,
)
from qbr_pipeline.metrics.rules.table import RULES
from qbr_pipeline.periods import Month

OCTOBER = Month(2025, 10)
CHICAGO = ZoneInfo("America/Chicago")
LATER = datetime(2025, 12, 1, tzinfo=CHICAGO)


def found(chosen: date | None, now: datetime = LATER, *, published: bool = False) -> list[Finding]:
    return snapshot_findings(OCTOBER, chosen, now=now, timezone=CHICAGO, value_published=published)


def test_a_month_without_snapshot_and_without_value_is_flagged() -> None:
    (finding,) = found(None)
    assert (finding.rule, finding.severity, finding.value) == (Rule.SNAPSHOT, Severity.WARN, None)
    assert finding.sentence == "There is no device snapshot in October 2025: endpoints and seats are unknown"
    assert finding.moves == ("tickets_per_endpoint_per_month", "rhem", "avg_aisp")


def test_a_month_whose_snapshots_were_purged_after_it_was_published_is_not() -> None:
    assert found(None, published=True) == []


@pytest.mark.parametrize(("day", "flagged"), [(31, False), (28, False), (27, True), (1, True)])
def test_a_snapshot_more_than_three_days_before_the_end_is_flagged(day: int, flagged: bool) -> None:
    assert bool(found(date(2025, 10, day))) is flagged


@pytest.mark.parametrize(("day", "flagged"), [(15, False), (12, False), (11, True)])
def test_in_the_month_in_progress_it_is_held_against_today(day: int, flagged: bool) -> None:
    assert bool(found(date(2025, 10, day), datetime(2025, 10, 15, 22, 30, tzinfo=CHICAGO))) is flagged


def test_today_is_the_business_time_zones() -> None:
    evening_of_the_15th = datetime(2025, 10, 16, 3, 30, tzinfo=ZoneInfo("UTC"))
    assert found(date(2025, 10, 12), evening_of_the_15th) == []


def test_an_old_snapshot_is_flagged_also_when_a_value_is_published() -> None:
    (finding,) = found(date(2025, 10, 20), published=True)
    assert "come from the device snapshot of 2025-10-20, 11 days before 2025-10-31" in finding.sentence


@pytest.mark.parametrize("used", [True, False])
def test_a_half_done_snapshot_is_told_and_whether_it_was_used(used: bool) -> None:
    suspect = SuspectSnapshot(date(2025, 10, 31), 280, date(2025, 10, 30), 1594, used)
    (finding,) = snapshot_findings(
        OCTOBER, date(2025, 10, 30), now=LATER, timezone=CHICAGO, value_published=True, suspects=[suspect]
    )
    assert "holds 280 devices, less than half of the 1,594 of 2025-10-30" in finding.sentence
    assert ("it was not used" in finding.sentence) is not used


def test_nights_of_one_fault_are_one_sentence_that_says_how_to_accept_them() -> None:
    days = (date(2025, 10, 31), 240, date(2025, 10, 28), 600)
    suspect = SuspectSnapshot(*days, used=False, since=date(2025, 10, 29))
    (finding,) = snapshot_findings(
        OCTOBER, date(2025, 10, 28), now=LATER, timezone=CHICAGO, value_published=True, suspects=[suspect]
    )
    assert finding.value == 240
    assert finding.sentence == (
        "The device snapshots from 2025-10-29 to 2025-10-31 hold too few devices, the last one 240, less than half of "
        "the 600 of 2025-10-28; they were not used. If the fleet has really shrunk, accept it on Data health or by "
        "`qbr accept 2025-10 devices`"
    )


def test_an_excluded_organization_that_no_device_belongs_to_is_flagged() -> None:
    assert excluded_organizations(OCTOBER, [], ["Acme"]) == []
    (finding,) = excluded_organizations(OCTOBER, ["Our Own MSP"], ["Our Own MSP Inc", "Acme"])
    assert (finding.rule, finding.subject) == (Rule.EXCLUDED_ORGANIZATION, "QBR_EXCLUDED_ORGANIZATIONS")
    assert 'its devices now count; did you mean "Our Own MSP Inc"?' in finding.sentence


def test_devices_of_unknown_class_are_counted_in_a_finding() -> None:
    assert node_classes(OCTOBER, {}, 700, fallback=False) == []
    (finding,) = node_classes(OCTOBER, {"": 12}, 700, fallback=False)
    assert finding.rule is Rule.NODE_CLASS
    assert "The node class of 12 of 700 devices of October 2025 is unknown" in finding.sentence
    (single,) = node_classes(OCTOBER, {"": 1}, 700, fallback=False)
    assert single.sentence.endswith("is unknown; it counts as an endpoint and as a seat")


def test_node_classes_that_the_vendor_had_not_when_this_was_written_are_named() -> None:
    (finding,) = node_classes(OCTOBER, {"TOASTER": 2, "": 1, "DRONE": 3}, 700, fallback=False)
    assert finding.value == 6
    assert finding.sentence.endswith("QBR_DEVICE_CLASSES can say what these count as: DRONE (3), TOASTER (2)")


def test_a_class_that_counts_for_nothing_is_one_finding_for_all_months_whatever_its_number() -> None:
    switches, phones = classes_not_counted(OCTOBER, {"NMS_SWITCH": 12, "ANDROID": 1})[::-1]
    assert (switches.rule, switches.subject, switches.value) == (Rule.CLASS_NOT_COUNTED, "NMS_SWITCH", 12)
    assert switches.sentence == (
        "12 devices of October 2025 are of the node class NMS_SWITCH, which counts neither as an endpoint nor as a "
        "seat; QBR_DEVICE_CLASSES can say otherwise"
    )
    assert phones.sentence.startswith("1 device of October 2025 is of the node class ANDROID")
    assert RULES[Rule.CLASS_NOT_COUNTED].every_month
    (later,) = classes_not_counted(OCTOBER.next, {"NMS_SWITCH": 13})
    assert switches.listed == later.listed == ("NMS_SWITCH",)


def test_duplicates_are_named_with_their_ids_and_counted() -> None:
    pairs = [DuplicateDevices(f"PC-{n}", "Alder Creek Dental", (str(n), str(n + 100))) for n in range(12)]
    assert duplicate_devices(OCTOBER, []) == []
    (one,) = duplicate_devices(OCTOBER, pairs[:1])
    assert one.value == 2
    assert one.sentence.startswith(
        "2 devices of October 2025 share their name with another one of the same organiz"
    )
    assert one.sentence.endswith('"PC-0" of Alder Creek Dental (0, 100)')
    (many,) = duplicate_devices(OCTOBER, pairs)
    assert many.value == 24
    assert many.sentence.endswith('"PC-9" of Alder Creek Dental (9, 109); and 2 more names')


def test_a_month_that_is_counted_from_the_month_before_is_held_against_the_end_of_that_one() -> None:
    september = Month(2025, 9)

    def found_in(chosen: date | None) -> list[Finding]:
        return snapshot_findings(
            OCTOBER, chosen, now=LATER, timezone=CHICAGO, value_published=False, counted=september
        )

    assert found_in(date(2025, 9, 30)) == []
    (old,) = found_in(date(2025, 9, 20))
    assert "10 days before 2025-09-30" in old.sentence
    (none,) = found_in(None)
    assert none.sentence == (
        "There is no device snapshot in September 2025: endpoints and seats of October 2025 are unknown"
    )


def test_classes_made_from_the_device_type_are_told() -> None:
    (finding,) = node_classes(OCTOBER, {}, 700, fallback=True)
    assert "told apart by device type" in finding.sentence
