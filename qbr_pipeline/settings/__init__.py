"""Every environment variable of the project: read and checked once, then handed down as values.

What belongs here: the variables by group (`databases`, `vendors`, `collecting`, `serving`; all together `model`), and
from text to value one parser for each kind of setting (`addresses`, `devices`, `keys`, `schedule`, `texts`). Every
parser raises ValueError; one whose text may hold a secret raises `texts.HiddenValueError`.

`env_file` reads and writes the files `.env`. `settings()` is called where a process begins, by `runtime`, `cli` and
`orchestration`; all others are given what they need.
"""

from qbr_pipeline.settings.collecting import ReviewSettings
from qbr_pipeline.settings.devices import DEVICE_SOURCES, CountsAs, DeviceMonth, DeviceRule, DeviceSource
from qbr_pipeline.settings.model import (
    CHECKOUT,
    FILE_VARIABLES,
    Settings,
    env_files,
    ignored_variables,
    settings,
    with_env_files,
)
from qbr_pipeline.settings.serving import ApiKey, Role
from qbr_pipeline.settings.variables import SettingsError
from qbr_pipeline.settings.vendors import (
    CONNECTWISE_VARIABLES,
    NINJA_VARIABLES,
    ConnectWiseAccess,
    NinjaAccess,
    QuickBooksAccess,
)

__all__ = [
    "CHECKOUT",
    "CONNECTWISE_VARIABLES",
    "DEVICE_SOURCES",
    "FILE_VARIABLES",
    "NINJA_VARIABLES",
    "ApiKey",
    "ConnectWiseAccess",
    "CountsAs",
    "DeviceMonth",
    "DeviceRule",
    "DeviceSource",
    "NinjaAccess",
    "QuickBooksAccess",
    "ReviewSettings",
    "Role",
    "Settings",
    "SettingsError",
    "env_files",
    "ignored_variables",
    "settings",
    "with_env_files",
]
