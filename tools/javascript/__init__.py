"""Checks of the dashboard's scripts: `tools/javascript/check` runs them all."""
