"""Made-up vendors, devices and books: a whole MSP to look around in, and a world to test against.

What belongs here: everything invented. It knows the vendors' dialects and none of our clients.
"""
