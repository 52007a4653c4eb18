"""The demo's own environment: nothing of the demo can reach real data or a real mailbox, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_REAL = (
    "CONNECTWISE_",
    "NINJA",
    "QUICKBOOKS_",
    "PG",
    "DAGSTER_",
    "APPRISE_",
    "QBR_ALERT_",
    "QBR_API_HOST",
    "QBR_CLOSED_STATUSES",
    "QBR_CORS_ORIGINS",
    "QBR_DAGSTER_HOST",
    "QBR_DAGSTER_URL",
    "QBR_DATABASE_",
    "QBR_DEVICE_SOURCE",
    "QBR_ENCRYPTION_KEY",
    "QBR_EXCLUDED_ORGANIZATIONS",
    "QBR_INVENTORY_",
    "QBR_OWNERS",
    "QBR_ORGANIZATION_NAME",
    "QBR_PUBLIC_URL",
    "QBR_REACTIVE_BOARDS",
    "QBR_TRUSTED_PROXY",
)
"""Beginnings of the names of variables that tell of real vendors, databases and people.

Not those of keys and sessions: who has keys for the API means the demo's too.
"""

ORGANIZATION = "Demo MSP (made-up data)"
_FOLDER = "demo"


def is_demo(environment: Mapping[str, str]) -> bool:
    """Whether `environment` says that it is the demo's."""
    return environment.get("QBR_DEMO", "").strip().lower() == "true"


def is_made_for_demo(environment: Mapping[str, str], home: Path) -> bool:
    """Whether `environment`, whose home is `home`, is one that `demo_environment` has made; not by its mark alone."""
    return is_demo(environment) and home.name == _FOLDER


def real_variables(environment: Mapping[str, str]) -> list[str]:
    """The names of the variables in `environment` that tell of real vendors, databases and people."""
    return sorted(name for name in environment if name.startswith(_REAL))


def demo_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """`environment` without anything real in it, and with the demo's own home below `home`.

    `home` is that of the installation, or the demo's own when `environment` is the demo's already.
    """
    real = set(real_variables(environment))
    is_there = is_made_for_demo(environment, home)
    return {
        **{name: value for name, value in environment.items() if name not in real},
        "QBR_DEMO": "true",
        "QBR_HOME": str(home if is_there else home / _FOLDER),
        "QBR_ORGANIZATION_NAME": ORGANIZATION,
    }
