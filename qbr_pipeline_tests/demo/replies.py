"""Answers of a ConnectWise server that cannot or will not: faults to be laid out in the simulated one."""

from __future__ import annotations

from qbr_pipeline.demo.faults import Answer, Reply


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(Answer(status, f'{{"code":"{code}","message":"{message}","errors":null}}'))


def too_many_requests(retry_after: str | int | None = 30) -> Reply:
    """429; `retry_after` is the header in seconds, left out when None."""
    message = f"Too many requests. Please try again in {retry_after or 'some'} seconds."
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(Answer(429, f'{{"error":"ConnectWiseAPI","message":"{message}"}}', headers))


def server_error() -> Reply:
    """500 with an error body."""
    return _error(500, "InternalError", "An unexpected error occurred.")


def unavailable() -> Reply:
    """503 with a page of HTML, as a load balancer answers."""
    return Reply(Answer(503, "<html><body>Service Unavailable</body></html>", content_type="text/html"))


def html_page() -> Reply:
    """200 with a page of HTML instead of JSON, as a login or maintenance page."""
    return Reply(Answer(200, "<html><body>Please log in</body></html>", content_type="text/html"))


def unauthorized() -> Reply:
    """401 although the credentials are right."""
    return _error(401, "Unauthorized", "Cannot authenticate.")


def forbidden() -> Reply:
    """403: the member's role does not allow it."""
    return _error(403, "SecurityError", "You do not have the necessary permissions.")


def not_found() -> Reply:
    """404, as for a path that a new codebase has left behind."""
    return _error(404, "NotFound", "No resource was found.")


def redirect(location: str) -> Reply:
    """302 to another address."""
    return Reply(Answer(302, "", {"Location": location}))
