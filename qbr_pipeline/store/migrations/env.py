"""Alembic's entry point: runs the versions on the connection that `migrating` hands over."""

from __future__ import annotations

from alembic import context

from qbr_pipeline.store.migrating import VERSION_TABLE, lock_migrations, ours
from qbr_pipeline.store.schema import metadata
from qbr_pipeline.store.schemas import make_schema

attributes = context.config.attributes
connection = attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=attributes["schema"],
    include_name=ours,
)
with context.begin_transaction():
    lock_migrations(connection)
    if attributes.get("schema_to_make"):
        make_schema(connection, attributes["schema_to_make"])
    context.run_migrations()
