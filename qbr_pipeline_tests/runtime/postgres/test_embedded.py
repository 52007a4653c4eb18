"""The embedded server: who starts it, who finds it, who ends it, and what survives a kill -9."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from qbr_pipeline.runtime.logs import MOST_BYTES
from qbr_pipeline.runtime.postgres import programs as postgres_programs
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServerError, start_embedded, stop_embedded
from qbr_pipeline.runtime.postgres.sockets import socket_directory
from qbr_pipeline.runtime.private import make_private

OWNER = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("error")
from qbr_pipeline.runtime.postgres import programs as postgres_programs
from qbr_pipeline.runtime.postgres.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]), keep_running=sys.argv[2] == "keep")
print(server.ensure_database("some"), flush=True)
if sys.argv[3] == "wait":
    sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="qbr-pg-"))
    home = parent / "deep" / "home"
    yield home
    stop_embedded(home)
    shutil.rmtree(parent)


def start_owner(home: Path, *, keep: bool = False, wait: bool = True) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", OWNER, str(home), "keep" if keep else "own", "wait" if wait else "end"]
    owner = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("postgresql+psycopg2://")
    return owner


def answers(url: str) -> bool:
    try:
        with create_engine(url, poolclass=NullPool).connect() as connection:
            return connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    except OperationalError:
        return False


def setting(url: str, name: str) -> str:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


def test_it_starts_in_a_place_that_does_not_exist_yet_and_keeps_its_durability(home):
    server = start_embedded(home, keep_running=False)
    url = server.ensure_database("some")
    assert server.ensure_database("some") == url
    assert setting(url, "fsync") == "on"
    assert setting(url, "listen_addresses") == ""
    server.stop()
    assert not answers(url)


def test_what_was_stored_is_there_after_a_stop_and_a_start(home):
    server = start_embedded(home, keep_running=False)
    engine = create_engine(server.ensure_database("some"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id integer)")
    server.stop()
    start_embedded(home, keep_running=False)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kept").scalar_one() == 0


def test_a_log_that_has_grown_large_is_put_aside_at_the_next_start(home):
    start_embedded(home, keep_running=False).stop()
    log = home / "postgres" / "log"
    os.truncate(log, MOST_BYTES)
    start_embedded(home, keep_running=False)
    assert log.with_name("log.1").stat().st_size == MOST_BYTES
    assert log.stat().st_size < MOST_BYTES


def test_a_server_that_another_process_owns_is_used_and_left_to_it(home):
    owner = start_owner(home)
    guest = start_embedded(home, keep_running=False)
    guest.stop()
    assert answers(guest.url("some"))
    owner.communicate("", timeout=30)
    assert owner.returncode == 0
    assert not answers(guest.url("some"))


def test_a_server_is_ended_by_the_last_of_its_users_and_not_by_the_one_who_started_it(home):
    starter = start_owner(home)
    guest = start_embedded(home, keep_running=False)
    starter.communicate("", timeout=30)
    assert answers(guest.url("some"))
    killed = start_owner(home)
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # dead, and not buried yet
    guest.stop()
    assert not answers(guest.url("some"))
    killed.wait(10)


def test_a_server_that_others_use_already_can_be_asked_to_keep_running(home):
    starter = start_owner(home)
    start_owner(home, keep=True, wait=False).communicate(timeout=30)
    guest = start_embedded(home, keep_running=False)
    starter.communicate("", timeout=30)
    guest.stop()
    assert answers(guest.url("some"))


def test_two_handles_of_one_process_are_one_user(home):
    server = start_embedded(home, keep_running=False)
    url = server.ensure_database("some")
    start_embedded(home, keep_running=False).stop()
    assert answers(url)
    server.stop()
    assert not answers(url)


def test_the_server_of_an_owner_that_was_killed_is_taken_over_and_can_be_stopped(home):
    owner = start_owner(home)
    owner.kill()
    owner.wait(10)
    heir = start_embedded(home, keep_running=False)
    assert answers(heir.url("some"))
    heir.stop()
    assert not answers(heir.url("some"))


def test_a_server_that_was_killed_too_starts_again(home):
    owner = start_owner(home)
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    owner.kill()
    os.kill(postmaster, signal.SIGKILL)
    owner.wait(10)
    heir = start_embedded(home, keep_running=False)
    assert answers(heir.url("some"))


def test_a_server_that_is_just_dying_is_not_taken_for_one_that_runs(home):
    server = start_embedded(home, keep_running=False)
    url = server.ensure_database("some")
    pid_file = home / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    server.stop()
    dying = home / "postgres-that-is-dying"
    dying.symlink_to(sys.executable)
    command = [dying, "-c", "import sys; sys.stdin.read()", str(home / "postgres")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        pid_file.write_text("\n".join([str(process.pid), *lines[1:]]))
        start_embedded(home, keep_running=False, sleep=lambda _: process.communicate())
        assert process.returncode == 0
    assert answers(url)


def test_a_pid_file_that_names_some_other_process_is_not_believed(home):
    server = start_embedded(home, keep_running=False)
    url = server.ensure_database("some")
    pid_file = home / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    start_embedded(home, keep_running=False)
    assert answers(url)


def test_a_server_asked_to_keep_running_outlives_its_starter_and_everyone_who_finds_it(home):
    owner = start_owner(home, keep=True, wait=False)
    owner.communicate(timeout=30)
    guest = start_embedded(home, keep_running=False)
    guest.stop()
    assert answers(guest.url("some"))
    assert stop_embedded(home)
    assert not answers(guest.url("some"))


def test_an_owner_that_stopped_its_server_does_not_stop_the_next_ones(home):
    first = start_embedded(home, keep_running=False)
    first.stop()
    owner = start_owner(home)
    first.stop()
    assert answers(first.url("some"))
    owner.communicate("", timeout=30)


def test_a_server_that_cannot_start_points_to_its_log(home):
    start_embedded(home, keep_running=False).stop()
    with (home / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    pauses: list[float] = []
    with pytest.raises(EmbeddedServerError, match=r"does not start: see .*/postgres/log"):
        start_embedded(home, keep_running=False, sleep=pauses.append)
    assert pauses == [1.0] * 5


def test_data_of_another_postgresql_is_refused_in_a_sentence(home):
    start_embedded(home, keep_running=False).stop()
    (home / "postgres" / "PG_VERSION").write_text("16\n")
    postgres_programs.library().PostgresServer._instances.clear()
    with pytest.raises(EmbeddedServerError, match=r"cannot use .*Version mismatch"):
        start_embedded(home, keep_running=False)


def test_two_processes_may_ask_for_one_database_at_once(home):
    server = start_embedded(home, keep_running=False)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(server.ensure_database, ["some"] * 4)) == {server.url("some")}


def test_stopping_what_does_not_run_says_so(home):
    assert not stop_embedded(home)


def test_a_place_with_unusual_letters_and_a_long_path_works(home):
    long = home / ("with space and % " + "x" * 90)
    server = start_embedded(long, keep_running=False)
    assert answers(server.ensure_database("some"))
    assert stat.S_IMODE((server.socket_directory / ".s.PGSQL.5432").stat().st_mode) == 0o700
    server.stop()
    server.socket_directory.rmdir()


def test_a_home_may_be_called_whatever_a_directory_may(home: Path) -> None:
    odd = list("' \"$,;&?\\*`%#()<>|!~=")
    names = [f"my{letters}projects" for letters in ("".join(odd), *odd, "Büro", "日本", "a=b@c")]
    for old, new in pairwise(["", *names]):
        if old:
            (home / old).rename(home / new)
        server = start_embedded(home / new, keep_running=False)
        assert answers(server.ensure_database("some")), new
        assert [path.name for path in home.iterdir()] == [new]
        server.stop()
        if server.socket_directory != server.home / "postgres":
            server.socket_directory.rmdir()


def test_programs_in_a_path_that_no_shell_reads_are_refused_before_anything_is_touched(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_programs, "programs", lambda: Path("/opt/my $projects/bin"))
    with pytest.raises(
        EmbeddedServerError, match=r"are in /opt/my \$projects/bin, .*expected a path without"
    ):
        start_embedded(home, keep_running=False)
    assert not home.exists()


def test_the_socket_of_a_long_path_is_in_a_directory_that_nobody_else_may_enter(home: Path) -> None:
    server = start_embedded(home / ("x" * 90), keep_running=False)
    found = server.socket_directory.stat()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert found.st_uid == (pwd.getpwnam("pgserver").pw_uid if os.geteuid() == 0 else os.geteuid())
    server.stop()
    server.socket_directory.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to somebody else")
def test_a_socket_directory_that_somebody_else_has_made_is_refused(home: Path) -> None:
    long = home / ("x" * 90)
    squatted = socket_directory((long / "postgres").resolve())
    squatted.mkdir()
    os.chown(squatted, 12345, 12345)
    try:
        with pytest.raises(EmbeddedServerError, match=r"belongs to the user with the number 12345"):
            start_embedded(long, keep_running=False)
    finally:
        squatted.rmdir()


def test_a_link_in_its_place_is_refused_too(home: Path) -> None:
    long = home / ("x" * 90)
    squatted = socket_directory((long / "postgres").resolve())
    squatted.symlink_to(tempfile.gettempdir())
    try:
        with pytest.raises(EmbeddedServerError, match=r"Remove it"):
            start_embedded(long, keep_running=False)
    finally:
        squatted.unlink()


def test_nobody_else_may_look_into_a_home(home: Path) -> None:
    home.mkdir(parents=True, mode=0o755)
    server = start_embedded(home, keep_running=False)
    assert stat.S_IMODE(home.stat().st_mode) == (0o710 if os.geteuid() == 0 else 0o700)
    assert stat.S_IMODE(home.parent.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH) == 0o044
    log = (home / "postgres" / "log").stat()
    assert stat.S_IMODE(log.st_mode) == 0o600
    server.stop()


def test_a_folder_that_everybody_shares_stays_open(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    make_private(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server needs another user to pass through")
@pytest.mark.parametrize("place", ["/root/qbr", "/home/kim/.qbr"])
def test_root_may_not_open_a_home_directory(place):
    with pytest.raises(EmbeddedServerError, match=r"QBR_HOME is .*such as /var/lib/qbr"):
        start_embedded(Path(place), keep_running=False)
    assert not Path(place).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server needs another user to pass through")
def test_root_does_not_open_the_home_directory_that_the_programs_are_installed_in(home, monkeypatch):
    installed = postgres_programs.programs()
    versions = postgres_programs.library().utils.POSTGRES_VERSIONS
    before = dict(versions)
    monkeypatch.setattr(postgres_programs, "home_directories", lambda: [installed.parent])
    try:
        server = start_embedded(home, keep_running=False)
        assert postgres_programs.programs().is_relative_to(home)
        assert answers(server.ensure_database("some"))
        server.stop()
    finally:
        versions.clear()
        versions.update(before)


def test_no_process_of_ours_is_left(home):
    server = start_embedded(home, keep_running=False)
    server.stop()
    left = [p for p in psutil.process_iter(["cmdline"]) if str(home) in " ".join(p.info["cmdline"] or [])]
    assert left == []


def test_a_place_that_was_removed_is_not_made_again_when_the_process_ends(home):
    script = OWNER + "import shutil; server.stop(); shutil.rmtree(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, str(home), "own", "end"], check=True, capture_output=True)
    assert not home.exists()
