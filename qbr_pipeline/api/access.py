"""Who may do what: keys and their roles, what holds without keys, and the slowing down of guessers.

What belongs here: deciding. What does not: where keys are configured (`service`), what a cookie holds (`sessions`).
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from flask import Request

from qbr_pipeline.api import sessions
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.settings import ApiKey, Role
from qbr_pipeline.settings.addresses import is_loopback

OF_A_PROXY = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "X-Client-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
)
"""Headers that say a request was handed on: its sender may be anybody, though it comes from this machine."""


class WithoutKeys(StrEnum):
    """What an application without keys allows; `app.config["QBR_ACCESS_WITHOUT_KEYS"]` says so in words."""

    REFUSED = "refused"
    LOOPBACK = "loopback"
    OPEN = "open"


class Needs(StrEnum):
    """What an endpoint asks of its caller."""

    NOTHING = "nothing"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the name of the key, None where no keys are needed; and whether a session stood for it."""

    key_name: str | None
    role: Role
    is_signed_in: bool = False


@dataclass
class FailedKeys:
    """Counts wrong keys by the address they came from: at most `limit` in `seconds`. Safe among threads."""

    clock: Callable[[], float]
    limit: int = 10
    seconds: float = 60
    addresses: int = 10_000
    _failures: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, address: str) -> None:
        """One more wrong key from `address`."""
        with self._lock:
            self._failures.setdefault(address, deque(maxlen=self.limit)).append(self.clock())
            self._failures.move_to_end(address)
            while len(self._failures) > self.addresses:
                self._failures.popitem(last=False)

    def seconds_to_wait(self, address: str) -> float:
        """How long until another key from `address` is looked at; 0 when now."""
        with self._lock:
            failures = self._failures.get(address)
            if failures is None or len(failures) < self.limit:
                return 0
            return max(0.0, failures[0] + self.seconds - self.clock())


def authenticate(
    request: Request,
    keys: tuple[ApiKey, ...],
    without_keys: WithoutKeys,
    failed: FailedKeys,
    *,
    ended: sessions.EndedSessions | None = None,
) -> Caller:
    """Who calls; ApiError for a caller without a right key, and where nothing is open to anybody.

    `ended`: the sessions that were signed out of, in an application that signs people in: there a cookie stands for a
    key where none is sent.
    """
    if not keys:
        return _anybody(request, without_keys)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        found = find_key(given.strip(), keys, failed, request.remote_addr or "")
        return Caller(found.name, found.role)
    held = sessions.signed_in_key(keys, ended)
    if held is None:
        raise _unauthorized("a key is needed: send it as Authorization: Bearer KEY")
    return Caller(held.name, held.role, is_signed_in=True)


def find_key(given: str, keys: tuple[ApiKey, ...], failed: FailedKeys, address: str) -> ApiKey:
    """The key that was given; ApiError for a wrong one, and for any from an address that sent too many wrong ones."""
    wait = failed.seconds_to_wait(address)
    if wait > 0:
        raise ApiError(
            Code.TOO_MANY_FAILURES,
            "too many wrong keys came from this address: try again later",
            {"Retry-After": str(int(wait) + 1)},
        )
    found = _find(given, keys)
    if found is None:
        failed.note(address)
        raise _unauthorized("the key is not valid")
    return found


def require(caller: Caller, needs: Needs) -> None:
    """ApiError when the caller's role is not enough."""
    if needs is Needs.WRITE and caller.role is not Role.WRITE:
        raise ApiError(
            Code.FORBIDDEN, f'the key "{caller.key_name}" may only read: its role is {caller.role}'
        )


def _anybody(request: Request, without_keys: WithoutKeys) -> Caller:
    if without_keys is WithoutKeys.REFUSED:
        raise ApiError(
            Code.FORBIDDEN,
            "no keys are configured, so access is denied: set QBR_API_KEYS, or allow open access in the "
            "configuration of this application",
        )
    if without_keys is WithoutKeys.LOOPBACK and any(name in request.headers for name in OF_A_PROXY):
        raise ApiError(
            Code.FORBIDDEN,
            "the request came through a proxy, but without keys only this machine is served: set QBR_API_KEYS",
        )
    if without_keys is WithoutKeys.LOOPBACK and not (
        is_loopback(_host_of(request)) and is_loopback(request.remote_addr or "")
    ):
        raise ApiError(
            Code.FORBIDDEN,
            "without keys only this machine is served, under a Host header that names it, such as 127.0.0.1",
        )
    return Caller(None, Role.WRITE)


def _host_of(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def _find(given: str, keys: tuple[ApiKey, ...]) -> ApiKey | None:
    """The key that was given; every key is compared, each in constant time."""
    sent = given.encode("utf-8", "surrogateescape")
    found = None
    for key in keys:
        if hmac.compare_digest(sent, key.key.get_secret_value().encode()):
            found = key
    return found


def _unauthorized(sentence: str) -> ApiError:
    return ApiError(Code.UNAUTHORIZED, sentence, {"WWW-Authenticate": 'Bearer realm="qbr"'})
