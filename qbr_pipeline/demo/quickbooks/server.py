"""The simulated server: the consent page, tokens, the company, and three reports, as QuickBooks Online answers them.

What belongs here: paths, credentials, parameters. What does not: its life, bytes and faults (`demo.wire`), the books
(`books`), and how reports look (`reports`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from qbr_pipeline.demo.faults import Answer
from qbr_pipeline.demo.quickbooks import reports
from qbr_pipeline.demo.quickbooks.books import Books
from qbr_pipeline.demo.quickbooks.faults import CUT, Faults, gateway_timeout, token_expired, validation_fault
from qbr_pipeline.demo.quickbooks.tokens import ACCESS_LASTS, CONSENT_LASTS, REFRESH_LASTS, Tokens
from qbr_pipeline.demo.wire import Incoming, SimulatedServer

DEMO_CLIENT_ID = "demo-quickbooks-client"
DEMO_CLIENT_SECRET = "demo-quickbooks-secret"  # noqa: S105 - of a made-up server
DEMO_COMPANY_ID = "9130350000000001"
SCOPE = "com.intuit.quickbooks.accounting"

_CONSENT_PATH = "/connect/oauth2"
_TOKEN_PATH = "/oauth2/v1/tokens/bearer"  # noqa: S105
_REVOKE_PATH = "/v2/oauth2/tokens/revoke"
_COMPANY_PATH = f"/v3/company/{DEMO_COMPANY_ID}"


def wall_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class SimulatedQuickBooks(SimulatedServer):
    """QuickBooks Online over made-up books. `clock` tells the moment at which the books are looked at, aware.

    Whoever opens the consent page consents at once; `refuses`: nobody does. Days are those of UTC.
    """

    faults: Faults

    def __init__(
        self,
        books: Books | None = None,
        *,
        client_id: str = DEMO_CLIENT_ID,
        client_secret: str = DEMO_CLIENT_SECRET,
        port: int = 0,
        clock: Callable[[], datetime] = wall_clock,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(faults or Faults(), port)
        self.books, self.clock = books or Books(), clock
        self.tokens = Tokens()
        self.refuses = False
        self._client_id = client_id
        self._basic = "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to a request when nothing goes wrong."""
        if incoming.path == _CONSENT_PATH:
            return self._consent(incoming.parameters)
        if incoming.path in {_TOKEN_PATH, _REVOKE_PATH}:
            return self._token(incoming)
        if incoming.method != "GET":
            return validation_fault().answer
        given = incoming.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.tokens.is_good(given, self.clock(), self.faults.access_lasts):
            return token_expired(given).answer
        return self._in_company(incoming)

    def _consent(self, query: Mapping[str, str]) -> Answer:
        redirect, state = query.get("redirect_uri", ""), query.get("state", "")
        if query.get("client_id") != self._client_id or query.get("scope") != SCOPE or not redirect:
            return Answer(400, json.dumps({"error": "invalid_request"}))
        if self.refuses:
            brought = {"error": "access_denied", "state": state}
        else:
            code = self.tokens.new_code(redirect)
            brought = {"code": code, "state": state, "realmId": DEMO_COMPANY_ID}
        return Answer(302, "", {"Location": f"{redirect}?{urlencode(brought)}"})

    def _token(self, incoming: Incoming) -> Answer:
        if incoming.headers.get("authorization") != self._basic or incoming.method != "POST":
            return Answer(401, json.dumps({"error": "invalid_client"}))
        if incoming.path == _REVOKE_PATH:
            token = json.loads(incoming.body).get("token", "")
            return Answer(200 if self.tokens.revoke(token) else 400, "")
        form = {name: values[-1] for name, values in parse_qs(incoming.body.decode()).items()}
        if not self._is_granted(form):
            refused = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
            return Answer(400, json.dumps(refused))
        body: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": self.tokens.access,
            "expires_in": int(ACCESS_LASTS.total_seconds()),
            "refresh_token": self.tokens.refresh,
            "x_refresh_token_expires_in": int(REFRESH_LASTS.total_seconds()),
        }
        if incoming.headers.get("x-include-refresh-token-hard-expires-in") == "true":
            left = self.tokens.consent_ends - self.clock()
            body["x_refresh_token_hard_expires_in"] = int(min(left, CONSENT_LASTS).total_seconds())
        return Answer(200, json.dumps(body))

    def _is_granted(self, form: Mapping[str, str]) -> bool:
        now = self.clock()
        if form.get("grant_type") == "authorization_code":
            return self.tokens.exchange(form.get("code", ""), form.get("redirect_uri", ""), now)
        if self.faults.consent_ended or form.get("grant_type") != "refresh_token":
            return False
        return self.tokens.renew(form.get("refresh_token", ""), now)

    def _in_company(self, incoming: Incoming) -> Answer:
        reports_of: Mapping[str, Callable[[Mapping[str, str]], Answer]] = {
            f"{_COMPANY_PATH}/companyinfo/{DEMO_COMPANY_ID}": lambda _: _json(
                {"CompanyInfo": {"CompanyName": self.books.company, "Country": "US"}}
            ),
            f"{_COMPANY_PATH}/preferences": lambda _: _json({"Preferences": self._preferences()}),
            f"{_COMPANY_PATH}/reports/ProfitAndLoss": self._ranged,
            f"{_COMPANY_PATH}/reports/BalanceSheet": self._ranged,
            f"{_COMPANY_PATH}/reports/AgedReceivables": self._aged,
        }
        if incoming.path not in reports_of:
            return validation_fault().answer
        query = {**incoming.parameters, "path": incoming.path}
        return reports_of[incoming.path](query)

    def _preferences(self) -> dict[str, Any]:
        return {
            "ReportPrefs": {"ReportBasis": "Accrual"},
            "CurrencyPrefs": {
                "HomeCurrency": {"value": self.books.currency},
                "MultiCurrencyEnabled": False,
            },
            "AccountingInfoPrefs": {},
        }

    def _ranged(self, query: Mapping[str, str]) -> Answer:
        """A report over a range of days, by month where that is asked for."""
        try:
            first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        except (KeyError, ValueError):
            return validation_fault().answer
        by_month = query.get("summarize_column_by") == "Month"
        columns = reports.month_columns(first, last)
        if by_month and self.faults.largest_report is not None and len(columns) > self.faults.largest_report:
            return gateway_timeout().answer
        is_cash = query.get("accounting_method") == "Cash"
        header = self._header(query, first, last) | {"ReportBasis": "Cash" if is_cash else "Accrual"}
        header |= {"SummarizeColumnsBy": "Month" if by_month else "Total", **self.faults.header}
        body = self._report(header, columns if by_month else [("Total", {})], (first, last), is_cash=is_cash)
        if self.faults.cut_from is not None and len(columns) >= self.faults.cut_from:
            body["Rows"]["Row"][0]["Rows"]["Row"][1:] = [{"ColData": [{"value": CUT}], "type": "Data"}]
        return _json(body)

    def _report(
        self,
        header: dict[str, Any],
        columns: list[tuple[str, Any]],
        days: tuple[date, date],
        *,
        is_cash: bool,
    ) -> dict[str, Any]:
        today = self.clock().date()
        periods = [
            (date.fromisoformat(about["StartDate"]), date.fromisoformat(about["EndDate"])) if about else days
            for _, about in columns
        ]
        if header["ReportName"] == "BalanceSheet":
            banks = [self.books.bank(min(end, today)) for _, end in periods]
            return reports.balance_sheet(header, columns, banks)
        posted = [self.books.postings_between(*period, today, cash=is_cash) for period in periods]
        return reports.profit_and_loss(header, self.books.accounts(), columns, posted)

    def _aged(self, query: Mapping[str, str]) -> Answer:
        try:
            day = date.fromisoformat(query["report_date"])
        except (KeyError, ValueError):
            return validation_fault().answer
        header = self._header(query, day, day)
        header |= {"Option": [{"Name": "report_date", "Value": day.isoformat()}]} | self.faults.header
        return _json(reports.aged_receivables(header, self.books.over_90(min(day, self.clock().date()))))

    def _header(self, query: Mapping[str, str], first: date, last: date) -> dict[str, Any]:
        return {
            "Time": self.clock().isoformat(timespec="seconds"),
            "ReportName": query["path"].rpartition("/")[2],
            "StartPeriod": first.isoformat(),
            "EndPeriod": last.isoformat(),
            "Currency": self.books.currency,
        }


def _json(body: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps(body), {"intuit_tid": "1-made-up"})
