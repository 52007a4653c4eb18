"""Schemas of PostgreSQL: which one our tables are in, and who else has tables of our names.

What belongs here: finding, making and removing schemas. What does not: what is in a table; taking over values is
`adoption`.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from qbr_pipeline.store.schema import metadata

_OUR_MARK = "made by qbr_pipeline"


def taken_names(connection: Connection, schema: str | None) -> list[str]:
    """The tables and views that have a name of ours in `schema` (None: the first of the search path), with it."""
    found = connection.execute(
        text("""
            SELECT n.nspname || '.' || c.relname
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = coalesce(:schema, current_schema())
               AND c.relname = ANY(:names) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             ORDER BY 1
        """),
        {"schema": schema, "names": [name for name in metadata.tables if name.startswith("qbr_")]},
    )
    names = list(found.scalars())
    connection.rollback()
    return names


def make_schema(connection: Connection, schema: str) -> None:
    """Create `schema` when it is missing, with a mark that it is ours to remove."""
    if connection.execute(text("SELECT to_regnamespace(:schema)"), {"schema": schema}).scalar_one() is None:
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
        connection.exec_driver_sql(f"COMMENT ON SCHEMA \"{schema}\" IS '{_OUR_MARK}'")


def remove_schema(connection: Connection, schema: str) -> list[str]:
    """Drop `schema` when we made it and nothing is left in it; a sentence when we made it and it stays."""
    question = text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
    if connection.execute(question, {"schema": schema}).scalar_one() != _OUR_MARK:
        return []
    left = connection.execute(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relkind <> 'i'"
            " UNION SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace(:schema) ORDER BY 1"
        ),
        {"schema": schema},
    ).scalars()
    names = ", ".join(left)
    if names:
        return [f"schema {schema} stays: {names} are in it"]
    connection.exec_driver_sql(f'DROP SCHEMA "{schema}"')
    return []
