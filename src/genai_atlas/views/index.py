"""The pages that lead to topics: home, areas, subareas, references, names. Layer 8; no effects."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from genai_atlas import prose
from genai_atlas.atlas import Atlas, area_file, subarea_file
from genai_atlas.model import Comparison, Topic
from genai_atlas.views.finder import named, parent_title
from genai_atlas.views.page import (
    Link,
    Page,
    ReferenceView,
    TopicRef,
    all_authors,
    data_file,
    edition,
    grouped,
    identifiers,
    safe,
    show_date,
)
from genai_atlas.views.topic import Crumb, Row, Table, crumbs, plain


@dataclass(frozen=True)
class Tile:
    """A topic in a list of topics."""

    topic: TopicRef
    kind: str
    depth: str
    findings: int
    open_problems: int
    reviewed: str
    reviewed_shown: str
    summary: Markup


@dataclass(frozen=True)
class SubareaCard:
    subarea: TopicRef
    summary: Markup
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class ParentView:
    """What the pages of areas and of subareas show alike."""

    path: str
    slug: str
    number: int
    title: Markup
    aliases: tuple[Markup, ...]
    summary: Markup
    crumbs: tuple[Crumb, ...]
    overview: Markup
    references: tuple[ReferenceView, ...]
    siblings: tuple[TopicRef, ...]
    file: str
    data: str
    """Of the same content as JSON."""


@dataclass(frozen=True)
class AreaView(ParentView):
    subareas: tuple[SubareaCard, ...]
    topics: int


@dataclass(frozen=True)
class SubareaView(ParentView):
    comparison: Table | None
    tiles: tuple[Tile, ...]
    area: TopicRef


@dataclass(frozen=True)
class AreaCard:
    area: TopicRef
    number: int
    summary: Markup
    subareas: tuple[tuple[TopicRef, int, bool], ...]
    """With the number of topics, and whether a table sets them side by side."""
    tiles: tuple[Tile, ...]
    full: int


@dataclass(frozen=True)
class Recent:
    tile: Tile
    number: int
    area: Markup


@dataclass(frozen=True)
class HomeView:
    title: Markup
    description: Markup
    areas: tuple[AreaCard, ...]
    recent: tuple[Recent, ...]
    topics: int
    totals: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CitedWork:
    key: str
    year: int
    authors: Markup
    title: Markup
    venue: Markup
    type: str
    identifiers: tuple[Link, ...]
    checked: Markup
    cited_by: tuple[TopicRef, ...]


@dataclass(frozen=True)
class Name:
    name: Markup
    topic: TopicRef
    relation: str
    """`title`, `alias` or `approach`."""
    parent: Markup


@dataclass(frozen=True)
class Letter:
    letter: str
    names: tuple[Name, ...]


def tile(page: Page, path: str) -> Tile:
    topic = page.atlas.topics.get(path)
    if topic is None:
        return Tile(page.topic_ref(path), "", "faulty", 0, 0, "", "", Markup())
    return Tile(
        page.topic_ref(path),
        topic.kind,
        topic.depth,
        len(topic.findings),
        len(topic.open_problems),
        topic.reviewed.isoformat(),
        show_date(topic.reviewed),
        safe(topic.summary),
    )


def area_view(atlas: Atlas, path: str) -> AreaView:
    area, page = atlas.areas[path], Page(atlas, path, "Overview")
    overview = page.html(area.overview)
    cards = tuple(
        SubareaCard(
            page.topic_ref(subarea),
            safe(atlas.subareas[subarea].summary),
            tuple(tile(page, topic) for topic in atlas.topics_of(subarea)),
        )
        for subarea in atlas.subareas_of(path)
    )
    return AreaView(
        path=path,
        slug=path,
        number=atlas.number(path),
        title=safe(area.title),
        aliases=tuple(map(safe, area.aliases)),
        summary=safe(area.summary),
        crumbs=crumbs(page),
        overview=overview,
        subareas=cards,
        topics=len(atlas.topics_of(path)),
        references=page.references(),
        siblings=tuple(map(page.topic_ref, atlas.areas)),
        file=area_file(path),
        data=page.to(data_file(path)),
    )


def subarea_view(atlas: Atlas, path: str) -> SubareaView:
    subarea, page = atlas.subareas[path], Page(atlas, path, "Overview")
    overview = page.html(subarea.overview)
    page.section = "Side by side"
    comparison = _comparison(page, subarea.comparison) if subarea.comparison else None
    area, slug = path.split("/")
    return SubareaView(
        path=path,
        slug=slug,
        number=atlas.number(path),
        title=safe(subarea.title),
        aliases=tuple(map(safe, subarea.aliases)),
        summary=safe(subarea.summary),
        crumbs=crumbs(page, area),
        overview=overview,
        comparison=comparison,
        tiles=tuple(tile(page, topic) for topic in atlas.topics_of(path)),
        references=page.references(),
        siblings=tuple(map(page.topic_ref, atlas.subareas_of(area))),
        area=page.topic_ref(area),
        file=subarea_file(path),
        data=page.to(data_file(path)),
    )


def _comparison(page: Page, comparison: Comparison) -> Table:
    by_slug = {path.rsplit("/", 1)[-1]: path for path in page.atlas.topics_of(page.path)}
    rows = []
    for row in comparison.rows:
        path = by_slug.get(row.topic.rsplit("/", 1)[-1])
        if path:
            name = safe(page.atlas.title(path))
            rows.append(Row(name, page.to(path), tuple(map(page.inline, row.cells)), Markup(), False))
    return Table(tuple(map(page.inline, comparison.columns)), tuple(map(plain, comparison.columns)), tuple(rows))


def home_view(atlas: Atlas) -> HomeView:
    page = Page(atlas, "")
    full = sorted(
        (path for path, topic in atlas.topics.items() if topic.is_full),
        key=lambda path: (-atlas.topics[path].reviewed.toordinal(), atlas.places[path]),
    )
    recent = tuple(
        Recent(tile(page, path), atlas.number(path), safe(atlas.areas[path.split("/")[0]].title)) for path in full[:6]
    )
    cards = tuple(_area_card(page, path) for path in atlas.areas)
    return HomeView(
        safe(atlas.file.title), safe(atlas.file.description), cards, recent, len(atlas.topic_paths), _totals(atlas)
    )


def _area_card(page: Page, path: str) -> AreaCard:
    atlas = page.atlas
    tiles = tuple(tile(page, topic) for topic in atlas.topics_of(path))
    return AreaCard(
        page.topic_ref(path),
        atlas.number(path),
        safe(atlas.areas[path].summary),
        tuple(
            (page.topic_ref(subarea), len(atlas.topics_of(subarea)), bool(atlas.subareas[subarea].comparison))
            for subarea in atlas.subareas_of(path)
        ),
        tiles,
        sum(t.depth == "full" for t in tiles),
    )


def _totals(atlas: Atlas) -> tuple[tuple[str, str], ...]:
    def count(items: Iterable[object]) -> str:
        return grouped(sum(1 for _ in items))

    topics: tuple[Topic, ...] = tuple(atlas.topics.values())
    return (
        (count(topics), "topics"),
        (count(topic for topic in topics if topic.is_full), "full entries"),
        (count(atlas.references), "references"),
        (count(atlas.edges), "typed relations"),
        (count(finding for topic in topics for finding in topic.findings), "findings"),
        (count(problem for topic in topics for problem in topic.open_problems), "open problems"),
    )


def cited_works(atlas: Atlas, page: Page) -> tuple[CitedWork, ...]:
    """Every record, newest year first, and which pages cite it."""
    works = []
    for key, reference in sorted(atlas.references.items(), key=lambda item: (-item[1].year, sort_key(item[0]))):
        works.append(
            CitedWork(
                key,
                reference.year,
                safe(all_authors(reference)),
                safe(reference.title),
                safe(edition(reference)),
                reference.type,
                identifiers(reference),
                safe(reference.checked or ""),
                tuple(map(page.topic_ref, atlas.cited_by.get(key, ()))),
            )
        )
    return tuple(works)


def sort_key(name: str) -> tuple[str, str]:
    """Accents and case aside; equal names then by what tells them apart. Scripts without case keep their own order."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)), name


def names(atlas: Atlas, page: Page) -> tuple[Letter, ...]:
    """Every title, alias and approach, from A to Z; what begins otherwise stands under `#` or its own letter."""
    rows: list[tuple[str, Name]] = []
    for path, title, aliases, approaches in named(atlas):
        ref = page.topic_ref(path)
        parent = safe(parent_title(atlas, path))
        kinds = ((title, "title"), *((a, "alias") for a in aliases), *((a, "approach") for a in approaches))
        rows += ((name, Name(safe(name), ref, kind, parent)) for name, kind in kinds)
    letters: dict[str, list[Name]] = {}
    for name, row in sorted(rows, key=lambda item: (sort_key(item[0]), item[1].topic.path)):
        first = sort_key(name)[0][:1].upper()
        letters.setdefault(first if first.isalpha() else "#", []).append(row)
    return tuple(Letter(letter, tuple(found)) for letter, found in letters.items())


@dataclass(frozen=True)
class Choice:
    """A subarea's topics, for a form that asks for one."""

    subarea: Markup
    path: str
    topics: tuple[tuple[str, Markup], ...]
    """Shortest unambiguous name and title of each."""


def choices(atlas: Atlas) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            safe(subarea.title),
            path,
            tuple((atlas.name_of(topic), safe(atlas.title(topic))) for topic in atlas.topics_of(path)),
        )
        for path, subarea in atlas.subareas.items()
    )


def description(text: str) -> Markup:
    """For a page's front matter: one line, escaped for an attribute."""
    return Markup(prose.escape(" ".join(text.split())))
