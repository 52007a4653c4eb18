"""Dagster's own UI, behind the sign-in of the dashboard and closed to pages of other sites.

What belongs here: the process that serves it (`python -m qbr_pipeline.runtime.dagster_ui WORKSPACE`), what stands in
front of it (`guard`), what a GraphQL document does (`operations`), and Dagster's private parts of it (`workspace`).
What does not: starting the process (`cli`), who may come in (`api.access`).
"""

LIVE = "/qbr/live"
"""The address that answers as soon as the UI does, to whoever reaches it."""

CALLER = "qbr_caller"
"""Where the scope of a connection holds its `api.access.Caller`, once somebody has looked."""
