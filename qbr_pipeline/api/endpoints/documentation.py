"""The OpenAPI document, and a page to read and try it: Swagger UI from an installed package, nothing from outside."""

from __future__ import annotations

from importlib.resources import files

from flask import Response, request

from qbr_pipeline.api.access import Needs
from qbr_pipeline.api.models import NoParameters
from qbr_pipeline.api.numbers import write_json
from qbr_pipeline.api.openapi import HIDDEN_TAG, document
from qbr_pipeline.api.routes import Call, routes

_VIEWER = files("flask_openapi3_swagger") / "templates" / "swagger"
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>QBR numbers: the API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="docs/viewer.css">
</head>
<body>
  <div id="viewer"></div>
  <script src="docs/viewer.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DAY = {"Cache-Control": "max-age=86400"}


@routes.get("/openapi.json", query=NoParameters, data=None, tag=HIDDEN_TAG, needs=Needs.NOTHING)
def openapi_document(_call: Call[NoParameters, NoParameters]) -> Response:
    """This API as an OpenAPI 3.1 document."""
    prefix = (request.script_root + request.path).removesuffix("/openapi.json")
    return Response(write_json(document(routes.endpoints, prefix)), mimetype="application/json")


@routes.get("/docs", query=NoParameters, data=None, tag=HIDDEN_TAG, needs=Needs.NOTHING)
def docs_page(_call: Call[NoParameters, NoParameters]) -> Response:
    """A page to read the document, and to try what is in it."""
    return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})


@routes.get("/docs/start.js", query=NoParameters, data=None, tag=HIDDEN_TAG, needs=Needs.NOTHING)
def docs_start(_call: Call[NoParameters, NoParameters]) -> Response:
    """What starts the viewer."""
    return Response(_START, mimetype="text/javascript")


@routes.get("/docs/viewer.js", query=NoParameters, data=None, tag=HIDDEN_TAG, needs=Needs.NOTHING)
def docs_viewer(_call: Call[NoParameters, NoParameters]) -> Response:
    """The viewer."""
    script = (_VIEWER / "js" / "swagger-ui-bundle.js").read_bytes()
    return Response(script, mimetype="text/javascript", headers=_DAY)


@routes.get("/docs/viewer.css", query=NoParameters, data=None, tag=HIDDEN_TAG, needs=Needs.NOTHING)
def docs_style(_call: Call[NoParameters, NoParameters]) -> Response:
    """The viewer's looks."""
    style = (_VIEWER / "css" / "swagger-ui.css").read_bytes()
    return Response(style, mimetype="text/css", headers=_DAY)
