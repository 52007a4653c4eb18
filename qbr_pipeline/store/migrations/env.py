"""Alembic's entry point: runs the versions on the connection that `migrating` hands over."""

from __future__ import annotations

from alembic import context

from qbr_pipeline.store.migrating import VERSION_TABLE, lock_migrations, ours
from qbr_pipeline.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, version_table=VERSION_TABLE, include_name=ours
)
with context.begin_transaction():
    lock_migrations(connection)
    context.run_migrations()
