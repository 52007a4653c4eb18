"""Prints the OpenAPI document, from which the types of the API's answers are made for the dashboard's scripts."""

from __future__ import annotations

import json
import sys

from qbr_pipeline.api.blueprint import PREFIX
from qbr_pipeline.api.openapi import document
from qbr_pipeline.api.routes import routes

if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(routes.endpoints, PREFIX)))
