"""What the readers of all vendors' servers have in common.

What belongs here: how a reader is opened and closed, and what it has cost so far. What it reads is said by each.
"""

from __future__ import annotations

from types import TracebackType
from typing import Generic, Self, TypeVar

from qbr_pipeline.vendors.http.transport import Transport

TransportT = TypeVar("TransportT", bound=Transport)


class Client(Generic[TransportT]):
    """A reader over the transport of a vendor; use it as a context manager, in one thread."""

    def __init__(self, transport: TransportT) -> None:
        self._transport = transport

    @property
    def requests(self) -> int:
        """The requests made so far, repeated ones included."""
        return self._transport.requests

    @property
    def waited(self) -> float:
        """The seconds spent so far waiting for answers, and between tries."""
        return self._transport.waited

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
