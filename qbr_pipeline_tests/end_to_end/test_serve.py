"""`qbr serve` as a process of its own: it serves by a production server, with keys, and ends when it is told to."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
import requests

from qbr_pipeline_tests.conftest import unused_port

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Installation

pytestmark = pytest.mark.slow

KEY = "the-key-of-the-wall-screen"


def test_it_serves_with_keys_logs_no_key_and_ends_on_sigterm(installation: Installation) -> None:
    port = str(unused_port())
    keys = json.dumps({KEY: {"name": "wall screen", "role": "read"}})
    serving = installation.start(
        "serve", installation.program("qbr"), "serve", QBR_API_PORT=port, QBR_API_KEYS=keys
    )
    installation.wait_until("it says where it serves", lambda: "press Ctrl-C to stop" in serving.said())
    address = f"http://127.0.0.1:{port}/api/qbr"

    assert requests.get(f"{address}/health/ready", timeout=30).json()["data"] == {"status": "ready"}
    assert requests.get(f"{address}/periods", timeout=30).status_code == 401
    answer = requests.get(f"{address}/periods", headers={"Authorization": f"Bearer {KEY}"}, timeout=30)
    assert (answer.status_code, answer.json()["success"]) == (200, True)

    serving.send(signal.SIGTERM)
    assert serving.wait() == 0, serving.said()
    assert installation.processes() == []
    assert '"key": "wall screen"' in serving.said()
    assert KEY not in serving.said()
    assert "Traceback" not in serving.said()
