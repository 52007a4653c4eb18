"""`qbr show`: the metrics and SmartNumbers of a month or quarter, as a table, as CSV or as JSON."""

from __future__ import annotations

import calendar
import csv
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from qbr_pipeline.cli.console import for_programs, output, print_line
from qbr_pipeline.files.cells import guarded
from qbr_pipeline.metrics.absence import Absence, AbsenceCode
from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import why_absent
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumber, smartnumbers_of
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.periods import Month, Period, Quarter, parse_period
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.runtime.context import prepare, require_migrated
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, State, find
from qbr_pipeline.store.reading import (
    organization_name,
    read_quarterly,
    read_smartnumbers,
)
from qbr_pipeline.store.values import read_facts, read_values, source_of

MOST_FINDINGS = 20
"""How many findings are written out below the tables."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a period. `value` None is absent, for a reason; `display` is the value as a person reads it."""

    period: str
    kind: str
    section: str
    name: str
    label: str
    value: Decimal | None
    display: str
    unit: str
    source: str
    provisional: bool
    months_used: tuple[Month, ...]
    absent_because: AbsenceCode | None


def show(
    context: typer.Context,
    period: Annotated[
        str | None,
        typer.Argument(
            metavar="[PERIOD]",
            help="A month such as 2025-03 or a quarter such as 2025-Q1; the current quarter by default.",
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV; an absent value is empty.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; values are exact text, an absent one is null.")
    ] = False,
) -> None:
    """Print the metrics and SmartNumbers of a month or quarter. A dash is absent; * is provisional; ! is found odd."""
    if as_csv and as_json:
        raise typer.BadParameter("--csv and --json: one of the two.")
    wanted = parse_period(period) if period is not None else None
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    now = datetime.now(UTC)
    chosen = wanted or Month.of(now, runtime.settings.timezone).quarter
    with closing(runtime.open_database()) as database, database.read() as connection:
        lines = read_lines(connection, database, chosen, now)
        title = organization_name(connection, database) or ""
        open_ = _open_findings(connection, database, chosen, now)
    if as_csv:
        write_csv(lines, title)
    elif as_json:
        write_json(lines, title)
    else:
        for heading, kind in (("Metrics", "metric"), ("SmartNumbers", "smartnumber")):
            chosen_lines = [line for line in lines if line.kind == kind]
            output.print(table_of(chosen, f"{heading} of {chosen}, {title}", chosen_lines))
        output.print("– absent   * provisional: not over yet, or not every month of it is there", style="dim")
        for sentence in open_:
            print_line(f"! {sentence}")


def _open_findings(connection: Connection, database: Database, period: Period, now: datetime) -> list[str]:
    """What is found odd of a month, or of a quarter and its months, and nobody has answered yet, in sentences."""
    months = period.months if isinstance(period, Quarter) else (period,)
    wanted = FindingFilter(states=[State.OPEN], first=months[0], last=months[-1])
    if isinstance(period, Month):
        wanted = FindingFilter(states=[State.OPEN], period=period)
    page = find(connection, database, wanted, now, limit=MOST_FINDINGS, offset=0)
    chosen_lines = [each.finding.sentence for each in page.findings]
    return (
        chosen_lines
        if page.total <= len(chosen_lines)
        else [*chosen_lines, f"and {page.total - len(chosen_lines)} more"]
    )


def read_lines(connection: Connection, database: Database, period: Period, now: datetime) -> list[Line]:
    """Every metric and SmartNumber of `period`, absent ones too; `now` (aware) says whether a month is over."""
    months = period.months if isinstance(period, Quarter) else (period,)
    facts = [read_facts(connection, database, month, now) for month in months]
    return _metrics(connection, database, period, facts) + _smartnumbers(connection, database, period, facts)


def _metrics(
    connection: Connection, database: Database, period: Period, facts: Sequence[MonthFacts]
) -> list[Line]:
    kept: dict[str, tuple[Decimal | None, str, tuple[Month, ...]]]
    if isinstance(period, Month):
        kept = {
            key: (each.value, source_of(METRICS[key], each.source).value, (period,))
            for key, each in read_values(connection, database, period).items()
            if key in METRICS
        }
    else:
        kept = {
            key: (each.value, METRICS[key].roll_up.value, each.months_used)
            for key, each in read_quarterly(connection, database, period).items()
        }
    lines = []
    for key, metric in METRICS.items():
        value, source, months = kept.get(key, (None, "", ()))
        if value is None:
            lines.append(_line(period, metric, absence=why_absent(key, facts)))
        else:
            provisional = not facts[-1].is_over or len(months) < len(facts)
            lines.append(_line(period, metric, value, source, months, provisional=provisional))
    return lines


def _smartnumbers(
    connection: Connection, database: Database, period: Period, facts: Sequence[MonthFacts]
) -> list[Line]:
    stored = read_smartnumbers(connection, database, period)
    computed = smartnumbers_of(period, facts)
    lines = []
    for key, number in SMARTNUMBERS.items():
        kept = stored.get(key)
        months = kept.months_used if kept else ()
        if kept is None or kept.value is None:
            lines.append(_line(period, number, months=months, absence=computed[key].absence))
        else:
            lines.append(_line(period, number, kept.value, "computed", months, provisional=kept.provisional))
    return lines


def _line(
    period: Period,
    which: Metric | SmartNumber,
    value: Decimal | None = None,
    source: str = "",
    months: tuple[Month, ...] = (),
    *,
    provisional: bool = False,
    absence: Absence | None = None,
) -> Line:
    section = which.section if isinstance(which, Metric) else which.group
    return Line(
        period=str(period),
        kind="metric" if isinstance(which, Metric) else "smartnumber",
        section=section.value,
        name=which.key,
        label=which.label,
        value=value,
        display=_display(which, value),
        unit=which.unit.value,
        source=source,
        provisional=provisional,
        months_used=months,
        absent_because=absence.code if absence else None,
    )


def _display(which: Metric | SmartNumber, value: Decimal | None) -> str:
    if value is None:
        return "–"
    return in_words(value, which.unit) if isinstance(which, Metric) else which.display(value)


def table_of(period: Period, title: str, lines: Sequence[Line]) -> Table:
    """`lines` of one period as a table, their sections as headings."""
    table = _table(title)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("source" if isinstance(period, Month) else "months", no_wrap=True)
    for section in dict.fromkeys(line.section for line in lines):
        table.add_section()
        table.add_row(f"[bold]{section}[/]")
        for line in lines:
            if line.section == section:
                table.add_row(line.label, _marked(line), _remark(line, period))
    return table


def _remark(line: Line, period: Period) -> str:
    if line.absent_because is not None:
        return line.absent_because.replace("_", " ")
    return line.source if isinstance(period, Month) else _in_short(line.months_used)


def smartnumbers_table(
    connection: Connection, database: Database, quarters: Sequence[Quarter], now: datetime
) -> Table:
    """The SmartNumbers of several quarters side by side; `now` (aware) says which months are over."""
    table = _table(f"SmartNumbers, {organization_name(connection, database)}")
    columns = [
        _smartnumbers(
            connection,
            database,
            quarter,
            [read_facts(connection, database, month, now) for month in quarter.months],
        )
        for quarter in quarters
    ]
    for quarter in quarters:
        table.add_column(str(quarter), justify="right", no_wrap=True)
    for section, rows in groupby(zip(*columns, strict=True), lambda row: row[0].section):
        table.add_section()
        table.add_row(f"[bold]{section}[/]")
        for row in rows:
            table.add_row(row[0].label, *(_marked(line) for line in row))
    return table


def _table(title: str) -> Table:
    table = Table(title=escape(one_line(title)), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", max_width=47)
    return table


def _marked(line: Line) -> str:
    return f"{line.display}{'*' if line.provisional else ' '}"


def _in_short(months: Sequence[Month]) -> str:
    return " ".join(calendar.month_abbr[month.month] for month in months)


_FIELDS = tuple(field.name for field in fields(Line) if field.name != "display")


def write_csv(lines: Sequence[Line], organization: str) -> None:
    """Print `lines` as CSV: exact values, an absent one empty, no text that a spreadsheet takes for a formula."""
    writer = csv.writer(for_programs())
    writer.writerow(("organization", *_FIELDS))
    for line in lines:
        writer.writerow([guarded(organization), *(_cell(getattr(line, field)) for field in _FIELDS)])


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return str(value)
        case tuple():
            return " ".join(str(month) for month in value)
    return guarded(str(value))


def write_json(lines: Sequence[Line], organization: str) -> None:
    """Print `lines` as JSON: exact values as text, an absent one null."""
    listed = [
        {"organization": organization, **{field: getattr(line, field) for field in _FIELDS}} for line in lines
    ]
    stream = for_programs()
    json.dump(listed, stream, default=str, ensure_ascii=False, indent=2)
    stream.write("\n")
