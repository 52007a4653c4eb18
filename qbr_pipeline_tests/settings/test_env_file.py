"""The files `.env`: which are read, that the environment wins, who may read them, and how one is written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbr_pipeline.settings import Settings, SettingsError, env_files, with_env_files
from qbr_pipeline.settings.env_file import read_env_file, write_env_file

NAMES = {"QBR_TIMEZONE", "QBR_REACTIVE_BOARDS", "CONNECTWISE_PRIVATE_KEY", "QBR_ORGANIZATION_NAME"}
SECRET = "Gehe1mSecret"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, and a home beside it."""
    (tmp_path / "work").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def keep(directory: Path, text: str, mode: int = 0o600) -> Path:
    file = directory / ".env"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_the_environment_wins_then_the_working_directory_then_home(here: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    mine = keep(here, "QBR_TIMEZONE=Europe/Paris\nQBR_API_PORT=1\nOTHER=x\n")
    its = keep(home, "QBR_TIMEZONE=Europe/Rome\nQBR_API_PORT=2\nQBR_MONTHS_TO_COLLECT=5\n")
    merged = with_env_files({"QBR_HOME": str(home), "QBR_API_PORT": "3", "QBR_LOG_LEVEL": ""})
    assert merged == {
        "QBR_HOME": str(home),
        "QBR_TIMEZONE": "Europe/Paris",
        "QBR_API_PORT": "3",
        "QBR_MONTHS_TO_COLLECT": "5",
        "QBR_LOG_LEVEL": "",
    }
    assert list(env_files({"QBR_HOME": str(home)})) == [mine, its]


def test_a_variable_that_is_set_to_nothing_is_one_that_is_not_set(here: Path) -> None:
    keep(here, "QBR_TIMEZONE=Europe/Paris\nQBR_API_PORT=\n")
    assert with_env_files({"QBR_TIMEZONE": " ", "QBR_HOME": "/nowhere"}) == {
        "QBR_TIMEZONE": "Europe/Paris",
        "QBR_HOME": "/nowhere",
    }


def test_home_may_be_named_by_the_file_of_the_working_directory(here: Path, tmp_path: Path) -> None:
    keep(here, f"QBR_HOME={tmp_path / 'home'}\n")
    keep(tmp_path / "home", "QBR_API_PORT=2\nQBR_HOME=/elsewhere\n")
    assert with_env_files({}) == {"QBR_HOME": str(tmp_path / "home"), "QBR_API_PORT": "2"}


def test_home_and_working_directory_may_be_one(here: Path) -> None:
    file = keep(here, "QBR_API_PORT=2\n")
    assert list(env_files({"QBR_HOME": str(here)})) == [file]


@pytest.mark.parametrize("environment", [{"QBR_DEMO": "true"}, {"QBR_DOTENV": "false"}])
def test_the_demo_reads_none_and_neither_does_who_says_so(here: Path, environment: dict[str, str]) -> None:
    keep(here, f"CONNECTWISE_PRIVATE_KEY={SECRET}\n", 0o644)
    assert with_env_files(environment) == environment


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o666])
def test_a_file_that_others_can_read_or_write_is_refused_in_a_sentence_without_its_values(
    here: Path, mode: int
) -> None:
    file = keep(here, f"CONNECTWISE_PRIVATE_KEY={SECRET}\n", mode)
    with pytest.raises(SettingsError) as raised:
        with_env_files({})
    assert raised.value.faults == [
        f'{file} is open to others (mode {mode:04o}): expected 0600; run chmod 600 "{file}".'
    ]


def test_a_file_without_anything_of_ours_may_be_open_to_all(here: Path) -> None:
    keep(here, "COLOUR=red\n", 0o644)
    assert with_env_files({"QBR_HOME": "/nowhere"}) == {"QBR_HOME": "/nowhere"}


def test_a_directory_of_that_name_is_no_file(here: Path) -> None:
    (here / ".env").mkdir()
    assert with_env_files({"QBR_HOME": "/nowhere"}) == {"QBR_HOME": "/nowhere"}


def test_a_file_that_is_no_text_is_refused_in_a_sentence(here: Path) -> None:
    (here / ".env").write_bytes(b"QBR_TIMEZONE=\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read: it is not UTF-8"):
        with_env_files({})


def test_what_is_wrong_in_a_file_is_named_as_if_it_stood_in_the_environment(here: Path) -> None:
    keep(here, "QBR_TIMEZONE=nowhere\n")
    with pytest.raises(SettingsError, match='QBR_TIMEZONE holds "nowhere"'):
        Settings.read(with_env_files({}))


def test_writing_keeps_every_other_line_and_lets_nobody_else_read(tmp_path: Path) -> None:
    file = keep(tmp_path, "# mine\nexport QBR_TIMEZONE=a\n\nOTHER='x\ny'  # why\nQBR_TIMEZONE=b", 0o644)
    write_env_file(file, {"QBR_TIMEZONE": "Europe/Rome", "QBR_REACTIVE_BOARDS": '["It\'s"]'})
    assert file.read_text() == (
        "# mine\n\nOTHER='x\ny'  # why\nQBR_TIMEZONE='Europe/Rome'\nQBR_REACTIVE_BOARDS='[\"It\\'s\"]'\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(tmp_path, "QBR_TIMEZONE=a\n")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_env_file(file, {"QBR_TIMEZONE": "b"})
    assert (file.read_text(), list(tmp_path.iterdir())) == ("QBR_TIMEZONE=a\n", [file])


@settings(derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip),
    before=st.sampled_from(["", "A=1", "A='1\n2'\n", "QBR_TIMEZONE='x\ny'", "# only\n"]),
)
def test_what_is_written_is_what_is_read(tmp_path: Path, value: str, before: str) -> None:
    file = keep(tmp_path, before)
    write_env_file(file, {"QBR_TIMEZONE": value})
    write_env_file(file, {"QBR_ORGANIZATION_NAME": value})
    assert read_env_file(file, NAMES) == {"QBR_TIMEZONE": value, "QBR_ORGANIZATION_NAME": value}
