"""All areas on a ring, relations bundled by subarea: the home page's emblem. Layer 8; no effects."""

from __future__ import annotations

from collections import Counter
from math import atan2, cos, pi, sin

from genai_atlas.atlas import Atlas

RADIUS = 346.0
AREA_GAP, SUBAREA_GAP = 2.2, 0.8
"""Empty places between areas and between subareas; a topic takes one place."""

Point = tuple[float, float]


def ring(atlas: Atlas) -> str:
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
        f'<svg class="atlas-radial is-mini" viewBox="{box}" aria-hidden="true">',
        '<g class="atlas-radial__edges">',
    ]
    for (source, target), count in sorted(bundles.items()):
        (x, y), (u, v) = _point(subareas[source], RADIUS - 6), _point(subareas[target], RADIUS - 6)
        a, b = (_point(subareas[end], RADIUS * 0.35) for end in (source, target))
        width = min(6, 1 + count / 2)
        way = f"M{x:.0f} {y:.0f}C{a[0]:.0f} {a[1]:.0f} {b[0]:.0f} {b[1]:.0f} {u:.0f} {v:.0f}"
        lines.append(f'<path class="h{atlas.number(source)}" stroke-width="{width:g}" d="{way}"/>')
    lines.append("</g>")
    for number, area in enumerate(atlas.areas, start=1):
        own = [angles[topic] for topic in atlas.topics_of(area)]
        if own:
            step = 2 * pi / len(angles) / 2
            (x, y), (u, v) = _point(own[0] - step, RADIUS + 3), _point(own[-1] + step, RADIUS + 3)
            r = RADIUS + 3
            lines.append(
                f'<path class="atlas-radial__arc h{number}" d="M{x:.0f} {y:.0f}A{r:g} {r:g} 0 0 1 {u:.0f} {v:.0f}"/>'
            )
    return "\n".join((*lines, "</svg>"))


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
