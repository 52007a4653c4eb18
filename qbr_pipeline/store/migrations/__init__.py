"""Alembic's environment and the versions of our tables, with a version table of our own."""
