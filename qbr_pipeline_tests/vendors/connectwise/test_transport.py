"""Faults on the way: what is tried again, what fails at once, and what a message may hold."""

import logging
import socket
import ssl
import traceback
from base64 import b64encode
from dataclasses import replace
from itertools import repeat

import pytest
import requests
import urllib3
from pydantic import SecretStr

from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline.vendors.http.transport import without_answer

BOARDS = "/service/boards"
HELP_DESK = [{"id": 1, "name": "Help Desk"}]
SECRETS = (
    "PublicKeyOne",
    "PrivateKeyTwo",
    "0a1b2c3d-0000-4000-8000-123456789abc",
    b64encode(b"acme+PublicKeyOne:PrivateKeyTwo").decode(),
)


def names(boards):
    return [board.name for board in boards]


def fails(client, kind):
    with pytest.raises(kind) as caught:
        client.boards()
    return caught.value


def test_every_request_carries_credentials_client_id_version_and_user_agent(client, server) -> None:
    server.answer(BOARDS, server.reply(HELP_DESK))
    assert names(client.boards()) == ["Help Desk"]
    (seen,) = server.asked(BOARDS)
    assert seen.headers["Authorization"] == f"Basic {SECRETS[3]}"
    assert seen.headers["clientId"] == SECRETS[2]
    assert seen.headers["Accept"] == "application/vnd.connectwise.com+json; version=2025.1"
    assert seen.headers["User-Agent"].startswith("qbr-pipeline/")


def test_a_netrc_file_never_replaces_the_credentials(client, server, tmp_path, monkeypatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login stranger password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answer(BOARDS, server.reply(HELP_DESK))
    client.boards()
    assert {seen.headers["Authorization"] for seen in server.seen} == {f"Basic {SECRETS[3]}"}


def test_plain_http_to_this_machine_goes_through_no_proxy(client, server, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answer(BOARDS, server.reply(HELP_DESK))
    assert names(client.boards()) == ["Help Desk"]


def test_the_pauses_between_tries_are_time_waited(client, server, fake_time) -> None:
    server.answer(BOARDS, server.reply({"code": "Oops"}, 500), server.reply(HELP_DESK))
    client.boards()
    assert client.waited == sum(fake_time.pauses) > 0


def test_an_answer_that_takes_its_time_is_time_waited(access, server) -> None:
    moments = iter(range(100))
    server.answer(BOARDS, server.reply(HELP_DESK))
    with ConnectWise(access, clock=lambda: float(next(moments))) as client:
        client.boards()
        assert client.waited >= client.requests == 2


def passing_faults():
    def lengthened(reply):
        return reply(b'[{"id": 1', promised=500)

    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return {
        "500": lambda reply: reply({"code": "Oops", "message": "internal"}, 500),
        "408": lambda reply: reply(b"Request Timeout", 408),
        "403 in HTML, as of a firewall": lambda reply: reply(b"\xef\xbb\xbf <!DOCTYPE html><p>Blocked", 403),
        "503 in HTML": lambda reply: reply(b"<html>busy</html>", 503),
        "429 without Retry-After": lambda reply: reply({"error": "ConnectWiseAPI"}, 429),
        "dropped without an answer": lambda reply: reply(raw=b""),
        "no HTTP at all": lambda reply: reply(raw=b"SSH-2.0-OpenSSH\r\n"),
        "shorter than its Content-Length": lengthened,
        "whole JSON shorter than its Content-Length": lambda reply: reply(HELP_DESK, promised=4000),
        "broken inside a chunk": lambda reply: reply(raw=chunked + b'20\r\n[{"id":'),
        "broken between two chunks": lambda reply: reply(raw=chunked + b"2\r\n[]\r\n"),
        "no body": lambda reply: reply(b""),
        "HTML": lambda reply: reply(b"<!doctype html><title>Maintenance</title>"),
        "half of JSON": lambda reply: reply(b'[{"id": 1, "name": "Help'),
        "not UTF-8": lambda reply: reply(b'[{"id": 1, "name": "\xff\xfe\xfa"}]'),
        "an object where a list is expected": lambda reply: reply({"id": 1, "name": "Help Desk"}),
        "null where a list is expected": lambda reply: reply(None),
        "a row that is no object": lambda reply: reply(["Help Desk"]),
        "a row without id": lambda reply: reply([{"name": "Help Desk"}]),
        "an id that is true": lambda reply: reply([{"id": True, "name": "Help Desk"}]),
        "NaN": lambda reply: reply(b'[{"id": NaN, "name": "Help Desk"}]'),
        "NaN where nobody looks": lambda reply: reply(b'[{"id": 1, "name": "Help Desk", "x": -Infinity}]'),
        "an endless nesting": lambda reply: reply(b"[" * 100_000),
        "compressed wrongly": lambda reply: reply(b"plain", headers={"Content-Encoding": "gzip"}),
    }


@pytest.mark.parametrize("fault", passing_faults().values(), ids=passing_faults().keys())
def test_a_passing_fault_is_tried_again(fault, client, server, fake_time) -> None:
    server.answer(BOARDS, fault(server.reply), fault(server.reply), server.reply(HELP_DESK))
    assert names(client.boards()) == ["Help Desk"]
    assert len(server.asked(BOARDS)) == 3
    first, second = fake_time.pauses
    assert 1 <= first <= 2 <= second <= 3


@pytest.mark.parametrize("fault", passing_faults().values(), ids=passing_faults().keys())
def test_a_fault_that_does_not_pass_ends_with_the_patience_in_one_sentence(
    fault, client, server, fake_time
) -> None:
    server.answer(BOARDS, fault(server.reply))
    failure = fails(client, RetriesExhausted)
    tries = len(server.asked(BOARDS))
    assert sum(fake_time.pauses) == pytest.approx(300)
    assert 10 < tries < 20
    assert str(failure).startswith(
        f"ConnectWise gave no usable answer to GET /service/boards in {tries} tries, and the 300 seconds that"
        " this collection may spend on retries are used up: "
    )
    assert "\n" not in str(failure)


def test_a_silent_server_is_given_up(access, server, fake_time) -> None:
    server.answer(BOARDS, lambda _: server.over.wait(5) and server.reply([]))
    with ConnectWise(access, RetryPolicy(total=1, read=0.05), sleep=fake_time.sleep) as client:
        assert "did not come in time" in str(fails(client, RetriesExhausted))


def test_a_body_that_trickles_in_is_cut_off_and_tried_again(client, server, fake_time) -> None:
    def trickle():
        fake_time.looked_at.clear()
        for piece in (*repeat(b" ", 6), b"[]"):
            fake_time.looked_at.wait(5)
            fake_time.seconds += 30
            yield piece

    trickling = server.reply(pieces=trickle(), promised=8)
    server.answer(BOARDS, trickling, server.reply(HELP_DESK))
    assert names(client.boards()) == ["Help Desk"]
    assert len(server.asked(BOARDS)) == 2


def test_a_server_that_is_not_there_is_a_passing_fault_that_names_its_setting(access, fake_time) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = replace(access, server=f"http://127.0.0.1:{taken.getsockname()[1]}")
    with ConnectWise(nowhere, sleep=fake_time.sleep) as client:
        assert str(fails(client, RetriesExhausted)).endswith("CONNECTWISE_SERVER could not be connected to")
        assert 10 < client.requests < 20


def test_retry_after_in_seconds_is_obeyed(client, server, fake_time) -> None:
    busy = server.reply({"message": "Too many requests."}, 429, {"Retry-After": "30"})
    server.answer(BOARDS, busy, server.reply(HELP_DESK))
    assert names(client.boards()) == ["Help Desk"]
    assert fake_time.pauses == [30.0]


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "Sat, 01 Feb 2025 04:30:45 GMT"}, 45.0),
        ({"Retry-After": "Sat, 01 Feb 2025 05:00:20 GMT", "Date": "Sat, 01 Feb 2025 05:00:00 GMT"}, 20.0),
    ],
)
def test_retry_after_as_a_date_is_obeyed_by_the_servers_clock_if_it_tells(
    headers, pause, client, server, fake_time
) -> None:
    server.answer(BOARDS, server.reply({}, 503, headers), server.reply(HELP_DESK))
    client.boards()
    assert fake_time.pauses == [pytest.approx(pause)]


@pytest.mark.parametrize("held", ["soon", "-5", "", "Sat, 01 Feb 2020 04:30:45 GMT", "nan"])
def test_a_retry_after_that_asks_for_nothing_leaves_the_ordinary_pause(
    held, client, server, fake_time
) -> None:
    server.answer(BOARDS, server.reply({}, 429, {"Retry-After": held}), server.reply(HELP_DESK))
    client.boards()
    assert 1 <= fake_time.pauses[0] <= 2


@pytest.mark.parametrize("held", ["301", "86400", "9" * 400])
def test_a_retry_after_beyond_the_patience_fails_at_once_and_says_so(held, client, server, fake_time) -> None:
    server.answer(BOARDS, server.reply({}, 429, {"Retry-After": held}))
    failure = fails(client, RetriesExhausted)
    assert len(server.asked(BOARDS)) == 1
    assert fake_time.pauses == []
    assert "longer than the 300 seconds that this collection can still wait" in str(failure)
    assert failure.status == 429


def test_a_retry_after_of_exactly_the_patience_is_waited_for(client, server, fake_time) -> None:
    server.answer(BOARDS, server.reply({}, 429, {"Retry-After": "300"}), server.reply(HELP_DESK))
    client.boards()
    assert fake_time.pauses == [300.0]


def test_the_patience_of_a_client_is_spent_over_all_its_requests(client, server, fake_time) -> None:
    busy = server.reply({}, 429, {"Retry-After": "200"})
    server.answer(BOARDS, busy, server.reply(HELP_DESK), busy)
    client.boards()
    assert "the 100 seconds that this collection can still wait" in str(fails(client, RetriesExhausted))
    assert fake_time.pauses == [200.0]


def test_failed_tries_use_up_patience_and_good_ones_do_not(access, server, fake_time) -> None:
    def slow(status):
        def answer(_):
            fake_time.seconds += 100
            return server.reply(HELP_DESK, status)

        return answer

    server.answer(BOARDS, slow(200), slow(200), slow(200), slow(200), slow(500))
    with ConnectWise(access, RetryPolicy(total=300), sleep=fake_time.sleep, clock=fake_time.clock) as client:
        for _ in range(4):
            client.boards()
        failure = fails(client, RetriesExhausted)
    assert len(server.asked(BOARDS)) == 4 + 3 + 1  # the last one began when the patience was used up
    assert "300 seconds that this collection may spend on retries are used up" in str(failure)


REFUSALS = [
    (401, {"code": "Unauthorized", "message": "denied"}, "CONNECTWISE_PRIVATE_KEY"),
    (401, {"code": "Unauthorized", "message": "denied"}, "CONNECTWISE_COMPANY_ID"),
    (403, {"code": "SecurityDenied", "message": "no"}, "security role"),
    (404, {"code": "NotFound", "message": "gone"}, "CONNECTWISE_SERVER"),
    (400, {"code": "InvalidClientId", "message": "clientId is missing"}, "CONNECTWISE_CLIENT_ID"),
    (401, {"code": "Unauthorized", "message": "The ClientID is not valid"}, "CONNECTWISE_CLIENT_ID"),
    (403, {"message": "Please provide a client id"}, "CONNECTWISE_CLIENT_ID"),
    (400, {"code": "ApiFindCondition", "message": "x is not a recognized name."}, "QBR_REACTIVE_BOARDS"),
    (409, {"code": "Conflict", "message": "busy"}, "CONNECTWISE_SERVER"),
    (405, b"Method not allowed", "CONNECTWISE_SERVER"),
    (407, b"<html>Who are you?", "HTTPS_PROXY"),
    (414, b"too long", "QBR_REACTIVE_BOARDS"),
    (400, b"Cannot route. Codebase/company is invalid", "CONNECTWISE_COMPANY_ID"),
]


@pytest.mark.parametrize(("status", "body", "named"), REFUSALS)
def test_a_refusal_fails_at_once_and_says_which_setting_to_look_at(
    status, body, named, client, server
) -> None:
    server.answer(BOARDS, server.reply(body, status))
    failure = fails(client, PermanentError)
    assert named in str(failure)
    assert f"with {status}" in str(failure)
    assert failure.status == status
    assert set(failure.settings) <= set(
        str(failure).replace(",", " ").replace(":", " ").replace(";", " ").split()
    )
    assert len(server.asked(BOARDS)) == 1


@pytest.mark.parametrize("status", [405, 409, 410])
def test_only_what_speaks_of_conditions_sends_a_person_to_the_boards(status, client, server) -> None:
    server.answer(BOARDS, server.reply(b"no", status))
    assert "QBR_REACTIVE_BOARDS" not in str(fails(client, PermanentError))


@pytest.mark.parametrize(("status", "body"), [(408, b"timeout"), (403, b"<html>Request blocked</html>")])
def test_a_time_out_or_a_firewall_on_the_way_is_not_blamed_on_a_setting(status, body, client, server) -> None:
    server.answer(BOARDS, server.reply(body, status))
    sentence = str(fails(client, RetriesExhausted))
    assert f"it answered {status}" in sentence
    assert ("firewall" in sentence) == (status == 403)
    assert not [name for name in ("QBR_", "CONNECTWISE_") if name in sentence]


VERSION_REFUSALS = {
    "406": (406, b""),
    "415": (415, {"message": "Unsupported Media Type"}),
    "400 that names it": (
        400,
        {"code": "ConnectWiseApi", "message": "The HTTP resource does not support the API version '2025.1'."},
    ),
}


@pytest.mark.parametrize("refusal", VERSION_REFUSALS.values(), ids=VERSION_REFUSALS.keys())
def test_a_server_that_refuses_the_version_is_asked_without_one_and_that_is_said(
    refusal, client, server, fake_time, caplog
) -> None:
    status, body = refusal
    server.answer(BOARDS, server.reply(body, status), server.reply(HELP_DESK))
    assert names(client.boards()) == names(client.boards()) == ["Help Desk"]
    accepted = [seen.headers["Accept"] for seen in server.asked(BOARDS)]
    assert ["version" in accept for accept in accepted] == [True, False, False]
    assert fake_time.pauses == []
    assert client.remarks == ("version 2025.1 of the API was refused and is no longer requested",)
    assert "2025.1 of its API is no longer requested" in caplog.text


def test_a_server_that_refuses_every_version_fails_after_two_requests(client, server) -> None:
    server.answer(BOARDS, server.reply(b"", 406))
    assert fails(client, PermanentError).settings == ("CONNECTWISE_SERVER",)
    assert len(server.asked(BOARDS)) == 2


def test_a_refusal_counts_even_when_its_body_breaks_off(client, server) -> None:
    server.answer(BOARDS, server.reply(b"denied", 401, promised=500))
    assert fails(client, PermanentError).status == 401
    assert len(server.asked(BOARDS)) == 1


def test_a_retry_after_counts_even_when_its_body_breaks_off(client, server, fake_time) -> None:
    server.answer(
        BOARDS, server.reply(b"busy", 429, {"Retry-After": "17"}, promised=500), server.reply(HELP_DESK)
    )
    client.boards()
    assert fake_time.pauses == [17.0]


def test_the_servers_own_code_and_messages_are_quoted(client, server) -> None:
    errors = [{"code": "Missing", "message": "field is required", "resource": "ticket", "field": "x"}]
    server.answer(BOARDS, server.reply({"code": "Invalid", "message": "bad", "errors": errors}, 400))
    assert "(Invalid: bad: field is required)" in str(fails(client, PermanentError))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status, client, server) -> None:
    server.answer(BOARDS, server.reply(b"", status, {"Location": f"{server.url}/elsewhere"}))
    failure = fails(client, PermanentError)
    assert failure.settings == ("CONNECTWISE_SERVER",)
    assert f"{server.url}/elsewhere" in str(failure)
    assert "/elsewhere" not in server.paths()


def everything_said(fault: BaseException) -> str:
    chain, seen = [fault], [fault]
    while chain:
        current = chain.pop()
        linked = [link for link in (current.__cause__, current.__context__) if link and link not in seen]
        chain += linked
        seen += linked
    lines = [line for link in seen for line in traceback.format_exception(link)]
    return "\n".join([*lines, *(repr(vars(link)) for link in seen), *(repr(link.args) for link in seen)])


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("shape", ["text", "message", "code", "upper"])
def test_no_secret_that_a_server_echoes_gets_into_a_message_or_log(
    status, shape, client, server, caplog
) -> None:
    echoed = " ".join(SECRETS).upper() if shape == "upper" else " ".join(SECRETS)
    body = {shape: echoed} if shape in ("message", "code") else f"echo: {echoed}".encode()
    server.answer(BOARDS, server.reply(body, status, {"Location": f"https://x.test/?{SECRETS[0]}"}))
    with caplog.at_level(logging.DEBUG):
        failure = fails(client, VendorError)
    said = (everything_said(failure) + caplog.text + repr(client)).lower()
    assert not [secret for secret in SECRETS if secret.lower() in said]


@pytest.mark.parametrize("padding", range(150, 215, 5))
def test_shortening_never_leaves_part_of_a_secret(padding, client, server) -> None:
    server.answer(BOARDS, server.reply(b"x" * padding + b" " + SECRETS[1].encode(), 400))
    assert "Priv" not in str(fails(client, PermanentError))


def test_the_exceptions_of_the_libraries_are_no_part_of_ours(access, server, fake_time) -> None:
    server.answer(BOARDS, server.reply(raw=b""))
    with ConnectWise(access, sleep=fake_time.sleep) as client:
        failure = fails(client, RetriesExhausted)
    assert failure.__cause__ is None
    assert failure.__context__ is None


@pytest.mark.parametrize("held", ["two\nlines", "gu\u00efd", " 0a1b", "0a\x00b"])
def test_a_client_id_that_no_header_can_carry_is_refused_without_being_shown(held, access) -> None:
    with pytest.raises(PermanentError) as caught:
        ConnectWise(replace(access, client_id=SecretStr(held)))
    assert caught.value.settings == ("CONNECTWISE_CLIENT_ID",)
    assert held not in everything_said(caught.value)


def test_a_certificate_that_is_not_trusted_is_permanent_and_names_the_server() -> None:
    untrusted = ssl.SSLCertVerificationError("certificate verify failed")
    reason = urllib3.exceptions.SSLError(untrusted)
    pool = urllib3.HTTPSConnectionPool("psa.example.test")
    fault = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/", reason))
    meaning = without_answer("GET /service/boards", fault, "CONNECTWISE_SERVER")
    assert isinstance(meaning, PermanentError)
    assert meaning.settings == ("CONNECTWISE_SERVER",)


def test_one_connection_is_kept_for_many_requests(client, server) -> None:
    server.answer(BOARDS, server.reply(HELP_DESK))
    for _ in range(5):
        client.boards()
    assert len({seen.port for seen in server.seen}) == 1
