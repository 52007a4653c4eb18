"""`qbr readiness`: whether nine nights in a row give reason to trust them, and who says so.

What belongs here: the words of the command. What the nights must show is in `review.readiness`.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from sqlalchemy.engine import make_url

from qbr_pipeline.cli.console import errors, for_programs, output, print_line
from qbr_pipeline.cli.options import database_url
from qbr_pipeline.metrics.names import MAX_AUTHOR_LENGTH
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.review.readiness import Night, NightState, Readiness
from qbr_pipeline.review.readiness import readiness as assess
from qbr_pipeline.runtime.context import RuntimeContext, prepare, require_migrated
from qbr_pipeline.settings import SettingsError
from qbr_pipeline.store.approvals import Approval, Purpose, approve, last_approval

_MOST_NAMED = 20


def readiness(
    context: typer.Context,
    of: Annotated[
        str | None,
        typer.Option(
            "--of", metavar="URL", help="The test database in which the nights ran, if not this one."
        ),
    ] = None,
    trial: Annotated[
        bool, typer.Option("--trial", help="Let nights run in this database to be looked at.")
    ] = False,
    production: Annotated[
        bool, typer.Option("--approve", help="Approve the nights for good, on this evidence.")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who approves.")] = None,
    despite: Annotated[
        str | None, typer.Option("--despite", metavar="WHY", help="Approve in spite of what is missing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether the last nine nights can be trusted, and what is missing. Exit code 0 only when nothing is."""
    name = _approver(by, asked=trial or production)
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    found = _assess(runtime, of)
    if as_json:
        json.dump({"is_ready": found.is_ready, **found.evidence}, for_programs(), indent=2)
        for_programs().write("\n")
    else:
        _print(found)
    if production and not found.is_ready and not despite:
        print_line("Not approved: something is missing. With a reason: --despite WHY.", errors, style="red")
    elif trial or production:
        evidence = {**found.evidence, "database": make_url(of or runtime.database_url).database}
        purpose = Purpose.PRODUCTION if production else Purpose.TRIAL
        _record(runtime, Approval(purpose, name, datetime.now(UTC), evidence, despite))
    elif not as_json:
        _print_approval(runtime)
    if not (found.is_ready or trial or (production and despite)):
        raise typer.Exit(1)


def _approver(by: str | None, *, asked: bool) -> str:
    name = (by or "").strip()
    if asked and not 0 < len(name) <= MAX_AUTHOR_LENGTH:
        raise SettingsError([f"--by: expected who approves, a name of at most {MAX_AUTHOR_LENGTH} letters."])
    return name


def _assess(runtime: RuntimeContext, of: str | None) -> Readiness:
    """What the nights tell of the database at the address `of`, or of our own."""
    if of is not None:
        other = {"qbr_database_url": database_url("--of", of)}
        runtime = replace(runtime, settings=runtime.settings.model_copy(update=other))
    with closing(runtime.open_database()) as database, database.read() as connection:
        return assess(connection, database, runtime.settings.review, datetime.now(UTC))


def _record(runtime: RuntimeContext, approval: Approval) -> None:
    with closing(runtime.open_database()) as database, database.begin() as connection:
        approve(connection, database, approval)
    what = "nights for good" if approval.purpose is Purpose.PRODUCTION else "nights for a trial"
    print_line(
        f"Approved by {approval.approved_by}: {what}. They run once QBR_COLLECTION_ENABLED is true and the schedule "
        "nightly_collection is on."
    )


def _print(found: Readiness) -> None:
    for night in found.nights:
        output.print(_line(night), soft_wrap=True)
    for answer in found.answers:
        mark = "[green]✓[/]" if answer.holds else "[red]✗[/]"
        output.print(f"{mark} {escape(answer.sentence)}", soft_wrap=True)
        for each in answer.missing[:_MOST_NAMED]:
            output.print(f"    {escape(one_line(each))}", soft_wrap=True)
        if len(answer.missing) > _MOST_NAMED:
            output.print(f"    and {len(answer.missing) - _MOST_NAMED} more")


def _line(night: Night) -> str:
    mark = "[green]✓[/]" if night.state is NightState.GOOD else "[red]✗[/]"
    if night.began_at is None:
        return f"{mark} {night.day}  {night.state}"
    ended = f" to {night.ended_at:%H:%M}" if night.ended_at else ""
    return f"{mark} {night.day}  {night.state}, {night.months} months, {night.began_at:%H:%M}{ended} UTC"


def _print_approval(runtime: RuntimeContext) -> None:
    with closing(runtime.open_database()) as database:
        found = database.fetch(last_approval)
    if found is None:
        print_line("Nobody has approved the nights yet: the schedule skips them.")
        return
    despite = f", although: {found.reason}" if found.reason else ""
    print_line(
        f"Approved for {found.purpose} by {found.approved_by} at {found.approved_at:%Y-%m-%d %H:%M} UTC{despite}."
    )
