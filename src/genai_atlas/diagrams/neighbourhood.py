"""A topic among its neighbours: structure and use at the left, peers and friction at the right. Layer 8; no effects."""

from __future__ import annotations

from collections.abc import Sequence

from genai_atlas.views.topic import RelationGroup, TopicView

WIDTH = 860
ROW, LABEL, GAP = 26, 20, 16
"""Heights in user units: a topic's row, a type's label, the space between groups."""
BOX_WIDTH, BOX_HEIGHT = 172, 56
NAMES_AT = 252
"""Where the names end (left) or begin (right), from the nearer edge."""


def neighbourhood(view: TopicView) -> str:
    """SVG, or an empty string for a topic without relations. The page's list of relations says the same."""
    if not view.relations:
        return ""
    left = [group for group in view.relations if group.family in ("structure", "use")]
    right = [group for group in view.relations if group.family in ("peers", "friction")]
    height = max(_height(left), _height(right), 90) + 24
    edges, labels = [], []
    for groups, side in ((left, -1), (right, 1)):
        column_edges, column_labels = _column(groups, side, height)
        edges += column_edges
        labels += column_labels
    middle = WIDTH / 2
    lines = _wrapped(view.title, 20)
    spans = "".join(
        f'<tspan x="{middle:.0f}" y="{height / 2 + 5 + 18 * (i - (len(lines) - 1) / 2):.0f}">{line}</tspan>'
        for i, line in enumerate(lines)
    )
    box = (
        f'<rect x="{middle - BOX_WIDTH / 2:.0f}" y="{(height - BOX_HEIGHT) / 2:.0f}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="6"/><text class="atlas-nb__self" text-anchor="middle">{spans}</text>'
    )
    label = f"Neighbourhood of {view.title}: the list below says the same"
    head = f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="group" aria-label="{label}">'
    return "\n".join((head, '<g class="atlas-nb__edges">', *edges, "</g>", box, *labels, "</svg>"))


def _height(groups: Sequence[RelationGroup]) -> int:
    return sum(len(group.items) * ROW + LABEL + GAP for group in groups) - GAP if groups else 0


def _column(groups: Sequence[RelationGroup], side: int, height: float) -> tuple[list[str], list[str]]:
    """Edges and labels of one side; `side` is -1 at the left, 1 at the right."""
    edges, labels = [], []
    names_x = WIDTH / 2 + side * (WIDTH / 2 - NAMES_AT)
    anchor = "end" if side < 0 else "start"
    dot_x, box_x = names_x - side * 10, WIDTH / 2 + side * BOX_WIDTH / 2
    y = (height - _height(groups)) / 2
    for group in groups:
        place = f'x="{names_x:.0f}" y="{y + 13:.0f}" text-anchor="{anchor}"'
        labels.append(f'<text class="atlas-nb__type f-{group.family}" {place}>{group.phrase}</text>')
        y += LABEL
        for item in group.items:
            row = y + ROW / 2
            bend = (dot_x + box_x) / 2
            way = (
                f"M{dot_x:.0f} {row:.0f}C{bend:.0f} {row:.0f} {bend:.0f} {height / 2:.0f} {box_x:.0f} {height / 2:.0f}"
            )
            edges.append(f'<path class="f-{group.family} t-{group.type}" d="{way}"/>')
            text = f'<text x="{names_x:.0f}" y="{row + 5:.0f}" text-anchor="{anchor}">{item.topic.title}</text>'
            labels.append(f'<a href="{item.topic.href}">{text}</a>')
            labels.append(f'<circle class="f-{group.family}" cx="{dot_x:.0f}" cy="{row:.0f}" r="3"/>')
            y += ROW
        y += GAP
    return edges, labels


def _wrapped(title: str, width: int) -> list[str]:
    """One line, or two cut at the last space that keeps the first within `width` characters."""
    cut = title.rfind(" ", 0, width)
    return [title] if len(title) <= width or cut < 0 else [title[:cut], title[cut + 1 :]]
