"""Answers of a NinjaOne server that cannot or will not: faults to be laid out in the simulated one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qbr_pipeline.demo.faults import Answer, Reply


def forbidden() -> Reply:
    """403: the client app has not the scope."""
    body = {
        "error": "access_denied",
        "error_description": "The client app does not have the scope monitoring.",
    }
    return Reply(Answer(403, json.dumps(body)))


def too_many_requests(retry_after: str | int | None = 30) -> Reply:
    """429; `retry_after` is the header in seconds, left out when None."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(Answer(429, json.dumps({"errorMessage": "Too many requests"}), headers))


def wrapped(rows: Sequence[Mapping[str, Any]] = ()) -> Reply:
    """Rows inside an object, as how-tos write it and no server of these three lists does."""
    return Reply(Answer(200, json.dumps({"results": list(rows), "pageInfo": {"hasNext": False}})))


def rows(listed: Sequence[Mapping[str, Any]]) -> Reply:
    """A page of these rows, whatever is there."""
    return Reply(Answer(200, json.dumps(listed)))
