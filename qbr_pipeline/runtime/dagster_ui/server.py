"""The process of Dagster's UI: its application, the guard before it, and the server around both.

What belongs here: putting them together from the settings. What does not: any rule.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from flask import Flask, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from qbr_pipeline.api.access import Caller
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.service import service_of
from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.runtime.dagster_ui.guard import Guard
from qbr_pipeline.runtime.dagster_ui.workspace import dagster_application
from qbr_pipeline.settings import Settings
from qbr_pipeline.settings.addresses import is_loopback
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.faults import outage

HOST = "127.0.0.1"
_LOOPBACK_NAMES = (HOST, "localhost", "[::1]")
_SECONDS_TO_END = 5


def serve(workspace: Path, database: Database, read: Settings) -> None:
    """Serve Dagster's UI over a workspace file on QBR_DAGSTER_HOST and QBR_DAGSTER_PORT, until Ctrl-C or SIGTERM."""
    proxy = read.trusted_proxy if read.api_keys else None
    with dagster_application(workspace, logs_as_json=read.logs_as_json) as application:
        uvicorn.run(
            guarded(application, database, read),
            host=read.dagster_host,
            port=read.dagster_port,
            log_level="warning",
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy or "",
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )


def guarded(application: ASGIApp, database: Database, read: Settings) -> ASGIApp:
    """`application` behind the checks of Host, origin, key and role; keys and sessions are those of the dashboard."""
    dashboard = create_app(database, read)
    guard = Guard(
        application,
        identify=lambda connection: _identify(dashboard, connection),
        own_origin=origin_of(read.dagster_url) if read.dagster_url else None,
        sign_in=lambda host: f"{dashboard_at(host, read)}/sign-in",
    )
    known = [urlsplit(read.dagster_url).hostname or ""] if read.dagster_url else []
    return TrustedHostMiddleware(guard, allowed_hosts=[*_LOOPBACK_NAMES, *known], www_redirect=False)


def dashboard_at(host: str, read: Settings) -> str:
    """Where the dashboard is for somebody who reached the UI under the name `host`, whose cookies it shares."""
    if read.public_url and not is_loopback(host):
        return read.public_url
    return f"http://{f'[{host}]' if ':' in host else host}:{read.api_port}"


def origin_of(url: str) -> str:
    """The origin of an address, as browsers send it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _identify(dashboard: Flask, connection: HTTPConnection) -> Caller:
    """Who calls, as the dashboard and the API know him; ApiError for everybody else."""
    service = service_of(dashboard)
    try:
        with dashboard.request_context(_environ(connection)):
            return service.authenticate(request)
    except (OperationalError, InterfaceError, NoConnectionLeftError) as error:
        raise ApiError(Code.DATABASE_UNAVAILABLE, outage(error), {"Retry-After": "5"}) from error


def _environ(connection: HTTPConnection) -> dict[str, object]:
    """What WSGI calls the request: its headers and where it came from; nobody reads its body there."""
    headers: dict[str, object] = {
        f"HTTP_{name.upper().replace('-', '_')}": ",".join(connection.headers.getlist(name))
        for name in connection.headers
        if name not in {"content-type", "content-length"}
    }
    return headers | {
        "REQUEST_METHOD": connection.scope.get("method", "GET"),
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": HOST,
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": connection.client.host if connection.client else "",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }
