"""What the rejections of ConnectWise mean: which setting to look at.

What belongs here: its statuses, and the words that people read about them. What does not: what may pass
(`http.rejections`), and trying again (`http.retries`).
"""

from __future__ import annotations

from qbr_pipeline.vendors.http.errors import PermanentError, UnknownAddressError
from qbr_pipeline.vendors.http.rejections import Rejection, listed

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


def rejects_version(status: int, text: str, version: str) -> bool:
    """Whether an answer refuses the version of the model that was asked for, by its status or in its words."""
    words = text.lower()
    return status in _OF_VERSIONS or (400 <= status < 500 and ("api version" in words or version in words))


def http_error(rejection: Rejection) -> PermanentError:
    """The fault for a rejection that does not pass, and is no redirect."""
    status, words = rejection.status, rejection.text.lower()
    settings, why = _to_look_at(status, words)
    kind = UnknownAddressError if status == 404 or _no_route(status, words) else PermanentError
    return kind(
        f"ConnectWise answered {rejection.call} with {status} ({rejection.text}): check {listed(settings)}{why}",
        settings,
        status=status,
    )


def _to_look_at(status: int, text: str) -> tuple[tuple[str, ...], str]:
    """The settings behind a rejection, and what else a person should know about them."""
    if _no_route(status, text):
        return ("CONNECTWISE_SERVER", "CONNECTWISE_COMPANY_ID"), ", which do not belong together"
    if status in (400, 401, 403) and "clientid" in text.replace(" ", ""):
        return ("CONNECTWISE_CLIENT_ID",), ""
    return _REASONS.get(status, _OTHER_REASON)


def _no_route(status: int, text: str) -> bool:
    return status == 400 and "cannot route" in text
