"""Connecting to a firm's books, and taking leave of them: the one question, its answer, and giving the consent back.

What belongs here: the steps, whoever takes them: a command or a page. What does not: talking to the token address
(`consent`), and the tokens of a standing consent (`connection`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from qbr_pipeline.metrics.books import Basis
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.grants import (
    Grant,
    Tokens,
    UnreadableTokenError,
    Vault,
    delete_grant,
    find_grant,
    read_tokens,
    store_grant,
)
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.retries import SOMEBODY_WAITS
from qbr_pipeline.vendors.quickbooks.addresses import consent_url
from qbr_pipeline.vendors.quickbooks.client import Company, QuickBooks
from qbr_pipeline.vendors.quickbooks.consent import ConsentError, TokenTransport, read_consent

CALLBACK_PATH = "/quickbooks/connected"
"""Where the browser comes back to, below the public address of the pages."""

_GOOD_FOR = timedelta(minutes=30)
_TOO_LATE = (
    "That consent was asked for by somebody else, or too long ago: begin again with `qbr books connect`."
)

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for consent, how the books are to be read (None: as the company prefers), and where the answer goes."""

    by: str
    redirect_uri: str
    basis: Basis | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def ask(access: QuickBooksAccess, question: Question, now: datetime) -> tuple[str, str]:
    """The page on which an administrator consents, and the state that its answer has to bring back."""
    kept = {
        "by": question.by,
        "redirect": question.redirect_uri,
        "basis": question.basis and question.basis.value,
        "asked": now.isoformat(),
    }
    state = _vault(access).lock(json.dumps(kept))
    return consent_url(access, question.redirect_uri, state), state


def question_of(access: QuickBooksAccess, address: str, now: datetime) -> tuple[Question, str]:
    """The question that the address of a last page answers, and its state. ConsentError when it is none of ours."""
    state = parse_qs(urlsplit(address).query).get("state", [""])[-1]
    try:
        kept = json.loads(_vault(access).unlock(state))
    except UnreadableTokenError:
        raise ConsentError(_TOO_LATE) from None
    if now - datetime.fromisoformat(kept["asked"]) > _GOOD_FOR:
        raise ConsentError(_TOO_LATE)
    return Question(kept["by"], kept["redirect"], kept["basis"] and Basis(kept["basis"])), state


def connect(
    database: Database,
    access: QuickBooksAccess,
    question: Question,
    state: str,
    address: str,
    now: Now = _utc_now,
) -> Grant:
    """Take what the browser's last `address` brings, look whose books they are, and keep the consent, encrypted.

    ConsentError, and what asking QuickBooks raises: then everything is as it was.
    """
    consent = read_consent(address, state)
    transport = TokenTransport(access, now=now)
    try:
        tokens = transport.exchange(consent.code, question.redirect_uri)
    finally:
        transport.close()
    company = _look(access, consent.company_id, tokens, question, now)
    at = now()
    grant = Grant(
        company_id=consent.company_id,
        company=company.name,
        environment=access.environment,
        basis=(question.basis or company.basis or Basis.ACCRUAL).value,
        currency=company.currency or "",
        access_ends_at=tokens.access_ends_at,
        refresh_ends_at=tokens.refresh_ends_at,
        consent_ends_at=tokens.consent_ends_at,
        refreshed_at=at,
        connected_at=at,
        connected_by=question.by,
        ended_at=None,
    )
    with database.begin() as connection:
        store_grant(connection, database, Vendor.QUICKBOOKS, grant, tokens, _vault(access))
    return grant


def disconnect(database: Database, access: QuickBooksAccess, now: Now = _utc_now) -> Grant | None:
    """Give the consent back to QuickBooks and forget it; whose books it was for, None when there was none.

    Raises what asking QuickBooks raises: then it is as it was.
    """
    grant = database.fetch(find_grant, Vendor.QUICKBOOKS)
    if grant is None:
        return None
    transport = TokenTransport(access, now=now)
    try:
        with database.read() as connection:
            tokens = read_tokens(connection, database, Vendor.QUICKBOOKS, _vault(access))
        if tokens is not None:
            transport.revoke(tokens.refresh)
    finally:
        transport.close()
    forget(database)
    return grant


def forget(database: Database) -> None:
    """Forget the consent, without telling QuickBooks."""
    with database.begin() as connection:
        delete_grant(connection, database, Vendor.QUICKBOOKS)


def _look(access: QuickBooksAccess, company_id: str, tokens: Tokens, question: Question, now: Now) -> Company:
    """Whose books the tokens open. Where its preferences name no currency, its reports do."""
    with QuickBooks(access, company_id, lambda _: tokens.access, SOMEBODY_WAITS, now=now) as quickbooks:
        company = quickbooks.company()
        if company.currency:
            return company
        today = now().date()
        basis = question.basis or company.basis or Basis.ACCRUAL
        read = quickbooks.books([Month(today.year, today.month)], today, basis)
    if not read.currency:
        raise VendorError(
            "QuickBooks does not say in which currency these books are kept: nothing is connected"
        )
    return Company(company.name, read.currency, company.basis)


def _vault(access: QuickBooksAccess) -> Vault:
    return Vault([key.get_secret_value() for key in access.encryption_keys])
