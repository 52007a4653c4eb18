"""Nothing real comes into the demo's environment, and the demo finds its own home again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies

from qbr_pipeline.demo.environment import ORGANIZATION, demo_environment, is_demo, real_variables
from qbr_pipeline.settings import Settings

HOME = Path("/srv/qbr")
REAL = (
    "APPRISE_URLS",
    "CONNECTWISE_CLIENT_ID",
    "CONNECTWISE_COMPANY_ID",
    "CONNECTWISE_PRIVATE_KEY",
    "CONNECTWISE_PUBLIC_KEY",
    "CONNECTWISE_SERVER",
    "DAGSTER_HOME",
    "DAGSTER_POSTGRES_URL",
    "NINJA_CLIENT_ID",
    "NINJA_CLIENT_SECRET",
    "NINJA_SERVER",
    "NINJAONE_CLIENT_ID",
    "PGDATABASE",
    "PGHOST",
    "PGHOSTADDR",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGSERVICE",
    "PGSSLMODE",
    "PGUSER",
    "QBR_ALERT_URLS",
    "QBR_API_HOST",
    "QBR_CLOSED_STATUSES",
    "QBR_CORS_ORIGINS",
    "QBR_DAGSTER_HOST",
    "QBR_DAGSTER_URL",
    "QBR_DATABASE_SCHEMA",
    "QBR_DATABASE_URL",
    "QBR_DEVICE_SOURCE",
    "QBR_ENCRYPTION_KEY",
    "QBR_EXCLUDED_ORGANIZATIONS",
    "QBR_INVENTORY_DATABASE_URL",
    "QBR_ORGANIZATION_NAME",
    "QBR_OWNERS",
    "QBR_PUBLIC_URL",
    "QBR_REACTIVE_BOARDS",
    "QBR_TRUSTED_PROXY",
    "QUICKBOOKS_CLIENT_ID",
    "QUICKBOOKS_CLIENT_SECRET",
    "QUICKBOOKS_ENVIRONMENT",
)
KEPT = (
    "HOME",
    "PATH",
    "QBR_API_KEYS",
    "QBR_API_PORT",
    "QBR_CONNECTWISE_PAGE_SIZE",
    "QBR_DAGSTER_PORT",
    "QBR_DEVICE_CLASSES",
    "QBR_DEVICE_MONTH",
    "QBR_DOTENV",
    "QBR_COLLECTION_ENABLED",
    "QBR_INPUTS_DUE_DAY",
    "QBR_KEPT_DAYS",
    "QBR_KEPT_ROW_MONTHS",
    "QBR_LOG_FORMAT",
    "QBR_LOG_LEVEL",
    "QBR_MONTHS_TO_COLLECT",
    "QBR_SCHEDULE_CRON",
    "QBR_SESSION_SECRET",
    "QBR_START_MONTH",
    "QBR_TIMEZONE",
    "QBR_WARM_RUNS",
)


@pytest.mark.parametrize("name", REAL)
def test_what_is_real_does_not_pass(name: str) -> None:
    assert "something real" not in demo_environment({name: "something real"}, HOME).values()
    assert real_variables({name: "something real", "PATH": "/bin"}) == [name]


@pytest.mark.parametrize("name", KEPT)
def test_what_names_nothing_real_passes(name: str) -> None:
    assert demo_environment({name: "kept"}, HOME)[name] == "kept"


def test_every_variable_of_the_settings_is_real_or_kept_or_the_demo_s_own() -> None:
    known = {*REAL, *KEPT, "QBR_DEMO", "QBR_HOME", "QBR_LOG_FILE"}
    assert {str(field.alias) for field in Settings.model_fields.values()} <= known


def test_the_demo_has_its_own_home_name_and_mark() -> None:
    environment = demo_environment({"QBR_HOME": str(HOME)}, HOME)
    assert environment == {
        "QBR_DEMO": "true",
        "QBR_HOME": str(HOME / "demo"),
        "QBR_ORGANIZATION_NAME": ORGANIZATION,
    }
    assert "made-up" in ORGANIZATION


@given(
    strategies.dictionaries(
        strategies.sampled_from([*REAL, *KEPT, "QBR_DEMO", "QBR_HOME"]), strategies.text(min_size=1)
    )
)
def test_the_demo_of_the_demo_is_the_demo(environment: dict[str, str]) -> None:
    once = demo_environment(environment, HOME)
    assert demo_environment(once, Path(once["QBR_HOME"])) == once


def test_a_home_that_is_called_demo_is_not_taken_for_the_demo_s() -> None:
    assert demo_environment({}, Path("/srv/demo"))["QBR_HOME"] == "/srv/demo/demo"


def test_a_mark_set_by_hand_does_not_make_the_real_home_the_demo_s() -> None:
    assert demo_environment({"QBR_DEMO": "true"}, HOME)["QBR_HOME"] == str(HOME / "demo")


@pytest.mark.parametrize(
    ("held", "expected"), [("true", True), (" TRUE ", True), ("false", False), ("", False)]
)
def test_the_mark_is_read_as_the_settings_read_it(held: str, expected: bool) -> None:
    assert is_demo({"QBR_DEMO": held}) is Settings.read({"QBR_DEMO": held}).demo is expected


def test_an_environment_without_the_mark_is_not_the_demo_s() -> None:
    assert not is_demo({"QBR_HOME": "/srv/qbr/demo"})
