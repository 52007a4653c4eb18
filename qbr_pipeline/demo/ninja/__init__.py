"""A simulated NinjaOne: the dialect of its API v2 over the made-up fleet, which lives on a clock.

It knows the vendor's dialect and imports none of our client.
"""
