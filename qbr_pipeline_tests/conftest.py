"""The fixtures that every test folder shares: a real PostgreSQL, and databases in it that are ready at once.

What a fixture needs it imports itself: a test of pure arithmetic is collected without a database, a mail server or
Dagster.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import random
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

    from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer
    from qbr_pipeline.store.database import Database

CHICAGO = ZoneInfo("America/Chicago")
_MIGRATIONS = Path(__file__).parents[1] / "qbr_pipeline" / "store" / "migrations" / "versions"
VERSIONS = sorted(file.name[1:5] for file in _MIGRATIONS.glob("v*.py"))
"""The versions of the tables, the first one first: the numbers that the files of the migrations carry."""


def _forget_the_shell() -> None:
    """Forget what the shell says of vendors, databases and the calendar: no test may meet the real ones."""
    for name in list(os.environ):
        if (
            name.startswith(("QBR_", "CONNECTWISE_", "NINJA_", "QUICKBOOKS_", "DAGSTER_", "PG"))
            and name != "QBR_HOME"
        ):
            del os.environ[name]
    os.environ["QBR_DOTENV"] = "false"  # nor may it meet what a developer keeps in a file


_forget_the_shell()  # now: the calendar of the assets is read from the environment when they are imported


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs first: what takes longest does not keep one worker busy when the others have nothing left."""
    long = {"test_nights.py", "test_nightly.py"}
    items.sort(key=lambda item: "end_to_end" not in item.path.parts and item.path.name not in long)


@pytest.fixture(autouse=True)
def _our_own_log_level() -> None:
    """Each test begins with loggers as they are imported: a command that ran before in this process has set one."""
    logging.getLogger("qbr_pipeline").setLevel(logging.NOTSET)


def administer(server: EmbeddedServer, *statements: str) -> None:
    """Run statements that no transaction may hold."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """An embedded PostgreSQL of this test session's own. It may forget on a power cut: that makes it fast."""
    from qbr_pipeline.runtime.postgres.embedded import start_embedded

    home = Path(tempfile.mkdtemp(prefix="qbr-test-"))
    server = start_embedded(home, keep_running=False)
    forgetful = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
    administer(server, *(f"ALTER SYSTEM SET {name} = off" for name in forgetful), "SELECT pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def empty_database(postgres: EmbeddedServer) -> Callable[[], str]:
    """Makes a new empty database at each call; its URL."""
    numbers = itertools.count(1)
    return lambda: postgres.ensure_database(f"empty_{next(numbers)}")


@pytest.fixture(scope="session")
def fresh_database(postgres: EmbeddedServer) -> Callable[[], str]:
    """Makes a new migrated database at each call, by copying one; its URL. Its organization is `Test MSP`."""
    from qbr_pipeline.store import migrating

    migrating.upgrade(postgres.ensure_database("migrated"), "Test MSP")
    numbers = itertools.count(1)

    def copy() -> str:
        name = f"fresh_{next(numbers)}"
        administer(postgres, f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY FILE_COPY")
        return postgres.url(name)

    return copy


@pytest.fixture
def database(postgres: EmbeddedServer, fresh_database: Callable[[], str]) -> Iterator[Database]:
    """A migrated, empty database in the business time zone America/Chicago."""
    from qbr_pipeline.store.database import open_database

    db = open_database(fresh_database(), timezone=CHICAGO)
    yield db
    db.close()
    administer(postgres, f"DROP DATABASE {db.engine.url.database} WITH (FORCE)")


@dataclass
class Received:
    """What a mail server or an HTTP endpoint was sent: titles and texts, and the HTML of mails that have it.

    `taken`: asked before each answer.
    """

    url: str = ""
    messages: list[tuple[str, str]] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    taken: Callable[[], bool] = lambda: True


@pytest.fixture
def mailbox() -> Iterator[Received]:
    """A mail server on this machine; `url` is Apprise's for it."""
    with _mail_server() as received:
        yield received


@pytest.fixture
def webhook() -> Iterator[Received]:
    """An HTTP endpoint on this machine that takes JSON; `url` is Apprise's for it."""
    with _http_endpoint() as received:
        yield received


@pytest.fixture(scope="module")
def new_mailbox() -> Iterator[Callable[[], Received]]:
    """Makes a new mail server at each call, for all tests of a module."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(_mail_server())


@pytest.fixture(scope="module")
def new_webhook() -> Iterator[Callable[[], Received]]:
    """Makes a new HTTP endpoint at each call, for all tests of a module."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(_http_endpoint())


@contextmanager
def _mail_server() -> Iterator[Received]:
    from aiosmtpd.controller import Controller

    received = Received()

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            mail = message_from_bytes(envelope.content, policy=policy.default)
            if not received.taken():
                return "451 Try again later"
            body = mail.get_body(preferencelist=("plain",))
            received.messages.append((str(mail["Subject"]), body.get_content() if body else ""))
            html = mail.get_body(preferencelist=("html",))
            if html:
                received.html.append(html.get_content())
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=0)
    controller.port = unused_port()
    controller.start()
    received.url = (
        f"mailto://_@example.com:{controller.port}"
        "?smtp=127.0.0.1&from=qbr@example.com&to=owner@example.com&mode=insecure&format=text"
    )
    yield received
    controller.stop()


@contextmanager
def _http_endpoint() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken = received.taken()
            if taken:
                received.messages.append((sent["title"], sent["message"]))
            self.send_response(200 if taken else 503)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    received.url = f"json://127.0.0.1:{server.server_address[1]}/alerts"
    yield received
    server.shutdown()
    server.server_close()


def unused_port() -> int:
    """A port that nobody listens on, below those that the kernel gives to outgoing connections.

    One of the kernel's own choice could be given to a connection before the program that it is meant for listens.
    """
    from qbr_pipeline.runtime.processes import free_port

    return free_port(random.randrange(20_000, 32_000))


@contextmanager
def running(server: BaseWSGIServer) -> Iterator[None]:
    """Serve in a thread. It closes the server itself: one that waits for sockets must not find them closed.

    Not before the trigger that wakes it has been pulled: a thread that is awake already would close that under it.
    """
    from waitress.wasyncore import close_all

    thread = threading.Thread(target=server.run)
    thread.start()
    yield
    server.task_dispatcher.shutdown()
    pulled = threading.Event()

    def close() -> None:
        pulled.wait()
        close_all(server._map, ignore_all=True)

    server.trigger.pull_trigger(close)
    pulled.set()
    thread.join(20)
    assert not thread.is_alive()
