"""The access log: a line of JSON for each request, in which no configured key ever stands.

What belongs here: what a line holds. What does not: where it goes (`QBR_LOG_FILE`, or the application's own logging).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable

from flask import Request

from qbr_pipeline.settings import ApiKey

MOST_OF_A_PATH = 200

log = logging.getLogger("qbr_pipeline.api.access")


def redacted(text: str, keys: Iterable[ApiKey]) -> str:
    """`text` without any of `keys`, wherever somebody put it: into a path, a method, a request id."""
    for each in keys:
        text = text.replace(each.key.get_secret_value(), "[key]")
    return text


def write(
    request: Request,
    keys: Iterable[ApiKey],
    *,
    request_id: str,
    status: int,
    milliseconds: float,
    key_name: str | None,
) -> None:
    """One line. What is cut short is so after keys are taken out: half a key is a secret too."""
    log.info(
        "%s",
        json.dumps(
            {
                "request_id": redacted(request_id, keys),
                "method": redacted(request.method, keys)[:20],
                "path": redacted(request.path, keys)[:MOST_OF_A_PATH],
                "status": status,
                "milliseconds": round(milliseconds, 1),
                "key": key_name,
                "address": request.remote_addr,
            }
        ),
    )
