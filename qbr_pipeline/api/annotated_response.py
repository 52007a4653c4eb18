"""The data of an answer with what goes beside it: when it becomes another one, and its ETag.

What belongs here: the shape. Who sets it is the endpoint, who reads it is the blueprint.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import PrivateAttr

from qbr_pipeline.api.models import ResponseModel


class AnnotatedResponse(ResponseModel):
    """The data of an answer with what goes beside it.

    `_changes_at`: when it becomes another one by itself, aware; None: only when something is written. `_etag`: of an
    answer about one value.
    """

    _changes_at: datetime | None = PrivateAttr(default=None)
    _etag: str | None = PrivateAttr(default=None)

    @property
    def changes_at(self) -> datetime | None:
        """When it becomes another one."""
        return self._changes_at

    @property
    def etag(self) -> str | None:
        """Its ETag."""
        return self._etag
