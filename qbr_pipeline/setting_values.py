"""What the text of a setting may be, and what it means: one parser for each kind of setting.

What belongs here: from text to value. What does not: which variables there are (`settings`).
Every parser raises ValueError; one whose text may hold a secret raises NotShownError.
"""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

SESSION_SECRET_LENGTH = 32
API_KEY_NAME_LENGTH = 100
_USUAL_PORTS = {"http": 80, "https": 443}
_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg2"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CRON_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)


class NotShownError(ValueError):
    """A value that must not be shown, since a secret may be in it; the message says what it is instead."""


def normalise_database_url(text: str) -> str:
    """`text` as a URL that SQLAlchemy opens with psycopg2, whichever way a person wrote it.

    NotShownError for anything that is not a PostgreSQL URL with a database name.
    """
    text = text.strip()
    if not text.isprintable():
        raise NotShownError("a URL with a control character in it")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise NotShownError("something that is not a URL") from error
    if url.drivername not in _POSTGRESQL:
        raise NotShownError("a URL that is not one of PostgreSQL")
    if "@" in (url.host or "") + (url.database or ""):
        raise NotShownError("a URL with an @ too many (within a password, write it as %40)")
    if not url.database:
        raise NotShownError("a URL without the name of a database")
    url = _with_one_password(url.set(drivername="postgresql+psycopg2"))
    if "\0" in (url.username or "") + (url.password or ""):
        raise NotShownError("a URL with a control character in it")
    return url.render_as_string(hide_password=False)


def _with_one_password(url: URL) -> URL:
    """`url` with a password among its options moved to where SQLAlchemy knows how to hide it."""
    given = url.query.get("password")
    if given is None:
        return url
    if url.password is not None or not isinstance(given, str):
        raise NotShownError("a URL with more than one password")
    return url.difference_update_query(["password"]).set(password=given)


def server_url(text: str) -> str:
    """A server as a URL with a scheme and no slash at its end; https unless it says otherwise.

    Plain http only to a loopback address.
    """
    text = text.strip()
    if "@" in text:
        raise NotShownError("a user name or password beside the host")
    if "?" in text or "#" in text:
        raise NotShownError("more than a host and a path")
    if not _is_one_word(text) or "\\" in text:
        raise ValueError("not a server")
    url = urlsplit(text if "://" in text else f"https://{text}")
    host = url.hostname
    if url.scheme not in {"https", "http"} or not host or not _is_host(host):
        raise ValueError("not a server")
    if url.port == 0 or url.netloc.endswith(":"):  # as in https:/host, which lacks a slash
        raise ValueError("not a server")
    if url.scheme == "http" and not is_loopback(host):
        raise ValueError("plain http to another machine")
    return url.geturl().rstrip("/")


def _is_host(host: str) -> bool:
    return re.fullmatch(r"[\w.-]+", host) is not None or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, without a port) is this machine seen from itself."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def timezone(text: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    try:
        return ZoneInfo(text.strip())
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError("not a time zone") from error


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
        raise NotShownError("something that is not a JSON list of texts") from error


def page_url(text: str) -> str:
    """The address under which people reach a site, with http or https and no slash at its end."""
    text = text.strip()
    if "@" in text:
        raise NotShownError("a user name or password beside the host")
    try:
        url = urlsplit(text)
        is_right = url.scheme in {"https", "http"} and _is_host(url.hostname or "") and url.port != 0
    except ValueError:
        is_right = False
    if not is_right or not _is_one_word(text) or any(character in text for character in "?#\\"):
        raise NotShownError("something that is not the address of a site")
    return url.geturl().rstrip("/")


def condition_names(text: str) -> tuple[str, ...]:
    """A JSON list of at least one name, all such that a condition of ConnectWise can hold them."""
    listed = names(text)
    if not listed or any(character in name for name in listed for character in '"\\'):
        raise ValueError("names that ConnectWise cannot be asked for")
    return listed


def cron(text: str) -> str:
    """A cron expression of minute, hour, day, month and weekday, one blank between them."""
    fields = text.lower().split()
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError("not five fields")
    for field, (lowest, highest, spelled) in zip(fields, _CRON_FIELDS, strict=True):
        for item in field.split(","):
            _check_cron_item(item, lowest, highest, spelled)
    return " ".join(fields)


def _check_cron_item(item: str, lowest: int, highest: int, spelled: tuple[str, ...]) -> None:
    match = re.fullmatch(r"(\*|([a-z0-9]+)(-([a-z0-9]+))?)(/([0-9]{1,2}))?", item, re.ASCII)
    if match is None or (match[6] is not None and int(match[6]) == 0):
        raise ValueError("not a cron expression")
    ends = [_cron_number(end, lowest, spelled) for end in (match[2], match[4]) if end is not None]
    if not all(lowest <= end <= highest for end in ends) or ends != sorted(ends):
        raise ValueError("beyond the range of its field")


def _cron_number(text: str, lowest: int, spelled: tuple[str, ...]) -> int:
    return spelled.index(text) + lowest if text in spelled else int(text)


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


def path(text: str) -> Path:
    """A path; `~` is somebody's home."""
    try:
        return Path(_printable(text)).expanduser()
    except RuntimeError as error:
        raise ValueError("nobody's home") from error


def plain_text(text: str) -> str:
    """Text without control characters."""
    return _printable(text.strip())


def upper(text: str) -> str:
    """Text without control characters, in capitals."""
    return _printable(text.strip()).upper()


def database_name(text: str) -> str:
    """The name of a database, and not a whole connection string, which may hold a password."""
    if "://" in text or "=" in text:
        raise NotShownError("a connection string")
    return _printable(text)


def database_host(text: str) -> str:
    """A host, or the absolute path of a directory of sockets."""
    if "@" in text or "=" in text or "://" in text:
        raise NotShownError("more than a host")
    if not text.startswith("/") and re.fullmatch(r"[\w.:,-]+", text) is None:
        raise ValueError("not a host")
    return _printable(text)


def secret(text: str) -> str:
    """Text that may be anything but unprintable."""
    if not text.isprintable():
        raise NotShownError("a control character somewhere in a value that is not shown")
    return text


def key(text: str) -> str:
    """A key that a vendor has handed out: printable ASCII without blanks."""
    stripped = text.strip()
    if not stripped.isascii() or not _is_one_word(stripped):
        raise NotShownError("a value, not shown, with characters that are in no key")
    return stripped


def session_secret(text: str) -> str:
    """A secret that is long enough to sign with."""
    if not text.isprintable() or len(text) < SESSION_SECRET_LENGTH:
        raise NotShownError(f"a value, not shown, of {len(text)} characters")
    return text


def api_keys(text: str) -> tuple[tuple[str, str, str], ...]:
    """A JSON object from each key to its name and role, as (key, name, role)."""
    try:
        held = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise NotShownError("something, not shown, that is not JSON or names a key twice") from error
    if not isinstance(held, dict):
        raise NotShownError("something, not shown, that is not a JSON object")
    return tuple(_api_key(given, about) for given, about in held.items())


def _api_key(given: str, about: object) -> tuple[str, str, str]:
    if not given or not given.isascii() or not _is_one_word(given):
        raise NotShownError(
            "a key, not shown, that is empty or has blanks or characters that no header holds"
        )
    match about:
        case {"name": str(name), "role": "read" | "write" as role, **rest} if not rest:
            if name.strip() and name.isprintable() and len(name) <= API_KEY_NAME_LENGTH:
                return given, name.strip(), role
    raise NotShownError(
        f"a key, not shown, without a name of at most {API_KEY_NAME_LENGTH} letters, or with another role"
    )


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a name twice")
    return held


def origins(text: str) -> tuple[str, ...]:
    """A JSON list of origins as browsers send them: scheme, host, and a port where it is not the usual one."""
    listed = names(text)
    for origin in listed:
        url = urlsplit(origin)
        if (
            url.scheme not in {"http", "https"}
            or not url.hostname
            or origin != f"{url.scheme}://{url.netloc}"
        ):
            raise ValueError("not an origin")
        if url.port == _USUAL_PORTS[url.scheme] or url.netloc.endswith(":"):  # browsers never send these
            raise ValueError("not an origin")
        if "@" in url.netloc or not _is_host(url.hostname) or origin != origin.lower():
            raise ValueError("not an origin")
    return listed


def bind_host(text: str) -> str:
    """A host name or address of this machine."""
    host = text.strip().removeprefix("[").removesuffix("]")
    if not _is_host(host):
        raise ValueError("not a host")
    return host


def address(text: str) -> str:
    """An IP address, as it is usually written."""
    return str(ipaddress.ip_address(text.strip()))


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("control characters")
    return text


def _is_one_word(text: str) -> bool:
    return text.isprintable() and not any(character.isspace() for character in text)
