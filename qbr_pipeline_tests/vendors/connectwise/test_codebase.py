"""Which codebase the addresses are made with."""

from dataclasses import replace

import pytest

from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted

COMPANY = "/login/companyinfo/acme"
BOARDS = "/service/boards"
GENERAL = "/v4_6_release/apis/3.0"
NEXT = "/v2025_2/apis/3.0"
HELP_DESK = [{"id": 1, "name": "Help Desk"}]


def company(server, *replies):
    server.answer(COMPANY, *replies, api="")


def test_the_codebase_of_companyinfo_is_used_and_asked_for_once(client, server) -> None:
    server.answer(BOARDS, server.reply(HELP_DESK))
    client.boards()
    client.boards()
    assert [seen.path for seen in server.seen] == [
        COMPANY,
        "/v2025_1/apis/3.0" + BOARDS,
        "/v2025_1/apis/3.0" + BOARDS,
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"CompanyName": "Acme"},
        {"Codebase": None},
        {"Codebase": "2025_1/"},
        {"Codebase": "v2025_1"},
        {"Codebase": "v2025_1/../../"},
        {"Codebase": "v2025_1/\n"},
        {"Codebase": "v@evil.test/"},
        {"Codebase": 7},
        ["v2025_1/"],
        b"<html>log in</html>",
        b"",
    ],
)
def test_an_answer_without_a_codebase_leaves_the_general_one(body, client, server, fake_time) -> None:
    company(server, server.reply(body))
    server.answer(BOARDS, server.reply(HELP_DESK), api=GENERAL)
    assert len(client.boards()) == 1
    assert fake_time.pauses == []


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500])
def test_a_server_without_companyinfo_gets_the_general_codebase(status, client, server) -> None:
    company(server, server.reply(b"no", status))
    server.answer(BOARDS, server.reply(HELP_DESK), api=GENERAL)
    assert len(client.boards()) == 1


def test_an_unknown_company_fails_at_once_and_names_the_setting(client, server) -> None:
    company(server, server.reply(None))
    with pytest.raises(PermanentError, match=r"'acme'.*CONNECTWISE_COMPANY_ID") as caught:
        client.boards()
    assert "CONNECTWISE_COMPANY_ID" in caught.value.settings
    assert client.requests == 1


def test_a_busy_companyinfo_that_asks_for_too_long_a_pause_is_not_passed_over(client, server) -> None:
    company(server, server.reply(b"", 429, {"Retry-After": "9999"}))
    with pytest.raises(RetriesExhausted, match="9999 seconds"):
        client.boards()
    assert client.requests == 1


def test_a_new_codebase_is_found_by_looking_again_after_a_404(client, server) -> None:
    company(server, server.reply({"Codebase": "v2025_1/"}), server.reply({"Codebase": "v2025_2/"}))
    server.answer(BOARDS, server.reply(HELP_DESK), api=NEXT)
    assert len(client.boards()) == 1
    assert [seen.path for seen in server.seen][-2:] == [COMPANY, NEXT + BOARDS]


def test_a_companyinfo_that_came_as_a_page_first_is_looked_at_again(client, server) -> None:
    company(server, server.reply(b"<html>"), server.reply({"Codebase": "v2025_2/"}))
    server.answer(BOARDS, server.reply(b"Cannot route. Codebase/company is invalid", 400), api=GENERAL)
    server.answer(BOARDS, server.reply(HELP_DESK), api=NEXT)
    assert len(client.boards()) == 1


def test_an_address_that_stays_unknown_is_looked_up_again_only_once(client, server) -> None:
    for _ in range(3):
        with pytest.raises(PermanentError):
            client.boards()
    assert [seen.path for seen in server.seen].count(COMPANY) == 2


def test_a_wrong_codebase_fails_without_waiting_and_names_server_and_company(
    client, server, fake_time
) -> None:
    server.answer(BOARDS, server.reply(b"Cannot route. Codebase/company is invalid", 400))
    with pytest.raises(PermanentError, match="CONNECTWISE_SERVER and CONNECTWISE_COMPANY_ID"):
        client.boards()
    assert fake_time.pauses == []


def test_a_company_id_is_escaped_in_the_address(server, access, fake_time) -> None:
    server.answer("/login/companyinfo/a%2Fb%20c", server.reply({"Codebase": "v2025_1/"}), api="")
    server.answer(BOARDS, server.reply(HELP_DESK))
    with ConnectWise(replace(access, company_id="a/b c"), sleep=fake_time.sleep) as client:
        assert len(client.boards()) == 1
