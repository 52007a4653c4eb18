"""The systems that numbers come from: a folder each, with its client and what its rows mean.

What belongs here: reading a vendor and classifying its rows. What does not: keeping them (`store`), and when they are
read (`orchestration`).
"""


class VendorError(Exception):
    """A vendor could not be read; the message is a sentence for a person."""
