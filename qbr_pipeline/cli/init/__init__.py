"""`qbr init`: asks for what is missing, tries it, and keeps it in a file `.env`.

What belongs here: the command, in the order in which a person meets it. What does not: what each subject asks and
tries (`connectwise`, `databases`), and what is known so far (`draft`).
"""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qbr_pipeline.cli.console import errors, output, print_line
from qbr_pipeline.cli.init.connectwise import choose_boards, choose_closed_statuses, sign_in
from qbr_pipeline.cli.init.databases import ask_for_devices, ask_for_numbers
from qbr_pipeline.cli.init.draft import Draft, given_values
from qbr_pipeline.cli.questions import NoAnswerError, Questions, choice_of
from qbr_pipeline.runtime.context import uses_embedded_database
from qbr_pipeline.runtime.private import make_private
from qbr_pipeline.settings import SettingsError, with_env_files
from qbr_pipeline.settings.env_file import NAME, read_env_file, write_env_file

Given = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A value that is not asked for, repeatable; NAME alone takes that of the environment.",
    ),
]
Here = Annotated[
    bool | None, typer.Option("--here/--home", help="Keep it in the working directory, or in QBR_HOME.")
]
Yes = Annotated[
    bool,
    typer.Option("--yes", help="Ask nothing: take what would be offered, and replace what the file says."),
]


def init(context: typer.Context, given: Given = [], here: Here = None, yes: Yes = False) -> None:  # noqa: B006
    """Ask for what is missing to reach your vendors and databases, try it, and keep it in a file .env."""
    if context.obj:
        raise SettingsError(["`qbr init` is about your own vendors; the demo needs no settings."])
    draft = Draft(with_env_files(os.environ), given_values(given, os.environ))
    questions = Questions(take_defaults=yes)
    try:
        file = _file(draft, questions, here)
        _ask(draft, questions)
        written = _keep(draft, questions, file)
    except NoAnswerError as error:
        print_line(str(error), errors, style="red")
        raise typer.Exit(1) from None
    if not written:
        output.print("Nothing was written.")
        raise typer.Exit(1)
    _say_what_is_next(draft, file)


def _file(draft: Draft, questions: Questions, here: bool | None) -> Path:
    """The file that is to hold the answers; SettingsError when none can be made there."""
    places = [draft.settings.home / NAME, Path(NAME).absolute()]
    if here is None and places[0] != places[1]:
        output.print("Where shall the settings be kept? Both files are read, the second one first.")
        for number, place in enumerate(places, start=1):
            output.print(f"  {number}  {place}", markup=False, soft_wrap=True)
        chosen = questions.ask("File", choice_of([str(place) for place in places]), default="1")
        file = Path(chosen[0])
    else:
        file = places[bool(here)]
    if not draft.settings.reads_env_files:
        raise SettingsError(
            ["QBR_DOTENV is false: no file .env would be read. Unset it, and run this again."]
        )
    there = next(folder for folder in (file.parent, *file.parent.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        raise SettingsError([f"{file} cannot be written: {there} is not yours to write in."])
    return file


def _ask(draft: Draft, questions: Questions) -> None:
    now = datetime.now(UTC)
    with closing(sign_in(draft, questions)) as connectwise:
        boards = choose_boards(draft, questions, connectwise, now)
        choose_closed_statuses(draft, questions, connectwise, boards, now)
    draft.ask(questions, "QBR_TIMEZONE", default=draft.settings.timezone.key)
    ask_for_numbers(draft, questions)
    ask_for_devices(draft, questions, now.astimezone(draft.settings.timezone).date())


def _keep(draft: Draft, questions: Questions, file: Path) -> bool:
    """Write what was answered; whether somebody wanted that. SettingsError when the file cannot be written."""
    output.print(f"{file} is to say:", markup=False, soft_wrap=True)
    for line in draft.lines():
        output.print(f"  {line}", markup=False, soft_wrap=True)
    if file.exists():
        held = read_env_file(file, draft.answers)
        changed = [name for name, value in draft.answers.items() if held.get(name, value) != value]
        question = (
            f"It is there already: replace {', '.join(changed)} in it"
            if changed
            else "It is there already: add to it"
        )
        if not questions.agrees(f"{question}, and keep every other line?"):
            return False
    try:
        if file.parent != Path.cwd():
            make_private(file.parent)
        write_env_file(file, draft.answers)
    except OSError as error:
        raise SettingsError([f"{file} cannot be written: {error.strerror}. It is as it was."]) from error
    return True


def _say_what_is_next(draft: Draft, file: Path) -> None:
    print_line(f"Written: {file}, which nobody else may read.")
    effective = with_env_files(os.environ)
    if others := [name for name, value in draft.answers.items() if effective.get(name) != value]:
        print_line(
            f"The environment, or the file .env of the working directory, says otherwise of {', '.join(others)},"
            " and wins.",
            errors,
            style="yellow",
        )
    upgrade = "" if uses_embedded_database(draft.settings) else "`qbr db upgrade` makes the tables, "
    print_line(f"Next: {upgrade}`qbr doctor` looks at everything again, and `qbr up` collects.")
