"""CORS, as a real browser keeps it: pages of two origins of this machine, of which one is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Browser, Page, sync_playwright

from qbr_pipeline.api.access import WithoutKeys
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.dashboard.conftest import CHROMIUM, FLAGS, MILLISECONDS, serving

KEY = "a-write-key-of-the-tests"
MARCH = Month(2025, 3)

# What a page does; it tells the status and the answer, or the name of the error that it meets.
FETCH = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    return [answer.status, answer.type === "opaque" ? null : await answer.json()];
  } catch (error) {
    return [error.name, null];
  }
}"""
BLOCKED = ["TypeError", None]
WITH_KEY = {"headers": {"Authorization": f"Bearer {KEY}"}}
ENTRY = '{"period": "2025-03", "metric_name": "mrr", "metric_value": 110250.5, "entered_by": "a page in a browser"}'
POST = {
    "method": "POST",
    "body": ENTRY,
    "headers": {**WITH_KEY["headers"], "Content-Type": "application/json"},
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
]


@dataclass
class Api:
    """The API, and what browsers asked of it: method, status, and the headers of CORS in the answer."""

    address: str = ""
    asked: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]


@pytest.fixture(scope="module")
def origins() -> Iterator[tuple[str, str]]:
    """Two origins that serve an empty page each: the listed one and the other."""
    pages = Flask("pages")
    pages.add_url_rule("/", "page", lambda: "<!doctype html><title>a page</title>")
    with serving(pages) as listed, serving(pages) as unlisted:
        yield listed, unlisted


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens a page of an origin, in a profile of its own."""
    profile = browser.new_context()
    profile.set_default_timeout(MILLISECONDS)

    def open_(origin: str) -> Page:
        page = profile.new_page()
        page.goto(origin)
        return page

    yield open_
    profile.close()


def served(app: Flask) -> Iterator[Api]:
    told = Api()

    @app.after_request
    def note(response: Response) -> Response:
        cors = {name: value for name, value in response.headers if name.startswith("Access-Control-")}
        told.asked.append((request.method, response.status_code, cors))
        return response

    with serving(app) as origin:
        told.address = f"{origin}/api/qbr"
        yield told
    assert all("*" not in cors.values() for _, _, cors in told.asked)
    assert all("Access-Control-Allow-Credentials" not in cors for _, _, cors in told.asked)


@pytest.fixture
def api(make_app: Callable[..., Flask], origins: tuple[str, str]) -> Iterator[Api]:
    """The API with keys, and with one of the two origins listed."""
    yield from served(make_app(QBR_CORS_ORIGINS=[origins[0]]))


@pytest.fixture
def without_keys(make_app: Callable[..., Flask], origins: tuple[str, str]) -> Iterator[Api]:
    """The API as our own server has it without keys, open to this machine."""
    config = {"QBR_API_KEYS": {}, "QBR_ACCESS_WITHOUT_KEYS": WithoutKeys.LOOPBACK}
    yield from served(make_app(QBR_CORS_ORIGINS=[origins[0]], **config))


def fetch(page: Page, address: str, **options: Any) -> list[Any]:
    told: list[Any] = page.evaluate(FETCH, [address, options])
    return told


def test_a_page_of_the_listed_origin_reads_and_writes(
    api: Api, origins: tuple[str, str], open_page: Callable[[str], Page], database: Database
) -> None:
    page = open_page(origins[0])
    status, told = fetch(page, f"{api.address}/metrics/manual", **POST)
    assert (status, told["success"]) == (200, True)
    assert str(database.fetch(read_values, MARCH)["mrr"].value) == "110250.50"
    status, told = fetch(page, f"{api.address}/metrics/monthly?period=2025-03&metric_name=mrr", **WITH_KEY)
    assert (status, told["data"]["metrics"][0]["value"]) == (200, 110250.5)
    assert api.methods == ["OPTIONS", "POST", "OPTIONS", "GET"]


def test_a_page_of_the_listed_origin_can_read_an_error(
    api: Api, origins: tuple[str, str], open_page: Callable[[str], Page]
) -> None:
    status, told = fetch(open_page(origins[0]), f"{api.address}/periods")
    assert (status, told["error"]["code"]) == (401, "UNAUTHORIZED")


def test_a_page_of_another_origin_neither_reads_nor_writes(
    api: Api, origins: tuple[str, str], open_page: Callable[[str], Page], database: Database
) -> None:
    page = open_page(origins[1])
    assert fetch(page, f"{api.address}/periods", **WITH_KEY) == BLOCKED
    assert fetch(page, f"{api.address}/periods") == BLOCKED
    assert fetch(page, f"{api.address}/metrics/manual", **POST) == BLOCKED
    assert api.methods == ["OPTIONS", "GET", "OPTIONS"]
    assert database.fetch(read_values, MARCH) == {}


@pytest.mark.parametrize("which", [0, 1], ids=["listed", "unlisted"])
def test_with_credentials_no_page_reads(
    api: Api, origins: tuple[str, str], open_page: Callable[[str], Page], which: int
) -> None:
    page = open_page(origins[which])
    assert fetch(page, f"{api.address}/periods", credentials="include", **WITH_KEY) == BLOCKED
    assert fetch(page, f"{api.address}/health/live", credentials="include") == BLOCKED
    assert api.methods == ["OPTIONS", "GET"]


def test_without_keys_a_page_of_another_origin_can_neither_read_nor_slip_in_a_form(
    without_keys: Api, origins: tuple[str, str], open_page: Callable[[str], Page], database: Database
) -> None:
    page = open_page(origins[1])
    address = f"{without_keys.address}/metrics/manual"
    assert fetch(page, f"{without_keys.address}/periods") == BLOCKED
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": kind}
        assert fetch(page, address, method="POST", mode="no-cors", body=ENTRY, headers=headers) == [0, None]
    assert [status for method, status, _ in without_keys.asked if method == "POST"] == [415, 415]
    assert database.fetch(read_values, MARCH) == {}
