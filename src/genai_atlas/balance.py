"""Where the atlas leans to one side: names, branches, links, works, age. Layer 4; no effects.

Hints for curators and no faults: each list is sorted, the most striking first.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

from genai_atlas.atlas import Atlas, fold
from genai_atlas.model import Topic

NEAR: Final = 0.85
"""Share of letters in common from which two names are told as near."""
SHORT: Final = 5
"""Names of fewer letters are abbreviations, which are near by chance."""
LOPSIDED: Final = 2
"""A branch is told from this factor above or below the median of its kind."""
FEW_LINKS: Final = 1
"""Topics that no more than so many others relate or link to are told."""
SHOWN: Final = 10


def balance(atlas: Atlas) -> dict[str, Any]:
    names = list(_names(atlas))
    return {
        "near_names": list(_near(names)),
        "claimed_twice": _claimed_twice(names),
        "lopsided": list(_lopsided(atlas)),
        "few_links": _few_links(atlas),
        "years": _top({key: str(record.year) for key, record in atlas.references.items()}),
        "first_authors": _top({key: record.authors[0] for key, record in atlas.references.items()}),
        "old_literature": _old_literature(atlas),
    }


def _names(atlas: Atlas) -> Iterator[tuple[str, str]]:
    """Titles and aliases of every entry, each with its path."""
    for _, path, entry in atlas.entries():
        yield from ((name, path) for name in (entry.title, *entry.aliases))


def _near(names: list[tuple[str, str]]) -> Iterator[list[str]]:
    folded = sorted({(fold(name), name, path) for name, path in names if len(fold(name)) >= SHORT})
    for (one, name, path), (other, second, elsewhere) in combinations(folded, 2):
        if path == elsewhere or one == other or 2 * min(len(one), len(other)) < NEAR * (len(one) + len(other)):
            continue
        matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
        if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR:
            yield [name, path, second, elsewhere]


def _claimed_twice(names: list[tuple[str, str]]) -> list[list[str]]:
    claims: dict[str, dict[str, str]] = {}
    for name, path in names:
        claims.setdefault(fold(name), {}).setdefault(path, name)
    return sorted([next(iter(found.values())), *found] for found in claims.values() if len(found) > 1)


def _lopsided(atlas: Atlas) -> Iterator[list[Any]]:
    for branches in (atlas.areas, atlas.subareas):
        sizes = {path: len(atlas.topics_of(path)) for path in branches}
        middle = sorted(sizes.values())[len(sizes) // 2] if sizes else 0
        for path, size in sorted(sizes.items(), key=lambda item: (-abs(item[1] - middle), item[0])):
            if size >= LOPSIDED * middle or LOPSIDED * size <= middle:
                yield [path, size, middle]


def _few_links(atlas: Atlas) -> list[list[Any]]:
    linked: dict[str, set[str]] = {path: set() for path in atlas.topic_paths}
    for author, _, _, other in atlas.authored_relations():
        linked[other].add(author)
    for author, other, _ in atlas.prerequisites():
        linked[other].add(author)
    found = [[path, len(authors - {path})] for path, authors in linked.items() if len(authors - {path}) <= FEW_LINKS]
    return sorted(found, key=lambda item: (item[1], item[0]))


def _top(values: Mapping[str, str]) -> list[list[Any]]:
    """The commonest values with how many works have each, and its share in percent."""
    numbers = Counter(values.values())
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    return [[value, number, round(100 * number / len(values), 1)] for value, number in ordered]


def _old_literature(atlas: Atlas) -> list[list[str]]:
    """Topics whose literature ends more than a year before the newest review of all: no clock, the same each time."""
    newest = max((topic.reviewed for topic in atlas.topics.values()), default=None)
    if not newest:
        return []
    limit = f"{newest.year - 1}-{newest.month:02}"

    def is_old(topic: Topic) -> bool:
        return topic.literature_until < limit

    return sorted([topic.literature_until, path] for path, topic in atlas.topics.items() if is_old(topic))


_HEADINGS: Final = {
    "near_names": "names that are nearly the same",
    "claimed_twice": "names that lead to two pages",
    "lopsided": f"branches {LOPSIDED} times as large or small as the median (topics, median)",
    "few_links": f"topics to which at most {FEW_LINKS} other relates",
    "years": "references by year (works, percent)",
    "first_authors": "references by first author (works, percent)",
    "old_literature": "topics whose literature ends a year before the newest review",
}


def table(found: Mapping[str, Any]) -> str:
    """The same as text: a heading and a line each."""
    blocks = []
    for name, heading in _HEADINGS.items():
        rows = ["  " + "  ".join(map(str, row)) for row in found[name]] or ["  none"]
        blocks.append("\n".join((heading, *rows)))
    return "\n\n".join(blocks) + "\n"
