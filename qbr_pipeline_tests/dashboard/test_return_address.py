"""Where people may be led after signing in: to pages of ours and to the Dagster UI beside them, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given, strategies

from qbr_pipeline.dashboard.return_address import dagster_origin, is_page_of_ours
from qbr_pipeline.settings import Settings

LOCAL = Settings.read({"QBR_DAGSTER_PORT": "3007"})
PUBLIC = Settings.read({"QBR_DAGSTER_URL": "https://qbr.example.com:3443"})


@pytest.mark.parametrize(
    ("given", "host", "read"),
    [
        ("http://127.0.0.1:3007/runs?a=b", "127.0.0.1:5400", LOCAL),
        ("http://localhost:3007", "localhost:5400", LOCAL),
        ("http://[::1]:3007/", "[::1]:5400", LOCAL),
        ("https://qbr.example.com:3443/assets/qbr%2Fx", "qbr.example.com", PUBLIC),
    ],
)
def test_the_ui_under_the_name_of_the_dashboard_is_one(given: str, host: str, read: Settings) -> None:
    parts = urlsplit(given)
    assert dagster_origin(given, host, read) == f"{parts.scheme}://{parts.netloc}"


@pytest.mark.parametrize(
    "given",
    [
        "http://127.0.0.1:3008/",
        "https://127.0.0.1:3007/",
        "http://localhost:3007/",
        "http://127.0.0.1:3007@evil.example/",
        "http://evil.example:3007/",
        "http://127.0.0.1:3007.evil.example/",
        "http://127.0.0.1:3007\\@evil.example/",
        "http://127.0.0.1:3007/\r\nSet-Cookie: a=b",
        "http://127.0.0.1:99999/",
        "http://[::1:3007/",
        "javascript://127.0.0.1:3007/%0aalert(1)",
        "//127.0.0.1:3007/",
        "http:127.0.0.1:3007/",
        "http://127.0.0.1:3007evil",
        " http://127.0.0.1:3007/",
        "",
    ],
)
def test_nothing_else_is_one(given: str) -> None:
    assert dagster_origin(given, "127.0.0.1:5400", LOCAL) is None


def test_an_address_under_another_name_than_the_dashboards_would_lead_in_circles() -> None:
    assert dagster_origin("https://qbr.example.com:3443/", "127.0.0.1:5400", PUBLIC) is None
    assert dagster_origin("https://qbr.example.com:3443.evil.example/", "qbr.example.com", PUBLIC) is None
    assert dagster_origin("https://qbr.example.com:34/", "qbr.example.com", PUBLIC) is None


@given(strategies.text(max_size=40), strategies.text(max_size=20))
def test_any_text_is_answered_and_a_page_of_ours_begins_with_one_slash(given: str, host: str) -> None:
    dagster_origin(given, host, PUBLIC)
    if is_page_of_ours(given):
        assert given[0] == "/"
        assert given[1:2] not in ("/", "\\")
