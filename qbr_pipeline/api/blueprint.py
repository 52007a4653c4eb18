"""The blueprint: from a request to an endpoint and back, in the envelope, with access, ids and the access log.

What belongs here: HTTP that every endpoint shares. What does not: a single endpoint (`endpoints`).
Errors are answered in the envelope below our own prefix only: an application that registers this keeps its own.
"""

from __future__ import annotations

import logging
import os
import re
import time
import uuid
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import PathConverter

from qbr_pipeline.api import access_log, cors
from qbr_pipeline.api.access import Caller, Needs, require
from qbr_pipeline.api.annotated_response import AnnotatedResponse
from qbr_pipeline.api.endpoints import (
    books,
    changes,
    collection,
    decisions,
    definitions,
    documentation,
    entries,
    exports,
    findings,
    health,
    imports,
    missing,
    monthly,
    periods,
    quarterly,
    readiness,
    restatements,
    rows,
    series,
    smartnumbers,
    table,
    threshold_preview,
    thresholds,
)
from qbr_pipeline.api.errors import ApiError, Code, failure, from_validation
from qbr_pipeline.api.models import IN_ADDRESS
from qbr_pipeline.api.numbers import read_json, write_json
from qbr_pipeline.api.response_cache import CachedAnswer
from qbr_pipeline.api.routes import MAX_BODY_BYTES, Answer, Call, Endpoint, routes
from qbr_pipeline.api.service import SETTINGS, Service, of_organization, service_of
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.faults import database_fault, outage

PREFIX = "/api/qbr"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

log = logging.getLogger("qbr_pipeline.api")

qbr_bp = Blueprint("qbr", __name__, url_prefix=PREFIX)

Model = TypeVar("Model", bound=BaseModel)


def _register(endpoint: Endpoint) -> None:
    def view() -> Response:
        return _answer(endpoint)

    qbr_bp.add_url_rule(
        endpoint.path,
        endpoint=endpoint.name,
        view_func=view,
        methods=[endpoint.method],
        provide_automatic_options=False,
    )


SUBJECTS = (
    monthly,
    quarterly,
    smartnumbers,
    thresholds,
    threshold_preview,
    entries,
    imports,
    definitions,
    periods,
    missing,
    series,
    table,
    rows,
    books,
    changes,
    findings,
    decisions,
    collection,
    readiness,
    restatements,
    exports,
    health,
    documentation,
)
"""The modules whose endpoints are served, in the order of the document; importing one registers its endpoints."""

routes.arrange([subject.__name__ for subject in SUBJECTS])
for _endpoint in routes.endpoints:
    _register(_endpoint)


class _Rest(PathConverter):
    """The rest of an address, line breaks and all; Flask's own converter stops at one."""

    regex = "(?s:.+)"
    part_isolating = False


@qbr_bp.record
def _take_settings(state: BlueprintSetupState) -> None:
    """Those that the application holds; else those of the environment, as it is now. SettingsError when it is wrong."""
    if SETTINGS not in state.app.config:
        state.app.config[SETTINGS] = Settings.read(os.environ)


@qbr_bp.record
def _answer_everything_below_the_prefix(state: BlueprintSetupState) -> None:
    """Take every other path and method below the prefix, so that their errors come in the envelope too."""
    name = f"{state.name_prefix}.{state.name}.elsewhere".lstrip(".")
    prefix = state.url_prefix or ""
    state.app.url_map.converters["qbr_rest"] = _Rest
    for path in (prefix, f"{prefix}/", f"{prefix}/<qbr_rest:rest>"):
        if path:
            rule = state.app.url_rule_class(path, endpoint=name, strict_slashes=True)
            state.app.url_map.add(rule)
    state.app.view_functions[name] = _elsewhere


def _elsewhere(rest: str = "") -> Response:
    methods = routes.methods(f"/{rest}")
    if not methods:
        raise ApiError(Code.NOT_FOUND, "there is nothing at this address: openapi.json lists what there is")
    allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": allowed})
    raise ApiError(Code.METHOD_NOT_ALLOWED, f"this address takes {allowed}", {"Allow": allowed})


@qbr_bp.before_request
def _begin() -> Response | None:
    given = request.headers.get("X-Request-ID", "")
    g.qbr_request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.qbr_began = time.perf_counter()
    g.qbr_service = service = service_of(current_app)
    endpoint = _requested_endpoint()
    request.max_content_length = endpoint.max_bytes if endpoint else MAX_BODY_BYTES
    is_open = cors.is_preflight(request) or (endpoint is not None and endpoint.needs is Needs.NOTHING)
    if not service.keys or not is_open:
        g.qbr_caller = service.identify(request)
    if cors.is_preflight(request):
        return cors.preflight(request, service.origins, routes.methods(_path_below_prefix()))
    if endpoint is not None and not is_open:
        require(g.qbr_caller, endpoint.needs)
    return None


@qbr_bp.after_request
def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.qbr_request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    service: Service | None = g.get("qbr_service")
    cors.allow(request, response, service.origins if service else ())
    caller: Caller | None = g.get("qbr_caller")
    access_log.write(
        request,
        service.keys if service else (),
        request_id=g.qbr_request_id,
        status=response.status_code,
        milliseconds=(time.perf_counter() - g.qbr_began) * 1000,
        key_name=caller.key_name if caller else None,
    )
    return response


@qbr_bp.errorhandler(ApiError)
def _rejected(error: ApiError) -> Response:
    if error.code is Code.STORED_NOT_REVIEWED:
        log.error("request %s: stored, not reviewed", _logged_id(), exc_info=error)
    return _failure(error)


@qbr_bp.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return _failure(ApiError(Code.BODY_TOO_LARGE, f"the body is over {request.max_content_length} bytes"))
    return _failure(ApiError(Code.INVALID_REQUEST, "malformed HTTP request"))


@qbr_bp.errorhandler(OperationalError)
@qbr_bp.errorhandler(InterfaceError)
@qbr_bp.errorhandler(NoConnectionLeftError)
def _no_database(error: Exception) -> Response:
    reason = database_fault(error) if isinstance(error, DBAPIError) else None
    log.error("request %s: the database cannot be used: %s", _logged_id(), reason or error.__class__.__name__)
    return _failure(ApiError(Code.DATABASE_UNAVAILABLE, outage(error), {"Retry-After": "5"}))


@qbr_bp.errorhandler(Exception)
def _crash(error: Exception) -> Response:
    log.error("request %s failed", _logged_id(), exc_info=error)
    return _failure(
        ApiError(
            Code.INTERNAL_ERROR,
            f"an internal error occurred; the log has the details under {g.qbr_request_id}",
        )
    )


def _logged_id() -> str:
    service: Service | None = g.get("qbr_service")
    return access_log.redacted(g.qbr_request_id, service.keys if service else ())


def _answer(endpoint: Endpoint) -> Response:
    service: Service = g.qbr_service
    query = _validated(endpoint.query, _parameters(), IN_ADDRESS)
    body = _validated(endpoint.body, _json_body() if endpoint.method == "POST" else {})
    organization = getattr(query, "organization_id", None) or getattr(body, "organization_id", None)
    database = of_organization(service.database, organization) if organization else service.database
    call: Call[Any, Any] = Call(
        query,
        body,
        database,
        g.get("qbr_caller"),
        service.now(),
        service.settings.review,
        _if_match(endpoint),
    )
    return _repeated(endpoint, call, service) if endpoint.cacheable else _response(endpoint.handler(call))


def _repeated(endpoint: Endpoint, call: Call[Any, Any], service: Service) -> Response:
    """The answer that was given before if the database still stands as it did then, else a new one."""
    today = call.now.astimezone(call.database.timezone).date()
    question = (endpoint.name, call.database.organization_id, today, *sorted(request.args.items()))
    now = service.state.now()
    kept = service.answers.get(question, now, call.now)
    if kept is not None:
        return _tagged(Response(kept.text, mimetype="application/json"), kept.etag)
    data = endpoint.handler(call)
    response = _response(data)
    etag, until = (data.etag, data.changes_at) if isinstance(data, AnnotatedResponse) else (None, None)
    service.answers.set(question, now, CachedAnswer(response.get_data(), etag), until)
    return response


def _response(data: Answer) -> Response:
    if isinstance(data, Response):
        return data
    response = envelope({"success": True, "data": data.model_dump()}, 200)
    return _tagged(response, data.etag) if isinstance(data, AnnotatedResponse) else response


def _tagged(response: Response, etag: str | None) -> Response:
    if etag is not None:
        response.headers["ETag"] = etag
    return response


def envelope(content: dict[str, object], status: int) -> Response:
    """A response of JSON."""
    return Response(write_json(content), status, mimetype="application/json")


def _failure(error: ApiError) -> Response:
    response = envelope(failure(error), error.code.status)
    response.headers.update(error.headers)
    return response


def _validated(model: type[Model], given: object, context: dict[str, bool] | None = None) -> Model:
    try:
        return model.model_validate(given, context=context)
    except ValidationError as error:
        raise from_validation(error) from None


def _if_match(endpoint: Endpoint) -> str | None:
    """The header, where it can be kept to; ApiError where a write would go on without it."""
    given = request.headers.get("If-Match")
    if given is not None and endpoint.needs is Needs.WRITE and not endpoint.of_one_value:
        raise ApiError(
            Code.INVALID_REQUEST,
            "If-Match is not understood here: say what you saw as openapi.json describes",
        )
    return given


def _parameters() -> dict[str, str]:
    for name, values in request.args.lists():
        if len(values) > 1:
            sentence = f"{name[:40]} is given {len(values)} times: expected once"
            raise ApiError(Code.INVALID_FIELD, sentence, field=name[:40])
    return request.args.to_dict()


def _json_body() -> object:
    if request.mimetype != "application/json":
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE, "expected a JSON body, sent as Content-Type: application/json"
        )
    return read_json(request.get_data())


def _requested_endpoint() -> Endpoint | None:
    path = _path_below_prefix()
    method = "GET" if request.method == "HEAD" else request.method
    return next((each for each in routes.endpoints if (each.path, each.method) == (path, method)), None)


def _path_below_prefix() -> str:
    if "rest" in (request.view_args or {}):
        return f"/{(request.view_args or {})['rest']}"
    name = (request.endpoint or "").rpartition(".")[2]
    return next((each.path for each in routes.endpoints if each.name == name), "")
