"""QuickBooks Online: the reports of a firm's books, which are read and never written.

What belongs here: its consent and tokens, its reports, and what their rows mean. What does not: what an account counts
as (`metrics`), and keeping tokens and books (`store`).
"""
