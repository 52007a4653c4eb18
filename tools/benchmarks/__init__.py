"""Benchmarks: how long, how many requests and how much memory the main jobs take, measured on the real thing.

What belongs here: scenes, their measurement, and the command `qbr benchmark` that prints them.
"""
