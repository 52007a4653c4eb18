"""The reviews of a month as a whole: collected, entered and derived, beside its neighbours; and of its SmartNumbers."""

from __future__ import annotations

from qbr_pipeline.metrics import thresholds, validation
from qbr_pipeline.review.causes import (
    changes_of,
    findings_of_month,
    findings_of_smartnumbers,
    unusual_of,
    zeros_of,
)
from qbr_pipeline.review.checks import Check, Review
from qbr_pipeline.review.context import (
    MonthInContext,
    SmartNumbersOfMonth,
    month_in_context,
    smartnumbers_of_month,
)

MONTHLY_METRICS = Review(
    "monthly_metrics",
    (
        Check[MonthInContext](
            "not_zero",
            "No ticket, no endpoint or no seat at all is hardly ever true.",
            zeros_of,
        ),
        Check[MonthInContext](
            "change_is_plausible",
            "No watched metric moved by 50 % (a stock by 25 %) against the month before.",
            changes_of,
        ),
        Check[MonthInContext](
            "value_is_usual",
            "Every watched metric lies within the natural limits of its own last 12 months.",
            unusual_of,
        ),
        Check[MonthInContext](
            "totals_match_their_parts",
            "A total that was entered by hand equals what its parts give.",
            lambda facts: validation.parts_differ(facts.month, facts.values, facts.manual_totals),
        ),
        Check[MonthInContext](
            "entries_by_hand_agree",
            "What a person entered in place of a collected value equals what the collector finds.",
            lambda facts: validation.manual_differs(facts.month, facts.manual, facts.found),
        ),
        Check[MonthInContext](
            "inputs_are_entered",
            "Every expected input is there by QBR_INPUTS_DUE_DAY of the next month.",
            lambda facts: validation.absent(
                facts.month,
                facts.values,
                facts.now,
                facts.inputs_due_day,
                facts.timezone,
                manual=facts.manual_totals,
            ),
        ),
        Check[MonthInContext](
            "thresholds_are_kept",
            "No metric has reached a threshold that somebody set for it.",
            lambda facts: thresholds.thresholds(
                facts.month, facts.values, facts.limits, in_progress=facts.in_progress
            ),
        ),
    ),
    month_in_context,
    findings_of_month,
)
MONTHLY_SMARTNUMBERS = Review(
    "monthly_smartnumbers",
    (
        Check[SmartNumbersOfMonth](
            "thresholds_are_kept",
            "No SmartNumber has reached a threshold that somebody set for it.",
            lambda facts: thresholds.thresholds(
                facts.month, facts.values, facts.limits, in_progress=facts.in_progress
            ),
        ),
    ),
    smartnumbers_of_month,
    findings_of_smartnumbers,
)
