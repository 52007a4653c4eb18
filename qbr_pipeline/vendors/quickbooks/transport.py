"""How QuickBooks' reports are asked for: GET and nothing else, with a token that is good, in QuickBooks' own pace.

What belongs here: what is QuickBooks' own about an exchange. What does not: exchanging (`vendors.http`), consent
(`connection`), which reports there are (`client`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests

from qbr_pipeline.plain_text import one_line
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.redaction import HTML, Redactor
from qbr_pipeline.vendors.http.rejections import Rejection
from qbr_pipeline.vendors.http.retries import RetryPolicy, TransientError
from qbr_pipeline.vendors.http.transport import Answer, Call, Transport, open_session
from qbr_pipeline.vendors.quickbooks.addresses import QUICKBOOKS, api_server
from qbr_pipeline.vendors.quickbooks.bodies import NoBodyError, fault_in, fault_of, read_body
from qbr_pipeline.vendors.quickbooks.consent import CLIENT, CONNECT_AGAIN

T = TypeVar("T")

MINOR_VERSION = 75
"""The version of its API that all answers are of; QuickBooks ignores lower ones."""

_THROTTLE_PAUSE = 60.0
_log = logging.getLogger(__name__)


class QuickBooksTransport(Transport):
    """A pool of connections to QuickBooks' reports, with a token and patience. It only reads. Not for threads."""

    def __init__(
        self,
        access: QuickBooksAccess,
        token: Callable[[str | None], str],
        retry_policy: RetryPolicy,
        **time: Any,
    ) -> None:
        """`token`: gives one that is good; it is told one that was refused. `time`: as for any transport."""
        self._access = access
        self._give = token
        self._token = ""
        self._is_renewed = False
        session = open_session(api_server(access), self._authorization, Accept="application/json")
        session.hooks["response"].append(_note_transaction)
        super().__init__(QUICKBOOKS, session, _FaultRedactor(), retry_policy, **time)

    def get(
        self,
        path: str,
        query: Mapping[str, str | int],
        read: Callable[[bytes], T],
        *,
        failed: Callable[[TransientError], None] = lambda _: None,
    ) -> T:
        """What `read` makes of the body at `path`; errors and `failed` as for `ask`."""

        def understood(answer: Answer) -> T:
            try:
                _reject_fault(answer.body)
                return read(answer.body)
            except NoBodyError as error:
                raise TransientError(f"it answered {error}", overload=True) from None

        return self.ask(lambda: self._call(path, query), understood, failed=failed)

    def overcomes(self, rejection: Rejection) -> bool:
        """Whether a token that had ended was replaced, once for each call."""
        if rejection.status != 401 or self._is_renewed:
            return False
        self._is_renewed = True
        self._use(self._give(self._token))
        return True

    def fault(self, rejection: Rejection, pause: float | None) -> PermanentError | TransientError:
        """What a rejection means: too many requests pass in a minute, however QuickBooks says so."""
        said = fault_of(rejection.content)
        if rejection.status == 429 or (rejection.status == 403 and said is not None and said.is_throttle):
            return TransientError(
                f"it answered {rejection.status}, there were too many requests",
                status=rejection.status,
                retry_after=_THROTTLE_PAUSE if pause is None else pause,
            )
        if rejection.status == 403 and said is not None:
            return self.explain(rejection)
        return super().fault(rejection, pause)

    def explain(self, rejection: Rejection) -> PermanentError:
        """The fault for a rejection that does not pass, and is no redirect."""
        said = fault_of(rejection.content)
        reason = self.redact(str(said)) if said else rejection.text
        answered = f"QuickBooks answered {rejection.call} with {rejection.status} ({reason})"
        if rejection.status == 401:
            return PermanentError(f"{answered} although the token was new: {CONNECT_AGAIN}", (), status=401)
        if rejection.status == 403:
            return PermanentError(
                f"{answered}: the app and the company do not match; check that QUICKBOOKS_ENVIRONMENT is the one whose"
                f" keys QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET are, else {CONNECT_AGAIN}",
                CLIENT,
                status=403,
            )
        return PermanentError(f"{answered}; trying again would not help", (), status=rejection.status)

    def _call(self, path: str, query: Mapping[str, str | int]) -> Call:
        self._is_renewed = False
        self._use(self._give(None))
        return Call(path, api_server(self._access) + path, {**query, "minorversion": MINOR_VERSION})

    def _use(self, token: str) -> None:
        self._token = token
        self.redact = _FaultRedactor(token)

    def _authorization(self) -> str | None:
        return f"Bearer {self._token}" if self._token else None


class _FaultRedactor(Redactor):
    """Quotes of an error its codes and messages alone: details may hold a token."""

    def body(self, content: bytes) -> str:
        said = fault_of(content)
        if said is not None:
            return self(str(said))
        quoted = super().body(content)
        return quoted if quoted in {HTML, "no text"} else "a text that is no fault of QuickBooks"


def _reject_fault(content: bytes) -> None:
    """TransientError for a body that is a fault, although its status was one of success. NoBodyError for none."""
    said = fault_in(read_body(content))
    if said is not None:
        raise TransientError(f"it answered 200 with a fault ({one_line(str(said))[:200]})")


def _note_transaction(response: requests.Response, **_: object) -> None:
    """Log what Intuit's support asks for: nobody who watches a collection wants it of what went well."""
    number = one_line(response.headers.get("intuit_tid", ""))[:80]
    path = (response.request.path_url or "").partition("?")[0]
    level = logging.DEBUG if response.ok else logging.WARNING
    _log.log(level, "GET %s: %s, intuit_tid %s", path, response.status_code, number or "none")
