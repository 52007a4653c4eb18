"""Who may do something: keys of vendors, keys to the API, and what sessions are signed with."""

from __future__ import annotations

import base64
import binascii
import json

from qbr_pipeline.settings.texts import HiddenValueError, is_one_word

SESSION_SECRET_LENGTH = 32
API_KEY_LENGTH = 24
ENCRYPTION_KEY_BYTES = 32
API_KEY_NAME_LENGTH = 100


def key(text: str) -> str:
    """A key that a vendor has handed out: printable ASCII without blanks."""
    stripped = text.strip()
    if not stripped.isascii() or not is_one_word(stripped):
        raise HiddenValueError("a value, not shown, with characters that are in no key")
    return stripped


def session_secret(text: str) -> str:
    """A secret that is long enough to sign with."""
    if not text.isprintable() or len(text) < SESSION_SECRET_LENGTH:
        raise HiddenValueError(f"a value, not shown, of {len(text)} characters")
    return text


def encryption_keys(text: str) -> tuple[str, ...]:
    """One or more keys with commas between them: each 32 bytes in base64, as `qbr key encryption` prints them."""
    held = tuple(each.strip() for each in text.split(",") if each.strip())
    for each in held:
        try:
            length = len(base64.b64decode(each.encode("ascii"), altchars=b"-_", validate=True))
        except (UnicodeEncodeError, binascii.Error):
            length = 0
        if length != ENCRYPTION_KEY_BYTES:
            raise HiddenValueError("a value, not shown, that is not a key of 32 bytes in base64")
    return held


def api_keys(text: str) -> tuple[tuple[str, str, str], ...]:
    """A JSON object from each key to its name and role, as (key, name, role)."""
    try:
        held = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise HiddenValueError("something, not shown, that is not JSON or names a key twice") from error
    if not isinstance(held, dict):
        raise HiddenValueError("something, not shown, that is not a JSON object")
    return tuple(_api_key(given, about) for given, about in held.items())


def _api_key(given: str, about: object) -> tuple[str, str, str]:
    if not given or not given.isascii() or not is_one_word(given):
        raise HiddenValueError(
            "a key, not shown, that is empty or has blanks or characters that no header holds"
        )
    if len(given) < API_KEY_LENGTH:
        raise HiddenValueError(f"a key, not shown, of {len(given)} characters")
    match about:
        case {"name": str(name), "role": "read" | "write" as role, **rest} if not rest:
            if name.strip() and name.isprintable() and len(name) <= API_KEY_NAME_LENGTH:
                return given, name.strip(), role
    raise HiddenValueError(
        f"a key, not shown, without a name of at most {API_KEY_NAME_LENGTH} letters, or with another role"
    )


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a name twice")
    return held
