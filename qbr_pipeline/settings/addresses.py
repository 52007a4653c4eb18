"""Where something is: databases, servers, pages, and this machine."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from qbr_pipeline.settings.texts import HiddenValueError, is_one_word, names, printable

_USUAL_PORTS = {"http": 80, "https": 443}
_API_PATH = re.compile(r"(/v[0-9A-Za-z_]+)?/apis/3\.0$", re.ASCII)
_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg2"}


def normalise_database_url(text: str) -> str:
    """`text` as a URL that SQLAlchemy opens with psycopg2, whichever way a person wrote it.

    HiddenValueError for anything that is not a PostgreSQL URL with a database name.
    """
    text = text.strip()
    if not text.isprintable():
        raise HiddenValueError("a URL with a control character in it")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise HiddenValueError("something that is not a URL") from error
    if url.drivername not in _POSTGRESQL:
        raise HiddenValueError("a URL that is not one of PostgreSQL")
    if "@" in (url.host or "") + (url.database or ""):
        raise HiddenValueError("a URL with one @ too many (within a password, write it as %40)")
    if not url.database:
        raise HiddenValueError("a URL without the name of a database")
    url = _with_one_password(url.set(drivername="postgresql+psycopg2"))
    if "\0" in (url.username or "") + (url.password or ""):
        raise HiddenValueError("a URL with a control character in it")
    return url.render_as_string(hide_password=False)


def _with_one_password(url: URL) -> URL:
    """`url` with a password among its options moved to where SQLAlchemy knows how to hide it."""
    given = url.query.get("password")
    if given is None:
        return url
    if url.password is not None or not isinstance(given, str):
        raise HiddenValueError("a URL with more than one password")
    return url.difference_update_query(["password"]).set(password=given)


def database_name(text: str) -> str:
    """The name of a database, and not a whole connection string, which may hold a password."""
    if "://" in text or "=" in text:
        raise HiddenValueError("a connection string")
    return printable(text)


def schema_name(text: str) -> str:
    """A name that needs no quotes, of at most the 63 letters that PostgreSQL keeps of one, and not PostgreSQL's own."""
    name = printable(text.strip())
    if re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name) is None or name.startswith("pg_"):
        raise ValueError("not a schema of ours")
    return name


def database_host(text: str) -> str:
    """A host, or the absolute path of a directory of sockets."""
    if "@" in text or "=" in text or "://" in text:
        raise HiddenValueError("more than a host")
    if not text.startswith("/") and re.fullmatch(r"[\w.:,-]+", text) is None:
        raise ValueError("not a host")
    return printable(text)


def server_url(text: str) -> str:
    """A server as a URL with a scheme and no slash at its end; https unless it says otherwise.

    Plain http only to a loopback address. The path of the API behind it, as vendors' documentation writes it, is cut.
    """
    text = text.strip()
    if "@" in text:
        raise HiddenValueError("a user name or password beside the host")
    if "?" in text or "#" in text:
        raise HiddenValueError("more than a host and a path")
    if not is_one_word(text) or "\\" in text:
        raise ValueError("not a server")
    url = urlsplit(text if "://" in text else f"https://{text}")
    host = url.hostname
    if url.scheme not in {"https", "http"} or not host or not _is_host(host):
        raise ValueError("not a server")
    if url.port == 0 or url.netloc.endswith(":"):  # as in https:/host, which lacks a slash
        raise ValueError("not a server")
    if url.scheme == "http" and not is_loopback(host):
        raise ValueError("plain http to another machine")
    return _API_PATH.sub("", url.geturl().rstrip("/"))


def quickbooks_environment(text: str) -> str:
    """`production` or `sandbox`; or a simulated QuickBooks on this very machine, as a URL with http."""
    known = text.strip().lower()
    if known in {"production", "sandbox"}:
        return known
    if not known.startswith("http://"):
        raise ValueError("no environment of QuickBooks")
    return server_url(text)


def page_url(text: str) -> str:
    """The address under which people reach a site, with http or https and no slash at its end."""
    text = text.strip()
    if "@" in text:
        raise HiddenValueError("a user name or password beside the host")
    try:
        url = urlsplit(text)
        is_right = url.scheme in {"https", "http"} and _is_host(url.hostname or "") and url.port != 0
    except ValueError:
        is_right = False
    if not is_right or not is_one_word(text) or any(character in text for character in "?#\\"):
        raise HiddenValueError("something that is not the address of a website")
    return url.geturl().rstrip("/")


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
