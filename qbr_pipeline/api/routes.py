"""Endpoints as data: what each takes, gives back and asks of its caller.

What belongs here: the registry from which the blueprint serves and the OpenAPI document is made. What does
not: HTTP itself (`blueprint`), any single endpoint (`endpoints`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from flask import Response
from pydantic import BaseModel

from qbr_pipeline.api.access import Caller, Needs
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import NoParameters
from qbr_pipeline.periods import Month, Period
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.database import Database

Query = TypeVar("Query", bound=BaseModel)
Body = TypeVar("Body", bound=BaseModel)
Other = TypeVar("Other", bound=BaseModel)
Answer = BaseModel | Response
MAX_BODY_BYTES = 1_000_000
Result = TypeVar("Result", bound=Answer)


@dataclass(frozen=True)
class Call(Generic[Query, Body]):
    """One request, understood: `database` is that of the organization it names, `now` is aware.

    `review`: what reviews of what it changes go by. `if_match`: the header of that name.
    """

    query: Query
    body: Body
    database: Database
    caller: Caller
    now: datetime
    review: ReviewSettings
    if_match: str | None = None

    def begun(self, period: Period, field: str = "period") -> Period:
        """`period`, when it has begun in the business time zone; ApiError for `field` when it lies in the future."""
        first = period if isinstance(period, Month) else period.months[0]
        current = Month.of(self.now, self.database.timezone)
        if first > current:
            newest = current if isinstance(period, Month) else current.quarter
            sentence = f"{period} has not begun yet: expected {newest} or earlier"
            raise ApiError(Code.INVALID_PERIOD, sentence, field=field)
        return period

    def in_order(self, first: Month | None, last: Month | None) -> None:
        """ApiError when the stretch from `from_period` to `to_period` holds no month."""
        if first is not None and last is not None and last < first:
            sentence = f"from_period to to_period: expected the older month first, not {first} to {last}"
            raise ApiError(Code.INVALID_PERIOD, sentence, field="from_period")

    def ask(self, query: Other) -> Call[Other, Body]:
        """This call with another query."""
        return Call(query, self.body, self.database, self.caller, self.now, self.review)

    def known_at(self, as_of: datetime | None) -> datetime:
        """The moment that the answer is to speak of; ApiError for one in the future."""
        if as_of is not None and as_of > self.now:
            raise ApiError(Code.INVALID_TIMESTAMP, "as_of lies in the future", field="as_of")
        return as_of or self.now


@dataclass(frozen=True)
class Endpoint:
    """One method of one path. `data`: what the envelope holds; `media`: the types of a file instead.

    `cacheable`: it answers the same as long as neither the database nor the business date is another one.
    `of_one_value`: reading can tell an ETag, and writing takes it as If-Match. `max_bytes`: how large a body may be.
    """

    method: str
    path: str
    tag: str
    summary: str
    query: type[BaseModel]
    body: type[BaseModel]
    data: type[BaseModel] | None
    media: tuple[str, ...]
    needs: Needs
    handler: Callable[[Call[Any, Any]], Answer]
    cacheable: bool = False
    of_one_value: bool = False
    max_bytes: int = MAX_BODY_BYTES

    @property
    def name(self) -> str:
        """What Flask and the OpenAPI document call it."""
        return self.handler.__name__


class Routes:
    """Every endpoint, in the order of the document."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def arrange(self, modules: Sequence[str]) -> None:
        """Put the endpoints into the order of the modules that they are written in."""
        self.endpoints.sort(key=lambda each: modules.index(each.handler.__module__))

    def methods(self, path: str) -> list[str]:
        """The methods of a path below the prefix; none when there is no such path."""
        return [each.method for each in self.endpoints if each.path == path]

    def get(
        self,
        path: str,
        *,
        query: type[Query],
        data: type[BaseModel] | None,
        tag: str,
        media: Sequence[str] = (),
        needs: Needs = Needs.READ,
        cacheable: bool = False,
        of_one_value: bool = False,
    ) -> Callable[
        [Callable[[Call[Query, NoParameters]], Result]], Callable[[Call[Query, NoParameters]], Result]
    ]:
        """An endpoint that reads: `query` holds its parameters. A file's `media` types go without `data`."""
        return self._add(
            "GET",
            path,
            query,
            NoParameters,
            data,
            tag,
            media,
            needs,
            cacheable=cacheable,
            of_one_value=of_one_value,
        )

    def post(
        self,
        path: str,
        *,
        body: type[Body],
        data: type[BaseModel],
        tag: str,
        of_one_value: bool = False,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> Callable[
        [Callable[[Call[NoParameters, Body]], Result]], Callable[[Call[NoParameters, Body]], Result]
    ]:
        """An endpoint that writes what a body of JSON says; needs the role write."""
        return self._add(
            "POST",
            path,
            NoParameters,
            body,
            data,
            tag,
            (),
            Needs.WRITE,
            of_one_value=of_one_value,
            max_bytes=max_bytes,
        )

    def delete(
        self,
        path: str,
        *,
        query: type[Query],
        data: type[BaseModel],
        tag: str,
    ) -> Callable[
        [Callable[[Call[Query, NoParameters]], Result]], Callable[[Call[Query, NoParameters]], Result]
    ]:
        """An endpoint that deletes what its parameters name; needs the role write."""
        return self._add("DELETE", path, query, NoParameters, data, tag, (), Needs.WRITE)

    def _add(
        self,
        method: str,
        path: str,
        query: type[Query],
        body: type[Body],
        data: type[BaseModel] | None,
        tag: str,
        media: Sequence[str],
        needs: Needs,
        *,
        cacheable: bool = False,
        of_one_value: bool = False,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> Callable[[Callable[[Call[Query, Body]], Result]], Callable[[Call[Query, Body]], Result]]:
        def register(
            handler: Callable[[Call[Query, Body]], Result],
        ) -> Callable[[Call[Query, Body]], Result]:
            summary = " ".join((handler.__doc__ or "").split())
            untyped = cast("Callable[[Call[Any, Any]], Answer]", handler)
            self.endpoints.append(
                Endpoint(
                    method,
                    path,
                    tag,
                    summary,
                    query,
                    body,
                    data,
                    tuple(media),
                    needs,
                    untyped,
                    cacheable,
                    of_one_value,
                    max_bytes,
                )
            )
            return handler

        return register


routes = Routes()
