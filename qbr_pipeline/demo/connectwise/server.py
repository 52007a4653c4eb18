"""The simulated server: who is let in, at which address, and in which version of the model.

What belongs here: credentials, codebase. What does not: its life, bytes and faults (`demo.wire`), and what is true in
the world and selected from it (`answers`).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from qbr_pipeline.demo.connectwise.answers import Answers, Question, Refusal
from qbr_pipeline.demo.connectwise.faults import Faults
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.demo.faults import Answer
from qbr_pipeline.demo.wire import Incoming, SimulatedServer

DEMO_COMPANY_ID = "demo_msp"
DEMO_PUBLIC_KEY = "demo-public-key"
DEMO_PRIVATE_KEY = "demo-private-key"
DEMO_CLIENT_ID = "00000000-0000-4000-8000-000000000000"
DEMO_CODEBASE = "v2025_1/"

_EVERY_CODEBASE = "v4_6_release/"
_LONGEST_URL = 2000
_OMITS_NULLS_SINCE = (2025, 1)


def wall_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class SimulatedConnectWise(SimulatedServer):
    """A ConnectWise server over a world.

    `clock` tells the moment at which the world is looked at. `codebase` is the segment of the path that
    companyinfo names; `v4_6_release/` is accepted too. `site_url` is the host that it names for programs. With
    `answers_companyinfo` false it is like a server on a customer's own premises: 404 for companyinfo.
    """

    faults: Faults

    def __init__(
        self,
        world: World,
        *,
        company_id: str = DEMO_COMPANY_ID,
        public_key: str = DEMO_PUBLIC_KEY,
        private_key: str = DEMO_PRIVATE_KEY,
        client_id: str = DEMO_CLIENT_ID,
        port: int = 0,
        clock: Callable[[], datetime] = wall_clock,
        codebase: str = DEMO_CODEBASE,
        answers_companyinfo: bool = True,
        site_url: str | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.world, self.clock = world, clock
        self.codebase, self.answers_companyinfo, self.site_url = codebase, answers_companyinfo, site_url
        super().__init__(faults or Faults(), port)
        self._company_id, self._client_id = company_id, client_id
        login = f"{company_id}+{public_key}:{private_key}"
        self._authorization = f"Basic {base64.b64encode(login.encode()).decode()}"
        self._answers = Answers(world)

    def path_in_api(self, incoming: Incoming) -> str:
        """What follows `apis/3.0` in the path; the whole path where that is not in it."""
        found = re.search(r"/apis/3\.0(/.*)", incoming.path)
        return found[1] if found else incoming.path

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to a request when nothing goes wrong."""
        try:
            return self._route(incoming)
        except Refusal as http_error:
            body = json.dumps({"code": http_error.code, "message": str(http_error), "errors": None})
            return Answer(http_error.status, body)

    def _route(self, incoming: Incoming) -> Answer:
        if len(self.address) + len(incoming.target) > _LONGEST_URL:
            return Answer(414, "The request URL is too long.", content_type="text/plain")
        if company := re.fullmatch(r"/login/companyinfo/([^/]+)", incoming.path):
            return self._company_info(company[1])
        codebase = re.match(r"/([^/]+/)apis/3\.0/", incoming.path)
        if codebase is None or codebase[1] not in (self.codebase, _EVERY_CODEBASE):
            return Answer(400, "Cannot route. Codebase/company is invalid.", content_type="text/plain")
        self._check_access(incoming.headers)
        self._check_limits(incoming)
        path, parameters = self.path_in_api(incoming), incoming.parameters
        is_search = path.rstrip("/").casefold() == "/service/tickets/search"
        if incoming.method != ("POST" if is_search else "GET"):
            raise Refusal(405, "MethodNotAllowed", f"{incoming.method} is not supported by {path}.")
        if is_search:
            parameters["conditions"] = _searched(incoming.body)
        return self._answers.to(
            Question(
                path,
                parameters,
                self.clock().astimezone(UTC),
                f"{self.address}{incoming.path}",
                forward_only=incoming.headers.get("pagination-type", "").casefold() == "forward-only",
                with_nulls=_version(incoming.headers) < _OMITS_NULLS_SINCE,
                with_ticket_board=not self.faults.without_ticket_board,
                hidden=self.faults.hides_in(path),
                dates_misread_by=self.faults.dates_misread_by,
            )
        )

    def _company_info(self, company: str) -> Answer:
        if not self.answers_companyinfo:
            raise Refusal(404, "NotFound", "No resource was found.")
        if company.casefold() != self._company_id.casefold():
            return Answer(200, "null")
        known = {
            "CompanyName": "Demo MSP (made up)",
            "Codebase": self.codebase,
            "VersionCode": self.codebase.strip("/"),
            "CompanyID": self._company_id,
            "IsCloud": "True",
            **({"SiteUrl": self.site_url} if self.site_url else {}),
        }
        return Answer(200, json.dumps(known))

    def _check_limits(self, incoming: Incoming) -> None:
        """Refuse what an older or weaker server cannot do."""
        version = re.search(r"version=([\d.]+)", incoming.headers.get("accept", ""))
        if self.faults.refuses_versions and version:
            raise Refusal(
                400,
                "ConnectWiseApi",
                f"The HTTP resource that matches the request URI '{incoming.path}' does not support the API version"
                f" '{version[1]}'.",
            )
        size, most = incoming.parameters.get("pageSize", ""), self.faults.largest_page
        if most is not None and size.isdecimal() and int(size) > most:
            raise Refusal(500, "InternalError", "An unexpected error occurred.")

    def _check_access(self, headers: Mapping[str, str]) -> None:
        if headers.get("authorization") != self._authorization:
            raise Refusal(401, "Unauthorized", "Cannot authenticate.")
        if not headers.get("clientid"):
            raise Refusal(400, "InvalidRequest", "The clientId header is required.")
        if headers["clientid"].casefold() != self._client_id.casefold():
            raise Refusal(401, "Unauthorized", "The clientId is not registered.")


def _searched(body: bytes) -> str:
    try:
        request_body = json.loads(body or b"{}")
    except ValueError:
        raise Refusal(400, "InvalidObject", "The body is not JSON.") from None
    conditions = request_body.get("conditions") if isinstance(request_body, dict) else None
    if conditions is not None and not isinstance(conditions, str):
        raise Refusal(400, "InvalidObject", "conditions must be a string.")
    return conditions or ""


def _version(headers: Mapping[str, str]) -> tuple[int, int]:
    """The version of the model that was asked for; the latest when none was."""
    found = re.search(r"version=(\d{4})\.(\d{1,2})", headers.get("accept", ""))
    return (int(found[1]), int(found[2])) if found else (9999, 0)
