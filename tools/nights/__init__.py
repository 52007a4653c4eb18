"""Hundreds of nights in one process, on a calendar of their own: is every value the truth, and does nothing grow?"""
