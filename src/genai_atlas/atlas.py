"""The atlas as a whole, with its look-ups. Layer 3; immutable, no effects.

Everything is addressed by its path: `area`, `area/subarea`, `area/subarea/topic`. A topic whose file could not be read
keeps its place in `topic_paths`, so that links to it still resolve.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeVar, cast

from genai_atlas.diagnostics import Diagnostic, Location
from genai_atlas.model import (
    Area,
    AtlasFile,
    Entry,
    Loc,
    Reference,
    Relation,
    RelationType,
    Retired,
    Step,
    Subarea,
    Topic,
    texts,
)
from genai_atlas.prose import Profile, parse
from genai_atlas.source import Source

ATLAS_FILE = "taxonomy/atlas.yaml"
RETIRED_FILE = "taxonomy/retired.yaml"
PUBLISHED_FILE = "taxonomy/published.txt"


def area_file(area: str) -> str:
    return f"taxonomy/{area}/area.yaml"


def subarea_file(subarea: str) -> str:
    return f"taxonomy/{subarea}/subarea.yaml"


def topic_file(topic: str) -> str:
    return f"taxonomy/{topic}.yaml"


def page_file(path: str) -> str:
    """Of an area, a subarea or a topic."""
    return (area_file, subarea_file, topic_file)[path.count("/")](path)


def level(path: str) -> str:
    """`area`, `subarea` or `topic`."""
    return ("area", "subarea", "topic")[path.count("/")]


@lru_cache(maxsize=1 << 16)
def fold(name: str) -> str:
    """A name without accents, case, spaces and punctuation: what two spellings have in common."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if c.isalnum())


T = TypeVar("T")
Text = tuple[Loc, Profile, str]
"""A prose field of an entry: where it stands, what may stand in it, and what does."""
CitedAt = tuple[str, Loc, int]
"""A key, the field that cites it, and at which character of its text (-1: the field is the key)."""


def _owned(entry: Entry) -> tuple[Text, ...]:
    return tuple(texts(entry))


def _cited_in(entry: Entry) -> tuple[CitedAt, ...]:
    return tuple(_citations(entry))


def _citations(entry: Entry) -> Iterator[CitedAt]:
    for loc, profile, text in texts(entry):
        if profile is not Profile.PLAIN and "[@" in text:
            for citation in parse(text, profile).citations():
                for item in citation.items:
                    yield item.key, loc, item.offset
    if isinstance(entry, Topic):
        for i, finding in enumerate(entry.findings):
            yield finding.ref, ("findings", i, "ref"), -1
        for i, row in enumerate(entry.approaches.rows if entry.approaches else ()):
            for j, key in enumerate(row.refs):
                yield key, ("approaches", "rows", i, "refs", j), -1
        for i, work in enumerate(entry.reading_list):
            yield work.ref, ("reading_list", i, "ref"), -1


@dataclass(frozen=True, slots=True)
class Edge:
    """One relation in its canonical direction, and the topic that authored it."""

    source: str
    type: RelationType
    target: str
    note: str
    author: str


@dataclass(frozen=True, eq=False)
class Atlas:
    file: AtlasFile
    areas: Mapping[str, Area]
    subareas: Mapping[str, Subarea]
    topics: Mapping[str, Topic]
    """Only the topics whose file could be read."""
    topic_paths: tuple[str, ...]
    """Every topic there is, in the outline's order."""
    references: Mapping[str, Reference]
    reference_files: Mapping[str, str]
    """The file of each citation key."""
    retired: Mapping[str, Retired]
    published: Mapping[str, int]
    """Every path that was ever released, and its line in published.txt."""
    sources: Mapping[str, Source]
    faults: Mapping[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    """Of each file that could not be read: why."""

    def entries(self) -> Iterator[tuple[str, str, Entry]]:
        """File, path and content of every area, subarea and readable topic."""
        yield from ((area_file(path), path, area) for path, area in self.areas.items())
        yield from ((subarea_file(path), path, subarea) for path, subarea in self.subareas.items())
        yield from ((topic_file(path), path, topic) for path, topic in self.topics.items())

    def once(self, file: str, entry: Entry, make: Callable[[Entry], T]) -> T:
        """What `make` finds in an entry alone; kept with the entry's source, for the next atlas that holds both."""
        source = self.sources.get(file)
        if source is None:
            return make(entry)
        kept = source.made.get(make)
        if kept is None or kept[0] is not entry:
            source.made[make] = kept = (entry, make(entry))
        return cast("T", kept[1])

    @cached_property
    def _texts(self) -> Mapping[str, tuple[Text, ...]]:
        return {path: self.once(file, entry, _owned) for file, path, entry in self.entries()}

    def texts_of(self, path: str) -> tuple[Text, ...]:
        """Every prose field of an area, subarea or readable topic, in the order of its fields."""
        return self._texts[path]

    @cached_property
    def _cited(self) -> Mapping[str, tuple[CitedAt, ...]]:
        return {path: self.once(file, entry, _cited_in) for file, path, entry in self.entries()}

    def citations_of(self, path: str) -> tuple[CitedAt, ...]:
        """Every key that an area, subarea or readable topic cites; none where the topic could not be read."""
        return self._cited.get(path, ())

    def locate(self, file: str, *loc: Step) -> Location:
        source = self.sources.get(file)
        return source.locate(*loc) if source else Location(file)

    def locate_in(self, file: str, loc: tuple[Step, ...], offset: int) -> Location:
        source = self.sources.get(file)
        return source.locate_in(loc, offset) if source else Location(file)

    @cached_property
    def _paths_by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for path in self.topic_paths:
            _, subarea, slug = path.split("/")
            for name in (slug, f"{subarea}/{slug}", path):
                found[name] = (*found.get(name, ()), path)
        return found

    def candidates(self, name: str) -> tuple[str, ...]:
        """The topics that `slug` or `subarea/slug` may mean: none, one, or several for an ambiguous slug."""
        return self._paths_by_name.get(name, ())

    def resolve(self, name: str) -> str | None:
        """The topic's path, or None where the name is unknown or ambiguous."""
        found = self.candidates(name)
        return found[0] if len(found) == 1 else None

    def name_of(self, path: str) -> str:
        """The shortest unambiguous name of a topic."""
        _, subarea, slug = path.split("/")
        return slug if len(self.candidates(slug)) == 1 else f"{subarea}/{slug}"

    @cached_property
    def pages(self) -> frozenset[str]:
        """Path of every area, subarea and topic there is."""
        return frozenset((*self.areas, *self.subareas, *self.topic_paths))

    def resolve_page(self, name: str) -> str | None:
        """As resolve(); where no topic has this name, the subarea or area of this path."""
        return self.resolve(name) or (name if name in self.areas or name in self.subareas else None)

    @property
    def topic_names(self) -> Iterator[str]:
        return map(self.name_of, self.topic_paths)

    def title(self, path: str) -> str:
        """Of an area, a subarea or a topic; where a topic's file could not be read, one made from the slug."""
        owner = (self.areas, self.subareas, self.topics)[path.count("/")].get(path)
        return owner.title if owner else path.rsplit("/", 1)[-1].replace("-", " ").capitalize()

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Of each topic in the outline, from 0."""
        return {path: n for n, path in enumerate(self.topic_paths)}

    @cached_property
    def cited_by(self) -> Mapping[str, tuple[str, ...]]:
        """Of each key the areas, subareas and topics that cite it."""
        found: dict[str, dict[str, None]] = {}
        for _, path, _ in self.entries():
            for key, _, _ in self.citations_of(path):
                found.setdefault(key, {})[path] = None
        return {key: tuple(paths) for key, paths in found.items()}

    def number(self, path: str) -> int:
        """The area's number, from 1, of anything in it."""
        return list(self.areas).index(path.split("/")[0]) + 1

    def subareas_of(self, area: str) -> tuple[str, ...]:
        return tuple(path for path in self.subareas if path.startswith(f"{area}/"))

    def topics_of(self, parent: str) -> tuple[str, ...]:
        """The topics of an area or subarea, in order."""
        return self._topics_by_parent.get(parent, ())

    @cached_property
    def _topics_by_parent(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in self.topic_paths:
            area, subarea, _ = path.split("/")
            found.setdefault(area, []).append(path)
            found.setdefault(f"{area}/{subarea}", []).append(path)
        return {parent: tuple(paths) for parent, paths in found.items()}

    @cached_property
    def formerly(self) -> Mapping[str, str]:
        """Paths of the past that a page names as its own, each with this page's path."""
        found: dict[str, str] = {}
        for _, path, entry in self.entries():
            for old in entry.formerly:
                if old not in self.pages:
                    found.setdefault(old, path)
        return found

    def successor(self, old: str) -> str | None:
        """The page that a path of the past redirects to, never another redirect. Where an area or subarea was renamed
        or moved, what stood below it is found below its new path."""
        path, seen = old, {old}
        while path not in self.pages:
            step = self._step(path)
            if step is None or step in seen:
                return None
            path = step
            seen.add(path)
        return path

    def _step(self, old: str) -> str | None:
        if old in self.formerly or old in self.retired:
            return self.formerly.get(old)
        parts = old.split("/")
        for n in range(len(parts) - 1, 0, -1):
            branch = self.formerly.get("/".join(parts[:n]))
            if branch and branch.count("/") == n - 1:
                return "/".join((branch, *parts[n:]))
        return None

    @cached_property
    def redirects(self) -> Mapping[str, str]:
        """Paths of the past that lead on by themselves, each with the page that they lead to."""
        pairs = ((old, self.successor(old)) for old in (*self.formerly, *self.published) if old not in self.pages)
        return {old: path for old, path in pairs if path}

    @cached_property
    def successors(self) -> Mapping[str, str]:
        """Paths of the past, each with the page that has its readers now: the one that it redirects to, or the one that
        its entry in retired.yaml refers to."""
        found = dict(self.redirects)
        for old, retired in self.retired.items():
            see = self.resolve_page(retired.see) if retired.see else None
            if see and old not in self.pages:
                found.setdefault(old, see)
        return found

    @cached_property
    def _former_paths(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for old, path in self.successors.items():
            found[path] = (*found.get(path, ()), old)
        return found

    def former_paths(self, path: str) -> tuple[str, ...]:
        """Every path of the past whose readers come to this topic."""
        return self._former_paths.get(path, ())

    def authored_relations(self) -> Iterator[tuple[str, int, Relation, str]]:
        """Each relation that resolves: author, index in the author's list, the relation, the other topic."""
        for path, topic in self.topics.items():
            for i, relation in enumerate(topic.relations):
                target = self.resolve(relation.to)
                if target:
                    yield path, i, relation, target

    def prerequisites(self) -> Iterator[tuple[str, str, int]]:
        """Each topic that a topic names as prerequisite, with the item's index."""
        for path, topic in self.topics.items():
            for i, text in enumerate(topic.prerequisites):
                for link in parse(text, Profile.MARKDOWN).topic_links():
                    target = self.resolve(link.slug)
                    if target:
                        yield path, target, i

    @cached_property
    def read_before(self) -> Mapping[str, tuple[str, ...]]:
        """What reading paths follow: of each topic those it builds on or names as prerequisites, in outline order."""
        found: dict[str, set[str]] = {path: set() for path in self.topic_paths}
        for edge in self.edges:
            if edge.type is RelationType.BUILDS_ON:
                found[edge.source].add(edge.target)
        for path, target, _ in self.prerequisites():
            found[path].add(target)
        return {path: tuple(p for p in self.topic_paths if p in earlier) for path, earlier in found.items()}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every relation once, in canonical direction; of two that say the same the first author's stands."""
        found: dict[tuple[str, RelationType, str], Edge] = {}
        for author, _, relation, other in self.authored_relations():
            kind = relation.type.canonical
            source, target = (author, other) if kind is relation.type else (other, author)
            same = (source, kind, target)
            if kind.inverse is kind:
                same = (min(source, target), kind, max(source, target))
            found.setdefault(same, Edge(source, kind, target, relation.note, author))
        return tuple(found.values())

    @cached_property
    def _edges_by_topic(self) -> Mapping[str, tuple[Edge, ...]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.source, []).append(edge)
            if edge.target != edge.source:
                found.setdefault(edge.target, []).append(edge)
        return {path: tuple(edges) for path, edges in found.items()}

    def relations_of(self, path: str) -> tuple[tuple[RelationType, str, str], ...]:
        """Both directions, as seen from `path`: type, the other topic, note."""
        return tuple(
            (edge.type, edge.target, edge.note) if edge.source == path else (edge.type.inverse, edge.source, edge.note)
            for edge in self._edges_by_topic.get(path, ())
        )
