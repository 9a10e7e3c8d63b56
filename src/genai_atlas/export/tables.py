"""The atlas as tables: one definition for CSV, its data package, and SQLite. Layer 6; no effects.

Cells hold plain text: citations stand in columns and tables of their own.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from genai_atlas.export import documents as d

Cell = str | int | float | bool | datetime.date | None
Say = Callable[[str], str]
"""The atlas's Markdown -> plain text."""


@dataclass(frozen=True)
class Column:
    name: str
    type: Literal["string", "integer", "number", "boolean", "date"]
    doc: str
    refers_to: str = ""
    """`table.column` of which this is a value."""
    required: bool = True


@dataclass(frozen=True)
class Table:
    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns that no two rows share."""
    rows: tuple[tuple[Cell, ...], ...]


def text(name: str, doc: str, refers_to: str = "", *, required: bool = True) -> Column:
    return Column(name, "string", doc, refers_to, required)


def count(name: str, doc: str, *, required: bool = True) -> Column:
    return Column(name, "integer", doc, "", required)


TOPIC: Final = text("topic", "Path of the topic.", "topics.path")
REF: Final = text("ref", "Citation key.", "works.key")
POSITION: Final = count("position", "From 1, in the order of the page.")
ID: Final = text("id", "Path of the topic, `#`, and the anchor on its page.")
URL: Final = text("url", "Address of the page, or of the place on it.")

_NUMBER: Final = re.compile(r"[+\-−]?\d+(?:,\d{3})*(?:\.\d+)?")


def number(value: int | float | str | None) -> int | float | None:
    """Of what is one plain number, else nothing."""
    if value is None or isinstance(value, int | float):
        return value
    found = value.strip().replace("\u202f", "")
    if not _NUMBER.fullmatch(found):
        return None
    plain = found.replace(",", "").replace("−", "-").lstrip("+")
    return float(plain) if "." in plain else int(plain)


def tables(atlas: d.AtlasDocument, edges: Sequence[d.GraphEdge], say: Say) -> tuple[Table, ...]:
    return (*_outline(atlas), *_works(atlas), *_evidence(atlas, say), *_lists(atlas, say), _relations(edges, say))


def _outline(atlas: d.AtlasDocument) -> Iterator[Table]:
    yield Table(
        "areas",
        "The areas, in order.",
        (text("path", "Identity of the area."), count("number", "From 1."), text("title", "Name."),
         text("summary", "What it is about."), URL),
        ("path",),
        tuple((a.path, a.number, a.title, a.summary, a.meta.url) for a in atlas.areas),
    )  # fmt: skip
    yield Table(
        "subareas",
        "The subareas, in order.",
        (text("path", "Identity of the subarea."), text("area", "Path of the area.", "areas.path"),
         text("title", "Name."), text("summary", "What it is about."), URL),
        ("path",),
        tuple((s.path, s.area.path, s.title, s.summary, s.meta.url) for s in atlas.subareas),
    )  # fmt: skip
    yield Table(
        "topics",
        "The topics, in order.",
        (
            text("path", "Identity of the topic."),
            text("name", "The shortest name that means this topic and no other."),
            text("area", "Path of the area.", "areas.path"),
            text("subarea", "Path of the subarea.", "subareas.path"),
            text("title", "Name."),
            text("kind", "technique, problem, application, theory, evaluation or outlook."),
            text("depth", "full or brief."),
            text("summary", "What it is about."),
            Column("reviewed", "date", "Day of the last full check."),
            Column("review_due", "date", "When it should be looked at again."),
            text("literature_until", "Newest month that was searched, YYYY-MM."),
            count("words", "Of all prose."),
            text("hash", "Content hash of its JSON document."),
            URL,
        ),
        ("path",),
        tuple(
            (t.path, t.name, t.area.path, t.subarea.path, t.title, t.kind.value, t.depth, t.summary, t.reviewed,
             t.review_due, t.literature_until, t.words, t.meta.hash, t.meta.url)
            for t in atlas.topics
        ),
    )  # fmt: skip
    yield Table(
        "aliases",
        "Other names of topics.",
        (TOPIC, text("alias", "Abbreviation, rival name or named method.")),
        ("topic", "alias"),
        tuple((t.path, alias) for t in atlas.topics for alias in t.aliases),
    )
    yield Table(
        "same_as",
        "Subjects of topics in other vocabularies.",
        (
            TOPIC,
            text("concept", "Vocabulary, colon, identifier there."),
            text("label", "What it is called there."),
            text("match", "exact or close, as in SKOS."),
            text("iri", "As data name the concept."),
            text("checked", "What was seen, and when."),
        ),
        ("concept",),
        tuple((t.path, s.concept, s.label, s.match.value, s.iri, s.checked) for t in atlas.topics for s in t.same_as),
    )


def _works(atlas: d.AtlasDocument) -> Iterator[Table]:
    yield Table(
        "works",
        "Every work that is cited.",
        (
            text("key", "Citation key."),
            text("short", "Author and year."),
            text("title", "As printed."),
            text("authors", "Names as they are read, parted by semicolons; `et al.` where some were left out."),
            count("year", "Year of the first public version."),
            count("month", "Month of the first public version.", required=False),
            count("published_year", "Year of the venue, where it differs.", required=False),
            text("venue", "Short name of the venue."),
            text("type", "Kind of publication."),
            Column("peer_reviewed", "boolean", "Whether it is an article or a conference paper."),
            text("arxiv", "arXiv identifier.", required=False),
            text("doi", "Digital object identifier.", required=False),
            text("url", "Where it is found, the most stable address.", required=False),
            text("checked", "Where and when the record was seen, where no index confirms it.", required=False),
        ),
        ("key",),
        tuple(
            (w.key, w.short, w.title, "; ".join((*w.authors, *(["et al."] if w.more_authors else []))), w.year,
             w.month, w.published_year, w.venue, w.type.value, w.peer_reviewed, w.arxiv, w.doi,
             w.links[0] if w.links else None, w.checked)
            for w in atlas.references
        ),
    )  # fmt: skip
    yield Table(
        "authors",
        "The authors of each work, in order.",
        (REF, POSITION, text("name", "As it is read."),
         Column("is_organisation", "boolean", "Whether it is an organisation.")),
        ("ref", "position"),
        tuple(
            (w.key, n, name, name in w.organisations)
            for w in atlas.references
            for n, name in enumerate(w.authors, start=1)
        ),
    )  # fmt: skip
    pages: tuple[d.AreaDocument | d.SubareaDocument | d.TopicDocument, ...] = (
        *atlas.areas,
        *atlas.subareas,
        *atlas.topics,
    )
    yield Table(
        "citations",
        "Every place that cites a work.",
        (
            text("page", "Path of the area, subarea or topic."),
            text("anchor", "Anchor of the citation on its page."),
            REF,
            text("section", "Heading under which it stands."),
            text("locator", "The place in the work.", required=False),
        ),
        ("page", "anchor"),
        tuple(
            (page.path, at.anchor, work.key, at.section, at.locator)
            for page in pages
            for work in page.references
            for at in work.cited_in
        ),
    )


def _evidence(atlas: d.AtlasDocument, say: Say) -> Iterator[Table]:
    yield Table(
        "findings",
        "Measured results, each with comparator, setting and source.",
        (
            ID, TOPIC, text("claim", "What was found."), text("value", "As it is shown."),
            Column("value_number", "number", "The value, where it is one number.", required=False),
            text("unit", "The unit, and which direction is better."),
            text("baselines", "What it is compared with, parted by semicolons.", required=False),
            text("setting", "Model and size, data, hardware, n."),
            REF, text("locator", "Where in the source the value stands."),
            text("basis", "reported or derived."), text("reading", "supports, limits or mixed."), URL,
        ),
        ("id",),
        tuple(
            (f"{t.path}#{f.id}", t.path, say(f.claim), str(f.value), number(f.value), f.unit,
             "; ".join(_baseline(b, say) for b in f.baselines) or None, say(f.setting), f.ref, f.locator,
             f.basis.value, f.reading.value, f"{t.meta.url}#{f.id}")
            for t in atlas.topics for f in t.findings
        ),
    )  # fmt: skip
    yield Table(
        "baselines",
        "What each finding is compared with.",
        (
            text("finding", "The finding.", "findings.id"), POSITION,
            text("value", "As it is shown.", required=False),
            Column("value_number", "number", "The value, where it is one number.", required=False),
            text("what", "What has this value.", required=False),
        ),
        ("finding", "position"),
        tuple(
            (f"{t.path}#{f.id}", n, b.value, number(b.value), say(b.what) if b.what else None)
            for t in atlas.topics for f in t.findings for n, b in enumerate(f.baselines, start=1)
        ),
    )  # fmt: skip
    yield Table(
        "limitations",
        "Conditions under which a subject fails.",
        (ID, TOPIC, text("text", "The condition."), text("refs", "Citation keys, parted by spaces.", required=False),
         URL),
        ("id",),
        tuple(
            (f"{t.path}#{item.id}", t.path, say(item.text), refs(item.text), f"{t.meta.url}#{item.id}")
            for t in atlas.topics for item in t.limitations
        ),
    )  # fmt: skip
    yield Table(
        "open_problems",
        "Open questions.",
        (
            ID, TOPIC, text("question", "The question."), text("known", "What is known so far."),
            text("settled_by", "What result would settle it."),
            text("refs", "Citation keys, parted by spaces.", required=False), URL,
        ),
        ("id",),
        tuple(
            (f"{t.path}#{p.id}", t.path, p.question, say(p.known), say(p.settled_by),
             refs(f"{p.known}\n{p.settled_by}"), f"{t.meta.url}#{p.id}")
            for t in atlas.topics for p in t.open_problems
        ),
    )  # fmt: skip
    yield Table(
        "milestones",
        "Events in the history of a subject.",
        (ID, TOPIC, text("date", "YYYY or YYYY-MM."), count("year", "Of the date."), text("event", "What happened."),
         text("refs", "Citation keys, parted by spaces.", required=False), URL),
        ("id",),
        tuple(
            (f"{t.path}#{m.id}", t.path, m.date, int(m.date[:4]), say(m.event), refs(m.event), f"{t.meta.url}#{m.id}")
            for t in atlas.topics for m in t.milestones
        ),
    )  # fmt: skip


def _baseline(baseline: d.Baseline, say: Say) -> str:
    what = say(baseline.what) if baseline.what else ""
    return f"{baseline.value} ({what})" if baseline.value and what else baseline.value or what


_KEY: Final = re.compile(r"\[(-?@[^\[\]]+)\]")
_ITEM: Final = re.compile(r"@([a-z]+\d{4}[a-z0-9]+)")


def refs(markdown: str) -> str | None:
    keys = (key for cited in _KEY.findall(markdown) for key in _ITEM.findall(cited))
    return " ".join(dict.fromkeys(keys)) or None


def _lists(atlas: d.AtlasDocument, say: Say) -> Iterator[Table]:
    yield Table(
        "approaches",
        "The rows of the tables of approaches.",
        (TOPIC, POSITION, text("name", "Name of the approach."),
         text("covered_by", "Path of the topic that covers it.", required=False),
         text("refs", "Citation keys, parted by spaces.", required=False)),
        ("topic", "position"),
        tuple((t.path, n, row.name, row.topic, " ".join(row.refs) or None) for t, n, row in _approaches(atlas)),
    )  # fmt: skip
    yield Table(
        "approach_cells",
        "The cells of the tables of approaches.",
        (TOPIC, POSITION, text("heading", "Heading of the column."), text("text", "The cell.")),
        ("topic", "position", "heading"),
        tuple(
            (t.path, n, say(heading), say(cell))
            for t, n, row in _approaches(atlas)
            for heading, cell in zip(t.approaches.columns if t.approaches else (), row.cells, strict=True)
        ),
    )
    yield Table(
        "benchmarks",
        "Benchmarks with their known defects.",
        (TOPIC, POSITION, text("name", "Its name."), text("measures", "What it measures."),
         text("caveat", "How it misleads."), text("url", "Where it is published.", required=False)),
        ("topic", "position"),
        tuple(
            (t.path, n, b.name, say(b.measures), say(b.caveat), b.url)
            for t in atlas.topics for n, b in enumerate(t.benchmarks, start=1)
        ),
    )  # fmt: skip
    yield Table(
        "implementations",
        "Libraries and repositories.",
        (TOPIC, POSITION, text("name", "Its name."), text("url", "Where it is."),
         text("licence", "SPDX identifier, or `see repository`."), text("note", "What a user should know.")),
        ("topic", "position"),
        tuple(
            (t.path, n, i.name, i.url, i.licence, say(i.note))
            for t in atlas.topics for n, i in enumerate(t.implementations, start=1)
        ),
    )  # fmt: skip
    yield Table(
        "reading_list",
        "What to read.",
        (TOPIC, POSITION, REF, text("role", "original, survey, tutorial, critical or recent."),
         text("level", "introductory, intermediate or advanced."), text("why", "What it gives.")),
        ("topic", "position"),
        tuple(
            (t.path, n, item.ref, item.role.value, item.level.value, say(item.why))
            for t in atlas.topics for n, item in enumerate(t.reading_list, start=1)
        ),
    )  # fmt: skip


def _approaches(atlas: d.AtlasDocument) -> Iterable[tuple[d.TopicDocument, int, d.Approach]]:
    for topic in atlas.topics:
        if topic.approaches:
            yield from ((topic, n, row) for n, row in enumerate(topic.approaches.rows, start=1))


def _relations(edges: Sequence[d.GraphEdge], say: Say) -> Table:
    return Table(
        "relations",
        "Relations between topics, each once, read `source type target`.",
        (
            text("source", "Path of the topic it starts from.", "topics.path"),
            text("type", "Kind of relation."),
            text("target", "Path of the other topic.", "topics.path"),
            text("family", "structure, use, peers or friction."),
            text("note", "Why."),
            text("author", "Path of the topic whose file states it.", "topics.path"),
        ),
        ("source", "type", "target"),
        tuple((e.source, e.key.value, e.target, e.family, say(e.note), e.author) for e in edges),
    )


def references(table: Table, others: Iterable[Table]) -> Iterator[tuple[str, str, str]]:
    """Column, table, column of each reference that holds: in a part of the atlas, rows may name what lies outside."""
    known = {other.name: other for other in others}
    for i, column in enumerate(table.columns):
        owner, _, field = column.refers_to.partition(".")
        if owner in known:
            place = [c.name for c in known[owner].columns].index(field)
            if {row[i] for row in table.rows} <= {row[place] for row in known[owner].rows}:
                yield column.name, owner, field
