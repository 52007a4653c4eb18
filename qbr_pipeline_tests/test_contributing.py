"""Every example of CONTRIBUTING.md still works: applied to a copy of the project, it passes what is run below it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from qbr_pipeline_tests.conftest import VERSIONS

CHECKOUT = Path(__file__).resolve().parents[1]
TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^(```+)(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
CI = "".join((CHECKOUT / name).read_text(encoding="utf-8") for name in (".ci/run", "README.md"))
"""What CI runs; two of its commands stand in the README."""


@dataclass(frozen=True)
class Example:
    """What a section changes, file by file, and the commands that it runs then."""

    title: str
    patches: list[str]
    commands: list[list[str]]


def commands(block: str) -> list[list[str]]:
    return [shlex.split(line.removeprefix("$ ")) for line in block.splitlines()]


def examples() -> Iterator[Example]:
    for section in re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]:
        blocks = [(language, text) for _, language, text in BLOCK.findall(section)]
        patches = [with_next_version(text) for language, text in blocks if language == "diff"]
        shown = [each for language, text in blocks if language == "console" for each in commands(text)]
        yield Example(section.partition("\n")[0], patches, shown)


def with_next_version(patch: str) -> str:
    """The patch with the number that its migration would take today."""
    found = re.search(r"/versions/v(\d{4})_", patch)
    if found is None:
        return patch
    number, newest = int(found[1]), int(VERSIONS[-1])
    return patch.replace(f"{number:04}", f"{newest + 1:04}").replace(f"{number - 1:04}", f"{newest:04}")


EXAMPLES = {each.title: each for each in examples()}


def run(command: list[str], copy: Path, stdin: str | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=copy,
        input=stdin,
        env={**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'deploy' / 'storage'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"


def in_this_environment(command: list[str]) -> list[str]:
    """A command of the document with this interpreter, and tests in one process."""
    program, *words = command
    if program == ".venv/bin/pytest":
        return [sys.executable, "-m", "pytest", "-n", "0", *words]
    assert program == ".venv/bin/python"
    return [sys.executable, *words]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files of the project that git knows, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.rstrip("\0").split("\0"):
        if (CHECKOUT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, tmp_path / name)
    return tmp_path


def test_there_is_an_example_for_each_thing_that_is_often_added() -> None:
    things = ("metric", "rule", "endpoint", "migration", "vendor", "page")
    assert list(EXAMPLES) == [f"Add a{'n' * (thing[0] in 'aeiou')} {thing}" for thing in things]


def test_what_is_run_before_a_change_lands_is_run_by_ci() -> None:
    section = TEXT.partition("## Before a change lands\n")[2]
    (first, *checks) = commands(BLOCK.findall(section)[0][2])
    assert first[-1] == "tools.documents"
    for check in checks:
        assert all(word in CI for word in check), check


@pytest.mark.slow
@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_still_works(copy: Path, title: str) -> None:
    example = EXAMPLES[title]
    for patch in example.patches:
        run(["git", "apply", "--recount", "-C1"], copy, patch)
    run([sys.executable, "-m", "ruff", "check", "."], copy)
    run([sys.executable, "-m", "ruff", "format", "--check", "."], copy)
    for command in example.commands:
        run(in_this_environment(command), copy)
