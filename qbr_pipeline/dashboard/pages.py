"""The pages: each is a template and a script that asks the API; and signing in and out.

What belongs here: addresses, who may see them, and the headers of a page. What does not: numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import chartkick
from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from qbr_pipeline.api import sessions
from qbr_pipeline.api.access import Caller, find_key
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.service import Service, service_of
from qbr_pipeline.dashboard.icons import sprite
from qbr_pipeline.dashboard.return_address import dagster_origin, is_page_of_ours
from qbr_pipeline.settings import Role

dashboard_bp = Blueprint(
    "dashboard",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
"""Content-Security-Policy of every page: nothing from elsewhere, nothing inline."""

_CHARTS = Path(chartkick.__file__).parent / "django" / "static" / "chartkick"
_DAY_SECONDS = 86_400
_OPEN = ("dashboard.sign_in", "dashboard.static", "dashboard.charts")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the menu. Under its `name` stand its template, and in `static/pages` its script and its style."""

    name: str
    title: str

    @property
    def address(self) -> str:
        """Where it is: below its name; the first page is the start page."""
        return "/" if self is PAGES[0] else f"/{self.name}"


PAGES = (
    Page("scorecard", "Scorecard"),
    Page("months", "Months"),
    Page("trends", "Trends"),
    Page("rows", "Rows"),
    Page("enter", "Enter data"),
    Page("books", "Books"),
    Page("import", "Import"),
    Page("health", "Data health"),
    Page("readiness", "Readiness"),
    Page("thresholds", "Thresholds"),
)


def _serve(page: Page) -> None:
    def view() -> str:
        return render_template(f"dashboard/{page.name}.html", page=page)

    dashboard_bp.add_url_rule(page.address, endpoint=page.name, view_func=view, methods=["GET"])


for _page in PAGES:
    _serve(_page)


@dashboard_bp.before_app_request
def _take_on_the_service() -> None:
    g.qbr_service = service_of(current_app)


@dashboard_bp.before_request
def _let_in() -> AnyResponse | None:
    """Signed-in people, and where no keys are configured whoever the API serves; others sign in first."""
    service: Service = g.qbr_service
    if service.keys and request.endpoint in _OPEN:
        return None
    try:
        g.qbr_caller = service.identify(request)
    except ApiError as error:
        if error.code is not Code.UNAUTHORIZED:
            raise
        return redirect(url_for("dashboard.sign_in", next=request.full_path.rstrip("?")))
    return None


@dashboard_bp.app_context_processor
def _what_every_page_knows() -> dict[str, object]:
    caller: Caller | None = g.get("qbr_caller")
    service: Service = g.qbr_service
    return {
        "pages": PAGES,
        "demo": current_app.config["QBR_DEMO"],
        "caller": caller,
        "may_write": caller is not None and caller.role is Role.WRITE,
        "has_keys": bool(service.keys),
        "sprite": sprite,
        "csrf_token": sessions.csrf_token if service.keys else lambda: "",
    }


@dashboard_bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> AnyResponse:
    """The form that asks for a key; with a right one, back to where the person came from."""
    service: Service = g.qbr_service
    wanted, policy = _return_address(request.args.get("next", ""), service)
    if not service.keys or (
        request.method == "GET" and sessions.signed_in_key(service.keys, service.ended_sessions)
    ):
        return redirect(wanted)
    error = _sign_in_with_key(service) if request.method == "POST" else None
    if request.method == "POST" and error is None:
        return redirect(wanted)
    page = render_template("dashboard/sign_in.html", wanted=wanted, sentence=error.message if error else None)
    return Response(
        page, error.code.status if error else 200, {"Content-Security-Policy": policy}, mimetype="text/html"
    )


def _sign_in_with_key(service: Service) -> ApiError | None:
    """Begin the session of the key that the form holds; what is to be said when there is none."""
    try:
        sessions.require_csrf_token(request)
        key = find_key(
            request.form.get("key", "").strip(),
            service.keys,
            service.failed_keys,
            request.remote_addr or "",
        )
    except ApiError as error:
        return error
    sessions.sign_in(key)
    return None


@dashboard_bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session."""
    service: Service = g.qbr_service
    sessions.sign_out(service.ended_sessions)
    return redirect(url_for("dashboard.sign_in"))


@dashboard_bp.get("/charts/chart.js")
def charts() -> Response:
    """Chart.js, from an installed package."""
    return send_from_directory(_CHARTS, "Chart.bundle.js", max_age=_DAY_SECONDS)


@dashboard_bp.after_app_request
def _guard(response: Response) -> Response:
    """The headers of a page; the API sets its own."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _return_address(given: str, service: Service) -> tuple[str, str]:
    """Where to go after signing in, the start page unless `given` is allowed; and the policy that lets a form do so."""
    dagster = dagster_origin(given, request.host, service.settings)
    if dagster is not None:
        return given, POLICY.replace("form-action 'self'", f"form-action 'self' {dagster}")
    return given if is_page_of_ours(given) else url_for("dashboard.scorecard"), POLICY
