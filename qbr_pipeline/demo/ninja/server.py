"""The simulated server: tokens, three lists and their pages, as NinjaOne's API v2 answers them.

What belongs here: paths, credentials, paging. What does not: its life, bytes and faults (`demo.wire`), and what devices
look like (`world`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs

from qbr_pipeline.demo.faults import Answer
from qbr_pipeline.demo.ninja.faults import Faults, not_authenticated, wrong_region
from qbr_pipeline.demo.ninja.world import World
from qbr_pipeline.demo.wire import Incoming, SimulatedServer

DEMO_CLIENT_ID = "demo-ninja-client"
DEMO_CLIENT_SECRET = "demo-ninja-secret"  # noqa: S105 - of a made-up server
SCOPE = "monitoring"

_TOKEN_PATH = "/ws/oauth/token"  # noqa: S105
_USUAL_PAGE = 50
_LASTS = 3600


def wall_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class SimulatedNinja(SimulatedServer):
    """A NinjaOne server over a world. `clock` tells the moment at which the world is looked at, aware.

    What is asked for by parameters that it does not know is ignored without an error, as by the real one.
    """

    faults: Faults

    def __init__(
        self,
        world: World,
        *,
        client_id: str = DEMO_CLIENT_ID,
        client_secret: str = DEMO_CLIENT_SECRET,
        port: int = 0,
        clock: Callable[[], datetime] = wall_clock,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(faults or Faults(), port)
        self.world, self.clock = world, clock
        self._client = (client_id, client_secret)
        self._numbers = count(1)
        self._token = ""
        self._ends = datetime.min.replace(tzinfo=UTC)
        self._used = 0

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to a request when nothing goes wrong."""
        if incoming.path == _TOKEN_PATH:
            return self._new_token(incoming)
        rows = self._rows(incoming.path)
        if rows is None or incoming.method != "GET":
            return Answer(404, json.dumps({"resultCode": "FAILURE", "errorMessage": "HTTP 404 Not Found"}))
        given = incoming.headers.get("authorization", "")
        if not given:
            return Answer(400, json.dumps({"error": "no authorization header"}))
        self._used += 1
        lasts = self.faults.token_lasts
        is_used_up = lasts is not None and self._used > lasts
        if given != f"Bearer {self._token}" or is_used_up or self.clock() >= self._ends:
            return not_authenticated().answer
        return Answer(200, json.dumps(self._page(rows, incoming.parameters)), content_type="text/plain")

    def _rows(self, path: str) -> Sequence[Mapping[str, Any]] | None:
        """Every row of a list in the order of ids; None for a path that there is not."""
        lists = {
            "/v2/devices-detailed": self.world.devices,
            "/v2/organizations": self.world.organizations,
            "/v2/locations": self.world.locations,
        }
        return lists[path](self.clock()) if path in lists else None

    def _new_token(self, incoming: Incoming) -> Answer:
        form = {
            name: values[-1] for name, values in parse_qs(incoming.body.decode("utf-8", "replace")).items()
        }
        if incoming.method != "POST" or form.get("grant_type") != "client_credentials":
            return Answer(400, json.dumps({"error": "unsupported_grant_type"}))
        client_id, client_secret = self._client
        if form.get("client_id") != client_id:
            return wrong_region().answer
        if form.get("client_secret") != client_secret:
            return Answer(401, json.dumps({"error": "invalid_client"}))
        if form.get("scope") != SCOPE:
            return Answer(400, json.dumps({"error": "invalid_scope"}))
        self._token = f"made-up-token-{next(self._numbers)}"
        self._ends, self._used = self.clock() + timedelta(seconds=_LASTS), 0
        body = {"access_token": self._token, "expires_in": _LASTS, "token_type": "Bearer", "scope": SCOPE}
        return Answer(200, json.dumps(body))

    def _page(
        self, rows: Sequence[Mapping[str, Any]], parameters: Mapping[str, str]
    ) -> Sequence[Mapping[str, Any]]:
        size = _number(parameters.get("pageSize")) or _USUAL_PAGE
        after = _number(parameters.get("after"))
        begun = sum(row["id"] <= after for row in rows) if after and not self.faults.cursor_stands else 0
        if begun // size in self.faults.short_pages:
            size //= 2
        size = min(size, self.faults.largest_page or size)
        repeated = 1 if self.faults.repeats and begun and begun < len(rows) else 0
        return rows[begun - repeated : begun + size]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
