"""Many connections, slow ones and abandoned ones: nobody else waits for them, and none is kept for ever."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from qbr_pipeline.api import connections, server
from qbr_pipeline.api.connections import Channel
from qbr_pipeline.api.server import THREADS, make_server
from qbr_pipeline.api.state_check import MOST_SECONDS
from qbr_pipeline.store.connections import _GRACE_SECONDS, _LOOK_EVERY_SECONDS, FOR_REQUESTS
from qbr_pipeline_tests.conftest import running

LIVE = "/api/qbr/health/live"
HEADER = b"GET /api/qbr/health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (
    b"POST /api/qbr/metrics/manual HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer write-key-of-the-tests\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)

pytestmark = pytest.mark.timeout(120)


@contextmanager
def served(app: Flask) -> Iterator[Any]:
    serving = make_server(app)
    with running(serving):
        yield serving


@pytest.fixture
def serving(app: Flask) -> Iterator[Any]:
    with served(app) as serving:
        yield serving


def connect(serving: Any, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(serving.effective_port)), timeout=60)
    connection.sendall(sent)
    return connection


def get(serving: Any, path: str = LIVE) -> int:
    with closing(HTTPConnection("127.0.0.1", int(serving.effective_port), timeout=60)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def in_its_thread(serving: Any, do: Callable[[], Any]) -> Any:
    """Have the thread that waits for sockets do something; what that gave."""
    done: list[Any] = []
    finished = threading.Event()

    def thunk() -> None:
        done.append(do())
        finished.set()

    serving.trigger.pull_trigger(thunk)
    assert finished.wait(60)
    return done[0]


def until(serving: Any, condition: Callable[[], bool]) -> None:
    """Let the server go on until something is so; the time-out of the test is the end of patience."""
    while not in_its_thread(serving, condition):
        pass


def test_a_thousand_idle_and_four_hundred_slow_connections_leave_the_others_their_answers(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[object] = []
    readable = Channel.readable
    with ExitStack() as opened:
        for sent in [b""] * 1000 + [HEADER] * 200 + [BODY] * 200:
            opened.enter_context(connect(serving, sent))
        until(
            serving, lambda: sum(each.request is not None for each in serving.active_channels.values()) == 400
        )
        assert len(serving.active_channels) == 1400
        monkeypatch.setattr(Channel, "readable", lambda self: looked_at.append(self) or readable(self))
        assert [get(serving) for _ in range(20)] == [200] * 20
        assert len(set(looked_at)) < 40, (len(looked_at), len(set(looked_at)))


def test_whether_it_lives_is_answered_while_every_thread_waits_for_something(
    make_app: Callable[..., Flask],
) -> None:
    app, enough, waiting = make_app(), threading.Event(), threading.Semaphore(0)

    def wait() -> str:
        waiting.release()
        enough.wait(60)
        return "done"

    app.add_url_rule("/wait", view_func=wait)
    with served(app) as serving, ExitStack() as opened:
        for _ in range(THREADS + 3):
            opened.enter_context(connect(serving, b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        for _ in range(THREADS):
            waiting.acquire()
        assert get(serving) == 200
        enough.set()


def test_what_was_abandoned_before_its_turn_is_not_worked_off(make_app: Callable[..., Flask]) -> None:
    app, enough, waiting = make_app(), threading.Event(), threading.Semaphore(0)
    worked_off: list[str] = []

    def wait() -> str:
        waiting.release()
        enough.wait(60)
        return "done"

    def work() -> str:
        worked_off.append("work")
        return "done"

    app.add_url_rule("/wait", view_func=wait)
    app.add_url_rule("/work", view_func=work)
    with served(app) as serving, ExitStack() as opened:
        for _ in range(THREADS):
            opened.enter_context(connect(serving, b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            waiting.acquire()
        for _ in range(20):
            connect(serving, b"GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n").close()
        until(
            serving,
            lambda: sum(each.is_abandoned for each in serving.active_channels.values()) == 20,
        )
        enough.set()
        assert get(serving, "/work") == 200
    assert worked_off == ["work"]


@contextmanager
def all_threads_busy(make_app: Callable[..., Flask]) -> Iterator[Any]:
    """A server whose every thread waits for something, until the block ends."""
    app, enough, waiting = make_app(), threading.Event(), threading.Semaphore(0)

    def wait() -> str:
        waiting.release()
        enough.wait(60)
        return "done"

    app.add_url_rule("/wait", view_func=wait)
    app.add_url_rule("/work", view_func=lambda: "done")
    with served(app) as serving, ExitStack() as opened:
        for _ in range(THREADS):
            opened.enter_context(connect(serving, b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            waiting.acquire()
        try:
            yield serving
        finally:
            enough.set()


WORK = b"GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n"


def told(connection: socket.socket) -> str:
    """Everything that is answered before the server closes the connection."""
    with connection.makefile("rb") as received:
        return received.read().decode()


def test_who_has_waited_too_long_for_a_thread_is_told_to_come_again_and_nobody_before(
    make_app: Callable[..., Flask],
) -> None:
    with all_threads_busy(make_app) as serving, connect(serving, WORK) as connection:
        dispatcher = serving.task_dispatcher
        until(serving, lambda: len(dispatcher.queue) == 1)
        queued = dispatcher.queue[0].waits_since
        in_its_thread(serving, lambda: dispatcher.turn_late_away(queued + connections.WAITING_SECONDS))
        assert len(dispatcher.queue) == 1
        in_its_thread(serving, lambda: dispatcher.turn_late_away(queued + connections.WAITING_SECONDS + 1))
        answer = told(connection)
        assert answer.startswith("HTTP/1.1 503 Service Unavailable")
        assert "Retry-After: 5" in answer
        assert '"code":"SERVER_BUSY"' in answer
        assert get(serving) == 200


def test_only_so_many_wait_for_a_thread(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_WAITING", 2)
    with all_threads_busy(make_app) as serving, ExitStack() as opened:
        for _ in range(2):
            opened.enter_context(connect(serving, WORK))
        until(serving, lambda: len(serving.task_dispatcher.queue) == 2)
        with connect(serving, WORK) as third:
            assert '"code":"SERVER_BUSY"' in told(third)
        assert len(serving.task_dispatcher.queue) == 2


def test_a_database_that_does_not_answer_is_told_within_half_a_minute() -> None:
    for_a_thread = connections.WAITING_SECONDS + connections.CLEANUP_SECONDS
    of_the_network = FOR_REQUESTS.statement + _GRACE_SECONDS + _LOOK_EVERY_SECONDS + FOR_REQUESTS.connect
    assert for_a_thread + of_the_network <= 30
    assert for_a_thread + MOST_SECONDS + FOR_REQUESTS.connect <= 30
    assert for_a_thread + FOR_REQUESTS.lock <= 30
    assert FOR_REQUESTS.lock < FOR_REQUESTS.statement


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (b"", connections.IDLE_SECONDS),
        (HEADER, connections.HEADER_SECONDS),
        (BODY, connections.BODY_SECONDS),
    ],
)
def test_who_takes_too_long_is_closed_and_not_before(serving: Any, sent: bytes, seconds: int) -> None:
    with connect(serving, sent) as connection:
        until(
            serving,
            lambda: [each.request is not None for each in serving.active_channels.values()] == [bool(sent)],
        )
        now = time.time()
        in_its_thread(serving, lambda: connections.close_late_channels(serving, now + seconds - 1))
        assert in_its_thread(serving, lambda: len(serving.active_channels)) == 1
        in_its_thread(serving, lambda: connections.close_late_channels(serving, now + seconds + 1))
        assert connection.recv(1) == b""


def test_a_letter_now_and_then_gives_a_slow_header_no_more_time(serving: Any) -> None:
    with connect(serving, HEADER) as connection:
        until(serving, lambda: any(each.began for each in serving.active_channels.values()))
        (channel,) = serving.active_channels.values()
        began = channel.began
        connection.sendall(b"x")
        until(serving, lambda: channel.last_activity > began)
        assert channel.began == began


def test_where_no_more_connections_fit_the_one_that_was_idle_longest_gives_way(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 12)
    with served(make_app()) as serving, ExitStack() as opened:
        first = opened.enter_context(connect(serving))
        for _ in range(9):
            opened.enter_context(connect(serving))
        assert get(serving) == 200
        assert first.recv(1) == b""


def test_answers_of_any_size_and_several_requests_at_once_on_one_connection(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    app.add_url_rule("/big", view_func=lambda: "x" * 5_000_000)
    with served(app) as serving, connect(serving) as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        with connection.makefile("rb") as received:
            for _ in range(3):
                while received.readline() != b"\r\n":
                    pass
                assert received.read(5_000_000) == b"x" * 5_000_000


def test_a_connection_whose_answer_ends_while_the_kernel_is_told_of_it_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near, far = socket.socketpair()
    channel = Channel.__new__(Channel)
    channel._fileno, channel.is_noisy, channel.requests = near.fileno(), True, [object()]
    channel.adj = SimpleNamespace(channel_request_lookahead=0)
    waiting = connections.Waiting()
    waiting.stirred.add(channel)
    register = waiting._register

    def end_meanwhile(*arguments: Any) -> None:
        register(*arguments)
        channel.requests = []

    monkeypatch.setattr(waiting, "_register", end_meanwhile)
    with near, far, select.epoll() as epoll:
        waiting._settle(epoll, {near.fileno(): channel})
        assert channel in waiting.stirred
        far.sendall(b"x")
        waiting._settle(epoll, {near.fileno(): channel})
        assert epoll.poll(0)
