"""Our own application: the API, and the pages on top of it.

What belongs here: making it and saying where it may listen. What does not: starting a server (`cli`).
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from flask_bootstrap import Bootstrap5
from flask_compress import Compress

from qbr_pipeline.api.access import WithoutKeys
from qbr_pipeline.api.blueprint import qbr_bp
from qbr_pipeline.api.monitoring import monitor
from qbr_pipeline.api.service import service_of
from qbr_pipeline.dashboard.errors import answer_errors
from qbr_pipeline.dashboard.pages import dashboard_bp
from qbr_pipeline.dashboard.quickbooks import quickbooks_bp
from qbr_pipeline.settings import Settings, SettingsError
from qbr_pipeline.settings.addresses import is_loopback
from qbr_pipeline.store.database import Database

SIGNED_IN_FOR = timedelta(hours=12)


class _Sessions(SecureCookieSessionInterface):
    """Flask's own sessions, whose cookie came by https and then travels by nothing else."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return super().get_cookie_secure(app) or request.is_secure


def create_app(database: Database, read: Settings, **config: object) -> Flask:
    """The application that serves `database` by the settings `read`; without keys to this machine alone.

    `config` are entries of Flask's configuration that win over ours, such as QBR_CLOCK. Without QBR_SESSION_SECRET a
    secret is made up, and whoever is signed in signs in again after a restart.
    """
    app = Flask("qbr_pipeline.dashboard", static_folder=None)
    app.secret_key = (
        read.session_secret.get_secret_value() if read.session_secret else secrets.token_urlsafe(48)
    )
    app.session_interface = _Sessions()
    app.config.update(
        QBR_DATABASE=database,
        QBR_ACCESS_WITHOUT_KEYS=WithoutKeys.LOOPBACK,
        QBR_SETTINGS=read,
        QBR_SESSIONS=True,
        QBR_DEMO=read.demo,
        SESSION_COOKIE_NAME="qbr_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=bool(read.public_url and read.public_url.startswith("https://")),
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SIGNED_IN_FOR,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        BOOTSTRAP_SERVE_LOCAL=True,
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "image/svg+xml"],
        COMPRESS_ALGORITHM=["gzip"],
    )
    app.config.update(config)
    app.static_url_path = "/static"
    Bootstrap5(app)
    Compress(app)
    app.register_blueprint(qbr_bp)
    app.register_blueprint(dashboard_bp)
    if read.has_quickbooks:
        app.register_blueprint(quickbooks_bp)
    monitor(app)
    answer_errors(app)
    service_of(app)
    return app


def require_keys_for(host: str, read: Settings, variable: str = "QBR_API_HOST") -> None:
    """SettingsError when `host`, which `variable` holds, can be reached from other machines and there are no keys."""
    if not read.api_keys and not is_loopback(host):
        raise SettingsError(
            [
                f'{variable} holds "{host}", which other machines can reach, and QBR_API_KEYS is not set: '
                "expected keys, or a loopback address such as 127.0.0.1."
            ]
        )
