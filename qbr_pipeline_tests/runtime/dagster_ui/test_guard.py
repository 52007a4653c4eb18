"""What stands in front of Dagster's application: foreign pages, foreign hosts, proxies, roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from qbr_pipeline.api.access import OF_A_PROXY, Caller
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.runtime.dagster_ui import LIVE
from qbr_pipeline.runtime.dagster_ui.guard import Guard
from qbr_pipeline.settings import Role
from qbr_pipeline_tests.runtime.dagster_ui.conftest import MUTATION, QUERY, READER, WRITER, ask, with_key

MakeGuard = Callable[..., ASGIApp]
OPEN = {"QBR_API_KEYS": "{}"}
JSON = {"Content_Type": "application/json"}
PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def local(guard: MakeGuard) -> ASGIApp:
    """The UI of somebody without keys."""
    return guard(**OPEN)


def is_paused(app: ASGIApp) -> object:
    query = "{ instance { autoMaterializePaused } }"
    return ask(app, "POST", "/graphql", json.dumps({"query": query}), **JSON).json["data"]["instance"]


class TestAnotherSitesPage:
    """What a browser is made to send by a page that a person opens elsewhere."""

    @pytest.mark.parametrize("accept", ["image/avif,*/*;q=0.8", "text/html", "*/*"])
    def test_an_image_whose_address_is_a_mutation_changes_nothing(self, local: ASGIApp, accept: str) -> None:
        before = is_paused(local)
        query = urlencode({"query": json.loads(MUTATION)["query"]})
        for site in ("cross-site", "same-site", "same-origin", "none", None):
            sent = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "no-cors"} if site else {}
            reply = ask(local, "GET", "/graphql", query=query, Accept=accept, **sent)
            assert reply.status in (403, 405)
        assert is_paused(local) == before

    def test_a_link_that_a_person_follows_opens_the_page_and_changes_nothing(self, local: ASGIApp) -> None:
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
        assert ask(local, "GET", "/runs", Accept="text/html", **link).status == 200
        query = urlencode({"query": json.loads(MUTATION)["query"]})
        assert ask(local, "GET", "/graphql", query=query, **link).status == 405
        assert ask(local, "GET", "/runs", **{**link, "Sec_Fetch_Dest": "iframe"}).status == 403

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://127.0.0.1:8000", "http://localhost:3000", ""]
    )
    @pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/a", "/report_asset_check/a"])
    def test_a_post_of_another_origin_is_refused_whatever_it_says(
        self, local: ASGIApp, origin: str, path: str
    ) -> None:
        for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
            reply = ask(local, "POST", path, MUTATION, Origin=origin, Content_Type=kind)
            assert (reply.status, reply.json["error"]["code"]) == (403, "FORBIDDEN")

    def test_a_web_socket_of_another_origin_is_refused_and_one_of_our_own_is_taken(
        self, local: ASGIApp
    ) -> None:
        assert ask(local, "WEBSOCKET", "/graphql", Origin="https://evil.example").status == 403
        assert ask(local, "WEBSOCKET", "/graphql", Sec_Fetch_Site="cross-site").status == 403
        assert ask(local, "WEBSOCKET", "/graphql", Origin="http://127.0.0.1:3000").status == 101
        assert ask(local, "WEBSOCKET", "/graphql").status == 101

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:3000", "", "[::2]", "192.168.1.5"]
    )
    def test_a_host_that_is_not_this_machine_gets_nothing(self, local: ASGIApp, host: str) -> None:
        for method in ("GET", "POST", "WEBSOCKET"):
            assert ask(local, method, "/graphql", QUERY, Host=host, **JSON).status == 400
        assert ask(local, "GET", LIVE, Host=host).status == 400

    def test_no_page_of_another_site_may_show_the_ui_within_itself(self, local: ASGIApp) -> None:
        assert ask(local, "GET", "/").headers["x-frame-options"] == "SAMEORIGIN"

    def test_nothing_may_be_read_by_scripts_of_another_origin(self, local: ASGIApp) -> None:
        for method, path in (("GET", "/server_info"), ("OPTIONS", "/graphql"), ("GET", "/logs/x/y.out")):
            for site in ("cross-site", "same-site"):
                assert ask(local, method, path, Sec_Fetch_Site=site).status == 403
            reply = ask(local, method, path, Origin="https://evil.example")
            assert reply.status == 403
            assert not [name for name in reply.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/graphql", "text/plain; application/json", "application/json-patch+json"],
)
def test_what_changes_something_is_json_and_nothing_else(local: ASGIApp, kind: str) -> None:
    for path in ("/graphql", "/report_asset_materialization/a", "/report_asset_observation/a"):
        assert ask(local, "POST", path, MUTATION, Content_Type=kind).status == 415
    assert ask(local, "POST", "/graphql", QUERY, Content_Type="application/json; charset=utf-8").status == 200


@pytest.mark.parametrize("name", OF_A_PROXY)
def test_without_keys_nothing_that_a_proxy_hands_on_is_served(local: ASGIApp, name: str) -> None:
    for method in ("GET", "POST", "WEBSOCKET"):
        reply = ask(local, method, "/graphql", QUERY, **JSON, **{name: "127.0.0.1"})
        assert reply.status == 403
        assert "through a proxy" in reply.json["error"]["message"]


def test_without_keys_only_this_machine_is_served(local: ASGIApp) -> None:
    assert ask(local, "GET", "/", client="192.0.2.7").status == 403


def test_a_web_socket_runs_no_mutation(local: ASGIApp) -> None:
    before = is_paused(local)
    start = {"type": "start", "id": "1", "payload": json.loads(MUTATION)}
    reply = ask(local, "WEBSOCKET", "/graphql", frames=({"type": "connection_init"}, start))
    assert reply.sent[0] == {"type": "connection_ack"}
    assert is_paused(local) == before


class TestRoles:
    """Who may only read gets Dagster's own read-only UI; nothing that changes something reaches Dagster."""

    PERMISSIONS = json.dumps({"query": "{ permissions { permission value } }"})

    def test_the_ui_is_told_what_the_role_may(self, guard: MakeGuard) -> None:
        app = guard()
        for key, allowed in ((READER, {False}), (WRITER, {True, False})):
            reply = ask(app, "POST", "/graphql", self.PERMISSIONS, **JSON, **with_key(key))
            values = {each["permission"]: each["value"] for each in reply.json["data"]["permissions"]}
            assert set(values.values()) == allowed, key
            assert values["wipe_assets"] is (key == WRITER)

    @pytest.mark.parametrize(
        "document",
        [
            "mutation { setAutoMaterializePaused(paused: true) }",
            "query A { version } mutation B { setAutoMaterializePaused(paused: true) }",
            "mutation { ...F } fragment F on Mutation { setAutoMaterializePaused(paused: true) }",
            "mutation { ... on Mutation { setAutoMaterializePaused(paused: true) } }",
            "mutation { setNuxSeen setAutoMaterializePaused(paused: true) }",
            "#\ufeff\nmutation{setNuxSeen:setAutoMaterializePaused(paused:true)}",
        ],
    )
    def test_a_mutation_of_who_may_only_read_is_refused(self, guard: MakeGuard, document: str) -> None:
        app = guard()
        body = json.dumps({"query": document, "operationName": None})
        reply = ask(app, "POST", "/graphql", body, **JSON, **with_key(READER))
        assert (reply.status, reply.json["error"]["code"]) == (403, "FORBIDDEN")
        assert '"wall" may only read' in reply.json["error"]["message"]

    def test_a_mutation_of_who_may_write_is_run(self, guard: MakeGuard) -> None:
        reply = ask(guard(), "POST", "/graphql", MUTATION, **JSON, **with_key(WRITER))
        assert (reply.status, reply.json["data"]) == (200, {"setAutoMaterializePaused": True})

    def test_what_changes_nothing_but_the_uis_own_notes_is_run_for_everybody(self, guard: MakeGuard) -> None:
        body = json.dumps({"query": "mutation { setNuxSeen }"})
        assert ask(guard(), "POST", "/graphql", body, **JSON, **with_key(READER)).status == 200

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", "[1]", '{"query": 5}', "[" * 200_000])
    def test_a_body_that_cannot_be_understood_is_told_so(self, guard: MakeGuard, body: str) -> None:
        reply = ask(guard(), "POST", "/graphql", body, **JSON, **with_key(READER))
        assert (reply.status, reply.json["error"]["code"]) == (400, "INVALID_JSON")

    def test_a_query_that_cannot_be_parsed_is_answered_by_dagster(self, guard: MakeGuard) -> None:
        reply = ask(guard(), "POST", "/graphql", '{"query": "mutation {"}', **JSON, **with_key(READER))
        assert reply.status == 400
        assert "Syntax Error" in reply.json["errors"][0]["message"]


class TestSigningIn:
    """Who comes without a key."""

    @pytest.mark.parametrize(
        ("host", "variables", "sign_in"),
        [
            (
                "127.0.0.1:3000",
                {},
                "http://127.0.0.1:5400/sign-in?next=http%3A%2F%2F127.0.0.1%3A3000%2Fruns%3Fa%3Db",
            ),
            (
                "localhost:3000",
                {"QBR_API_PORT": "5401"},
                "http://localhost:5401/sign-in?next=http%3A%2F%2Flocalhost%3A3000%2Fruns%3Fa%3Db",
            ),
            (
                "qbr.example.com:3443",
                {
                    "QBR_PUBLIC_URL": "https://qbr.example.com",
                    "QBR_DAGSTER_URL": "https://qbr.example.com:3443",
                },
                "https://qbr.example.com/sign-in?next=https%3A%2F%2Fqbr.example.com%3A3443%2Fruns%3Fa%3Db",
            ),
        ],
    )
    def test_a_page_leads_to_signing_in_and_back(
        self, guard: MakeGuard, host: str, variables: dict[str, str], sign_in: str
    ) -> None:
        reply = ask(guard(**variables), "GET", "/runs", query="a=b", Host=host, **PAGE)
        assert (reply.status, reply.headers["location"]) == (302, sign_in)

    def test_everything_else_says_that_a_key_is_needed(self, guard: MakeGuard) -> None:
        app = guard()
        for method, path in (
            ("GET", "/server_info"),
            ("GET", "/graphql"),
            ("POST", "/graphql"),
            ("WEBSOCKET", "/graphql"),
        ):
            reply = ask(app, method, path, QUERY, **JSON, **(PAGE if path == "/graphql" else {}))
            assert (reply.status, reply.json["error"]["code"]) == (401, "UNAUTHORIZED")

    def test_only_that_the_ui_lives_needs_no_key(self, guard: MakeGuard) -> None:
        reply = ask(guard(), "GET", LIVE)
        assert (reply.status, reply.body) == (200, b"live")

    def test_guessers_wait(self, guard: MakeGuard) -> None:
        app = guard()
        for number in range(10):
            assert ask(app, "GET", "/", **with_key(f"wrong-{number}")).status == 401
        assert ask(app, "GET", "/", **with_key(WRITER)).status == 429
        assert ask(app, "GET", "/", client="192.0.2.7", **with_key(WRITER)).status == 200

    def test_the_address_of_the_setting_is_ours_behind_a_proxy_too(self, guard: MakeGuard) -> None:
        app = guard(QBR_DAGSTER_URL="https://qbr.example.com:3443")
        own = {"Origin": "https://qbr.example.com:3443", "Sec_Fetch_Site": "same-origin", "Via": "nginx"}
        for host in ("qbr.example.com:3443", "qbr.example.com", "127.0.0.1:3000"):
            reply = ask(app, "POST", "/graphql", MUTATION, Host=host, **JSON, **own, **with_key(WRITER))
            assert reply.status == 200
        for origin in ("https://qbr.example.com", "http://qbr.example.com:3443"):
            foreign = {"Host": "qbr.example.com:3443", "Origin": origin}
            assert ask(app, "POST", "/graphql", MUTATION, **foreign, **JSON, **with_key(WRITER)).status == 403


def test_a_web_socket_that_is_open_when_its_session_ends_says_nothing_more() -> None:
    callers = iter([Caller("wall", Role.READ, is_signed_in=True)] * 2)

    def identify(_connection: HTTPConnection) -> Caller:
        found = next(callers, None)
        if found is None:
            raise ApiError(Code.UNAUTHORIZED, "a key is needed")
        return found

    async def talkative(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for number in range(5):
            await send({"type": "websocket.send", "text": str(number)})

    app = Guard(talkative, identify=identify, own_origin=None, sign_in=str, recheck_seconds=0)
    reply = ask(app, "WEBSOCKET", "/graphql")
    assert (reply.status, reply.sent, reply.closed) == (101, [0], [1008])
