"""`qbr books`: accounts are mapped by key or name, and what that gives is said at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import mappings_now, write_mappings
from qbr_pipeline.store.books import publish_books
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.books import EVERYTHING, OTHER_INCOME, books, full_month, line, mapped, month

MARCH = Month(2025, 3)
Qbr = Callable[..., Any]


@pytest.fixture(autouse=True)
def _books(named_database: Database, database: Database) -> None:
    write_mappings(database, EVERYTHING, by="Kim")
    lines = (*full_month(MARCH).lines, line("8000", "3.50", OTHER_INCOME, name="[red]Interest"))
    publish_books(
        database,
        books(month(*lines, of=MARCH)),
        run_id="run",
        now=datetime(2025, 6, 15, tzinfo=UTC),
        read_from="books.xlsx",
    )


@pytest.mark.parametrize("account", ["4200", "Hosting", " hosting "])
def test_an_account_is_mapped_by_its_key_or_name_and_the_month_follows(
    qbr: Qbr, database: Database, account: str
) -> None:
    said = qbr("books", "map", account, "Monthly Recurring Revenue (MRR)", "--by", "Ann")
    assert (said.code, said.out) == (0, "Kept. Counted anew: 2025-03.\n")
    assert database.fetch(read_values, MARCH)["mrr"].value == 115250
    assert "nothing changes" in qbr("books", "map", account, "mrr", "--by", "Ann").out


def test_the_rest_of_a_section_is_mapped_and_taken_back_and_a_month_that_this_holds_back_is_named(
    qbr: Qbr, database: Database
) -> None:
    said = qbr("books", "map", "--rest", "income", "unmap", "--by", "Ann")
    assert "2025-03 stays as it is: Income of March 2025: $40,000.10 would count nowhere" in said.out.replace(
        "\n", " "
    )
    assert qbr("books", "map", "--rest", "income", "product_sales", "--by", "Ann").code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Hostin", "mrr", "--by", "Ann"), 'The books have no account "Hostin"; did you mean "hosting"?'),
        (("4200", "net_profit", "--by", "Ann"), 'An account cannot count as "net_profit"'),
        (("4200", "mrr"), "who says so"),
        (("--rest", "assets", "mrr", "--by", "Ann"), '"assets" is not a section'),
        (("4200", "mrr", "--by", " "), "the name of who maps accounts is needed"),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_a_sentence(
    qbr: Qbr, arguments: tuple[str, ...], sentence: str
) -> None:
    said = qbr("books", "map", *arguments)
    assert said.code == 1
    assert sentence.casefold() in " ".join((said.out + said.err).split()).casefold()


def test_what_is_said_and_what_nobody_said_is_listed(qbr: Qbr, database: Database) -> None:
    write_mappings(database, [mapped("4100", None, name="Projects")], by="Lee")
    said = qbr("books", "map").out
    assert "Projects (4100)" in said
    assert "the rest of income" in said
    assert "[red]Interest" in qbr("books", "unmapped").out
    qbr("books", "map", "8000", "nothing", "--by", "Ann")
    assert (
        "Every account with an amount counts as something, in 2025-03 to 2025-03."
        in qbr("books", "unmapped").out
    )
    assert [each.counts_as for each in database.fetch(mappings_now) if each.account == "8000"] == [None]


def test_a_preview_shows_what_the_mapping_gives(qbr: Qbr) -> None:
    said = qbr("books", "preview").out
    assert "$110,250" in said
    assert "Cash Reserve" in said
