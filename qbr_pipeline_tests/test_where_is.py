"""Every question that docs/architecture.md answers by a file and a name in it has its answer there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
TABLE = (
    (CHECKOUT / "docs" / "architecture.md").read_text().partition("## Where is …\n")[2].partition("\n## ")[0]
)
QUESTIONS = re.findall(r"^\| (.+\?) \| `(.+?)` \| `(.+?)` \| (.+) \|$", TABLE, re.MULTILINE)


def defined_names(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {each.id for each in node.targets if isinstance(each, ast.Name)}
    return set()


def source_of(name: str, text: str) -> str:
    """What stands under a name at the top of a module."""
    (found,) = [node for node in ast.parse(text).body if name in defined_names(node)]
    return ast.get_source_segment(text, found) or ""


def test_the_questions_are_the_eight_of_a_stranger() -> None:
    assert len(QUESTIONS) == 8


@pytest.mark.parametrize(
    ("file", "name", "answer"), [each[1:] for each in QUESTIONS], ids=[each[0] for each in QUESTIONS]
)
def test_two_steps_lead_to_the_answer(file: str, name: str, answer: str) -> None:
    in_code = re.findall("`(.+?)`", answer)[0]
    assert in_code in source_of(name, (CHECKOUT / "qbr_pipeline" / file).read_text())
