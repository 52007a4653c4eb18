"""A ConnectWise and a database that only the environment names, and what is said when it names too little."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import requests

from qbr_pipeline.demo.connectwise.demo_world import demo_world
from qbr_pipeline.demo.connectwise.generator import Scale
from qbr_pipeline.demo.connectwise.server import SimulatedConnectWise
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import start_embedded
from qbr_pipeline.settings import CONNECTWISE_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbr_pipeline_tests.end_to_end.conftest import Installation

pytestmark = pytest.mark.slow

_CHICAGO = ZoneInfo("America/Chicago")
_MONTH = Month.of(datetime.now(UTC), _CHICAGO).plus(-2)
_BOARDS = ("Onboarding Projects", "Monitoring Alerts")
_ACCESS = {
    "company_id": "elsewhere",
    "public_key": "another-public-key",
    "private_key": "another-private-key",
    "client_id": "11111111-2222-4333-8444-555555555555",
}


@pytest.fixture(scope="module")
def connectwise() -> Iterator[SimulatedConnectWise]:
    """A ConnectWise with credentials of its own."""
    with SimulatedConnectWise(
        demo_world(7, scale=Scale(80, 80, 200)),
        company_id=_ACCESS["company_id"],
        public_key=_ACCESS["public_key"],
        private_key=_ACCESS["private_key"],
        client_id=_ACCESS["client_id"],
    ) as server:
        yield server


@pytest.fixture(scope="module")
def elsewhere(installation: Installation, connectwise: SimulatedConnectWise) -> Installation:
    """An installation whose numbers live in a database of its own name, which has no tables yet."""
    assert installation.qbr("db", "start").returncode == 0
    server = start_embedded(installation.home, keep_running=True)
    simulator = installation.simulate_vendors()
    simulator.process.terminate()
    installation.environment |= {
        "QBR_DATABASE_URL": server.ensure_database("numbers").replace("postgresql+psycopg2", "postgresql"),
        "CONNECTWISE_SERVER": connectwise.url,
        **{f"CONNECTWISE_{name.upper()}": value for name, value in _ACCESS.items()},
        "QBR_REACTIVE_BOARDS": json.dumps(_BOARDS),
    }
    return installation


def test_a_database_without_our_tables_is_not_touched_but_named_with_the_command(
    elsewhere: Installation,
) -> None:
    rejected = elsewhere.qbr("collect", "--month", str(_MONTH))

    assert rejected.returncode == 2
    assert "lacks the migration" in rejected.stderr
    assert "`qbr db upgrade`" in rejected.stderr
    assert _tables(elsewhere) == []


def test_up_does_not_migrate_such_a_database_either(elsewhere: Installation) -> None:
    rejected = elsewhere.qbr("up", "--once")

    assert rejected.returncode == 2
    assert "`qbr db upgrade`" in rejected.stderr
    assert _tables(elsewhere) == []


def test_a_month_is_collected_from_the_named_boards_into_the_named_database(
    elsewhere: Installation, connectwise: SimulatedConnectWise
) -> None:
    assert elsewhere.qbr("db", "upgrade").returncode == 0

    collected = elsewhere.qbr("collect", "--month", str(_MONTH))

    assert collected.returncode == 0, collected
    assert "1 of 1 months collected" in collected.stdout
    values = dict(elsewhere.query("SELECT metric_name, metric_value FROM qbr_metrics_monthly"))
    assert values["reactive_tickets_created"] == _entered(connectwise) > 0
    assert values["seats_managed"] > 0
    assert elsewhere.query("SELECT DISTINCT period FROM qbr_metrics_monthly") == [(str(_MONTH),)]


def test_no_secret_reaches_a_log_or_the_output(elsewhere: Installation) -> None:
    elsewhere.environment["CONNECTWISE_PRIVATE_KEY"] = "a-key-that-was-revoked"
    rejected = elsewhere.qbr("collect", "--month", str(_MONTH))
    elsewhere.environment["CONNECTWISE_PRIVATE_KEY"] = _ACCESS["private_key"]
    told = rejected.stdout + rejected.stderr + elsewhere.logs()

    assert rejected.returncode == 1
    assert "CONNECTWISE_PUBLIC_KEY" in rejected.stdout
    assert not [secret for secret in ("a-key-that-was-revoked", _ACCESS["private_key"]) if secret in told]


def test_up_with_nothing_set_lists_everything_that_is_missing_and_points_to_the_demo(
    installation: Installation,
) -> None:
    named = (*CONNECTWISE_VARIABLES, "QBR_DATABASE_URL", "QBR_INVENTORY_DATABASE_URL")
    environment = {name: value for name, value in installation.environment.items() if name not in named}

    rejected = replace(installation, environment=environment).qbr("up")

    assert rejected.returncode == 2
    missing = [line.split()[0] for line in rejected.stderr.splitlines() if "is not set" in line]
    assert missing == [*CONNECTWISE_VARIABLES, "QBR_INVENTORY_DATABASE_URL"]
    assert "`qbr demo`" in rejected.stderr
    assert rejected.stdout == ""


def test_the_workspace_of_the_checkout_is_valid_after_qbr_env(installation: Installation) -> None:
    installation.adopt_exports()

    validated = installation.run(
        installation.program("dagster"), "definitions", "validate", "-w", "workspace.yaml"
    )

    assert validated.returncode == 0, validated
    assert "qbr_pipeline" in validated.stdout + validated.stderr


def _tables(installation: Installation) -> list[tuple[str]]:
    return installation.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


def _entered(connectwise: SimulatedConnectWise) -> int:
    """How many tickets without a parent were entered on the boards in the month, as the server itself counts."""
    window = _MONTH.window(_CHICAGO)
    boards = " or ".join(f'board/name = "{board}"' for board in _BOARDS)
    answer = requests.get(
        f"{connectwise.url}/v4_6_release/apis/3.0/service/tickets/count",
        params={
            "conditions": f"({boards}) and parentTicketId = null"
            f" and dateEntered >= [{window.start:%Y-%m-%dT%H:%M:%SZ}]"
            f" and dateEntered < [{window.end:%Y-%m-%dT%H:%M:%SZ}]"
        },
        auth=(f"{_ACCESS['company_id']}+{_ACCESS['public_key']}", _ACCESS["private_key"]),
        headers={"clientId": _ACCESS["client_id"]},
        timeout=10,
    )
    return int(answer.json()["count"])
