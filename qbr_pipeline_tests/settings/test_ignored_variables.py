"""What is set and decides nothing is named, with the reason and without its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbr_pipeline.settings import ignored_variables

SECRET = "Gehe1mSecret"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, which is no home."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(directory: Path, text: str) -> Path:
    file = directory / ".env"
    file.write_text(text)
    file.chmod(0o600)
    return file


def ignored(home: str = "/nowhere", *, demo: bool = False, **environment: str) -> list[str]:
    return list(ignored_variables({"QBR_HOME": home, **environment}, demo=demo))


@pytest.mark.usefixtures("here")
def test_a_name_that_no_setting_has_is_told_with_the_one_that_was_meant() -> None:
    assert ignored(QBR_CLOSED_STATUS=SECRET, CONNECTWISE_SECRET=SECRET, PATH="/bin", MY_QBR_HOME="x") == [
        "QBR_CLOSED_STATUS is ignored: no setting has that name; did you mean QBR_CLOSED_STATUSES?",
        "CONNECTWISE_SECRET is ignored: no setting has that name; did you mean CONNECTWISE_SERVER?",
    ]


@pytest.mark.usefixtures("here")
def test_what_is_right_and_what_is_somebody_elses_is_no_matter() -> None:
    assert ignored(QBR_TIMEZONE="UTC", CONNECTWISE_SERVER="x", PGUSER="ann", EDITOR="vi") == []


def test_a_name_in_a_file_is_told_with_the_file(here: Path) -> None:
    file = keep(here, f"QBR_REACTIVE_BOARD={SECRET}\nQBR_DEMO=true\nCOLOUR=red\nQBR_TIMEZONE=UTC\n")
    assert ignored() == [
        f"QBR_REACTIVE_BOARD in {file} is ignored: no setting has that name; did you mean QBR_REACTIVE_BOARDS?",
        f"QBR_DEMO in {file} is ignored: it is read from the environment alone.",
    ]
    assert ignored(QBR_DOTENV="false") == []


def test_a_home_is_not_named_by_a_file_in_it(here: Path) -> None:
    (here / "home").mkdir()
    file = keep(here / "home", "QBR_HOME=/elsewhere\n")
    assert ignored(str(here / "home")) == [
        f"QBR_HOME in {file} is ignored: it is read from the environment alone."
    ]


def test_the_demo_says_that_it_reads_no_file(here: Path) -> None:
    file = keep(here, f"QBR_API_KEYS={SECRET}\nCOLOUR=red\n")
    assert ignored(demo=True) == [f"QBR_API_KEYS in {file} is ignored: the demo reads no file."]
