"""Dagster, and nothing but Dagster: partitions, assets, checks, jobs, schedule, sensors, resources.

What a number means is said by `metrics`, what a vendor's rows mean by `connectwise` and `ninja`, and how everything is
kept by `store`. Another orchestrator could replace this folder without touching them.
"""
