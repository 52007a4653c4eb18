"""Entering values: what a person says of a month is validated and written; what follows is refreshed and reviewed.

What belongs here: that one way, for the API and the command line alike, and its rehearsal. What does not: understanding
a request or a command, and writing itself (`store.entries`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from qbr_pipeline.metrics.accounts import OWNERS_FIGURES
from qbr_pipeline.metrics.catalogue import Metric, find_metric
from qbr_pipeline.metrics.payroll import EXPENSE, PAYROLL, employee_expense, how, owners_pay_missing
from qbr_pipeline.metrics.values import InvalidValueError, parse_value
from qbr_pipeline.periods import Month
from qbr_pipeline.review.mapping import count_books
from qbr_pipeline.review.reviewing import review_after_all
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.averages import follow_expenses, lock_with_next_year
from qbr_pipeline.store.database import Database, clock
from qbr_pipeline.store.entries import Entered, enter_within
from qbr_pipeline.store.values import Origin, ValueChangeCause, present, read_values


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody says: values by metric as they were given, and metrics to hand back.

    Metrics go by their keys. `expected`: what they saw of some metrics, None for absent. `key_name`: whose API key
    it came with, None for the command line. `payroll`: with the owner's pay in it, instead of employee expense.
    `notes`: of single metrics, in the place of `note`.
    """

    by: str
    values: Mapping[str, object] = field(default_factory=dict)
    released: Sequence[str] = ()
    note: str | None = None
    key_name: str | None = None
    expected: Mapping[str, Decimal | None] = field(default_factory=dict)
    payroll: object = None
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryOutcome(Entered):
    """What an entry did, or would do: the metrics it named, their values as stored, and why the others cannot be."""

    named: tuple[Metric, ...]
    values: Mapping[str, Decimal]
    faults: Mapping[str, InvalidValueError]


class NotReviewedError(RuntimeError):
    """What was entered is stored, and could not be reviewed: findings may be out of date until the next change."""


def enter_values(
    database: Database,
    settings: ReviewSettings,
    month: Month,
    entry: Entry,
    now: datetime,
    *,
    rehearsal: bool = False,
) -> EntryOutcome:
    """Validate what is said of `month`, write, refresh and review, in this order: all of it, or none.

    `now` is aware. `rehearsal`: say what the values without a fault would do, and keep nothing. InvalidValueError for
    the first value with a fault, EntryRejectedError and ConflictError as `store.entries.enter`, NotReviewedError once
    it is stored.
    """
    return enter_months(database, settings, {month: entry}, now, rehearsal=rehearsal)[month]


def enter_months(
    database: Database,
    settings: ReviewSettings,
    entries: Mapping[Month, Entry],
    now: datetime,
    *,
    finish: Callable[[Connection], None] | None = None,
    rehearsal: bool = False,
) -> dict[Month, EntryOutcome]:
    """The same for what is said of several months: all of it in one transaction, or none.

    `finish`: what else belongs into the transaction, done last.
    """
    validated = {month: _validated(entry.values) for month, entry in entries.items()}
    if not rehearsal:
        _require_faultless(faults for _, faults in validated.values())
    outcomes: dict[Month, EntryOutcome] = {}
    with database.rehearse() if rehearsal else database.begin() as connection:
        lock_with_next_year(connection, database, entries)
        for month, entry in sorted(entries.items()):
            values, faults = validated[month]
            try:
                payroll = _payroll(connection, database, month, entry, values)
            except InvalidValueError as error:
                if not rehearsal:
                    raise
                payroll, faults[PAYROLL.key] = None, error
            entered = enter_within(
                connection,
                database,
                month,
                values,
                entry.released,
                by=entry.by,
                note=entry.note,
                key_name=entry.key_name,
                now=now,
                expected=entry.expected,
                payroll=payroll,
                notes=entry.notes,
            )
            named = _named(entry)
            outcomes[month] = EntryOutcome(entered.changes, entered.moved, named, values, faults)
        averaged = _follow_expenses(connection, database, entries, outcomes, now)
        if finish is not None:
            finish(connection)
    return outcomes if rehearsal else _review(database, settings, outcomes, averaged, now)


def _follow_expenses(
    connection: Connection,
    database: Database,
    entries: Mapping[Month, Entry],
    outcomes: Mapping[Month, EntryOutcome],
    now: datetime,
) -> dict[Month, set[str]]:
    """Bring the averages up to date that the next year has of changed expenses; the metrics that this changed."""
    changed: dict[Month, set[str]] = {}
    first_changed: dict[int, Month] = {}  # by year: all its months give one average
    for month, outcome in outcomes.items():
        if any(each.metric == "total_expenses" for each in outcome.changes):
            first_changed.setdefault(month.year, month)
    for month in first_changed.values():
        entry = entries[month]
        origin = Origin(ValueChangeCause.DERIVED, clock(connection), by=entry.by, key_name=entry.key_name)
        for other, changes in follow_expenses(connection, database, [month], now, origin).items():
            changed[other] = {each.metric for each in changes}
    return changed


def _named(entry: Entry) -> tuple[Metric, ...]:
    said = () if entry.payroll is None else (EXPENSE,)
    return (*(find_metric(key) for key in (*entry.values, *entry.released)), *said)


def _payroll(
    connection: Connection, database: Database, month: Month, entry: Entry, values: Mapping[str, Decimal]
) -> Decimal | None:
    """What is said of payroll; InvalidValueError where employee expense cannot follow from it."""
    if entry.payroll is None:
        return None
    payroll = parse_value(entry.payroll, PAYROLL)
    if EXPENSE.key in {*entry.values, *entry.released}:
        sentence = f"{PAYROLL.label}: it gives {EXPENSE.label}: say one of them"
        raise InvalidValueError(PAYROLL.key, sentence)
    kept = present(read_values(connection, database, month))
    known = {**{key: value for key, value in kept.items() if key not in entry.released}, **values}
    missing = owners_pay_missing(known)
    if missing:
        sentence = f"{' and '.join(missing)} of {month} must be entered first, or together with it"
        raise InvalidValueError(PAYROLL.key, f"{PAYROLL.label}: {sentence}")
    if employee_expense(payroll, known) is None:
        sentence = f"{how(payroll, known).removeprefix('computed: payroll ')} is less than nothing"
        raise InvalidValueError(PAYROLL.key, f"{PAYROLL.label}: {sentence}")
    return payroll


def _require_faultless(faults: Iterable[Mapping[str, InvalidValueError]]) -> None:
    for each in faults:
        if each:
            raise next(iter(each.values()))


def _review(
    database: Database,
    settings: ReviewSettings,
    outcomes: Mapping[Month, EntryOutcome],
    averaged: Mapping[Month, set[str]],
    now: datetime,
) -> dict[Month, EntryOutcome]:
    """Count the books anew where an owner's figure decides, and review it all; the outcomes with what that changed."""
    changed = {
        month: {*(each.key for each in outcome.named), *(each.metric for each in outcome.changes)}
        for month, outcome in outcomes.items()
    }
    for month, metrics in averaged.items():
        changed[month] = changed.get(month, set()) | metrics
    counted = [month for month, metrics in changed.items() if metrics & set(OWNERS_FIGURES)]
    try:
        booked = count_books(database, settings, counted, now).published if counted else {}
        review_after_all(database, settings, changed, now)
    except Exception as error:
        raise NotReviewedError(
            "What was entered is stored, but could not be reviewed at the moment: findings may be out of date "
            "until the next change or collection."
        ) from error
    return {
        month: replace(outcome, changes=outcome.changes + booked.get(month, ()))
        for month, outcome in outcomes.items()
    }


def _validated(
    given: Mapping[str, object],
) -> tuple[dict[str, Decimal], dict[str, InvalidValueError]]:
    """The values that metrics can hold, and why the others cannot be stored."""
    values: dict[str, Decimal] = {}
    faults: dict[str, InvalidValueError] = {}
    for key, value in given.items():
        try:
            values[key] = parse_value(value, find_metric(key))
        except InvalidValueError as error:
            faults[key] = error
    return values, faults
