"""Words, numbers, truth, paths and lists.

What belongs here: what other parsers build on too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path


class HiddenValueError(ValueError):
    """A value that must not be shown, since a secret may be in it; the message says what it is instead."""


def plain_text(text: str) -> str:
    """Text without control characters."""
    return printable(text.strip())


def upper(text: str) -> str:
    """Text without control characters, in capitals."""
    return printable(text.strip()).upper()


def secret(text: str) -> str:
    """Text that may be anything but unprintable."""
    if not text.isprintable():
        raise HiddenValueError("a control character somewhere in a value that is not shown")
    return text


def path(text: str) -> Path:
    """A path; `~` is somebody's home."""
    try:
        return Path(printable(text)).expanduser()
    except RuntimeError as error:
        raise ValueError("the home directory of an unknown user") from error


def whole_number(text: str) -> int:
    """Digits, and nothing else."""
    if re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII) is None:
        raise ValueError("not a whole number")
    return int(text)


def true_or_false(text: str) -> bool:
    """`true` or `false`, in any case."""
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
    raise ValueError("neither true nor false")


def names(text: str) -> tuple[str, ...]:
    """A JSON list of names, each of them once."""
    try:
        listed = json.loads(text)
    except RecursionError as error:
        raise ValueError("not a list of names") from error
    if not isinstance(listed, list) or not all(isinstance(name, str) and name.strip() for name in listed):
        raise ValueError("not a list of names")
    if not all(name.isprintable() for name in listed):
        raise ValueError("names with control characters")
    return tuple(dict.fromkeys(listed))


def secret_names(text: str) -> tuple[str, ...]:
    """A JSON list of texts of which each may hold a secret, each of them once."""
    try:
        return names(text)
    except ValueError as error:
        raise HiddenValueError("something that is not a JSON list of texts") from error


def condition_names(text: str) -> tuple[str, ...]:
    """A JSON list of at least one name, all such that a condition of ConnectWise can hold them."""
    listed = names(text)
    if not listed or any(character in name for name in listed for character in '"\\'):
        raise ValueError("names that a ConnectWise query cannot hold")
    return listed


def board_names(text: str) -> tuple[str, ...]:
    """The same without the blanks around each name: names of boards and statuses are compared without."""
    return tuple(dict.fromkeys(name.strip() for name in condition_names(text)))


def status_names(text: str) -> tuple[str, ...] | None:
    """The same; None for the word `auto`."""
    return None if text.strip().casefold() == "auto" else board_names(text)


def owners(text: str) -> tuple[str, ...]:
    """A JSON list of who answers for the assets, as Dagster has it: e-mail addresses, or `team:` and a name."""
    listed = names(text)
    if not all(re.fullmatch(r"team:[\w.-]+|[^@\s:]+@[^@\s:]+\.[^@\s:.]+", name) for name in listed):
        raise ValueError("owners that Dagster does not know")
    return listed


def printable(text: str) -> str:
    """The text itself. ValueError when it holds control characters."""
    if not text.isprintable():
        raise ValueError("control characters")
    return text


def is_one_word(text: str) -> bool:
    """Whether it has neither control characters nor blanks."""
    return text.isprintable() and not any(character.isspace() for character in text)
