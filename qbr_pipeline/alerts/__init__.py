"""Alerts: what people are told, once, with what they need to decide; and sending it.

What belongs here: which findings and silences become alerts, what they say, and the way to their destinations. What
does not: the outbox's table (`store`), when things are looked at (`orchestration`, `cli`).
"""
