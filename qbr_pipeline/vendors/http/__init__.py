"""One exchange with a vendor's server over HTTP: what all vendors have in common, below them.

What belongs here: time-outs, patience, secrets, and what goes wrong on the way. What does not: a vendor's credentials,
paths and words.
"""
