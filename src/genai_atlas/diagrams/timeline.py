"""How many milestones each area has in each year. Layer 9; no effects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt

from genai_atlas.atlas import Atlas
from genai_atlas.views.lists import Year
from genai_atlas.views.page import safe

WIDTH, LABEL, ROW, FOOT = 920, 212, 30, 26
"""In user units: the picture's width, the room for an area's name, an area's row, the row of years."""
LARGEST = 13.0
"""Radius of the largest dot; area stands for number."""


def timeline(atlas: Atlas, years: Sequence[Year]) -> str:
    """SVG, decorative for readers of the list below it, which says the same; the years are links to the list."""
    counts = Counter((row.origin.number, year.year) for year in years for row in year.milestones)
    if not counts:
        return ""
    most = max(counts.values())
    columns = sorted(year.year for year in years)
    step = (WIDTH - LABEL) / len(columns)
    at = {year: LABEL + step * (n + 0.5) for n, year in enumerate(columns)}
    height = ROW * len(atlas.areas) + FOOT
    label = "Milestones by year and area; each year leads to its list below"
    lines = [f'<svg viewBox="0 0 {WIDTH} {height}" role="group" aria-label="{label}">']
    for number, area in enumerate(atlas.areas, start=1):
        y = ROW * (number - 0.5)
        lines.append(
            f'<g class="h{number}" data-f="area:{number}"><path d="M{LABEL} {y:g}H{WIDTH}"/>'
            f'<text x="0" y="{y:g}" dy="5">{safe(atlas.areas[area].title)}</text>'
        )
        for year in columns:
            if count := counts[number, year]:
                radius = max(2.5, min(LARGEST, step * 0.48) * sqrt(count / most))
                title = f"{count} in {year}"
                lines.append(f'<circle cx="{at[year]:.1f}" cy="{y:g}" r="{radius:.1f}"><title>{title}</title></circle>')
        lines.append("</g>")
    for n, year in enumerate(columns):
        text = year if n == 0 or step >= 40 else f"’{year[2:]}"
        lines.append(
            f'<a href="#y{year}" aria-label="{year}"><text x="{at[year]:.1f}" y="{height - 8}" '
            f'text-anchor="middle">{text}</text></a>'
        )
    return "\n".join((*lines, "</svg>"))
