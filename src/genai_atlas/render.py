"""Views -> OutputFile: every generated page and asset. Layer 10; no effects but the font cache.

Templates loop and print. What they print is `Markup`, escaped when the view was made; anything else is escaped here.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from genai_atlas import fingerprint, formula
from genai_atlas.assets import assets, fonts_beside
from genai_atlas.atlas import Atlas, topic_file
from genai_atlas.diagnostics import Diagnostic
from genai_atlas.diagrams.neighbourhood import neighbourhood
from genai_atlas.diagrams.radial import emblem, world
from genai_atlas.diagrams.timeline import timeline
from genai_atlas.export.atom import Entry, Feed, atom
from genai_atlas.export.cite import cite_file, citing, works_file
from genai_atlas.export.schema_org import json_ld
from genai_atlas.export.selection import About, Selection, about, released
from genai_atlas.frozen import Release
from genai_atlas.output import OutputFile
from genai_atlas.prose import DisplayFormula, Profile, parse
from genai_atlas.repository import ReportForm, edit_address, report_form
from genai_atlas.views import finder, guide, index, lists
from genai_atlas.views.changelog import IN_FEED, RELEASES_IN_FEED, first_path, release_views
from genai_atlas.views.moved import moved_views
from genai_atlas.views.page import Listing, Page, absolute, safe
from genai_atlas.views.topic import crumbs, topic_view


@dataclass(frozen=True)
class Settings:
    """What the pages say of the site itself."""

    name: str = "genai-atlas"
    url: str = "/"
    """Where the site is published; ends with a slash."""
    repository: str = ""
    """Address of the repository, without a slash at its end; empty where it is not known."""
    branch: str = "main"
    motto: str = ""
    """One sentence, the heading of the home page; the atlas's title stands in for it."""

    @property
    def edit(self) -> str:
        """A file's path is put behind it."""
        return edit_address(self.repository, self.branch)

    @property
    def report(self) -> ReportForm:
        """Where a missing topic is proposed."""
        return report_form(self.repository)


def render(
    atlas: Atlas, settings: Settings, cache_folder: Path | None = None, releases: Sequence[Release] = ()
) -> tuple[OutputFile, ...]:
    """Paths are relative to the folder that the site generator reads. `releases` are the frozen ones, newest first."""
    css, characters = _formulas(atlas)
    with fonts_beside(characters, cache_folder):
        pages = (*_pages(atlas, settings), *_changes(atlas, releases, _Printer(settings)))
    return (
        *pages,
        _json("assets/names.json", finder.name_rows(atlas)),
        _json("assets/summaries.json", finder.summaries(atlas)),
        _json("assets/evidence.json", finder.evidence(atlas)),
        _json("assets/state.json", fingerprint.state(atlas)),
        _json("assets/paths.json", [asdict(step) for step in lists.steps(atlas)]),
        *assets(css, characters, cache=cache_folder),
    )


def _json(path: str, data: object) -> OutputFile:
    return OutputFile.text(path, json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")


def _pages(atlas: Atlas, settings: Settings) -> Iterator[OutputFile]:
    show = _Printer(settings)
    yield show("index.md", "home.md.j2", view=index.home_view(atlas), emblem=Markup(emblem(atlas)))
    for area in atlas.areas:
        view = index.area_view(atlas, area)
        yield show(
            f"{area}/index.md",
            "area.md.j2",
            view=view,
            faults=_faults(atlas, view.file),
            works=_works_files(atlas, area),
        )
    for subarea in atlas.subareas:
        below = index.subarea_view(atlas, subarea)
        yield show(
            f"{subarea}/index.md",
            "subarea.md.j2",
            view=below,
            faults=_faults(atlas, below.file),
            works=_works_files(atlas, subarea),
        )
    for path in atlas.topic_paths:
        yield _topic(atlas, path, show)
    yield from _moved(atlas, show)
    yield from _guides(atlas, show)
    yield from _lists(atlas, show)
    if "://" in settings.url:
        described = " ".join(atlas.file.description.split())
        yield show("opensearch.xml", "opensearch.xml.j2", name=settings.name[:16].strip(), description=described[:1024])


class _Printer:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, path: str, template: str, **context: Any) -> OutputFile:
        text = _environment().get_template(template).render(site=self.settings, **context)
        return OutputFile.text(path, text.lstrip("\n").rstrip() + "\n")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("genai_atlas"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        comment_start_string="{##",  # `{#id}` is a heading's anchor in Markdown
        comment_end_string="##}",
    )
    environment.filters["json"] = lambda text: Markup(json.dumps(str(text), ensure_ascii=False))
    environment.filters["number_word"] = lambda n: dict(enumerate(_NUMBERS)).get(n, str(n))
    return environment


_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


def _topic(atlas: Atlas, path: str, show: _Printer) -> OutputFile:
    area, sub, slug = path.split("/")
    if path not in atlas.topics:
        page = Page(atlas, path)
        return show(
            f"{path}.md",
            "faulty.md.j2",
            title=safe(atlas.title(path)),
            number=atlas.number(path),
            area=area,
            sub=sub,
            slug=slug,
            crumbs=crumbs(page, area, f"{area}/{sub}"),
            file=topic_file(path),
            faults=_faults(atlas, topic_file(path)),
        )
    view, facts = topic_view(atlas, path), about(atlas, show.settings.name, show.settings.url)
    return show(
        f"{path}.md",
        "topic.md.j2",
        view=view,
        faults=_faults(atlas, view.file),
        area=area,
        sub=sub,
        neighbourhood=Markup(neighbourhood(view)),
        cite=_cite_forms(atlas, path, facts),
        released=facts.released,
        json_ld=Markup(json.dumps(json_ld(atlas, path, facts), ensure_ascii=False)),
        works=_works_files(atlas, path),
    )


def _cite_forms(atlas: Atlas, path: str, facts: About) -> tuple[dict[str, Markup | str], ...]:
    """What a reader copies by eye stands on the page; the script fetches what only a program reads."""
    page = Page(atlas, path)
    return tuple(
        {
            "name": name,
            "id": f"cite-{ending.split('.')[0]}",
            "text": _shown(text) if ending in ("txt", "bib") else Markup(),
            "href": page.to(f"data/{cite_file(path, ending)}"),
        }
        for name, ending, text in citing(atlas, path, facts).forms
    )


def _shown(text: str) -> Markup:
    """In a `pre`, line by line: what Markdown would take for the layout of its own file is written as entities."""
    lines = (Markup("&#32;") * (len(line) - len(line.lstrip(" "))) + safe(line.strip()) for line in text.split("\n"))
    return Markup("\n").join(lines).strip()


def _works_files(atlas: Atlas, path: str) -> tuple[dict[str, Markup | str], ...]:
    """The works of a page, and of what it belongs to, for reference managers."""
    page, parts = Page(atlas, path), path.split("/")
    levels = ("area", "subarea", "page")[: len(parts)]
    whole = ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return tuple(
        {"level": level, "href": page.to(f"data/{works_file(of)}"), "count": str(len(Selection(of).references(atlas)))}
        for level, of in zip(reversed(levels), whole, strict=True)
    )


def _faults(atlas: Atlas, file: str) -> tuple[dict[str, Markup], ...]:
    return tuple(map(_fault, atlas.faults.get(file, ())))


def _fault(diagnostic: Diagnostic) -> dict[str, Markup]:
    place = diagnostic.location
    return {
        "place": safe(f"{place.path}:{place.line}:{place.column}"),
        "code": safe(diagnostic.code),
        "message": safe(diagnostic.message),
        "hint": safe(diagnostic.hint),
    }


def _moved(atlas: Atlas, show: _Printer) -> Iterator[OutputFile]:
    """Whole pages rather than Markdown: so they stand in no sitemap, and work under any site generator."""
    for view in moved_views(atlas, show.settings.url):
        yield show(f"{view.path}/index.html", "moved.html.j2", view=view)


def _guides(atlas: Atlas, show: _Printer) -> Iterator[OutputFile]:
    works = index.cited_works(atlas, Page(atlas, "references"))
    traits = tuple({"year": (str(work.year),), "work": (work.type,)} for work in works)
    count = len(works)
    described = (
        f"The {count} works that the atlas cites, newest first, each with its identifiers and the pages that cite it."
    )
    yield show(
        "references.md",
        "references.md.j2",
        description=described,
        works=works,
        facets=lists.Facets(atlas)(traits, "year", "work"),
    )
    letters = index.names(atlas, Page(atlas, "names"))
    total = sum(len(letter.names) for letter in letters)
    described = "Every title, abbreviation, rival name and named method, with the page that covers it."
    yield show("names.md", "names.md.j2", description=described, letters=letters, count=total)
    page = Page(atlas, "search")
    topics = sorted(atlas.topic_paths, key=lambda path: index.sort_key(atlas.title(path)))
    rows = tuple(
        (page.topic_ref(path), atlas.topics.get(path), page.topic_ref(path.rsplit("/", 1)[0])) for path in topics
    )
    listed = tuple(
        {"topic": ref, "aliases": tuple(map(safe, topic.aliases)) if topic else (), "subarea": subarea.title}
        for ref, topic, subarea in rows
    )
    yield show("search.md", "search.md.j2", topics=listed)
    yield show("yours.md", "yours.md.j2")
    described = "What the validator refuses, each rule with its reason, a wrong and a right example."
    yield show("rules.md", "rules.md.j2", description=described, families=guide.rule_families())
    described = "The fields of every authored file, as the validator reads them."
    yield show("schema.md", "schema.md.j2", description=described, models=guide.model_views())


def _lists(atlas: Atlas, show: _Printer) -> Iterator[OutputFile]:
    """The whole atlas by what its entries hold: each list with the facets that narrow it."""
    facets = lists.Facets(atlas)
    topics = lists.topics(atlas, Page(atlas, "explore"))
    yield show(
        "explore.md",
        "explore.md.j2",
        topics=topics,
        facets=facets((row.origin.traits for row in topics), "area", "kind", "depth", "has", "type", "alias"),
    )
    problems = lists.problems(atlas, Listing(atlas, "open-problems"))
    yield show(
        "open-problems.md",
        "open_problems.md.j2",
        problems=problems,
        facets=facets((row.origin.traits for row in problems), "area", "kind", "newest"),
    )
    findings = lists.findings(atlas, Listing(atlas, "findings"))
    names = ("area", "kind", "reading", "basis", "year")
    yield show(
        "findings.md",
        "findings.md.j2",
        findings=findings,
        facets=facets((row.origin.traits for row in findings), *names),
    )
    benchmarks = lists.benchmarks(atlas, Listing(atlas, "benchmarks"))
    yield show(
        "benchmarks.md",
        "benchmarks.md.j2",
        benchmarks=benchmarks,
        facets=facets((row.traits for row in benchmarks), "area", "kind"),
    )
    implementations = lists.implementations(atlas, Listing(atlas, "implementations"))
    yield show(
        "implementations.md",
        "implementations.md.j2",
        implementations=implementations,
        facets=facets((row.traits for row in implementations), "area", "kind", "licence"),
    )
    yield from _charts(atlas, show, facets)


def _charts(atlas: Atlas, show: _Printer, facets: lists.Facets) -> Iterator[OutputFile]:
    """Pages that draw the atlas or are put together in the browser."""
    page = Page(atlas, "map")
    relations = lists.relations(atlas, page)
    yield show(
        "map.md",
        "map.md.j2",
        svg=Markup(world(atlas, page)),
        topics=len(atlas.topic_paths),
        relations=relations,
        facets=facets((row.traits for row in relations), "type", "area"),
    )
    years = lists.milestones(atlas, Listing(atlas, "timeline"))
    events = [row for year in years for row in year.milestones]
    yield show(
        "timeline.md",
        "timeline.md.j2",
        svg=Markup(timeline(atlas, years)),
        years=years,
        count=len(events),
        facets=facets((row.origin.traits for row in events), "area", "kind"),
    )
    choices = index.choices(atlas)
    yield show("compare.md", "compare.md.j2", choices=choices)
    yield show("paths.md", "paths.md.j2", choices=choices)


def _changes(atlas: Atlas, releases: Sequence[Release], show: _Printer) -> Iterator[OutputFile]:
    """The page of changes, and where the site's address is known the feeds: one for the atlas, one an area. An area
    that was renamed is fed at its old address too."""
    page, url = Page(atlas, "changes"), show.settings.url
    feeds = ("", *atlas.areas) if "://" in url else ()
    yield show(
        "changes.md",
        "changes.md.j2",
        description="What each release of the data changed, the newest first.",
        releases=release_views(atlas, releases, page.to),
        feeds=[{"title": safe(_feed_title(atlas, area)), "href": page.to(_feed_path(area))} for area in feeds],
    )
    for area in feeds:
        output = atom(_feed(atlas, area, releases, show), url)
        yield output
        for old, now in atlas.redirects.items():
            if area and now == area and "/" not in old:
                yield OutputFile(_feed_path(old), output.data)


def _feed_path(area: str) -> str:
    return f"changes/{area or 'atlas'}.xml"


def _feed_title(atlas: Atlas, area: str) -> str:
    return atlas.areas[area].title if area else f"{atlas.file.title}: everything"


def _feed(atlas: Atlas, area: str, releases: Sequence[Release], show: _Printer) -> Feed:
    site = show.settings
    views = release_views(atlas, releases[:RELEASES_IN_FEED], lambda path: absolute(site.url, path), area, IN_FEED)
    page = f"{site.url}changes/"
    return Feed(
        path=_feed_path(area),
        first_path=_feed_path(first_path(atlas, area, releases)),
        title=f"{site.name}: changes in {_feed_title(atlas, area)}" if area else f"{site.name}: changes",
        subtitle="What each release of the data changed",
        author=site.name,
        rights="CC BY 4.0",
        page=page,
        updated=datetime.date.fromisoformat(views[0].date) if views else released(atlas),
        entries=[
            Entry(
                datetime.date.fromisoformat(view.date),
                f"Release of {view.shown}",
                f"{page}#r{view.date}",
                show(".html", "feed_entry.j2", release=view).data.decode(),
                view.lead,
            )
            for view in views
        ],
    )


def _formulas(atlas: Atlas) -> tuple[str, frozenset[str]]:
    """The stylesheet that the formulas' classes need, and every character they draw."""
    styles: set[str] = set()
    characters: set[str] = set()
    for _, path, _ in atlas.entries():
        for _, profile, text in atlas.texts_of(path):
            if profile is not Profile.PLAIN and "$" in text:
                for tex, display in _convertible(text, profile):
                    converted = formula.convert(tex, display)
                    styles |= converted.styles
                    characters |= formula.characters(converted.html)
    return formula.stylesheet(styles), frozenset(characters)


def _convertible(text: str, profile: Profile) -> Iterator[tuple[str, bool]]:
    for found in parse(text, profile).formulas():
        try:
            formula.convert(found.tex, isinstance(found, DisplayFormula))
        except formula.FormulaError:
            continue  # shown as its source, and reported by the checks
        yield found.tex, isinstance(found, DisplayFormula)
