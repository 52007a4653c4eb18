"""`/metrics`: what Prometheus reads, with a key as everything that holds numbers.

What belongs here: the names of the series, and where each comes from. What does not: what a night is
(`review.readiness`).
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from flask import Blueprint, Flask, Response, current_app, request, request_finished
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.api.errors import ApiError
from qbr_pipeline.api.service import Service, service_of
from qbr_pipeline.metrics.findings import Severity
from qbr_pipeline.review.readiness import NightState, last_night
from qbr_pipeline.store.alerts.outbox import undelivered
from qbr_pipeline.store.approvals import last_approval
from qbr_pipeline.store.collection_log import CollectionOutcome, activity, latest
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, State, find

monitoring_bp = Blueprint("monitoring", __name__)

_of_process = CollectorRegistry()
ProcessCollector(registry=_of_process)
_requests = Counter(
    "qbr_http_requests", "Requests that were answered, by status.", ["status"], registry=_of_process
)


def monitor(app: Flask) -> None:
    """Serve `/metrics` in `app`, and count what it answers."""
    app.register_blueprint(monitoring_bp)
    request_finished.connect(_count, app)


@monitoring_bp.get("/metrics")
def metrics() -> Response:
    """The series of this process and of the numbers, as text."""
    service = service_of(current_app)
    try:
        service.authenticate(request)
        database = service.database
    except ApiError as error:
        return Response(f"{error.message}\n", error.code.status, dict(error.headers), mimetype="text/plain")
    registry = CollectorRegistry()
    registry.register(_Numbers(service, database))
    text = generate_latest(_of_process) + generate_latest(registry)
    return Response(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _count(_app: Flask, response: Response) -> None:
    _requests.labels(str(response.status_code)).inc()


class _Numbers(Collector):
    """What the database tells; where it cannot be asked, only that."""

    def __init__(self, service: Service, database: Database) -> None:
        self._service = service
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Every series, read in one transaction."""
        yield InfoMetricFamily("qbr_build", "The program.", {"version": version("qbr-pipeline")})
        found: list[Metric] = []
        try:
            with self._database.read() as connection:
                found = [*self._nights(connection), *self._vendors(connection), *self._attention(connection)]
        except DBAPIError:
            pass
        up = "Whether the database of the numbers can be read."
        yield GaugeMetricFamily("qbr_database_up", up, bool(found))
        yield from found

    def _nights(self, connection: Connection) -> Iterator[Metric]:
        service = self._service
        night = last_night(connection, self._database, service.settings.review, service.now())
        states = GaugeMetricFamily(
            "qbr_night_state", "How the last night went: 1 for one state.", labels=["state"]
        )
        for state in NightState:
            states.add_metric([state.value], state is night.state)
        yield states
        months = "Months that the last night collected from every vendor."
        yield GaugeMetricFamily("qbr_night_months", months, night.months)
        enabled = (
            service.settings.collection_enabled and last_approval(connection, self._database) is not None
        )
        yield GaugeMetricFamily("qbr_nights_enabled", "Whether nights are enabled and approved.", enabled)

    def _vendors(self, connection: Connection) -> Iterator[Metric]:
        success = GaugeMetricFamily(
            "qbr_last_success_timestamp_seconds", "When a vendor was last collected.", labels=["vendor"]
        )
        for vendor, seen in activity(connection, self._database).items():
            if seen.succeeded_at is not None:
                success.add_metric([vendor.value], seen.succeeded_at.timestamp())
        yield success
        rows = latest(connection, self._database)
        failed = GaugeMetricFamily(
            "qbr_failed_months", "Months whose newest collection failed.", labels=["vendor"]
        )
        for each in sorted({row.vendor for row in rows}):
            of_vendor = [row for row in rows if row.vendor is each]
            count = sum(row.status is CollectionOutcome.FAILED for row in of_vendor)
            failed.add_metric([each.value], count)
        yield failed

    def _attention(self, connection: Connection) -> Iterator[Metric]:
        now = self._service.now()
        open_ = GaugeMetricFamily(
            "qbr_open_findings", "Findings that nobody has decided.", labels=["severity"]
        )
        for severity in Severity:
            wanted = FindingFilter(states=[State.OPEN], severity=severity)
            open_.add_metric(
                [severity.value], find(connection, self._database, wanted, now, limit=0, offset=0).total
            )
        yield open_
        late = "Alerts that were sent and did not arrive."
        yield GaugeMetricFamily("qbr_undelivered_alerts", late, undelivered(connection, self._database))
