"""What an answer without success means at any vendor: whether it may pass, and where a redirect leads.

What belongs here: the statuses that all servers share, and the words that people read about them. What does not: which
setting to look at after another one (the vendors' folders), and trying again (`retries`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from qbr_pipeline.vendors.http.errors import PermanentError

OVERLOADED = frozenset({408, 500, 502, 504})
"""Statuses with which servers answer what was too much for them, too: asking for less may help."""

_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's name as people know it, and the setting that names its server."""

    name: str
    server: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """An answer of 3xx or more to `call`. `text` and `location` are shortened and free of secrets, `content` is not."""

    call: str
    status: int
    text: str
    is_html: bool
    location: str
    content: bytes = field(default=b"", repr=False)

    @property
    def may_pass(self) -> bool:
        """Whether it may be another one later.

        A 403 that is a page of HTML may: vendors refuse in JSON, so that a firewall on the way has spoken.
        """
        return self.status in _PASSING or self.status >= 500 or (self.status == 403 and self.is_html)

    def passing_sentence(self, vendor: Vendor) -> str:
        """What it was, when it may pass."""
        if self.status == 403:
            return (
                f"it answered 403 ({self.text}), which is not how {vendor.name} answers: "
                "a firewall or a proxy in between did"
            )
        return f"it answered {self.status} ({self.text})"

    def redirected(self, vendor: Vendor) -> PermanentError | None:
        """The fault when it is a redirect; None for any other."""
        if self.status >= 400:
            return None
        target = f" to {self.location}" if self.location else ""
        return PermanentError(
            f"{vendor.name} redirected {self.call}{target} ({self.status}), and no redirect is followed because the"
            f" credentials would go along: set {vendor.server} to the server's own address",
            (vendor.server,),
            status=self.status,
        )


def listed(names: tuple[str, ...]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
