"""Do two installations hold the same: values, history and findings, row by row.

What belongs here: which columns are compared. Numbers of rows, runs and moments differ from one night to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tools.hosts.servers import rows

TABLES = {
    "qbr_metrics_monthly": "period, metric_name",
    "qbr_metrics_quarterly": "1",
    "qbr_smartnumbers": "1",
    "qbr_metrics_history": "period, metric_name, id",
    "qbr_findings": "period, subject, rule, scope",
}
"""What is compared, and in which order: the history of a value as it happened."""

_PASSING = frozenset({"id", "run_id", "publication_id", "transaction_id"})


def differences(one: str, other: str, tables: Collection[str] = TABLES) -> Iterator[str]:
    """A sentence for each of the `tables` in which the databases at these addresses differ."""
    for table in tables:
        order = TABLES[table]
        first, second = read(one, table, order), read(other, table, order)
        if first != second:
            missing, added = set(first) - set(second), set(second) - set(first)
            yield f"{table}: {len(first)} and {len(second)} rows, only {sorted(missing)[:3]} and {sorted(added)[:3]}"


def read(url: str, table: str, order: str) -> list[tuple[str, ...]]:
    """Every row of a table without what passes."""
    columns = rows(
        url,
        f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        " AND data_type NOT LIKE 'timestamp%' ORDER BY ordinal_position",
    )
    wanted = ", ".join(f"{name}::text" for (name,) in columns if name not in _PASSING)
    found = rows(url, f"SELECT {wanted} FROM {table} ORDER BY {order}")
    read_rows = [tuple(map(str, row)) for row in found]
    return read_rows if order.endswith(", id") else sorted(read_rows)
