"""How ConnectWise is talked to: its credentials, its headers, the version of its model, what its rejections mean.

What belongs here: what is ConnectWise's own about an exchange. What does not: exchanging (`vendors.http`), paths,
conditions, paging and the meaning of rows.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import Any

import requests

from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.connectwise.http_errors import http_error, rejects_version
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.redaction import Redactor
from qbr_pipeline.vendors.http.rejections import Rejection, Vendor
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline.vendors.http.transport import Transport, open_session

API_VERSION = "2025.1"
CONNECTWISE = Vendor("ConnectWise", "CONNECTWISE_SERVER")
_VERSIONED = f"application/vnd.connectwise.com+json; version={API_VERSION}"
_UNVERSIONED = "application/json"
"""The vendor's own type without a version counts as version 0.0, which servers refuse too."""

_log = logging.getLogger(__name__)


class ConnectWiseTransport(Transport):
    """A pool of connections to one ConnectWise server, with credentials and patience. Not for threads.

    `versioned`: the model of API_VERSION is asked for; after a server refused it, whichever model the server takes for
    its own.
    """

    def __init__(self, access: ConnectWiseAccess, retry_policy: RetryPolicy, **time: Any) -> None:
        """`time`: how to sleep and which clocks to look at, as for any transport."""
        super().__init__(CONNECTWISE, _session(access), _redactor(access), retry_policy, **time)
        self.versioned = True

    def overcomes(self, rejection: Rejection) -> bool:
        """Whether only the version of the model was refused, which is no longer requested."""
        if not self.versioned or not rejects_version(rejection.status, rejection.text, API_VERSION):
            return False
        self.versioned = False
        self.session.headers["Accept"] = _UNVERSIONED
        _log.warning(
            "ConnectWise answered %s with %d (%s): version %s of its API is no longer requested",
            rejection.call,
            rejection.status,
            rejection.text,
            API_VERSION,
        )
        return True

    def explain(self, rejection: Rejection) -> PermanentError:
        """The fault for a rejection that does not pass, and is no redirect."""
        return http_error(rejection)


def _basic_token(access: ConnectWiseAccess) -> str:
    """The credentials for HTTP basic authentication: company id, a literal plus sign, and the two keys."""
    pair = (
        f"{access.company_id}+{access.public_key.get_secret_value()}:{access.private_key.get_secret_value()}"
    )
    return b64encode(pair.encode()).decode("ascii")


def _redactor(access: ConnectWiseAccess) -> Redactor:
    keys = (access.private_key, access.public_key, access.client_id)
    return Redactor(_basic_token(access), *(key.get_secret_value() for key in keys))


def _session(access: ConnectWiseAccess) -> requests.Session:
    client_id = access.client_id.get_secret_value()
    if not (client_id.isascii() and client_id.isprintable() and client_id == client_id.strip()):
        raise PermanentError(
            "CONNECTWISE_CLIENT_ID holds a character that no HTTP header can carry: expected the GUID of the"
            " integration",
            ("CONNECTWISE_CLIENT_ID",),
        )
    authorization = f"Basic {_basic_token(access)}"
    return open_session(access.server, lambda: authorization, Accept=_VERSIONED, clientId=client_id)
