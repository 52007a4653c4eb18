"""LibreOffice as a spreadsheet program of its own: it computes every formula of a workbook anew, and saves it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

needs_libreoffice = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed"),
]
"""The marks of a module whose tests start it."""

_RECALCULATES_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def recalculated(work: Path, files: Sequence[Path]) -> list[Path]:
    """The same workbooks with every result computed anew, in the same order.

    It has a profile of its own: a second program of one profile hands its files to the first.
    """
    profile = work / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_RECALCULATES_ALWAYS)
    said = subprocess.run(
        [
            *("soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(work / "out"), *map(str, files)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    saved = [work / "out" / file.name for file in files]
    assert [file.name for file in saved if not file.exists()] == [], said
    return saved
