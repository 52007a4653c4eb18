"""Answers that are files.

What belongs here: the headers by which a browser saves a file. What does not: what is in it (`files`).
"""

from __future__ import annotations

from flask import Response


def download(name: str, media: str, content: str | bytes) -> Response:
    """A file of that name and media type to be saved; text as UTF-8."""
    return Response(
        content, mimetype=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
