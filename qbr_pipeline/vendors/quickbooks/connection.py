"""The standing consent to read a firm's books: its tokens, good ones at any time, and refreshed by one at a time.

What belongs here: who refreshes when, and what is stored before a token is used. What does not: talking to the token
address (`consent`), and the table (`store.grants`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.grants import (
    Grant,
    HeldTokens,
    Tokens,
    UnreadableTokenError,
    Vault,
    find_grant,
    hold_tokens,
    read_tokens,
)
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.quickbooks.consent import CONNECT_AGAIN, ConsentEndedError, TokenTransport

_MARGIN = timedelta(minutes=5)
_log = logging.getLogger(__name__)


class NotConnectedError(PermanentError):
    """Nobody has consented yet that we read the books, or the consent was for another environment."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, ())


class StandingConsent:
    """A firm's consent as it is stored; any number of processes may use it at once."""

    def __init__(
        self,
        database: Database,
        access: QuickBooksAccess,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_transport: Callable[[QuickBooksAccess], TokenTransport] | None = None,
    ) -> None:
        """`now`: an aware moment, by which tokens end."""
        self._database, self._access, self._now = database, access, now
        self._new_transport = new_transport or (lambda access: TokenTransport(access, now=now))
        self._vault = Vault([key.get_secret_value() for key in access.encryption_keys])

    @property
    def grant(self) -> Grant:
        """Whose books may be read. NotConnectedError, ConsentEndedError."""
        found = self._database.fetch(find_grant, Vendor.QUICKBOOKS)
        if found is None:
            raise NotConnectedError(
                "QuickBooks is not connected: an administrator of the company has to consent once; run"
                " `qbr books connect`"
            )
        if found.environment != self._access.environment:
            raise NotConnectedError(
                f"QuickBooks is connected to {found.environment}, and QUICKBOOKS_ENVIRONMENT says"
                f" {self._access.environment}: set it back, or run `qbr books connect`"
            )
        if found.ended_at is not None:
            raise ConsentEndedError(
                f"QuickBooks has taken the consent for the books of {found.company} no more since"
                f" {found.ended_at:%Y-%m-%d}: {CONNECT_AGAIN}; what was collected before stays",
                (),
            )
        return found

    def access_token(self, refused: str | None = None) -> str:
        """A token that is good now. `refused`: one that was not, although it should have been.

        Refreshed by whoever holds the row; the others wait and take what was stored. Raises as `grant` does, and what
        refreshing raises; then the stored tokens are as they were.
        """
        _ = self.grant
        try:
            with self._database.read() as connection:
                tokens = read_tokens(connection, self._database, Vendor.QUICKBOOKS, self._vault)
            if tokens is not None and self._is_good(tokens, refused):
                return tokens.access
            return self._refreshed(refused)
        except UnreadableTokenError as error:
            raise PermanentError(str(error), ("QBR_ENCRYPTION_KEY",)) from None

    def _refreshed(self, refused: str | None) -> str:
        ended: ConsentEndedError | None = None
        with hold_tokens(self._database, Vendor.QUICKBOOKS, self._vault) as held:
            if held is None:
                raise NotConnectedError("QuickBooks was disconnected a moment ago")
            if self._is_good(held.tokens, refused):
                return held.tokens.access
            try:
                tokens = self._refresh(held)
            except ConsentEndedError as error:
                held.end(self._now())
                ended = error
        if ended is not None:
            raise ended
        return tokens.access

    def _refresh(self, held: HeldTokens) -> Tokens:
        transport = self._new_transport(self._access)
        try:
            tokens = transport.refresh(held.tokens.refresh)
        finally:
            transport.close()
        held.replace(tokens, self._now())
        _log.info("the tokens of QuickBooks were refreshed; the new ones are stored")
        return tokens

    def _is_good(self, tokens: Tokens, refused: str | None) -> bool:
        return tokens.access != refused and self._now() < tokens.access_ends_at - _MARGIN
