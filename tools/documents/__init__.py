"""Documents that are drawn from the code: `python -m tools.documents` writes them, a test compares them.

What belongs here: one module for each document, with a function that returns its text. What does not: prose, which
people write in `docs/`.
"""
