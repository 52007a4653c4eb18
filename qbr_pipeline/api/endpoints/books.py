"""Books: their accounts over months, what each counts as and who said so, and what another mapping would give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from qbr_pipeline.api.book_models import (
    AccountResponse,
    Accounts,
    HeldBack,
    Mapped,
    MappingChange,
    MappingDraft,
    MappingRemoval,
    MappingResponse,
    Mappings,
    MonthsQuery,
    Preview,
    PreviewMonth,
    PreviewValue,
    RestResponse,
    SuggestionResponse,
    TargetResponse,
    Unmapped,
)
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import NoParameters, OfOrganization
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.account_names import Suggestion
from qbr_pipeline.metrics.accounts import TARGETS, AccountMapping, InvalidMappingError
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.periods import Month
from qbr_pipeline.review.mapping import MappingOutcome, map_accounts
from qbr_pipeline.store.account_mappings import Subject, mappings_now, read_mappings
from qbr_pipeline.store.book_views import AccountOverMonths, accounts_over_months, preview_of_mapping
from qbr_pipeline.store.books import months_with_books

_PREVIEWED = 13


@routes.get("/books/mapping", query=OfOrganization, data=Mappings, tag="books", cacheable=True)
def list_mappings(call: Call[OfOrganization, NoParameters]) -> Mappings:
    """What people say that the accounts of the books count as, with who said so and when."""
    stored = call.database.fetch(read_mappings, with_earlier=True)
    responses = [
        MappingResponse.of(
            each.mapping,
            label=TARGETS.get(each.mapping.counts_as or ""),
            mapped_by=each.mapping.by,
            key_name=each.key_name,
            mapped_at=each.valid_from,
            ended_by=each.ended_by,
            ended_at=each.valid_to,
        )
        for each in stored
    ]
    return Mappings(
        mappings=[each for each in responses if each.ended_at is None],
        earlier=[each for each in reversed(responses) if each.ended_at is not None],
        targets=[TargetResponse(name=name, label=label) for name, label in TARGETS.items()],
    )


@routes.post("/books/mapping", body=MappingChange, data=Mapped, tag="books")
def change_mapping(call: Call[NoParameters, MappingChange]) -> Mapped:
    """Say what accounts count as, and take back what was said of others; the books that are kept are counted anew."""
    body = call.body
    return _map(
        call,
        [each.mapping for each in body.mappings],
        [each.subject for each in body.removed],
        body.mapped_by,
    )


@routes.delete("/books/mapping", query=MappingRemoval, data=Mapped, tag="books")
def remove_mapping(call: Call[MappingRemoval, NoParameters]) -> Mapped:
    """Take one mapping back."""
    wanted = call.query
    if wanted.subject not in {each.subject for each in call.database.fetch(mappings_now)}:
        raise ApiError(Code.NOT_FOUND, "there is no such mapping")
    return _map(call, [], [wanted.subject], wanted.mapped_by)


@routes.get("/books/accounts", query=MonthsQuery, data=Accounts, tag="books", cacheable=True)
def list_accounts(call: Call[MonthsQuery, NoParameters]) -> Accounts:
    """The accounts of the books over months, what each counts as, and what names suggest."""
    months = _months(call)
    view = call.database.fetch(accounts_over_months, months)
    return Accounts.of(
        view.evidence,
        months=list(view.months),
        read_from=view.evidence.read_from or None,
        accounts=[_response(each) for each in view.accounts],
        sections=[
            RestResponse(
                section=section,
                label=section.label,
                totals=totals,
                suggestion=_suggestion(view.rests.get(section)),
            )
            for section, totals in view.totals.items()
        ],
    )


@routes.get("/books/unmapped", query=MonthsQuery, data=Unmapped, tag="books", cacheable=True)
def list_unmapped(call: Call[MonthsQuery, NoParameters]) -> Unmapped:
    """The accounts with amounts that count as nothing although nobody said so, the largest first."""
    view = call.database.fetch(accounts_over_months, _months(call))
    found = [each for each in view.accounts if each.is_unmapped]
    largest = sorted(found, key=lambda each: -sum(abs(amount or Decimal(0)) for amount in each.amounts))
    return Unmapped(months=list(view.months), accounts=[_response(each) for each in largest])


@routes.post("/books/preview", body=MappingDraft, data=Preview, tag="books")
def preview_mapping(call: Call[NoParameters, MappingDraft]) -> Preview:
    """What the last 13 months with books would come to by another mapping. Nothing is stored."""
    months = call.database.fetch(months_with_books)[-_PREVIEWED:]
    new = [each.mapping for each in call.body.mappings]
    removed = [each.subject for each in call.body.removed]
    found = call.database.fetch(preview_of_mapping, months, new, removed)
    return Preview(
        months=[
            PreviewMonth(
                period=each.month,
                values=[PreviewValue.of(value, label=METRICS[value.name].label) for value in each.values],
                unmapped=each.unmapped,
                held_back=list(each.held_back),
            )
            for each in found
        ]
    )


def _months(call: Call[MonthsQuery, NoParameters]) -> list[Month]:
    return call.database.fetch(months_with_books)[-call.query.months :]


def _map(call: Call[Any, Any], new: Iterable[AccountMapping], removed: Sequence[Subject], by: str) -> Mapped:
    try:
        outcome = map_accounts(
            call.database, call.review, new, removed, by=by, key_name=call.caller.key_name, now=call.now
        )
    except InvalidMappingError as error:
        raise ApiError(Code.INVALID_MAPPING, str(error), field="mappings") from error
    return _mapped(outcome)


def _mapped(outcome: MappingOutcome) -> Mapped:
    held_back: Mapping[Month, str] = outcome.held_back
    return Mapped(
        changed=outcome.changed,
        months=sorted(outcome.published),
        held_back=[HeldBack(period=month, sentence=text) for month, text in sorted(held_back.items())],
    )


def _response(each: AccountOverMonths) -> AccountResponse:
    return AccountResponse.of(
        each,
        label=METRICS[each.counts_as].label if each.counts_as else None,
        suggestion=_suggestion(each.suggestion),
    )


def _suggestion(found: Suggestion | None) -> SuggestionResponse | None:
    if found is None or found.mapping.counts_as is None:
        return None
    counts_as = found.mapping.counts_as
    return SuggestionResponse(counts_as=counts_as, label=TARGETS[counts_as], because=found.because)
