"""Errors of pages, answered as pages. Those below the API's prefix are answered there."""

from __future__ import annotations

import logging

from flask import Flask, render_template
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError
from werkzeug.exceptions import HTTPException

from qbr_pipeline.api.errors import ApiError
from qbr_pipeline.store.faults import outage

log = logging.getLogger("qbr_pipeline.dashboard")

_SENTENCES = {
    404: "There is no page at this address.",
    405: "This page cannot be used that way.",
}
_OTHERWISE = "An internal error occurred; the log has the details."


def answer_errors(app: Flask) -> None:
    """Answer every error of `app` outside the API with a page."""

    @app.errorhandler(ApiError)
    def rejected(error: ApiError) -> tuple[str, int]:
        return _page(_sentence(error.message), error.code.status)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int]:
        status = error.code or 500
        return _page(_SENTENCES.get(status, _OTHERWISE), status)

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(NoConnectionLeftError)
    def no_database(error: Exception) -> tuple[str, int]:
        log.error("a page failed: %s: %s", error.__class__.__name__, outage(error))
        return _page(_sentence(outage(error)), 503)

    @app.errorhandler(Exception)
    def crash(error: Exception) -> tuple[str, int]:
        log.error("a page failed", exc_info=error)
        return _page(_OTHERWISE, 500)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _page(sentence: str, status: int) -> tuple[str, int]:
    return render_template("dashboard/error.html", sentence=sentence, status=status, page=None), status
