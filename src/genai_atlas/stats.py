"""What the atlas holds, counted. Layer 4; no effects."""

from __future__ import annotations

from collections import Counter
from typing import Any

from genai_atlas.atlas import Atlas
from genai_atlas.model import Topic, word_count


def count(atlas: Atlas) -> dict[str, Any]:
    """Totals, and the same by area. Faulty entries count as neither brief nor full."""
    return {
        "areas": len(atlas.areas),
        "subareas": len(atlas.subareas),
        **_counts(atlas, atlas.topic_paths),
        "references": len(atlas.references),
        "relations": len(atlas.edges),
        "relation_types": dict(sorted(Counter(edge.type.value for edge in atlas.edges).items())),
        "by_area": {area: _counts(atlas, atlas.topics_of(area)) for area in atlas.areas},
    }


def _counts(atlas: Atlas, paths: tuple[str, ...]) -> dict[str, Any]:
    topics: list[Topic] = [atlas.topics[path] for path in paths if path in atlas.topics]
    full = sum(topic.is_full for topic in topics)
    cited = {key for path in paths for key, _, _ in atlas.citations_of(path)}
    return {
        "topics": len(paths),
        "full": full,
        "brief": len(topics) - full,
        "faulty": len(paths) - len(topics),
        "findings": sum(len(topic.findings) for topic in topics),
        "open_problems": sum(len(topic.open_problems) for topic in topics),
        "works_cited": len(cited),
        "words": sum(map(word_count, topics)),
    }


_COLUMNS = ("topics", "full", "brief", "faulty", "findings", "open_problems", "works_cited", "words")


def table(counted: dict[str, Any]) -> str:
    """The same as aligned text."""
    rows = [("", *(name.replace("_", " ") for name in _COLUMNS))]
    rows += [(area, *(str(own[name]) for name in _COLUMNS)) for area, own in counted["by_area"].items()]
    rows.append(("all", *(str(counted[name]) for name in _COLUMNS)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    relations = ", ".join(f"{name} {number}" for name, number in counted["relation_types"].items())
    lines.append(f"\n{counted['references']} references, {counted['relations']} relations: {relations}")
    return "".join(f"{line.rstrip()}\n" for line in lines)
