"""How Dagster's own programs are started: their paths, and the workspace that they load."""

from __future__ import annotations

import sys
from pathlib import Path

from qbr_pipeline.runtime.context import RuntimeContext


def workspace(runtime: RuntimeContext) -> Path:
    """The workspace of an installation, with or without a checkout: one location, always of the same name."""
    file = runtime.settings.home / "dagster" / "workspace.yaml"
    file.write_text(
        "load_from:\n"
        "  - python_module:\n"
        "      module_name: qbr_pipeline.definitions\n"
        "      location_name: qbr_pipeline\n"
    )
    return file


def script(name: str) -> str:
    """The path of a command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))
