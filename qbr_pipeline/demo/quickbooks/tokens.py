"""The simulated consent: codes, and tokens that rotate, end, and are given back.

What belongs here: which tokens are good at a moment. What does not: paths and bytes (`server`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

ACCESS_LASTS = timedelta(seconds=3600)
REFRESH_LASTS = timedelta(days=100)
CONSENT_LASTS = timedelta(days=1825)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Tokens:
    """The tokens of one company, any thread may ask. `refreshes`: how many there have been."""

    refreshes: int = 0
    access: str = ""
    refresh: str = ""
    access_ends: datetime = _NEVER
    refresh_ends: datetime = _NEVER
    consent_ends: datetime = _NEVER
    used: int = 0
    issued: list[str] = field(default_factory=list)
    _codes: dict[str, str] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def new_code(self, redirect_uri: str) -> str:
        """A code that is good once, with the same redirect URI."""
        with self._lock:
            code = f"made-up-code-{next(self._numbers)}"
            self._codes[code] = redirect_uri
            return code

    def exchange(self, code: str, redirect_uri: str, now: datetime) -> bool:
        """Whether the code was good; there are tokens then."""
        with self._lock:
            if self._codes.pop(code, None) != redirect_uri:
                return False
            self.consent_ends = now + CONSENT_LASTS
            self._issue(now)
            return True

    def renew(self, refresh: str, now: datetime) -> bool:
        """Whether the refresh token was good; it is dead then, and there are others."""
        with self._lock:
            if (
                not self.refresh
                or refresh != self.refresh
                or now >= min(self.refresh_ends, self.consent_ends)
            ):
                return False
            self.refreshes += 1
            self._issue(now)
            return True

    def revoke(self, token: str) -> bool:
        """Whether the token was one; none is good then."""
        with self._lock:
            if not token or token not in {self.access, self.refresh}:
                return False
            self.access = self.refresh = ""
            return True

    def is_good(self, access: str, now: datetime, lasts: int | None) -> bool:
        """Whether a request may be made with an access token; None: as often as it likes."""
        with self._lock:
            if not self.access or access != self.access or now >= self.access_ends:
                return False
            self.used += 1
            return lasts is None or self.used <= lasts

    def _issue(self, now: datetime) -> None:
        number = next(self._numbers)
        self.access, self.refresh = f"made-up-access-token-{number}", f"made-up-refresh-token-{number}"
        self.issued += [self.access, self.refresh]
        self.access_ends, self.refresh_ends, self.used = now + ACCESS_LASTS, now + REFRESH_LASTS, 0
