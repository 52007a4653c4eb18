"""What options of several commands hold.

What belongs here: reading the text of an option, and the sentence for a wrong one.
"""

from __future__ import annotations

from qbr_pipeline.settings import SettingsError
from qbr_pipeline.settings.addresses import normalise_database_url


def database_url(option: str, given: str) -> str:
    """The database that an option names; SettingsError for what is no address of one."""
    try:
        return normalise_database_url(given)
    except ValueError as error:
        raise SettingsError([f"{option}: {error}"]) from error
