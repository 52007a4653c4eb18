"""One exchange with ConnectWise over HTTP: credentials, headers, time-outs, and what an answer means.

What belongs here: everything between a `Call` and a checked `Answer`, tried again where that may help. What
does not: paths, conditions, paging and the meaning of rows.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from ssl import SSLCertVerificationError
from typing import NoReturn, TypeVar
from urllib.parse import quote, urlencode

import requests
import urllib3
from requests.auth import AuthBase

from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.connectwise.errors import PermanentError
from qbr_pipeline.vendors.connectwise.http_errors import (
    OVERLOADED,
    http_error,
    may_pass,
    passing_sentence,
    rejects_version,
)
from qbr_pipeline.vendors.connectwise.redaction import HTML, Redactor, basic_token, is_html
from qbr_pipeline.vendors.connectwise.retries import (
    Retrier,
    RetryPolicy,
    TransientError,
    http_date,
    retry_after_seconds,
)

T = TypeVar("T")

API_VERSION = "2025.1"
_VERSIONED = f"application/vnd.connectwise.com+json; version={API_VERSION}"
_UNVERSIONED = "application/json"
"""The vendor's own type without a version counts as version 0.0, which servers refuse too."""

_PIECE = 65_536
_SLOWNESS = (requests.Timeout, urllib3.exceptions.TimeoutError)
_BROKEN = (urllib3.exceptions.DecodeError,)
_OF_LARGE_ANSWERS = (_SLOWNESS, _BROKEN)
_log = logging.getLogger(__name__)

_SENTENCES = (  # the first that fits; urllib3 takes a refused connection for a kind of time-out
    (
        (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError),
        "the proxy that HTTPS_PROXY names could not be reached, or did not let it through",
    ),
    ((urllib3.exceptions.NewConnectionError,), "the server in CONNECTWISE_SERVER could not be connected to"),
    (
        (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError),
        "the server in CONNECTWISE_SERVER could not be connected to in time",
    ),
    (_SLOWNESS, "the answer did not come in time"),
    (_BROKEN, "the answer could not be decompressed"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made. `path` names it in messages; `url` is complete but for the query."""

    path: str
    url: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None

    @property
    def method(self) -> str:
        """POST when there is a body."""
        return "GET" if self.body is None else "POST"

    @property
    def full_url(self) -> str:
        """The URL with its query, every space as %20 because not every server takes a plus sign for one."""
        return f"{self.url}?{urlencode(self.query, quote_via=quote)}" if self.query else self.url

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status of success. `has_next`: its Link header names a next page."""

    body: bytes
    has_next: bool = False

    def json(self) -> object:
        """The body as JSON, fractions as exact decimals. Raises TransientError for anything that is not JSON."""
        try:
            parsed: object = json.loads(self.body, parse_float=Decimal, parse_constant=_reject_constant)
        except (ValueError, RecursionError):
            page = is_html(self.body)
            kind = HTML if page else "a body that is not JSON"
            raise TransientError(f"it answered {kind}", overload=not page) from None
        return parsed


class Transport:
    """A pool of connections to one ConnectWise server, with credentials and patience. Not for threads.

    `requests` counts every try, `waited` the seconds spent on the network and in pauses between tries. `versioned`:
    the model of API_VERSION is asked for; after a server refused it, whichever model the server takes for its own.
    """

    def __init__(
        self,
        access: ConnectWiseAccess,
        retry_policy: RetryPolicy,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.requests = 0
        self.waited = 0.0
        self.versioned = True
        self._clock = clock
        self._now = now
        self._redact = Redactor(access)
        self._sleep = sleep
        self._retrier = Retrier(retry_policy, sleep=self._pause, clock=clock)
        self._session = _session(access)

    def ask(
        self,
        call: Callable[[], Call],
        read: Callable[[Answer], T],
        *,
        policy: RetryPolicy | None = None,
        failed: Callable[[TransientError], None] = lambda _: None,
    ) -> T:
        """What `read` makes of the answer to `call`; a TransientError that it raises is a reason to try again.

        `call` gives each try its request; `failed` hears of a try in vain, so that the next may ask for less. `policy`:
        a patience of its own, for what is not worth that of the client. Raises PermanentError at once for an answer
        that no repetition changes, else RetriesExhausted in the end.
        """
        own = policy and Retrier(policy, sleep=self._pause, clock=self._clock)
        retrier = own or self._retrier

        def attempt() -> T:
            try:
                return read(self._exchange(call(), retrier.limits))
            except TransientError as error:
                failed(error)
                raise

        return retrier.run(str(call()), attempt)

    def close(self) -> None:
        """Close every connection of the pool."""
        self._session.close()

    def _exchange(self, call: Call, limits: RetryPolicy) -> Answer:
        """One try, and another one when it was only the version of the model that was refused.

        It raises outside of the handler: an exception of requests carries the request with its credentials,
        so it must not become the context of ours.
        """
        self.requests += 1
        began = self._clock()
        fault: PermanentError | TransientError | None
        try:
            with self._session.request(
                call.method,
                call.full_url,
                json=call.body,
                headers=dict(call.headers),
                allow_redirects=False,
                stream=True,
                timeout=(limits.connect, limits.read),
            ) as response:
                if 200 <= response.status_code < 300:
                    return Answer(self._body(response, limits), has_next="next" in response.links)
                fault = self._rejected(call, response, limits)
        except (OSError, urllib3.exceptions.HTTPError) as caught:  # those of requests are OSErrors too
            fault = _without_answer(call, caught)
        finally:
            self.waited += self._clock() - began
        if fault is None:
            return self._exchange(call, limits)
        raise fault

    def _pause(self, seconds: float) -> None:
        self.waited += seconds
        self._sleep(seconds)

    def _body(self, response: requests.Response, limits: RetryPolicy) -> bytes:
        """The whole body, piece by piece as it comes, so that a trickle cannot outlast the patience."""
        began = self._clock()
        pieces = []
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            if self._clock() - began > limits.answer:
                raise TransientError(
                    f"its answer was not complete after {limits.answer:.0f} seconds", overload=True
                )
        return b"".join(pieces)

    def _rejected(
        self, call: Call, response: requests.Response, limits: RetryPolicy
    ) -> PermanentError | TransientError | None:
        """What an answer without success means; its status counts even when its body breaks off.

        None: it refused the version of the model, which is no longer requested.
        """
        body = b""
        with contextlib.suppress(requests.RequestException, urllib3.exceptions.HTTPError, TransientError):
            body = self._body(response, limits)
        status, text = response.status_code, self._redact.body(body)
        if self.versioned and rejects_version(status, text, API_VERSION):
            self._ask_without_version(call, status, text)
            return None
        if may_pass(status, html=is_html(body)):
            requested_at = http_date(response.headers.get("Date")) or self._now()
            pause = retry_after_seconds(response.headers.get("Retry-After"), requested_at)
            return TransientError(
                passing_sentence(status, text),
                status=status,
                retry_after=pause,
                overload=status in OVERLOADED,
            )
        return http_error(str(call), status, text, self._redact(response.headers.get("Location", "")))

    def _ask_without_version(self, call: Call, status: int, text: str) -> None:
        self.versioned = False
        self._session.headers["Accept"] = _UNVERSIONED
        _log.warning(
            "ConnectWise answered %s with %d (%s): version %s of its API is no longer requested",
            call,
            status,
            text,
            API_VERSION,
        )


class _Credentials(AuthBase):
    """The authentication of every request; being set, it keeps requests from looking into a .netrc file."""

    def __init__(self, access: ConnectWiseAccess) -> None:
        self._header = f"Basic {basic_token(access)}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _session(access: ConnectWiseAccess) -> requests.Session:
    client_id = access.client_id.get_secret_value()
    if not (client_id.isascii() and client_id.isprintable() and client_id == client_id.strip()):
        raise PermanentError(
            "CONNECTWISE_CLIENT_ID holds a character that no HTTP header can carry: expected the GUID of the"
            " integration",
            ("CONNECTWISE_CLIENT_ID",),
        )
    session = requests.Session()
    session.auth = _Credentials(access)
    # Plain http goes to this very machine only; through a proxy of the environment it would leave it.
    session.trust_env = not access.server.lower().startswith("http://")
    session.headers.update(
        {"Accept": _VERSIONED, "clientId": client_id, "User-Agent": f"qbr-pipeline/{_version()}"}
    )
    return session


def _version() -> str:
    try:
        return importlib.metadata.version("qbr-pipeline")
    except importlib.metadata.PackageNotFoundError:
        return "not-installed"


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _without_answer(call: Call, fault: Exception) -> PermanentError | TransientError:
    """What an exception of the libraries means."""
    server = ("CONNECTWISE_SERVER",)
    if type(fault) is OSError:  # of all that goes wrong, requests leaves only this one unwrapped
        return PermanentError(
            f"{call} was not sent because REQUESTS_CA_BUNDLE names no file that can be read: expected one with"
            " certificates in PEM",
            ("REQUESTS_CA_BUNDLE",),
        )
    if isinstance(fault, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return PermanentError(
            f"{call} could not be sent: CONNECTWISE_SERVER is not the URL of a server", server
        )
    causes = _causes(fault)
    if any(isinstance(cause, SSLCertVerificationError) for cause in causes):
        return PermanentError(
            f"{call} was not sent because the certificate of the server in CONNECTWISE_SERVER is not valid"
            " for its name or not trusted on this machine (REQUESTS_CA_BUNDLE names a file with your own"
            " authorities)",
            server,
        )
    for kinds, sentence in _SENTENCES:
        if any(isinstance(cause, kinds) for cause in causes):
            return TransientError(sentence, overload=kinds in _OF_LARGE_ANSWERS)
    return TransientError("the connection was lost before the answer was complete", overload=True)


def _causes(fault: BaseException) -> list[BaseException]:
    """`fault` and everything that it was made from, by chain, by argument or by urllib3's `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [fault]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [*cause.args, cause.__cause__, cause.__context__, getattr(cause, "reason", None)]
    return found
