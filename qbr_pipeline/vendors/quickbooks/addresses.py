"""Where QuickBooks Online is: its consent page, its tokens, its reports.

What belongs here: addresses and paths, by environment. What does not: talking to them.
"""

from __future__ import annotations

from urllib.parse import urlencode

from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.vendors.http.rejections import Vendor

QUICKBOOKS = Vendor("QuickBooks", "QUICKBOOKS_ENVIRONMENT")
SCOPE = "com.intuit.quickbooks.accounting"
TOKEN_PATH = "/oauth2/v1/tokens/bearer"  # noqa: S105 - where tokens are had, and none
REVOKE_PATH = "/v2/oauth2/tokens/revoke"
CONSENT_PATH = "/connect/oauth2"

_API = {
    "production": "https://quickbooks.api.intuit.com",
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
}


def api_server(access: QuickBooksAccess) -> str:
    """The server of the reports."""
    return _API.get(access.environment, access.environment)


def token_url(access: QuickBooksAccess) -> str:
    """Where tokens are granted and refreshed."""
    return _place(access, "https://oauth.platform.intuit.com") + TOKEN_PATH


def revoke_url(access: QuickBooksAccess) -> str:
    """Where tokens are given back."""
    return _place(access, "https://developer.api.intuit.com") + REVOKE_PATH


def consent_url(access: QuickBooksAccess, redirect_uri: str, state: str) -> str:
    """The page on which an administrator of the company consents."""
    query = {
        "client_id": access.client_id.get_secret_value(),
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{_place(access, 'https://appcenter.intuit.com')}{CONSENT_PATH}?{urlencode(query)}"


def company_path(company_id: str) -> str:
    """The path of a company, whose digits people copy."""
    return f"/v3/company/{company_id}"


def _place(access: QuickBooksAccess, real: str) -> str:
    return real if access.environment in _API else access.environment
