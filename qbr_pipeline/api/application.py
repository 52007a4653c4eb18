"""Our own application: the blueprint, and nothing that an application of somebody else would not have.

What belongs here: making it and saying where it may listen. What does not: starting a server (`cli`).
"""

from __future__ import annotations

from flask import Flask

from qbr_pipeline.api.access import WithoutKeys
from qbr_pipeline.api.blueprint import qbr_bp
from qbr_pipeline.api.service import service_of
from qbr_pipeline.setting_values import is_loopback
from qbr_pipeline.settings import Settings, SettingsError
from qbr_pipeline.store.database import Database


def create_app(database: Database, read: Settings) -> Flask:
    """The application that serves `database` by the settings `read`; without keys to this machine alone."""
    app = Flask("qbr_pipeline.api")
    app.config["QBR_DATABASE"] = database
    app.config["QBR_ACCESS_WITHOUT_KEYS"] = WithoutKeys.LOOPBACK
    app.config["QBR_API_KEYS"] = {
        each.key.get_secret_value(): {"name": each.name, "role": each.role.value} for each in read.api_keys
    }
    app.config["QBR_CORS_ORIGINS"] = list(read.cors_origins)
    app.register_blueprint(qbr_bp)
    service_of(app)
    return app


def require_keys_for(host: str, read: Settings) -> None:
    """SettingsError when `host` can be reached from other machines and no keys are configured."""
    if not read.api_keys and not is_loopback(host):
        raise SettingsError(
            [
                f'QBR_API_HOST holds "{host}", which other machines can reach, and QBR_API_KEYS is not set: '
                "expected keys, or a loopback address such as 127.0.0.1."
            ]
        )
