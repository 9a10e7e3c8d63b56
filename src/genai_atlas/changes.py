"""Two states of the atlas -> what changed, each change by its kind. Layer 5; no effects.

What follows from another change is not told again: the relations, rows and records that came or went with a topic,
links to a new address, pieces that a merged or split topic handed over, citations that came with their record.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from genai_atlas.atlas import Atlas, Edge, fold
from genai_atlas.excerpts import shown, words
from genai_atlas.fingerprint import SECTIONS
from genai_atlas.lineage import Lineage, lineage
from genai_atlas.model import Area, Authored, Reference, Subarea, Topic
from genai_atlas.terms import Side, edges, ends, flat, matched_keys, with_rows


class ChangeKind(StrEnum):
    """In the order in which changes are told."""

    TOPIC_ADDED = "topic-added"
    TOPIC_REMOVED = "topic-removed"
    TOPIC_RENAMED = "topic-renamed"
    TOPIC_MOVED = "topic-moved"
    TOPIC_MERGED = "topic-merged"
    TOPIC_SPLIT = "topic-split"
    TOPIC_RETIRED = "topic-retired"
    BRANCH_ADDED = "branch-added"
    BRANCH_REMOVED = "branch-removed"
    BRANCH_MOVED = "branch-moved"
    TITLE = "title"
    ALIASES = "aliases"
    KIND = "kind"
    SUMMARY = "summary"
    SCOPE = "scope"
    TEXT = "text"
    FINDING_ADDED = "finding-added"
    FINDING_REMOVED = "finding-removed"
    FINDING_CHANGED = "finding-changed"
    RELATION_ADDED = "relation-added"
    RELATION_REMOVED = "relation-removed"
    RELATION_CHANGED = "relation-changed"
    READING = "reading-list"
    REVIEW = "review"
    ORDER = "order"
    REDIRECT = "redirect"
    TOMBSTONE = "tombstone"
    REFERENCE_ADDED = "reference-added"
    REFERENCE_REMOVED = "reference-removed"
    REFERENCE_CHANGED = "reference-changed"


STRUCTURE: Final = tuple(ChangeKind)[:10]
"""Kinds that are about the outline and its addresses."""


@dataclass(frozen=True, slots=True)
class Change:
    kind: ChangeKind
    path: str
    """Of the topic, subarea or area as it is now, or was if it is gone; a citation key; empty for the atlas itself."""
    title: str
    what: str = ""
    """The section, the finding's claim, the other topic of a relation, the fields of a record."""
    before: str = ""
    after: str = ""
    others: tuple[str, ...] = ()
    """Merged from, split into, cited by."""


_OWN_KIND: Final = {
    "title": ChangeKind.TITLE,
    "aliases": ChangeKind.ALIASES,
    "kind": ChangeKind.KIND,
    "summary": ChangeKind.SUMMARY,
    "scope": ChangeKind.SCOPE,
    "reading_list": ChangeKind.READING,
}
_APART: Final = frozenset({"findings", "relations"})
_DATES: Final = SECTIONS["dates of review"]


def changes(old: Atlas, new: Atlas) -> tuple[Change, ...]:
    """Sorted: the outline first, then topic by topic, then the bibliography."""
    found = [*_Comparison(old, new).changes()]
    outline = {path: i for i, path in enumerate(_outline(new))}
    kinds = list(ChangeKind)

    def key(change: Change) -> tuple[Any, ...]:
        is_record = change.kind.value.startswith("reference-")
        place = (is_record, outline.get(change.path, len(outline)), change.path)
        return change.kind not in STRUCTURE, *place, kinds.index(change.kind), change.what, change.before, change.after

    return tuple(sorted(found, key=key))


def _outline(atlas: Atlas) -> Iterator[str]:
    yield ""
    for area in atlas.areas:
        yield area
        for subarea in atlas.subareas_of(area):
            yield subarea
            yield from atlas.topics_of(subarea)


class _Comparison:
    def __init__(self, old: Atlas, new: Atlas) -> None:
        self.old, self.new = old, new
        self.lineage: Lineage = lineage(old, new)
        self.keys = matched_keys(old.references, new.references)
        self.before = Side(old, self.lineage.now, self.keys)
        kept = {path: path for path in self.lineage.origins}
        self.after = Side(new, kept, {key: key for key in self.keys.values()})

    def changes(self) -> Iterator[Change]:
        yield from self._topics_come_and_go()
        yield from self._addresses()
        yield from self._branches()
        for path, origins in self.lineage.origins.items():
            if origins[0] in self.old.topics and path in self.new.topics:
                yield from self._topic(origins, path)
        yield from self._relations()
        yield from self._references()
        yield from self._tombstones()

    def _change(self, kind: ChangeKind, path: str, what: str = "", before: Any = "", after: Any = "") -> Change:
        branch = self.new.subareas.get(path) or self.new.areas.get(path)
        title = self.new.file.title if not path else branch.title if branch else self.new.title(path)
        return Change(kind, path, title, what, *shown(before, after))

    # ------------------------------------------------------------ the outline

    def _topics_come_and_go(self) -> Iterator[Change]:
        parts = {part for found in self.lineage.parts.values() for part in found}
        for path in self.new.topic_paths:
            if path not in self.lineage.origins and path not in parts:
                yield self._change(ChangeKind.TOPIC_ADDED, path)
        for path in self.old.topic_paths:
            title = self.old.title(path)
            if path in self.lineage.parts:
                now = self.lineage.now.get(path)
                others = (*((now,) if now and now != path else ()), *self.lineage.parts[path])
                named = "; ".join(self.new.title(other) for other in others)
                yield Change(ChangeKind.TOPIC_SPLIT, now or path, title, after=named, others=others)
            elif path not in self.lineage.now:
                retired = self.new.retired.get(path)
                kind = ChangeKind.TOPIC_RETIRED if retired else ChangeKind.TOPIC_REMOVED
                yield Change(kind, path, title, what=self.after.text(retired.reason) if retired else "")

    def _addresses(self) -> Iterator[Change]:
        for path, origins in self.lineage.origins.items():
            first = origins[0]
            if len(origins) > 1:
                others = tuple(origin for origin in origins if origin != path)
                named = "; ".join(self.old.title(origin) for origin in others)
                yield Change(ChangeKind.TOPIC_MERGED, path, self.new.title(path), before=named, others=others)
            elif first == path or first in self.lineage.parts:
                continue
            elif self.lineage.branches.get(_parent(first)) != _parent(path):
                yield self._change(ChangeKind.TOPIC_MOVED, path, before=first, after=path)
            elif _slug(first) != _slug(path):
                before, after = self.old.title(first), self.new.title(path)
                yield self._change(
                    ChangeKind.TOPIC_RENAMED, path, before=f"{before} ({first})", after=f"{after} ({path})"
                )

    def _is_renamed(self, origins: Sequence[str], path: str) -> bool:
        """The change of address tells the title too."""
        first = origins[0]
        moved = self.lineage.branches.get(_parent(first)) != _parent(path)
        return first != path and (len(origins) > 1 or first in self.lineage.parts or not moved)

    def _branches(self) -> Iterator[Change]:
        order = "order of its entries"
        yield from self._entry("", self.old.file, self.new.file)
        if self._reordered(self.old.areas, self.new.areas, self.lineage.branches.get):
            yield self._change(ChangeKind.ORDER, "", order)
        before: dict[str, Area | Subarea] = {**self.old.areas, **self.old.subareas}
        after: dict[str, Area | Subarea] = {**self.new.areas, **self.new.subareas}
        for path in after.keys() - self.lineage.branches.values():
            yield self._change(ChangeKind.BRANCH_ADDED, path)
        for earlier, entry in before.items():
            path = self.lineage.branches.get(earlier, "")
            if not path:
                yield Change(ChangeKind.BRANCH_REMOVED, earlier, entry.title)
                continue
            if _slug(path) != _slug(earlier) or self.lineage.branches.get(_parent(earlier), "") != _parent(path):
                yield self._change(ChangeKind.BRANCH_MOVED, path, before=earlier, after=path)
            yield from self._entry(path, entry, after[path], earlier)
            yield from self._redirects(path, set(entry.formerly), set(after[path].formerly))
            if self._reordered(*self._children(earlier, path)):
                yield self._change(ChangeKind.ORDER, path, order)

    def _children(self, earlier: str, path: str) -> tuple[Iterable[str], Iterable[str], Callable[[str], str | None]]:
        if "/" in path:
            return self.old.topics_of(earlier), self.new.topics_of(path), self.lineage.same
        return self.old.subareas_of(earlier), self.new.subareas_of(path), self.lineage.branches.get

    @staticmethod
    def _reordered(before: Iterable[str], after: Iterable[str], same: Callable[[str], str | None]) -> bool:
        now = [path for path in map(same, before) if path]
        common = set(now) & set(after)
        return [path for path in now if path in common] != [path for path in after if path in common]

    def _entry(self, path: str, old: Authored, new: Authored, earlier: str = "") -> Iterator[Change]:
        """Texts of an area, a subarea or the atlas."""
        if isinstance(old, Subarea) and isinstance(new, Subarea):
            stay = {self.lineage.same(topic) for topic in self.old.topics_of(earlier)} & set(self.new.topics_of(path))
            old, new = with_rows(self.old, old, self.lineage.same, stay), with_rows(self.new, new, str, stay)
        before, after = flat(self.before, old), flat(self.after, new)
        for name in ("title", "aliases", "summary", "description", "overview", "comparison"):
            if before.get(name) != after.get(name):
                what = "" if name in _OWN_KIND else name
                kind = _OWN_KIND.get(name, ChangeKind.TEXT)
                yield self._change(kind, path, what, before.get(name, ""), after.get(name, ""))

    # ------------------------------------------------------------ one topic

    def _topic(self, origins: Sequence[str], path: str) -> Iterator[Change]:
        first = origins[0]
        # A link to a topic that it took in would be one to itself, and becomes plain words.
        elsewhere = {earlier: now for earlier, now in self.lineage.now.items() if earlier not in origins[1:]}
        side = Side(self.old, elsewhere, self.keys)
        before, after = flat(side, self.old.topics[first]), flat(self.after, self.new.topics[path])
        came = [flat(side, self.old.topics[other]) for other in origins[1:] if other in self.old.topics]
        parts = self.lineage.parts.get(first, ())
        went = [flat(self.after, self.new.topics[part]) for part in parts if part in self.new.topics]
        if before["title"] != after["title"]:
            came.append({"title": before["title"]})
            went.append({"title": after["title"]})
        for name in Topic.model_fields:
            if name not in _DATES:
                _set_aside(name, before, after, came, went)
        if self._is_renamed(origins, path):
            before["title"] = after["title"]
        yield from self._sections(path, before, after)
        yield from self._findings(path, before.get("findings", []), after.get("findings", []))
        topics = [self.old.topics[origin] for origin in origins if origin in self.old.topics]
        known = {earlier for topic in topics for earlier in topic.formerly}
        yield from self._redirects(path, known, set(self.new.topics[path].formerly))

    def _sections(self, path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
        for names in SECTIONS.values():
            if names == _DATES:
                dates = [", ".join(f"{name} {f[name]}" for name in names if name in f) for f in (before, after)]
                if dates[0] != dates[1]:
                    yield self._change(ChangeKind.REVIEW, path, "", *dates)
                continue
            for name in names:
                one, other = before.get(name, []), after.get(name, [])
                if one == other or name in _APART:
                    continue
                if isinstance(one, list) and isinstance(other, list) and _bag(one) == _bag(other):
                    yield self._change(ChangeKind.ORDER, path, name.replace("_", " "))
                    continue
                what = "" if name in _OWN_KIND else name.replace("_", " ")
                yield self._change(_OWN_KIND.get(name, ChangeKind.TEXT), path, what, one, other)

    def _findings(self, path: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
        if before != after and _bag(before) == _bag(after):
            yield self._change(ChangeKind.ORDER, path, "findings")
            return
        by: tuple[Callable[[Any], Hashable], ...] = (
            _json,
            lambda finding: (finding.get("ref"), finding["locator"]),
            lambda finding: finding["claim"],
            lambda finding: finding.get("ref") or finding["claim"],
        )
        for one, other in _paired(before, after, by):
            if one is None:
                yield self._change(ChangeKind.FINDING_ADDED, path, other["claim"], "", _measured(other))
            elif other is None:
                yield self._change(ChangeKind.FINDING_REMOVED, path, one["claim"], _measured(one), "")
            elif one != other:
                differing = [name for name in other | one if one.get(name) != other.get(name)]
                values = ("; ".join(f"{name}: {side.get(name, '')}" for name in differing) for side in (one, other))
                yield self._change(ChangeKind.FINDING_CHANGED, path, other["claim"], *values)

    def _redirects(self, path: str, known: set[str], now: set[str]) -> Iterator[Change]:
        """What was a page until now is told as renamed, moved or merged."""
        came, went = now - known - self.old.pages, known - now - {path}
        if came or went:
            yield self._change(ChangeKind.REDIRECT, path, "", ", ".join(sorted(went)), ", ".join(sorted(came)))

    # ------------------------------------------------------------ between topics

    def _relations(self) -> Iterator[Change]:
        before, after = edges(self.before), edges(self.after)
        passed_on = self._handed_over()
        gone = [edge for same, edge in before.items() if same not in after and not self._is_implied(edge, passed_on)]
        come = [edge for same, edge in after.items() if same not in before]
        kept = {same[:-1] for same in before} & {same[:-1] for same in after}
        by: tuple[Callable[[Edge], Hashable], ...] = (
            lambda edge: (*ends(edge), edge.type),
            lambda edge: frozenset((edge.source, edge.target)),
        )
        for one, other in _paired(gone, come, by):
            edge = other or one
            assert edge
            kind = ChangeKind.RELATION_CHANGED
            if (*ends(edge), edge.type) not in kept and not (one and other):
                kind = ChangeKind.RELATION_REMOVED if one else ChangeKind.RELATION_ADDED
            far = edge.target if edge.author == edge.source else edge.source
            sides = (self._relation(side, edge.author) if side else "" for side in (one, other))
            yield self._change(kind, edge.author, self.new.title(far), *sides)

    @staticmethod
    def _relation(edge: Edge, seen_from: str) -> str:
        kind = edge.type if edge.source == seen_from else edge.type.inverse
        return f"{kind.value.replace('_', ' ')}: {edge.note}"

    def _handed_over(self) -> set[tuple[str, Any]]:
        """Relations of the parts of a split topic, as if they were its own still."""
        whole = {part: self.lineage.now.get(topic, "") for topic, parts in self.lineage.parts.items() for part in parts}
        return {
            (edge.type.value, frozenset((whole.get(edge.source, edge.source), whole.get(edge.target, edge.target))))
            for edge in self.new.edges
        }

    def _is_implied(self, edge: Edge, passed_on: set[tuple[str, Any]]) -> bool:
        """`edge` has present addresses: it ended with a topic that was taken in, or went to a part of a split one."""
        ends = {edge.source, edge.target}
        if any(len(self.lineage.origins[end]) > 1 for end in ends):
            return True
        was_split = {self.lineage.now.get(topic) for topic in self.lineage.parts}
        return bool(ends & was_split) and (edge.type.value, frozenset(ends)) in passed_on

    def _references(self) -> Iterator[Change]:
        cited_before, cited_after = self.old.cited_by, self.new.cited_by
        for key, record in self.new.references.items():
            citers = cited_after.get(key, ())
            came_along = bool(citers) and all(_is_topic(c) and c not in self.lineage.origins for c in citers)
            if key not in self.keys.values() and not came_along:
                yield Change(ChangeKind.REFERENCE_ADDED, key, record.title, others=citers)
        for key, record in self.old.references.items():
            citers = cited_before.get(key, ())
            if key in self.keys:
                yield from _record(key, record, self.keys[key], self.new.references[self.keys[key]])
            elif not citers or not all(_is_topic(c) and self._has_ended(c) for c in citers):
                yield Change(ChangeKind.REFERENCE_REMOVED, key, record.title, others=citers)

    def _has_ended(self, topic: str) -> bool:
        return self.lineage.same(topic) is None

    def _tombstones(self) -> Iterator[Change]:
        for path in sorted(self.old.retired.keys() | self.new.retired.keys()):
            one, other = self.old.retired.get(path), self.new.retired.get(path)
            said = [words(side.fields(r)) if r else "" for side, r in ((self.before, one), (self.after, other))]
            if said[0] != said[1] and path not in self.old.topic_paths and path not in self.new.topic_paths:
                yield Change(ChangeKind.TOMBSTONE, path, self.new.title(path), "", *shown(*said))


# ---------------------------------------------------------------- parts


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _slug(path: str) -> str:
    return path.rpartition("/")[2]


def _is_topic(path: str) -> bool:
    return path.count("/") == 2


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _bag(items: Iterable[Any]) -> list[str]:
    return sorted(map(_json, items))


def _set_aside(
    name: str, before: dict[str, Any], after: dict[str, Any], came: Sequence[Mapping[str, Any]],
    went: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    """Takes from two lists what a merged topic brought and what a new one took over; names may come from titles."""

    same = fold if name == "aliases" else _json

    def of(entries: Sequence[Mapping[str, Any]]) -> set[str]:
        items = {same(item) for fields in entries for item in fields.get(name, ()) if isinstance(fields[name], list)}
        return items | {same(fields["title"]) for fields in entries if name == "aliases"}

    if isinstance(before.get(name, []), list) and isinstance(after.get(name, []), list):
        one, other = before.get(name, []), after.get(name, [])
        new, old = of(came), of(went)
        before[name] = [item for item in one if item in other or same(item) not in old]
        after[name] = [item for item in other if item in one or same(item) not in new]


def _paired(
    before: Iterable[Any], after: Iterable[Any], by: Iterable[Callable[[Any], Hashable]]
) -> Iterator[tuple[Any, Any]]:
    """Items that are the same by the first key that says so; what is left alone is paired with None."""
    left, right = list(before), list(after)
    for key in by:
        waiting = defaultdict(list)
        for item in right:
            waiting[key(item)].append(item)
        unmatched = []
        for item in left:
            if found := waiting.get(key(item)):
                partner = found.pop(0)
                right = [other for other in right if other is not partner]
                yield item, partner
            else:
                unmatched.append(item)
        left = unmatched
    yield from ((item, None) for item in left)
    yield from ((None, item) for item in right)


def _record(key: str, old: Reference, now: str, new: Reference) -> Iterator[Change]:
    dumped = (record.model_dump(mode="json", exclude_none=True) for record in (old, new))
    one, other = ({name: words(value) for name, value in fields.items()} for fields in dumped)
    differing = [name for name in Reference.model_fields if one.get(name, "") != other.get(name, "")]
    if key != now:
        differing, one, other = ["key", *differing], one | {"key": key}, other | {"key": now}
    if differing:
        sides = ("; ".join(f"{name}: {side.get(name, '')}" for name in differing) for side in (one, other))
        yield Change(ChangeKind.REFERENCE_CHANGED, now, new.title, ", ".join(differing), *shown(*sides))


def _measured(finding: Mapping[str, Any]) -> str:
    return f"{finding['value']} {finding['unit']}, against {finding['baseline']}"
