"""What the finder reads: names, summaries, and what else a topic is found by. Layer 7; no effects.

Three files, since each is wanted at another time: names at the first keystroke, the rest only where no name answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from genai_atlas import prose
from genai_atlas.atlas import Atlas
from genai_atlas.model import Role, Topic

_WORD = re.compile(r"[^\W_][\w+.'’-]*\w", re.ASCII)
_POSSESSIVE = re.compile(r"['’]s$")
_COINED = re.compile(r"(?=.*[A-Za-z]{2})(?:.*[a-z0-9-][A-Z]|.*[A-Z]{2}|[A-Za-z]+-?\d)")
MOST_TOPICS = 6
"""A coined word that stands on more pages tells none of them from the others."""
MOST_CITATIONS = 5


def named(atlas: Atlas) -> Iterable[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Path, title, aliases and approach names of every page that has a name."""
    for path, area in atlas.areas.items():
        yield path, area.title, area.aliases, ()
    for path, subarea in atlas.subareas.items():
        yield path, subarea.title, subarea.aliases, ()
    for path in atlas.topic_paths:
        topic = atlas.topics.get(path)
        aliases = topic.aliases if topic else ()
        rows = topic.approaches.rows if topic and topic.approaches else ()
        own = {name.casefold() for name in (atlas.title(path), *aliases)}
        approaches = tuple(row.name for row in rows if row.name.casefold() not in own and not row.topic)
        yield path, atlas.title(path), aliases, approaches


def parent_title(atlas: Atlas, path: str) -> str:
    parent = path.rsplit("/", 1)[0]
    if parent == path:
        return atlas.file.title
    return (atlas.areas[parent] if "/" not in parent else atlas.subareas[parent]).title


def name_rows(atlas: Atlas) -> list[list[object]]:
    """Title, aliases, address, parent, area number, kind, full."""
    rows: list[list[object]] = []
    for path, title, aliases, _ in named(atlas):
        depth = path.count("/")
        topic = atlas.topics.get(path)
        kind = ("area", "subarea")[depth] if depth < 2 else topic.kind if topic else ""
        full = int(bool(topic and topic.is_full) or depth < 2)
        rows.append([title, list(aliases), f"{path}/", parent_title(atlas, path), atlas.number(path), kind, full])
    return rows


def summaries(atlas: Atlas) -> list[str]:
    """One a row of the names."""
    found = []
    for path, *_ in named(atlas):
        owner = (atlas.areas, atlas.subareas, atlas.topics)[path.count("/")].get(path)
        found.append(owner.summary if owner else "")
    return found


def evidence(atlas: Atlas) -> dict[str, list[list[object]]]:
    """`methods`: row number and names; `works`: title, then row number and weight for each page that cites it; `words`:
    a word, then row numbers. Row numbers are those of the names, from 0."""
    number = {path: i for i, (path, *_) in enumerate(named(atlas))}
    return {
        "methods": [[number[path], *approaches] for path, _, _, approaches in named(atlas) if approaches],
        "works": [
            [atlas.references[key].title, *(x for path, weight in by_path for x in (number[path], weight))]
            for key, by_path in sorted(_weights(atlas).items())
            if key in atlas.references
        ],
        "words": [[word, *(number[path] for path in paths)] for word, paths in sorted(_coined(atlas).items())],
    }


def _weights(atlas: Atlas) -> dict[str, list[tuple[str, int]]]:
    """How much a page says of a work: times cited, more where it is on the reading list, most where it began there."""
    found: dict[str, list[tuple[str, int]]] = {}
    for _, path, entry in atlas.entries():
        works = entry.reading_list if isinstance(entry, Topic) else ()
        listed = {work.ref: 3 if work.role is Role.ORIGINAL else 1 for work in works}
        for key, times in Counter(key for key, _, _ in atlas.citations_of(path)).items():
            found.setdefault(key, []).append((path, min(times, MOST_CITATIONS) + listed.get(key, 0)))
    return found


def _coined(atlas: Atlas) -> dict[str, list[str]]:
    """Abbreviations and names of systems in the text, and the few topics that use them."""
    found: dict[str, dict[str, None]] = {}
    for path in atlas.topics:
        for _, profile, text in atlas.texts_of(path):
            for word in _WORD.findall(prose.parse(text, profile).plain_text()):
                if _COINED.match(word):
                    found.setdefault(_POSSESSIVE.sub("", word), {})[path] = None
    return {word: list(paths) for word, paths in found.items() if len(paths) <= MOST_TOPICS}
