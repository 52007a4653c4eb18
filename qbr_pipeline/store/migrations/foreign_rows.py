"""Rows and tables that are not ours alone: `vendor` and `organization`.

What belongs here: adding what is missing to them, remembering what was added, and taking exactly that away
again.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

_OUR_TABLES = {
    "vendor": "CREATE TABLE vendor (id serial PRIMARY KEY, name varchar NOT NULL UNIQUE)",
    "organization": (
        "CREATE TABLE organization "
        "(id serial PRIMARY KEY, name varchar(100) NOT NULL, created_at timestamptz DEFAULT now())"
    ),
}

_NINJA_NAMES = ("Ninja", "NinjaOne", "NinjaRMM")
_VENDORS: tuple[tuple[tuple[str, ...], int | None], ...] = (
    (("ConnectWise",), 3),
    (("QuickBooks",), 4),
    (("Manual",), None),
    (_NINJA_NAMES, 2),
)
"""Names that a vendor may have already, the first being the one it is given, and its id when that is free."""


def create_missing_tables(connection: Connection) -> None:
    """Create `vendor` and `organization` where the database has none."""
    present = set(inspect(connection).get_table_names())
    for table, sql in _OUR_TABLES.items():
        if table not in present:
            connection.exec_driver_sql(sql)
            _remember(connection, table, None)


def add_rows(connection: Connection, organization_name: str) -> None:
    """Add the vendors that are missing, and organization 1; names that exist are used as they are."""
    connection.exec_driver_sql("LOCK TABLE vendor, organization IN SHARE ROW EXCLUSIVE MODE")
    vendors = {str(name).casefold(): int(row_id) for row_id, name in _rows(connection, "vendor")}
    for names, wanted in _VENDORS:
        if not any(name.casefold() in vendors for name in names):
            taken = set(vendors.values())
            row_id = wanted if wanted is not None and wanted not in taken else max(taken, default=0) + 1
            _add(connection, "vendor", row_id, names[0])
            vendors[names[0].casefold()] = row_id
    if 1 not in {row_id for row_id, _ in _rows(connection, "organization")}:
        _add(connection, "organization", 1, organization_name)


def move_sequences_beyond(connection: Connection) -> None:
    """Let each table's next own id be beyond every id in it; a sequence that is further already stays.

    To be done last: PostgreSQL does not take a sequence's move back when a transaction fails.
    """
    for table in _OUR_TABLES:
        _move_sequence_beyond(connection, table)


def remove_what_we_added(connection: Connection) -> list[str]:
    """Delete the rows and tables on record as ours; a sentence for each that stays for others refer to it."""
    connection.exec_driver_sql("LOCK TABLE vendor, organization IN SHARE ROW EXCLUSIVE MODE")
    notes = []
    record = connection.execute(
        text("SELECT table_name, row_id FROM qbr_migration_rows ORDER BY id DESC")
    ).all()
    for table, row_id in record:
        if row_id is not None:
            users = _tables_using(connection, table, row_id)
            if users:
                notes.append(f"row {row_id} of {table} stays: {', '.join(users)} refer to it")
            else:
                connection.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": row_id})
    for table, row_id in record:
        if row_id is None:
            users = sorted({constraint.child for constraint in _foreign_keys(connection, table)})
            if users:
                notes.append(f"table {table} stays: {', '.join(users)} refer to it")
            else:
                connection.exec_driver_sql(f"DROP TABLE {table}")
    return notes


def _rows(connection: Connection, table: str) -> list[tuple[int, str]]:
    return [(row.id, row.name) for row in connection.execute(text(f"SELECT id, name FROM {table}"))]


def _add(connection: Connection, table: str, row_id: int, name: str) -> None:
    connection.execute(
        # An identity column that is GENERATED ALWAYS would refuse the id; serial columns ignore the clause.
        text(f"INSERT INTO {table} (id, name) OVERRIDING SYSTEM VALUE VALUES (:id, :name)"),
        {"id": row_id, "name": name},
    )
    _remember(connection, table, row_id)


def _remember(connection: Connection, table: str, row_id: int | None) -> None:
    connection.execute(
        text("INSERT INTO qbr_migration_rows (table_name, row_id) VALUES (:table, :id)"),
        {"table": table, "id": row_id},
    )


def _move_sequence_beyond(connection: Connection, table: str) -> None:
    sequence = connection.execute(
        # The second half finds a sequence that fills the column without being owned by it.
        text("""
            SELECT coalesce(
                pg_get_serial_sequence(:table, 'id'),
                (SELECT d.refobjid::regclass::text
                   FROM pg_attrdef a
                   JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
                   JOIN pg_class c ON c.oid = d.refobjid AND c.relkind = 'S'
                   JOIN pg_attribute t ON t.attrelid = a.adrelid AND t.attnum = a.adnum AND t.attname = 'id'
                  WHERE a.adrelid = to_regclass(:table)
                  LIMIT 1))
        """),
        {"table": table},
    ).scalar_one()
    if sequence is None:
        return
    highest = connection.execute(text(f"SELECT max(id) FROM {table}")).scalar_one()
    position = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
    last_used = position.last_value if position.is_called else position.last_value - 1
    if highest is not None and last_used < highest:
        connection.execute(text("SELECT setval(:sequence, :id)"), {"sequence": sequence, "id": highest})


class _ForeignKey:
    """A constraint by which the columns of `child` refer to columns of another table."""

    def __init__(self, child: str, columns: list[str], referred: list[str]) -> None:
        self.child = child
        self.columns = columns
        self.referred = referred


def _foreign_keys(connection: Connection, table: str) -> list[_ForeignKey]:
    found = connection.execute(
        text("""
            SELECT c.conrelid::regclass::text AS child,
                   (SELECT array_agg(quote_ident(a.attname) ORDER BY k.n)
                      FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
                      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS columns,
                   (SELECT array_agg(quote_ident(a.attname) ORDER BY k.n)
                      FROM unnest(c.confkey) WITH ORDINALITY k(num, n)
                      JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num) AS referred
              FROM pg_constraint c
             WHERE c.contype = 'f' AND c.confrelid = to_regclass(:table) AND c.conrelid <> c.confrelid
             ORDER BY 1
        """),
        {"table": table},
    )
    return [_ForeignKey(row.child, list(row.columns), list(row.referred)) for row in found]


def _tables_using(connection: Connection, table: str, row_id: int) -> list[str]:
    users = set()
    for key in _foreign_keys(connection, table):
        match = " AND ".join(
            f"c.{ours} = p.{theirs}" for ours, theirs in zip(key.columns, key.referred, strict=True)
        )
        query = f"SELECT EXISTS (SELECT 1 FROM {key.child} c JOIN {table} p ON {match} WHERE p.id = :id)"
        if connection.execute(text(query), {"id": row_id}).scalar_one():
            users.add(key.child)
    return sorted(users)
