"""Write the documents that are drawn from the code."""

from pathlib import Path

from tools.documents import architecture, metrics, rules, settings

CHECKOUT = Path(__file__).parents[2]


def documents() -> dict[Path, str]:
    """The documents by file: what each should hold."""
    return {
        CHECKOUT / "README.md": settings.text(),
        CHECKOUT / "docs" / "metrics.md": metrics.text(),
        CHECKOUT / "docs" / "rules.md": rules.text(),
        CHECKOUT / "docs" / "architecture.svg": architecture.text(),
    }


if __name__ == "__main__":
    for file, content in documents().items():
        file.write_text(content)
