"""The floors of the house: what is only promised elsewhere is checked here, and the check itself is tried."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
READS_THE_ENVIRONMENT = {"settings", "runtime", "cli", "orchestration"}


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(
        command,
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what import-linter looks at, to be spoiled."""
    copied = tmp_path_factory.mktemp("checkout")
    shutil.copy(CHECKOUT / "pyproject.toml", copied)
    for package in ("qbr_pipeline", "tools"):
        shutil.copytree(
            CHECKOUT / package, copied / package, ignore=shutil.ignore_patterns("static", "templates")
        )
    return copied


def test_imports_keep_to_their_floors() -> None:
    checked = lint_imports(CHECKOUT)
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("store/reading.py", "import qbr_pipeline.runtime.context", "Floors: imports go down, never up"),
        ("review/checks.py", "import qbr_pipeline.api.models", "Floors: imports go down, never up"),
        (
            "metrics/words.py",
            "import sqlalchemy",
            "metrics is pure: no database, no network, no web, no Dagster",
        ),
        ("demo/fleet.py", "import qbr_pipeline.vendors", "The simulated vendors import none of our clients"),
        (
            "cli/collect.py",
            "import dagster",
            "Dagster is imported by orchestration, definitions, runtime and tools alone",
        ),
        (
            "vendors/ninja/rules.py",
            "import qbr_pipeline.vendors.connectwise",
            "A vendor does not know another",
        ),
        (
            "cli/app.py",
            "import tools.documents",
            "What a developer runs from the checkout stands above the package",
        ),
        ("metrics/catalogue.py", "import qbr_pipeline.metrics.words", "No import runs in a circle"),
    ],
)
def test_a_forbidden_import_fails(copy: Path, file: str, line: str, broken: str) -> None:
    spoiled = copy / "qbr_pipeline" / file
    text = spoiled.read_text()
    spoiled.write_text(f"{text}\n{line}\n")
    checked = lint_imports(copy)
    spoiled.write_text(text)
    assert checked.returncode == 1
    assert f"{broken} BROKEN" in checked.stdout


def test_the_environment_is_read_where_a_process_begins_and_handed_down() -> None:
    package = CHECKOUT / "qbr_pipeline"
    readers = {
        file.relative_to(package).parts[0]
        for file in package.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "qbr_pipeline.settings"
        and any(each.name == "settings" for each in node.names)
    }
    assert readers <= READS_THE_ENVIRONMENT


def test_private_names_of_dagster_are_imported_in_one_file() -> None:
    private = [
        str(file.relative_to(CHECKOUT))
        for package in ("qbr_pipeline", "tools")
        for file in (CHECKOUT / package).rglob("*.py")
        if "node_modules" not in file.parts and "from dagster._" in file.read_text()
    ]
    assert private == ["qbr_pipeline/orchestration/dagster_internals.py"]


_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)


def branches(function: ast.AST) -> int:
    """How many ways part in a function: statements, clauses of comprehensions, and the words `and` and `or`."""
    count, waiting = 0, list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            count += 1 + len(node.ifs)
        else:
            count += isinstance(node, _BRANCHES)
        waiting.extend(ast.iter_child_nodes(node))
    return count


def test_a_file_can_be_read_in_one_sitting() -> None:
    files = sorted((CHECKOUT / "qbr_pipeline").rglob("*.py"))
    lengths = {str(file.relative_to(CHECKOUT)): len(file.read_text().splitlines()) for file in files}
    assert {file: length for file, length in lengths.items() if length > 330} == {}


def test_hardly_any_function_parts_in_more_than_ten_ways() -> None:
    found = {
        f"{file.name}:{node.lineno} {node.name}": branches(node)
        for file in (CHECKOUT / "qbr_pipeline").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    many = {name: count for name, count in found.items() if count > 10}
    assert len(many) < 0.015 * len(found), sorted(many.items(), key=lambda each: -each[1])
