"""Dagster's UI as people meet it: attacked by pages of other sites, used as it is meant, and signed in to."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright

from qbr_pipeline_tests.conftest import unused_port
from qbr_pipeline_tests.dashboard.conftest import CHROMIUM, FLAGS, MILLISECONDS, serving
from qbr_pipeline_tests.end_to_end.conftest import keep_off

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Installation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
]

LOCATION = "qbr_pipeline"
SCHEDULE = (
    f'{{repositoryLocationName: "{LOCATION}", repositoryName: "__repository__", '
    'scheduleName: "nightly_collection"}'
)
START = f"mutation {{ startSchedule(scheduleSelector: {SCHEDULE}) {{ __typename }} }}"
STATE = f"""{{
  scheduleOrError(scheduleSelector: {SCHEDULE}) {{ ... on Schedule {{ scheduleState {{ id status }} }} }}
  assetsOrError {{ ... on AssetConnection {{ nodes {{ key {{ path }} }} }} }}
}}"""
REPORTS = (
    "/report_asset_materialization/attacked",
    "/report_asset_observation/attacked",
    "/report_asset_check/attacked?passed=false&check_name=not_zero",
)
WRITER, READER = "a-write-key-of-the-tests", "the-read-key-of-the-tests"
KEYS = json.dumps({WRITER: {"name": "office", "role": "write"}, READER: {"name": "wall", "role": "read"}})
PAGES = (
    "/overview/activity/timeline",
    "/runs",
    "/assets",
    "/asset-groups",
    "/automation",
    "/jobs",
    "/deployment/locations",
    "/deployment/daemons",
    "/deployment/concurrency",
    "/deployment/config",
)

ATTACKS = """async ([ui, start, reports]) => {
  const settled = [];
  const wait = (action) => settled.push(new Promise(action).catch(() => null));
  const address = `${ui}/graphql?query=${encodeURIComponent(start)}`;
  const load = (tag, source) => wait((done) => {
    const element = document.createElement(tag);
    element.onload = element.onerror = done;
    element.src = source;
    document.body.append(element);
  });
  load("img", address);
  load("script", address);
  load("iframe", address);
  load("iframe", `${ui}/automation`);
  const body = JSON.stringify({query: start});
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"]) {
    for (const path of ["/graphql", ...reports]) {
      for (const credentials of ["omit", "include"]) {
        const options = {method: "POST", mode: "no-cors", credentials, body, headers: {"Content-Type": type}};
        settled.push(fetch(ui + path, options).catch(() => null));
      }
    }
  }
  for (const path of reports) settled.push(fetch(ui + path, {method: "POST", mode: "no-cors"}).catch(() => null));
  settled.push(fetch(address, {mode: "no-cors"}).catch(() => null));
  navigator.sendBeacon(`${ui}/graphql`, body);
  const read = await fetch(`${ui}/server_info`).then(() => "read", () => "blocked");
  const sent = await fetch(`${ui}/graphql`, {method: "POST", body, headers: {"Content-Type": "application/json"}})
    .then(() => "read", () => "blocked");
  const socket = await new Promise((done) => {
    const opened = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
    opened.onopen = () => done("open");
    opened.onerror = () => done("refused");
  });
  await Promise.all(settled);
  return [read, sent, socket];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        foreign = "--host-resolver-rules=MAP *.example 127.0.0.1"
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, foreign])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a profile of its own."""
    profile = browser.new_context(viewport={"width": 1440, "height": 900})
    profile.set_default_timeout(MILLISECONDS)
    yield profile.new_page()
    profile.close()


@pytest.fixture(scope="module")
def demo(installation: Installation) -> Iterator[str]:
    """The address of the Dagster UI of a demo with two months."""
    running = installation.start(
        "demo",
        *(installation.program("qbr"), "demo", "--port", str(unused_port())),
        QBR_MONTHS_TO_COLLECT="2",
    )
    installation.wait_until("the demo serves", lambda: running.find(r"(Press Ctrl-C to stop)"))
    yield str(running.find(r"Dagster UI: (http://\S+)"))
    running.process.terminate()
    assert running.wait() == 0, running.said()


def ask(ui: str, query: str, **headers: str) -> Any:
    answer = requests.post(f"{ui}/graphql", json={"query": query}, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def state_of(ui: str, **headers: str) -> tuple[str, bool]:
    """Whether the schedule is on, and whether there is an asset of the attacker's."""
    state = ask(ui, STATE, **headers)
    assets = [node["key"]["path"] for node in state["assetsOrError"]["nodes"]]
    assert assets
    return state["scheduleOrError"]["scheduleState"]["status"], ["attacked"] in assets


@contextmanager
def attacker(host: str) -> Iterator[str]:
    """The address of a site of somebody else, under a name of its own."""
    pages = Flask("attacker")
    pages.add_url_rule("/", "page", lambda: "<!doctype html><title>cats</title><body></body>")
    with serving(pages) as address:
        yield address.replace("127.0.0.1", host)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost"])
def test_a_page_of_another_site_changes_reads_and_opens_nothing(demo: str, page: Page, host: str) -> None:
    before = state_of(demo)
    assert before == ("STOPPED", False)
    with attacker(host) as site:
        page.goto(site)
        assert page.evaluate(ATTACKS, [demo, START, REPORTS]) == ["blocked", "blocked", "refused"]
        assert state_of(demo) == before
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            page.goto(site)
            with page.expect_navigation() as sent:
                page.evaluate(
                    """([ui, body, kind]) => {
                      const form = document.createElement("form");
                      Object.assign(form, {action: `${ui}/graphql`, method: "post", enctype: kind});
                      const field = document.createElement("input");
                      [field.name, field.value] = [body.slice(0, -1) + ', "x": "', '"}'];
                      form.append(field);
                      document.body.append(form);
                      form.submit();
                    }""",
                    [demo, json.dumps({"query": START}), kind],
                )
            assert sent.value is not None
            assert sent.value.status == 403
        page.goto(site)
        with page.expect_navigation() as followed:
            page.evaluate(
                "([ui, query]) => { location = `${ui}/graphql?query=${encodeURIComponent(query)}`; }",
                [demo, START],
            )
        assert followed.value is not None
        assert followed.value.status == 405
    assert state_of(demo) == before


def test_a_name_that_leads_here_for_a_moment_opens_nothing(demo: str, page: Page) -> None:
    answer = page.goto(demo.replace("127.0.0.1", "rebound.example"))
    assert answer is not None
    assert answer.status == 400


def test_what_the_attacks_tried_works_from_where_it_may(demo: str, page: Page) -> None:
    page.goto(f"{demo}/automation")
    started = page.evaluate(
        """async (query) => (await fetch("/graphql", {method: "POST", body: JSON.stringify({query}),
          headers: {"Content-Type": "application/json"}})).json()""",
        START,
    )
    assert started == {"data": {"startSchedule": {"__typename": "ScheduleStateResult"}}}
    reported = requests.post(demo + REPORTS[0], json={}, timeout=60)
    assert reported.status_code == 200, reported.text
    assert state_of(demo) == ("RUNNING", True)
    state = ask(demo, STATE)["scheduleOrError"]["scheduleState"]["id"]
    keep_off(lambda: ask(demo, f'mutation {{ stopRunningSchedule(id: "{state}") {{ __typename }} }}'))
    wiped = 'assetPartitionRanges: [{assetKey: {path: ["attacked"]}}]'
    ask(demo, f"mutation {{ wipeAssets({wiped}) {{ __typename }} }}")
    assert state_of(demo) == ("STOPPED", False)


def test_every_page_of_the_ui_works_subscriptions_included(demo: str, page: Page) -> None:
    faults: list[str] = []
    frames: list[str] = []

    def follow(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(str(frame)))
        socket.on("socketerror", lambda error: faults.append(error))  # noqa: PLW0108 - Playwright marks what it is given

    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.on("websocket", follow)
    for path in PAGES:
        frames.clear()
        page.goto(demo + path)
        expect(page.get_by_role("link", name="Runs").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        wait_for(page, lambda: any("connection_ack" in frame for frame in frames))
    run = ask(demo, "{ runsOrError(limit: 1) { ... on Runs { results { runId } } } }")
    frames.clear()
    page.goto(f"{demo}/runs/{run['runsOrError']['results'][0]['runId']}")
    wait_for(page, lambda: any("pipelineRunLogs" in frame for frame in frames))
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    left = "WebSocket is closed before the connection is established."  # a page left while it opened another
    assert [each for each in faults if left not in each] == []


def wait_for(page: Page, seen: Any) -> None:
    deadline = time.monotonic() + MILLISECONDS / 1000
    while not seen():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


@pytest.fixture(scope="module")
def addresses(installation: Installation) -> Iterator[tuple[str, str]]:
    """Those of the dashboard and the UI, as two services of one installation, with keys."""
    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    assert installation.qbr("db", "upgrade").returncode == 0
    ports = {"QBR_API_PORT": str(unused_port()), "QBR_DAGSTER_PORT": str(unused_port())}
    keys = {"QBR_API_KEYS": KEYS, "QBR_SESSION_SECRET": "a-session-secret-of-the-tests-only"}
    command = (sys.executable, "-m", "qbr_pipeline.runtime.dagster_ui", "workspace.yaml")
    servers = [
        installation.start("serve", installation.program("qbr"), "serve", **ports, **keys),
        installation.start("ui", *command, **ports, **keys),
    ]
    dashboard, ui = (f"http://127.0.0.1:{port}" for port in ports.values())
    for address in (f"{dashboard}/api/qbr/health/live", f"{ui}/qbr/live"):
        installation.wait_until(f"{address} answers", lambda address=address: answers(address))
    yield dashboard, ui
    for server in servers:
        server.process.terminate()
        server.wait()
        assert WRITER not in server.said()


class TestWithKeys:
    """One sign-in for both."""

    def test_who_reads_signs_in_sees_the_ui_and_changes_nothing(
        self, addresses: tuple[str, str], page: Page
    ) -> None:
        dashboard, ui = addresses
        page.goto(f"{ui}/automation?view=list")
        assert page.url.startswith(f"{dashboard}/sign-in?next=")
        page.get_by_label("Your key").fill(READER)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{ui}/automation?view=list")
        expect(page.get_by_role("link", name="Runs").first).to_be_visible()
        assert self.pause(page) == 403
        allowed = page.evaluate(
            """async () => {
              const body = JSON.stringify({query: "{ permissions { value } }"});
              const headers = {"Content-Type": "application/json"};
              const answer = await (await fetch("/graphql", {method: "POST", headers, body})).json();
              return answer.data.permissions.some((each) => each.value);
            }"""
        )
        assert allowed is False

    def test_who_writes_may_all_until_the_session_ends(self, addresses: tuple[str, str], page: Page) -> None:
        dashboard, ui = addresses
        page.goto(f"{dashboard}/sign-in")
        page.get_by_label("Your key").fill(WRITER)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{dashboard}/")
        page.goto(f"{ui}/runs")
        assert page.url.startswith(ui)
        assert self.pause(page) == 200
        page.goto(dashboard)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Your key")).to_be_visible()
        page.goto(f"{ui}/runs")
        assert page.url.startswith(f"{dashboard}/sign-in?next=")

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost"])
    def test_a_page_of_another_site_does_nothing_in_the_name_of_somebody_who_is_signed_in(
        self, addresses: tuple[str, str], page: Page, host: str
    ) -> None:
        dashboard, ui = addresses
        page.goto(f"{dashboard}/sign-in")
        page.get_by_label("Your key").fill(WRITER)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{dashboard}/")
        before = state_of(ui, Authorization=f"Bearer {WRITER}")
        with attacker(host) as site:
            page.goto(site)
            assert page.evaluate(ATTACKS, [ui, START, REPORTS]) == ["blocked", "blocked", "refused"]
        assert state_of(ui, Authorization=f"Bearer {WRITER}") == before == ("STOPPED", False)
        page.goto(f"{ui}/runs")
        assert page.url.startswith(ui)

    @staticmethod
    def pause(page: Page) -> object:
        """The status of a mutation that the page sends."""
        return page.evaluate(
            """async () => (await fetch("/graphql", {method: "POST", headers: {"Content-Type": "application/json"},
              body: '{"query": "mutation { setAutoMaterializePaused(paused: false) }"}'})).status"""
        )


def test_qbr_up_with_keys_and_no_secret_signs_in_to_both(installation: Installation) -> None:
    installation.adopt_exports()
    installation.simulate_vendors("--created", "30", "--closed", "30", "--entries", "60", devices=20)
    up = installation.start(
        "up",
        *(installation.program("qbr"), "up", "--port", str(unused_port())),
        QBR_MONTHS_TO_COLLECT="1",
        QBR_API_PORT=str(unused_port()),
        QBR_API_KEYS=KEYS,
    )
    installation.wait_until(
        "it serves", lambda: up.find("(Press Ctrl-C to stop)") or up.process.poll() is not None
    )
    dashboard, ui = (str(up.find(rf"{name}: (http://\S+)")) for name in ("Dashboard", "Dagster UI"))
    with requests.Session() as person:
        sent = person.get(f"{ui}/runs", headers={"Accept": "text/html"}, timeout=60)
        assert sent.url.startswith(f"{dashboard}/sign-in?next="), up.said()
        (token,) = re.findall(r'name="qbr-csrf-token" content="([^"]+)"', sent.text)
        back = person.post(sent.url, data={"key": WRITER, "csrf_token": token}, timeout=60)
        assert (back.status_code, back.url) == (200, f"{ui}/runs")
    up.process.terminate()
    assert up.wait() == 0, up.said()
    assert WRITER not in up.said()


def answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=10).ok
    except requests.RequestException:
        return False
