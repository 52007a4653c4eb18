"""What stands in front of Dagster's web application: where a request comes from, who sends it, what it would change.

What belongs here: the rules, as an ASGI middleware. What does not: the Host header (Starlette's own TrustedHost), who
holds which key (`api.access`), what a GraphQL document does (`operations`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qbr_pipeline.api.access import Caller, Needs, require
from qbr_pipeline.api.errors import ApiError, Code, failure
from qbr_pipeline.runtime.dagster_ui import CALLER, LIVE
from qbr_pipeline.runtime.dagster_ui.operations import HARMLESS, mutations

GRAPHQL = "/graphql"
MOST_BYTES = 16_000_000
_POLICY_VIOLATION = 1008
_READING = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",  # nobody else's page may lay itself over its buttons
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Lets through what a page of the UI itself or a program of somebody who may do it sends.

    `identify` says who calls, or raises ApiError; it is called in a thread. `own_origin` is the address under which
    other machines reach the UI, where there is one. `sign_in` is the page to sign in on, by the name under which
    somebody reached the UI. `recheck_seconds`: how long a web socket may outlive its session.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        identify: Callable[[HTTPConnection], Caller],
        own_origin: str | None,
        sign_in: Callable[[str], str],
        recheck_seconds: float = 10,
    ) -> None:
        self._app = app
        self._identify = identify
        self._own_origin = own_origin
        self._sign_in = sign_in
        self._recheck_seconds = recheck_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by itself, or hand it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            await self._admit(connection, receive)
        except ApiError as error:
            answer = self._rejection(connection, error)
        else:
            if connection.scope["path"] != LIVE:
                await self._app(
                    scope, scope.pop(_BODY, receive), self._while_admitted(connection, _with_headers(send))
                )
                return
            answer = PlainTextResponse("live")
        await answer(scope, receive, _with_headers(send))

    async def _admit(self, connection: HTTPConnection, receive: Receive) -> None:
        if connection.scope["path"] == LIVE:
            return
        require_own_page(connection, self._own_origin)
        caller = await run_in_threadpool(self._identify, connection)
        connection.scope[CALLER] = caller
        if connection.scope["type"] == "http":
            await _require_role(Request(connection.scope, receive), caller)

    def _while_admitted(self, connection: HTTPConnection, send: Send) -> Send:
        """`send`, which closes a web socket that is open when its session ends: before it would say anything more."""
        looked, is_closed = time.monotonic(), False

        async def sending(message: Message) -> None:
            nonlocal looked, is_closed
            if message["type"] == "websocket.send" and time.monotonic() - looked >= self._recheck_seconds:
                looked = time.monotonic()
                try:
                    await run_in_threadpool(self._identify, connection)
                except ApiError:
                    message = {"type": "websocket.close", "code": _POLICY_VIOLATION}
            if not is_closed:
                is_closed = message["type"] == "websocket.close"
                await send(message)

        return sending

    def _rejection(self, connection: HTTPConnection, error: ApiError) -> Response:
        is_page = connection.scope.get("method") == "GET" and connection.scope["path"] != GRAPHQL
        if (
            error.code is Code.UNAUTHORIZED
            and is_page
            and "text/html" in connection.headers.get("accept", "")
        ):
            return RedirectResponse(self._sign_in_page(connection), status_code=302)
        return JSONResponse(failure(error), error.code.status, error.headers)

    def _sign_in_page(self, connection: HTTPConnection) -> str:
        host = connection.headers.get("host", "")
        origin = self._own_origin
        if origin is None or urlsplit(origin).netloc != host:
            origin = f"http://{host}"
        path, query = connection.url.path, connection.url.query
        back = f"{origin}{path}{'?' if query else ''}{query}"
        return f"{self._sign_in(urlsplit(f'//{host}').hostname or '')}?{urlencode({'next': back})}"


_BODY = "qbr_body"


def require_own_page(connection: HTTPConnection, own_origin: str | None) -> None:
    """ApiError for what a page of another origin makes a browser send, but for a link that a person follows.

    Browsers say where a request comes from (Origin, Sec-Fetch-Site); programs that are no browser say nothing.
    """
    headers = connection.headers
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    is_link = (
        connection.scope.get("method") == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    is_foreign = origin is not None and not _is_own(origin, headers.get("host", ""), own_origin)
    if is_foreign or (site not in {"same-origin", "none"} and not is_link):
        raise ApiError(
            Code.FORBIDDEN,
            "this was sent by a page of another site: only the Dagster UI's own pages may send it",
        )


def _is_own(origin: str, host: str, own_origin: str | None) -> bool:
    if own_origin is not None and urlsplit(own_origin).netloc == host:
        return origin == own_origin  # by https, a page that came by http is somebody else's
    return origin in {f"http://{host}", f"https://{host}", own_origin}


async def _require_role(request: Request, caller: Caller) -> None:
    """ApiError when the request would change more than `caller` may, or in a way that a form could be made to."""
    if request.method in _READING:
        if request.scope["path"] == GRAPHQL and mutations(request.query_params.get("query", "")):
            raise ApiError(
                Code.METHOD_NOT_ALLOWED,
                "a GET request only reads: send a mutation by POST",
                {"Allow": "POST"},
            )
        return
    if request.method == "POST" and request.headers.get("content-type", "").partition(";")[
        0
    ].strip().lower() != ("application/json"):
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE, "expected a JSON body, sent as Content-Type: application/json"
        )
    is_reading = request.method == "POST" and request.scope["path"] == GRAPHQL and await _only_reads(request)
    require(caller, Needs.READ if is_reading else Needs.WRITE)


async def _only_reads(request: Request) -> bool:
    body = await _body(request)
    try:
        query = json.loads(body)["query"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ApiError(Code.INVALID_JSON, "expected a JSON object with a GraphQL query") from error
    if not isinstance(query, str):
        raise ApiError(Code.INVALID_JSON, "expected the GraphQL query as text")
    return await run_in_threadpool(mutations, query) <= HARMLESS


async def _body(request: Request) -> bytes:
    """The whole body; what the application receives is it again."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise ApiError(Code.BODY_TOO_LARGE, f"the body has more than {MOST_BYTES} bytes")
        parts.append(part)
    body = b"".join(parts)
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])
    receive = request.receive

    async def again() -> Message:
        return next(messages, None) or await receive()

    request.scope[_BODY] = again
    return body


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
