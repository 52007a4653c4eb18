"""Being signed in: a signed cookie that stands for a key, for people with a browser.

What belongs here: what the cookie holds, and when it counts. What does not: the page to sign in on (`dashboard`).
The cookie is Flask's own session, so it counts only in an application that says so (`QBR_SESSIONS`); in anybody
else's the session is theirs and is never looked at. It holds an id, the key's name and a proof of the key, never the
key. Which sessions were signed out of stands in the database (`store.sessions`), for every process that looks at them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Request, current_app, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.settings import ApiKey
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.sessions import end_session, has_ended

CSRF_HEADER = "X-CSRF-Token"
_HELD = "qbr_signed_in"
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class EndedSessions:
    """The sessions that were signed out of, in the database: a copy of their cookie counts no longer, anywhere.

    Both methods raise what the database raises when it cannot be used: a session that may have ended lets nobody in.
    """

    find_database: Callable[[], Database]

    def add(self, session_id: str, lifetime: timedelta) -> None:
        """Remember the session for so long, after which its cookie is too old anyway."""
        with self.find_database().begin() as connection:
            end_session(connection, session_id, lifetime)

    def __contains__(self, session_id: str) -> bool:
        with self.find_database().connected() as connection:
            return has_ended(connection, session_id)


def sign_in(key: ApiKey) -> None:
    """From now on the browser that sent this request stands for `key`."""
    session.clear()
    session.permanent = True
    session[_HELD] = {
        "id": secrets.token_urlsafe(16),
        "name": key.name,
        "proof": _proof(current_app, key),
    }


def sign_out(ended: EndedSessions | None) -> None:
    """End the session of this request, here and wherever its cookie has been copied to."""
    held = session.get(_HELD)
    if held is not None and ended is not None:
        ended.add(held["id"], current_app.permanent_session_lifetime)
    session.clear()


def signed_in_key(keys: tuple[ApiKey, ...], ended: EndedSessions | None) -> ApiKey | None:
    """The key that the session of this request stands for.

    None without a session, once it was signed out of, once the key is configured no longer, and where `ended` is None:
    there sessions are not ours.
    """
    if ended is None:
        return None
    held = session.get(_HELD)
    if held is None or held["id"] in ended:
        return None
    for key in keys:
        if key.name == held["name"] and hmac.compare_digest(held["proof"], _proof(current_app, key)):
            return key
    return None


def csrf_token() -> str:
    """What a page of ours sends with everything that changes something."""
    return str(generate_csrf())


def require_csrf_token(request: Request) -> None:
    """ApiError when a request of a signed-in browser changes something and does not come from a page of ours."""
    if request.method in _SAFE:
        return
    try:
        validate_csrf(request.headers.get(CSRF_HEADER) or request.form.get("csrf_token"))
    except ValidationError as error:
        raise ApiError(
            Code.STALE_PAGE, f"this page has expired (no valid {CSRF_HEADER}): reload it"
        ) from error


def _proof(app: Flask, key: ApiKey) -> str:
    """A digest that only the holder of the session secret can make, and that a replaced key no longer has."""
    secret = app.secret_key
    assert isinstance(secret, str)  # noqa: S101 - set by our own application
    return hmac.new(secret.encode(), key.key.get_secret_value().encode(), hashlib.sha256).hexdigest()
