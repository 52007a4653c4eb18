"""What `qbr up` and `qbr demo` hand to the API and the Dagster UI: ports, and what both sign sessions with."""

from __future__ import annotations

import socket

from qbr_pipeline.cli.serve import shared_by_the_servers
from qbr_pipeline.settings import Settings
from qbr_pipeline_tests.conftest import unused_port

KEYS = {"QBR_API_KEYS": '{"a-write-key-of-the-tests": {"name": "office", "role": "write"}}'}


def test_with_keys_and_no_secret_both_get_a_new_one() -> None:
    secrets = {shared_by_the_servers(Settings.read(KEYS), 3000)["QBR_SESSION_SECRET"] for _ in range(2)}
    assert len(secrets) == 2
    for each in secrets:
        assert Settings.read({"QBR_SESSION_SECRET": each}).session_secret is not None


def test_a_secret_that_is_set_stays_and_without_keys_none_is_needed() -> None:
    given = {**KEYS, "QBR_SESSION_SECRET": "a-session-secret-of-the-tests-only"}
    for variables in (given, {}):
        assert "QBR_SESSION_SECRET" not in shared_by_the_servers(Settings.read(variables), 3000)


def test_the_ui_takes_the_next_free_port_and_both_know_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert int(shared_by_the_servers(Settings.read({}), port)["QBR_DAGSTER_PORT"]) > port
        read = Settings.read({"QBR_DAGSTER_PORT": str(port)})
        assert port < int(shared_by_the_servers(read)["QBR_DAGSTER_PORT"]) < port + 50


def test_a_port_that_was_asked_for_goes_before_that_of_the_settings() -> None:
    asked = unused_port()
    read = Settings.read({"QBR_DAGSTER_PORT": str(unused_port())})
    assert int(shared_by_the_servers(read, asked)["QBR_DAGSTER_PORT"]) == asked
    assert int(shared_by_the_servers(read)["QBR_DAGSTER_PORT"]) == read.dagster_port
