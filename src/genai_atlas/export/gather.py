"""The atlas -> documents: everything that its pages show, resolved. Layer 8; no effects.

Anchors, citation numbers and computed figures are taken from the views of the pages, so that data and pages cannot
differ in them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, TypeVar

from genai_atlas import model
from genai_atlas.atlas import Atlas, area_file, level, subarea_file, topic_file
from genai_atlas.export import documents as d
from genai_atlas.export.prose_text import to_plain
from genai_atlas.export.selection import WHOLE, About, Selection
from genai_atlas.export.tables import Table, tables
from genai_atlas.model import MECHANISM_HEADING, Kind, Reading, RelationType, Topic, word_count
from genai_atlas.prose import Profile, TopicLink, parse
from genai_atlas.views.page import Page, ReferenceView, author_year, data_file, full_name, identifiers
from genai_atlas.views.topic import (
    FAMILY_OF,
    PHRASES,
    TopicView,
    baseline_parts,
    newest_evidence,
    review_due,
    show_value,
    topic_view,
)

Made = TypeVar("Made")


class OnDemand(Mapping[str, Made]):
    """What is made of a path when it is first asked for: a preview wants one of hundreds."""

    def __init__(self, paths: Iterable[str], make: Callable[[str], Made]) -> None:
        self._paths = dict.fromkeys(paths)
        self._make = cache(make)

    def __getitem__(self, path: str) -> Made:
        if path not in self._paths:
            raise KeyError(path)
        return self._make(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@dataclass(frozen=True)
class Documents:
    """One of each page, by path."""

    areas: Mapping[str, d.AreaDocument]
    subareas: Mapping[str, d.SubareaDocument]
    topics: Mapping[str, d.TopicDocument]


@lru_cache(maxsize=1)
def gather(atlas: Atlas, about: About) -> Documents:
    """Kept for the next caller: a build asks for one atlas in every format."""
    readable = (path for path in atlas.topic_paths if path in atlas.topics)
    return Documents(
        OnDemand(atlas.areas, lambda path: area_document(atlas, path, about)),
        OnDemand(atlas.subareas, lambda path: subarea_document(atlas, path, about)),
        OnDemand(readable, lambda path: topic_document(atlas, path, about)),
    )


def data_path(path: str) -> str:
    """Of a page's JSON, below /data/."""
    return data_file(path).removeprefix("data/")


def meta(about: About, kind: str, file: str, path: str = "", **more: str) -> d.Meta:
    """`file` is the file's path below /data/, `path` that of the page that shows the same."""
    return d.Meta(
        kind=kind,
        format_version=about.format_version,
        released=about.released,
        url=about.page(path),
        data_url=f"{about.url}data/{file}",
        schema_url=f"{about.url}data/schemas/{kind}.schema.json",
        licence=about.licence,
        generator=f"genai-atlas {about.version}",
        **more,
    )


D = TypeVar("D", d.TopicDocument, d.AreaDocument, d.SubareaDocument)


def hashed(document: D) -> D:
    found = d.content_hash(d.plain(document))
    return document.model_copy(update={"meta": document.meta.model_copy(update={"hash": found})})


def _page_meta(about: About, path: str, source: str) -> d.Meta:
    return meta(about, level(path), data_path(path), path, markdown_url=f"{about.page(path)}index.md", source=source)


def place(atlas: Atlas, path: str) -> d.Place:
    return d.Place(path=path, title=atlas.title(path))


# ---------------------------------------------------------------- works


def work_fields(key: str, work: model.Reference) -> dict[str, Any]:
    named = tuple(author for author in work.authors if author != "et al.")
    return {
        "key": key,
        "short": author_year(work),
        "title": work.title,
        "authors": tuple(map(full_name, named)),
        "organisations": tuple(full_name(author) for author in named if author.startswith("{")),
        "more_authors": "et al." in work.authors,
        "year": work.year,
        "month": work.month,
        "published_year": work.published_year,
        "venue": work.venue,
        "type": work.type,
        "peer_reviewed": work.is_peer_reviewed,
        "arxiv": work.arxiv,
        "doi": work.doi,
        "links": tuple(_raw(link.href) for link in identifiers(work)),
        "checked": work.checked,
    }


def _raw(shown: str) -> str:
    """What was escaped for a page, as it was."""
    return html.unescape(str(shown))


def _cited_works(atlas: Atlas, references: Iterable[ReferenceView]) -> tuple[d.CitedWork, ...]:
    return tuple(
        d.CitedWork(
            number=view.number,
            cited_in=tuple(
                d.CitedAt(anchor=back.anchor, section=_raw(back.section), locator=_raw(back.locator) or None)
                for back in view.cited_in
            ),
            **work_fields(view.key, atlas.references[view.key]),
        )
        for view in references
        if view.key in atlas.references
    )


def listed_works(atlas: Atlas, selection: Selection = WHOLE) -> tuple[d.ListedWork, ...]:
    pages = set(selection.pages(atlas))
    return tuple(
        d.ListedWork(
            cited_by=tuple(place(atlas, path) for path in atlas.cited_by.get(key, ()) if path in pages),
            **work_fields(key, work),
        )
        for key, work in selection.references(atlas).items()
    )


# ---------------------------------------------------------------- topics


def topic_document(atlas: Atlas, path: str, about: About) -> d.TopicDocument:
    topic, view = atlas.topics[path], topic_view(atlas, path)
    area, subarea, _ = path.split("/")
    parent = f"{area}/{subarea}"
    return hashed(
        d.TopicDocument(
            meta=_page_meta(about, path, topic_file(path)),
            path=path,
            name=atlas.name_of(path),
            title=topic.title,
            aliases=topic.aliases,
            kind=topic.kind,
            depth=topic.depth,
            summary=topic.summary,
            area=place(atlas, area),
            area_number=atlas.number(path),
            subarea=place(atlas, parent),
            scope=topic.scope,
            reviewed=topic.reviewed,
            review_due=review_due(topic),
            literature_until=topic.literature_until,
            words=word_count(topic),
            evidence=_evidence(topic),
            thin=topic.thin,
            formerly=topic.formerly,
            same_as=tuple(
                d.SameAs(**same.model_dump(), vocabulary=same.vocabulary, iri=same.iri, url=same.url)
                for same in topic.same_as
            ),
            prerequisites=tuple(_prerequisite(atlas, text) for text in topic.prerequisites),
            read_before=tuple(place(atlas, earlier) for earlier in atlas.read_before[path]),
            overview=topic.overview,
            guidance=d.Guidance(**topic.guidance.model_dump()) if topic.guidance else None,
            mechanism=_mechanism(topic),
            approaches=_approaches(atlas, topic),
            relations=_relations(atlas, path),
            references=_cited_works(atlas, view.references),
            siblings=tuple(place(atlas, sibling) for sibling in atlas.topics_of(parent)),
            **_evidence_fields(atlas, topic, view),
        )
    )


def _evidence_fields(atlas: Atlas, topic: Topic, view: TopicView) -> dict[str, Any]:
    """What consists of items, most of them with an anchor."""
    return {
        "findings": tuple(
            _finding(atlas, finding, shown.anchor) for finding, shown in zip(topic.findings, view.findings, strict=True)
        ),
        "limitations": tuple(
            d.Limitation(id=shown.anchor, text=text)
            for text, shown in zip(topic.limitations, view.limitations, strict=True)
        ),
        "open_problems": tuple(
            d.OpenProblem(id=shown.anchor, **problem.model_dump())
            for problem, shown in zip(topic.open_problems, view.open_problems, strict=True)
        ),
        "milestones": tuple(
            d.Milestone(id=shown.anchor, **milestone.model_dump())
            for milestone, shown in zip(topic.milestones, view.milestones, strict=True)
        ),
        "benchmarks": tuple(d.Benchmark(**benchmark.model_dump()) for benchmark in topic.benchmarks),
        "implementations": tuple(d.Implementation(**item.model_dump()) for item in topic.implementations),
        "reading_list": tuple(_reading_item(atlas, item) for item in topic.reading_list),
    }


def _evidence(topic: Topic) -> d.Evidence:
    counts = {reading.value: sum(finding.reading is reading for finding in topic.findings) for reading in Reading}
    return d.Evidence(**counts)


def _prerequisite(atlas: Atlas, text: str) -> d.Prerequisite:
    named = (atlas.resolve(link.slug) for link in parse(text, Profile.MARKDOWN).topic_links())
    return d.Prerequisite(text=text, topics=tuple(path for path in named if path))


def _mechanism(topic: Topic) -> d.Mechanism | None:
    if not topic.mechanism:
        return None
    heading = MECHANISM_HEADING[Kind(topic.kind)]
    notation = tuple(d.Symbol(**symbol.model_dump()) for symbol in topic.mechanism.notation)
    return d.Mechanism(heading=heading, notation=notation, body=topic.mechanism.body)


def _approaches(atlas: Atlas, topic: Topic) -> d.Approaches | None:
    if not topic.approaches:
        return None
    rows = tuple(
        d.Approach(name=row.name, topic=atlas.resolve(row.topic) if row.topic else None, cells=row.cells, refs=row.refs)
        for row in topic.approaches.rows
    )
    return d.Approaches(columns=topic.approaches.columns, rows=rows)


def _finding(atlas: Atlas, finding: model.Finding, anchor: str) -> d.Finding:
    return d.Finding(
        id=anchor,
        claim=finding.claim,
        value=finding.value,
        baselines=tuple(
            d.Baseline(value=show_value(value) or None, what=what or None)
            for value, what in baseline_parts(finding.baseline)
        ),
        unit=finding.unit,
        setting=finding.setting,
        ref=finding.ref,
        source=source(atlas, finding.ref),
        locator=finding.locator,
        basis=finding.basis,
        reading=finding.reading,
    )


def source(atlas: Atlas, key: str) -> str:
    reference = atlas.references.get(key)
    return author_year(reference) if reference else key


def _reading_item(atlas: Atlas, item: model.ReadingItem) -> d.ReadingItem:
    reference = atlas.references.get(item.ref)
    return d.ReadingItem(
        title=reference.title if reference else item.ref, source=source(atlas, item.ref), **item.model_dump()
    )


def _relations(atlas: Atlas, path: str) -> tuple[d.Relation, ...]:
    """In the order of the page: by type, then by the outline."""
    order = list(FAMILY_OF)
    found = sorted(atlas.relations_of(path), key=lambda relation: (order.index(relation[0]), atlas.places[relation[1]]))
    return tuple(
        d.Relation(type=kind, phrase=PHRASES[kind], family=FAMILY_OF[kind], topic=place(atlas, other), note=note)
        for kind, other, note in found
    )


# ---------------------------------------------------------------- areas and subareas


def area_document(atlas: Atlas, path: str, about: About) -> d.AreaDocument:
    area, page = atlas.areas[path], Page(atlas, path, "Overview")
    page.html(area.overview)
    return hashed(
        d.AreaDocument(
            meta=_page_meta(about, path, area_file(path)),
            path=path,
            number=atlas.number(path),
            title=area.title,
            aliases=area.aliases,
            summary=area.summary,
            overview=area.overview,
            subareas=tuple(
                d.SubareaCard(
                    path=subarea,
                    title=atlas.subareas[subarea].title,
                    summary=atlas.subareas[subarea].summary,
                    topics=_cards(atlas, subarea),
                )
                for subarea in atlas.subareas_of(path)
            ),
            references=_cited_works(atlas, page.references()),
            siblings=tuple(place(atlas, other) for other in atlas.areas),
        )
    )


def subarea_document(atlas: Atlas, path: str, about: About) -> d.SubareaDocument:
    subarea, page = atlas.subareas[path], Page(atlas, path, "Overview")
    page.html(subarea.overview)
    page.section = "Side by side"
    comparison = _comparison(page, subarea.comparison) if subarea.comparison else None
    area = path.split("/")[0]
    return hashed(
        d.SubareaDocument(
            meta=_page_meta(about, path, subarea_file(path)),
            path=path,
            title=subarea.title,
            aliases=subarea.aliases,
            summary=subarea.summary,
            area=place(atlas, area),
            area_number=atlas.number(path),
            overview=subarea.overview,
            comparison=comparison,
            topics=_cards(atlas, path),
            references=_cited_works(atlas, page.references()),
            siblings=tuple(place(atlas, other) for other in atlas.subareas_of(area)),
        )
    )


def _comparison(page: Page, comparison: model.Comparison) -> d.Comparison:
    """The cells are read in the order of the page, which numbers their citations: columns last."""
    by_slug = {path.rsplit("/", 1)[-1]: path for path in page.atlas.topics_of(page.path)}
    rows = []
    for row in comparison.rows:
        path = by_slug.get(row.topic.rsplit("/", 1)[-1])
        if path:
            for cell in row.cells:
                page.inline(cell)
            rows.append(d.ComparisonRow(topic=place(page.atlas, path), cells=row.cells))
    for column in comparison.columns:
        page.inline(column)
    return d.Comparison(columns=comparison.columns, rows=tuple(rows))


def _cards(atlas: Atlas, parent: str) -> tuple[d.TopicCard, ...]:
    return tuple(
        d.TopicCard(
            path=path,
            title=topic.title,
            kind=topic.kind,
            depth=topic.depth,
            findings=len(topic.findings),
            open_problems=len(topic.open_problems),
            reviewed=topic.reviewed,
            summary=topic.summary,
        )
        for path in atlas.topics_of(parent)
        if (topic := atlas.topics.get(path))
    )


# ---------------------------------------------------------------- the whole


def atlas_document(atlas: Atlas, selection: Selection, about: About) -> d.AtlasDocument:
    whole = gather(atlas, about)
    topics = tuple(whole.topics[path] for path in selection.topics(atlas))
    works = listed_works(atlas, selection)
    return d.AtlasDocument(
        meta=meta(about, "atlas", "atlas.json", selection.path),
        title=about.title,
        description=about.description,
        totals={
            "topics": len(topics),
            "full_entries": sum(topic.depth == "full" for topic in topics),
            "references": len(works),
            "relations": len(_edges(atlas, selection)),
            "findings": sum(len(topic.findings) for topic in topics),
            "open_problems": sum(len(topic.open_problems) for topic in topics),
        },
        areas=tuple(whole.areas[path] for path in selection.areas(atlas)),
        subareas=tuple(whole.subareas[path] for path in selection.subareas(atlas)),
        topics=topics,
        references=works,
        moved={old: path for old, path in sorted(atlas.successors.items()) if selection.holds(path)},
        retired={old: _retired(atlas, entry) for old, entry in atlas.retired.items() if selection.holds(old)},
    )


def _retired(atlas: Atlas, entry: model.Retired) -> d.Retired:
    return d.Retired(date=entry.date, reason=entry.reason, see=atlas.resolve_page(entry.see) if entry.see else None)


def _edges(atlas: Atlas, selection: Selection) -> tuple[d.GraphEdge, ...]:
    """Relations between topics of the selection that could be read, in the order of their sources."""
    chosen = set(selection.topics(atlas))
    found = (edge for edge in atlas.edges if edge.source in chosen and edge.target in chosen)
    ordered = sorted(found, key=lambda edge: (atlas.places[edge.source], atlas.places[edge.target], edge.type))
    return tuple(
        d.GraphEdge(
            source=edge.source,
            target=edge.target,
            key=edge.type,
            family=FAMILY_OF[edge.type],
            note=edge.note,
            author=edge.author,
        )
        for edge in ordered
    )


def graph_document(atlas: Atlas, selection: Selection, about: About) -> d.GraphDocument:
    nodes = []
    for path in selection.topics(atlas):
        topic, (area, subarea, _) = atlas.topics[path], path.split("/")
        nodes.append(
            d.Node(
                id=path,
                title=topic.title,
                kind=topic.kind,
                depth=topic.depth,
                area=area,
                subarea=f"{area}/{subarea}",
            )
        )
    types = {
        kind: d.EdgeType(
            phrase=PHRASES[kind], family=FAMILY_OF[kind], inverse=kind.inverse, symmetric=kind.inverse is kind
        )
        for kind in RelationType
    }
    return d.GraphDocument(
        meta=meta(about, "graph", "graph.json", "map"),
        directed=True,
        multigraph=True,
        graph={"name": about.title},
        types=types,
        nodes=tuple(nodes),
        edges=_edges(atlas, selection),
    )


def names_document(atlas: Atlas, about: About) -> d.NamesDocument:
    names = [_name(atlas, path, area.aliases, area.summary) for path, area in atlas.areas.items()]
    names += [_name(atlas, path, subarea.aliases, subarea.summary) for path, subarea in atlas.subareas.items()]
    for path in atlas.topic_paths:
        if topic := atlas.topics.get(path):
            own = {name.casefold() for name in (topic.title, *topic.aliases)}
            rows = topic.approaches.rows if topic.approaches else ()
            approaches = tuple(row.name for row in rows if row.name.casefold() not in own and not row.topic)
            more = {"approaches": approaches, "kind": topic.kind, "depth": topic.depth}
            names.append(_name(atlas, path, topic.aliases, topic.summary, **more))
    return d.NamesDocument(meta=meta(about, "search-names", "search-names.json", "names"), names=tuple(names))


def _name(atlas: Atlas, path: str, aliases: tuple[str, ...], summary: str, **more: Any) -> d.Name:
    head, stop, _ = summary.partition(". ")
    level = LEVEL_OF[path.count("/")]
    parent = atlas.title(path.rpartition("/")[0]) if "/" in path else None
    return d.Name(
        path=path,
        title=atlas.title(path),
        aliases=aliases,
        level=level,
        parent=parent,
        blurb=f"{head}." if stop else head,
        **{"approaches": (), **more},
    )


LEVEL_OF: tuple[Literal["area", "subarea", "topic"], ...] = ("area", "subarea", "topic")


def _origin(document: d.TopicDocument) -> dict[str, Any]:
    topic = d.Place(path=document.path, title=document.title)
    return {"topic": topic, "subarea": document.subarea, "area": document.area, "kind": document.kind}


def findings(atlas: Atlas, selection: Selection, about: About) -> tuple[d.ListedFinding, ...]:
    def row(document: d.TopicDocument, finding: d.Finding) -> d.ListedFinding:
        own = {name: getattr(finding, name) for name in d.Finding.model_fields}
        return d.ListedFinding(url=f"{document.meta.url}#{finding.id}", **_origin(document), **own)

    return _rows(atlas, selection, about, lambda topic: (row(topic, finding) for finding in topic.findings))


def problems(atlas: Atlas, selection: Selection, about: About) -> tuple[d.ListedProblem, ...]:
    def row(document: d.TopicDocument, problem: d.OpenProblem) -> d.ListedProblem:
        refs = cited_keys(problem.known, problem.settled_by)
        return d.ListedProblem(
            url=f"{document.meta.url}#{problem.id}",
            refs=refs,
            newest_evidence=newest_evidence(atlas, problem.known, problem.settled_by),
            **_origin(document),
            **problem.model_dump(),
        )

    return _rows(atlas, selection, about, lambda topic: (row(topic, problem) for problem in topic.open_problems))


R = TypeVar("R")


def _rows(
    atlas: Atlas, selection: Selection, about: About, of: Callable[[d.TopicDocument], Iterable[R]]
) -> tuple[R, ...]:
    whole = gather(atlas, about).topics
    return tuple(row for path in selection.topics(atlas) for row in of(whole[path]))


def cited_keys(*texts: str) -> tuple[str, ...]:
    """In order of appearance, each once."""
    found = (item.key for text in texts for cite in parse(text, Profile.MARKDOWN).citations() for item in cite.items)
    return tuple(dict.fromkeys(found))


def findings_document(atlas: Atlas, about: About) -> d.FindingsDocument:
    rows = findings(atlas, WHOLE, about)
    return d.FindingsDocument(meta=meta(about, "findings", "findings.json", "findings"), findings=rows)


def problems_document(atlas: Atlas, about: About) -> d.ProblemsDocument:
    about_file = meta(about, "open-problems", "open-problems.json", "open-problems")
    return d.ProblemsDocument(meta=about_file, open_problems=problems(atlas, WHOLE, about))


def references_document(atlas: Atlas, about: About) -> d.ReferencesDocument:
    rows = listed_works(atlas)
    return d.ReferencesDocument(meta=meta(about, "references", "references.json", "references"), references=rows)


# ---------------------------------------------------------------- text


def sayer(atlas: Atlas) -> Callable[[str], str]:
    """The atlas's Markdown -> plain text, in which links to topics are their titles."""

    def name(link: TopicLink) -> str:
        path = atlas.resolve(link.slug)
        return link.text or (atlas.title(path) if path else link.slug)

    return lambda text: to_plain(text, Profile.MARKDOWN, name)


def all_tables(atlas: Atlas, selection: Selection, about: About) -> tuple[Table, ...]:
    document = atlas_document(atlas, selection, about)
    return tables(document, _edges(atlas, selection), sayer(atlas))


def claims(atlas: Atlas, selection: Selection, about: About) -> tuple[d.Claim, ...]:
    """Every passage of a topic that has an anchor, in the order of the page."""
    say = sayer(atlas)
    return tuple(_rows(atlas, selection, about, lambda topic: _claims(atlas, topic, say)))


def _claims(atlas: Atlas, topic: d.TopicDocument, say: Callable[[str], str]) -> Iterable[d.Claim]:
    def claim(kind: str, anchor: str, *texts: str, cited: tuple[d.Citation, ...] | None = None, **more: Any) -> d.Claim:
        text = " ".join(say(text) for text in texts)
        return d.Claim.model_validate(
            {
                "id": f"{topic.path}#{anchor}",
                "type": kind,
                "text": text,
                "topic": topic.path,
                "title": topic.title,
                "area": topic.area.title,
                "citations": citations(atlas, *texts) if cited is None else cited,
                "reviewed": topic.reviewed,
                "url": f"{topic.meta.url}#{anchor}",
                "tokens": estimate_tokens(text),
                **more,
            }
        )

    yield claim("summary", "content", topic.summary)
    if topic.overview:
        yield claim("overview", "overview", topic.overview)
    if topic.guidance:
        yield claim("guidance", "guidance", *_guidance_texts(topic.guidance))
    if topic.mechanism:
        yield claim("mechanism", topic.mechanism.heading.lower().replace(" ", "-"), topic.mechanism.body)
    for f in topic.findings:
        source = citation(atlas, f.ref, f.locator)
        yield claim("finding", f.id, *_finding_texts(f), cited=(source,), reading=f.reading)
    for item in topic.limitations:
        yield claim("limitation", item.id, item.text)
    for problem in topic.open_problems:
        yield claim("open_problem", problem.id, problem.question, "Known: " + problem.known,
                    "Settled by: " + problem.settled_by)  # fmt: skip
    for milestone in topic.milestones:
        yield claim("milestone", milestone.id, f"{milestone.date}: {milestone.event}", date=milestone.date)


def _guidance_texts(guidance: d.Guidance) -> Iterable[str]:
    yield "Use it when:"
    yield from guidance.use_when
    yield "Avoid it when:"
    yield from guidance.avoid_when


def _finding_texts(finding: d.Finding) -> Iterable[str]:
    yield finding.claim
    shown = [" ".join(filter(None, (b.value, f"({b.what})" if b.what else ""))) for b in finding.baselines]
    against = f", against {'; '.join(shown)}" if shown else ""
    yield f"Value: {show_value(finding.value)} {finding.unit}{against}."
    yield f"Setting: {finding.setting}."


def citation(atlas: Atlas, key: str, locator: str = "") -> d.Citation:
    reference = atlas.references.get(key)
    links = identifiers(reference) if reference else ()
    url = _raw(links[0].href) if links else None
    return d.Citation(key=key, locator=locator or None, source=source(atlas, key), url=url)


def citations(atlas: Atlas, *texts: str) -> tuple[d.Citation, ...]:
    items = (item for text in texts for cite in parse(text, Profile.MARKDOWN).citations() for item in cite.items)
    return tuple(dict.fromkeys(citation(atlas, item.key, item.locator) for item in items))


_PIECE = re.compile(r"[^\W\d_]+|\d{1,3}|[^\w\s]+|_")


def estimate_tokens(text: str) -> int:
    """Pieces that tokenizers seldom join; a word of more than eight letters counts as two or more."""
    return sum(1 + (len(piece) - 1) // 8 for piece in _PIECE.findall(text))
