"""The simulator's dialect over real HTTP: what any client of ConnectWise PSA would meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any

import pytest
import requests

from qbr_pipeline.demo.connectwise.rows import Board, Life, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ENTERED = datetime(2025, 1, 10, 15, tzinfo=UTC)
LATEST = "application/vnd.connectwise.com+json; version=2025.1"
OLDER = "application/vnd.connectwise.com+json; version=2021.3"
FORWARD = {"pagination-type": "forward-only"}
TICKETS, ENTRIES = "/service/tickets", "/time/entries"


def small_world() -> World:
    tickets = [
        Ticket(
            number,
            ENTERED + timedelta(milliseconds=700 * number),
            board="Help Desk" if number % 5 else "Projects",
            status=">Closed" if number % 2 else "New",
            closed_at=ENTERED + timedelta(days=number % 7) if number % 2 else None,
            parent_id=1 if number % 10 == 3 else None,
            summary=f'Printer no. {number} says "Überlauf"',
            company="O'Nonesuch Plumbing",
        )
        for number in range(1, 61)
    ]
    entries = [
        TimeEntry(1, ENTERED, charge_to_id=1, hours=Decimal("0.25"), member="Bo Nonesuch"),
        TimeEntry(2, ENTERED, charge_to_id=5, hours=None),
        TimeEntry(3, ENTERED, charge_to_id=7, hours=Decimal("1.1"), charge_to_type="ProjectTicket"),
        TimeEntry(4, ENTERED, charge_to_id=999, hours=Decimal(2)),
    ]
    return World([Board(1, "Help Desk"), Board(2, "Projects")], tickets, entries)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatedConnectWise]:
    with SimulatedConnectWise(small_world(), clock=lambda: NOW) as running:
        yield running


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.auth = (f"{DEMO_COMPANY_ID}+{DEMO_PUBLIC_KEY}", DEMO_PRIVATE_KEY)
        opened.headers.update({"clientId": DEMO_CLIENT_ID, "Accept": LATEST})
        yield opened


class Api:
    """One session against one server, so that a test reads as what it asks."""

    def __init__(self, server: SimulatedConnectWise, session: requests.Session) -> None:
        self.base, self.session = f"{server.url}/v2025_1/apis/3.0", session

    def get(
        self, path: str, headers: dict[str, str] | None = None, **parameters: object
    ) -> requests.Response:
        texts = {name: str(value) for name, value in parameters.items()}
        return self.session.get(self.base + path, params=texts, headers=headers, timeout=10)

    def rows(
        self, path: str, headers: dict[str, str] | None = None, **parameters: object
    ) -> list[dict[str, Any]]:
        answer = self.get(path, headers, **parameters)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def ids(self, path: str, headers: dict[str, str] | None = None, **parameters: object) -> list[int]:
        return [row["id"] for row in self.rows(path, headers, **parameters)]


@pytest.fixture
def api(server: SimulatedConnectWise, session: requests.Session) -> Api:
    return Api(server, session)


def test_companyinfo_names_the_codebase_and_needs_no_credentials(server: SimulatedConnectWise) -> None:
    answer = requests.get(f"{server.url}/login/companyinfo/{DEMO_COMPANY_ID}", timeout=10)
    assert (answer.status_code, answer.json()["Codebase"], answer.json()["IsCloud"]) == (
        200,
        "v2025_1/",
        "True",
    )


def test_an_unknown_company_is_null_and_not_an_error(server: SimulatedConnectWise) -> None:
    answer = requests.get(f"{server.url}/login/companyinfo/nobody", timeout=10)
    assert (answer.status_code, answer.text) == (200, "null")


def test_a_wrong_codebase_is_a_400_in_plain_text(
    server: SimulatedConnectWise, session: requests.Session
) -> None:
    answer = session.get(f"{server.url}/v2024_1/apis/3.0/service/tickets", timeout=10)
    assert (answer.status_code, answer.text) == (400, "Cannot route. Codebase/company is invalid.")
    assert answer.headers["Content-Type"] == "text/plain"


def test_a_server_on_the_premises_has_no_companyinfo_and_the_old_codebase(session: requests.Session) -> None:
    with SimulatedConnectWise(small_world(), clock=lambda: NOW, answers_companyinfo=False) as server:
        assert session.get(f"{server.url}/login/companyinfo/{DEMO_COMPANY_ID}", timeout=10).status_code == 404
        path = "/v4_6_release/apis/3.0/service/tickets/count"
        assert session.get(server.url + path, timeout=10).json() == {"count": 60}


@pytest.mark.parametrize(
    "wrong", ["nobody+demo-public-key:demo-private-key", "demo_msp+demo-public-key:guess"]
)
def test_wrong_credentials_are_a_401_with_an_error_body(api: Api, wrong: str) -> None:
    user, _, password = wrong.partition(":")
    answer = requests.get(
        api.base + TICKETS, auth=(user, password), headers={"clientId": DEMO_CLIENT_ID}, timeout=10
    )
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "errors"}


def test_a_missing_client_id_is_refused(api: Api) -> None:
    answer = requests.get(api.base + TICKETS, auth=api.session.auth, timeout=10)
    assert answer.status_code == 400
    assert "clientId" in answer.json()["message"]


def test_an_unknown_client_id_is_refused(api: Api) -> None:
    assert api.get(TICKETS, {"clientId": "00000000-0000-4000-8000-00000000ffff"}).status_code == 401


def test_a_connection_is_kept_alive_over_many_requests(server: SimulatedConnectWise) -> None:
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    connection.connect()
    own_port = connection.sock.getsockname()[1]
    for _ in range(3):
        connection.request("GET", f"/login/companyinfo/{DEMO_COMPANY_ID}")
        assert connection.getresponse().read()
        assert connection.sock.getsockname()[1] == own_port
    connection.close()


def test_the_latest_version_leaves_out_what_is_null(api: Api) -> None:
    (open_one,) = api.rows(TICKETS, conditions="id = 2")
    assert not {"closedDate", "parentTicketId", "owner", "actualHours"} & set(open_one)


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/vnd.connectwise.com+json"])
def test_without_a_version_the_latest_one_answers(api: Api, accept: str) -> None:
    assert "closedDate" not in api.rows(TICKETS, {"Accept": accept}, conditions="id = 2")[0]


def test_an_older_version_shows_nulls(api: Api) -> None:
    (row,) = api.rows(
        TICKETS, {"Accept": OLDER}, conditions="id = 2", fields="id,closedDate,parentTicketId,owner/name"
    )
    assert row == {"id": 2, "closedDate": None, "parentTicketId": None, "owner": None}


def test_a_page_has_25_rows_by_default(api: Api) -> None:
    assert api.ids(TICKETS) == list(range(1, 26))


def test_pages_follow_one_another_and_the_one_past_the_end_is_empty(api: Api) -> None:
    pages = [api.ids(TICKETS, page=page, pageSize=20) for page in (1, 2, 3, 4)]
    assert [number for page in pages for number in page] == list(range(1, 61))
    assert pages[3] == []


def test_the_link_header_leads_from_the_first_page_to_the_last(api: Api) -> None:
    conditions = "id > 10 and id <= 55"
    answer, seen = api.get(TICKETS, pageSize=20, conditions=conditions), []
    assert answer.links["last"]["url"].endswith("page=3")
    while True:
        seen += [row["id"] for row in answer.json()]
        if "next" not in answer.links:
            break
        answer = api.session.get(answer.links["next"]["url"], timeout=10)
    assert seen == list(range(11, 56))


def test_a_page_size_beyond_1000_is_cut_without_a_word(session: requests.Session) -> None:
    world = World([Board(1, "Help Desk")], [Ticket(number, ENTERED) for number in range(1, 2501)])
    with SimulatedConnectWise(world, clock=lambda: NOW) as server:
        api = Api(server, session)
        last, lengths = 0, list[int]()
        while not lengths or lengths[-1] == 1000:
            ids = api.ids(TICKETS, FORWARD, pageSize=5000, pageId=last)
            lengths.append(len(ids))
            last = ids[-1]
        assert lengths == [1000, 1000, 500]


def test_forward_only_pages_start_after_the_page_id_and_ignore_the_page(api: Api) -> None:
    assert api.ids(TICKETS, FORWARD, pageId=57, page=9, pageSize=2) == [58, 59]
    assert api.ids(TICKETS, FORWARD, pageId=60) == []


def test_forward_only_pages_link_to_the_next_one_while_they_are_full(api: Api) -> None:
    first = api.get(TICKETS, FORWARD, pageSize=50)
    second = api.session.get(first.links["next"]["url"], headers=FORWARD, timeout=10)
    assert [row["id"] for row in second.json()] == list(range(51, 61))
    assert "next" not in second.links


def test_forward_only_pages_take_no_order(api: Api) -> None:
    assert api.get(TICKETS, FORWARD, orderBy="id desc").status_code == 400


@pytest.mark.parametrize(("name", "value"), [("pageSize", 0), ("page", 0), ("page", "two"), ("pageSize", -5)])
def test_a_page_that_is_no_number_from_one_on_is_refused(api: Api, name: str, value: object) -> None:
    assert api.get(TICKETS, None, **{name: value}).status_code == 400


def test_rows_come_in_the_order_asked_for(api: Api) -> None:
    rows = api.rows(TICKETS, orderBy="closedDate desc, id desc", pageSize=100, fields="id,closedDate")
    keys = [(row.get("closedDate", ""), row["id"]) for row in rows]
    assert len(keys) == 60
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("order", ["nonsense", "id sideways", "id asc desc"])
def test_an_order_that_is_not_one_is_refused(api: Api, order: str) -> None:
    assert api.get(TICKETS, orderBy=order).status_code == 400


def test_fields_limit_what_comes_back_also_below_a_slash(api: Api) -> None:
    fields = "id,board/name,_info/dateEntered"
    assert api.rows(TICKETS, conditions="id = 1", fields=fields) == [
        {"id": 1, "board": {"name": "Help Desk"}, "_info": {"dateEntered": "2025-01-10T15:00:00.7Z"}}
    ]


def test_a_whole_reference_may_be_asked_for(api: Api) -> None:
    assert api.rows(TICKETS, conditions="id = 1", fields="board,_info") == [
        {
            "board": {"id": 1, "name": "Help Desk"},
            "_info": {"dateEntered": "2025-01-10T15:00:00.7Z", "lastUpdated": "2025-01-10T15:00:00.7Z"},
        }
    ]


def test_a_ticket_has_no_date_entered_of_its_own_but_is_found_by_it(api: Api) -> None:
    conditions = "dateEntered = [2025-01-10T15:00:00.700Z]"
    assert api.rows(TICKETS, conditions=conditions, fields="dateEntered") == [{}]


def test_a_time_entry_has_its_date_entered_at_the_top(api: Api) -> None:
    row = api.rows(
        ENTRIES, conditions="id = 1", fields="dateEntered,actualHours,ticketBoard,member/identifier"
    )[0]
    assert row == {
        "dateEntered": "2025-01-10T15:00:00Z",
        "actualHours": 0.25,
        "ticketBoard": "Help Desk",
        "member": {"identifier": "BoNonesuch"},
    }


def test_a_time_entry_without_hours_or_without_a_service_ticket_leaves_them_out(api: Api) -> None:
    fields = "id,actualHours,ticketBoard"
    assert api.rows(ENTRIES, fields=fields) == [
        {"id": 1, "actualHours": 0.25, "ticketBoard": "Help Desk"},
        {"id": 2, "ticketBoard": "Projects"},
        {"id": 3, "actualHours": 1.1},
        {"id": 4, "actualHours": 2},
    ]


def test_counts_take_the_same_conditions_as_pages(api: Api) -> None:
    conditions = 'board/name = "Help Desk" and parentTicketId = null and status/name in (">Closed", "Closed")'
    expected = [n for n in range(1, 61) if n % 5 and n % 10 != 3 and n % 2]
    assert api.ids(TICKETS, conditions=conditions, pageSize=1000) == expected
    assert api.get(f"{TICKETS}/count", conditions=conditions).json() == {"count": len(expected)}
    assert api.get(f"{ENTRIES}/count", conditions='chargeToType = "ServiceTicket"').json() == {"count": 3}


def test_a_search_takes_conditions_in_its_body_and_paging_in_its_query(api: Api) -> None:
    many = ", ".join(str(number) for number in range(1, 2000))
    answer = api.session.post(
        f"{api.base}{TICKETS}/search?pageSize=2&page=2&fields=id",
        json={"conditions": f"id in ({many})"},
        timeout=10,
    )
    assert answer.json() == [{"id": 3}, {"id": 4}]


def test_time_entries_cannot_be_searched_by_post(api: Api) -> None:
    answer = api.session.post(f"{api.base}{ENTRIES}/search", json={"conditions": "id = 1"}, timeout=10)
    assert answer.status_code == 405


def test_a_url_of_more_than_2000_characters_is_refused(api: Api) -> None:
    conditions = f"id in ({','.join(str(number) for number in range(10_000, 10_500))})"
    assert api.get(TICKETS, conditions=conditions).status_code == 414


def test_a_board_that_does_not_exist_selects_nothing_and_is_no_error(api: Api) -> None:
    assert api.rows(TICKETS, conditions='board/name = "Hlep Desk"') == []


@pytest.mark.parametrize("name", ["nonsense", "ticketBoard", "_info/dateEntered"])
def test_an_unknown_name_in_conditions_is_refused_by_name(api: Api, name: str) -> None:
    answer = api.get(TICKETS, conditions=f'{name} = "x"')
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "ApiFindCondition",
        "message": f"{name} is not a recognized name.",
        "errors": None,
    }


def test_boards_and_their_statuses_can_be_listed(api: Api) -> None:
    assert [board["name"] for board in api.rows("/service/boards")] == ["Help Desk", "Projects"]
    assert ">Closed" in [status["name"] for status in api.rows("/service/boards/2/statuses")]
    assert api.get("/service/boards/2/statuses/count").json() == {"count": 9}


@pytest.mark.parametrize("path", ["/service/boards/77/statuses", "/service/tickets/4711", "/no/such/thing"])
def test_what_is_missing_is_a_404_with_an_error_body(api: Api, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_one_ticket_can_be_read_by_its_id(api: Api) -> None:
    assert api.get(f"{TICKETS}/7", fields="id,closedFlag").json() == {"id": 7, "closedFlag": True}


def test_a_stopped_server_answers_nobody_not_even_on_a_kept_connection(session: requests.Session) -> None:
    server = SimulatedConnectWise(small_world(), clock=lambda: NOW).start()
    url = server.url + "/v2025_1/apis/3.0/service/tickets"
    assert session.get(url, timeout=10).status_code == 200
    server.stop()
    with pytest.raises(requests.ConnectionError):
        session.get(url, timeout=10)


def test_a_ticket_lives_by_the_clock(session: requests.Session) -> None:
    ticket = Ticket(1, ENTERED)
    closed = replace(ticket, status="Closed", closed_at=ENTERED + timedelta(days=1))
    life = Life(((ENTERED, ticket), (ENTERED + timedelta(days=1), closed)), ENTERED + timedelta(days=9))
    clock = [ENTERED - timedelta(seconds=1)]
    with SimulatedConnectWise(World([Board(1, "Help Desk")], [life]), clock=lambda: clock[0]) as server:
        api, seen = Api(server, session), []
        for days in (-1, 0, 1, 9):
            clock[0] = ENTERED + timedelta(days=days)
            seen.append([row["status"]["name"] for row in api.rows(TICKETS)])
    assert seen == [[], ["New"], ["Closed"], []]
