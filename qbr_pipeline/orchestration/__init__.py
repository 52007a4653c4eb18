"""Dagster, and nothing but Dagster: partitions, assets, checks, jobs, schedule, sensors, resources.

What a number means is said by `metrics`, what a vendor's rows mean by `vendors`, and how everything is
kept by `store`. Another orchestrator could replace this folder without touching them.
"""

import warnings

import dagster as dg

# Partitioned checks are in preview, a mapping onto absent partitions in beta: hence dagster is pinned exactly.
warnings.filterwarnings("ignore", category=dg.PreviewWarning, module="qbr_pipeline")
warnings.filterwarnings("ignore", category=dg.BetaWarning, module="qbr_pipeline")
