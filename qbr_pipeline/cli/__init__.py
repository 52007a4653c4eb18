"""The front door for people: the `qbr` command.

What belongs here: what a person types and sees. What a command does is done by the floors below.
"""

from qbr_pipeline.cli.app import main

__all__ = ["main"]
