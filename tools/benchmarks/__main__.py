"""`python -m tools.benchmarks`: the same as `qbr benchmark`, also where the checkout is not installed."""

from tools.benchmarks.commands import app

app(prog_name="python -m tools.benchmarks")
