"""The dashboard: pages for people, on top of the API, and the application that serves both.

What belongs here: templates, scripts, signing in. What does not: a number; every one on a page comes from the API.
"""
