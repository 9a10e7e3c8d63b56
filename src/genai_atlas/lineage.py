"""What became of each topic between two states of the atlas. Layer 4; no effects.

Told by `formerly` where it says so; otherwise recognised by the name, or by pieces (names, findings, works, problems)
that two topics have in common.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from genai_atlas.atlas import Atlas, fold
from genai_atlas.model import Topic

MOVED_PIECES: Final = 2
"""So many that left one topic and stand in a new one make a split; a name alone does."""


@dataclass(frozen=True)
class Lineage:
    now: Mapping[str, str]
    """Of each earlier topic the one that continues it; those that ended are absent."""
    origins: Mapping[str, tuple[str, ...]]
    """Of each present topic the earlier ones that it continues, nearest first; added ones are absent."""
    parts: Mapping[str, tuple[str, ...]]
    """Of an earlier topic that was split, the new ones that took over pieces of it."""
    branches: Mapping[str, str]
    """Of each earlier area and subarea the present one."""

    def same(self, earlier: str) -> str | None:
        """The topic that is this one still, and has not merely taken it in."""
        path = self.now.get(earlier)
        return path if path and self.origins[path][0] == earlier else None


def lineage(old: Atlas, new: Atlas) -> Lineage:
    now = _declared(old, new)
    now |= _recognised(old, new, now)
    origins: dict[str, tuple[str, ...]] = {}
    for earlier, path in now.items():
        origins[path] = (*origins.get(path, ()), earlier)
    origins = {path: _nearest_first(path, earlier, old, new) for path, earlier in origins.items()}
    first = {earlier[0]: path for path, earlier in origins.items()}
    return Lineage(now, origins, _parts(old, new, now), dict(_branches(old, new, first)))


def _declared(old: Atlas, new: Atlas) -> dict[str, str]:
    found = ((path, new.successor(path)) for path in old.topic_paths)
    return {path: target for path, target in found if target and target in new.places}


def _recognised(old: Atlas, new: Atlas, now: Mapping[str, str]) -> dict[str, str]:
    """Topics that went without a word, each with the added one that has its slug, its title or half of its pieces."""
    free = [path for path in new.topic_paths if path not in now.values()]
    found: dict[str, str] = {}
    for earlier in old.topic_paths:
        if earlier in now or earlier in new.retired:
            continue
        likeness = {path: _likeness(earlier, path, old, new) for path in free}
        best = max(likeness, key=lambda path: likeness[path], default="")
        if best and likeness[best] >= 0.5:
            found[earlier] = best
            free.remove(best)
    return found


def _likeness(earlier: str, path: str, old: Atlas, new: Atlas) -> float:
    if fold(old.title(earlier)) == fold(new.title(path)):
        return 2.0
    ours, theirs = _pieces(old.topics.get(earlier)), _pieces(new.topics.get(path))
    shared = len(ours & theirs) / max(1, min(len(ours), len(theirs)))
    return shared + (0.5 if earlier.rsplit("/")[-1] == path.rsplit("/")[-1] else 0)


def _nearest_first(path: str, earlier: Iterable[str], old: Atlas, new: Atlas) -> tuple[str, ...]:
    return tuple(sorted(earlier, key=lambda one: (one != path, -_likeness(one, path, old, new), one)))


def _parts(old: Atlas, new: Atlas, now: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path in new.topic_paths:
        if path in now.values():
            continue
        shares = {earlier: _taken(earlier, path, old, new, now) for earlier in old.topic_paths}
        source = max(shares, key=lambda earlier: shares[earlier], default="")
        if source and shares[source]:
            found[source] = (*found.get(source, ()), path)
    return found


def _taken(earlier: str, path: str, old: Atlas, new: Atlas, now: Mapping[str, str]) -> int:
    """How many pieces a new topic has from an earlier one; 0 where they are too few for a split."""
    own = _pieces(new.topics.get(path))
    shared = own & _pieces(old.topics.get(earlier))
    kept = _pieces(new.topics.get(now[earlier])) if earlier in now else frozenset()
    left = shared - kept
    has_name = any(kind == "name" for kind, _ in left)
    # Neighbours cite the same works; what an author wrote stands in two places only where it was copied.
    written, copied = ({piece for piece in pieces if piece[0] != "work"} for pieces in (own, shared))
    return len(shared) if has_name or len(left) >= MOVED_PIECES or 2 * len(copied) >= len(written) > 0 else 0


def _pieces(topic: Topic | None) -> frozenset[tuple[str, str]]:
    return frozenset(_pieces_of(topic)) if topic else frozenset()


def _pieces_of(topic: Topic) -> Iterator[tuple[str, str]]:
    yield from (("name", fold(name)) for name in (topic.title, *topic.aliases))
    yield from (("finding", f"{finding.ref} {finding.locator}") for finding in topic.findings)
    yield from (("approach", fold(row.name)) for row in (topic.approaches.rows if topic.approaches else ()))
    yield from (("problem", fold(problem.question)) for problem in topic.open_problems)
    yield from (("limitation", fold(text)) for text in topic.limitations)
    yield from (("milestone", fold(milestone.event)) for milestone in topic.milestones)
    yield from (("work", work.ref) for work in topic.reading_list)


def _branches(old: Atlas, new: Atlas, first: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """One that is gone lives on in a new one that has at least half of its topics."""
    before, after = ({*atlas.areas, *atlas.subareas} for atlas in (old, new))
    for branch in sorted(before):
        if branch in after:
            yield branch, branch
            continue
        named = new.successor(branch)
        if named in after and named.count("/") == branch.count("/"):
            yield branch, named
            continue
        depth = branch.count("/") + 1
        topics = old.topics_of(branch)
        votes = Counter("/".join(first[topic].split("/")[:depth]) for topic in topics if topic in first)
        target, count = votes.most_common(1)[0] if votes else ("", 0)
        if target in after - before and 2 * count >= len(topics):
            yield branch, target
