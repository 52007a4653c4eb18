"""The embedded server is watched: started again, with bounds, when it was killed or a full disk has room again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from qbr_pipeline.cli.doctor import Diagnosis, found_server
from qbr_pipeline.runtime.postgres.embedded import (
    EmbeddedServer,
    EmbeddedServerError,
    find_running,
    start_embedded,
    stop_embedded,
    users_of,
)
from qbr_pipeline.runtime.postgres.guard import (
    LEAST_BYTES,
    MOST_STARTS,
    WITHIN_SECONDS,
    Guard,
    ServerState,
    guarded,
)
from qbr_pipeline.runtime.postgres.postmaster import Place
from qbr_pipeline.settings import Settings


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    home = Path(tempfile.mkdtemp(prefix="qbr-guard-"))
    yield start_embedded(home, keep_running=False)
    stop_embedded(home)
    shutil.rmtree(home)


def kill(server: EmbeddedServer) -> None:
    postmaster = find_running(server.home)
    assert postmaster is not None
    postmaster.kill()
    psutil.wait_procs([postmaster], timeout=30)


@dataclass
class World:
    """A server that is not there, a clock and a disk."""

    home: Path
    now: float = 0
    free: int = 10**12
    starts: list[float] = field(default_factory=list)

    def guard(self) -> Guard:
        server = EmbeddedServer(self.home, Place(self.home, 5432), counted=True)
        return Guard(server, clock=lambda: self.now, free_bytes=lambda _: self.free, start=self.start)

    def start(self, *_: object, **__: object) -> EmbeddedServer:
        self.starts.append(self.now)
        raise EmbeddedServerError("it does not start")


def test_a_server_that_was_killed_is_started_again_with_what_it_holds(server: EmbeddedServer) -> None:
    engine = create_engine(server.ensure_database("some"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id integer)")
    guard = Guard(server)
    assert guard.look() is ServerState.RUNS
    kill(server)
    assert guard.look() is ServerState.RETURNED
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kept").scalar_one() == 0
    assert users_of(server.home) == [os.getpid()]


def test_one_that_ends_again_and_again_ends_the_command_loudly(tmp_path: Path) -> None:
    world = World(tmp_path)
    guard = world.guard()
    for _ in range(MOST_STARTS):
        assert guard.look() is ServerState.AWAY
    with pytest.raises(EmbeddedServerError, match=r"ended 6 times within 10 minutes: see .*postgres/log"):
        guard.look()
    world.now = WITHIN_SECONDS + 1
    assert guard.look() is ServerState.AWAY


def test_without_room_on_the_disk_no_start_is_tried_and_none_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path, free=LEAST_BYTES - 1)
    guard = world.guard()
    for world.now in range(120):
        assert guard.look() is ServerState.AWAY
    assert world.starts == []
    assert caplog.text.count("has 63 MB left") == 2
    world.free = LEAST_BYTES
    guard.look()
    assert world.starts == [119]


def test_the_doctor_says_what_was_found_and_not_what_it_has_started(server: EmbeddedServer) -> None:
    read = Settings.read({"QBR_HOME": str(server.home)})
    assert found_server(read).sentence.startswith("runs as process ")
    kill(server)
    found = found_server(read)
    assert not found.is_well
    assert f"was not running, although process {os.getpid()} needs it" in found.sentence
    stop_embedded(server.home)
    assert found_server(read) == Diagnosis(
        "embedded PostgreSQL", True, "was not running, and nothing needed it; started for this check."
    )


def test_where_no_server_is_ours_all_is_well() -> None:
    assert Guard(None).look() is ServerState.RUNS


@pytest.mark.timeout(60)
def test_who_only_serves_is_ended_when_nothing_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(_: Guard) -> ServerState:
        raise EmbeddedServerError("ended too often")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    monkeypatch.setattr(Guard, "look", give_up)
    server = EmbeddedServer(tmp_path, Place(tmp_path, 5432), counted=True)
    try:
        with (
            pytest.raises(EmbeddedServerError, match="too often"),
            guarded(server),
            suppress(KeyboardInterrupt),
        ):
            signal.pause()
    finally:
        signal.signal(signal.SIGTERM, before)
