"""Many connections at once: what each may cost, how long it may take over a request, and how long that may wait.

What belongs here: waiting for sockets and for threads, and closing those that waste our time. What does not: an answer
(`server`).

waitress looks at every connection each time anything happens, so a thousand idle ones make everybody else slow. Here a
connection without anything to do is left to the kernel until it stirs. Reading happens in one thread, so a header or
a body that comes a letter at a time occupies none of those that answer.
"""

from __future__ import annotations

import select
import threading
import time
from collections import deque
from collections.abc import MutableMapping
from typing import Any, cast

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

IDLE_SECONDS = 120
HEADER_SECONDS = 30
BODY_SECONDS = 120
"""How long a connection may say nothing between two requests, and may take from a request's first byte to its last."""

WAITING_SECONDS = 10
MOST_WAITING = 1_000
"""How long a request waits until a thread has time for it, and how many do; beyond that it is told to come again."""

CLEANUP_SECONDS = 1
_READING = select.POLLIN | select.POLLPRI
_MADE_ROOM = 20
"""Where no more connections fit, one in so many gives way: those that have been idle for longest."""


class BusyError(Error):
    """All threads are busy, and have been for too long."""

    code = 503
    reason = "Service Unavailable"


class Channel(HTTPChannel):
    """A connection. `began`: when the first byte of a request came that is not complete yet."""

    requests_lock: threading.Lock
    began: float | None = None
    waits_since: float = 0
    """Since when a complete request has waited for a thread."""

    is_abandoned = False
    """Whether whoever asked has gone: what still waits for its turn is not worked off."""

    is_noisy = False
    """Whether more came before it could be read: the kernel is not to report it again."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing happens here before more comes; only the thread that waits for sockets may ask."""
        return not self.requests and not self.writable()

    def add_channel(self, map: Any = None) -> None:
        """Have it looked at once, to be left to the kernel then."""
        super().add_channel(map)
        waiting = cast("Any", self.server).asyncore
        if isinstance(waiting, Waiting):
            waiting.stirred.add(self)

    def received(self, data: bytes) -> bool:
        """As in waitress, and note since when a request has been coming."""
        had_begun = self.request is not None
        result = bool(super().received(data))
        if self.request is None:
            self.began = None
        elif not had_begun:
            self.began = time.time()
        return result

    def service(self) -> None:
        """As in waitress, unless whoever asked has gone."""
        if not self.is_abandoned:
            super().service()
            return
        with self.requests_lock:
            for request in self.requests:
                request.close()
            self.will_close = True
            self.requests = []
        self.server.pull_trigger()

    def is_late(self, now: float) -> bool:
        """Whether it has been idle, or has taken over a request, for too long."""
        if self.requests:
            return False
        if self.request is None or self.began is None:
            return now - self.last_activity > IDLE_SECONDS
        return now - self.began > (BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS)


class Dispatcher(ThreadedTaskDispatcher):
    """Threads that answer, and one for what must be answered whatever they wait for.

    That is one path, and to those who wait for too long that they should come again.
    """

    def __init__(self, threads: int, urgent_path: str) -> None:
        super().__init__()
        self._urgent_path = urgent_path
        self._urgent = ThreadedTaskDispatcher()
        self._urgent.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Queue the first request of a channel."""
        if getattr(task.requests[0], "path", None) == self._urgent_path:
            self._urgent.add_task(task)
        elif len(self.queue) >= MOST_WAITING:
            self._turn_away(task)
        else:
            task.waits_since = time.time()
            super().add_task(task)

    def turn_late_away(self, now: float) -> None:
        """Answer those who have waited for too long without those who should have."""
        late: list[Channel] = []
        queue = cast("deque[Channel]", self.queue)
        with self.lock:
            while queue and now - queue[0].waits_since > WAITING_SECONDS:
                late.append(queue.popleft())
        for channel in late:
            self._turn_away(channel)

    def _turn_away(self, channel: Channel) -> None:
        channel.requests[0].error = BusyError("")
        self._urgent.add_task(cast("Any", channel))

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        """End all threads."""
        self._urgent.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


def close_late_channels(server: BaseWSGIServer, now: float) -> None:
    """Close what takes too long; where no more connections fit, the ones that have been idle for longest too."""
    channels: list[Channel] = list(cast("Any", server.active_channels).values())
    late = [channel for channel in channels if channel.is_late(now)]
    if server.in_connection_overflow:
        idle = sorted(
            (each for each in channels if each.is_settled and each not in late),
            key=lambda each: each.last_activity,
        )
        late += idle[: max(1, len(idle) // _MADE_ROOM - len(late))]
    for channel in late:
        channel.handle_close()


class Waiting:
    """Waits for the sockets of a server, in the place of waitress' own loop; where there is no epoll, by that."""

    def __init__(self) -> None:
        self.stirred: set[Any] = set()
        """Whose state may be another one than the kernel was told."""
        self._registered: dict[int, tuple[Any, int]] = {}
        self._was_called = True
        """Whether a thread that answers has called since the last look: it may have more than it can send by itself."""

    def loop(self, timeout: float, map: MutableMapping[int, Any], use_poll: bool = True) -> None:
        """Serve until `map`, from descriptors to sockets, is empty."""
        if not hasattr(select, "epoll"):
            wasyncore.loop(timeout=timeout, map=map, use_poll=use_poll)
            return
        self.stirred.update(map.values())
        with select.epoll() as epoll:
            while map:
                self._settle(epoll, map)
                reported = epoll.poll(timeout)
                self._was_called = False
                for descriptor, events in reported:
                    self._handle(map, descriptor, events)

    def _settle(self, epoll: select.epoll, map: MutableMapping[int, Any]) -> None:
        """Tell the kernel what is waited for; who has nothing to do is not looked at again before it stirs."""
        for each in list(self.stirred):
            descriptor = each._fileno
            if descriptor is None or map.get(descriptor) is not each:
                self.stirred.discard(each)
                continue
            is_settled = (
                isinstance(each, Channel) and each.is_settled
            )  # asked first: an answer may end meanwhile
            self._register(epoll, descriptor, each)
            if is_settled:
                self.stirred.discard(each)

    def _register(self, epoll: select.epoll, descriptor: int, each: Any) -> None:
        known, told = self._registered.get(descriptor, (None, 0))
        if known is not each:
            told = 0
        wanted = self._wanted(each, told)
        if known is not each:
            epoll.register(descriptor, wanted)
        elif wanted != told:
            epoll.modify(descriptor, wanted)
        self._registered[descriptor] = (each, wanted)

    def _handle(self, map: MutableMapping[int, Any], descriptor: int, events: int) -> None:
        each = map.get(descriptor)
        if each is None or self._registered[descriptor][0] is not each:
            return
        self.stirred.add(each)
        self._was_called |= not isinstance(each, Channel)
        if not each.readable():
            if events & select.EPOLLIN and isinstance(each, Channel):
                each.is_noisy = True
            if events & select.EPOLLRDHUP:
                each.is_abandoned = True
            events &= ~select.EPOLLIN
        if events & ~select.EPOLLRDHUP:
            wasyncore.readwrite(each, events & ~select.EPOLLRDHUP)

    def _wanted(self, each: Any, told: int) -> int:
        """What is waited for of one that was waited for as `told`.

        Whether a connection is read from changes with each request, and the thread that answers sends by itself what it
        can: both are told to the kernel only where it matters.
        """
        if not isinstance(each, Channel):
            return _READING if each.readable() else 0
        wanted = 0 if each.is_abandoned else select.EPOLLRDHUP
        if each.readable():
            each.is_noisy = False
            wanted |= _READING
        elif not each.is_noisy:
            wanted |= told & _READING
        if each.writable() and (not each.requests or self._was_called or told & select.EPOLLOUT):
            wanted |= select.EPOLLOUT
        return wanted
