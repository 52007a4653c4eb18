"""What the text of a setting may be, and what it means: one parser for each kind of setting.

What belongs here: from text to value. What does not: which variables there are (`settings`).
Every parser raises ValueError; one whose text may hold a secret raises `texts.NotShownError`.
"""
