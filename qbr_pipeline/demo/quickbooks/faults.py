"""What goes wrong on purpose at QuickBooks.

What belongs here: its refusals as it words them, and what its reports say otherwise now and then. What does not: what
any server may do wrong (`demo.faults`), and how the server acts it out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from qbr_pipeline.demo.faults import Answer, FaultPlan, Reply

CUT = "Unable to display more data. Please reduce the date range."


def token_expired(token: str) -> Reply:
    """401 in small letters; its detail holds the token, as the real one's does."""
    error = {
        "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
        "detail": f"Token expired: {token}",
        "code": "3200",
        "element": None,
    }
    body = {"warnings": None, "fault": {"error": [error], "type": "AUTHENTICATION"}, "report": None}
    challenge = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'}
    return Reply(Answer(401, json.dumps(body), challenge))


def throttled(status: int = 429, **headers: str) -> Reply:
    """429; or 403 in XML, as years ago."""
    message = f"message=ThrottleExceeded; errorCode=003001; statusCode={status}"
    if status == 403:
        return _xml(status, "3001", message)
    return Reply(Answer(status, json.dumps(_fault(message, "3001", "SERVICE")), headers))


def gateway_timeout() -> Reply:
    """504 in XML, although JSON was asked for."""
    return _xml(504, "6002", "message=GatewayTimeout; errorCode=006002; statusCode=504")


def fault_in_200() -> Reply:
    """A success that is none."""
    return Reply(Answer(200, json.dumps(_fault("An unexpected error occurred", "10000", "SystemFault"))))


def validation_fault() -> Reply:
    """400, as for dates that are none."""
    return Reply(Answer(400, json.dumps(_fault("Invalid value for parameter", "4001", "ValidationFault"))))


def wrong_company() -> Reply:
    """403, as for keys of the sandbox and a real company."""
    message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
    return Reply(Answer(403, json.dumps(_fault(message, "3100", "AUTHORIZATION"))))


def _fault(message: str, code: str, kind: str) -> dict[str, Any]:
    return {
        "Fault": {"Error": [{"Message": message, "Detail": message, "code": code}], "type": kind},
        "time": 1,
    }


def _xml(status: int, code: str, message: str) -> Reply:
    body = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="2025-01-01T00:00:00.000-08:00"'
        f' xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="{code}"><Message>{message}'
        "</Message></Error></Fault></IntuitResponse>"
    )
    return Reply(Answer(status, body, content_type="application/xml"))


@dataclass(slots=True)
class Faults(FaultPlan):
    """The faults to come, and what the server does otherwise.

    `largest_report`: a report by month over more months is answered with 504. `cut_from`: one over so many months, or
    more, is cut. `header`: fields that headers of reports hold instead of the true ones. `consent_ended`: no refresh
    token is taken any more. `access_lasts`: so many requests, however long a token should; None: as long as it says.
    """

    largest_report: int | None = None
    cut_from: int | None = None
    header: dict[str, str] = field(default_factory=dict)
    consent_ended: bool = False
    access_lasts: int | None = None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        FaultPlan.clear(self)
        self.largest_report = self.cut_from = self.access_lasts = None
        self.header = {}
        self.consent_ended = False
