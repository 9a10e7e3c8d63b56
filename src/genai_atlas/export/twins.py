"""The pages as Markdown, and llms.txt, which leads to them. Layer 9; no effects.

A twin says what its page says, in the same order and with the same anchors. Citations are written `[@key, locator]`, as
Pandoc reads them; the keys are those of the reference list at the end.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from genai_atlas.atlas import Atlas
from genai_atlas.change_report import changelog, from_json
from genai_atlas.checks import RULES
from genai_atlas.export import csl_json
from genai_atlas.export import documents as d
from genai_atlas.export.gather import atlas_document, gather, graph_document
from genai_atlas.export.prose_text import escape, escape_line, to_markdown, to_markdown_line
from genai_atlas.export.selection import WHOLE, About, Selection
from genai_atlas.frozen import Release
from genai_atlas.model import Level
from genai_atlas.output import OutputFile
from genai_atlas.prose import Citation, Profile, TopicLink
from genai_atlas.views.changelog import lead
from genai_atlas.views.guide import model_views
from genai_atlas.views.page import show_date
from genai_atlas.views.topic import show_value
from genai_atlas.works import works

SUFFIX: Final = ".md.txt"
"""Of a twin in the folder that the site generator reads, where `.md` would be a page; it is published as `.md`."""
FORMS: Final = ("search", "compare", "paths", "yours")
"""Pages without a twin: their content is what a reader's browser puts together."""


def twin_path(page: str) -> str:
    """Of the page at a path, in the folder that the site generator reads."""
    return f"{page}/index{SUFFIX}" if page else f"index{SUFFIX}"


class Writer:
    """Knows where topics stand. `to` gives the address of the page at a path."""

    def __init__(self, atlas: Atlas, to: Callable[[str], str]) -> None:
        self.atlas = atlas
        self.to = to

    def cite(self, citation: Citation) -> str:
        shown = (f"@{item.key}, {escape(item.locator)}" if item.locator else f"@{item.key}" for item in citation.items)
        return f"[{'; '.join(shown)}]"

    def topic(self, link: TopicLink) -> tuple[str, str]:
        path = self.atlas.resolve(link.slug)
        return link.text or (self.atlas.title(path) if path else link.slug), self.to(path) if path else ""

    def blocks(self, text: str) -> str:
        return to_markdown(text, Profile.MARKDOWN, self)

    def line(self, text: str) -> str:
        return to_markdown_line(text, Profile.MARKDOWN, self)

    def link(self, place: d.Place | d.TopicCard) -> str:
        return f"[{escape(place.title)}]({self.to(place.path)})"


def anchor(identifier: str) -> str:
    return f'<a id="{identifier}"></a>'


def joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def numbered(items: Iterable[str]) -> str:
    return "\n".join(f"{n}. {item}" for n, item in enumerate(items, start=1))


# ---------------------------------------------------------------- one topic


def topic_markdown(document: d.TopicDocument, write: Writer) -> str:
    """From the title to the references. Headings are those of the page."""
    return joined(
        (
            f"# {escape(document.title)}",
            escape_line(document.summary),
            bullets(_facts(document, write)),
            *_first(document, write),
            *_explained(document, write),
            *_evidence(document, write),
            *_practice(document, write),
            *_neighbours(document, write),
            works_list(document.references),
            others(f"More in {escape(document.subarea.title)}", document.siblings, write),
        )
    )


def others(label: str, places: Iterable[d.Place], write: Writer) -> str:
    return f"**{label}.** {'; '.join(map(write.link, places))}"


def _facts(t: d.TopicDocument, write: Writer) -> Iterator[str]:
    yield f"Kind: {t.kind}; depth: {t.depth}, {t.words} words"
    if t.aliases:
        yield f"Also called: {'; '.join(map(escape, t.aliases))}"
    yield f"Part of: {write.link(t.subarea)}, {write.link(t.area)}"
    dates = f"Reviewed {show_date(t.reviewed)}; literature until {show_date(t.literature_until)}"
    yield f"{dates}; review due {show_date(t.review_due)}"
    if t.findings:
        yield f"Evidence: {t.evidence.supports} support, {t.evidence.mixed} mixed, {t.evidence.limits} limit"
    if t.thin:
        yield f"Thin literature: {escape(t.thin)}"
    if t.formerly:
        yield f"Formerly at: {', '.join(t.formerly)}"
    if t.same_as:
        places = (f"[{escape(s.label)}]({s.url}) in {s.vocabulary} ({s.match})" for s in t.same_as)
        yield f"Elsewhere: {', '.join(places)}"
    yield f"Page: {t.meta.url}"
    yield f"Data: {t.meta.data_url}"
    yield f"Release {t.meta.released}, {t.meta.hash}, {t.meta.licence}"


def _first(t: d.TopicDocument, write: Writer) -> Iterator[str]:
    if t.scope:
        yield f"**Scope.** {write.line(t.scope)}"
    for relation in t.relations:
        if relation.type == "distinct_from":
            yield f"**Not to be confused with** {write.link(relation.topic)}: {write.line(relation.note)}"
    if t.prerequisites:
        yield f"**Read first.** {'; '.join(write.line(item.text) for item in t.prerequisites)}"


def _explained(t: d.TopicDocument, write: Writer) -> Iterator[str]:
    if t.depth == "brief":
        yield (
            "**Brief entry.** It says what the subject is, how it relates to its neighbours and what to read. "
            "Overview, findings, limitations and open problems are still to be written."
        )
    if t.overview:
        yield f"{anchor('overview')}\n\n## Overview"
        yield write.blocks(t.overview)
    if t.guidance:
        yield f"{anchor('guidance')}\n\n## Use it when, avoid it when"
        yield "### Use it when"
        yield bullets(map(write.line, t.guidance.use_when))
        yield "### Avoid it when"
        yield bullets(map(write.line, t.guidance.avoid_when))
    if t.mechanism:
        yield f"{anchor(t.mechanism.heading.lower().replace(' ', '-'))}\n\n## {t.mechanism.heading}"
        yield bullets(
            f"{write.line(s.symbol)}: {write.line(s.meaning)}, {write.line(s.shape)}" for s in t.mechanism.notation
        )
        yield write.blocks(t.mechanism.body)


def _evidence(t: d.TopicDocument, write: Writer) -> Iterator[str]:
    if t.findings:
        yield "## Findings"
        yield numbered(finding_lines(finding, write) for finding in t.findings)
    if t.approaches:
        yield "## Approaches side by side"
        yield bullets(_approach(t.approaches, row, write) for row in t.approaches.rows)
    if t.limitations:
        yield "## Limitations"
        yield numbered(f"{anchor(item.id)}{write.line(item.text)}" for item in t.limitations)
    if t.open_problems:
        yield "## Open problems"
        for problem in t.open_problems:
            yield problem_text(problem, anchor(problem.id) + escape(problem.question), write)
    if t.milestones:
        yield "## Milestones"
        yield bullets(f"{anchor(m.id)}{show_date(m.date)}: {write.line(m.event)}" for m in t.milestones)


def finding_lines(f: d.Finding, write: Writer, place: str = "") -> str:
    """An item of a list, with a list of its own."""
    compared = [" ".join(filter(None, (escape(b.value or ""), f"({write.line(b.what)})" if b.what else "")))
                for b in f.baselines]  # fmt: skip
    against = f", against {'; '.join(compared)}" if compared else ", a share of the whole that the setting states"
    return "\n".join(
        (
            f"{place or anchor(f.id)}{write.line(f.claim)}",
            f"   - Value: {escape(show_value(f.value))} {escape(f.unit)}{against}",
            f"   - Setting: {write.line(f.setting)}",
            f"   - {f.reading}, {f.basis}: {escape(f.source)}, {escape(f.locator)} [@{f.ref}]",
        )
    )


def _approach(table: d.Approaches, row: d.Approach, write: Writer) -> str:
    name = f"[{escape(row.name)}]({write.to(row.topic)})" if row.topic else escape(row.name)
    cited = f" [{'; '.join(f'@{key}' for key in row.refs)}]" if row.refs else ""
    cells = (f"{write.line(column)}: {write.line(cell)}" for column, cell in zip(table.columns, row.cells, strict=True))
    return f"**{name}**{cited}. {'; '.join(cells)}"


def problem_text(problem: d.OpenProblem, heading: str, write: Writer) -> str:
    return f"### {heading}\n\n- Known: {write.line(problem.known)}\n- Settled by: {write.line(problem.settled_by)}"


def _practice(t: d.TopicDocument, write: Writer) -> Iterator[str]:
    if t.benchmarks:
        yield "## Benchmarks"
        yield bullets(
            f"{_named(b.name, b.url)}. Measures: {write.line(b.measures)} Mind that: {write.line(b.caveat)}"
            for b in t.benchmarks
        )
    if t.implementations:
        yield "## Implementations"
        yield bullets(f"{_named(i.name, i.url)} ({escape(i.licence)}): {write.line(i.note)}" for i in t.implementations)


def _named(name: str, url: str | None) -> str:
    return f"[{escape(name)}]({url})" if url else escape(name)


def _neighbours(t: d.TopicDocument, write: Writer) -> Iterator[str]:
    yield "## Related topics"
    yield bullets(f"{r.phrase} {write.link(r.topic)}: {write.line(r.note)}" for r in t.relations)
    yield "## Reading list"
    for level in Level:
        items = [item for item in t.reading_list if item.level is level]
        if items:
            yield f"### {level.capitalize()}"
            yield bullets(
                f"{escape(item.title)} [@{item.ref}] ({item.role}; {escape(item.source)}): {write.line(item.why)}"
                for item in items
            )


def works_list(works: Sequence[d.CitedWork]) -> str:
    if not works:
        return ""
    return "## References\n\n" + numbered(f"{anchor(f'ref-{w.number}')}{work_line(w)}" for w in works)


def work_line(w: d.Work) -> str:
    authors = ", ".join(map(escape, w.authors)) + (" et al." if w.more_authors else "")
    venue = f"{escape(w.venue)}{f' {w.published_year}' if w.published_year else ''}"
    links = "".join(f" <{link}>" for link in w.links)
    return f"`{w.key}`: {authors} ({w.year}). *{escape(w.title)}*. {venue}.{links}"


# ---------------------------------------------------------------- areas, subareas, the whole


def area_markdown(a: d.AreaDocument, write: Writer) -> str:
    parts = [f"# {escape(a.title)}", escape_line(a.summary)]
    parts += [f"Also called: {'; '.join(map(escape, a.aliases))}"] if a.aliases else []
    parts += ["## Overview", write.blocks(a.overview)]
    for sub in a.subareas:
        link = f"[{escape(sub.title)}]({write.to(sub.path)})"
        parts += [f"## {link}", escape_line(sub.summary), bullets(_card(card, write) for card in sub.topics)]
    return joined((*parts, works_list(a.references), others("All areas", a.siblings, write)))


def subarea_markdown(s: d.SubareaDocument, write: Writer) -> str:
    parts = [f"# {escape(s.title)}", escape_line(s.summary), f"Part of {write.link(s.area)}"]
    parts += [f"Also called: {'; '.join(map(escape, s.aliases))}"] if s.aliases else []
    parts += ["## Overview", write.blocks(s.overview)]
    if s.comparison:
        columns = tuple(map(write.line, s.comparison.columns))
        parts += ["## The topics side by side"]
        parts += [
            bullets(
                f"**{write.link(row.topic)}**. "
                + "; ".join(f"{name}: {write.line(cell)}" for name, cell in zip(columns, row.cells, strict=True))
                for row in s.comparison.rows
            )
        ]
    parts += ["## State of each page", bullets(_card(card, write) for card in s.topics)]
    return joined((*parts, works_list(s.references), others(f"More in {escape(s.area.title)}", s.siblings, write)))


def _card(card: d.TopicCard, write: Writer) -> str:
    counts = f", {card.findings} findings, {card.open_problems} open problems" if card.depth == "full" else ""
    state = f"{card.kind}, {card.depth}{counts}, reviewed {show_date(card.reviewed)}"
    return f"{write.link(card)} ({state}): {escape(card.summary)}"


def home_markdown(atlas: d.AtlasDocument, write: Writer) -> str:
    parts = [f"# {escape(atlas.title)}", escape_line(atlas.description)]
    for area in atlas.areas:
        parts += [f"## {area.number}. [{escape(area.title)}]({write.to(area.path)})", escape_line(area.summary)]
        parts += [
            bullets(
                f"[{escape(sub.title)}]({write.to(sub.path)}): {'; '.join(map(write.link, sub.topics))}"
                for sub in area.subareas
            )
        ]
    totals = (f"{number} {what.replace('_', ' ')}" for what, number in atlas.totals.items())
    return joined((*parts, "; ".join(totals)))


# ---------------------------------------------------------------- lists


def lists(atlas: d.AtlasDocument, graph: d.GraphDocument, write: Writer) -> Iterator[tuple[str, str]]:
    """Path and text of each page that gathers what stands on others."""
    for path, (heading, lines) in _LISTS.items():
        yield path, joined((f"# {heading}", *lines(atlas, write)))
    titles = {node.id: node.title for node in graph.nodes}
    edges = (
        f"[{escape(titles[e.source])}]({write.to(e.source)}) {graph.types[e.key].phrase.lower()} "
        f"[{escape(titles[e.target])}]({write.to(e.target)}): {write.line(e.note)}"
        for e in graph.edges
    )
    yield "map", joined(("# Map of topics and relations", bullets(edges)))


def _by_topic(
    atlas: d.AtlasDocument, write: Writer, lines: Callable[[d.TopicDocument], Iterable[str]]
) -> Iterator[str]:
    for topic in atlas.topics:
        found = list(lines(topic))
        if found:
            yield f"## [{escape(topic.title)}]({write.to(topic.path)})"
            yield "\n\n".join(found) if found[0].startswith("### ") else "\n".join(found)


def _findings(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    return _by_topic(
        atlas,
        write,
        lambda t: (
            f"{n}. {finding_lines(f, write, f'[{f.id}]({write.to(t.path)}#{f.id}): ')}"
            for n, f in enumerate(t.findings, start=1)
        ),
    )


def _problems(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    return _by_topic(
        atlas,
        write,
        lambda t: (
            problem_text(p, f"[{escape(p.question)}]({write.to(t.path)}#{p.id})", write) for p in t.open_problems
        ),
    )


def _timeline(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    rows = [(m.date, n, m, t) for n, t in enumerate(atlas.topics) for m in t.milestones]
    rows.sort(key=lambda row: (row[0][:4], row[0]), reverse=True)
    for year, group in groupby(rows, key=lambda row: row[0][:4]):
        yield f"## {year}"
        yield bullets(
            f"{show_date(date)}: {write.line(m.event)} ([{escape(t.title)}]({write.to(t.path)}#{m.id}))"
            for date, _, m, t in group
        )


def _benchmarks(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    return _by_topic(
        atlas,
        write,
        lambda t: (
            f"- {_named(b.name, b.url)}. Measures: {write.line(b.measures)} Mind that: {write.line(b.caveat)}"
            for b in t.benchmarks
        ),
    )


def _implementations(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    return _by_topic(
        atlas,
        write,
        lambda t: (f"- {_named(i.name, i.url)} ({escape(i.licence)}): {write.line(i.note)}" for i in t.implementations),
    )


def _references(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    newest = sorted(atlas.references, key=lambda w: (-w.year, w.key))
    yield bullets(f"{work_line(w)} Cited by {'; '.join(map(write.link, w.cited_by))}." for w in newest)


def _names(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    pages: tuple[d.AreaDocument | d.SubareaDocument | d.TopicDocument, ...] = (
        *atlas.areas,
        *atlas.subareas,
        *atlas.topics,
    )
    yield bullets(
        f"[{escape(page.title)}]({write.to(page.path)}){': ' if page.aliases else ''}"
        f"{'; '.join(map(escape, page.aliases))}"
        for page in sorted(pages, key=lambda page: page.title.casefold())
    )


def _topics(atlas: d.AtlasDocument, write: Writer) -> Iterator[str]:
    for subarea in atlas.subareas:
        yield f"## {escape(subarea.title)}"
        yield bullets(_card(card, write) for card in subarea.topics)


_LISTS: Final[dict[str, tuple[str, Callable[[d.AtlasDocument, Writer], Iterator[str]]]]] = {
    "findings": ("Findings", _findings),
    "open-problems": ("Open problems", _problems),
    "timeline": ("Timeline", _timeline),
    "benchmarks": ("Benchmarks", _benchmarks),
    "implementations": ("Implementations", _implementations),
    "references": ("References", _references),
    "names": ("Names", _names),
    "explore": ("Topics", _topics),
}


def _rules() -> str:
    parts = ["# Rules"]
    for rule in RULES:
        parts += [f"## {rule.code} {rule.name}", f"{rule.severity}. {escape(rule.explanation)}"]
        parts += [f"Wrong:\n\n```yaml\n{rule.wrong.strip()}\n```", f"Right:\n\n```yaml\n{rule.right.strip()}\n```"]
    return joined(parts)


def _fields() -> str:
    parts = ["# Fields"]
    for view in model_views():
        parts += [f"## {view.title}", view.doc.striptags()]
        parts += [
            bullets(f"`{f.name}` ({f.type.striptags()}; required: {f.required.striptags()}): {f.doc.striptags()}"
                    for f in view.fields)
        ]  # fmt: skip
    return joined(parts)


# ---------------------------------------------------------------- files


def _changes(releases: Sequence[Release]) -> str:
    parts = ["# Changes"]
    for release in releases:
        changes = from_json(release.changes)
        parts.append(changelog(changes, show_date(release.record.date), lead(release, changes)).rstrip())
    return joined(parts)


def twins(atlas: Atlas, about: About, releases: Sequence[Release] = ()) -> Iterator[OutputFile]:
    """One beside every generated page but the forms; and llms.txt, llms-full.txt."""
    write = Writer(atlas, about.page)
    whole, document = gather(atlas, about), atlas_document(atlas, WHOLE, about)
    topics = {path: topic_markdown(topic, write) for path, topic in whole.topics.items()}
    pages = {
        "": home_markdown(document, write),
        **{path: area_markdown(area, write) for path, area in whole.areas.items()},
        **{path: subarea_markdown(subarea, write) for path, subarea in whole.subareas.items()},
        **topics,
        **dict(lists(document, graph_document(atlas, WHOLE, about), write)),
        "rules": _rules(),
        "schema": _fields(),
        "changes": _changes(releases),
    }
    for path, text in pages.items():
        yield OutputFile.text(twin_path(path), text)
    yield OutputFile.text("llms.txt", llms(document, about))
    yield OutputFile.text("llms-full.txt", "\n---\n\n".join((pages[""], *topics.values())))


def llms(atlas: d.AtlasDocument, about: About) -> str:
    """As llmstxt.org has it: a title, a summary, and lists of links."""
    link = partial(_llms_link, about)
    parts = [
        f"# {escape(about.name)}",
        f"> {escape(about.description)}",
        "Each topic is one Markdown file: overview, mechanism with notation, measured findings with comparator and "
        "source, limitations, open problems, references. Every page of the site has such a twin at its address "
        "followed by `index.md`. Claims have anchors that stay; cite them as page address, `#`, anchor.",
        f"Released {about.released}, {about.licence}.",
    ]
    for area in atlas.areas:
        subareas = (
            "\n".join(
                (
                    f"- {link(sub.path, sub.title)}: {escape(sub.summary)}",
                    *(f"  - {link(t.path, t.title)}: {escape(_first_sentence(t.summary))}" for t in sub.topics),
                )
            )
            for sub in area.subareas
        )
        parts += [f"## {escape(area.title)}", "\n".join(subareas)]
    data = {
        "llms-full.txt": "every topic in one file",
        "data/claims.jsonl": "claims for retrieval, with ids, citations and token counts",
        "data/atlas.json": "everything as JSON",
        "data/openapi.json": "description of the data files",
        "data/atlas.sqlite": "SQLite with a full-text index",
    }
    parts += ["## Data", bullets(f"[{path}]({about.url}{path}): {what}" for path, what in data.items())]
    parts += ["## Optional", bullets(f"{link(path, heading)}" for path, (heading, _) in _LISTS.items())]
    return joined(parts)


def _llms_link(about: About, path: str, title: str) -> str:
    return f"[{escape(title)}]({about.page(path)}index.md)"


def _first_sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return f"{head}." if stop else head


_LINK: Final = re.compile(r"\]\((?![a-z]+:|[#/])([^()\s#]+)(#[\w-]+)?\)")
_FRONT: Final = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)


def handwritten(pages: Iterable[OutputFile], about: About) -> Iterator[OutputFile]:
    """Twins of pages that are Markdown already: without front matter, with addresses for links to files."""
    for page in pages:
        if page.path.endswith(".md"):
            text = _FRONT.sub("", page.data.decode("utf-8", "replace"))
            linked = _LINK.sub(partial(_address, about, page.path.rpartition("/")[0]), text)
            yield OutputFile.text(twin_path(_published(page.path)), linked)


def _address(about: About, folder: str, link: re.Match[str]) -> str:
    target = posixpath.normpath(posixpath.join(folder, link[1]))
    address = about.page(_published(target)) if target.endswith(".md") else about.url + target
    return f"]({address}{link[2] or ''})"


def _published(file: str) -> str:
    """The path of the page that a Markdown file becomes."""
    return file.removesuffix(".md").removesuffix("index").rstrip("/")


# ---------------------------------------------------------------- one file


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    """Exporter `markdown`: the selection in one file for `pandoc --citeproc`, its works in the file's head."""
    write, whole = Writer(atlas, about.page), gather(atlas, about)
    pages = {
        **{path: area_markdown(whole.areas[path], write) for path in selection.areas(atlas)},
        **{path: subarea_markdown(whole.subareas[path], write) for path in selection.subareas(atlas)},
        **{path: topic_markdown(whole.topics[path], write) for path in selection.topics(atlas)},
    }
    order = sorted(pages, key=list(_outline(atlas)).index)
    # An anchor is one of its page; in a file of many pages the page's path stands before it, as in a claim's id.
    body = (pages[path].replace('<a id="', f'<a id="{path}#') for path in order)
    head = {"title": escape(about.title), "date": about.released.isoformat(), "lang": "en"}
    items = map(_for_metadata, map(csl_json.item, works(selection.references(atlas))))
    fields = (
        *(f"{name}: {json.dumps(text)}" for name, text in head.items()),
        "references:",
        *(f"- {i}" for i in items),
    )
    text = "\n".join(("---", *fields, "---", "", *body))
    return (OutputFile.text(f"{selection.name}.md", text),)


def _outline(atlas: Atlas) -> Iterator[str]:
    for area in atlas.areas:
        yield area
        for subarea in atlas.subareas_of(area):
            yield subarea
            yield from atlas.topics_of(subarea)


def _for_metadata(item: dict[str, object]) -> str:
    """JSON is YAML; Pandoc reads the texts in it as Markdown, but for addresses."""

    def written(value: object) -> object:
        if isinstance(value, dict):
            return {
                name: part if name in ("id", "type", "DOI", "URL") else written(part) for name, part in value.items()
            }
        if isinstance(value, list):
            return [written(part) for part in value]
        return escape_line(value) if isinstance(value, str) else value

    return json.dumps(written(item), ensure_ascii=False)
