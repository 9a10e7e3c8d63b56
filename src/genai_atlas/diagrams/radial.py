"""All topics on a circle in the outline's order: the map, and the home page's emblem. Layer 9; no effects."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import atan2, cos, degrees, pi, sin

from genai_atlas.atlas import Atlas
from genai_atlas.views.lists import relation_traits, tokens
from genai_atlas.views.page import Page, safe
from genai_atlas.views.topic import FAMILY_OF

RADIUS = 346.0
AREA_GAP, SUBAREA_GAP = 2.2, 0.8
"""Empty places between areas and between subareas; a topic takes one place."""

NAMES = 190.0
"""Room for the names around the circle."""

Point = tuple[float, float]


def world(atlas: Atlas, page: Page) -> str:
    """SVG of every topic and every relation; a table beside it says the same.

    A relation bends through the middles of its subareas and areas, so that neighbours run together.
    """
    angles = _angles(atlas)
    size = RADIUS + NAMES
    label = f"Map of {len(angles)} topics and {len(atlas.edges)} relations: the table below says the same"
    head = f'<svg class="atlas-map" viewBox="{-size:.0f} {-size:.0f} {2 * size:.0f} {2 * size:.0f}" role="group"'
    return "\n".join(
        (
            f'{head} aria-label="{label}">',
            '<g class="atlas-map__edges">',
            *_edges(atlas, angles),
            "</g>",
            *_arcs(atlas, angles),
            *_names(atlas, angles, page),
            *_numbers(atlas, angles),
            "</svg>",
        )
    )


def _edges(atlas: Atlas, angles: dict[str, float]) -> list[str]:
    """`data-e` holds the places of both ends in the outline, by which the script finds them."""
    inner = {
        parent: _point(_mean([angles[topic] for topic in atlas.topics_of(parent)]), RADIUS * part)
        for parents, part in ((atlas.subareas, 0.72), (atlas.areas, 0.42))
        for parent in parents
        if atlas.topics_of(parent)
    }
    paths = []
    for edge in atlas.edges:
        way = _way(edge.source, edge.target)
        bends = [inner[parent] for parent in way]
        start, end = _point(angles[edge.source], RADIUS - 6), _point(angles[edge.target], RADIUS - 6)
        traits = tokens(relation_traits(atlas, edge.source, edge.type, edge.target))
        paths.append(
            f'<path class="f-{FAMILY_OF[edge.type]}" data-e="{atlas.places[edge.source]} {atlas.places[edge.target]}" '
            f'data-f="{traits}" d="{_curve([start, *bends, end])}"/>'
        )
    return paths


def _way(source: str, target: str) -> list[str]:
    """The parents that lie between two topics."""
    (area, subarea, _), (other_area, other_subarea, _) = source.split("/"), target.split("/")
    near, far = f"{area}/{subarea}", f"{other_area}/{other_subarea}"
    if near == far:
        return [near]
    return [near, area, far] if area == other_area else [near, area, other_area, far]


def _curve(points: list[Point]) -> str:
    """Quadratic pieces that meet halfway between the bends."""
    (x, y), *rest = points
    pieces = [f"M{x:.0f} {y:.0f}"]
    for i, (bend, after) in enumerate(pairwise(rest), start=2):
        end = after if i == len(rest) else ((bend[0] + after[0]) / 2, (bend[1] + after[1]) / 2)
        pieces.append(f"Q{bend[0]:.0f} {bend[1]:.0f} {end[0]:.0f} {end[1]:.0f}")
    return "".join(pieces)


def _names(atlas: Atlas, angles: dict[str, float], page: Page) -> list[str]:
    """Each a link, turned to read outwards, in the outline's order: the order of the tab key."""
    names = []
    for n, path in enumerate(atlas.topic_paths):
        x, y = _point(angles[path], RADIUS + 12)
        is_left = cos(angles[path]) < 0
        turn = degrees(angles[path]) + (180 if is_left else 0)
        topic = atlas.topics.get(path)
        brief = "" if topic and topic.is_full else ' class="is-brief"'
        names.append(
            f'<a{brief} href="{page.to(path)}" data-n="{n}"><text x="{x:.0f}" y="{y:.0f}" dy="4" '
            f'transform="rotate({turn:.1f} {x:.0f} {y:.0f})" text-anchor="{"end" if is_left else "start"}">'
            f"{safe(atlas.title(path))}</text></a>"
        )
    return names


def _numbers(atlas: Atlas, angles: dict[str, float]) -> list[str]:
    marks = []
    for number, area in enumerate(atlas.areas, start=1):
        if atlas.topics_of(area):
            x, y = _point(_mean([angles[topic] for topic in atlas.topics_of(area)]), RADIUS * 0.9)
            marks.append(
                f'<text class="atlas-map__n h{number}" x="{x:.0f}" y="{y:.0f}" dy="7" text-anchor="middle" '
                f'aria-hidden="true">{number}</text>'
            )
    return marks


def _arcs(atlas: Atlas, angles: dict[str, float]) -> list[str]:
    """An area's part of the circle."""
    arcs = []
    step = pi / len(angles) if angles else 0
    radius = RADIUS + 3
    for number, area in enumerate(atlas.areas, start=1):
        own = [angles[topic] for topic in atlas.topics_of(area)]
        if own:
            (x, y), (u, v) = _point(own[0] - step, radius), _point(own[-1] + step, radius)
            arcs.append(
                f'<path class="atlas-arc h{number}" d="M{x:.0f} {y:.0f}A{radius:g} {radius:g} 0 0 1 {u:.0f} {v:.0f}"/>'
            )
    return arcs


def emblem(atlas: Atlas) -> str:
    """Decorative SVG (`aria-hidden`): every relation between subareas stands, as text, on the topics' own pages."""
    angles = _angles(atlas)
    subareas = {
        path: _mean([angles[t] for t in atlas.topics_of(path)]) for path in atlas.subareas if atlas.topics_of(path)
    }
    bundles: Counter[tuple[str, str]] = Counter()
    for edge in atlas.edges:
        ends = (edge.source.rsplit("/", 1)[0], edge.target.rsplit("/", 1)[0])
        if ends[0] != ends[1]:
            bundles[min(ends), max(ends)] += 1
    size = RADIUS + 14
    box = f"{-size:.0f} {-size:.0f} {2 * size:.0f} {2 * size:.0f}"
    lines = [
        f'<svg class="atlas-emblem" viewBox="{box}" aria-hidden="true">',
        "<g>",
    ]
    for (source, target), count in sorted(bundles.items()):
        (x, y), (u, v) = _point(subareas[source], RADIUS - 6), _point(subareas[target], RADIUS - 6)
        a, b = (_point(subareas[end], RADIUS * 0.35) for end in (source, target))
        width = min(6, 1 + count / 2)
        way = f"M{x:.0f} {y:.0f}C{a[0]:.0f} {a[1]:.0f} {b[0]:.0f} {b[1]:.0f} {u:.0f} {v:.0f}"
        lines.append(f'<path class="h{atlas.number(source)}" stroke-width="{width:g}" d="{way}"/>')
    return "\n".join((*lines, "</g>", *_arcs(atlas, angles), "</svg>"))


def _angles(atlas: Atlas) -> dict[str, float]:
    """Of each topic, in radians, clockwise from the top."""
    places: dict[str, float] = {}
    place = 0.0
    for area in atlas.areas:
        for subarea in atlas.subareas_of(area):
            for topic in atlas.topics_of(subarea):
                places[topic] = place
                place += 1
            place += SUBAREA_GAP
        place += AREA_GAP - SUBAREA_GAP
    return {topic: 2 * pi * (at + 0.5) / place - pi / 2 for topic, at in places.items()} if places else {}


def _mean(angles: list[float]) -> float:
    return atan2(sum(map(sin, angles)), sum(map(cos, angles)))


def _point(angle: float, radius: float) -> Point:
    return radius * cos(angle), radius * sin(angle)
