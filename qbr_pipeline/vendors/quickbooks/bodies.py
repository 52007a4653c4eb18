"""What a body of QuickBooks says, whatever it is written in: JSON or XML, names in any case of letters.

What belongs here: from bytes to a tree of one kind, and the fault that may stand in it. What does not: what a report
means (`reports`), and what follows from a fault (`transport`).
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

from qbr_pipeline.vendors.http.redaction import is_html

Node = Mapping[str, object]
"""An object of a body; its names are in small letters."""

THROTTLED = frozenset({"3001", "003001"})
_CUT = b"unable to display more data"
_LARGEST_XML = 2_000_000


class NoBodyError(ValueError):
    """A body that is neither JSON nor XML, is empty, or says nothing of what was asked for."""


@dataclass(frozen=True, slots=True)
class VendorFault:
    """A fault as QuickBooks words it. Its details are left out: they may hold a token."""

    codes: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def is_throttle(self) -> bool:
        """Whether there were too many requests."""
        return not THROTTLED.isdisjoint(self.codes) or any(
            "ThrottleExceeded" in each for each in self.messages
        )

    def __str__(self) -> str:
        named = [*self.codes, *self.messages]
        return ": ".join(dict.fromkeys(named)) or "a fault without words"


def read_body(content: bytes) -> Node:
    """The object that a body holds. NoBodyError for anything else."""
    text = content.removeprefix(BOM_UTF8).strip()
    if not text:
        raise NoBodyError("an empty body")
    if is_html(text):
        return _read_xml(text)
    try:
        held = _small(json.loads(text, parse_float=Decimal))
    except (ValueError, RecursionError):
        raise NoBodyError("a body that is not JSON") from None
    if not isinstance(held, dict):
        raise NoBodyError("JSON that is no object")
    return held


def fault_in(body: Node) -> VendorFault | None:
    """The fault that a body holds; None when it holds none."""
    fault = first(body, "fault")
    if not fault:
        return None
    errors = [each for each in many(fault, "error") if isinstance(each, dict)]
    return VendorFault(_texts(errors, "code"), _texts(errors, "message"))


def fault_of(content: bytes) -> VendorFault | None:
    """The fault in the body of an answer; None when it has none, or cannot be read."""
    try:
        return fault_in(read_body(content))
    except NoBodyError:
        return None


def is_cut(content: bytes) -> bool:
    """Whether a report ends before its end: QuickBooks says so in words in the midst of it."""
    return _CUT in content.lower()


def many(node: Node, name: str) -> Iterator[object]:
    """Everything that a node has under a name: a list of it, one of it, or nothing."""
    held = node.get(name)
    if isinstance(held, list):
        yield from held
    elif held is not None:
        yield held


def first(node: Node, name: str) -> Node:
    """The first object under a name; an empty one where there is none."""
    return next((each for each in many(node, name) if isinstance(each, dict)), {})


def text_of(node: Node, name: str) -> str:
    """The text under a name without blanks around it; empty where there is none."""
    held = node.get(name)
    if isinstance(held, bool) or not isinstance(held, str | int | Decimal):
        return ""
    return str(held).strip()


def _texts(nodes: list[dict[str, object]], name: str) -> tuple[str, ...]:
    return tuple(text for node in nodes if (text := text_of(node, name)))


def _small(held: object) -> object:
    """The same with every name in small letters."""
    if isinstance(held, dict):
        return {str(name).lower(): _small(value) for name, value in held.items()}
    if isinstance(held, list):
        return [_small(each) for each in held]
    return held


def _read_xml(text: bytes) -> Node:
    if b"<!" in text or len(text) > _LARGEST_XML:  # no declarations: entities could grow without end
        raise NoBodyError("a page of HTML")
    try:
        root = ET.fromstring(text)  # noqa: S314 - it declares no entities
    except ET.ParseError:
        raise NoBodyError("a body that is not XML") from None
    if root.tag.lower() == "html":
        raise NoBodyError("a page of HTML")
    held = _element(root)
    return held if isinstance(held, dict) else {}


def _element(element: ET.Element) -> object:
    """An element as JSON would have it: its attributes and children by name, or its text alone."""
    if not len(element) and not element.attrib:
        return element.text or ""
    found: dict[str, object] = {name.lower(): value for name, value in element.attrib.items()}
    for child in element:
        name = child.tag.rpartition("}")[2].lower()
        value = _element(child)
        held = found.get(name)
        if isinstance(held, list):
            held.append(value)
        else:
            found[name] = value if held is None else [held, value]
    return found
