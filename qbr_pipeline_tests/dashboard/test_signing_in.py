"""Signing in with a key, what a session may do, and what ends it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from qbr_pipeline.api.sessions import EndedSessions
from qbr_pipeline.dashboard.application import SIGNED_IN_FOR, create_app
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.dashboard.conftest import KEYS, NOW, READER, WRITER, Live, OpenPage, Watched, settled
from qbr_pipeline_tests.dashboard.test_findings import MAY, finding, keep

SECRET = "a-session-secret-of-the-tests-only"
PAGES = ["/", "/months", "/trends", "/rows", "/enter", "/health", "/thresholds"]
ENTRY = {"period": "2025-03", "metric_name": "mrr", "metric_value": 5, "entered_by": "Ann"}


def application(database: Database, keys: str = KEYS, secret: str = SECRET) -> Flask:
    read = Settings.read({"QBR_API_KEYS": keys, "QBR_SESSION_SECRET": secret})
    return create_app(database, read, QBR_CLOCK=lambda: NOW)


@pytest.fixture
def client(database: Database) -> FlaskClient:
    return application(database).test_client()


def token_of(client: FlaskClient, path: str = "/sign-in") -> str:
    """The token that a page of ours carries."""
    found = re.search(r'name="qbr-csrf-token" content="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found
    return found[1]


def sign_in(client: FlaskClient, key: str, path: str = "/sign-in") -> Any:
    return client.post(path, data={"key": key, "csrf_token": token_of(client)})


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_signing_in_and_back(client: FlaskClient, path: str) -> None:
    sent = client.get(f"{path}?period=2025-03")
    assert sent.status_code == 302
    back = sign_in(client, READER, sent.location)
    assert (back.status_code, back.location) == (302, f"{path}?period=2025-03")
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/?x=\r\nSet-Cookie: a=b",
        "/?x=\x00",
        "/?x=\x85",
        "/?x=\u2028",
        "http://[",
        "//[",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(client: FlaskClient, elsewhere: str) -> None:
    token = token_of(client)
    sent = client.post(
        "/sign-in", query_string={"next": elsewhere}, data={"key": READER, "csrf_token": token}
    )
    assert (sent.status_code, sent.location) == (302, "/")
    assert client.get("/sign-in", query_string={"next": elsewhere}).location == "/"


def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_holds_no_key(client: FlaskClient) -> None:
    answer = sign_in(client, WRITER)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("qbr_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert WRITER not in cookie
    session = client.get_cookie("qbr_session")
    assert session is not None
    assert session.expires is not None


@pytest.mark.parametrize(
    ("public", "asked", "is_secure"),
    [
        ("https://qbr.example.com", "http://qbr.example.com", True),
        ("", "https://qbr.example.com", True),
        ("http://qbr.example.com", "https://qbr.example.com", True),
        ("", "http://qbr.example.com", False),
    ],
)
def test_the_cookie_travels_by_https_alone_where_the_pages_do(
    database: Database, public: str, asked: str, is_secure: bool
) -> None:
    read = Settings.read({"QBR_API_KEYS": KEYS, **({"QBR_PUBLIC_URL": public} if public else {})})
    answer = create_app(database, read).test_client().get("/sign-in", base_url=asked)
    assert ("Secure" in answer.headers["Set-Cookie"]) is is_secure


def test_a_session_reads_and_writes_with_the_role_of_its_key(client: FlaskClient) -> None:
    sign_in(client, WRITER)
    token = token_of(client, "/")
    assert client.get("/api/qbr/periods").status_code == 200
    told = client.post("/api/qbr/metrics/manual", json=ENTRY, headers={"X-CSRF-Token": token})
    assert told.status_code == 200
    change = client.get("/api/qbr/metrics/history?period=2025-03&metric_name=mrr").get_json()["data"][
        "changes"
    ][0]
    assert (change["changed_by"], change["key_name"]) == ("Ann", "office")


def test_a_reading_session_does_not_write(client: FlaskClient) -> None:
    sign_in(client, READER)
    headers = {"X-CSRF-Token": token_of(client, "/")}
    told = client.post("/api/qbr/metrics/manual", json=ENTRY, headers=headers)
    assert (told.status_code, told.get_json()["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("token", [None, "", "made-up", "ImZvbyI.aaaa.bbbb"])
def test_a_write_of_a_session_without_the_pages_token_is_refused(
    client: FlaskClient, token: str | None
) -> None:
    sign_in(client, WRITER)
    headers = {} if token is None else {"X-CSRF-Token": token}
    told = client.post("/api/qbr/metrics/manual", json=ENTRY, headers=headers)
    assert told.status_code == 403
    assert "X-CSRF-Token" in told.get_json()["error"]["message"]


def test_a_key_needs_no_token(client: FlaskClient) -> None:
    told = client.post("/api/qbr/metrics/manual", json=ENTRY, headers={"Authorization": f"Bearer {WRITER}"})
    assert told.status_code == 200


def test_a_wrong_key_is_told_at_the_field_and_guessers_wait(client: FlaskClient) -> None:
    for _ in range(10):
        told = sign_in(client, "guess")
        assert told.status_code == 401
        assert "The key is not valid." in told.get_data(as_text=True)
        assert "guess" not in told.get_data(as_text=True)
    assert sign_in(client, WRITER).status_code == 429


def test_signing_in_needs_the_token_of_the_page_too(client: FlaskClient) -> None:
    assert client.post("/sign-in", data={"key": WRITER}).status_code == 403


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    sign_in(client, READER)
    client.post("/sign-out", data={"csrf_token": token_of(client, "/")})
    assert client.get("/api/qbr/periods").status_code == 401


def test_a_copy_of_the_cookie_ends_with_its_session_and_no_other_session_does(database: Database) -> None:
    app = application(database)
    here, elsewhere, thief = app.test_client(), app.test_client(), app.test_client()
    sign_in(here, READER)
    sign_in(elsewhere, READER)
    cookie = here.get_cookie("qbr_session")
    assert cookie is not None
    thief.set_cookie("qbr_session", cookie.value)
    assert thief.get("/api/qbr/periods").status_code == 200
    here.post("/sign-out", data={"csrf_token": token_of(here, "/")})
    assert thief.get("/api/qbr/periods").status_code == 401
    assert thief.get("/").status_code == 302
    assert elsewhere.get("/api/qbr/periods").status_code == 200
    sign_in(here, READER)
    assert here.get("/api/qbr/periods").status_code == 200


def test_a_session_that_was_signed_out_of_stays_so_in_another_process_and_after_a_restart(
    database: Database,
) -> None:
    before, beside = application(database).test_client(), application(database).test_client()
    sign_in(before, WRITER)
    cookie = before.get_cookie("qbr_session")
    assert cookie is not None
    beside.set_cookie("qbr_session", cookie.value)
    assert beside.get("/api/qbr/periods").status_code == 200
    before.post("/sign-out", data={"csrf_token": token_of(before, "/")})
    after = application(database).test_client()
    after.set_cookie("qbr_session", cookie.value)
    for each in (beside, after):
        assert each.get("/api/qbr/periods").status_code == 401
        assert each.get("/").status_code == 302


def test_an_ended_session_is_remembered_until_its_cookie_is_too_old(database: Database) -> None:
    ended = EndedSessions(lambda: database)
    ended.add("over", timedelta(seconds=-1))
    ended.add("one", timedelta(hours=12))
    ended.add("one", timedelta(hours=12))
    assert ("over" in ended, "one" in ended, "another" in ended) == (False, True, False)


def test_without_a_database_nobody_comes_in_on_a_session_and_the_page_says_why(database: Database) -> None:
    client = application(database).test_client()
    sign_in(client, READER)
    cookie = client.get_cookie("qbr_session")
    assert cookie is not None
    away = open_database("postgresql+psycopg2://ann:hush@127.0.0.1:9/numbers", timezone=CHICAGO)
    client = application(away).test_client()
    client.set_cookie("qbr_session", cookie.value)
    page = client.get("/")
    assert page.status_code == 503
    assert "The database cannot be used at the moment." in page.get_data(as_text=True)
    assert client.get("/api/qbr/periods").status_code == 503
    assert client.get("/api/qbr/health/live").status_code == 200


def test_another_site_cannot_sign_anybody_out(client: FlaskClient) -> None:
    sign_in(client, READER)
    assert client.post("/sign-out").status_code == 403
    assert client.get("/api/qbr/periods").status_code == 200


@pytest.mark.parametrize(
    ("keys", "secret"),
    [
        ('{"another-key-of-the-tests": {"name": "office", "role": "write"}}', SECRET),
        (f'{{"{WRITER}": {{"name": "renamed", "role": "write"}}}}', SECRET),
        (KEYS, "another-session-secret-of-the-tests"),
    ],
    ids=["the key was replaced", "the key was renamed", "the secret is another one"],
)
def test_a_session_ends_with_its_key_or_secret(database: Database, keys: str, secret: str) -> None:
    before = application(database).test_client()
    sign_in(before, WRITER)
    cookie = before.get_cookie("qbr_session")
    assert cookie is not None
    after = application(database, keys, secret).test_client()
    after.set_cookie("qbr_session", cookie.value)
    assert after.get("/api/qbr/periods").status_code == 401


def test_a_session_is_over_after_twelve_hours(database: Database) -> None:
    app = application(database)
    assert app.permanent_session_lifetime == SIGNED_IN_FOR == timedelta(hours=12)
    client = app.test_client()
    sign_in(client, READER)
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert client.get("/api/qbr/periods").status_code == 401


def test_a_foreign_applications_session_is_never_looked_at(database: Database) -> None:
    app = application(database)
    app.extensions.pop("qbr")
    app.config["QBR_SESSIONS"] = False
    client = app.test_client()
    with client.session_transaction() as session:
        session["qbr_signed_in"] = {"id": "x", "name": "office", "proof": "x"}
    assert client.get("/api/qbr/periods").status_code == 401


def test_a_page_has_the_strict_policy_and_an_unknown_one_says_so(client: FlaskClient) -> None:
    page = client.get("/sign-in")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    lost = client.get("/nowhere")
    assert lost.status_code == 404
    assert "There is no page at this address." in lost.get_data(as_text=True)


def test_without_keys_only_this_machine_is_served(database: Database) -> None:
    client = create_app(database, Settings.read({}), QBR_CLOCK=lambda: NOW).test_client()
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert client.get("/sign-in").location == "/"


def test_a_person_signs_in_reads_and_signs_out(
    serve: Callable[..., Live], filled_database: Callable[[], str], open_page: OpenPage, watched: Watched
) -> None:
    watched.allowed.append("401")
    live = serve(filled_database(), QBR_API_KEYS=KEYS, QBR_SESSION_SECRET=SECRET)
    page = open_page(live, "/?period=2025-03")
    expect(page).to_have_title("Sign in · QBR numbers")
    page.keyboard.type("a wrong key")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The key is not valid.")).to_be_visible()
    page.get_by_label("Your key").fill(READER)
    page.keyboard.press("Enter")
    expect(page.locator("#about")).to_contain_text("March 2025")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your key")).to_be_visible()
    page.goto(f"{live.address}/months")
    settled(page)
    expect(page.get_by_label("Your key")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 1200, 1024, 992, 390])
def test_the_menu_of_a_person_who_is_signed_in_takes_one_line(
    serve: Callable[..., Live], filled_database: Callable[[], str], open_page: OpenPage, width: int
) -> None:
    live = serve(filled_database(), QBR_API_KEYS=KEYS, QBR_SESSION_SECRET=SECRET)
    keep(live, MAY, *(finding(MAY, "Seats rose", subject=f"source {number}") for number in range(13)))
    page = open_page(live, "/", width=width)
    page.get_by_label("Your key").fill(READER)
    page.keyboard.press("Enter")
    expect(page.locator("#health")).to_have_text("Fresh 13 open findings")
    menu = page.get_by_role("navigation", name="Pages").bounding_box()
    assert menu is not None
    assert menu["height"] < 70
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


class TestASessionThatEndsInTheMiddle:
    @pytest.fixture
    def locked(
        self, serve: Callable[..., Live], filled_database: Callable[[], str], watched: Watched
    ) -> Live:
        watched.allowed += ["401", "403"]
        return serve(filled_database(), QBR_API_KEYS=KEYS, QBR_SESSION_SECRET=SECRET)

    @staticmethod
    def give_key(page: Page) -> None:
        page.get_by_label("Your key").fill(WRITER)
        page.keyboard.press("Enter")
        settled(page)

    def test_nothing_that_was_typed_for_a_month_is_lost(self, locked: Live, open_page: OpenPage) -> None:
        page = open_page(locked, "/enter")
        self.give_key(page)
        page.get_by_label("Month", exact=True).select_option("2025-04")
        expect(page.locator("#about")).to_contain_text("April 2025")
        page.get_by_label("Why (optional)").fill("late books")
        page.get_by_label("Who enters this").fill("Bea")
        page.locator("#field-nrr").fill("about 5")
        page.context.clear_cookies()
        page.locator("#field-mrr").fill("130,000.50")
        expect(page.get_by_label("Your key")).to_be_visible()
        self.give_key(page)
        expect(page.get_by_role("status")).to_contain_text("what you typed before is here")
        expect(page.get_by_label("Month", exact=True)).to_have_value("2025-04")
        expect(page.locator("#field-mrr")).to_have_value("130,000.50")
        expect(page.locator("#fault-nrr")).to_contain_text('"about 5" is not a number')
        page.locator("#field-nrr").fill("5")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#saved")).to_contain_text("Saved by Bea: 2 values of April 2025.")
        expect(page.get_by_role("status")).to_be_hidden()
        page.reload()
        settled(page)
        expect(page.locator("#count")).to_contain_text("Nothing yet")

    def test_another_tab_may_sign_out_and_in_again(self, locked: Live, open_page: OpenPage) -> None:
        page = open_page(locked, "/enter?period=2025-05")
        self.give_key(page)
        other = open_page(locked, "/", profile=page.context)
        other.get_by_role("button", name="Sign out").click()
        self.give_key(other)
        page.locator("#field-mrr").fill("7")
        expect(page.get_by_role("status")).to_contain_text("what you typed before is here")
        expect(page.locator("#field-mrr")).to_have_value("7")
        expect(page.locator("#review tr[data-name=mrr] td").last).to_have_text("$7.00")

    def test_a_threshold_that_was_typed_is_not_lost(self, locked: Live, open_page: OpenPage) -> None:
        page = open_page(locked, "/thresholds")
        self.give_key(page)
        row = page.get_by_role("form", name="Thresholds of Monthly Recurring Revenue (MRR)")
        with page.expect_response("**/api/qbr/thresholds/preview?*"):
            row.get_by_label("Warn").fill("900")
        page.context.clear_cookies()
        row.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Your key")).to_be_visible()
        self.give_key(page)
        expect(row.get_by_label("Warn")).to_have_value("900")
        row.get_by_role("button", name="Save").click()
        expect(row.get_by_text("Saved")).to_be_visible()
