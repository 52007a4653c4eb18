"""What follows a commit: when that fails, the answer says that what was sent is stored all the same.

What belongs here: that one sentence. What does not: what follows (`review`), and errors before anything is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qbr_pipeline.api.errors import ApiError, Code


@contextmanager
def post_commit() -> Iterator[None]:
    """The block reviews and tells what has just been committed; ApiError for whatever goes wrong in it."""
    try:
        yield
    except Exception as error:
        raise stored_not_reviewed() from error


def stored_not_reviewed() -> ApiError:
    """What is answered when that failed."""
    return ApiError(
        Code.STORED_NOT_REVIEWED,
        "what was sent is stored, but could not be reviewed at the moment: findings may be out of date until the next "
        "change or collection",
    )
