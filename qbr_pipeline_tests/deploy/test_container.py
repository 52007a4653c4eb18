"""Image, compose file and chart: nothing runs as root or writes where it need not, and the settings are ours."""

from __future__ import annotations

import json
import re

import yaml

from qbr_pipeline.settings import CHECKOUT, Settings

CONTAINER = CHECKOUT / "deploy" / "container"
CHART = CHECKOUT / "deploy" / "kubernetes" / "chart"
SERVICES = {"migrate", "code", "daemon", "api", "ui"}


def compose() -> dict[str, dict[str, object]]:
    """The services of the compose file."""
    found: dict[str, dict[str, object]] = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]
    return found


def test_the_image_is_of_a_base_that_one_names_and_of_a_user_of_its_own() -> None:
    text = (CONTAINER / "Dockerfile").read_text()
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${BASE}", "${BASE}"]
    assert "USER 10001:10001" in text
    assert "HEALTHCHECK" in text


def test_every_service_of_ours_is_closed_and_is_looked_after() -> None:
    services = compose()
    assert services.keys() == SERVICES | {"postgres"}
    for name in SERVICES:
        service = services[name]
        assert service["user"] == "10001:10001"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    for name in SERVICES - {"migrate", "api"}:  # the image itself looks after the API
        assert "healthcheck" in services[name]


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for service in compose().values() for port in service.get("ports", [])]  # type: ignore[attr-defined]
    assert ports == ["127.0.0.1:5400:5400", "127.0.0.1:3000:3000"]


def test_the_example_of_settings_is_read_and_holds_no_secret() -> None:
    lines = (CONTAINER / "qbr.env.example").read_text().splitlines()
    held = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    read = Settings.read(held)
    assert not read.collection_enabled
    assert read.database_url is not None
    assert all(
        not held[name] for name in held if name.startswith("CONNECTWISE_") and name != "CONNECTWISE_SERVER"
    )


def test_the_charts_dagster_yaml_is_ours_and_the_launcher_stands_before_it() -> None:
    assert (CHART / "dagster.yaml").read_bytes() == (CHECKOUT / "dagster.yaml").read_bytes()
    assert "run_launcher" not in yaml.safe_load((CHART / "dagster.yaml").read_text())


def test_the_charts_values_have_a_schema_that_knows_each_of_them() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["additionalProperties"] is False
    assert values.keys() == schema["properties"].keys() - {"global"}
