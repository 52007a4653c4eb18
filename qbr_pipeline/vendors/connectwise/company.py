"""What companyinfo says of a company: the codebase that its site runs, and the host that programs are to ask.

What belongs here: reading that answer, and which host it may send the credentials to. What does not: asking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

ANY_CODEBASE = "v4_6_release/"

_CODEBASE = re.compile(r"v[0-9A-Za-z_]+/", re.ASCII)
_SITE = re.compile(r"(?:https?://)?(?P<host>[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?)/?", re.ASCII | re.IGNORECASE)
_CLOUD_DOMAINS = ("myconnectwise.net", "connectwisedev.com")
"""ConnectWise's own: whoever may name a host below one of them is ConnectWise."""


@dataclass(frozen=True, slots=True)
class Company:
    """What a site says of itself. `program_host` is in lower case; None: it names none."""

    codebase: str = ANY_CODEBASE
    program_host: str | None = None


def company(body: object) -> Company:
    """The company in an answer of companyinfo; what is missing or has another shape counts as not said."""
    if not isinstance(body, dict):
        return Company()
    codebase, site = body.get("Codebase"), body.get("SiteUrl")
    return Company(
        codebase if isinstance(codebase, str) and _CODEBASE.fullmatch(codebase) else ANY_CODEBASE,
        _host(site) if isinstance(site, str) else None,
    )


def server_for_programs(server: str, host: str | None) -> str:
    """`server`, a URL, at the `host` that its companyinfo names for programs, where that is surely the same owner's.

    Credentials follow only within one registrable domain. No list of all the world's registries is kept for that: it is
    certain where one host lies below the other, and where both lie below a domain of ConnectWise's own cloud, as
    na.myconnectwise.net and api-na.myconnectwise.net do. Anywhere else, and over plain http, `server` stays.
    """
    url = urlsplit(server)
    here = (url.hostname or "").lower()
    if host is None or host == here or url.scheme != "https" or not _same_owner(here, host):
        return server
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{host}{port}{url.path}"


def _same_owner(one: str, other: str) -> bool:
    return (
        _is_below(one, other)
        or _is_below(other, one)
        or any(_is_below(one, domain) and _is_below(other, domain) for domain in _CLOUD_DOMAINS)
    )


def _is_below(host: str, domain: str) -> bool:
    return "." in domain and host.endswith(f".{domain}")


def _host(site: str) -> str | None:
    """The host in a SiteUrl, which is written with or without a scheme; None when it is more or less than that."""
    found = _SITE.fullmatch(site)
    return found["host"].lower() if found else None
