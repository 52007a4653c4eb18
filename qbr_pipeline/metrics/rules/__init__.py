"""The rules of validation: their limits, what is known of each in one table, and the functions that find something.

What belongs here: the numbers that decide whether something is a finding (`limits`), name, words and severity of a rule
(`table`), the pure functions (`validation`, `history`, `snapshots`) and what they need (`progress`). What does not:
which facts a rule looks at (`review`), thresholds that people set (`metrics.thresholds`).
"""
