"""Quoting what a server said without quoting a secret.

What belongs here: the one way by which a text from outside gets into a message of the vendors' folders.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8

from qbr_pipeline.plain_text import one_line

HTML = "a page of HTML"
"""What is said of the body of an error that is no more than that."""

_LONGEST = 200
_MESSAGES = ("message", "error_description", "errorMessage")


def is_html(content: bytes) -> bool:
    """Whether a body is a page of HTML, or of XML."""
    return content.removeprefix(BOM_UTF8).lstrip().startswith(b"<")


class Redactor:
    """Shortens texts and blots out every one of some secrets, whatever its case."""

    def __init__(self, *secrets: str) -> None:
        longest_first = sorted(filter(None, secrets), key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """`text` on one line, at most 200 characters of it, with *** in place of every secret."""
        clean = self._secret.sub("***", one_line(text))
        return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1].rstrip() + "…"

    def body(self, content: bytes) -> str:
        """What the body of an error says: codes and messages where they stand under usual names, else its text."""
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
        code = body.get("code") or body.get("error") or body.get("resultCode")
        parts = [code, *(body.get(name) for name in _MESSAGES)]
        errors = body.get("errors")
        if isinstance(errors, list):
            parts += [error.get("message") for error in errors if isinstance(error, dict)]
        named = [part for part in parts if isinstance(part, str) and part.strip()]
        return self(": ".join(dict.fromkeys(named)) if named else text)
