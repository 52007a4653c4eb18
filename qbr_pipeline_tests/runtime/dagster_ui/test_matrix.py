"""Every route with every method and every credential: the API, the pages, and Dagster's UI.

The routes come from what serves them, and what is expected from what each needs: a route that is added is tested too,
and needs a key until this file says that it is open.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp
from werkzeug.routing import Rule

from qbr_pipeline.api.access import Needs
from qbr_pipeline.api.blueprint import PREFIX
from qbr_pipeline.api.routes import routes
from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.runtime.dagster_ui import LIVE
from qbr_pipeline.settings import Role, Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.runtime.dagster_ui.conftest import (
    KEYS,
    MUTATION,
    QUERY,
    READER,
    SECRET,
    WRITER,
    ask,
    with_key,
)

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
OF_PROGRAMS = {"monitoring.metrics"}
"""What no person reads: there, nobody is sent to sign in."""
OPEN_PAGES = {"dashboard.sign_in", "dashboard.static", "dashboard.charts", "bootstrap.static"}
"""The pages and files that a browser needs before anybody has signed in."""
OPEN_TAGS = {"health", "documentation"}
FILES = {"dashboard.static": "dashboard.css", "bootstrap.static": "css/bootstrap.min.css"}
PATHS = sorted({each.path for each in routes.endpoints})


@dataclass(frozen=True)
class Credential:
    """What a caller brings, and the role that it stands for; None where it stands for nothing."""

    name: str
    role: Role | None
    headers: dict[str, str]


_addresses = itertools.count(1)


def address() -> str:
    """Another caller's each time: guessers wait."""
    number = next(_addresses)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@pytest.fixture(scope="module")
def pages(numbers: Database) -> Flask:
    """The dashboard and the API."""
    return create_app(numbers, Settings.read({"QBR_API_KEYS": KEYS, "QBR_SESSION_SECRET": SECRET}))


def session_of(pages: Flask, key: str, *, ended: bool = False) -> dict[str, str]:
    """The headers of a browser that signed in with `key`; `ended`: and out again."""
    client = pages.test_client()
    token = csrf_of(client.get("/sign-in").get_data(as_text=True))
    client.post("/sign-in", data={"key": key, "csrf_token": token}, environ_base={"REMOTE_ADDR": address()})
    token = csrf_of(client.get("/").get_data(as_text=True))
    cookie = client.get_cookie("qbr_session")
    assert cookie is not None
    if ended:
        assert client.post("/sign-out", data={"csrf_token": token}).status_code == 302
    return {"Cookie": f"qbr_session={cookie.value}", "X-CSRF-Token": token}


def csrf_of(page: str) -> str:
    found = re.search(r'name="qbr-csrf-token" content="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def credentials(pages: Flask) -> list[Credential]:
    """Every kind of caller; sessions are new for each test, since some requests end them."""
    return [
        Credential("none", None, {}),
        Credential("a wrong key", None, with_key("a-key-that-nobody-has-made")),
        Credential("an ended session", None, session_of(pages, WRITER, ended=True)),
        Credential("a key that reads", Role.READ, with_key(READER)),
        Credential("a session that reads", Role.READ, session_of(pages, READER)),
        Credential("a key that writes", Role.WRITE, with_key(WRITER)),
        Credential("a session that writes", Role.WRITE, session_of(pages, WRITER)),
    ]


def expected(needs: Needs, role: Role | None) -> int | None:
    """The status of a refusal; None when the caller comes in."""
    if needs is Needs.NOTHING:
        return None
    if role is None:
        return 401
    return 403 if needs is Needs.WRITE and role is Role.READ else None


def refused(status: int) -> int | None:
    """The status when it is one of a refusal."""
    return status if status in (401, 403) else None


@pytest.mark.parametrize("path", PATHS)
def test_of_the_api(pages: Flask, credentials: list[Credential], path: str) -> None:
    offered = {each.method: each.needs for each in routes.endpoints if each.path == path}
    for method, credential in itertools.product(METHODS, credentials):
        needs = offered.get("GET" if method == "HEAD" else method, Needs.READ)
        reply = pages.test_client(use_cookies=False).open(
            PREFIX + path,
            method=method,
            headers=credential.headers,
            json={} if method == "POST" else None,
            environ_base={"REMOTE_ADDR": address()},
        )
        assert refused(reply.status_code) == expected(needs, credential.role), (method, credential.name)
        if method not in offered and credential.role is not None and method not in ("HEAD", "OPTIONS"):
            assert reply.status_code == 405, (method, credential.name)


def test_of_the_api_only_health_and_documentation_are_open_and_all_that_changes_something_needs_write() -> (
    None
):
    assert {each.tag for each in routes.endpoints if each.needs is Needs.NOTHING} == OPEN_TAGS
    for each in routes.endpoints:
        assert (each.needs is Needs.WRITE) == (each.method != "GET"), each.path


def test_a_session_changes_nothing_by_the_api_without_the_token_of_a_page(
    pages: Flask, credentials: list[Credential]
) -> None:
    sessions = [each.headers["Cookie"] for each in credentials if each.role and "Cookie" in each.headers]
    for endpoint, cookie in itertools.product(routes.endpoints, sessions):
        if endpoint.needs is Needs.WRITE:
            reply = pages.test_client(use_cookies=False).open(
                PREFIX + endpoint.path, method=endpoint.method, json={}, headers={"Cookie": cookie}
            )
            assert reply.status_code == 403, endpoint.path


def rules() -> Iterator[Rule]:
    app = create_app(None, Settings.read({}))  # type: ignore[arg-type] - no page is asked for
    yield from (rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(PREFIX))


@pytest.mark.parametrize("rule", list(rules()), ids=lambda rule: f"{rule.endpoint} {rule.rule}")
def test_of_the_pages(pages: Flask, credentials: list[Credential], rule: Rule) -> None:
    path = re.sub(r"<[^>]+>", FILES.get(rule.endpoint, "x"), rule.rule)
    needs = Needs.NOTHING if rule.endpoint in OPEN_PAGES else Needs.READ
    for method, credential in itertools.product(sorted(rule.methods or ()), credentials):
        reply = pages.test_client(use_cookies=False).open(
            path, method=method, headers=credential.headers, environ_base={"REMOTE_ADDR": address()}
        )
        to_sign_in = reply.status_code == 302 and reply.location.startswith("/sign-in?next=")
        if rule.endpoint in OF_PROGRAMS:
            wanted = None if method == "OPTIONS" else expected(needs, credential.role)
            assert refused(reply.status_code) == wanted, (method, credential.name)
        elif rule.endpoint == "dashboard.sign_in" and method == "POST":
            assert reply.status_code in (401, 403), "nobody signs in without the key in the form"
        else:
            assert to_sign_in == (expected(needs, credential.role) is not None), (method, credential.name)
            assert reply.status_code < 400, (method, credential.name)


def path_of(route: BaseRoute) -> str:
    assert isinstance(route, (Route, WebSocketRoute, Mount))
    return re.sub(r"\{[^}]+\}", "x", route.path) + ("/x" if isinstance(route, Mount) else "")


def test_of_the_ui(
    application: Starlette, guard: Callable[..., ASGIApp], credentials: list[Credential]
) -> None:
    app = guard()
    paths = {path_of(route) for route in application.routes} | {LIVE}
    assert {"/", "/graphql", "/server_info", "/report_asset_check/x", "/logs/x", "/_next/x"} < paths
    bodies = {"/graphql": ((QUERY, Needs.READ), (MUTATION, Needs.WRITE))}
    for path, method, credential in itertools.product(sorted(paths), (*METHODS, "WEBSOCKET"), credentials):
        other = Needs.READ if method in ("GET", "HEAD", "OPTIONS", "WEBSOCKET") else Needs.WRITE
        for body, needs in bodies.get(path, ()) if method == "POST" else (("{}", other),):
            reply = ask(
                app,
                method,
                path,
                body,
                client=address(),
                Content_Type="application/json",
                **{name.replace("-", "_"): text for name, text in credential.headers.items()},
            )
            wanted = expected(Needs.NOTHING if path == LIVE else needs, credential.role)
            came_in = reply.status if method != "WEBSOCKET" or reply.status != 403 else 0
            status = reply.status if wanted else came_in
            assert refused(status) == wanted, (path, method, credential.name, body)


def test_who_opens_the_ui_in_a_browser_without_a_session_is_led_to_signing_in(
    application: Starlette, guard: Callable[..., ASGIApp], credentials: list[Credential]
) -> None:
    app = guard()
    for path, credential in itertools.product({path_of(each) for each in application.routes}, credentials):
        headers = {name.replace("-", "_"): text for name, text in credential.headers.items()}
        reply = ask(app, "GET", path, client=address(), Accept="text/html", **headers)
        if credential.role is None:
            assert reply.status == (401 if path == "/graphql" else 302), path
        else:
            assert reply.status not in (302, 401, 403), path
