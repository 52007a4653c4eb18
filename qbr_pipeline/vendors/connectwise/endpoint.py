"""The addresses of the API below one server: the codebase of the company, pages, counts and searches.

What belongs here: paths, query parameters and the paging of lists. What does not: which rows are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar
from urllib.parse import quote

from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.connectwise.errors import PermanentError, RetriesExhausted, UnknownAddressError
from qbr_pipeline.vendors.connectwise.models import counted, listed
from qbr_pipeline.vendors.connectwise.retries import TransientError
from qbr_pipeline.vendors.connectwise.transport import Answer, Call, Transport

PAGE_SIZE = 1000
LONGEST_URL = 2000

_ANY_CODEBASE = "v4_6_release/"
_CODEBASE = re.compile(r"v[0-9A-Za-z_]+/", re.ASCII)
_FORWARD_ONLY = {"pagination-type": "forward-only"}
_LONGEST_ID = 10**18

T = TypeVar("T")


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=_Identified)


class Endpoint:
    """The API of one company. It asks for the codebase first, and once again when an address is not known."""

    def __init__(self, access: ConnectWiseAccess, transport: Transport) -> None:
        self._server = access.server
        self._company = access.company_id
        self._transport = transport
        self._codebase: str | None = None
        self._looked_again = False

    def rows(
        self, path: str, row: Callable[[object], RowT], fields: str, conditions: str | None = None
    ) -> Iterator[RowT]:
        """Every row of a list in the order of ids, page by page, each page after the last id of the previous.

        The last page is a short one, unless the server, which may cut pages shorter than asked for, names a next one.
        Raises PermanentError when the server does not page like that, which would repeat rows or skip some.
        """
        last: int | None = None
        while True:
            query = self._page_query(fields, conditions, last)
            page, has_next = self._ask(
                path,
                query,
                lambda answer: (listed(answer.json(), row), answer.has_next),
                headers=_FORWARD_ONLY,
            )
            ids = [found.id for found in page]
            goes_on = len(page) >= PAGE_SIZE or (has_next and bool(page))
            if (last is not None and any(number <= last for number in ids)) or (
                goes_on and ids != sorted(set(ids))
            ):
                raise PermanentError(
                    f"ConnectWise answered GET {path} with rows that do not go forward by id, so they cannot"
                    " be read page by page: check that CONNECTWISE_SERVER is a ConnectWise PSA server,"
                    " which pages forward-only",
                    ("CONNECTWISE_SERVER",),
                )
            yield from page
            if not goes_on:
                return
            last = ids[-1]

    def count(self, path: str, conditions: str) -> int:
        """The source's own number of rows that meet the conditions."""
        return self._ask(f"{path}/count", {"conditions": conditions}, lambda answer: counted(answer.json()))

    def search(self, path: str, row: Callable[[object], T], fields: str, conditions: str) -> list[T]:
        """The first page of the rows that meet conditions too long for a URL."""
        query: dict[str, str | int] = {"pageSize": PAGE_SIZE, "fields": fields}
        return self._ask(
            f"{path}/search",
            query,
            lambda answer: listed(answer.json(), row),
            body={"conditions": conditions},
        )

    def page_url_length(self, path: str, fields: str, conditions: str) -> int:
        """The length that the URL of any page of a list can have, in characters."""
        return len(Call(path, self._url(path), self._page_query(fields, conditions, _LONGEST_ID)).full_url)

    def _page_query(self, fields: str, conditions: str | None, last: int | None) -> dict[str, str | int]:
        query: dict[str, str | int] = {"pageSize": PAGE_SIZE, "fields": fields}
        if conditions is not None:
            query["conditions"] = conditions
        if last is not None:
            query["pageId"] = last
        return query

    def _url(self, path: str) -> str:
        if self._codebase is None:
            self._codebase = self._look_up_codebase()
        return f"{self._server}/{self._codebase}apis/3.0{path}"

    def _ask(
        self,
        path: str,
        query: Mapping[str, str | int],
        read: Callable[[Answer], T],
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: Mapping[str, str] | None = None,
    ) -> T:
        def ask() -> T:
            call = Call(path, self._url(path), query, headers, body)
            return self._transport.ask(call, read)

        try:
            return ask()
        except UnknownAddressError:
            if not self._codebase_changed():
                raise
        return ask()

    def _codebase_changed(self) -> bool:
        """Whether a second look, the only one of this client, finds another codebase."""
        if self._looked_again:
            return False
        self._looked_again = True
        before, self._codebase = self._codebase, self._look_up_codebase()
        return self._codebase != before

    def _look_up_codebase(self) -> str:
        """The segment of the path that a cloud server wants now; the general one when it does not tell.

        Raises PermanentError when the server knows no such company, RetriesExhausted when it cannot be reached.
        """
        path = f"/login/companyinfo/{quote(self._company, safe='')}"
        try:
            return self._transport.ask(Call(path, self._server + path), self._codebase_in)
        except PermanentError as fault:
            if fault.status is None:
                raise
        except RetriesExhausted as fault:
            if fault.status is None or fault.status == 429:
                raise
        return _ANY_CODEBASE

    def _codebase_in(self, answer: Answer) -> str:
        try:
            company = answer.json()
        except TransientError:
            return _ANY_CODEBASE
        if company is None:
            raise PermanentError(
                f"ConnectWise knows no company {self._company!r}: check CONNECTWISE_COMPANY_ID and"
                " CONNECTWISE_SERVER",
                ("CONNECTWISE_COMPANY_ID", "CONNECTWISE_SERVER"),
            )
        codebase = company.get("Codebase") if isinstance(company, dict) else None
        return codebase if isinstance(codebase, str) and _CODEBASE.fullmatch(codebase) else _ANY_CODEBASE
