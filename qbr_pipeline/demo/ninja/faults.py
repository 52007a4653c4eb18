"""What goes wrong on purpose at NinjaOne.

What belongs here: its refusals, and what it does otherwise now and then. What does not: what any server may do wrong
(`demo.faults`), and how the server acts it out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from qbr_pipeline.demo.faults import Answer, FaultPlan, Reply


def not_authenticated() -> Reply:
    """401, as for a token that is not known or has expired."""
    body = {
        "error": "not_authenticated",
        "error_description": "Full authentication is required to access this resource.",
    }
    return Reply(Answer(401, json.dumps(body)))


def wrong_region() -> Reply:
    """404, as for a client app that this region does not know."""
    return Reply(Answer(404, json.dumps({"resultCode": "Client app not exist"})))


@dataclass(slots=True)
class Faults(FaultPlan):
    """The faults to come, and what the server does otherwise.

    `token_lasts`: so many requests, however long it should; None: as long as it says. `short_pages`: the page of that
    number (from 0) of any list holds half of what was asked for. `cursor_stands`: `after` is ignored. `repeats`: each
    page begins with the last row of the one before. `largest_page`: more rows than that are never answered.
    """

    token_lasts: int | None = None
    short_pages: frozenset[int] = field(default_factory=frozenset)
    cursor_stands: bool = False
    repeats: bool = False
    largest_page: int | None = None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        FaultPlan.clear(self)
        self.token_lasts = self.largest_page = None
        self.short_pages = frozenset()
        self.cursor_stands = self.repeats = False
