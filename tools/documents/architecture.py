"""docs/architecture.svg: the packages as floors, and between them the imports that there really are.

An arrow that follows from others is left out, or nothing could be seen: where `cli` imports `store`, and also
`runtime`, which reaches `store`, the arrow to `runtime` is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import chain

import grimp

_PACKAGE = "qbr_pipeline"
_WIDTH, _FLOOR, _ROOM, _MARGIN = 980, 84, 36, 24
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}"
    "rect{fill:#f5f7fa;stroke:#9aa5b1;rx:6}"
    ".arrow{fill:none;stroke:#7b8794;marker-end:url(#head)}.up{stroke:#c92a2a}#head path{fill:#7b8794}"
)
_HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0L8 4L0 8z"/></marker>'
)


def imports() -> dict[str, set[str]]:
    """The packages and modules at the top of the project, and which of the others each imports."""
    graph = grimp.build_graph(_PACKAGE, include_external_packages=False)
    rooms = {child.rpartition(".")[2] for child in graph.find_children(_PACKAGE)}
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            one, other = _room(importer), _room(imported)
            if one != other and {one, other} <= rooms:
                found[one].add(other)
    return found


def floors(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """The rooms from the bottom up: each above all that it imports. ValueError when imports run in a circle."""
    placed: dict[str, int] = {}
    while len(placed) < len(arrows):
        ready = sorted(room for room in arrows if room not in placed and arrows[room] <= placed.keys())
        if not ready:
            raise ValueError(
                f"imports run in a circle among {', '.join(sorted(arrows.keys() - placed.keys()))}"
            )
        placed |= {room: 1 + max((placed[below] for below in arrows[room]), default=-1) for room in ready}
    return [
        sorted(room for room in placed if placed[room] == floor) for floor in range(max(placed.values()) + 1)
    ]


def without_implied(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """`arrows` without those between rooms that others join by way of a third."""
    below: dict[str, set[str]] = {}
    for room in chain(*floors(arrows)):
        below[room] = arrows[room].union(*(below[each] for each in arrows[room]))
    return {room: arrows[room].difference(*(below[each] for each in arrows[room])) for room in sorted(arrows)}


def text() -> str:
    """The picture, as SVG."""
    found = imports()
    levels, arrows = floors(found), without_implied(found)
    height = _FLOOR * len(levels) + _MARGIN
    places: dict[str, tuple[float, float]] = {}
    for number, rooms in enumerate(levels):
        for place, room in enumerate(rooms):
            places[room] = (_WIDTH * (place + 0.5) / len(rooms), height - _FLOOR * (number + 1) + _MARGIN)
    lines = [
        _arrow(places[above], places[below]) for above in sorted(arrows) for below in sorted(arrows[above])
    ]
    boxes = [_box(room, *places[room]) for room in sorted(places)]
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    return "\n".join([head, f"<style>{_STYLE}</style>", _HEAD, *lines, *boxes, "</svg>", ""])


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _box(room: str, x: float, y: float) -> str:
    return (
        f'<rect x="{x - 64:.0f}" y="{y:.0f}" width="128" height="{_ROOM}"/>'
        f'<text x="{x:.0f}" y="{y + 22:.0f}" text-anchor="middle">{escape(room)}</text>'
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = (start[0], start[1] + _ROOM), end
    middle = (y + to_y) / 2
    name = "arrow" if to_y > start[1] else "arrow up"
    curve = f"M{x:.0f} {y:.0f}C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y:.0f}"
    return f'<path class="{name}" d="{curve}"/>'
