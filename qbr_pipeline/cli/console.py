"""Where commands print: results to standard output, faults to standard error, for eyes or for programs.

What belongs here: what a terminal can show, whatever its encoding. What does not: what is said.
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from typing import TextIO

from rich.console import Console

from qbr_pipeline.plain_text import one_line

output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_SIGNS = {
    "–": "-",
    "…": "...",
    "✓": "+",
    "✗": "x",
    "×": "x",
    "→": "->",
    "•": "*",
    "“": '"',
    "”": '"',
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}
"""What stands for a sign of ours where the encoding lacks it."""


def print_line(sentence: str, console: Console = output, style: str | None = None) -> None:
    """Print a sentence, in which text of others may stand, on one line."""
    console.print(one_line(sentence), style=style, markup=False, soft_wrap=True)


def show_in_any_encoding() -> None:
    """From now on a character that a stream cannot encode is shown by one that is like it, and never a fault."""
    codecs.register_error("qbr", _like)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="qbr")


def for_programs() -> TextIO:
    """Standard output for another program to read: UTF-8 whatever the terminal's encoding, paths exactly."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    return sys.stdout


def _like(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(_ascii_like, lacking)), error.end


def _ascii_like(character: str) -> str:
    """ASCII that looks like it: é is e."""
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _SIGNS.get(character) or plain or "?"
