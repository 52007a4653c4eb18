"""`qbr doctor`: is everything there that a collection needs, and what to do where it is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.alerts.delivery import Sender, destinations_of
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.alerts.watch import NightWatch
from qbr_pipeline.cli.diagnosis import Diagnosis, look_at, print_diagnoses
from qbr_pipeline.cli.kept_values import found_odd, oddities
from qbr_pipeline.cli.quickbooks import connection_state
from qbr_pipeline.metrics.rules.limits import SILENCE, SNAPSHOT_AGE
from qbr_pipeline.periods import Month
from qbr_pipeline.review.boards import BOARDS, Boards
from qbr_pipeline.review.checks import everything
from qbr_pipeline.runtime.context import (
    RuntimeContext,
    connect_to_dagster,
    ignored_settings,
    missing_vendors,
    prepare,
    read_settings,
    uses_embedded_dagster,
    uses_embedded_database,
)
from qbr_pipeline.runtime.nights import last_night
from qbr_pipeline.runtime.postgres.embedded import find_running, users_of
from qbr_pipeline.runtime.simulated_vendors import vendors_of
from qbr_pipeline.settings import DEVICE_SOURCES, DeviceSource, Settings, SettingsError, env_files
from qbr_pipeline.store import migrating
from qbr_pipeline.store.migrating import MigrationError
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.connectwise.boards import look_at_boards
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.http.retries import SOMEBODY_WAITS
from qbr_pipeline.vendors.ninja.access import InventoryError
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.ninja.stored import StoredSnapshots

Alert = Annotated[
    bool,
    typer.Option(
        "--alert",
        help=f"Alert the destinations of QBR_ALERT_URLS when no collection has started for {SILENCE}.",
    ),
]


def doctor(context: typer.Context, alert: Alert = False) -> None:
    """Look at everything a collection needs. One line each; exit code 1 when something is not well."""
    now = datetime.now(UTC)
    try:
        diagnoses = [
            Diagnosis("settings", context.obj, ignored)
            for ignored in ignored_settings(os.environ, demo=context.obj)
        ]
        read = read_settings(demo=context.obj)
    except SettingsError as error:
        print_diagnoses([Diagnosis("settings", False, fault) for fault in error.faults])
        raise typer.Exit(1) from None
    if read.demo:
        diagnoses.append(found_server(read))
        with vendors_of(prepare(demo=True), "doctor") as ready:
            diagnoses += list(diagnose(ready, now, alert=alert))
    elif uses_embedded_database(read):
        diagnoses.append(found_server(read))
        diagnoses += list(diagnose(prepare(demo=False), now, alert=alert))
    else:
        diagnoses += list(diagnose(RuntimeContext(read, None), now, alert=alert))
    print_diagnoses(diagnoses)
    if not all(diagnosis.is_well for diagnosis in diagnoses):
        raise typer.Exit(1)


def diagnose(runtime: RuntimeContext, now: datetime, *, alert: bool = False) -> Iterator[Diagnosis]:
    """Look at one thing after the other; `now` is aware. Starts nothing, changes nothing but for `alert` the outbox."""
    read = runtime.settings
    yield from _settings(read)
    yield look_at(
        "database of the numbers",
        lambda: _numbers(runtime),
        "Check QBR_DATABASE_URL (or PGDATABASE and the other PG variables) and that the server runs.",
    )
    yield from _kept_values(runtime, now)
    yield look_at(
        "database of Dagster",
        lambda: _dagster(runtime),
        "Check DAGSTER_POSTGRES_URL and that the server runs.",
    )
    yield from _connectwise(read, now)
    yield from _devices(runtime, now)
    if read.names_quickbooks:
        yield Diagnosis("QuickBooks", *connection_state(runtime))
    yield from _destinations(read)
    if alert:
        yield look_at("nights", lambda: _nights(runtime, now), "Nobody was alerted.")


def found_server(read: Settings) -> Diagnosis:
    """What was found of the embedded server, before anything of ours has started it."""
    subject = "embedded PostgreSQL"
    running = find_running(read.home)
    if running is not None:
        since = datetime.fromtimestamp(running.create_time(), read.timezone)
        return Diagnosis(subject, True, f"runs as process {running.pid}, since {since:%Y-%m-%d %H:%M}.")
    users = users_of(read.home)
    if users:
        return Diagnosis(
            subject,
            False,
            f"was not running, although process {', '.join(map(str, users))} needs it: it was killed, or its disk was "
            f"full; see {read.home / 'postgres' / 'log'}. It has been started for this check.",
        )
    return Diagnosis(subject, True, "was not running, and nothing needed it; started for this check.")


def _destinations(read: Settings) -> Iterator[Diagnosis]:
    for position, destination in enumerate(destinations_of(read), start=1):
        sentence = f"destination {position} of QBR_ALERT_URLS ({destination.label})"
        if destination.is_understood:
            yield Diagnosis("alerts", True, f"{sentence} is understood.")
        else:
            yield Diagnosis("alerts", False, f"{sentence} is not an address that Apprise knows.")


def _nights(runtime: RuntimeContext, now: datetime) -> Diagnosis | str:
    read, destinations = runtime.settings, destinations_of(runtime.settings)
    if not read.collection_enabled:
        return "QBR_COLLECTION_ENABLED is not true: nobody is alerted."
    if not destinations:
        return Diagnosis("nights", False, "QBR_ALERT_URLS names no destination: nobody can be alerted.")
    sender = Sender(read.organization_name, Links.of(read))
    with closing(runtime.open_database()) as database:
        watch = NightWatch(database, destinations, sender, lambda: now, last_night=lambda: last_night(read))
        sight = watch.look()
    if sight.night_is_missing:
        sent = f"alerts delivered: {sight.delivered.arrived}"
        return Diagnosis("nights", False, f"no nightly collection has begun for {SILENCE}; {sent}.")
    return f"a collection has begun within {SILENCE}, or none ever has."


def _settings(read: Settings) -> Iterator[Diagnosis]:
    files = ", ".join(str(file) for file in env_files(os.environ))
    if files:
        yield Diagnosis("settings", True, f"what the environment does not set is read from {files}.")
    missing = [] if read.demo else missing_vendors(read)
    for fault in missing:
        yield Diagnosis("settings", False, fault)
    if not missing:
        nightly = (
            "on, once the schedule is turned on in the UI"
            if read.collection_enabled
            else "off: to collect each night, set QBR_COLLECTION_ENABLED=true and turn the schedule on in the UI"
        )
        yield Diagnosis("settings", True, f"complete; the nightly collection is {nightly}.")


def _numbers(runtime: RuntimeContext) -> Diagnosis | str:
    schema = runtime.settings.database_schema
    pending = migrating.pending(runtime.database_url, schema=schema)
    if pending and runtime.database_is_embedded:
        return f"embedded, below {runtime.settings.home}; the next command makes its tables."
    if pending:
        return Diagnosis(
            "database of the numbers",
            False,
            f"reached, but it lacks the migration {', '.join(pending)}: run `qbr db upgrade`.",
        )
    where = f" in schema {schema}" if schema else ""
    return f"reached, tables{where} at version {migrating.current(runtime.database_url, schema=schema)}."


def _kept_values(runtime: RuntimeContext, now: datetime) -> Iterator[Diagnosis]:
    """What is odd about the kept values; nothing where there are none yet, or all is well."""
    try:
        if migrating.pending(runtime.database_url, schema=runtime.settings.database_schema):
            return
        with closing(runtime.open_database()) as database, database.read() as connection:
            found = [*oddities(connection, database), *found_odd(connection, database, now)]
    except (MigrationError, DBAPIError):  # said by the look at the database itself
        return
    for sentence in found:
        yield Diagnosis("kept values", False, sentence)


def _dagster(runtime: RuntimeContext) -> str:
    read = runtime.settings
    if uses_embedded_dagster(read) and runtime.server is None:
        return f"embedded, below {read.home}; started when it is needed."
    with connect_to_dagster(read) as connection:
        if connection.execute(text("SELECT to_regclass('runs')")).scalar_one_or_none() is None:
            return "reached; Dagster makes its tables at its first start."
        runs = connection.execute(text("SELECT count(*) FROM runs")).scalar_one()
    return f"reached, {runs} runs."


def _connectwise(read: Settings, now: datetime) -> Iterator[Diagnosis]:
    try:
        access = read.connectwise
    except SettingsError:
        yield Diagnosis("ConnectWise", False, "cannot be checked until its settings are complete.")
        return
    try:
        with closing(ConnectWise(access, SOMEBODY_WAITS)) as connectwise:
            found = look_at_boards(connectwise, read.reactive_boards, read.closed_statuses)
    except VendorError as error:
        yield Diagnosis("ConnectWise", False, str(error))
        return
    yield Diagnosis("ConnectWise", True, f"{access.server} grants access, {len(found.boards)} boards.")
    findings = everything(BOARDS.run(Boards.of(found, Month.of(now, read.timezone))))
    for finding in findings:
        yield Diagnosis("boards and closed statuses", False, finding.sentence)
    if not findings:
        closed = (
            "as ConnectWise flags them" if read.closed_statuses is None else ", ".join(read.closed_statuses)
        )
        sentence = f"{', '.join(read.reactive_boards)}; closed are {closed}."
        yield Diagnosis("boards and closed statuses", True, sentence)


def _devices(runtime: RuntimeContext, now: datetime) -> Iterator[Diagnosis]:
    read = runtime.settings
    counted, compared = read.counted_device_source, read.compared_device_source
    if DeviceSource.NINJA in (counted, compared):
        yield _ninja(read)
    if counted is DeviceSource.NINJA:
        subject = "device snapshots"
        yield look_at(subject, lambda: _stored_snapshots(runtime, now), "Nothing is known of them.")
    if DeviceSource.INVENTORY in (counted, compared):
        yield _inventory(read, now)
    also = f", and compared with {DEVICE_SOURCES[compared]}" if compared else ""
    yield Diagnosis(
        "devices",
        True,
        f"are read from {DEVICE_SOURCES[counted]}{also}; they are counted {read.device_rule}.",
    )


def _ninja(read: Settings) -> Diagnosis:
    try:
        access = read.ninja
    except SettingsError:
        return Diagnosis("NinjaOne", False, "cannot be checked until its settings are complete.")
    try:
        with closing(NinjaOne(access, SOMEBODY_WAITS)) as ninja:
            organizations = ninja.organizations()
    except VendorError as error:
        return Diagnosis("NinjaOne", False, str(error))
    return Diagnosis(
        "NinjaOne", True, f"{access.server} grants access, {len(organizations):,} organizations."
    )


def _stored_snapshots(runtime: RuntimeContext, now: datetime) -> Diagnosis | str:
    if migrating.pending(runtime.database_url, schema=runtime.settings.database_schema):
        return "none yet; the tables are made first."
    today = now.astimezone(runtime.settings.timezone).date()
    with closing(runtime.open_database()) as database:
        newest = StoredSnapshots(database).latest_snapshot_date(today)
    if newest is None:
        return "none yet: the first collection stores one."
    words = f"the newest one is of {newest}, {(today - newest).days} days old"
    if today - newest > SNAPSHOT_AGE.duration:
        return Diagnosis("device snapshots", False, f"{words}: see why the collection stores none.")
    return f"{words}."


def _inventory(read: Settings, now: datetime) -> Diagnosis:
    today = now.astimezone(read.timezone).date()
    if uses_embedded_database(read) and not read.qbr_inventory_database_url:
        return Diagnosis("inventory", False, "cannot be read until QBR_INVENTORY_DATABASE_URL is set.")
    try:
        newest = Inventory(read.inventory_database_url or "").latest_snapshot_date(today)
    except InventoryError as error:
        return Diagnosis("inventory", False, str(error))
    return _age(newest, today)


def _age(newest: date | None, today: date) -> Diagnosis:
    if newest is None:
        return Diagnosis("inventory", False, "holds no snapshot yet: check the program that fills it.")
    age = today - newest
    words = f"the newest snapshot is of {newest}, {age.days} days old"
    if age > SNAPSHOT_AGE.duration:
        return Diagnosis("inventory", False, f"{words}: check the program that fills it.")
    return Diagnosis("inventory", True, f"{words}.")
