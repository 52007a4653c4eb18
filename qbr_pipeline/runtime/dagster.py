"""How Dagster's own programs are started: their paths, and the workspace that they load."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from qbr_pipeline.runtime.context import RuntimeContext


def workspace(runtime: RuntimeContext) -> Path:
    """A workspace whose location says what data it shows."""
    name = "qbr_pipeline (demo, made-up data)" if runtime.settings.demo else "qbr_pipeline"
    file = runtime.settings.home / "dagster" / "workspace.yaml"
    file.write_text(
        "load_from:\n"
        "  - python_module:\n"
        "      module_name: qbr_pipeline.definitions\n"
        f"      location_name: {shlex.quote(name)}\n"
    )
    return file


def script(name: str) -> str:
    """The path of a command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))
