"""One exchange with a vendor's server over HTTP: time-outs, tries, and what goes wrong on the way.

What belongs here: everything between a `Call` and a checked `Answer`, tried again where that may help. What does not:
credentials, paths, paging, the meaning of rows, and what only one vendor's rejections mean.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
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

from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.redaction import HTML, Redactor, is_html
from qbr_pipeline.vendors.http.rejections import OVERLOADED, Rejection, Vendor
from qbr_pipeline.vendors.http.retries import (
    Retrier,
    RetryPolicy,
    TransientError,
    http_date,
    retry_after_seconds,
)

T = TypeVar("T")

_PIECE = 65_536
_SLOWNESS = (requests.Timeout, urllib3.exceptions.TimeoutError)
_BROKEN = (urllib3.exceptions.DecodeError,)
_OF_LARGE_ANSWERS = (_SLOWNESS, _BROKEN)
_SENTENCES = (  # the first that fits; urllib3 takes a refused connection for a kind of time-out
    (
        (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError),
        "the proxy that HTTPS_PROXY names could not be reached, or did not let it through",
    ),
    ((urllib3.exceptions.NewConnectionError,), "the server in {server} could not be connected to"),
    (
        (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError),
        "the server in {server} could not be connected to in time",
    ),
    (_SLOWNESS, "the answer did not come in time"),
    (_BROKEN, "the answer could not be decompressed"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made. `path` names it in messages; `url` is complete but for the query.

    `body` goes as JSON, `form` as a form.
    """

    path: str
    url: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None

    @property
    def method(self) -> str:
        """POST when there is a body or a form."""
        return "GET" if self.body is None and self.form is None else "POST"

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
    """A pool of connections to one server of a vendor, with credentials and patience. Not for threads.

    `requests` counts every try, `waited` the seconds spent on the network and in pauses between tries.
    """

    def __init__(
        self,
        vendor: Vendor,
        session: requests.Session,
        redact: Redactor,
        retry_policy: RetryPolicy,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`redact` knows the secrets that `session` carries."""
        self.requests = 0
        self.waited = 0.0
        self.vendor = vendor
        self.session = session
        self.clock = clock
        self._now = now
        self.redact = redact
        self._sleep = sleep
        self._retrier = Retrier(vendor.name, retry_policy, sleep=self.pause, clock=clock)

    def overcomes(self, rejection: Rejection) -> bool:
        """Whether something was done about a rejection, so that the same call is worth another try at once."""
        raise NotImplementedError

    def explain(self, rejection: Rejection) -> PermanentError:
        """The fault for a rejection that does not pass, and is no redirect."""
        raise NotImplementedError

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
        own = policy and Retrier(self.vendor.name, policy, sleep=self.pause, clock=self.clock)
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
        self.session.close()

    def pause(self, seconds: float) -> None:
        """Wait, and count that as waited."""
        self.waited += seconds
        self._sleep(seconds)

    def _exchange(self, call: Call, limits: RetryPolicy) -> Answer:
        """One try, and another one when something was done about its rejection.

        It raises outside of the handler: an exception of requests carries the request with its credentials,
        so it must not become the context of ours.
        """
        self.requests += 1
        began = self.clock()
        rejection: Rejection | None = None
        fault: PermanentError | TransientError
        pause = None
        try:
            with self.session.request(
                call.method,
                call.full_url,
                json=call.body,
                data=call.form,
                headers=dict(call.headers),
                allow_redirects=False,
                stream=True,
                timeout=(limits.connect, limits.read),
            ) as response:
                if 200 <= response.status_code < 300:
                    return Answer(self._body(response, limits), has_next="next" in response.links)
                rejection = self._rejection(call, response, limits)
                pause = self._requested_pause(response)
        except (OSError, urllib3.exceptions.HTTPError) as caught:  # those of requests are OSErrors too
            fault = without_answer(call, caught, self.vendor.server)
        finally:
            self.waited += self.clock() - began
        if rejection is not None and self.overcomes(rejection):
            return self._exchange(call, limits)
        raise fault if rejection is None else self.fault(rejection, pause)

    def fault(self, rejection: Rejection, pause: float | None) -> PermanentError | TransientError:
        """What a rejection means; `pause`: the seconds that it asks to wait."""
        if not rejection.may_pass:
            return rejection.redirected(self.vendor) or self.explain(rejection)
        return TransientError(
            rejection.passing_sentence(self.vendor),
            status=rejection.status,
            retry_after=pause,
            overload=rejection.status in OVERLOADED,
        )

    def _body(self, response: requests.Response, limits: RetryPolicy) -> bytes:
        """The whole body, piece by piece as it comes, so that a trickle cannot outlast the patience."""
        began = self.clock()
        pieces = []
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            if self.clock() - began > limits.answer:
                raise TransientError(
                    f"its answer was not complete after {limits.answer:.0f} seconds", overload=True
                )
        return b"".join(pieces)

    def _rejection(self, call: Call, response: requests.Response, limits: RetryPolicy) -> Rejection:
        """An answer without success; its status counts even when its body breaks off."""
        body = b""
        with contextlib.suppress(requests.RequestException, urllib3.exceptions.HTTPError, TransientError):
            body = self._body(response, limits)
        return Rejection(
            str(call),
            response.status_code,
            self.redact.body(body),
            is_html(body),
            self.redact(response.headers.get("Location", "")),
            body,
        )

    def _requested_pause(self, response: requests.Response) -> float | None:
        requested_at = http_date(response.headers.get("Date")) or self._now()
        return retry_after_seconds(response.headers.get("Retry-After"), requested_at)


class Header(AuthBase):
    """The header Authorization of every request; being set, it keeps requests from looking into a .netrc file."""

    def __init__(self, value: Callable[[], str | None]) -> None:
        """`value` is asked for at every request; None: no header."""
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """`request` with the header."""
        value = self._value()
        if value is not None:
            request.headers["Authorization"] = value
        return request


def open_session(server: str, authorization: Callable[[], str | None], **headers: str) -> requests.Session:
    """A session with a server of a vendor; plain http goes to this very machine only, by no proxy."""
    session = requests.Session()
    session.auth = Header(authorization)
    session.trust_env = not server.lower().startswith("http://")
    session.headers.update({**headers, "User-Agent": f"qbr-pipeline/{_version()}"})
    return session


def _version() -> str:
    try:
        return importlib.metadata.version("qbr-pipeline")
    except importlib.metadata.PackageNotFoundError:
        return "not-installed"


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def without_answer(call: object, fault: Exception, server: str) -> PermanentError | TransientError:
    """What an exception of the libraries means; `server` is the setting that names the server."""
    if type(fault) is OSError:  # of all that goes wrong, requests leaves only this one unwrapped
        return PermanentError(
            f"{call} was not sent because REQUESTS_CA_BUNDLE names no file that can be read: expected one with"
            " certificates in PEM",
            ("REQUESTS_CA_BUNDLE",),
        )
    if isinstance(fault, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return PermanentError(f"{call} could not be sent: {server} is not the URL of a server", (server,))
    causes = _causes(fault)
    if any(isinstance(cause, SSLCertVerificationError) for cause in causes):
        return PermanentError(
            f"{call} was not sent because the certificate of the server in {server} is not valid"
            " for its name or not trusted on this machine (REQUESTS_CA_BUNDLE names a file with your own"
            " authorities)",
            (server,),
        )
    for kinds, sentence in _SENTENCES:
        if any(isinstance(cause, kinds) for cause in causes):
            return TransientError(sentence.format(server=server), overload=kinds in _OF_LARGE_ANSWERS)
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
