"""Text of others: who entered something, names of clients and boards, notes, what a server answered.

What belongs here: making it safe to put into a line of ours, on a terminal, in a mail, in a log. What does not: HTML,
which is escaped where it is written.
"""

from __future__ import annotations


def one_line(text: str) -> str:
    """`text` on one line of plain characters.

    Line breaks, control sequences, and marks that turn the direction of reading or cannot be seen become a blank.
    """
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def without_links(text: str) -> str:
    """The same, and no mail program takes any of it for an address to follow."""
    return one_line(text).replace("://", ": //")
