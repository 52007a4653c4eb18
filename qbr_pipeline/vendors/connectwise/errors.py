"""What can go wrong with ConnectWise, told apart by what helps: a changed setting, or another try later.

What belongs here: the errors that leave this folder. Each message is one sentence for a person and
holds no secret.
"""

from __future__ import annotations

from qbr_pipeline.vendors import VendorError


class ConnectWiseError(VendorError):
    """ConnectWise could not be read. `status` is the HTTP status it answered with, None without an answer."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class PermanentError(ConnectWiseError):
    """Trying again would not help; `settings` are the environment variables to look at."""

    def __init__(self, sentence: str, settings: tuple[str, ...], *, status: int | None = None) -> None:
        super().__init__(sentence, status=status)
        self.settings = settings


class UnknownAddressError(PermanentError):
    """The server knows no such address: a setting is wrong, or its codebase has changed with an upgrade."""


class RetriesExhausted(ConnectWiseError):  # noqa: N818
    """The server could not be read now although it was tried again; a later run may succeed."""
