"""Documents that are drawn from the code say what the code says."""

from pathlib import Path

import pytest

from tools.documents.__main__ import documents
from tools.documents.architecture import floors, imports, text, without_implied


@pytest.mark.parametrize("file", documents(), ids=lambda file: file.name)
def test_a_document_drawn_from_the_code_is_up_to_date(file: Path) -> None:
    assert file.read_text() == documents()[file], "run `python -m tools.documents`"


def test_no_import_runs_in_a_circle_and_the_command_line_stands_on_top() -> None:
    assert floors(imports())[-1] == ["cli"]


def test_a_circle_of_imports_is_named() -> None:
    with pytest.raises(ValueError, match="a, b"):
        floors({"a": {"b"}, "b": {"a"}, "c": set()})


def test_an_arrow_that_others_imply_is_not_drawn() -> None:
    assert without_implied({"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}) == {
        "a": {"b", "d"},
        "b": {"c"},
        "c": set(),
        "d": set(),
    }


def test_no_arrow_of_the_picture_runs_up() -> None:
    assert 'class="arrow up"' not in text()
