"""Text of others is one line of plain characters wherever it is put into ours."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from qbr_pipeline.alerts.links import Links
from qbr_pipeline.alerts.messages import AlertContext, LastChange, as_html, body_of, title_of
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.metrics.names import quoted
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line, without_links
from qbr_pipeline.runtime.logs import PlainFormatter
from qbr_pipeline.store.rows.contributors import Contributor
from qbr_pipeline_tests.conftest import CHICAGO

FORGED = "Acme\r\nAcknowledge: https://evil.example/\x1b]8;;https://evil.example\x07\u202egnp\u2028Run: http://e.example\x9b2J"
ANY = st.text(st.characters(exclude_categories=()))


@given(text=ANY)
@example(text=FORGED)
def test_it_is_one_line_of_what_can_be_seen(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert line == line.strip()
    assert one_line(line) == line


@given(text=st.text(st.characters(categories=("L", "N", "P", "S"))))
def test_words_stay_as_they_are(text: str) -> None:
    assert one_line(text) == text


@given(text=ANY)
@example(text="https://https://x")
def test_nothing_in_it_is_an_address_to_follow(text: str) -> None:
    assert "://" not in without_links(text)


def test_a_name_in_a_sentence_is_one_line() -> None:
    assert quoted("a\nb\x1b[2J") == '"a b [2J"'


def test_an_alert_has_no_line_and_no_link_that_others_have_written() -> None:
    finding = Finding(
        rule=Rule.CHANGE,
        subject=FORGED,
        period=Month(2025, 3),
        severity=Severity.WARN,
        value=Decimal(5),
        expected=FORGED,
        sentence=f"{FORGED} rose",
        moves=(),
    )
    at = datetime(2025, 4, 1, tzinfo=UTC)
    alert = AlertContext(
        7,
        finding,
        contributors=[Contributor("client", FORGED, Decimal(1), Decimal(2))],
        last_change=LastChange(at, FORGED, None, Decimal(5)),
    )
    body = body_of(alert, Links(pages="https://qbr.example.com"), CHICAGO)
    lines = body.split("\n")
    assert lines == body.splitlines()
    assert all(line.isprintable() for line in [*lines, title_of(alert)])
    assert [line for line in lines if "://" in line] == [
        "Acknowledge: https://qbr.example.com/health?finding=7"
    ]
    assert sum(line.startswith(("Acknowledge", "Run")) for line in lines) == 1
    assert as_html(body).count("<a href=") == 1


def test_in_html_only_a_line_of_ours_can_be_followed() -> None:
    shown = as_html("see https://evil.example\nRun: https://dagster.example/runs/1?a=1&b=2\n<b>")
    assert shown == (
        'see https://evil.example<br/>Run: <a href="https://dagster.example/runs/1?a=1&amp;b=2">'
        "https://dagster.example/runs/1?a=1&amp;b=2</a><br/>&lt;b&gt;"
    )


def test_a_record_of_the_log_is_one_line_and_a_traceback_has_no_control_sequence() -> None:
    formatter = PlainFormatter("%(levelname)s %(message)s")
    record = logging.LogRecord("qbr", logging.INFO, "", 0, "said %s", (FORGED,), None)
    assert formatter.format(record).isprintable()
    try:
        int(FORGED)
    except ValueError:
        record.exc_info = sys.exc_info()
    shown = formatter.format(record)
    assert "Traceback" in shown
    assert all(line.isprintable() for line in shown.split("\n"))
