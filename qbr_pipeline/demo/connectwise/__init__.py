"""A simulated ConnectWise PSA server: a world of tickets and time entries, and the REST dialect over HTTP.

What belongs here: what the vendor does. What does not: our own clients, which are proved against it.
"""
