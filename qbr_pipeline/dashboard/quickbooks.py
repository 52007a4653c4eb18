"""Where the browser comes back to after an administrator has consented that the books in QuickBooks are read.

What belongs here: the one page, a sentence of text. Nobody has to be signed in: the state that the browser brings back
was made by `qbr books connect` and cannot be made by anybody else. What does not: the steps (`vendors.quickbooks`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, request

from qbr_pipeline.settings import Settings
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.quickbooks.connecting import CALLBACK_PATH, connect, question_of

quickbooks_bp = Blueprint("quickbooks", __name__)


@quickbooks_bp.get(CALLBACK_PATH)
def connected() -> Response:
    """Keep the consent, and say whose books are read from now on, or why not."""
    read: Settings = current_app.config["QBR_SETTINGS"]
    try:
        question, state = question_of(read.quickbooks, request.full_path, datetime.now(UTC))
        grant = connect(
            current_app.config["QBR_DATABASE"], read.quickbooks, question, state, request.full_path
        )
    except VendorError as error:
        return _sentence(str(error), 400)
    return _sentence(f"QuickBooks is connected: the next collection reads the books of {grant.company}.", 200)


def _sentence(text: str, status: int) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(f"{text}\n", status, headers, mimetype="text/plain")
