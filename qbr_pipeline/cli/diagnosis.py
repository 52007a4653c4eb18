"""What `qbr doctor` says of one thing that it looked at.

What belongs here: the line, and a look that may fail. What does not: what is looked at (`doctor`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.markup import escape
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.cli.console import output
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.store.faults import database_fault
from qbr_pipeline.store.migrating import MigrationError


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at, whether it is well, and what it holds or what to do."""

    subject: str
    is_well: bool
    sentence: str


def print_diagnoses(diagnoses: list[Diagnosis]) -> None:
    """A line for each."""
    for diagnosis in diagnoses:
        mark = "[green]✓[/]" if diagnosis.is_well else "[red]✗[/]"
        output.print(f"{mark} {diagnosis.subject}: {escape(one_line(diagnosis.sentence))}", soft_wrap=True)


def look_at(subject: str, look: Callable[[], Diagnosis | str], remedy: str) -> Diagnosis:
    """What `look` sees, a sentence or a diagnosis; where a database cannot be used, that and the `remedy`."""
    try:
        seen = look()
    except MigrationError as error:
        return Diagnosis(subject, False, str(error))
    except DBAPIError as error:
        fault = database_fault(error)
        if fault is None:
            raise
        return Diagnosis(subject, False, f"{fault}. {remedy}")
    return Diagnosis(subject, True, seen) if isinstance(seen, str) else seen
