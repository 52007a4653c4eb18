"""Who moved a collected value most: its clients, organizations, accounts and boards, counted then and now.

What belongs here: counting published rows by whom they belong to. What does not: what the rows mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.rows.tables import ROW_TABLES, ROWS_OF_METRIC
from qbr_pipeline.store.rows.versions import valid

_KINDS = {"company": "client", "organization": "organization", "name": "account", "board": "board"}


@dataclass(frozen=True, slots=True)
class Contributor:
    """What one client, organization or board counted for before and counts for now; no name: rows without one."""

    kind: str
    name: str | None
    before: Decimal
    now: Decimal

    @property
    def change(self) -> Decimal:
        """How much of the value's change it is."""
        return self.now - self.before


def contributors(
    connection: Connection,
    db: Database,
    metric: str,
    month: Month,
    earlier: Month,
    *,
    as_of: datetime | None = None,
    limit: int = 3,
) -> list[Contributor]:
    """The `limit` that moved a collected `metric` (a key of ROWS_OF_METRIC) most between `earlier` and `month`.

    `as_of`: `earlier` is taken as it stood at that aware moment; so a month is compared with itself. Boards are
    among them where there is more than one.
    """
    counted_from = ROWS_OF_METRIC[metric]
    names = [
        counted_from.company,
        *(["board"] if "board" in ROW_TABLES[counted_from.source].versions.c else []),
    ]
    found = []
    for name in names:
        before = _counted(connection, db, metric, earlier, name, as_of)
        now = _counted(connection, db, metric, month, name, None)
        keys = before.keys() | now.keys()
        if name == "board" and len(keys) < 2:
            continue
        found += [
            Contributor(_KINDS[name], key, before.get(key, Decimal(0)), now.get(key, Decimal(0)))
            for key in keys
        ]
    moved = [each for each in found if each.change]
    return sorted(moved, key=lambda each: (-abs(each.change), each.kind, each.name or ""))[:limit]


def _counted(
    connection: Connection, db: Database, metric: str, month: Month, name: str, as_of: datetime | None
) -> Mapping[str | None, Decimal]:
    counted_from = ROWS_OF_METRIC[metric]
    table = ROW_TABLES[counted_from.source].versions
    query = (
        select(table.c[name], counted_from.value(table))
        .where(valid(connection, db, counted_from.source, month, as_of), counted_from.is_counted(table))
        .group_by(table.c[name])
    )
    unit = METRICS[metric].unit
    return {key: quantize(Decimal(total or 0), unit) for key, total in connection.execute(query)}
