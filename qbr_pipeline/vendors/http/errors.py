"""What can go wrong with a vendor, told apart by what helps: a changed setting, or another try later.

What belongs here: the errors that leave the folders of vendors. Each message is one sentence for a person and holds no
secret.
"""

from __future__ import annotations

from qbr_pipeline.vendors import VendorError


class ApiError(VendorError):
    """A vendor's API could not be read. `status` is the HTTP status it answered with, None without an answer."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class PermanentError(ApiError):
    """Trying again would not help; `settings` are the environment variables to look at."""

    def __init__(self, sentence: str, settings: tuple[str, ...], *, status: int | None = None) -> None:
        super().__init__(sentence, status=status)
        self.settings = settings


class UnknownAddressError(PermanentError):
    """The server knows no such address: a setting is wrong, or its codebase has changed with an upgrade."""


class RetriesExhausted(ApiError):  # noqa: N818
    """The server could not be read now although it was tried again; a later run may succeed."""
