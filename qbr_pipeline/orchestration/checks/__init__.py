"""The checks: every rule of validation as a partitioned asset check, so that the UI shows them month by month."""

from qbr_pipeline.orchestration.checks.collected import COLLECTED_CHECKS
from qbr_pipeline.orchestration.checks.monthly import MONTHLY_CHECKS
from qbr_pipeline.orchestration.checks.quarterly import QUARTERLY_CHECKS
from qbr_pipeline.orchestration.checks.raw import RAW_CHECKS

CHECKS = (*RAW_CHECKS, *COLLECTED_CHECKS, *MONTHLY_CHECKS, *QUARTERLY_CHECKS)
