"""The whole atlas by what its entries hold, each list with the facets that narrow it. Layer 8; no effects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from genai_atlas.atlas import Atlas, fold
from genai_atlas.model import Kind, Level, Reading, RelationType, Topic
from genai_atlas.views.page import Listing, Page, TopicRef, author_year, safe, show_date
from genai_atlas.views.topic import FAMILY_OF, PHRASES, Anchors, FindingView, finding_view, newest_evidence

Traits = Mapping[str, Sequence[str]]
"""Facet -> the values that a row has in it."""


@dataclass(frozen=True)
class Option:
    value: str
    label: Markup
    count: int
    style: str
    """Class that gives an area or a family of relations its colour; empty for the rest."""


@dataclass(frozen=True)
class Facet:
    name: str
    legend: str
    options: tuple[Option, ...]


def tokens(traits: Traits) -> str:
    """As the page's script reads them: `area:1 kind:technique`."""
    return " ".join(f"{name}:{slug(value)}" for name, values in traits.items() for value in values)


def slug(value: str) -> str:
    return re.sub(r"[^a-z0-9.+_-]+", "-", value.lower()).strip("-")


@dataclass(frozen=True)
class Origin:
    """The topic that a row of a list comes from, and the row's traits."""

    topic: TopicRef
    number: int
    """The area's, from 1."""
    area: Markup
    traits: Traits

    @property
    def tokens(self) -> str:
        return tokens(self.traits)


@dataclass(frozen=True)
class ProblemRow:
    origin: Origin
    anchor: str
    question: Markup
    known: Markup
    settled_by: Markup


@dataclass(frozen=True)
class FindingRow:
    origin: Origin
    finding: FindingView


@dataclass(frozen=True)
class Use:
    """What one topic says of a benchmark or an implementation."""

    topic: TopicRef
    number: int
    measures: Markup
    note: Markup


@dataclass(frozen=True)
class Shared:
    """A benchmark or an implementation, with every topic that lists it."""

    name: Markup
    href: Markup
    licence: Markup
    uses: tuple[Use, ...]
    traits: Traits

    @property
    def tokens(self) -> str:
        return tokens(self.traits)


@dataclass(frozen=True)
class MilestoneRow:
    origin: Origin
    anchor: str
    date: str
    shown: str
    event: Markup


@dataclass(frozen=True)
class Year:
    year: str
    milestones: tuple[MilestoneRow, ...]


@dataclass(frozen=True)
class TopicRow:
    origin: Origin
    kind: str
    depth: str
    aliases: tuple[Markup, ...]
    summary: Markup
    subarea: TopicRef
    reviewed: str
    reviewed_shown: str
    counts: tuple[str, ...]


@dataclass(frozen=True)
class RelationRow:
    """One relation of the map, in its canonical direction."""

    source: TopicRef
    target: TopicRef
    family: str
    phrase: str
    traits: Traits

    @property
    def tokens(self) -> str:
        return tokens(self.traits)


@dataclass(frozen=True)
class Step:
    """A topic on a reading path, as paths.json has it."""

    path: str
    before: tuple[int, ...]
    """Places of the topics to be read before, in the same list."""
    texts: tuple[tuple[str, str, str], ...]
    """Introductory works of its reading list: title, authors and year, citation key."""


class Facets:
    """Makes the facets of a list: legend, order and label of each by its name."""

    LEGENDS: Mapping[str, str] = {
        "area": "Area",
        "kind": "Kind of topic",
        "depth": "Depth",
        "reading": "Reading",
        "basis": "Basis",
        "type": "Relation",
        "alias": "Other names",
        "has": "Holds",
        "licence": "Licence",
        "year": "Year of the work",
        "newest": "Newest evidence",
        "work": "Kind of work",
    }

    def __init__(self, atlas: Atlas) -> None:
        self._areas = {str(number): atlas.areas[path].title for number, path in enumerate(atlas.areas, start=1)}
        self._order: dict[str, Sequence[str]] = {
            "area": tuple(self._areas),
            "kind": tuple(Kind),
            "reading": tuple(Reading),
            "type": tuple(FAMILY_OF),
        }

    def __call__(self, rows: Iterable[Traits], *names: str) -> tuple[Facet, ...]:
        """Only values that some row has; every area, though, so that an empty one is seen to be empty."""
        counts: dict[str, Counter[str]] = {name: Counter() for name in names}
        for traits in rows:
            for name in names:
                counts[name].update(traits.get(name, ()))
        return tuple(
            Facet(name, self.LEGENDS[name], tuple(self._options(name, counts[name]))) for name in names if counts[name]
        )

    def _options(self, name: str, counts: Counter[str]) -> Iterator[Option]:
        if name in self._order:
            values = [value for value in self._order[name] if counts[value] or name == "area"]
        elif name in ("year", "newest"):
            values = sorted(counts, reverse=True)
        else:
            values = sorted(counts, key=lambda value: (-counts[value], value))
        for value in values:
            yield Option(slug(value), safe(self._label(name, value)), counts[value], self._style(name, value))

    def _label(self, name: str, value: str) -> str:
        if name == "area":
            return self._areas[value]
        if name == "type":
            return PHRASES[RelationType(value)]
        return value if name in ("year", "newest", "licence") else value.capitalize()

    def _style(self, name: str, value: str) -> str:
        if name == "area":
            return f"h{value}"
        return f"f-{FAMILY_OF[RelationType(value)]} t-{value}" if name == "type" else ""


def _origin(page: Page, path: str, **traits: str | Sequence[str]) -> Origin:
    """Each trait is one value or several."""
    atlas = page.atlas
    number = atlas.number(path)
    known = {"area": str(number), "kind": atlas.topics[path].kind, **traits}
    return Origin(
        page.topic_ref(path),
        number,
        safe(atlas.areas[path.split("/")[0]].title),
        {name: (value,) if isinstance(value, str) else tuple(value) for name, value in known.items()},
    )


def _full(atlas: Atlas) -> Iterator[tuple[str, Topic]]:
    return ((path, atlas.topics[path]) for path in atlas.topic_paths if path in atlas.topics)


def problems(atlas: Atlas, page: Listing) -> tuple[ProblemRow, ...]:
    rows = []
    for path, topic in _full(atlas):
        anchors = Anchors()
        for problem in topic.open_problems:
            newest = newest_evidence(atlas, problem.known, problem.settled_by)
            rows.append(
                ProblemRow(
                    _origin(page, path, newest=str(newest) if newest else ()),
                    anchor=anchors.of("problem", problem.known),
                    question=safe(problem.question),
                    known=page.inline(problem.known),
                    settled_by=page.inline(problem.settled_by),
                )
            )
    return tuple(rows)


def findings(atlas: Atlas, page: Listing) -> tuple[FindingRow, ...]:
    rows = []
    for path, topic in _full(atlas):
        anchors = Anchors()
        for number, finding in enumerate(topic.findings, start=1):
            reference = atlas.references.get(finding.ref)
            year = str(reference.year) if reference else ()
            origin = _origin(page, path, reading=finding.reading, basis=finding.basis, year=year)
            rows.append(FindingRow(origin, finding_view(page, number, finding, anchors)))
    return tuple(rows)


def milestones(atlas: Atlas, page: Listing) -> tuple[Year, ...]:
    """The newest year first; within a year the newest month, and dates without a month last."""
    years: dict[str, list[MilestoneRow]] = {}
    for path, topic in _full(atlas):
        anchors = Anchors()
        for milestone in topic.milestones:
            years.setdefault(milestone.date[:4], []).append(
                MilestoneRow(
                    _origin(page, path),
                    anchor=anchors.of("milestone", milestone.event),
                    date=milestone.date,
                    shown=show_date(milestone.date),
                    event=page.inline(milestone.event),
                )
            )
    return tuple(
        Year(year, tuple(sorted(years[year], key=lambda row: row.date, reverse=True)))
        for year in sorted(years, reverse=True)
    )


def benchmarks(atlas: Atlas, page: Listing) -> tuple[Shared, ...]:
    """One row a benchmark, however many topics list it; from A to Z."""
    found: dict[str, list[tuple[str, str, str, Use]]] = {}
    for path, topic in _full(atlas):
        for benchmark in topic.benchmarks:
            use = Use(
                page.topic_ref(path), atlas.number(path), page.inline(benchmark.measures), page.inline(benchmark.caveat)
            )
            found.setdefault(fold(benchmark.name), []).append((path, benchmark.name, benchmark.url or "", use))
    return tuple(_shared(atlas, found[name]) for name in sorted(found))


def implementations(atlas: Atlas, page: Listing) -> tuple[Shared, ...]:
    """One row an address, however many topics list it; from A to Z by the name that its first topic gives it."""
    found: dict[str, list[tuple[str, str, str, Use]]] = {}
    licences: dict[str, str] = {}
    for path, topic in _full(atlas):
        for item in topic.implementations:
            use = Use(page.topic_ref(path), atlas.number(path), Markup(), page.inline(item.note))
            found.setdefault(item.url, []).append((path, item.name, item.url, use))
            if licences.get(item.url, UNKNOWN_LICENCE) == UNKNOWN_LICENCE:
                licences[item.url] = item.licence
    rows = (_shared(atlas, uses, licences[url]) for url, uses in found.items())
    return tuple(sorted(rows, key=lambda row: row.name.casefold()))


UNKNOWN_LICENCE = "see repository"


def _shared(atlas: Atlas, uses: Sequence[tuple[str, str, str, Use]], licence: str = "") -> Shared:
    paths = [path for path, _, _, _ in uses]
    href = next((url for _, _, url, _ in uses if url), "")
    traits = {
        "area": tuple(dict.fromkeys(str(atlas.number(path)) for path in paths)),
        "kind": tuple(dict.fromkeys(atlas.topics[path].kind for path in paths)),
        "licence": (licence,) if licence else (),
    }
    return Shared(safe(uses[0][1]), safe(href), safe(licence), tuple(use for *_, use in uses), traits)


def topics(atlas: Atlas, page: Page) -> tuple[TopicRow, ...]:
    """Every topic that could be read, in the outline's order."""
    rows = []
    for path, topic in _full(atlas):
        parts = {
            "findings": len(topic.findings),
            "open problems": len(topic.open_problems),
            "benchmarks": len(topic.benchmarks),
            "implementations": len(topic.implementations),
        }
        origin = _origin(
            page,
            path,
            depth=topic.depth,
            type=sorted({kind for kind, _, _ in atlas.relations_of(path)}),
            alias="with other names" if topic.aliases else "title only",
            has=[part for part, count in parts.items() if count],
        )
        rows.append(
            TopicRow(
                origin,
                kind=topic.kind,
                depth=topic.depth,
                aliases=tuple(map(safe, topic.aliases)),
                summary=safe(topic.summary),
                subarea=page.topic_ref(path.rsplit("/", 1)[0]),
                reviewed=topic.reviewed.isoformat(),
                reviewed_shown=show_date(topic.reviewed),
                counts=tuple(f"{count} {part}" for part, count in parts.items() if count),
            )
        )
    return tuple(rows)


def relations(atlas: Atlas, page: Page) -> tuple[RelationRow, ...]:
    """In the order of their sources in the outline."""
    edges = sorted(atlas.edges, key=lambda edge: (atlas.places[edge.source], atlas.places[edge.target], edge.type))
    return tuple(
        RelationRow(
            page.topic_ref(edge.source),
            page.topic_ref(edge.target),
            FAMILY_OF[edge.type],
            PHRASES[edge.type],
            relation_traits(atlas, edge.source, edge.type, edge.target),
        )
        for edge in edges
    )


def relation_traits(atlas: Atlas, source: str, kind: RelationType, target: str) -> Traits:
    numbers = dict.fromkeys((str(atlas.number(source)), str(atlas.number(target))))
    return {"area": tuple(numbers), "type": (kind,)}


def steps(atlas: Atlas) -> tuple[Step, ...]:
    """Every topic in the outline's order, with what reading paths need of it."""
    return tuple(
        Step(path, tuple(atlas.places[earlier] for earlier in atlas.read_before[path]), _introductory(atlas, path))
        for path in atlas.topic_paths
    )


def _introductory(atlas: Atlas, path: str) -> tuple[tuple[str, str, str], ...]:
    topic = atlas.topics.get(path)
    keys = [item.ref for item in topic.reading_list if item.level is Level.INTRODUCTORY] if topic else []
    known = ((key, atlas.references[key]) for key in keys if key in atlas.references)
    return tuple((reference.title, author_year(reference), key) for key, reference in known)
