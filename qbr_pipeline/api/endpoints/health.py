"""Whether this process lives, and whether it can serve: for whoever watches it, without a key."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.exc import ProgrammingError

from qbr_pipeline.api.access import Needs
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import NoParameters, ResponseModel
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.store.vendors import vendor_ids


class Health(ResponseModel):
    """All is well."""

    status: Literal["live", "ready"]


@routes.get("/health/live", query=NoParameters, data=Health, tag="health", needs=Needs.NOTHING)
def health_live(_call: Call[NoParameters, NoParameters]) -> Health:
    """This process answers."""
    return Health(status="live")


@routes.get("/health/ready", query=NoParameters, data=Health, tag="health", needs=Needs.NOTHING)
def health_ready(call: Call[NoParameters, NoParameters]) -> Health:
    """The database answers and has our vendors. 503 when it does not."""
    try:
        with call.database.read() as connection:
            vendor_ids(connection)
    except (LookupError, ProgrammingError) as error:
        raise ApiError(
            Code.DATABASE_UNAVAILABLE, "the database is not ready: run `qbr db upgrade`"
        ) from error
    return Health(status="ready")
