"""Quoting what a server said without quoting a secret.

What belongs here: the one way by which a text from outside gets into a message of this folder.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from codecs import BOM_UTF8

from qbr_pipeline.plain_text import one_line
from qbr_pipeline.settings import ConnectWiseAccess

HTML = "a page of HTML"
"""What is said of the body of an error that is no more than that."""

_LONGEST = 200


def is_html(content: bytes) -> bool:
    """Whether a body is a page of HTML, or of XML."""
    return content.removeprefix(BOM_UTF8).lstrip().startswith(b"<")


def basic_token(access: ConnectWiseAccess) -> str:
    """The credentials for HTTP basic authentication: company id, a literal plus sign, and the two keys."""
    pair = (
        f"{access.company_id}+{access.public_key.get_secret_value()}:{access.private_key.get_secret_value()}"
    )
    return b64encode(pair.encode()).decode("ascii")


class Redactor:
    """Shortens texts and blots out every secret of one access, whatever its case."""

    def __init__(self, access: ConnectWiseAccess) -> None:
        secrets = [
            basic_token(access),
            access.private_key.get_secret_value(),
            access.public_key.get_secret_value(),
            access.client_id.get_secret_value(),
        ]
        longest_first = sorted(filter(None, secrets), key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """`text` on one line, at most 200 characters of it, with *** in place of every secret."""
        clean = self._secret.sub("***", one_line(text))
        return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1].rstrip() + "…"

    def body(self, content: bytes) -> str:
        """What the body of an error says: code and messages of the vendor's form, else its text."""
        text = content.decode("utf-8-sig", "replace").strip()
        if not text:
            return "no text"
        if is_html(content):
            return HTML
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return self(text)
        if not isinstance(body, dict):
            return self(text)
        parts = [body.get("code") or body.get("error"), body.get("message")]
        errors = body.get("errors")
        if isinstance(errors, list):
            parts += [error.get("message") for error in errors if isinstance(error, dict)]
        named = [part for part in parts if isinstance(part, str) and part.strip()]
        return self(": ".join(dict.fromkeys(named)) if named else text)
