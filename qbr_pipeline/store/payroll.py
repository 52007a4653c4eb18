"""Payroll as people say it of a month, and the employee expense that follows from it and from the owner's pay.

What belongs here: the table, and writing what follows wherever the owner's pay comes from. What does not: the
computation (`metrics.payroll`).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Numeric,
    Row,
    String,
    Table,
    delete,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from qbr_pipeline.metrics.payroll import EXPENSE, PAYROLL, employee_expense, how
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import metadata, moment
from qbr_pipeline.store.values import (
    DataSource,
    NewValue,
    Origin,
    ValueChange,
    ValueChangeCause,
    present,
    read_values,
    write_values,
)

payrolls = Table(
    "qbr_payrolls",
    metadata,
    Column("organization_id", Integer, ForeignKey("organization.id"), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("payroll", Numeric(14, 4), nullable=False),
    Column("entered_by", String(100), nullable=False),
    moment("entered_at", required=True),
)


def read_payroll(connection: Connection, db: Database, month: Month) -> Decimal | None:
    """What somebody said that payroll was, in dollars; None: employee expense of the month does not come from it."""
    found = _find(connection, db, month)
    return None if found is None else quantize(found.payroll, PAYROLL.unit)


def write_payroll(
    connection: Connection, db: Database, month: Month, payroll: Decimal, origin: Origin
) -> None:
    """Keep what `origin.by` says of payroll, in the place of what was said before."""
    new = {"payroll": payroll, "entered_by": origin.by, "entered_at": origin.at}
    query = upsert(payrolls).values(organization_id=db.organization_id, period=str(month), **new)
    connection.execute(query.on_conflict_do_update(index_elements=["organization_id", "period"], set_=new))


def forget_payroll(connection: Connection, db: Database, month: Month) -> None:
    """From now on employee expense of the month is what it is said to be."""
    connection.execute(delete(payrolls).where(*_of(db, month)))


def follow_payroll(
    connection: Connection, db: Database, month: Month, origin: Origin
) -> tuple[ValueChange, ...]:
    """Compute employee expense anew where it comes from payroll; absent while the owner's pay is unknown, or more.

    It is a person's value: collections leave it alone.
    """
    found = _find(connection, db, month)
    if found is None:
        return ()
    stored = read_values(connection, db, month)
    values, payroll = present(stored), quantize(found.payroll, PAYROLL.unit)
    expense, words = employee_expense(payroll, values), how(payroll, values)
    if expense is not None:
        new = NewValue(expense, DataSource.MANUAL, entered_by=found.entered_by, notes=words)
    elif EXPENSE.key in stored and stored[EXPENSE.key].source is DataSource.MANUAL:
        new = NewValue(None, DataSource.COLLECTED, notes=words)
    else:
        return ()
    derived = replace(origin, cause=ValueChangeCause.DERIVED, note=words)
    return write_values(connection, db, month, {EXPENSE.key: new}, derived)


def _find(connection: Connection, db: Database, month: Month) -> Row[Any, Any] | None:
    return connection.execute(
        select(payrolls.c.payroll, payrolls.c.entered_by).where(*_of(db, month))
    ).one_or_none()


def _of(db: Database, month: Month) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return payrolls.c.organization_id == db.organization_id, payrolls.c.period == str(month)
