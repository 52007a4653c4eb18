"""Whatever JSON or an address can hold: every endpoint answers it in the envelope, and never with a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from qbr_pipeline.api.endpoints.thresholds import ThresholdRequest
from qbr_pipeline.api.routes import Endpoint, routes

MANUAL, THRESHOLDS, ACKNOWLEDGE = "/metrics/manual", "/thresholds", "/findings/acknowledge"
WHOLE: dict[str, Any] = {
    "as_of": "2025-03-01T12:00:00Z",
    "by": "Ann",
    "entered_by": "Ann",
    "metric_name": "mrr",
    "metric_value": 1,
    "period": "2025-03",
    "rule": "change",
    "subject": "mrr",
    "threshold_type": "warning",
    "threshold_value": 1,
    "until": "2030-03-01T12:00:00Z",
    "values": [{"metric_name": "mrr", "metric_value": 1}],
    "why": "seen",
}
"""A right value for each field that a body cannot do without, and for some that it can."""

DIGITS = st.one_of(
    st.text("0123456789", min_size=1, max_size=25),
    st.sampled_from(["0", "399", "999999999", "9" * 18, "9" * 19]),
)
NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(min_value=0).map(str),
    st.one_of(st.just(""), DIGITS.map(".{}".format)),
    st.one_of(
        st.just(""),
        st.builds("{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), DIGITS),
    ),
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=120)
SCALARS = st.one_of(
    NUMBERS,
    ANY_TEXT.map(json.dumps),
    st.sampled_from(["true", "false", "null", "NaN", "Infinity", "-Infinity"]),
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{','.join(each)}]"),
        st.dictionaries(ANY_TEXT.map(json.dumps), inner, max_size=3).map(
            lambda each: "{" + ",".join(f"{name}:{value}" for name, value in each.items()) + "}"
        ),
    ),
    max_leaves=5,
)
MANY = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fields(model: type[BaseModel]) -> Iterator[str]:
    """The names of a model's fields, and of what its lists and choices consist of."""
    yield from model.model_fields if "root" not in model.model_fields else ThresholdRequest.model_fields


def object_of(parts: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in parts.items()) + "}"


@st.composite
def bodies(draw: st.DrawFn, endpoint: Endpoint) -> str:
    """A right body with any JSON in place of one of its fields, or of a part of it, or of the whole."""
    names = list(fields(endpoint.body))
    whole = {name: json.dumps(WHOLE[name]) for name in names if name in WHOLE}
    anything = draw(ANY_JSON)
    place = draw(st.sampled_from([*names, "a field that is not there", "the whole", "within values"]))
    if place == "the whole":
        return anything
    if place == "within values" and "values" in names:
        inner = draw(st.sampled_from(["metric_name", "metric_value", "vendor_id", "expected_value"]))
        value = {**{name: json.dumps(each) for name, each in WHOLE["values"][0].items()}, inner: anything}
        return object_of({**whole, "values": f"[{object_of(value)}]"})
    return object_of({**whole, place: anything})


def answered_in_the_envelope(answer: Any) -> bool:
    """Whether the answer is success, or an error in the envelope that is no fault of the server."""
    if answer.status_code >= 500:
        return False
    return bool(answer.status_code < 300 or answer.get_json()["error"]["status"] == answer.status_code)


POSTS = [each for each in routes.endpoints if each.method == "POST"]
READS = [each for each in routes.endpoints if each.method != "POST"]


@pytest.mark.parametrize("endpoint", POSTS, ids=[each.path for each in POSTS])
def test_any_json_is_answered_and_never_crashes(client: FlaskClient, endpoint: Endpoint) -> None:
    @MANY
    @given(body=bodies(endpoint))
    def ask(body: str) -> None:
        answer = client.post(f"/api/qbr{endpoint.path}", data=body.encode(), content_type="application/json")
        assert answered_in_the_envelope(answer), answer.get_data(as_text=True)

    ask()


@pytest.mark.parametrize("endpoint", READS, ids=[f"{each.method} {each.path}" for each in READS])
def test_any_parameter_is_answered_and_never_crashes(client: FlaskClient, endpoint: Endpoint) -> None:
    names = list(fields(endpoint.query))

    @MANY
    @given(
        name=st.sampled_from([*names, "anything else"]),
        value=st.one_of(
            st.binary(max_size=40), ANY_TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
        ),
    )
    def ask(name: str, value: bytes) -> None:
        whole = {each: str(WHOLE[each]).encode() for each in names if each in WHOLE} | {name: value}
        query = "&".join(
            f"{quote_from_bytes(each.encode())}={quote_from_bytes(held)}" for each, held in whole.items()
        )
        answer = client.open(f"/api/qbr{endpoint.path}?{query}", method=endpoint.method)
        assert answered_in_the_envelope(answer), answer.get_data(as_text=True)

    ask()


@given(path=st.binary(max_size=30))
@MANY
def test_any_address_below_the_prefix_is_answered_in_json(client: FlaskClient, path: bytes) -> None:
    address = f"/api/qbr/x{quote_from_bytes(path, safe='')}"
    answer = client.get(address)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["x%0a", "%0a", "x%0ay", "x%0d%0a", "x/%0a/y", "x%00", "x%e2%80%a8"])
def test_a_line_break_in_an_address_is_an_unknown_address(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/qbr/{path}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "field", "value", "code"),
    [
        (MANUAL, "metric_value", "1e9999999999999999999", "INVALID_VALUE"),
        (MANUAL, "metric_value", "-1e9999999999999999999", "INVALID_VALUE"),
        (MANUAL, "metric_value", "1e-9999999999999999999", "INVALID_VALUE"),
        (MANUAL, "metric_name", r'"\ud800"', "INVALID_FIELD"),
        (MANUAL, "period", r'"\ud800"', "INVALID_FIELD"),
        (MANUAL, r"\ud800", "1", "INVALID_FIELD"),
        (THRESHOLDS, "threshold_value", "1e9999999999999999999", "INVALID_VALUE"),
        (THRESHOLDS, "threshold_type", r'"\ud800"', "INVALID_FIELD"),
        (ACKNOWLEDGE, "id", "1e9999999999999999999", "INVALID_VALUE"),
        (ACKNOWLEDGE, "until", r'"\ud800"', "INVALID_FIELD"),
    ],
)
def test_what_no_field_can_hold_is_refused_by_a_sentence(
    client: FlaskClient, path: str, field: str, value: str, code: str
) -> None:
    whole = {
        name: json.dumps(WHOLE[name]) for name in ("period", "metric_name", "metric_value", "entered_by")
    }
    body = "{" + ",".join(f'"{name}":{held}' for name, held in {**whole, field: value}.items()) + "}"
    answer = client.post(f"/api/qbr{path}", data=body, content_type="application/json")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["message"].isprintable()
    assert len(error["message"]) < 200


@pytest.mark.parametrize(
    "zero", ["0e-9999999999999999999", "0e-999999999", "0e9999999999999999999", "-0E+99999", "0.000000"]
)
def test_zero_is_zero_however_it_is_written(client: FlaskClient, zero: str) -> None:
    for path, body in (
        (THRESHOLDS, f'{{"metric_name":"mrr","threshold_type":"warning","threshold_value":{zero}}}'),
        (MANUAL, f'{{"period":"2025-03","metric_name":"mrr","metric_value":{zero},"entered_by":"Ann"}}'),
    ):
        answer = client.post(f"/api/qbr{path}", data=body, content_type="application/json")
        assert answer.status_code == 200, answer.get_data(as_text=True)
    [limit] = client.get("/api/qbr/thresholds").get_json()["data"]["thresholds"]
    assert limit["threshold_value"] == 0
