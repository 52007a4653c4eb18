from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_a_tiny_night_happens_by_the_daemons_own_tick_and_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.benchmarks", "nightly", "--scale", "tiny", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    (night,) = measured["nights"]
    assert len(night["months"]) == 2
    for month in night["months"]:
        assert month["entered"] > 0
        assert month["entries"] > 0
        assert 3 < month["requests"] <= 3 + 12
        assert 0.05 * month["requests"] < month["waited"] < month["seconds"] < night["seconds"]
    assert set(night["usage"]) == {"daemon", "code server", "run worker", "PostgreSQL"}
    assert all(usage["peak"] > 1_000_000 for usage in night["usage"].values())
    assert measured["summary"]["seconds"] == night["seconds"]
    assert night["memory"] > 100_000_000
    assert 0 < measured["floor"]["seconds"] < night["seconds"]
    assert measured["floor"]["ratio"] > 1
