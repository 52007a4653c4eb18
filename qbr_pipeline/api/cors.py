"""Cross-origin requests: origins that are listed may, others may not, and never a wildcard.

What belongs here: the headers of CORS. What does not: who may do what (`access`); an origin is no key,
and cookies are for our own pages alone: no answer allows credentials.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Request, Response

_HEADERS = "Authorization, Content-Type, If-Match, X-Request-ID"
_READABLE = "ETag, X-Request-ID, Retry-After, Content-Disposition"


def is_preflight(request: Request) -> bool:
    """Whether a browser asks whether it may ask."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(request: Request, origins: Collection[str], methods: Collection[str]) -> Response:
    """The answer to a browser that asks for a page; without permission when its origin is not listed."""
    response = Response(status=204)
    if request.headers.get("Origin") in origins:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = "600"
    return response


def allow(request: Request, response: Response, origins: Collection[str]) -> None:
    """Let the page of a listed origin read `response`."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is not None and origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _READABLE
