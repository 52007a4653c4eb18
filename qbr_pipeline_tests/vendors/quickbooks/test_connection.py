"""Consent: had from a person, kept encrypted, refreshed by one at a time, and ended in one sentence."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from qbr_pipeline.demo.faults import Drop
from qbr_pipeline.demo.quickbooks.server import DEMO_COMPANY_ID, SimulatedQuickBooks
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.grants import Grant, Vault, delete_grant, find_grant, store_grant
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted
from qbr_pipeline.vendors.quickbooks.connection import NotConnectedError, StandingConsent
from qbr_pipeline.vendors.quickbooks.consent import (
    Consent,
    ConsentEndedError,
    ConsentError,
    TokenTransport,
    read_consent,
)
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.vendors.quickbooks.conftest import KEY, REDIRECT, FakeTime

LAST_PAGE = f"{REDIRECT}?code=abc&state=s1&realmId={DEMO_COMPANY_ID}"


def connect(database: Database, access: QuickBooksAccess, consent: Consent, time: FakeTime) -> None:
    tokens = TokenTransport(access, **time.options).exchange(consent.code, REDIRECT)
    now = time.now()
    grant = Grant(
        company_id=consent.company_id,
        company="Demo MSP",
        environment=access.environment,
        basis="accrual",
        currency="USD",
        access_ends_at=tokens.access_ends_at,
        refresh_ends_at=tokens.refresh_ends_at,
        consent_ends_at=tokens.consent_ends_at,
        refreshed_at=now,
        connected_at=now,
        connected_by="Ann",
        ended_at=None,
    )
    vault = Vault([key.get_secret_value() for key in access.encryption_keys])
    with database.begin() as connection:
        store_grant(connection, database, Vendor.QUICKBOOKS, grant, tokens, vault)


@pytest.fixture
def standing(
    database: Database, access: QuickBooksAccess, consented: Callable[[], Consent], time: FakeTime
) -> StandingConsent:
    """A consent that was had a moment ago."""
    connect(database, access, consented(), time)
    return StandingConsent(
        database, access, now=time.now, new_transport=lambda access: TokenTransport(access, **time.options)
    )


def test_a_token_is_used_until_five_minutes_before_its_end(
    standing: StandingConsent, simulator: SimulatedQuickBooks, time: FakeTime
) -> None:
    first = standing.access_token()
    time.moment += timedelta(minutes=54)
    assert standing.access_token() == first
    time.moment += timedelta(minutes=2)
    second = standing.access_token()
    assert second not in {first}
    assert simulator.tokens.refreshes == 1
    assert standing.access_token() == second
    assert standing.grant.refresh_ends_at == time.now() + timedelta(days=100)
    assert standing.grant.consent_ends_at == standing.grant.connected_at + timedelta(days=1825)


def test_a_token_that_was_refused_is_refreshed_unless_somebody_else_has_done_so(
    standing: StandingConsent, simulator: SimulatedQuickBooks
) -> None:
    first = standing.access_token()
    second = standing.access_token(first)
    assert standing.access_token(first) == second
    assert simulator.tokens.refreshes == 1


def test_the_end_of_a_consent_fails_at_once_and_says_what_to_do(
    standing: StandingConsent, simulator: SimulatedQuickBooks, time: FakeTime
) -> None:
    simulator.faults.consent_ended = True
    time.moment += timedelta(hours=2)
    with pytest.raises(ConsentEndedError, match=r"run `qbr books connect`; what was collected before stays"):
        standing.access_token()
    assert time.pauses == []
    asked = simulator.requests.total
    with pytest.raises(ConsentEndedError, match=r"no more since 2025-11-20"):
        standing.access_token()
    assert simulator.requests.total == asked


def test_an_answer_that_is_lost_leaves_the_stored_tokens_as_they_were(
    standing: StandingConsent, simulator: SimulatedQuickBooks, time: FakeTime
) -> None:
    before = standing.grant
    time.moment += timedelta(hours=2)
    simulator.faults.add(Drop(), times=None)
    with pytest.raises(RetriesExhausted):
        standing.access_token()
    assert standing.grant == before
    simulator.faults.clear()
    assert standing.access_token() == simulator.tokens.access


def test_wrong_keys_are_told_from_a_consent_that_has_ended(
    database: Database, access: QuickBooksAccess, standing: StandingConsent, time: FakeTime
) -> None:
    wrong = replace(access, client_secret=SecretStr("not-the-secret"))
    time.moment += timedelta(hours=2)
    with pytest.raises(PermanentError, match=r"401 \(invalid_client\): check QUICKBOOKS_CLIENT_ID") as error:
        StandingConsent(database, wrong, now=time.now).access_token()
    assert not isinstance(error.value, ConsentEndedError)
    assert standing.grant.ended_at is None


def test_tokens_are_stored_unreadable_and_a_new_key_can_take_over(
    database: Database, access: QuickBooksAccess, standing: StandingConsent, simulator: SimulatedQuickBooks
) -> None:
    with database.read() as connection:
        stored = connection.execute(text("SELECT grants::text FROM qbr_grants grants")).scalar_one()
    assert not [token for token in simulator.tokens.issued if token in stored]
    new = SecretStr(Fernet.generate_key().decode())
    both = StandingConsent(database, replace(access, encryption_keys=(new, SecretStr(KEY))))
    token = both.access_token(standing.access_token())
    only_new = StandingConsent(
        database, replace(access, encryption_keys=(new,)), now=lambda: datetime(2025, 11, 20, 5, tzinfo=UTC)
    )
    assert only_new.access_token() == token
    with pytest.raises(
        PermanentError, match=r"put the old key behind the new one, or run `qbr books connect`"
    ):
        standing.access_token()


def test_no_connection_and_one_to_another_environment_are_sentences(
    database: Database, access: QuickBooksAccess, standing: StandingConsent
) -> None:
    with pytest.raises(NotConnectedError, match="set it back, or run `qbr books connect`"):
        StandingConsent(database, replace(access, environment="sandbox")).access_token()
    with database.begin() as connection:
        delete_grant(connection, database, Vendor.QUICKBOOKS)
    with pytest.raises(
        NotConnectedError, match="not connected: an administrator of the company has to consent"
    ):
        standing.access_token()
    assert database.fetch(find_grant, Vendor.QUICKBOOKS) is None


def _take_token(url: str, access: QuickBooksAccess, moment: datetime, begin: Any, taken: Any) -> None:
    database = open_database(url, timezone=CHICAGO)
    begin.wait(60)
    taken.put(StandingConsent(database, access, now=lambda: moment).access_token())


def test_two_processes_that_refresh_at_once_make_one_refresh_and_both_go_on(
    database: Database,
    access: QuickBooksAccess,
    standing: StandingConsent,
    simulator: SimulatedQuickBooks,
    time: FakeTime,
) -> None:
    time.moment += timedelta(hours=2)
    simulator.faults.latency = 0.3
    url = database.engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    begin, taken = spawn.Barrier(2), spawn.Queue()
    processes = [
        spawn.Process(target=_take_token, args=(url, access, time.moment, begin, taken)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    tokens = [taken.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert tokens == [simulator.tokens.access] * 2
    assert simulator.tokens.refreshes == 1


def test_a_revoked_consent_takes_no_request_any_more_and_revoking_twice_is_no_fault(
    access: QuickBooksAccess,
    standing: StandingConsent,
    simulator: SimulatedQuickBooks,
    time: FakeTime,
) -> None:
    token = simulator.tokens.refresh
    with_tokens = TokenTransport(access, **time.options)
    with_tokens.revoke(token)
    with_tokens.revoke(token)
    assert simulator.tokens.access == ""
    (sent, _) = [each for each in simulator.requests.last if each.path.endswith("/revoke")]
    assert sent.method == "POST"
    assert sent.headers["content-type"] == "application/json"


def test_no_token_is_in_a_log_or_a_fault_of_refreshing(
    standing: StandingConsent,
    simulator: SimulatedQuickBooks,
    time: FakeTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    standing.access_token(standing.access_token())
    simulator.faults.consent_ended = True
    time.moment += timedelta(hours=2)
    with pytest.raises(ConsentEndedError) as error:
        standing.access_token()
    said = caplog.text + repr(error.value) + repr(error.value.__context__)
    assert not [token for token in simulator.tokens.issued if token in said]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"{REDIRECT}?error=access_denied&state=s1", "Nobody consented: QuickBooks says access_denied"),
        ("https://example.com/", "not the address of the last page"),
        ("", "not the address of the last page"),
        (LAST_PAGE.replace("s1", "s2"), "answers another question"),
        (LAST_PAGE.replace(DEMO_COMPANY_ID, "..%2F.."), "names no company"),
    ],
)
def test_a_pasted_address_that_is_no_consent_is_one_sentence(address: str, said: str) -> None:
    with pytest.raises(ConsentError, match=said):
        read_consent(address, "s1")


def test_what_the_browser_brings_back_is_read_from_its_last_address() -> None:
    consent = read_consent(f"  {LAST_PAGE}\n", "s1")
    assert (consent.code, consent.company_id) == ("abc", DEMO_COMPANY_ID)
    assert "abc" not in repr(consent)
