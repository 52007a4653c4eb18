"""The front door for Dagster."""

from qbr_pipeline.orchestration.build import build_defs

defs = build_defs()
