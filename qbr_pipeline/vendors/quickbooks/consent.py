"""A person's consent that we read their books: asked for on a page of Intuit's, kept as tokens, given back.

What belongs here: the answers of the token address, and the address that the browser shows in the end. What does not:
keeping tokens (`connection`), and reports.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs, urlsplit

from qbr_pipeline.plain_text import one_line
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.store.grants import Tokens
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.redaction import Redactor
from qbr_pipeline.vendors.http.rejections import Rejection
from qbr_pipeline.vendors.http.retries import SOMEBODY_WAITS, RetryPolicy, TransientError
from qbr_pipeline.vendors.http.transport import Answer, Call, Transport, open_session
from qbr_pipeline.vendors.quickbooks.addresses import (
    QUICKBOOKS,
    REVOKE_PATH,
    TOKEN_PATH,
    revoke_url,
    token_url,
)

CLIENT = ("QUICKBOOKS_CLIENT_ID", "QUICKBOOKS_CLIENT_SECRET", "QUICKBOOKS_ENVIRONMENT")
CONNECT_AGAIN = "an administrator of the company has to consent again: run `qbr books connect`"

_USUAL_REFRESH_LIFE = 8_640_000
_LONGEST_TOKEN = 8192


class ConsentError(VendorError):
    """No consent came of it; the message says why, and what to do."""


class ConsentEndedError(PermanentError):
    """The consent is no longer good: only a person can change that."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the browser brings back: a code that is good once, for minutes, and the company that it is for."""

    code: str
    company_id: str

    def __repr__(self) -> str:
        """Without the code."""
        return f"Consent(of company {self.company_id})"


def read_consent(address: str, state: str) -> Consent:
    """What the address of the last page says. ConsentError when it is not the answer to the question with `state`."""
    query = {name: values[-1] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if "error" in query:
        raise ConsentError(
            f"Nobody consented: QuickBooks says {one_line(query['error'])[:60]}. Nothing was changed."
        )
    code, company, given = query.get("code", ""), query.get("realmId", ""), query.get("state", "")
    if not code or not company:
        raise ConsentError(
            "That is not the address of the last page: it has no code and no realmId. Copy all of what the browser's"
            " address bar shows after the consent."
        )
    if not compare_digest(given.encode(), state.encode()):
        raise ConsentError(
            "That address answers another question than the one just asked (its state differs): begin again with"
            " `qbr books connect`."
        )
    if re.fullmatch(r"\d{1,30}", company, re.ASCII) is None:
        raise ConsentError("That address names no company: its realmId is not a number.")
    return Consent(code, company)


class TokenTransport(Transport):
    """Grants, refreshes and gives back tokens; it can reach nothing else. Not for threads."""

    def __init__(
        self,
        access: QuickBooksAccess,
        retry_policy: RetryPolicy = SOMEBODY_WAITS,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        **time: Any,
    ) -> None:
        """`time`: how to sleep and which clock to look at, as for any transport."""
        self._access = access
        self._at = now
        pair = f"{access.client_id.get_secret_value()}:{access.client_secret.get_secret_value()}"
        basic = base64.b64encode(pair.encode()).decode()
        self._secrets = (access.client_secret.get_secret_value(), basic)
        session = open_session(token_url(access), lambda: f"Basic {basic}", Accept="application/json")
        super().__init__(QUICKBOOKS, session, Redactor(*self._secrets), retry_policy, now=now, **time)

    def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """The first tokens of a consent. ConsentEndedError when the code is not good any more."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._tokens(form, code)

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for old ones, which may be dead from then on. ConsentEndedError when they were before."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token}, refresh_token)

    def revoke(self, token: str) -> None:
        """Give a token back, and with it the consent. One that is dead already is no fault."""
        self.redact = Redactor(*self._secrets, token)
        call = Call(REVOKE_PATH, revoke_url(self._access), body={"token": token})
        try:
            self.ask(lambda: call, lambda _: None)
        except PermanentError as error:
            if error.status != 400:
                raise

    def overcomes(self, rejection: Rejection) -> bool:
        """Never: what helps here is another setting, or a person."""
        return False

    def explain(self, rejection: Rejection) -> PermanentError:
        """The fault for a rejection that does not pass, and is no redirect."""
        if rejection.status == 400 and rejection.call.endswith(TOKEN_PATH):
            return ConsentEndedError(
                f"QuickBooks takes the consent for these books no more ({rejection.text}): {CONNECT_AGAIN}; what was"
                " collected before stays",
                (),
                status=400,
            )
        return PermanentError(
            f"QuickBooks answered {rejection.call} with {rejection.status} ({rejection.text}): check"
            " QUICKBOOKS_CLIENT_ID, QUICKBOOKS_CLIENT_SECRET, and that QUICKBOOKS_ENVIRONMENT is the one whose keys"
            " they are",
            CLIENT,
            status=rejection.status,
        )

    def _tokens(self, form: Mapping[str, str], secret: str) -> Tokens:
        self.redact = Redactor(*self._secrets, secret)
        call = Call(
            TOKEN_PATH,
            token_url(self._access),
            form=form,
            headers={"x-include-refresh-token-hard-expires-in": "true"},
        )
        return self.ask(lambda: call, lambda answer: _granted(answer, self._at()))


def _granted(answer: Answer, now: datetime) -> Tokens:
    """The tokens that an answer grants at `now`; TransientError when it grants none."""
    body = answer.json()
    given = body if isinstance(body, dict) else {}
    access, refresh = (_token(given.get(name)) for name in ("access_token", "refresh_token"))
    lasts = _seconds(given.get("expires_in"))
    if access is None or refresh is None or lasts is None:
        raise TransientError("it granted no tokens")
    until = _seconds(given.get("x_refresh_token_expires_in")) or _USUAL_REFRESH_LIFE
    at_most = _seconds(given.get("x_refresh_token_hard_expires_in"))
    return Tokens(
        access,
        refresh,
        now + timedelta(seconds=lasts),
        now + timedelta(seconds=until),
        None if at_most is None else now + timedelta(seconds=at_most),
    )


def _token(held: object) -> str | None:
    is_one = (
        isinstance(held, str) and held.isascii() and held.isprintable() and 0 < len(held) <= _LONGEST_TOKEN
    )
    return str(held).strip() if is_one else None


def _seconds(held: object) -> float | None:
    if isinstance(held, bool) or not isinstance(held, int | Decimal) or not 0 < held < 10**10:
        return None
    return float(held)
