"""Names that somebody types: in which form they are compared, and what comes near one that is unknown.

What belongs here: text alone. What does not: which names there are (`catalogue`, `smartnumbers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from qbr_pipeline.plain_text import one_line

MAX_AUTHOR_LENGTH = 100


def normalise_name(text: str) -> str:
    """The form in which names are compared: without case and without surplus spaces."""
    return " ".join(text.split()).casefold()


def quoted(name: str) -> str:
    """A name that somebody else chose, marked off from the sentence around it."""
    return f'"{one_line(name)[:100]}"'


def author(given: str) -> str | None:
    """The name of who says something, as it is kept; None for what is none: blank, overlong, or not storable."""
    name = given.strip()
    return name if 0 < len(name) <= MAX_AUTHOR_LENGTH and "\0" not in name else None


def did_you_mean(wanted: str, names: Iterable[str]) -> str:
    """`; did you mean ...?` with up to three of `names` that come near in any case, or nothing.

    It takes milliseconds: compute it where a person is shown an error, not where a look-up may fail.
    """
    by_name = {normalise_name(name): name for name in names}
    near = get_close_matches(normalise_name(wanted), list(by_name), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(quoted(by_name[name]) for name in near)}?" if near else ""
