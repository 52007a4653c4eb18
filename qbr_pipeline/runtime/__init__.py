"""The processes of an installation: embedded PostgreSQL, Dagster's services, the web server, and their environment.

What belongs here: starting, watching and ending them, for the command line and for the benchmarks. What does not:
commands and what they print (`cli`).
"""
