"""A disk that is really full, under the embedded PostgreSQL: it is said, nothing is lost, and all goes on by itself."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from qbr_pipeline.runtime.postgres.embedded import find_running, start_embedded, stop_embedded
from qbr_pipeline_tests.conftest import unused_port
from qbr_pipeline_tests.end_to_end.conftest import Installation, plain_environment

pytestmark = pytest.mark.slow

_SIZE = "240m"
"""What a fresh server needs, what it must find free to start again, and little more."""

_BLOCK = b"\xff" * 2**16


@pytest.fixture(scope="module")
def small_disk() -> Iterator[Installation]:
    """An installation whose QBR_HOME is a disk of its own, as small as can be."""
    home = Path(tempfile.mkdtemp(prefix="qbr-disk-")).resolve()
    disk = home / "disk"
    disk.mkdir()
    if why_not := _mount(disk):
        home.joinpath("disk").rmdir()
        home.rmdir()
        print(f"skipped: {why_not}")  # noqa: T201
        pytest.skip(why_not)
    installed = Installation(home, plain_environment(disk, os.environ))
    yield installed
    stop_embedded(disk)
    ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(disk), 2)  # MNT_DETACH
    installed.end()


def _mount(place: Path) -> str | None:
    """Mount a disk in memory there; why it cannot be done, else nothing."""
    if os.geteuid() != 0:
        return "only root may mount a small disk"
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"size={_SIZE},mode=0755".encode()
    if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options) != 0:
        return f"a small disk cannot be mounted here: {os.strerror(ctypes.get_errno())}"
    return None


def test_after_a_full_disk_has_room_again_everything_goes_on_by_itself(small_disk: Installation) -> None:
    disk = small_disk.home / "disk"
    port = str(unused_port())
    serving = small_disk.start("serve", small_disk.program("qbr"), "serve", QBR_API_PORT=port)
    api = f"http://127.0.0.1:{port}/api/qbr"
    small_disk.wait_until("it serves", lambda: status(f"{api}/health/ready") == 200)
    assert enter(api, "2025-03", "1") == 200

    url, ballast = start_embedded(disk, keep_running=True).url("qbr"), disk / "ballast"
    fill(ballast)
    small_disk.wait_until("the server ends for want of room", lambda: has_ended(disk, url))
    refused = requests.post(f"{api}/metrics/manual", json=entry("2025-04", "2"), timeout=60)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert status(f"{api}/health/live") == 200
    small_disk.wait_until(
        "it says what it waits for", lambda: serving.find("(started again once there are 64 MB)")
    )
    assert serving.process.poll() is None

    ballast.unlink()
    small_disk.wait_until("it is ready again", lambda: status(f"{api}/health/ready") == 200)
    assert enter(api, "2025-04", "2") == 200
    assert [value(api, month) for month in ("2025-03", "2025-04")] == [1, 2]
    assert "Traceback" not in serving.said(), serving.said()
    serving.process.terminate()
    assert serving.wait() == 0, serving.said()


def fill(file: Path) -> None:
    """Let the file grow until its disk has no byte left."""
    with suppress(OSError), file.open("ab", buffering=0) as grown:
        while True:
            grown.write(_BLOCK)


def has_ended(home: Path, url: str) -> bool:
    """Whether the server has ended, after it was made to write where there is no room, as it is by and by."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with suppress(sa.exc.SQLAlchemyError), engine.connect() as connection:
        connection.exec_driver_sql("COMMENT ON DATABASE qbr IS 'written to'")
        connection.exec_driver_sql("SELECT pg_switch_wal()")
    return find_running(home) is None


def status(address: str) -> int:
    try:
        return requests.get(address, timeout=60).status_code
    except requests.RequestException:
        return 0


def entry(period: str, number: str) -> dict[str, object]:
    return {
        "period": period,
        "metric_name": "mrr",
        "metric_value": float(number),
        "entered_by": "Ann",
    }


def enter(api: str, period: str, number: str) -> int:
    return requests.post(f"{api}/metrics/manual", json=entry(period, number), timeout=60).status_code


def value(api: str, period: str) -> object:
    found = requests.get(f"{api}/metrics/monthly?period={period}&metric_name=mrr", timeout=60).json()
    return found["data"]["metrics"][0]["value"]
