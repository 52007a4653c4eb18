"""Carrying a review out: gathering its facts, judging them.

What belongs here: the order of these steps. What does not: which checks there are (`months`, `quarters`, `published`,
`staged`, `boards`).
"""

from __future__ import annotations

from datetime import datetime

from qbr_pipeline.periods import Period
from qbr_pipeline.review.checks import Facts, Occasion, Review, Verdicts
from qbr_pipeline.store.database import Database


def carry_out(
    database: Database,
    review: Review[Facts],
    period: Period,
    now: datetime,
    *,
    run_id: str | None = None,
) -> Verdicts:
    """What each check of `review` finds in `period` at the aware moment `now`.

    `run_id`: the collection on whose behalf it is, where the review looks at what one has put aside or published.
    """
    with database.read() as connection:
        return review.judge(review.gather(Occasion(connection, database, period, now, run_id)))
