"""The addresses of the API below one server: the codebase of the company, pages, counts and searches.

What belongs here: paths, query parameters and the paging of lists. What does not: which rows are needed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar
from urllib.parse import quote

from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.connectwise.company import Company, company, server_for_programs
from qbr_pipeline.vendors.connectwise.models import counted, listed
from qbr_pipeline.vendors.connectwise.transport import API_VERSION, ConnectWiseTransport
from qbr_pipeline.vendors.http.errors import PermanentError, UnknownAddressError
from qbr_pipeline.vendors.http.retries import ANSWER_TO_COUNT, RetryPolicy, TransientError
from qbr_pipeline.vendors.http.transport import Answer, Call

MAX_PAGE_SIZE = 1000
MIN_PAGE_SIZE = 50
LONGEST_URL = 2000

_FORWARD_ONLY = {"pagination-type": "forward-only"}
_LONGEST_ID = 10**18
_log = logging.getLogger(__name__)

T = TypeVar("T")


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=_Identified)


class Endpoint:
    """The API of one company. It asks for the codebase first, and once again when an address is not known.

    `page_size`: how many rows a page has at the most. A page that is too much for the server is asked for again with
    half as many, down to 50; what it can bear then holds for all that follows.
    """

    def __init__(self, access: ConnectWiseAccess, transport: ConnectWiseTransport) -> None:
        self.page_size = min(access.page_size, MAX_PAGE_SIZE)
        self._server = access.server
        self._company_id = access.company_id
        self._transport = transport
        self._company: Company | None = None
        self._looked_again = False
        self._shrunk = False

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was done otherwise than the settings say, a sentence each."""
        host = self._company.program_host if self._company else None
        remarks = {
            f"version {API_VERSION} of the API was refused and is no longer requested": not self._transport.versioned,
            f"asked at {host}, which companyinfo names as the host for programs": self._address
            != self._server,
            f"pages of {self.page_size} rows, because a larger one failed": self._shrunk,
        }
        return tuple(remark for remark, applies in remarks.items() if applies)

    def rows(
        self,
        path: str,
        row: Callable[[object], RowT],
        fields: str,
        conditions: str | None = None,
        *,
        policy: RetryPolicy | None = None,
    ) -> Iterator[RowT]:
        """Every row of a list in the order of ids, page by page, each page after the last id of the previous.

        The last page is a short one, unless the server, which may cut pages shorter than asked for, names a next one.
        Raises PermanentError when the server does not page like that, which would repeat rows or skip some.
        """
        last: int | None = None
        while True:
            page, has_next = self._ask(
                path,
                self._page_query(fields, conditions, last),
                lambda answer: (listed(answer.json(), row), answer.has_next),
                headers=_FORWARD_ONLY,
                policy=policy,
            )
            ids = [found.id for found in page]
            goes_on = len(page) >= self.page_size or (has_next and bool(page))
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

    def count(self, path: str, conditions: str, policy: RetryPolicy = ANSWER_TO_COUNT) -> int:
        """The source's own number of rows that meet the conditions.

        Raises VendorError when it cannot be had within the patience of `policy`, whatever is left of the client's.
        """
        return self._ask(
            f"{path}/count",
            {"conditions": conditions},
            lambda answer: counted(answer.json()),
            policy=policy,
        )

    def search(
        self,
        path: str,
        row: Callable[[object], T],
        fields: str,
        conditions: str,
        *,
        policy: RetryPolicy | None = None,
    ) -> list[T]:
        """The first page of the rows that meet conditions too long for a URL."""
        return self._ask(
            f"{path}/search",
            {"pageSize": self.page_size, "fields": fields},
            lambda answer: listed(answer.json(), row),
            body={"conditions": conditions},
            policy=policy,
        )

    def page_url_length(self, path: str, fields: str, conditions: str) -> int:
        """The length that the URL of any page of a list can have, in characters."""
        return len(Call(path, self._url(path), self._page_query(fields, conditions, _LONGEST_ID)).full_url)

    def _page_query(self, fields: str, conditions: str | None, last: int | None) -> dict[str, str | int]:
        query: dict[str, str | int] = {"pageSize": self.page_size, "fields": fields}
        if conditions is not None:
            query["conditions"] = conditions
        if last is not None:
            query["pageId"] = last
        return query

    def _url(self, path: str) -> str:
        if self._company is None:
            self._company = self._look_up_company()
        return f"{self._address}/{self._company.codebase}apis/3.0{path}"

    @property
    def _address(self) -> str:
        """The server that programs ask: the configured one unless companyinfo names another of the same owner."""
        return server_for_programs(self._server, self._company.program_host if self._company else None)

    def _ask(
        self,
        path: str,
        query: Mapping[str, str | int],
        read: Callable[[Answer], T],
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: Mapping[str, str] | None = None,
        policy: RetryPolicy | None = None,
    ) -> T:
        def call() -> Call:
            sized = {**query, "pageSize": self.page_size} if "pageSize" in query else query
            return Call(path, self._url(path), sized, headers, body)

        def ask() -> T:
            shrink = self._shrink if "pageSize" in query else _leave
            return self._transport.ask(call, read, policy=policy, failed=shrink)

        try:
            return ask()
        except PermanentError as error:
            if not self._finds_another_address(error):
                raise self._with_host(error) from None
        return ask()

    def _shrink(self, error: TransientError) -> None:
        """Ask for half as many rows from now on, after a page that was too much for the server."""
        smaller = max(self.page_size // 2, min(MIN_PAGE_SIZE, self.page_size))
        if error.overload and smaller < self.page_size:
            _log.warning("ConnectWise is asked for %d rows a page from now on: %s", smaller, error.sentence)
            self.page_size, self._shrunk = smaller, True

    def _finds_another_address(self, error: PermanentError) -> bool:
        """Whether a second look at companyinfo, the only one of this client, finds another address.

        Looked for where the server does not know the one that was asked, and where the first look found nothing.
        """
        is_moot = not isinstance(error, UnknownAddressError) and self._company != Company()
        if self._looked_again or error.status is None or is_moot:
            return False
        self._looked_again = True
        before, self._company = self._company, self._look_up_company()
        return self._company != before

    def _with_host(self, error: PermanentError) -> PermanentError:
        """`error`, naming the host that programs should ask where it was not ours to send the credentials there."""
        host = self._company.program_host if self._company else None
        if host is None or error.status is None or host in self._address.lower():
            return error
        sentence = f"{error}. The server itself names {host} as the host for programs: try that as CONNECTWISE_SERVER"
        return type(error)(sentence, (*error.settings, "CONNECTWISE_SERVER"), status=error.status)

    def _look_up_company(self) -> Company:
        """What companyinfo says; nothing in particular when it says nothing, which is no reason to wait.

        Raises PermanentError when the server knows no such company, RetriesExhausted when it is too busy to say.
        """
        path = f"/login/companyinfo/{quote(self._company_id, safe='')}"
        call = Call(path, self._server + path)
        try:
            return self._transport.ask(lambda: call, self._company_in, failed=_pass_over)
        except PermanentError as fault:
            if fault.status is None:
                raise
        return Company()

    def _company_in(self, answer: Answer) -> Company:
        try:
            body = answer.json()
        except TransientError:
            return Company()
        if body is None:
            raise PermanentError(
                f"ConnectWise knows no company {self._company_id!r}: check CONNECTWISE_COMPANY_ID and"
                " CONNECTWISE_SERVER",
                ("CONNECTWISE_COMPANY_ID", "CONNECTWISE_SERVER"),
            )
        return company(body)


def _leave(_: TransientError) -> None:
    """A failed try changes nothing."""


def _pass_over(error: TransientError) -> None:
    """End the tries, unless the server only asked to come again later."""
    if error.status != 429:
        raise PermanentError(error.sentence, (), status=error.status or 0) from None
