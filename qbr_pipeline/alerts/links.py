"""Addresses in alerts: pages to look at. Following one changes nothing; whoever acknowledges signs in first."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from qbr_pipeline.periods import Period
from qbr_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Links:
    """Where people reach the pages and the Dagster UI; None: nobody said."""

    pages: str | None = None
    dagster: str | None = None

    @classmethod
    def of(cls, read: Settings) -> Links:
        """As QBR_PUBLIC_URL and QBR_DAGSTER_URL say."""
        return cls(read.public_url, read.dagster_url)

    def rows(self, metric: str, period: Period) -> str | None:
        """The rows behind a collected metric."""
        query = urlencode({"metric": metric, "period": str(period)})
        return f"{self.pages}/rows?{query}" if self.pages else None

    def period(self, period: Period) -> str | None:
        """The scorecard of a month or quarter."""
        return f"{self.pages}/?{urlencode({'period': str(period)})}" if self.pages else None

    def finding(self, finding_id: int) -> str | None:
        """The page where one signs in and acknowledges."""
        return f"{self.pages}/health?{urlencode({'finding': finding_id})}" if self.pages else None

    def health(self) -> str | None:
        """The page on the state of the data."""
        return f"{self.pages}/health" if self.pages else None

    def run(self, run_id: str | None) -> str | None:
        """A run in the Dagster UI."""
        return f"{self.dagster}/runs/{quote(run_id, safe='')}" if self.dagster and run_id else None
