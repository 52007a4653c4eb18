"""Being signed in: a signed cookie that stands for a key, for people with a browser.

What belongs here: what the cookie holds, and when it counts. What does not: the page to sign in on (`dashboard`).
The cookie is Flask's own session, so it counts only in an application that says so (`QBR_SESSIONS`); in anybody
else's the session is theirs and is never looked at. It holds the key's name and a proof of the key, never the key.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, Request, current_app, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.settings import ApiKey

CSRF_HEADER = "X-CSRF-Token"
_HELD = "qbr"
_SAFE = ("GET", "HEAD", "OPTIONS")


def sign_in(key: ApiKey) -> None:
    """From now on the browser that sent this request stands for `key`."""
    session.clear()
    session.permanent = True
    session[_HELD] = {"name": key.name, "proof": _proof(current_app, key)}


def sign_out() -> None:
    """Forget who it was."""
    session.clear()


def signed_in_key(keys: tuple[ApiKey, ...]) -> ApiKey | None:
    """The key that the session of this request stands for; None without one or once it is configured no longer."""
    held = session.get(_HELD)
    if held is None:
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
            Code.FORBIDDEN, f"the page is too old to change anything (no valid {CSRF_HEADER}): load it again"
        ) from error


def _proof(app: Flask, key: ApiKey) -> str:
    """A digest that only the holder of the session secret can make, and that a replaced key no longer has."""
    secret = app.secret_key
    assert isinstance(secret, str)  # noqa: S101 - set by our own application
    return hmac.new(secret.encode(), key.key.get_secret_value().encode(), hashlib.sha256).hexdigest()
