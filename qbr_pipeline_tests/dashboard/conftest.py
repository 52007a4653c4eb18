"""What the tests of pages share: a server over a real database with made-up months, and a browser that notices faults.

The clock of the server and that of the browser stand at NOW. A page of `open_page` fails its test when it logs an
error, throws, meets its Content-Security-Policy or asks another host.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from waitress.server import create_server

from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.demo.inputs import demo_inputs
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.rows.shapes import TicketRow, TimeEntryRow
from qbr_pipeline_tests.conftest import CHICAGO, administer, running
from qbr_pipeline_tests.entries import set_values
from qbr_pipeline_tests.store.conftest import Collector

CHROMIUM = (
    shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("chromium-browser")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MILLISECONDS = 30_000
expect.set_options(timeout=MILLISECONDS)

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
"""A Sunday morning in Chicago: June is in progress, the second quarter has two months that are over."""
FIRST, LAST = Month(2024, 4), Month(2025, 6)
"""The months with data; each has its inputs too, but June 2025, whose books are not closed yet."""
WRITER, READER = "a-write-key-of-the-tests", "the-read-key-of-the-tests"
KEYS = (
    f'{{"{WRITER}": {{"name": "office", "role": "write"}}, "{READER}": {{"name": "wall", "role": "read"}}}}'
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every browser test is slow, and skipped where no browser is installed."""
    for item in items:
        if "open_page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"))


def fill(database: Database, first: Month = FIRST, last: Month = LAST, now: datetime = NOW) -> None:
    """Months with tickets, time entries, devices and inputs; all but the last have their inputs."""
    for place, month in enumerate(Month.span(first, last)):
        collect(database, month, created=20 + place % 5, closed=19 + place % 4, endpoints=50 + place, now=now)
        if month < last:
            set_values(database, month, demo_inputs(month), by="Ann", note="the books", now=now)


def collect(
    database: Database, month: Month, *, created: int, closed: int, endpoints: int, now: datetime = NOW
) -> None:
    """Publish a month that was collected: so many tickets created and closed, half an hour on each, so many devices."""
    collector = Collector(database, month, now)
    collector.runs = (f"{month}-{number}" for number in itertools.count(1))
    entered = month.start(CHICAGO)
    tickets: list[TicketRow] = [
        replace(
            Collector.ticket(number, created=number <= created, closed=number <= closed),
            entered_at=entered,
            closed_at=month.end(CHICAGO) if number <= closed else None,
            created_reason="entered in the month" if number <= created else "entered outside the month",
        )
        for number in range(1, max(created, closed) + 3)
    ]
    entries: list[TimeEntryRow] = [
        replace(Collector.entry(number), ticket_id=number, entered_at=entered)
        for number in range(1, created + 1)
    ]
    collector.connectwise(tickets, entries)
    collector.ninja(
        [Collector.device(number, seat=number % 10 != 0) for number in range(endpoints)],
        snapshot_date=min(month.last_day, now.date()),
    )


@dataclass
class Live:
    """A server of the dashboard, and the database that it shows."""

    address: str
    database: Database

    def enter(self, month: str, **values: str) -> None:
        """Enter values of a month as a person does."""
        numbers = {key: Decimal(value) for key, value in values.items()}
        set_values(self.database, Month.parse(month), numbers, by="Ann", now=NOW)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of a real server of `app` on the loopback address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    with running(server):
        yield f"http://127.0.0.1:{server.effective_port}"


@pytest.fixture(scope="session")
def filled_database(postgres: EmbeddedServer, fresh_database: Callable[[], str]) -> Callable[[], str]:
    """Makes a database with the months of `fill` at each call, by copying one; its URL."""
    url = fresh_database()
    database = open_database(url, timezone=CHICAGO)
    fill(database)
    template = database.engine.url.database
    database.close()
    numbers = itertools.count(1)

    def copy() -> str:
        name = f"filled_{next(numbers)}"
        administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return postgres.url(name)

    return copy


@pytest.fixture
def serve() -> Iterator[Callable[..., Live]]:
    """Serves a database by its URL: `serve(url, QBR_API_KEYS=...)`; further words are settings by their variable."""
    with ExitStack() as stack:

        def serve_(url: str, now: datetime = NOW, **variables: str) -> Live:
            database = open_database(url, timezone=CHICAGO)
            stack.callback(database.close)
            app = create_app(database, Settings.read(variables), QBR_CLOCK=lambda: now)
            return Live(stack.enter_context(serving(app)), database)

        yield serve_


@pytest.fixture
def live(serve: Callable[..., Live], filled_database: Callable[[], str]) -> Live:
    """A dashboard over fifteen months of data, without keys."""
    return serve(filled_database())


@pytest.fixture
def live_empty(serve: Callable[..., Live], fresh_database: Callable[[], str]) -> Live:
    """A dashboard over a database that holds nothing yet."""
    return serve(fresh_database())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Watched:
    """What a browser met that no page of ours may do. `allowed`: parts of console messages that a test expects."""

    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def follow(self, page: Page, address: str) -> None:
        self.hosts.add(urlsplit(address).netloc)
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note(f"{error.name}: {error.message}"))
        page.on("request", lambda asked: self._asked(asked.url))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) => "
            "console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"
        )

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc not in self.hosts:
            self._note(f"asked another host: {url}")

    def _note(self, text: str) -> None:
        self.faults.append(text)

    @property
    def unexpected(self) -> list[str]:
        """The faults that the test did not expect."""
        return [fault for fault in self.faults if not any(part in fault for part in self.allowed)]


@pytest.fixture
def watched() -> Watched:
    """What the browser of this test meets; a test adds to `allowed` what it provokes."""
    return Watched()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, watched: Watched) -> Iterator[OpenPage]:
    """Opens a page in a profile of its own: `open_page(live, "/months", width=390, timezone_id="Asia/Tokyo")`."""
    profiles: list[BrowserContext] = []

    def open_(
        live: Live,
        path: str = "/",
        *,
        width: int = 1440,
        profile: BrowserContext | None = None,
        **options: Any,
    ) -> Page:
        if profile is None:
            profile = browser.new_context(viewport={"width": width, "height": 900}, **options)
            profile.set_default_timeout(MILLISECONDS)
            profile.clock.set_fixed_time(NOW)
            profiles.append(profile)
        page = profile.new_page()
        watched.follow(page, live.address)
        page.goto(live.address + path)
        settled(page)
        return page

    yield open_
    for profile in profiles:
        profile.close()
    assert watched.unexpected == []


CLIPPED = """(below) => [...document.querySelectorAll(`${below} *`)].filter((each) =>
  each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline" && each.clientWidth > 1
  && !each.closest("svg")).map((each) => each.textContent)"""
"""What is cut off below a selector, for `page.evaluate(CLIPPED, ".card")`: the texts that do not fit their boxes."""


def settled(page: Page) -> None:
    """Wait until the page has shown what it asked for."""
    page.wait_for_load_state("load")
    expect(page.locator("main[aria-busy]")).to_have_count(0)


def hold(page: Page, pattern: str) -> list[Route]:
    """Keeps every request for `pattern` waiting from now on, in the list that is returned."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    return held
