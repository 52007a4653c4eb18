"""Benchmarks: how long, how many requests and how much memory the main jobs take, measured on the real thing.

What belongs here: scenes, their measurement and what the measurements come to. What does not: printing them (`cli`).
"""
