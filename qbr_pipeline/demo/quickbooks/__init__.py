"""A simulated QuickBooks Online: consent, tokens and three reports over made-up books, which live on a clock.

It knows the vendor's dialect and imports none of our client.
"""
