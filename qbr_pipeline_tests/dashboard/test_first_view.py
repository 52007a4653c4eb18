"""The first view of the scorecard over 36 months: what it transfers is bounded here, how long it takes is printed.

`pytest -m slow -s -n 0 qbr_pipeline_tests/dashboard/test_first_view.py` shows the measurement.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import open_database
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.dashboard.conftest import CHROMIUM, Live, fill, settled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
]

VIEWS = 5
MOST_BYTES = 400_000
DECEMBER = datetime(2025, 12, 15, 12, tzinfo=UTC)

# The moment at which everything that was asked for has been painted, in milliseconds from the start of the navigation.
PAINTED = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"""


@pytest.fixture
def three_years(serve: Callable[..., Live], fresh_database: Callable[[], str]) -> Live:
    url = fresh_database()
    database = open_database(url, timezone=CHICAGO)
    fill(database, Month(2023, 1), Month(2025, 12), DECEMBER)
    database.close()
    return serve(url, now=DECEMBER)


def first_view(browser: Browser, live: Live) -> tuple[float, int]:
    """Milliseconds until everything is painted, and bytes transferred, in a profile that has never been here."""
    profile = browser.new_context(viewport={"width": 1440, "height": 900})
    page = profile.new_page()
    network = profile.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda told: sizes.append(int(told["encodedDataLength"])))
    page.goto(live.address)
    settled(page)
    milliseconds = float(page.evaluate(PAINTED))
    assert_whole(page)
    profile.close()
    return milliseconds, sum(sizes)


def assert_whole(page: Page) -> None:
    assert page.locator("article").count() == 18


def test_the_first_view_transfers_less_than_400_kilobytes(browser: Browser, three_years: Live) -> None:
    views = [first_view(browser, three_years) for _ in range(VIEWS)]
    times = [milliseconds for milliseconds, _ in views]
    size = max(transferred for _, transferred in views)
    print(  # noqa: T201 - the measurement
        f"first view of the scorecard, 36 months, {VIEWS} views: {size / 1000:.0f} KB transferred; everything painted "
        f"after {statistics.median(times):.0f} ms (median), {min(times):.0f} to {max(times):.0f} ms"
    )
    assert size < MOST_BYTES
