"""What each final refusal of ConnectWise means, and which setting to look at.

What belongs here: the statuses that no repetition changes. The passing ones are told apart in `transport`.
"""

from __future__ import annotations

from qbr_pipeline.vendors.connectwise.errors import PermanentError, UnknownAddressError

_KEYS = ("CONNECTWISE_COMPANY_ID", "CONNECTWISE_PUBLIC_KEY", "CONNECTWISE_PRIVATE_KEY")


def http_error(call: str, status: int, text: str, location: str) -> PermanentError:
    """The fault for an answer with a `status` of 3xx or 4xx other than 429.

    `text` is what the body says and `location` where a redirect leads to, both shortened and free of secrets.
    """
    if status < 400:
        target = f" to {location}" if location else ""
        return PermanentError(
            f"ConnectWise redirected {call}{target} ({status}), and no redirect is followed because the"
            " credentials would go along: set CONNECTWISE_SERVER to the server's own address",
            ("CONNECTWISE_SERVER",),
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
    match status:
        case 401:
            return (*_KEYS, "CONNECTWISE_CLIENT_ID"), ""
        case 403:
            return (
                ("CONNECTWISE_PUBLIC_KEY", "CONNECTWISE_CLIENT_ID"),
                "; the API member's security role must let it read service tickets, time entries and boards",
            )
        case 404:
            return ("CONNECTWISE_SERVER", *_KEYS), "; a cloud site answers so to a wrong credential too"
        case _:
            return ("QBR_REACTIVE_BOARDS", "CONNECTWISE_SERVER"), "; trying again would not help"


def _no_route(status: int, text: str) -> bool:
    return status == 400 and "cannot route" in text


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
