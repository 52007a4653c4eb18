"""Rows of the table of rules: those about device snapshots and what stands in them.

What belongs here: their words and limits. What does not: the table that everything reads (`table`), and finding
anything (`snapshots`).
"""

from __future__ import annotations

from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.definition import RuleDefinition, ValueUnit

_DEVICES, _WARN = ValueUnit.DEVICES, Severity.WARN

OF_DEVICES = (
    RuleDefinition(
        Rule.SNAPSHOT,
        f"a month needs a complete device snapshot, at most {limits.SNAPSHOT_AGE} old at its end",
        _WARN,
        _DEVICES,
        (limits.SNAPSHOT_AGE, limits.SNAPSHOT_PART),
        {
            "snapshot_is_fresh_and_whole": f"The month has a device snapshot, at most {limits.SNAPSHOT_AGE} old "
            "at its end, and none that is incomplete.",
        },
    ),
    RuleDefinition(
        Rule.EXCLUDED_ORGANIZATION,
        "every excluded organization should have devices",
        _WARN,
        checks={
            "excluded_organizations_are_found": "Every organization that QBR_EXCLUDED_ORGANIZATIONS names has devices.",
        },
        every_month=True,
    ),
    RuleDefinition(
        Rule.NODE_CLASS,
        "the inventory should give the node class of every device",
        _WARN,
        _DEVICES,
        checks={"node_classes_are_known": "The inventory gives the node class of every device."},
        every_month=True,
    ),
    RuleDefinition(
        Rule.CLASS_NOT_COUNTED,
        "a node class that counts for nothing should be known to do so",
        _WARN,
        _DEVICES,
        checks={"classes_are_counted": "Every device is of a node class that counts as an endpoint."},
        every_month=True,
    ),
    RuleDefinition(
        Rule.DUPLICATE_DEVICES,
        "an organization should have one device of a name",
        _WARN,
        _DEVICES,
        checks={"devices_are_single": "Of the devices that count, an organization has one of each name."},
        every_month=True,
    ),
    RuleDefinition(
        Rule.UNSEEN_DEVICES,
        f"a device that counts should have been seen within {limits.UNSEEN}",
        _WARN,
        _DEVICES,
        (limits.UNSEEN,),
        {"devices_are_seen": f"Every device that counts had contact with NinjaOne within {limits.UNSEEN}."},
        every_month=True,
    ),
    RuleDefinition(
        Rule.SOURCES_DIFFER,
        "both sources of devices should count the same ones",
        _WARN,
        _DEVICES,
        checks={
            "sources_agree": "NinjaOne's API and the inventory, where both are configured, count the same devices."
        },
        every_month=True,
    ),
)
