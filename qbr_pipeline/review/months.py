"""The reviews of a month as a whole: collected, entered and derived, beside its neighbours; and of its SmartNumbers."""

from __future__ import annotations

from qbr_pipeline.metrics.rules import keeping, validation
from qbr_pipeline.review.causes import (
    changes_of,
    findings_of_month,
    findings_of_smartnumbers,
    implausible_of,
    unusual_of,
    zeros_of,
)
from qbr_pipeline.review.checks import Check, Review
from qbr_pipeline.review.context import (
    MonthInContext,
    SmartNumbersOfMonth,
    month_in_context,
    reached,
    smartnumbers_of_month,
)

MONTHLY_METRICS = Review(
    "monthly_metrics",
    (
        Check[MonthInContext]("not_zero", zeros_of),
        Check[MonthInContext]("plausible_beside_related_metrics", implausible_of),
        Check[MonthInContext]("change_is_plausible", changes_of),
        Check[MonthInContext]("value_is_usual", unusual_of),
        Check[MonthInContext](
            "totals_match_their_parts",
            lambda facts: validation.parts_differ(facts.month, facts.values, facts.manual_totals),
        ),
        Check[MonthInContext](
            "manual_entries_agree",
            lambda facts: validation.manual_differs(facts.month, facts.manual, facts.found),
        ),
        Check[MonthInContext](
            "values_belong_to_their_vendor",
            lambda facts: keeping.foreign_rows(
                facts.month,
                ((row.id, row.metric, row.stands_under, row.owner, row.value) for row in facts.foreign),
            ),
        ),
        Check[MonthInContext](
            "inputs_are_entered",
            lambda facts: validation.absent(
                facts.month,
                facts.values,
                facts.now,
                facts.inputs_due_day,
                facts.timezone,
                manual=facts.manual_totals,
            ),
        ),
        Check[MonthInContext]("thresholds_are_kept", reached),
    ),
    month_in_context,
    findings_of_month,
)
MONTHLY_SMARTNUMBERS = Review(
    "monthly_smartnumbers",
    (Check[SmartNumbersOfMonth]("thresholds_are_kept", reached),),
    smartnumbers_of_month,
    findings_of_smartnumbers,
)
