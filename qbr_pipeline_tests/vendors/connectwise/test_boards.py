"""Reactive boards beside what ConnectWise has: by their plain names, each written form asked for."""

from qbr_pipeline.vendors.connectwise.boards import look_at_boards


def test_two_boards_of_one_plain_name_are_one_with_the_statuses_of_both(client, server) -> None:
    boards = [{"id": 1, "name": "Help Desk"}, {"id": 2, "name": " Help Desk "}, {"id": 3, "name": "Sales"}]
    server.answer("/service/boards", server.reply(boards))
    for number, name in ((1, "Closed"), (2, "Completed ")):
        server.answer(
            f"/service/boards/{number}/statuses",
            server.reply([{"id": number, "name": name, "closedStatus": True}]),
        )
    found = look_at_boards(client, ("Help Desk", "Not There"), None)
    assert found.names == ("Help Desk", " Help Desk ", "Not There")
    assert found.closed_statuses == {"Help Desk": {"Closed", "Completed"}}
    assert found.status_names == {"Help Desk": {"Closed", "Completed"}}
