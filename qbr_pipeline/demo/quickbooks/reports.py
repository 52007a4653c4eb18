"""Reports as QuickBooks writes them: nested rows of accounts, own postings of parents in headers, printed sums.

What belongs here: the JSON of the three reports. What does not: who may ask, and for which days (`server`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from qbr_pipeline.demo.quickbooks.books import (
    COGS,
    EXPENSES,
    INCOME,
    OTHER_EXPENSES,
    OTHER_INCOME,
    Account,
    Postings,
)
from qbr_pipeline.periods import Month

Cells = Sequence[Decimal | None]
Json = dict[str, Any]

_WORDS = {
    INCOME: "Income",
    COGS: "Cost of Goods Sold",
    EXPENSES: "Expenses",
    OTHER_INCOME: "Other Income",
    OTHER_EXPENSES: "Other Expenses",
}
_LEFT_OUT_WHEN_EMPTY = {COGS, OTHER_INCOME, OTHER_EXPENSES}
_BUCKETS = ("Current", "1 - 30", "31 - 60", "61 - 90", "91 and over")
BANK = (
    Account("70", "Checking", "BankAccounts"),
    Account("71", "Tax Reserve", "BankAccounts", "70"),
    Account("72", "Savings", "BankAccounts"),
)


def profit_and_loss(
    header: Json,
    accounts: Sequence[Account],
    columns: Sequence[tuple[str, Json]],
    postings: Sequence[Postings],
) -> Json:
    """The profit and loss: `postings` column by column, `columns` their titles and metadata.

    A total column follows where there is more than one.
    """
    width = len(columns)
    sums: dict[str, list[Decimal]] = {}
    rows: dict[str, Json] = {}
    for section, words in _WORDS.items():
        tree = [_account_row(each, accounts, postings, section) for each in _top(accounts, section)]
        inner = [row for row, _ in filter(None, tree)]
        sums[section] = _added([cells for _, cells in filter(None, tree)], width)
        if inner or section not in _LEFT_OUT_WHEN_EMPTY:
            rows[section] = _section(words, None, [None] * width, inner, sums[section], group=section)
    gross = _minus(sums[INCOME], sums[COGS])
    operating = _minus(gross, sums[EXPENSES])
    other = _minus(sums[OTHER_INCOME], sums[OTHER_EXPENSES])
    listed = [
        rows.get(INCOME),
        rows.get(COGS),
        _summary("Gross Profit", "GrossProfit", gross),
        rows.get(EXPENSES),
        _summary("Net Operating Income", "NetOperatingIncome", operating),
        rows.get(OTHER_INCOME),
        rows.get(OTHER_EXPENSES),
        _summary("Net Other Income", "NetOtherIncome", other) if OTHER_INCOME in rows else None,
        _summary("Net Income", "NetIncome", _added([operating, other], width)),
    ]
    is_empty = not any(postings)
    return _report(header, columns, [row for row in listed if row], is_empty=is_empty, total=width > 1)


def balance_sheet(header: Json, columns: Sequence[tuple[str, Json]], banks: Sequence[Postings]) -> Json:
    """The balance sheet: the bank account by account, everything else in one account."""
    width = len(columns)
    tree = [_account_row(each, BANK, banks, "BankAccounts") for each in _top(BANK, "BankAccounts")]
    cash = _added([cells for _, cells in filter(None, tree)], width)
    bank = _section(
        "Bank Accounts",
        None,
        [None] * width,
        [row for row, _ in filter(None, tree)],
        cash,
        group="BankAccounts",
    )
    owed = [Decimal("61250.75")] * width
    receivable = _section(
        "Accounts Receivable",
        None,
        [None] * width,
        [_data("Accounts Receivable (A/R)", "84", owed)],
        owed,
        group="AR",
    )
    assets = _added([cash, owed], width)
    current = _section(
        "Current Assets", None, [None] * width, [bank, receivable], assets, group="CurrentAssets"
    )
    equity = _section(
        "Equity", None, [None] * width, [_data("Retained Earnings", "2", assets)], assets, group="Equity"
    )
    rows = [
        _section("ASSETS", None, [None] * width, [current], assets, group="TotalAssets"),
        _section(
            "LIABILITIES AND EQUITY",
            None,
            [None] * width,
            [equity],
            assets,
            group="TotalLiabilitiesAndEquity",
        ),
    ]
    return _report(header, columns, rows, is_empty=False, total=False)


def aged_receivables(header: Json, over_90: Decimal) -> Json:
    """What customers owe by age: one with a sub-customer, and one that owes for long."""
    young = [Decimal("18200.00"), Decimal("7310.5"), None, Decimal("120.00")]
    old: list[Decimal | None] = [None, None, Decimal("64.25"), None]
    rows = [
        _section(
            "Acorn & Anvil Bakery",
            "101",
            _across([Decimal("50.00"), None, None, None, None]),
            [_data("Acorn & Anvil Bakery:Shop", "102", _across([*young, None]))],
            _across([Decimal("18250.00"), *young[1:], None]),
        ),
        _data("Blue Teapot Logistics", "103", _across([*old, over_90])),
    ]
    total = _across([Decimal("18250.00"), Decimal("7310.50"), Decimal("64.25"), Decimal("120.00"), over_90])
    rows.append(_summary("TOTAL", "GrandTotal", total))
    listed: list[Json] = [{"ColTitle": "", "ColType": "Customer"}]
    listed += [{"ColTitle": title, "ColType": "Money"} for title in _BUCKETS]
    listed.append(
        {"ColTitle": "Total", "ColType": "Money", "MetaData": [{"Name": "ColKey", "Value": "total"}]}
    )
    header = {**header, "Option": [*header.get("Option", []), {"Name": "NoReportData", "Value": "false"}]}
    return {"Header": header, "Columns": {"Column": listed}, "Rows": {"Row": rows}}


def month_columns(first: date, last: date) -> list[tuple[str, Json]]:
    """The columns by month: title, and the days that it covers."""
    columns = []
    for month in Month.span(Month(first.year, first.month), Month(last.year, last.month)):
        start, end = max(month.first_day, first), min(month.last_day, last)
        whole = (start, end) == (month.first_day, month.last_day)
        title = f"{start:%b} {start.year}" if whole else f"{start:%b} {start.day}-{end.day}, {start.year}"
        columns.append((title, {"StartDate": start.isoformat(), "EndDate": end.isoformat()}))
    return columns


def money(amount: Decimal | None) -> str:
    """An amount as text: no thousands sign, and an empty text for none."""
    return "" if amount is None else str(amount)


def _top(accounts: Iterable[Account], section: str) -> list[Account]:
    held = list(accounts)
    known = {each.id for each in held}
    return [each for each in held if each.section == section and each.parent not in known]


def _account_row(
    account: Account, accounts: Sequence[Account], postings: Sequence[Postings], section: str
) -> tuple[Json, list[Decimal]] | None:
    """An account with those in it, and what all of it comes to; None when nothing was posted."""
    own: Cells = [each.get(account.id) for each in postings]
    inner = [
        row
        for each in accounts
        if each.parent == account.id
        and each.section == section
        and (row := _account_row(each, accounts, postings, section))
    ]
    if not inner and all(cell is None for cell in own):
        return None
    total = _added([own, *(cells for _, cells in inner)], len(postings))
    if not inner:
        return _data(account.name, account.id, own), total
    return _section(account.name, account.id, own, [row for row, _ in inner], total), total


def _added(rows: Iterable[Cells], width: int) -> list[Decimal]:
    found = [Decimal()] * width
    for cells in rows:
        found = [sum_ + (cell or 0) for sum_, cell in zip(found, cells, strict=True)]
    return found


def _minus(left: Sequence[Decimal], right: Sequence[Decimal]) -> list[Decimal]:
    return [a - b for a, b in zip(left, right, strict=True)]


def _across(cells: Cells) -> list[Decimal | None]:
    return [*cells, sum((cell for cell in cells if cell is not None), Decimal())]


def _data(name: str, id_: str, cells: Cells) -> Json:
    return {"ColData": [{"value": name, "id": id_}, *_values(cells)], "type": "Data"}


def _section(
    name: str, id_: str | None, own: Cells, rows: Sequence[Json], total: Cells, *, group: str | None = None
) -> Json:
    head = {"value": name, "id": id_} if id_ else {"value": name}
    row: Json = {
        "Header": {"ColData": [head, *_values(own)]},
        "Rows": {"Row": list(rows)} if rows else {},
        "Summary": {"ColData": [{"value": f"Total {name}"}, *_values(total)]},
        "type": "Section",
    }
    return row | ({"group": group} if group else {})


def _summary(name: str, group: str, cells: Cells) -> Json:
    return {"Summary": {"ColData": [{"value": name}, *_values(cells)]}, "type": "Section", "group": group}


def _values(cells: Cells) -> list[Json]:
    return [{"value": money(cell)} for cell in cells]


def _report(
    header: Json, columns: Sequence[tuple[str, Json]], rows: list[Json], *, is_empty: bool, total: bool
) -> Json:
    listed: list[Json] = [_column("", "Account", {"ColKey": "account"})]
    listed += [_column(title, "Money", {"ColKey": title, **dates}) for title, dates in columns]
    if total:
        listed.append(_column("Total", "Money", {"ColKey": "total"}))
        rows = [_with_total(row) for row in rows]
    options = [
        {"Name": "AccountingStandard", "Value": "GAAP"},
        {"Name": "NoReportData", "Value": str(is_empty).lower()},
    ]
    return {"Header": {**header, "Option": options}, "Columns": {"Column": listed}, "Rows": {"Row": rows}}


def _column(title: str, kind: str, about: Mapping[str, str]) -> Json:
    return {
        "ColTitle": title,
        "ColType": kind,
        "MetaData": [{"Name": name, "Value": value} for name, value in about.items()],
    }


def _with_total(row: Json) -> Json:
    """A row, and those in it, with the sum of its cells at the end."""
    found = dict(row)
    for part in ("Header", "Summary"):
        if part in row:
            found[part] = {"ColData": _summed(row[part]["ColData"])}
    if "ColData" in row:
        found["ColData"] = _summed(row["ColData"])
    if row.get("Rows"):
        found["Rows"] = {"Row": [_with_total(each) for each in row["Rows"]["Row"]]}
    return found


def _summed(cells: Sequence[Json]) -> list[Json]:
    held = [Decimal(cell["value"]) for cell in cells[1:] if cell["value"]]
    return [*cells, {"value": money(sum(held, Decimal()) if held else None)}]
