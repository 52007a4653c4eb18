"""ConnectWise PSA: the client of its REST API, and what its rows mean for the metrics.

What belongs here: everything that knows this vendor's dialect. What does not: SQL, Dagster, and
the wording of findings.
"""
