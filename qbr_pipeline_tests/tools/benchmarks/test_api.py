from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import pytest


@pytest.mark.slow
def test_the_api_is_asked_by_many_at_once_beside_an_empty_route_and_while_others_write() -> None:
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [
                sys.executable,
                *(
                    "-m",
                    "tools.benchmarks",
                    "api",
                    "--clients",
                    "3",
                    "--months",
                    "3",
                    "--seconds",
                    "0.5",
                    "--rounds",
                    "1",
                    "--json",
                ),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "QBR_HOME": home},
        )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert (measured["clients"], measured["months"]) == (3, 3)
    assert [each["address"] for each in measured["addresses"]] == [
        "empty Flask route",
        "monthly metrics",
        "quarterly metrics",
        "monthly SmartNumbers",
        "quarterly SmartNumbers",
        "findings",
        "table",
        "rows",
        "monthly metrics (writes)",
        "quarterly metrics (writes)",
        "monthly SmartNumbers (writes)",
        "quarterly SmartNumbers (writes)",
        "findings (writes)",
        "table (writes)",
        "rows (writes)",
        "empty Flask route (crowd)",
        "monthly metrics (crowd)",
        "quarterly metrics (crowd)",
        "monthly SmartNumbers (crowd)",
        "quarterly SmartNumbers (crowd)",
        "findings (crowd)",
        "table (crowd)",
        "rows (crowd)",
    ]
    for each in measured["addresses"]:
        assert each["requests"] > 0
        assert 0 < each["p50"] <= each["p95"] <= each["p99"]
