"""`qbr show`: the metrics and SmartNumbers of a month or quarter, as a table, as CSV or as JSON."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table

from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.runtime import prepare, require_migrated
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.periods import Month, Period, Quarter, parse_period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.reading import month_values, organization_name, quarterly_metrics, stored_smartnumbers


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a period. `value` None is absent; `shown` is the value as a person reads it."""

    period: str
    kind: str
    section: str
    name: str
    label: str
    value: Decimal | None
    shown: str
    unit: str
    source: str
    provisional: bool
    months_used: str


def show(
    context: typer.Context,
    period: Annotated[
        str | None, typer.Argument(help="A month or quarter; the current quarter by default.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the metrics and SmartNumbers of a month or quarter. A dash is absent; * is provisional."""
    wanted = parse_period(period) if period else None
    surroundings = prepare(demo=context.obj)
    require_migrated(surroundings)
    now = datetime.now(UTC)
    chosen = wanted or Month.of(now, surroundings.settings.timezone).quarter
    with closing(surroundings.open_database()) as database:
        lines = read_lines(database, chosen, now)
        title = organization_name(database) or ""
    if as_csv:
        _write_csv(lines)
    elif as_json:
        _write_json(lines)
    else:
        for heading, kind in (("Metrics", "metric"), ("SmartNumbers", "smartnumber")):
            output.print(table_of(f"{heading} of {chosen}, {title}", [x for x in lines if x.kind == kind]))
        output.print("– absent   * provisional: not every month of it is over and complete", style="dim")


def read_lines(database: Database, period: Period, now: datetime) -> list[Line]:
    """Every metric and SmartNumber of `period`, absent ones too; `now` (aware) says whether a month is over."""
    metrics = _monthly(database, period, now) if isinstance(period, Month) else _quarterly(database, period)
    return metrics + _smartnumbers(database, period)


def _monthly(database: Database, month: Month, now: datetime) -> list[Line]:
    stored = month_values(database, month)
    is_over = month.is_over(now, database.timezone)
    return [
        _metric_line(
            month,
            key,
            stored[key].value if key in stored else None,
            stored[key].source.value if key in stored else "",
            provisional=not is_over,
            months=(month,),
        )
        for key in METRICS
    ]


def _quarterly(database: Database, quarter: Quarter) -> list[Line]:
    stored = quarterly_metrics(database, quarter)
    return [
        _metric_line(
            quarter,
            key,
            stored[key].value if key in stored else None,
            METRICS[key].roll_up.value,
            provisional=key in stored and len(stored[key].months_used) < 3,
            months=stored[key].months_used if key in stored else (),
        )
        for key in METRICS
    ]


def _metric_line(
    period: Period,
    key: str,
    value: Decimal | None,
    source: str,
    *,
    provisional: bool,
    months: Sequence[Month],
) -> Line:
    metric = METRICS[key]
    return Line(
        period=str(period),
        kind="metric",
        section=metric.section.value,
        name=key,
        label=metric.label,
        value=value,
        shown="–" if value is None else in_words(value, metric.unit),
        unit=metric.unit.value,
        source=source if value is not None else "",
        provisional=provisional and value is not None,
        months_used=_joined(months if value is not None else ()),
    )


def _smartnumbers(database: Database, period: Period) -> list[Line]:
    stored = stored_smartnumbers(database, period)
    lines = []
    for key, number in SMARTNUMBERS.items():
        kept = stored.get(key)
        value = kept.value if kept else None
        lines.append(
            Line(
                period=str(period),
                kind="smartnumber",
                section=number.group.value,
                name=key,
                label=number.label,
                value=value,
                shown="–" if value is None else number.display(value),
                unit=number.unit.value,
                source="computed" if value is not None else "",
                provisional=bool(kept and kept.provisional and value is not None),
                months_used=_joined(kept.months_used if kept else ()),
            )
        )
    return lines


def _joined(months: Sequence[Month]) -> str:
    return " ".join(str(month) for month in months)


def table_of(title: str, lines: Sequence[Line]) -> Table:
    """`lines` of one period as a table, their sections as headings."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("months used")
    section = None
    for line in lines:
        if line.section != section:
            section = line.section
            table.add_section()
            table.add_row(f"[bold]{section}[/]")
        table.add_row(line.label, f"{line.shown}{'*' if line.provisional else ' '}", line.months_used)
    return table


def smartnumbers_table(database: Database, quarters: Sequence[Quarter]) -> Table:
    """The SmartNumbers of several quarters side by side."""
    table = Table(title=f"SmartNumbers, {organization_name(database)}", title_justify="left")
    table.add_column("")
    columns = []
    for quarter in quarters:
        lines = _smartnumbers(database, quarter)
        columns.append(lines)
        table.add_column(str(quarter), justify="right", no_wrap=True)
    section = None
    for row in zip(*columns, strict=True):
        if row[0].section != section:
            section = row[0].section
            table.add_section()
            table.add_row(f"[bold]{section}[/]")
        table.add_row(row[0].label, *(f"{line.shown}{'*' if line.provisional else ' '}" for line in row))
    return table


def _write_csv(lines: Sequence[Line]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(list(Line.__dataclass_fields__))
    for line in lines:
        writer.writerow("" if value is None else value for value in asdict(line).values())


def _write_json(lines: Sequence[Line]) -> None:
    json.dump([asdict(line) for line in lines], sys.stdout, default=str, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
