"""What a firm has granted us at a vendor that asks a person for consent: whose books, and the tokens, encrypted.

What belongs here: the table, what is read and written of it, and the keys that make its tokens unreadable. What does
not: how tokens are had (`vendors`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import metadata, moment, organization_reference, read_as, vendor_reference
from qbr_pipeline.store.vendors import vendor_ids

grants = Table(
    "qbr_grants",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    vendor_reference(),
    Column("company_id", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("basis", String(10), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("access_token", Text, nullable=False),
    Column("refresh_token", Text, nullable=False),
    moment("access_ends_at", required=True),
    moment("refresh_ends_at", required=True),
    moment("consent_ends_at"),
    moment("refreshed_at", required=True),
    moment("connected_at", required=True),
    Column("connected_by", String(100), nullable=False),
    moment("ended_at"),
    UniqueConstraint("organization_id", "vendor_id", name="uq_qbr_grants_organization_vendor"),
)


class UnreadableTokenError(LookupError):
    """A token that no key of ours decrypts; its message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a vendor grants for a time; moments are aware. `consent_ends_at`: when a person has to consent anew."""

    access: str
    refresh: str
    access_ends_at: datetime
    refresh_ends_at: datetime
    consent_ends_at: datetime | None = None

    def __repr__(self) -> str:
        """Without the tokens."""
        return f"Tokens(access until {self.access_ends_at}, refresh until {self.refresh_ends_at})"


@dataclass(frozen=True, slots=True)
class Grant:
    """Whose books may be read, since when and until when; no token is in it. Moments are aware.

    `ended_at`: when the vendor said that the consent is no longer good; None while it is.
    """

    company_id: str
    company: str
    environment: str
    basis: str
    currency: str
    access_ends_at: datetime
    refresh_ends_at: datetime
    consent_ends_at: datetime | None
    refreshed_at: datetime
    connected_at: datetime
    connected_by: str
    ended_at: datetime | None

    @property
    def ends_at(self) -> datetime:
        """When it ends unless it is renewed, or at the latest."""
        return min(filter(None, (self.refresh_ends_at, self.consent_ends_at)))


class Vault:
    """Encrypts with the first of some keys, and decrypts with every one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])

    def lock(self, token: str) -> str:
        """The token as it is stored."""
        return self._keys.encrypt(token.encode()).decode()

    def unlock(self, stored: str) -> str:
        """The token that was stored. UnreadableTokenError when its key is not among ours."""
        try:
            return self._keys.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise UnreadableTokenError(
                "the stored tokens of QuickBooks cannot be decrypted: QBR_ENCRYPTION_KEY holds another key than the"
                " one they were encrypted with; put the old key behind the new one, or run `qbr books connect` again"
            ) from None


class HeldTokens:
    """The tokens of a grant whose row is locked until the transaction ends: nobody else refreshes meanwhile."""

    def __init__(self, connection: Connection, grant_id: int, vault: Vault, tokens: Tokens) -> None:
        self._connection, self._id, self._vault = connection, grant_id, vault
        self.tokens = tokens

    def replace(self, tokens: Tokens, now: datetime) -> None:
        """Store new tokens in place of the old ones."""
        values = _token_values(tokens, self._vault) | {"refreshed_at": now, "ended_at": None}
        if tokens.consent_ends_at is None:
            values.pop("consent_ends_at")
        self._connection.execute(update(grants).where(grants.c.id == self._id).values(values))

    def end(self, now: datetime) -> None:
        """Record that the vendor takes these tokens no more."""
        self._connection.execute(
            update(grants).where(grants.c.id == self._id, grants.c.ended_at.is_(None)).values(ended_at=now)
        )


def find_grant(connection: Connection, db: Database, vendor: Vendor) -> Grant | None:
    """What is granted at a vendor; None when nobody ever consented, or somebody disconnected."""
    found = connection.execute(_of(connection, db, vendor)).one_or_none()
    return None if found is None else read_as(Grant, found)


def read_tokens(connection: Connection, db: Database, vendor: Vendor, vault: Vault) -> Tokens | None:
    """The tokens of a grant as they are now, without a lock."""
    found = connection.execute(_of(connection, db, vendor)).one_or_none()
    return None if found is None else _tokens(found, vault)


@contextmanager
def hold_tokens(db: Database, vendor: Vendor, vault: Vault) -> Iterator[HeldTokens | None]:
    """The tokens of a grant, its row locked for the block, in a transaction that is committed at its end."""
    with db.begin() as connection:
        found = connection.execute(_of(connection, db, vendor).with_for_update()).one_or_none()
        yield None if found is None else HeldTokens(connection, found.id, vault, _tokens(found, vault))


def store_grant(
    connection: Connection, db: Database, vendor: Vendor, grant: Grant, tokens: Tokens, vault: Vault
) -> None:
    """Store a new grant in place of any old one."""
    values = {name: getattr(grant, name) for name in Grant.__slots__} | _token_values(tokens, vault)
    key = {"organization_id": db.organization_id, "vendor_id": vendor_ids(connection)[vendor]}
    statement = insert(grants).values({**key, **values})
    connection.execute(
        statement.on_conflict_do_update(constraint="uq_qbr_grants_organization_vendor", set_=values)
    )


def delete_grant(connection: Connection, db: Database, vendor: Vendor) -> None:
    """Forget a grant and its tokens."""
    vendor_id = vendor_ids(connection)[vendor]
    connection.execute(
        delete(grants).where(grants.c.organization_id == db.organization_id, grants.c.vendor_id == vendor_id)
    )


def _of(connection: Connection, db: Database, vendor: Vendor) -> Select[Any]:
    return select(grants).where(
        grants.c.organization_id == db.organization_id, grants.c.vendor_id == vendor_ids(connection)[vendor]
    )


def _tokens(row: Row[Any], vault: Vault) -> Tokens:
    return Tokens(
        vault.unlock(row.access_token),
        vault.unlock(row.refresh_token),
        row.access_ends_at,
        row.refresh_ends_at,
        row.consent_ends_at,
    )


def _token_values(tokens: Tokens, vault: Vault) -> dict[str, object]:
    return {
        "access_token": vault.lock(tokens.access),
        "refresh_token": vault.lock(tokens.refresh),
        "access_ends_at": tokens.access_ends_at,
        "refresh_ends_at": tokens.refresh_ends_at,
        "consent_ends_at": tokens.consent_ends_at,
    }
