"""What each answer without success means: whether it may pass, and if not, which setting to look at.

What belongs here: the statuses, and the words that people read about them. What does not: trying again
(`retries`).
"""

from __future__ import annotations

from qbr_pipeline.vendors.connectwise.errors import PermanentError, UnknownAddressError

OVERLOADED = frozenset({408, 500, 502, 504})
"""Statuses with which servers answer what was too much for them, too: asking for less may help."""

_PASSING = frozenset({408, 425, 429})
_OF_VERSIONS = frozenset({406, 415})
_KEYS = ("CONNECTWISE_COMPANY_ID", "CONNECTWISE_PUBLIC_KEY", "CONNECTWISE_PRIVATE_KEY")
_SERVER = ("CONNECTWISE_SERVER",)

_REASONS: dict[int, tuple[tuple[str, ...], str]] = {
    400: (("QBR_REACTIVE_BOARDS", "CONNECTWISE_SERVER"), "; trying again would not help"),
    401: ((*_KEYS, "CONNECTWISE_CLIENT_ID"), ""),
    403: (
        ("CONNECTWISE_PUBLIC_KEY", "CONNECTWISE_CLIENT_ID"),
        "; the API member's security role must let it read service tickets, time entries and boards",
    ),
    404: (("CONNECTWISE_SERVER", *_KEYS), "; a cloud site also answers a wrong credential in this way"),
    407: (("HTTPS_PROXY",), ", whose proxy requires authentication"),
    414: (("QBR_REACTIVE_BOARDS",), ", whose names are too long for this server"),
}
_OTHER_REASON = (_SERVER, ", which may not be a ConnectWise PSA server; trying again would not help")


def may_pass(status: int, *, html: bool) -> bool:
    """Whether an answer with a `status` of 3xx or more may be another one later.

    A 403 that is a page of `html` is one: ConnectWise refuses in JSON, so that a firewall on the way has spoken.
    """
    return status in _PASSING or status >= 500 or (status == 403 and html)


def passing_sentence(status: int, text: str) -> str:
    """What an answer that may pass was."""
    if status == 403:
        return f"it answered 403 ({text}), which is not how ConnectWise answers: a firewall or a proxy in between did"
    return f"it answered {status} ({text})"


def rejects_version(status: int, text: str, version: str) -> bool:
    """Whether an answer refuses the version of the model that was asked for, by its status or in its words."""
    words = text.lower()
    return status in _OF_VERSIONS or (400 <= status < 500 and ("api version" in words or version in words))


def http_error(call: str, status: int, text: str, location: str) -> PermanentError:
    """The fault for an answer with a `status` of 3xx or 4xx that does not pass.

    `text` is what the body says and `location` where a redirect leads to, both shortened and free of secrets.
    """
    if status < 400:
        target = f" to {location}" if location else ""
        return PermanentError(
            f"ConnectWise redirected {call}{target} ({status}), and no redirect is followed because the"
            " credentials would go along: set CONNECTWISE_SERVER to the server's own address",
            _SERVER,
            status=status,
        )
    settings, why = _to_look_at(status, text.lower())
    kind = UnknownAddressError if status == 404 or _no_route(status, text.lower()) else PermanentError
    return kind(
        f"ConnectWise answered {call} with {status} ({text}): check {_listed(settings)}{why}",
        settings,
        status=status,
    )


def _to_look_at(status: int, text: str) -> tuple[tuple[str, ...], str]:
    """The settings behind a refusal, and what else a person should know about them."""
    if _no_route(status, text):
        return ("CONNECTWISE_SERVER", "CONNECTWISE_COMPANY_ID"), ", which do not belong together"
    if status in (400, 401, 403) and "clientid" in text.replace(" ", ""):
        return ("CONNECTWISE_CLIENT_ID",), ""
    return _REASONS.get(status, _OTHER_REASON)


def _no_route(status: int, text: str) -> bool:
    return status == 400 and "cannot route" in text


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
