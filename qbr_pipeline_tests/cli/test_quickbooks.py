"""`qbr books connect` and `disconnect`: an administrator consents once, and takes it back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
import requests
from cryptography.fernet import Fernet

from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.demo.quickbooks import faults
from qbr_pipeline.demo.quickbooks.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedQuickBooks
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.grants import find_grant
from qbr_pipeline_tests.cli.conftest import Decision

KEY = Fernet.generate_key().decode()
Qbr = Callable[..., Decision]


@pytest.fixture
def simulator() -> Iterator[SimulatedQuickBooks]:
    with SimulatedQuickBooks() as server:
        yield server


@pytest.fixture
def variables(simulator: SimulatedQuickBooks) -> dict[str, str]:
    return {
        "QUICKBOOKS_CLIENT_ID": DEMO_CLIENT_ID,
        "QUICKBOOKS_CLIENT_SECRET": DEMO_CLIENT_SECRET,
        "QUICKBOOKS_ENVIRONMENT": simulator.url,
        "QBR_ENCRYPTION_KEY": KEY,
    }


class Browser:
    """Somebody who opens the printed address, consents, and pastes the last one."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.printed = ""

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        self.printed = self._capsys.readouterr().out
        return f"{last_page(self.printed)}\n"


def last_page(printed: str) -> str:
    """The address that the browser shows in the end."""
    (address,) = [line for line in printed.splitlines() if line.startswith("http")]
    return requests.get(address, allow_redirects=False, timeout=10).headers["Location"]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Browser:
    found = Browser(capsys)
    monkeypatch.setattr(sys, "stdin", found)
    return found


def test_an_administrator_consents_once_and_takes_it_back(
    qbr: Qbr,
    named_database: Database,
    simulator: SimulatedQuickBooks,
    variables: dict[str, str],
    browser: Browser,
) -> None:
    told = qbr("books", "connect", "--by", "Ann", **variables)
    assert told.code == 0, told
    assert (
        "Connected: the books of Demo MSP (made-up data), on accrual basis, in USD; the consent holds"
        in told.out
    )
    grant = named_database.fetch(find_grant, Vendor.QUICKBOOKS)
    assert grant is not None
    assert (grant.connected_by, grant.basis, grant.currency) == ("Ann", "accrual", "USD")
    said = told.out + told.err + browser.printed
    assert not [token for token in simulator.tokens.issued if token in said]
    assert DEMO_CLIENT_SECRET not in said

    gone = qbr("books", "disconnect", **variables)
    assert gone.out.startswith(
        "The books of Demo MSP (made-up data) are disconnected; what was collected stays."
    )
    assert simulator.tokens.access == ""
    assert named_database.fetch(find_grant, Vendor.QUICKBOOKS) is None
    assert qbr("books", "disconnect", **variables).out == "QuickBooks is not connected.\n"


def test_who_does_not_consent_is_told_and_nothing_is_kept(
    qbr: Qbr,
    named_database: Database,
    simulator: SimulatedQuickBooks,
    variables: dict[str, str],
    browser: Browser,
) -> None:
    simulator.refuses = True
    told = qbr("books", "connect", "--by", "Ann", **variables)
    assert (told.code, told.err) == (
        1,
        "Nobody consented: QuickBooks says access_denied. Nothing was changed.\n",
    )
    simulator.refuses = False
    simulator.faults.add(faults.wrong_company(), matching="/v3/")
    assert "the app and the company do not match" in qbr("books", "connect", "--by", "Ann", **variables).err
    assert named_database.fetch(find_grant, Vendor.QUICKBOOKS) is None


def test_a_basis_that_is_named_is_kept(
    qbr: Qbr, named_database: Database, variables: dict[str, str], browser: Browser
) -> None:
    assert "on cash basis" in qbr("books", "connect", "--by", "Ann", "--basis", "cash", **variables).out


def test_settings_that_are_missing_are_named(qbr: Qbr, named_database: Database) -> None:
    faults_ = qbr("books", "connect", "--by", "Ann", QUICKBOOKS_CLIENT_ID="id").faults
    assert [fault.split()[0] for fault in faults_] == ["QUICKBOOKS_CLIENT_SECRET", "QBR_ENCRYPTION_KEY"]


def test_keys_of_production_need_an_address_that_the_app_has_registered(
    qbr: Qbr, named_database: Database, variables: dict[str, str]
) -> None:
    real = variables | {"QUICKBOOKS_ENVIRONMENT": "production"}
    assert qbr("books", "connect", "--by", "Ann", **real).fault.startswith("--redirect-uri is needed: ")


def test_with_a_public_address_the_browser_comes_back_to_the_pages(
    qbr: Qbr, named_database: Database, simulator: SimulatedQuickBooks, variables: dict[str, str]
) -> None:
    public = variables | {"QBR_PUBLIC_URL": "https://qbr.example.com"}
    told = qbr("books", "connect", "--by", "Ann", **public)
    assert "The browser then comes back to the pages" in told.out
    back = last_page(told.out).removeprefix("https://qbr.example.com")
    pages = create_app(named_database, Settings.read(public)).test_client()
    answer = pages.get(back)
    assert (answer.status_code, answer.text) == (
        200,
        "QuickBooks is connected: the next collection reads the books of Demo MSP (made-up data).\n",
    )
    grant = named_database.fetch(find_grant, Vendor.QUICKBOOKS)
    assert grant is not None
    assert grant.connected_by == "Ann"
    assert pages.get(back).status_code == 400
    forged = pages.get("/quickbooks/connected?code=a&realmId=1&state=made-up")
    assert forged.text.startswith("That consent was asked for by somebody else, or too long ago")
    plain = create_app(named_database, Settings.read({})).test_client()
    assert plain.get(back).status_code == 404


def test_a_connection_that_cannot_be_given_back_can_be_forgotten(
    qbr: Qbr,
    named_database: Database,
    simulator: SimulatedQuickBooks,
    variables: dict[str, str],
    browser: Browser,
) -> None:
    qbr("books", "connect", "--by", "Ann", **variables)
    lost = variables | {"QBR_ENCRYPTION_KEY": Fernet.generate_key().decode()}
    told = qbr("books", "disconnect", **lost)
    assert told.err.startswith("Still connected: the stored tokens of QuickBooks cannot be decrypted")
    assert qbr("books", "disconnect", "--anyway", **lost).out.startswith("Forgotten here; in QuickBooks")
    assert named_database.fetch(find_grant, Vendor.QUICKBOOKS) is None


def test_doctor_says_whose_books_are_read_and_what_to_do_where_they_are_not(
    qbr: Qbr,
    named_database: Database,
    simulator: SimulatedQuickBooks,
    variables: dict[str, str],
    browser: Browser,
) -> None:
    assert "QuickBooks" not in qbr("doctor").out
    assert "✗ QuickBooks: QuickBooks is not connected: an administrator" in qbr("doctor", **variables).out
    qbr("books", "connect", "--by", "Ann", **variables)
    assert "✓ QuickBooks: grants access to the books of Demo MSP" in qbr("doctor", **variables).out
    with named_database.begin() as connection:
        connection.exec_driver_sql("UPDATE qbr_grants SET consent_ends_at = now() + interval '30 days'")
    assert (
        "✗ QuickBooks: The consent to read the books in QuickBooks ends on" in qbr("doctor", **variables).out
    )
    simulator.faults.consent_ended = True
    simulator.faults.add(faults.token_expired("x"), matching="/v3/")
    assert "run `qbr books connect`" in qbr("doctor", **variables).out


def test_a_new_encryption_key_is_printed_alone(qbr: Qbr) -> None:
    printed = qbr("key", "encryption").out.strip()
    assert Settings.read({"QBR_ENCRYPTION_KEY": f"{printed}, {KEY}"}).encryption_keys is not None
