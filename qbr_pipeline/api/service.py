"""What one Flask application serves: its database, keys, allowed origins and clock.

What belongs here: finding them in the application's configuration, where QBR_SETTINGS is a `settings.Settings`: that of
whoever makes the application, or what the blueprint's registration read in the environment. Before it go QBR_DATABASE
(a `store.database.Database`), QBR_API_KEYS (a mapping, or text as in the variable) and QBR_CORS_ORIGINS. The others are
QBR_ACCESS_WITHOUT_KEYS, QBR_SESSIONS (true where Flask's session is ours to sign people in with), QBR_CLOCK (a function
that returns an aware datetime).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import Flask, Request

from qbr_pipeline.api import access
from qbr_pipeline.api.access import Caller, FailedKeys, WithoutKeys
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.response_cache import ResponseCache
from qbr_pipeline.api.sessions import EndedSessions, require_csrf_token
from qbr_pipeline.api.state_check import StateCheck
from qbr_pipeline.settings import ApiKey, Settings, SettingsError
from qbr_pipeline.store.connections import FOR_REQUESTS
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.reading import organization_name

log = logging.getLogger("qbr_pipeline.api")

SETTINGS = "QBR_SETTINGS"
_EXTENSION = "qbr"
_lock = threading.Lock()


@dataclass(frozen=True)
class Service:
    """Everything that requests of one application share. `now` gives an aware moment.

    The database is found at its first use: who may not come in is told so even where none is configured.
    `ended_sessions` is None in an application whose sessions are not ours.
    """

    settings: Settings
    find_database: Callable[[], Database]
    keys: tuple[ApiKey, ...]
    origins: frozenset[str]
    without_keys: WithoutKeys
    now: Callable[[], datetime]
    failed_keys: FailedKeys
    answers: ResponseCache
    state: StateCheck
    ended_sessions: EndedSessions | None

    def authenticate(self, request: Request) -> Caller:
        """Who calls, as `access.authenticate` says."""
        return access.authenticate(
            request, self.keys, self.without_keys, self.failed_keys, ended=self.ended_sessions
        )

    def identify(self, request: Request) -> Caller:
        """The same; ApiError too when a session changes something without the token of a page."""
        caller = self.authenticate(request)
        if caller.is_signed_in:
            require_csrf_token(request)
        return caller

    @property
    def database(self) -> Database:
        """Where the numbers are; ApiError when no database is configured."""
        try:
            return self.find_database()
        except SettingsError as error:
            log.error("%s", error)  # noqa: TRY400 - a sentence says it all
            raise ApiError(Code.DATABASE_UNAVAILABLE, "no database is configured") from error


def service_of(app: Flask) -> Service:
    """The service of `app`, made at the first call. SettingsError when its configuration is wrong."""
    found = app.extensions.get(_EXTENSION)
    if found is None:
        with _lock:
            found = app.extensions.get(_EXTENSION) or _make(app.config)
            app.extensions[_EXTENSION] = found
    assert isinstance(found, Service)  # noqa: S101 - the name is ours
    return found


def of_organization(database: Database, organization_id: int) -> Database:
    """`database` as the organization of that id sees it; ApiError when there is none."""
    if organization_id == database.organization_id:
        return database
    other = replace(database, organization_id=organization_id)
    if other.fetch(organization_name) is None:
        raise ApiError(
            Code.ORGANIZATION_NOT_FOUND,
            f"there is no organization {organization_id}",
            field="organization_id",
        )
    return other


def _make(config: dict[str, Any]) -> Service:
    read: Settings = config[SETTINGS]
    without_keys = _without_keys(config.get("QBR_ACCESS_WITHOUT_KEYS", WithoutKeys.REFUSED))
    given_keys, given_origins = config.get("QBR_API_KEYS"), config.get("QBR_CORS_ORIGINS")
    keys = read.api_keys if given_keys is None else _parsed("QBR_API_KEYS", given_keys)
    origins = read.cors_origins if given_origins is None else _parsed("QBR_CORS_ORIGINS", given_origins)
    find_database = cache(lambda: config.get("QBR_DATABASE") or _database_of(read))
    return Service(
        settings=read,
        find_database=find_database,
        keys=keys,
        origins=frozenset(origins),
        without_keys=without_keys,
        now=config.get("QBR_CLOCK") or (lambda: datetime.now(UTC)),
        failed_keys=FailedKeys(clock=time.monotonic),
        answers=ResponseCache(),
        state=StateCheck(find_database),
        ended_sessions=EndedSessions(find_database) if config.get("QBR_SESSIONS") else None,
    )


def _parsed(name: str, given: object) -> Any:
    """What the variable of that name would mean with `given` as its JSON."""
    read = Settings.read({name: given if isinstance(given, str) else json.dumps(given, default=list)})
    return read.api_keys if name == "QBR_API_KEYS" else read.cors_origins


def _without_keys(given: str) -> WithoutKeys:
    try:
        return WithoutKeys(given)
    except ValueError as error:
        raise SettingsError(
            [f"QBR_ACCESS_WITHOUT_KEYS holds {given!r}: expected one of {', '.join(WithoutKeys)}."]
        ) from error


def _database_of(read: Settings) -> Database:
    if read.database_url is None:
        raise SettingsError(
            [
                "No database is named: set QBR_DATABASE_URL or PGDATABASE, or give the application a "
                'store.database.Database as its config["QBR_DATABASE"].'
            ]
        )
    return open_database(
        read.database_url,
        timezone=read.timezone,
        schema=read.database_schema,
        application_name="qbr api",
        limits=FOR_REQUESTS,
    )
