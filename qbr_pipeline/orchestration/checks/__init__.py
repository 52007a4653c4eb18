"""The checks: every review as partitioned asset checks, so that the UI shows its rules month by month."""

from qbr_pipeline.orchestration.checks.raw import RAW_CHECKS
from qbr_pipeline.orchestration.checks.rules import checks_of
from qbr_pipeline.orchestration.partitions import MONTHS, QUARTERS, month_of, quarter_of
from qbr_pipeline.review.books import BOOKS
from qbr_pipeline.review.months import MONTHLY_METRICS, MONTHLY_SMARTNUMBERS
from qbr_pipeline.review.published import PUBLISHED
from qbr_pipeline.review.quarters import QUARTERLY_METRICS, QUARTERLY_SMARTNUMBERS
from qbr_pipeline.settings import settings

CHECKS = (
    *RAW_CHECKS,
    *(checks_of(review, MONTHS, month_of) for review in PUBLISHED),
    *((checks_of(BOOKS, MONTHS, month_of),) if settings().names_quickbooks else ()),
    checks_of(MONTHLY_METRICS, MONTHS, month_of),
    checks_of(MONTHLY_SMARTNUMBERS, MONTHS, month_of),
    checks_of(QUARTERLY_METRICS, QUARTERS, quarter_of),
    checks_of(QUARTERLY_SMARTNUMBERS, QUARTERS, quarter_of),
)
