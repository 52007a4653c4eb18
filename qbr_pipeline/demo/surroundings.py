"""The demo's own environment: nothing of the demo can reach real data or a real mailbox, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_REAL = (
    "CONNECTWISE_",
    "PG",
    "DAGSTER_",
    "QBR_DATABASE_URL",
    "QBR_INVENTORY_DATABASE_URL",
    "QBR_ALERT_URLS",
    "QBR_REACTIVE_BOARDS",
    "QBR_CLOSED_STATUSES",
    "QBR_EXCLUDED_ORGANIZATIONS",
    "QBR_ORGANIZATION_NAME",
    "QBR_PUBLIC_URL",
    "QBR_DAGSTER_URL",
)
"""Beginnings of the names of variables that tell of real vendors, databases and people."""

ORGANIZATION = "Demo MSP (made-up data)"


def demo_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """`environment` without anything real in it, and with the demo's own home below `home`.

    `home` is that of the installation, or the demo's own when `environment` is the demo's already.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith(_REAL)}
    is_demo = environment.get("QBR_DEMO") == "true"
    return {
        **kept,
        "QBR_DEMO": "true",
        "QBR_HOME": str(home if is_demo else home / "demo"),
        "QBR_ORGANIZATION_NAME": ORGANIZATION,
    }
