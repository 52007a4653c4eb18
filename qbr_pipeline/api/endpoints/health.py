"""Whether this process lives, whether it can serve, and how the last night went: for monitors, without a key."""

from __future__ import annotations

from typing import Literal

from flask import Response
from sqlalchemy.exc import ProgrammingError

from qbr_pipeline.api.access import Needs
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import NoParameters, ResponseModel
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.review.readiness import NightState, last_night
from qbr_pipeline.store.vendors import vendor_ids

_NOTHING_TO_DO = (NightState.GOOD, NightState.RUNNING)


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


@routes.get(
    "/health/night", query=NoParameters, data=None, tag="health", media=("text/plain",), needs=Needs.NOTHING
)
def health_night(call: Call[NoParameters, NoParameters]) -> Response:
    """How the last night went, in one word: good, running, failed or missing. 503 with the last two."""
    with call.database.read() as connection:
        state = last_night(connection, call.database, call.review, call.now).state
    return Response(f"{state}\n", 200 if state in _NOTHING_TO_DO else 503, mimetype="text/plain")
