"""The end of docs/rules.md: every rule of validation with its words, checks and limits. The prose above it is kept."""

from __future__ import annotations

from pathlib import Path

from qbr_pipeline.metrics.rules.definition import RuleDefinition
from qbr_pipeline.metrics.rules.table import RULES, WATCHES
from tools.documents.metrics import table

_FILE = Path(__file__).parents[2] / "docs" / "rules.md"
_HEADING = "## Every rule and its limits\n"
_HEAD = """
Drawn from `qbr_pipeline/metrics/rules/` by `python -m tools.documents`.
`/metrics/definitions` of the API answers the same.
"""


def text() -> str:
    """The whole document, in Markdown; ValueError when it has lost the heading of this part."""
    prose, heading, _ = _FILE.read_text().partition(_HEADING)
    if not heading:
        raise ValueError(f"docs/rules.md has no heading {_HEADING.strip()!r}; expected it at the end")
    definitions: tuple[RuleDefinition, ...] = (*RULES.values(), *WATCHES.values())
    limits = {limit.name: limit for each in definitions for limit in each.limits}
    rules = table(("rule", "looks for", "severity", "checks", "limits"), map(_rule, definitions))
    numbers = table(
        ("limit", "is", "what it means"),
        ((f"`{each.name}`", str(each), each.description) for each in limits.values()),
    )
    return f"{prose}{_HEADING}{_HEAD}\n{rules}\n{numbers}"


def _rule(rule: RuleDefinition) -> tuple[str, ...]:
    severity = f"{rule.severity}, blocks" if rule.blocking else str(rule.severity)
    checks = ", ".join(f"`{name}`" for name in rule.checks)
    return (
        f"`{rule.name}`",
        rule.description,
        severity,
        checks or "–",
        ", ".join(each.name for each in rule.limits) or "–",
    )
