"""Who may do what: with keys, without them, in our application and in somebody else's."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qbr_pipeline.api import qbr_bp
from qbr_pipeline.api.access import OF_A_PROXY, FailedKeys
from qbr_pipeline.api.endpoints import periods
from qbr_pipeline.api.routes import Endpoint, routes
from qbr_pipeline.dashboard.application import create_app, require_keys_for
from qbr_pipeline.settings import Settings, SettingsError
from qbr_pipeline.store.database import Database

PREFIX = "/api/qbr"
READER, WRITER = "the-read-key-of-the-tests", "a-write-key-of-the-tests"
MakeApp = Callable[..., Flask]
ENTRY = {"period": "2025-03", "metric_name": "mrr", "metric_value": 5, "entered_by": "Ann"}


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.mark.parametrize("endpoint", routes.endpoints, ids=name_of)
def test_without_a_key_every_endpoint_but_health_and_documentation_answers_401(app, endpoint) -> None:
    answer = app.test_client().open(PREFIX + endpoint.path, method=endpoint.method)
    if endpoint.tag in {"health", "documentation"}:
        no_night_yet = endpoint.path == "/health/night"
        assert answer.status_code == (503 if no_night_yet else 200)
    else:
        assert code_of(answer) == (401, "UNAUTHORIZED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_address_that_does_not_exist_needs_a_key_too(app) -> None:
    assert code_of(app.test_client().get(f"{PREFIX}/nothing"))[0] == 401


@pytest.mark.parametrize("endpoint", [each for each in routes.endpoints if each.method != "GET"], ids=name_of)
def test_a_key_that_may_read_may_not_write(reader: FlaskClient, endpoint) -> None:
    assert code_of(reader.open(PREFIX + endpoint.path, method=endpoint.method, json=ENTRY)) == (
        403,
        "FORBIDDEN",
    )


def test_a_key_that_may_write_may_read_too(client: FlaskClient, reader: FlaskClient) -> None:
    assert client.post(f"{PREFIX}/metrics/manual", json=ENTRY).status_code == 200
    for each in (client, reader):
        assert each.get(f"{PREFIX}/metrics/monthly?period=2025-03").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic " + WRITER,
        WRITER,
        "Bearer " + WRITER[:-1],
        f"Bearer {WRITER}x",
        "Bearer é",
    ],
)
def test_anything_but_the_whole_key_is_no_key(app, header: str) -> None:
    answer = app.test_client().get(f"{PREFIX}/periods", headers={"Authorization": header})
    assert code_of(answer) == (401, "UNAUTHORIZED")


def test_the_tenth_wrong_key_is_the_last_that_is_looked_at_for_a_minute() -> None:
    time = [1000.0]
    failed = FailedKeys(clock=lambda: time[0])
    for _ in range(9):
        failed.note("10.0.0.1")
    assert failed.seconds_to_wait("10.0.0.1") == 0
    failed.note("10.0.0.1")
    assert failed.seconds_to_wait("10.0.0.1") == 60
    assert failed.seconds_to_wait("10.0.0.2") == 0
    time[0] += 60
    assert failed.seconds_to_wait("10.0.0.1") == 0


def test_the_addresses_that_are_remembered_are_bounded() -> None:
    failed = FailedKeys(clock=lambda: 0.0, limit=1, addresses=3)
    for number in range(10):
        failed.note(f"10.0.0.{number}")
    assert [failed.seconds_to_wait(f"10.0.0.{number}") > 0 for number in range(10)] == [False] * 7 + [
        True
    ] * 3


def test_wrong_keys_are_slowed_down_and_then_even_the_right_one_must_wait(app) -> None:
    guesser = app.test_client()
    for number in range(10):
        wrong = guesser.get(f"{PREFIX}/periods", headers={"Authorization": f"Bearer guess{number}"})
        assert wrong.status_code == 401
    answer = guesser.get(f"{PREFIX}/periods", headers={"Authorization": f"Bearer {WRITER}"})
    assert code_of(answer) == (429, "TOO_MANY_FAILURES")
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    elsewhere = guesser.get(
        f"{PREFIX}/periods",
        headers={"Authorization": f"Bearer {WRITER}"},
        environ_base={"REMOTE_ADDR": "10.9.8.7"},
    )
    assert elsewhere.status_code == 200


def test_the_access_log_tells_who_and_what_and_no_key(app, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caller = app.test_client()
    for key in (WRITER, "guessed-key"):
        caller.get(
            f"{PREFIX}/metrics/monthly?period=2025-03&key={key}",
            headers={"Authorization": f"Bearer {key}", "X-Request-ID": "abc-1"},
        )
    lines = [
        json.loads(record.message) for record in caplog.records if record.name == "qbr_pipeline.api.access"
    ]
    assert [(line["status"], line["key"], line["request_id"]) for line in lines] == [
        (400, "office", "abc-1"),
        (401, None, "abc-1"),
    ]
    assert lines[0]["path"] == "/api/qbr/metrics/monthly"
    assert WRITER not in caplog.text
    assert "guessed-key" not in caplog.text


@pytest.mark.parametrize("status", [200, 401])
def test_a_key_that_somebody_puts_where_it_does_not_belong_is_in_no_log(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    awkward = "k/" + "y+=%" * 30
    app = make_app(QBR_API_KEYS={awkward: {"name": "office", "role": "write"}})
    key = {"Authorization": f"Bearer {awkward}"} if status == 200 else {}
    for path in (awkward, quote(awkward), quote(awkward, safe=""), f"metrics/{'x' * 150}/{quote(awkward)}"):
        app.test_client().get(f"{PREFIX}/{path}", headers=key)
    app.test_client().open(f"{PREFIX}/periods", method=awkward, headers=key)
    found = app.test_client().get(f"{PREFIX}/periods?key={quote(awkward)}", headers=key)
    assert found.status_code == (400 if status == 200 else 401)
    assert len([each for each in caplog.records if each.name == "qbr_pipeline.api.access"]) == 6
    assert "y+=%" not in caplog.text
    assert "[key]" in caplog.text


def test_a_key_sent_as_request_id_is_in_no_log(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the inner workings")

    monkeypatch.setattr(periods, "present_counts", crash)
    caplog.set_level(logging.DEBUG)
    sent = {"Authorization": f"Bearer {WRITER}", "X-Request-ID": WRITER}
    assert make_app().test_client().get(f"{PREFIX}/periods", headers=sent).status_code == 500
    assert "request [key] failed" in caplog.text
    assert WRITER not in caplog.text


def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: FlaskClient) -> None:
    answer = client.get(f"{PREFIX}/periods", headers={"X-Request-ID": 'a" b'})
    assert len(answer.headers["X-Request-ID"]) == 32


class TestWithoutKeys:
    """Our own application on this machine alone."""

    @pytest.fixture
    def local(self, database: Database) -> FlaskClient:
        return create_app(database, Settings.read({})).test_client()

    @pytest.mark.parametrize(
        "host", ["127.0.0.1:5400", "localhost", "LOCALHOST:80", "[::1]:5400", "127.1.2.3"]
    )
    def test_a_host_header_that_names_this_machine_is_served(self, local: FlaskClient, host: str) -> None:
        assert local.get(f"{PREFIX}/periods", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", "[::2]", "@", ""],
    )
    def test_any_other_host_header_is_not(self, local: FlaskClient, host: str) -> None:
        for path in ("/periods", "/health/live", "/docs", "/openapi.json", "/nothing"):
            assert code_of(local.get(PREFIX + path, headers={"Host": host})) == (403, "FORBIDDEN")

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
    )
    def test_a_write_that_a_foreign_page_could_send_is_refused(self, local: FlaskClient, kind: str) -> None:
        answer = local.post(f"{PREFIX}/metrics/manual", data=json.dumps(ENTRY), content_type=kind)
        assert code_of(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")

    @pytest.mark.parametrize("name", OF_A_PROXY)
    def test_what_came_through_a_proxy_is_refused_everywhere(self, local: FlaskClient, name: str) -> None:
        for path in (*(PREFIX + each.path for each in routes.endpoints), "/", "/sign-in", "/enter"):
            answer = local.get(path, headers={name: "for=127.0.0.1"})
            assert answer.status_code == 403, path
            assert "through a proxy" in answer.get_data(as_text=True)

    def test_json_is_written(self, local: FlaskClient) -> None:
        assert local.post(f"{PREFIX}/metrics/manual", json=ENTRY).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "0.0.0.0",  # noqa: S104 - it is refused
            "::",
            "192.168.1.5",
            "qbr.example.com",
        ],
    )
    def test_a_public_address_is_refused_without_keys_and_taken_with_them(self, host: str) -> None:
        with pytest.raises(SettingsError, match="QBR_API_KEYS is not set"):
            require_keys_for(host, Settings.read({}))
        require_keys_for(
            host, Settings.read({"QBR_API_KEYS": f'{{"{READER}": {{"name": "Ann", "role": "read"}}}}'})
        )

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
    def test_a_loopback_address_needs_no_keys(self, host: str) -> None:
        require_keys_for(host, Settings.read({}))


class TestOrigins:
    """CORS."""

    LISTED = "https://qbr.example.com"

    @pytest.fixture
    def caller(self, make_app: MakeApp) -> FlaskClient:
        return make_app(QBR_CORS_ORIGINS=[self.LISTED]).test_client()

    def test_a_listed_origin_may_ask_and_read(self, caller: FlaskClient) -> None:
        asked = caller.options(
            f"{PREFIX}/metrics/manual",
            headers={"Origin": self.LISTED, "Access-Control-Request-Method": "POST"},
        )
        assert asked.status_code == 204
        assert asked.headers["Access-Control-Allow-Origin"] == self.LISTED
        assert asked.headers["Access-Control-Allow-Methods"] == "POST"
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
        answer = caller.get(f"{PREFIX}/periods", headers={"Origin": self.LISTED})
        assert answer.status_code == 401
        assert answer.headers["Access-Control-Allow-Origin"] == self.LISTED
        assert "Origin" in answer.headers["Vary"]

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "*", "https://qbr.example.com.evil.example"]
    )
    def test_an_unlisted_one_may_not(self, caller: FlaskClient, origin: str) -> None:
        asked = caller.options(
            f"{PREFIX}/metrics/manual", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        answer = caller.get(f"{PREFIX}/periods", headers={"Origin": origin})
        for each in (asked, answer):
            assert not [name for name, _ in each.headers if name.startswith("Access-Control-")]


class TestInSomebodyElsesApplication:
    """The blueprint beside routes and error handlers that are not ours."""

    @pytest.fixture
    def make_foreign(self, make_app: MakeApp) -> MakeApp:
        def make(**config) -> Flask:
            app = make_app(**config)
            app.add_url_rule("/", "home", lambda: "home")
            app.add_url_rule("/broken", "broken", lambda: 1 // 0)
            app.add_url_rule("/api/other", "other", lambda: "other")
            app.register_error_handler(404, lambda _error: ("their 404", 404))
            app.register_error_handler(405, lambda _error: ("their 405", 405))
            app.register_error_handler(500, lambda _error: ("their 500", 500))
            return app

        return make

    def test_both_keep_working(self, make_foreign: MakeApp) -> None:
        app = make_foreign()
        theirs = app.test_client()
        assert theirs.get("/").text == "home"
        assert theirs.get("/api/other").text == "other"
        assert theirs.get("/nothing").text == "their 404"
        assert theirs.get("/api/qbrnothing").text == "their 404"
        assert theirs.post("/").text == "their 405"
        assert theirs.get("/broken").text == "their 500"
        assert "X-Request-ID" not in theirs.get("/").headers
        key = {"Authorization": f"Bearer {READER}"}
        assert code_of(theirs.get(f"{PREFIX}/nothing", headers=key)) == (404, "NOT_FOUND")
        assert code_of(theirs.get(PREFIX, headers=key)) == (404, "NOT_FOUND")
        assert code_of(theirs.get(f"{PREFIX}/", headers=key)) == (404, "NOT_FOUND")
        rejected = theirs.put(f"{PREFIX}/metrics/monthly", headers=key)
        assert code_of(rejected) == (405, "METHOD_NOT_ALLOWED")
        assert rejected.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert theirs.get(f"{PREFIX}/periods", headers=key).status_code == 200

    @pytest.mark.parametrize("host", ["localhost", "qbr.example.com"])
    def test_without_keys_every_route_answers_403(self, make_foreign: MakeApp, host: str) -> None:
        theirs = make_foreign(QBR_API_KEYS={}).test_client()
        for each in routes.endpoints:
            answer = theirs.open(PREFIX + each.path, method=each.method, json=ENTRY, headers={"Host": host})
            assert code_of(answer) == (403, "FORBIDDEN")
        assert code_of(theirs.get(f"{PREFIX}/nothing"))[0] == 403
        preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
        assert theirs.options(f"{PREFIX}/periods", headers=preflight).status_code == 403
        assert theirs.get("/").text == "home"

    def test_one_line_and_keys_are_all_it_takes(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QBR_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
        monkeypatch.setenv("QBR_API_KEYS", json.dumps({READER: {"name": "screen", "role": "read"}}))
        app = Flask("foreign")
        app.register_blueprint(qbr_bp)
        caller = app.test_client()
        answer = caller.get(f"{PREFIX}/periods", headers={"Authorization": f"Bearer {READER}"})
        rejected = caller.get(f"{PREFIX}/periods")
        app.extensions["qbr"].database.close()
        assert (answer.status_code, rejected.status_code) == (200, 401)

    def test_it_reads_the_environment_where_it_is_registered_and_never_again(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QBR_API_KEYS", json.dumps({READER: {"name": "screen", "role": "read"}}))
        app = Flask("foreign")
        app.config["QBR_DATABASE"] = database
        app.register_blueprint(qbr_bp)
        monkeypatch.setenv("QBR_API_KEYS", "no keys")
        answer = app.test_client().get(f"{PREFIX}/periods", headers={"Authorization": f"Bearer {READER}"})
        assert answer.status_code == 200
        with pytest.raises(SettingsError, match="QBR_API_KEYS holds "):
            Flask("another").register_blueprint(qbr_bp)

    def test_an_application_with_settings_of_its_own_reads_no_environment(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QBR_TIMEZONE", "Nowhere/Land")
        app = Flask("foreign")
        keys = json.dumps({READER: {"name": "screen", "role": "read"}})
        app.config.update(QBR_DATABASE=database, QBR_SETTINGS=Settings.read({"QBR_API_KEYS": keys}))
        app.register_blueprint(qbr_bp)
        answer = app.test_client().get(f"{PREFIX}/periods", headers={"Authorization": f"Bearer {READER}"})
        assert answer.status_code == 200

    def test_without_any_configuration_everything_answers_403(self) -> None:
        app = Flask("foreign")
        app.register_blueprint(qbr_bp)
        for each in routes.endpoints:
            answer = app.test_client().open(PREFIX + each.path, method=each.method)
            assert code_of(answer) == (403, "FORBIDDEN")

    def test_without_a_database_nothing_is_told_but_that(self) -> None:
        app = Flask("foreign")
        app.config["QBR_API_KEYS"] = json.dumps({READER: {"name": "screen", "role": "read"}})
        app.register_blueprint(qbr_bp)
        answer = app.test_client().get(f"{PREFIX}/periods", headers={"Authorization": f"Bearer {READER}"})
        assert code_of(answer) == (503, "DATABASE_UNAVAILABLE")

    def test_open_access_needs_to_be_said_in_so_many_words(self, make_foreign: MakeApp) -> None:
        opened = make_foreign(QBR_API_KEYS={}, QBR_ACCESS_WITHOUT_KEYS="open").test_client()
        assert opened.get(f"{PREFIX}/periods", headers={"Host": "qbr.example.com"}).status_code == 200
        assert opened.post(f"{PREFIX}/metrics/manual", json=ENTRY).status_code == 200

    def test_another_prefix_than_ours_works_too(self, database: Database) -> None:
        app = Flask("other prefix")
        app.config.update(QBR_DATABASE=database, QBR_API_KEYS={READER: {"name": "screen", "role": "read"}})
        app.register_blueprint(qbr_bp, url_prefix="/numbers")
        caller = app.test_client()
        key = {"Authorization": f"Bearer {READER}"}
        assert caller.get("/numbers/periods", headers=key).status_code == 200
        assert code_of(caller.delete("/numbers/periods", headers=key)) == (405, "METHOD_NOT_ALLOWED")
        assert caller.get("/numbers/openapi.json").get_json()["servers"] == [{"url": "/numbers"}]
