from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from pydantic import SecretStr

from qbr_pipeline.demo.quickbooks.server import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_COMPANY_ID,
    SimulatedQuickBooks,
)
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.vendors.quickbooks.addresses import consent_url
from qbr_pipeline.vendors.quickbooks.client import QuickBooks
from qbr_pipeline.vendors.quickbooks.consent import Consent, TokenTransport, read_consent

REDIRECT = "http://localhost/last-page"
KEY = Fernet.generate_key().decode()


@dataclass
class FakeTime:
    """A clock that only pauses move."""

    moment: datetime = datetime(2025, 11, 20, 4, 30, tzinfo=UTC)
    pauses: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.moment += timedelta(seconds=seconds)

    @property
    def options(self) -> dict[str, Any]:
        return {"sleep": self.sleep, "clock": self.seconds, "now": self.now}


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def simulator(time: FakeTime) -> Iterator[SimulatedQuickBooks]:
    with SimulatedQuickBooks(clock=time.now) as server:
        yield server


@pytest.fixture
def access(simulator: SimulatedQuickBooks) -> QuickBooksAccess:
    return QuickBooksAccess(
        SecretStr(DEMO_CLIENT_ID), SecretStr(DEMO_CLIENT_SECRET), simulator.url, (SecretStr(KEY),)
    )


@pytest.fixture
def consented(access: QuickBooksAccess) -> Callable[[], Consent]:
    """Somebody consents; what the browser brings back."""

    def consent() -> Consent:
        url = consent_url(access, REDIRECT, "some state")
        address = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
        return read_consent(address, "some state")

    return consent


@pytest.fixture
def quickbooks(
    access: QuickBooksAccess,
    consented: Callable[[], Consent],
    simulator: SimulatedQuickBooks,
    time: FakeTime,
) -> Iterator[QuickBooks]:
    """A client whose token is refreshed when one was refused."""
    tokens = TokenTransport(access, **time.options)
    held = tokens.exchange(consented().code, REDIRECT)

    def token(refused: str | None) -> str:
        nonlocal held
        if refused is not None:
            held = tokens.refresh(held.refresh)
        return held.access

    simulator.requests.clear()
    with QuickBooks(access, DEMO_COMPANY_ID, token, **time.options) as client:
        yield client
    tokens.close()
