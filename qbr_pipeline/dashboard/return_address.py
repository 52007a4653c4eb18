"""Where a person is led to after signing in: a page of ours, or the Dagster UI beside it; nowhere else.

What belongs here: which addresses are so. What does not: signing in (`pages`).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from qbr_pipeline.settings import Settings

_ABSOLUTE = re.compile(r"(https?://[A-Za-z0-9.\-\[\]:]+)(/.*)?", re.ASCII)


def is_page_of_ours(given: str) -> bool:
    """Whether `given` is a path of this application: a browser skips a tab and takes a backslash for a slash."""
    return given.startswith("/") and not given.startswith("//") and _is_plain(given)


def dagster_origin(given: str, host: str, read: Settings) -> str | None:
    """The origin of the Dagster UI when `given` is an address there, under the name of the Host header `host`.

    Under another name the UI would not get the cookie of this application, and would send the person back here.
    """
    found = _ABSOLUTE.fullmatch(given)
    if found is None or not _is_plain(given):
        return None
    try:
        origin, here = urlsplit(found[1]), urlsplit(f"//{host}")
        is_dagster = (origin.scheme, origin.port) == ("http", read.dagster_port)
    except ValueError:
        return None
    is_public = read.dagster_url is not None and f"{read.dagster_url}/".startswith(f"{found[1]}/")
    return found[1] if origin.hostname == here.hostname and (is_dagster or is_public) else None


def _is_plain(given: str) -> bool:
    return given.isprintable() and "\\" not in given
