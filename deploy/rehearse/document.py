"""The commands of docs/deployment.md, as a person would copy them."""

from __future__ import annotations

from deploy.debian import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "deployment.md"


def blocks(heading: str) -> list[list[str]]:
    """The commands for root in each `console` block of the section with this heading, in their order."""
    _, found, rest = DOCUMENT.read_text().partition(f"\n## {heading}\n")
    if not found:
        raise ValueError(f"{DOCUMENT.name} has no section {heading!r}")
    section = rest.partition("\n## ")[0]
    made = []
    for part in section.split("```console\n")[1:]:
        lines = part.partition("```")[0].splitlines()
        made.append([line.strip().removeprefix("# ") for line in lines if line.strip().startswith("# ")])
    return made
