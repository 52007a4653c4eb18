"""The units of systemd: well formed, closed to what they do not need, and of commands that there are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qbr_pipeline.settings import CHECKOUT, Settings

FOLDER = CHECKOUT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
LEAST_CLOSED = 20
"""Ten times the level of exposure that `systemd-analyze security` may find at the most."""
_INSTALLED = "/opt/qbr/venv/bin/"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_closed_to_what_it_does_not_need(unit: Path) -> None:
    found = analyze("security", "--offline=true", f"--threshold={LEAST_CLOSED}", unit)
    assert found.returncode == 0, found.stdout[-300:] + found.stderr


@needs_systemd
def test_all_units_are_well_formed(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python", "qbr", "dagster-daemon"):
        (programs / name).symlink_to("/bin/true")
    units = [tmp_path / file.name for file in FOLDER.iterdir() if file.suffix in {".service", ".timer"}]
    for unit in units:
        unit.write_text((FOLDER / unit.name).read_text().replace(_INSTALLED, f"{programs}/"))
    for unit in units:
        found = analyze("verify", "--man=no", unit)
        told = [line for line in found.stderr.splitlines() if unit.name in line]
        assert (found.returncode, told) == (0, []), found.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_program_of_the_installation(unit: Path) -> None:
    (line,) = [each for each in unit.read_text().splitlines() if each.startswith("ExecStart=")]
    program, *words = line.removeprefix("ExecStart=").split()
    assert program.startswith(_INSTALLED)
    assert Path(sys.executable).with_name(Path(program).name).exists()
    if words[:1] == ["-m"]:
        assert (CHECKOUT / words[1].replace(".", "/")).with_suffix(".py").exists() or (
            CHECKOUT / words[1].replace(".", "/") / "__main__.py"
        ).exists()


def test_the_example_of_the_environment_names_variables_that_there_are_and_holds_no_secret() -> None:
    lines = [line for line in (FOLDER / "qbr.env.example").read_text().splitlines() if "=" in line]
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    known = {field.alias for field in Settings.model_fields.values()}
    assert given.keys() <= known
    assert not [name for name in given if name.endswith(("KEY", "SECRET")) and given[name]]
    read = Settings.read(given)
    assert not read.collection_enabled
