"""Every environment variable of the project: read and checked once, then handed down as values.

What belongs here: the variables (`model`), and from text to value one parser for each kind of setting (`addresses`,
`keys`, `schedule`, `texts`). Every parser raises ValueError; one whose text may hold a secret raises
`texts.HiddenValueError`.
"""

from qbr_pipeline.settings.model import (
    CHECKOUT,
    CONNECTWISE_VARIABLES,
    ApiKey,
    ConnectWiseAccess,
    Role,
    Settings,
    SettingsError,
    settings,
)

__all__ = [
    "CHECKOUT",
    "CONNECTWISE_VARIABLES",
    "ApiKey",
    "ConnectWiseAccess",
    "Role",
    "Settings",
    "SettingsError",
    "settings",
]
