"""Carrying reviews out: gathering facts, judging them, and keeping what is found.

What belongs here: which reviews follow a change, and the order of their steps. What does not: which checks there are
(`months`, `quarters`, `published`, `staged`, `boards`).

Facts are gathered, judged and recorded in one transaction that alone reviews its period: the review that records last
has also read last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.rules.limits import BASELINE_MONTHS
from qbr_pipeline.metrics.rules.table import POINT_RULES
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.review.books import BOOKS
from qbr_pipeline.review.checks import CheckResults, Facts, Review, ReviewContext
from qbr_pipeline.review.months import MONTHLY_METRICS, MONTHLY_SMARTNUMBERS
from qbr_pipeline.review.published import PUBLISHED
from qbr_pipeline.review.quarters import QUARTERLY_METRICS, QUARTERLY_SMARTNUMBERS
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.database import Database, lock_findings
from qbr_pipeline.store.findings.reading import StoredFinding, reached_thresholds
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.reading import months_with_values

OF_VALUES: tuple[Review[Any], ...] = (MONTHLY_METRICS, MONTHLY_SMARTNUMBERS)
OF_A_MONTH: tuple[Review[Any], ...] = (*PUBLISHED, BOOKS, *OF_VALUES)
OF_A_QUARTER: tuple[Review[Any], ...] = (QUARTERLY_METRICS, QUARTERLY_SMARTNUMBERS)
"""The reviews whose facts are all in the database, whatever brought them there."""


def carry_out(
    database: Database,
    settings: ReviewSettings,
    review: Review[Facts],
    period: Period,
    now: datetime,
    *,
    run_id: str | None = None,
) -> CheckResults:
    """What each check of `review` finds in `period` at the aware moment `now`; it is recorded too.

    `run_id`: the collection on whose behalf it is, where the review looks at what one has put aside or published.
    """
    with database.begin() as connection:
        lock_findings(connection, database, period)
        return _carry_out(
            connection, review, ReviewContext(connection, database, settings, period, now, run_id)
        )


def review_month(
    database: Database,
    settings: ReviewSettings,
    month: Month,
    now: datetime,
    reviews: Iterable[Review[Any]] = OF_A_MONTH,
) -> None:
    """Review all of a month that is in the database, in one transaction; `now` is aware."""
    _review(database, settings, month, now, reviews)


def review_quarter(database: Database, settings: ReviewSettings, quarter: Quarter, now: datetime) -> None:
    """The same for a quarter."""
    _review(database, settings, quarter, now, OF_A_QUARTER)


def review_after(
    database: Database, settings: ReviewSettings, month: Month, metrics: Iterable[str], now: datetime
) -> None:
    """Review what a change of some metrics of `month` concerns, so that findings are right with no Dagster running.

    The month and its quarter; and the months that are compared with it, if they have values and have begun. A month
    before QBR_START_MONTH is not reviewed itself.
    """
    review_after_all(database, settings, {month: metrics}, now)


def review_after_all(
    database: Database, settings: ReviewSettings, changed: Mapping[Month, Iterable[str]], now: datetime
) -> None:
    """The same for changes of several months, each period once."""
    start, current = settings.start_month, Month.of(now, database.timezone)
    for month in sorted(changed):
        if month >= start:
            review_month(database, settings, month, now)
    watched = [
        month
        for month, metrics in changed.items()
        if any(METRICS[key].watched is not None for key in metrics)
    ]
    if watched:
        known = set(database.fetch(months_with_values))
        compared = {each for month in watched for each in compared_with(month)} - set(changed)
        for each in sorted(compared & known):
            if start <= each <= current:
                review_month(database, settings, each, now, OF_VALUES)
    for quarter in sorted({month.quarter for month in changed}):
        if quarter.months[-1] >= start:
            review_quarter(database, settings, quarter, now)


def review_after_thresholds(
    database: Database, settings: ReviewSettings, names: Iterable[str], now: datetime
) -> None:
    """Review what other thresholds of some metrics or SmartNumbers concern.

    Those are the months that a night collects, as far as they have values, with their quarters, and every period that
    still has a finding about such a threshold.
    """
    current, start = Month.of(now, database.timezone), settings.start_month
    oldest = max(start, current.plus(1 - settings.months_to_collect))
    months = {each for each in database.fetch(months_with_values) if oldest <= each <= current}
    periods: set[Period] = months | {month.quarter for month in months}
    for period in sorted(periods | database.fetch(reached_thresholds, set(names)), key=str):
        if isinstance(period, Month):
            review_month(database, settings, period, now, OF_VALUES)
        else:
            review_quarter(database, settings, period, now)


def review_after_decision(
    database: Database, settings: ReviewSettings, decided: StoredFinding, now: datetime
) -> None:
    """Review what it concerns that somebody said something of a finding: an expected value leaves the baselines."""
    finding = decided.finding
    if finding.rule in POINT_RULES and isinstance(finding.period, Month) and finding.subject in METRICS:
        review_after(database, settings, finding.period, [finding.subject], now)


def compared_with(month: Month) -> Iterable[Month]:
    """The months that are compared with `month`: a change of a watched metric of it concerns them too."""
    return Month.span(month.next, month.plus(BASELINE_MONTHS.whole))


def _review(
    database: Database,
    settings: ReviewSettings,
    period: Period,
    now: datetime,
    reviews: Iterable[Review[Any]],
) -> None:
    with database.begin() as connection:
        lock_findings(connection, database, period)
        for review in reviews:
            _carry_out(connection, review, ReviewContext(connection, database, settings, period, now))


def _carry_out(connection: Connection, review: Review[Facts], context: ReviewContext) -> CheckResults:
    facts = review.gather(context)
    results = review.run(facts)
    selected = review.select(context, facts, results)
    record(connection, context.database, review.scope, context.period, selected, context.now)
    return results
