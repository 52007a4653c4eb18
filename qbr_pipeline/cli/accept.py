"""`qbr accept`: a closed month may lose most of its rows, since somebody knows why.

What belongs here: the words of the command. What does not: what an acceptance is bound to (`store.findings.decisions`).
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from qbr_pipeline.cli.console import errors, print_line
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import prepare
from qbr_pipeline.store.findings.decisions import Decision, FindingError, FindingKey
from qbr_pipeline.store.findings.decisions import accept as accept_loss
from qbr_pipeline.store.rows.tables import RowSource


def accept(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="The closed month that is held back, such as 2025-03.")],
    source: Annotated[RowSource, typer.Argument(help="Which rows are fewer than before.")],
    by: Annotated[str, typer.Option("--by", help="Who accepts it.")],
    why: Annotated[str, typer.Option("--why", help="For what reason.")],
) -> None:
    """Accept that a closed month loses most of its rows of one kind, or that a fleet has shrunk to less than half.

    The next collection then publishes it.
    """
    rule = Rule.SNAPSHOT if source is RowSource.DEVICES else Rule.ROWS_LOST
    key = FindingKey(source.label, Month.parse(month), rule)
    with closing(prepare(demo=context.obj).open_database()) as database:
        try:
            accepted = accept_loss(database, key, Decision(by, datetime.now(UTC), why))
        except FindingError as error:
            print_line(str(error), errors, style="red")
            raise typer.Exit(1) from None
    print_line(
        f"{month}: {accepted.finding.value} {source.label} are accepted by {accepted.changed_by}; "
        f"`qbr collect --month {month}` or the next night publishes them."
    )
