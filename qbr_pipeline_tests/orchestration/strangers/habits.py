"""The habits of strangers: each a way to be wrong, odd or out of order that somebody's server could have.

What belongs here: one function a habit, which may also change what the server holds. What does not: what is to come of
it (`test_strangers`). `pauses` are the seconds that the client has waited so far: the strangers' only clock.
"""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline_tests.orchestration.strangers.server import (
    Answer,
    Asked,
    Habit,
    Row,
    Stranger,
    changed,
    moment,
)
from qbr_pipeline_tests.orchestration.strangers.world import DONE, written

Build = Callable[[Stranger, list[float]], Habit]

_ZONE = ZoneInfo("America/Chicago")
_HTML = {"Content-Type": "text/html"}
_DATES = ("dateEntered", "closedDate")


def of_entries(asked: Asked) -> bool:
    return asked.path.startswith("/time/entries")


def of_tickets(asked: Asked) -> bool:
    return asked.path.startswith("/service/tickets")


def of_rows(asked: Asked) -> bool:
    return of_entries(asked) or of_tickets(asked)


def _bodies(bend: Callable[[Asked, bytes], bytes], **fields: Any) -> Habit:
    """Every list of rows with a body bent."""

    def answer(asked: Asked, honest: Answer) -> Answer:
        bends = of_rows(asked) and not asked.is_count and honest.status == 200
        return changed(honest, body=bend(asked, honest.body), **fields) if bends else honest

    return Habit(answer=answer)


def _each(bend: Callable[[Row], Row], path: str = "/service/tickets") -> Habit:
    """Every row of a path bent; the row is one of its own."""
    return Habit(row=lambda here, row: bend(row) if here == path else row)


def _with(row: Row, name: str, value: object) -> Row:
    """The row with another value of a field; dates of entry wherever they stand."""
    if name in row.get("_info", {}):
        return row | {"_info": row["_info"] | {name: value}}
    return row | {name: value}


def _dates(bend: Callable[[str], object]) -> Habit:
    """Every date in every row, written otherwise."""

    def row(_path: str, row: Row) -> Row:
        for name in _DATES:
            held = row.get("_info", {}).get(name) or row.get(name)
            if held is not None:
                row = _with(row, name, bend(held))
        return row

    return Habit(row=row)


# --- Answers that are well-formed and wrong -----------------------------------------------------------------------


def shows_no_time_entry_at_all(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(rows=lambda asked, rows: [] if of_entries(asked) else rows)


def closes_tickets_in_a_status_that_nobody_configured(server: Stranger, _pauses: list[float]) -> Habit:
    for statuses in server.statuses.values():
        statuses.append({"id": statuses[0]["id"] + 9, "name": "Completed", "closedStatus": True})
    for ticket in server.tickets:
        if "closedDate" in ticket:
            ticket["status"] = {"id": 9, "name": "Completed"}
    return Habit()


def shows_nothing_at_all(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(rows=lambda asked, rows: [] if of_rows(asked) else rows)


def reads_dates_in_local_time(_server: Stranger, _pauses: list[float]) -> Habit:
    def local(conditions: str) -> str:
        pieces = conditions.split("[")
        for n, piece in enumerate(pieces[1:], start=1):
            text, rest = piece.split("]", 1)
            pieces[n] = written(moment(text).replace(tzinfo=_ZONE)) + "]" + rest
        return "[".join(pieces)

    return Habit(read=local)


def writes_dates_in_local_time_without_saying_so(_server: Stranger, _pauses: list[float]) -> Habit:
    return _dates(lambda text: f"{moment(text).astimezone(_ZONE):%Y-%m-%dT%H:%M:%S}")


def writes_dates_with_an_offset(_server: Stranger, _pauses: list[float]) -> Habit:
    return _dates(lambda text: moment(text).astimezone(_ZONE).isoformat())


def writes_dates_with_seven_digits_of_a_second(_server: Stranger, _pauses: list[float]) -> Habit:
    return _dates(lambda text: text.replace("Z", ".0000000Z"))


def writes_dates_as_seconds(_server: Stranger, _pauses: list[float]) -> Habit:
    return _dates(lambda text: int(moment(text).timestamp()))


def closes_a_ticket_in_a_leap_second(server: Stranger, _pauses: list[float]) -> Habit:
    server.tickets[48]["closedDate"] = "2025-05-09T23:59:59Z"
    return _each(lambda row: _with(row, "closedDate", "2025-05-09T23:59:60Z") if row["id"] == 49 else row)


def _none_is(text: str) -> Build:
    def habit(_server: Stranger, _pauses: list[float]) -> Habit:
        return _each(lambda row: row if "closedDate" in row else row | {"closedDate": text})

    return habit


def _no_parent_is(value: object) -> Build:
    def habit(_server: Stranger, _pauses: list[float]) -> Habit:
        return _each(lambda row: {"parentTicketId": value} | row)

    return habit


def finds_few_tickets_by_id_and_names_no_board_with_entries(_server: Stranger, _pauses: list[float]) -> Habit:
    return _looked_up(lambda row: row["id"] % 3 == 0)


def finds_no_ticket_by_id_and_names_no_board_with_entries(_server: Stranger, _pauses: list[float]) -> Habit:
    return _looked_up(lambda row: False)


def finds_nearly_all_tickets_by_id_and_names_no_board_with_entries(
    _server: Stranger, _pauses: list[float]
) -> Habit:
    return _looked_up(lambda row: row["id"] % 16 != 0)


def _looked_up(is_found: Callable[[Row], bool]) -> Habit:
    def rows(asked: Asked, rows: list[Row]) -> list[Row]:
        return [row for row in rows if is_found(row)] if asked.path.endswith("/search") else rows

    def row(path: str, row: Row) -> Row:
        return (
            {name: value for name, value in row.items() if name != "ticketBoard"}
            if path == "/time/entries"
            else row
        )

    return Habit(rows=rows, row=row)


def sends_some_tickets_without_a_board(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"board": None} if row["id"] % 40 == 1 else row)


def sends_boards_as_ids_alone(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"board": {"id": row["board"]["id"]}})


def sends_some_tickets_without_a_status(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"status": None} if row["id"] % 40 == 1 else row)


def sends_some_entries_without_a_ticket(_server: Stranger, _pauses: list[float]) -> Habit:
    kept = ("id", "actualHours", "dateEntered", "chargeToType")
    return _each(
        lambda row: {name: row[name] for name in kept} if row["id"] % 40 == 1 else row, "/time/entries"
    )


def sends_half_of_the_entries_without_hours(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(
        lambda row: {n: v for n, v in row.items() if n != "actualHours"} if row["id"] % 2 else row,
        "/time/entries",
    )


def sends_statuses_in_other_letters_than_its_boards(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(
        lambda row: row | {"status": {"name": row["status"]["name"].upper()}} if row["id"] % 40 == 1 else row
    )


def sends_boards_in_other_letters_than_asked(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(
        lambda row: row | {"board": {"name": row["board"]["name"].lower()}} if row["id"] % 40 == 1 else row
    )


def renames_a_closed_status_between_the_boards_and_the_tickets(
    _server: Stranger, _pauses: list[float]
) -> Habit:
    return _each(lambda row: row | {"status": {"name": "Done"}} if row["status"]["name"] == DONE[0] else row)


def renamed_a_closed_status_at_night(server: Stranger, _pauses: list[float]) -> Habit:
    for status in [each for statuses in server.statuses.values() for each in statuses]:
        status["name"] = "Done" if status["name"] == DONE[0] else status["name"]
    for ticket in server.tickets:
        if ticket["status"]["name"] == DONE[0]:
            ticket["status"] = {"id": 1, "name": "Done"}
    return Habit()


def renamed_a_closed_status_of_one_board(server: Stranger, _pauses: list[float]) -> Habit:
    for status in server.statuses[2]:
        status["name"] = "Done" if status["name"] == DONE[0] else status["name"]
    for ticket in server.tickets:
        if ticket["status"]["name"] == DONE[0] and ticket["board"]["id"] == 2:
            ticket["status"] = {"id": 1, "name": "Done"}
    return Habit()


def lists_no_inactive_board_and_one_was_deactivated(server: Stranger, _pauses: list[float]) -> Habit:
    del server.boards[1]
    return Habit()


def hides_the_tickets_of_a_deactivated_board(_server: Stranger, _pauses: list[float]) -> Habit:
    def rows(asked: Asked, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["board"]["id"] != 2] if of_tickets(asked) else rows

    return Habit(rows=rows)


def has_two_boards_of_one_name(server: Stranger, _pauses: list[float]) -> Habit:
    server.boards.append({"id": 9, "name": "Field Service "})
    server.statuses[9] = [{"id": 900, "name": "Old", "closedStatus": False}]
    return Habit()


def ignores_conditions_on_boards(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(
        read=lambda conditions: conditions.partition(" and ")[2] if "board/name" in conditions else conditions
    )


def ignores_every_condition(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(read=lambda conditions: "")


def takes_before_for_up_to(_server: Stranger, _pauses: list[float]) -> Habit:
    """The end of the month is in it, for this server."""
    return Habit(
        read=lambda conditions: (
            conditions.replace("05:00:00Z]", "05:00:01Z]") if "2025-06" in conditions else conditions
        )
    )


# --- Paging and counting -------------------------------------------------------------------------------------------


def pages_by_twenty_five_whatever_is_asked(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(cap=25)


def pages_by_twenty_five_without_saying_so(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(cap=25, links=False)


def pages_by_twenty_five_without_saying_so_and_does_not_count(
    _server: Stranger, _pauses: list[float]
) -> Habit:
    return Habit(
        cap=25, links=False, answer=_counting(lambda _: Answer.json({"code": "SecurityDenied"}, 403))
    )


def sends_the_first_page_for_ever(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(cap=25, ignores_page_id=True)


def names_a_next_page_after_the_last(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(
        answer=lambda _, honest: changed(honest, headers={**honest.headers, "Link": '<x>; rel="next"'})
    )


def sends_every_row_twice(_server: Stranger, _pauses: list[float]) -> Habit:
    def twice(_asked: Asked, body: bytes) -> bytes:
        return json.dumps([row for row in json.loads(body) for _ in range(2)]).encode()

    return _bodies(twice)


def sends_rows_in_any_order(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: json.dumps(json.loads(body)[::-1]).encode())


def loses_the_last_row_of_each_page(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: json.dumps(json.loads(body)[:-1]).encode())


def counts_late(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(count=lambda asked, count: count - 2 if of_rows(asked) else count)


def counts_late_and_then_right(_server: Stranger, _pauses: list[float]) -> Habit:
    seen: list[Asked] = []

    def count(asked: Asked, count: int) -> int:
        seen.append(asked)
        return count - (len(seen) < 3)

    return Habit(count=count)


def counts_everything_it_has(server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(count=lambda asked, _: len(server.entries if of_entries(asked) else server.tickets))


def counts_in_words(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(count=lambda _, count: str(count))


def _counting(bend: Callable[[Answer], Answer | None]) -> Callable[[Asked, Answer], Answer | None]:
    return lambda asked, honest: bend(honest) if asked.is_count else honest


def does_not_count(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(answer=_counting(lambda _: Answer(b"", 500)))


def counts_as_a_page_of_html(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(answer=_counting(lambda _: Answer(b"<html>Please log in</html>", headers=_HTML)))


# --- Bodies --------------------------------------------------------------------------------------------------------


def writes_ids_as_texts(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"id": str(row["id"])})


def has_ids_beyond_any_column(server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"id": row["id"] + 2**70})


def has_hours_beyond_any_column(server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"actualHours": 10**9}, "/time/entries")


def writes_hours_as_texts(_server: Stranger, _pauses: list[float]) -> Habit:
    return _each(lambda row: row | {"actualHours": str(row["actualHours"])}, "/time/entries")


def corrects_hours_by_negative_ones(server: Stranger, _pauses: list[float]) -> Habit:
    for entry in server.entries[100:110]:
        entry["actualHours"] = -entry["actualHours"]
    return Habit()


def sends_negative_hours_alone(server: Stranger, _pauses: list[float]) -> Habit:
    for entry in server.entries:
        entry["actualHours"] = -entry["actualHours"]
    return Habit()


def sends_null_wherever_it_can(_server: Stranger, _pauses: list[float]) -> Habit:
    names = ("summary", "company", "type", "priority", "owner", "actualHours", "parentTicketId", "agreement")
    return _each(lambda row: dict.fromkeys(names) | row | {"summary": None, "company": None})


def has_names_in_every_script(server: Stranger, _pauses: list[float]) -> Habit:
    for ticket in server.tickets:
        ticket["summary"] = "Drucker \u202e\u0000 \U0001f5a8 \ud83d 支持"
        ticket["company"] = {"name": 'Żółć & Söhne "GmbH"\n=1+1'}
    return Habit(answer=lambda _, honest: honest)


def begins_with_a_byte_order_mark(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b"\xef\xbb\xbf" + body)


def writes_in_latin_1(server: Stranger, _pauses: list[float]) -> Habit:
    server.tickets[48]["summary"] = server.entries[96]["ticket"]["summary"] = "Köln"
    return _bodies(lambda _, body: json.dumps(json.loads(body), ensure_ascii=False).encode("latin-1"))


def breaks_off_within_gzip(_server: Stranger, _pauses: list[float]) -> Habit:
    gzipped = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return _bodies(lambda _, body: gzip.compress(body)[:-30], headers=gzipped)


def sends_gzip_whole(_server: Stranger, _pauses: list[float]) -> Habit:
    gzipped = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return _bodies(lambda _, body: gzip.compress(body), headers=gzipped)


def breaks_off_within_a_body(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: body, broken_off=100)


def ends_a_list_too_early_and_well_formed(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: json.dumps(json.loads(body)[: len(json.loads(body)) // 2]).encode())


def answers_an_empty_body(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b"")


def answers_no_content(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b"", status=204)


def answers_null(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b"null")


def answers_an_error_with_200(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b'{"code":"InternalError","message":"x","errors":null}')


def wraps_its_rows(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b'{"items":' + body + b"}")


def answers_a_page_of_html_with_200(_server: Stranger, _pauses: list[float]) -> Habit:
    return _bodies(lambda _, body: b"<html>Please log in</html>", headers=_HTML)


# --- Trouble -------------------------------------------------------------------------------------------------------


def _until(seconds: float, pauses: list[float], trouble: Answer | None) -> Habit:
    return Habit(answer=lambda _, honest: honest if sum(pauses) >= seconds else trouble)


def is_out_for_a_minute(_server: Stranger, pauses: list[float]) -> Habit:
    return _until(60, pauses, Answer(b"", 503))


def hangs_up_for_a_minute(_server: Stranger, pauses: list[float]) -> Habit:
    return _until(60, pauses, None)


def is_out_for_an_hour(_server: Stranger, pauses: list[float]) -> Habit:
    return _until(3600, pauses, Answer(b"", 503))


def has_a_firewall_that_lets_it_through_after_a_minute(_server: Stranger, pauses: list[float]) -> Habit:
    return _until(60, pauses, Answer(b"<html>Blocked</html>", 403, _HTML))


def times_out_on_its_own_side_for_a_minute(_server: Stranger, pauses: list[float]) -> Habit:
    return _until(60, pauses, Answer(b"", 408))


def asks_to_wait_for_a_day(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(answer=lambda _, honest: Answer.json({}, 429, **{"Retry-After": "86400"}))


def asks_to_wait_in_words(_server: Stranger, pauses: list[float]) -> Habit:
    return _until(20, pauses, Answer.json({}, 429, **{"Retry-After": "soon"}))


def fails_on_more_than_fifty_rows(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(
        answer=lambda asked, honest: Answer(b"", 500) if int(asked.query.get("pageSize", 0)) > 62 else honest
    )


def refuses_to_look_anything_up_by_id(_server: Stranger, _pauses: list[float]) -> Habit:
    def answer(asked: Asked, honest: Answer) -> Answer:
        return Answer.json({"code": "SecurityDenied"}, 403) if "id in (" in asked.conditions else honest

    return Habit(answer=answer)


def refuses_the_version(_server: Stranger, _pauses: list[float]) -> Habit:
    def answer(asked: Asked, honest: Answer) -> Answer:
        refused = Answer.json(
            {"code": "ConnectWiseApi", "message": "API version '2025.1' is not supported"}, 400
        )
        return refused if "version" in asked.headers.get("Accept", "") else honest

    return Habit(answer=answer)


def takes_the_key_away_half_way(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(
        cap=25,
        answer=lambda asked, honest: (
            Answer.json({"code": "Unauthorized"}, 401)
            if of_entries(asked) and "pageId" in asked.query
            else honest
        ),
    )


def redirects_to_a_page_to_log_in(_server: Stranger, _pauses: list[float]) -> Habit:
    return Habit(
        answer=lambda asked, honest: Answer(b"", 302, {"Location": "/login"}) if of_rows(asked) else honest
    )


def decomposes_the_letters_of_its_boards(server: Stranger, _pauses: list[float]) -> Habit:
    for each in [*server.boards, *(ticket["board"] for ticket in server.tickets)]:
        each["name"] = unicodedata.normalize("NFD", each["name"].replace("Field", "Fíeld"))
    for entry in server.entries:
        entry["ticketBoard"] = unicodedata.normalize("NFD", entry["ticketBoard"].replace("Field", "Fíeld"))
    return Habit()


def deletes_tickets_and_keeps_their_entries(server: Stranger, _pauses: list[float]) -> Habit:
    gone = {20, 21, 22}
    server.tickets = [ticket for ticket in server.tickets if ticket["id"] not in gone]
    return _each(
        lambda row: (
            {n: v for n, v in row.items() if n != "ticketBoard"} if row["chargeToId"] in gone else row
        ),
        "/time/entries",
    )


HABITS: Mapping[str, Build] = {
    **{
        name: build
        for name, build in globals().items()
        if callable(build)
        and getattr(build, "__module__", "") == __name__
        and not name.startswith(("_", "of_"))
    },
    **{
        f"writes_{text or 'nothing'}_for_no_closing_date": _none_is(text)
        for text in (
            "",
            " ",
            "0001-01-01T00:00:00Z",
            "0000-00-00T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "10000-01-01T00:00:00Z",
        )
    },
    **{f"writes_{value!r}_for_no_parent": _no_parent_is(value) for value in (0, -1, "", None)},
}
