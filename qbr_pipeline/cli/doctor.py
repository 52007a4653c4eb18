"""`qbr doctor`: is everything there that a collection needs, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

import typer
from rich.markup import escape
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.runtime import Surroundings, prepare
from qbr_pipeline.cli.vendors import vendors_of
from qbr_pipeline.connectwise.client import ConnectWise
from qbr_pipeline.connectwise.errors import ConnectWiseError
from qbr_pipeline.metrics.snapshots import OLDEST
from qbr_pipeline.metrics.validation import unknown_boards, unknown_statuses
from qbr_pipeline.ninja.access import InventoryError
from qbr_pipeline.ninja.inventory import Inventory
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import Settings, SettingsError
from qbr_pipeline.store import migrating


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at, whether it is well, and what it holds or what to do."""

    subject: str
    is_well: bool
    sentence: str


def doctor(context: typer.Context) -> None:
    """Look at everything a collection needs. One line each; exit code 1 when something is not well."""
    surroundings = prepare(demo=context.obj)
    now = datetime.now(UTC)
    if surroundings.settings.demo:
        with vendors_of(surroundings, "doctor") as ready:
            diagnoses = list(diagnose(ready, now))
    else:
        diagnoses = list(diagnose(surroundings, now))
    for diagnosis in diagnoses:
        mark = "[green]✓[/]" if diagnosis.is_well else "[red]✗[/]"
        output.print(f"{mark} {diagnosis.subject}: {escape(diagnosis.sentence)}", soft_wrap=True)
    if not all(diagnosis.is_well for diagnosis in diagnoses):
        raise typer.Exit(1)


def diagnose(surroundings: Surroundings, now: datetime) -> Iterator[Diagnosis]:
    """Look at one thing after the other; `now` is aware."""
    settings = surroundings.settings
    yield _settings(surroundings)
    yield _look(
        "database of the numbers", _migrated(surroundings), "Check QBR_DATABASE_URL and that the server runs."
    )
    yield _look(
        "database of Dagster", _dagster(settings), "Check DAGSTER_POSTGRES_URL and that the server runs."
    )
    yield from _connectwise(settings, now)
    yield _inventory(surroundings, now)


def _settings(surroundings: Surroundings) -> Diagnosis:
    try:
        surroundings.require_vendors()
    except SettingsError as error:
        return Diagnosis("settings", False, " ".join(error.faults))
    enabled = surroundings.settings.collection_enabled
    nightly = "on" if enabled else "off: set QBR_COLLECTION_ENABLED=true and turn the schedule on in the UI"
    return Diagnosis("settings", True, f"complete; nightly collection is {nightly}.")


def _look(subject: str, look: Callable[[], str], remedy: str) -> Diagnosis:
    try:
        return Diagnosis(subject, True, look())
    except SettingsError as error:
        return Diagnosis(subject, False, str(error))
    except OperationalError as error:
        return Diagnosis(subject, False, f"{str(error.orig).strip().splitlines()[0]}. {remedy}")


def _migrated(surroundings: Surroundings) -> Callable[[], str]:
    def look() -> str:
        pending = migrating.pending(surroundings.database_url)
        if pending:
            raise SettingsError([f"lacks the migration {', '.join(pending)}: run `qbr db upgrade`."])
        return f"reached, tables at version {migrating.current(surroundings.database_url)}."

    return look


def _dagster(settings: Settings) -> Callable[[], str]:
    def look() -> str:
        engine = create_engine(settings.dagster_postgres_url or "", poolclass=NullPool)
        with engine.connect() as connection:
            known = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one_or_none()
            if known is None:
                return "reached; Dagster makes its tables at its first start."
            runs = connection.execute(text("SELECT count(*) FROM runs")).scalar_one()
        return f"reached, {runs} runs."

    return look


def _connectwise(settings: Settings, now: datetime) -> Iterator[Diagnosis]:
    try:
        with closing(ConnectWise(settings.connectwise)) as connectwise:
            boards = connectwise.boards()
            reactive = [board for board in boards if board.name in settings.reactive_boards]
            statuses = {status.name for board in reactive for status in connectwise.statuses(board)}
    except (ConnectWiseError, SettingsError) as error:
        yield Diagnosis("ConnectWise", False, " ".join(str(error).splitlines()))
        return
    yield Diagnosis("ConnectWise", True, f"{settings.connectwise.server} lets us in, {len(boards)} boards.")
    month = Month.of(now, settings.timezone)
    findings = unknown_boards(month, settings.reactive_boards, {board.name for board in boards})
    findings += unknown_statuses(month, settings.closed_statuses, statuses)
    told = " ".join(finding.sentence for finding in findings)
    found = f"{', '.join(settings.reactive_boards)}; closed are {', '.join(settings.closed_statuses)}."
    yield Diagnosis("boards and closed statuses", not findings, told or found)


def _inventory(surroundings: Surroundings, now: datetime) -> Diagnosis:
    settings = surroundings.settings
    today = now.astimezone(settings.timezone).date()
    if not settings.demo and surroundings.database_is_embedded and not settings.qbr_inventory_database_url:
        return Diagnosis("inventory", False, "QBR_INVENTORY_DATABASE_URL is not set.")
    try:
        newest = Inventory(settings.inventory_database_url or "").latest_snapshot_date(today)
    except InventoryError as error:
        return Diagnosis("inventory", False, str(error))
    return _age(newest, today)


def _age(newest: date | None, today: date) -> Diagnosis:
    if newest is None:
        return Diagnosis("inventory", False, "holds no snapshot yet: look at the program that fills it.")
    age = today - newest
    told = f"the newest snapshot is of {newest}, {age.days} days old"
    if age > OLDEST:
        return Diagnosis("inventory", False, f"{told}: look at the program that fills it.")
    return Diagnosis("inventory", True, f"{told}.")
