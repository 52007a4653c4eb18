"""How NinjaOne is talked to: its tokens, its pace, what its rejections mean.

What belongs here: what is NinjaOne's own about an exchange. What does not: exchanging (`vendors.http`), paths, paging
and the meaning of rows (`client`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from qbr_pipeline.settings import NinjaAccess
from qbr_pipeline.vendors.http.errors import PermanentError, UnknownAddressError
from qbr_pipeline.vendors.http.redaction import Redactor
from qbr_pipeline.vendors.http.rejections import Rejection, Vendor, listed
from qbr_pipeline.vendors.http.retries import RetryPolicy, TransientError
from qbr_pipeline.vendors.http.transport import Answer, Call, Transport, open_session

T = TypeVar("T")

NINJA = Vendor("NinjaOne", "NINJA_SERVER")
TOKEN_PATH = "/ws/oauth/token"  # noqa: S105 - where tokens are had, and none
SCOPE = "monitoring"

_CLIENT = ("NINJA_CLIENT_ID", "NINJA_CLIENT_SECRET")
_SCOPED = f"; its client app needs the grant client credentials and the scope {SCOPE}"
_REASONS: Mapping[int, tuple[tuple[str, ...], str]] = {
    401: (_CLIENT, _SCOPED),
    403: (_CLIENT, _SCOPED),
    404: (
        ("NINJA_SERVER", "NINJA_CLIENT_ID"),
        "; a region also answers a client app of another region in this way",
    ),
    407: (("HTTPS_PROXY",), ", whose proxy requires authentication"),
}
_OTHER_REASON = (("NINJA_SERVER",), ", which may not be a NinjaOne server; trying again would not help")

_SECONDS_A_REQUEST = 0.21
"""NinjaOne throttles from five requests a second on."""
_MARGIN = 60.0
_USUAL_LIFE = 3600.0


class NinjaTransport(Transport):
    """A pool of connections to one NinjaOne server, with a token and patience. Not for threads.

    A token is asked for before the first request, before it ends, and when one that was good is refused.
    """

    def __init__(self, access: NinjaAccess, retry_policy: RetryPolicy, **time: Any) -> None:
        """`time`: how to sleep and which clocks to look at, as for any transport."""
        self._access = access
        self._token: str | None = None
        self._ends = 0.0
        self._is_proved = False
        self._next_at = float("-inf")
        session = open_session(access.server, self._authorization, Accept="application/json")
        super().__init__(NINJA, session, self._redactor(), retry_policy, **time)

    def get(self, path: str, query: Mapping[str, str | int], read: Callable[[object], T]) -> T:
        """What `read` makes of the JSON at `path`; errors as for `ask`."""

        def understood(answer: Answer) -> T:
            self._is_proved = True
            return read(_json(answer))

        return self.ask(lambda: self._call(path, query), understood)

    def overcomes(self, rejection: Rejection) -> bool:
        """Whether a token that was good is not good any more, so that a new one was asked for."""
        if rejection.status != 401 or not self._is_proved:
            return False
        self._renew()
        return True

    def explain(self, rejection: Rejection) -> PermanentError:
        """The fault for a rejection that does not pass, and is no redirect."""
        settings, why = _REASONS.get(rejection.status, _OTHER_REASON)
        if rejection.status == 400 and rejection.call.endswith(TOKEN_PATH):
            settings, why = _CLIENT, _SCOPED
        kind = UnknownAddressError if rejection.status == 404 else PermanentError
        return kind(
            f"NinjaOne answered {rejection.call} with {rejection.status} ({rejection.text}): check"
            f" {listed(settings)}{why}",
            settings,
            status=rejection.status,
        )

    def _call(self, path: str, query: Mapping[str, str | int]) -> Call:
        if self._token is None or self.clock() >= self._ends:
            self._renew()
        self._keep_pace()
        return Call(path, self._access.server + path, query)

    def _keep_pace(self) -> None:
        early = self._next_at - self.clock()
        if early > 0:
            self.pause(early)
        self._next_at = self.clock() + _SECONDS_A_REQUEST

    def _renew(self) -> None:
        self._token, self._is_proved = None, False
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access.client_id.get_secret_value(),
            "client_secret": self._access.client_secret.get_secret_value(),
            "scope": SCOPE,
        }
        self._keep_pace()
        call = Call(TOKEN_PATH, self._access.server + TOKEN_PATH, form=form)
        self._token, seconds = self.ask(lambda: call, lambda answer: _token(_json(answer)))
        self._ends = self.clock() + max(seconds - _MARGIN, seconds / 2)
        self.redact = self._redactor()

    def _authorization(self) -> str | None:
        return self._token and f"Bearer {self._token}"

    def _redactor(self) -> Redactor:
        return Redactor(self._access.client_secret.get_secret_value(), self._token or "")


def _json(answer: Answer) -> object:
    try:
        return answer.json()
    except TransientError as error:
        raise TransientError(
            f"{error.sentence}; either the server in NINJA_SERVER is not a NinjaOne server, or it answers in this way "
            "when there are too many requests"
        ) from None


def _token(body: object) -> tuple[str, float]:
    """The token that an answer grants, and for how many seconds; TransientError when it grants none."""
    given = body if isinstance(body, dict) else {}
    token, seconds = given.get("access_token"), given.get("expires_in")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
        raise TransientError("it granted no token; check NINJA_SERVER")
    if isinstance(seconds, bool) or not isinstance(seconds, int | Decimal) or seconds <= 0:
        return token.strip(), _USUAL_LIFE
    return token.strip(), float(seconds)
