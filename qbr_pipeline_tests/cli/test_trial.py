"""`qbr test-database create`: every table of production and none of its numbers."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from qbr_pipeline.store import migrating
from qbr_pipeline.store.approvals import Purpose, last_approval
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.cli.conftest import Decision
from qbr_pipeline_tests.cli.test_backup import rows
from qbr_pipeline_tests.conftest import CHICAGO

Qbr = Callable[..., Decision]
KEPT = {"vendor", "organization", "qbr_alembic_version", "qbr_migration_rows"}


def test_it_has_the_tables_of_production_also_those_of_others_and_no_numbers(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str]
) -> None:
    with named_database.begin() as connection:
        connection.exec_driver_sql('CREATE TABLE "Device Snapshot" (id serial PRIMARY KEY, name text)')
        connection.exec_driver_sql("INSERT INTO \"Device Snapshot\" (name) VALUES ('PC-1')")
    assert qbr("metric", "set", "2025-03", "mrr", "5000", "--by", "Ann").code == 0
    to = empty_database()
    made = qbr("test-database", "create", "--to", to)
    assert made.code == 0, made
    assert "with every table and no numbers" in made.out
    there, here = rows(to), rows(named_database.engine.url.render_as_string(hide_password=False))
    assert there.keys() == here.keys()
    assert {table for table, held in there.items() if held} == KEPT | {"qbr_approvals"}
    assert all(there[table] == here[table] for table in KEPT)
    assert migrating.pending(to) == {}
    assert qbr("metric", "set", "2025-03", "mrr", "1", "--by", "Ann", QBR_DATABASE_URL=to).code == 0


def test_nights_may_run_in_it_as_a_trial(
    qbr: Qbr, named_database: Database, empty_database: Callable[[], str]
) -> None:
    to = empty_database()
    assert qbr("test-database", "create", "--to", to).code == 0
    made = open_database(to, timezone=CHICAGO)
    approval = made.fetch(last_approval)
    made.close()
    assert approval is not None
    assert (approval.purpose, approval.evidence["made_from"]) == (
        Purpose.TRIAL,
        named_database.engine.url.database,
    )
    assert named_database.fetch(last_approval) is None


def test_by_default_it_stands_beside_production_and_is_made_once(qbr: Qbr, named_database: Database) -> None:
    name = f"{named_database.engine.url.database}_test"
    made = qbr("test-database", "create")
    assert made.code == 0, made
    assert name in made.out
    engine = sa.create_engine(named_database.engine.url.set(database=name), poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM vendor")).scalar_one() > 0
    assert "holds tables already" in qbr("test-database", "create").fault
