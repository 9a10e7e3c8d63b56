"""Views -> OutputFile: every generated page and asset. Layer 11; no effects but the font cache.

Templates loop and print. What they print is `Markup`, escaped when the view was made; anything else is escaped here.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

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
from genai_atlas.views.moved import MovedView, moved_views
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


Recipe = Callable[[], OutputFile]


def render(
    atlas: Atlas, settings: Settings, cache_folder: Path | None = None, releases: Sequence[Release] = ()
) -> tuple[OutputFile, ...]:
    """Paths are relative to the folder that the site generator reads. `releases` are the frozen ones, newest first."""
    css, characters = _formulas(atlas)
    with fonts_beside(characters, cache_folder):
        made = tuple(recipe() for recipe in recipes(atlas, settings, releases).values())
    return (*made, *assets(css, characters, cache=cache_folder))


def static(atlas: Atlas, cache_folder: Path | None = None) -> tuple[OutputFile, ...]:
    """What render() gives besides the recipes' files: stylesheet, scripts and fonts."""
    css, characters = _formulas(atlas)
    return assets(css, characters, cache=cache_folder)


def recipes(atlas: Atlas, settings: Settings, releases: Sequence[Release] = ()) -> dict[str, Recipe]:
    """How each page, and each file of data that pages load, is made: by its path, and without the others, so that a
    preview makes what is looked at."""
    show = _Printer(settings)
    found: dict[str, Recipe] = {"index.md": partial(_home, atlas, show)}
    found |= {f"{area}/index.md": partial(_area, atlas, area, show) for area in atlas.areas}
    found |= {f"{subarea}/index.md": partial(_subarea, atlas, subarea, show) for subarea in atlas.subareas}
    found |= {f"{path}.md": partial(_topic, atlas, path, show) for path in atlas.topic_paths}
    found |= {f"{view.path}/index.html": partial(_moved, view, show) for view in moved_views(atlas, settings.url)}
    found |= {f"{name}.md": partial(page, atlas, show) for name, page in _PAGES.items()}
    found |= {f"assets/{name}.json": partial(_json, atlas, name) for name in _DATA}
    if "://" in settings.url:
        found["opensearch.xml"] = partial(_opensearch, atlas, show)
        found |= {path: partial(_feed, atlas, area, path, releases, show) for path, area in _feeds(atlas)}
    return found | {"changes.md": partial(_changes, atlas, releases, show)}


def _json(atlas: Atlas, name: str) -> OutputFile:
    text = json.dumps(_DATA[name](atlas), ensure_ascii=False, separators=(",", ":"))
    return OutputFile.text(f"assets/{name}.json", text + "\n")


_DATA: Final[Mapping[str, Callable[[Atlas], object]]] = {
    "names": finder.name_rows,
    "summaries": finder.summaries,
    "evidence": finder.evidence,
    "state": fingerprint.state,
    "paths": lambda atlas: [asdict(step) for step in lists.steps(atlas)],
}
"""What scripts load, by name."""


def _home(atlas: Atlas, show: _Printer) -> OutputFile:
    return show("index.md", "home.md.j2", view=index.home_view(atlas), emblem=Markup(emblem(atlas)))


def _area(atlas: Atlas, area: str, show: _Printer) -> OutputFile:
    view = index.area_view(atlas, area)
    works = _works_files(atlas, area)
    return show(f"{area}/index.md", "area.md.j2", view=view, faults=_faults(atlas, view.file), works=works)


def _subarea(atlas: Atlas, subarea: str, show: _Printer) -> OutputFile:
    view = index.subarea_view(atlas, subarea)
    works = _works_files(atlas, subarea)
    return show(f"{subarea}/index.md", "subarea.md.j2", view=view, faults=_faults(atlas, view.file), works=works)


def _opensearch(atlas: Atlas, show: _Printer) -> OutputFile:
    name, described = show.settings.name[:16].strip(), " ".join(atlas.file.description.split())
    return show("opensearch.xml", "opensearch.xml.j2", name=name, description=described[:1024])


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


def _moved(view: MovedView, show: _Printer) -> OutputFile:
    """A whole page rather than Markdown: so it stands in no sitemap, and works under any site generator."""
    return show(f"{view.path}/index.html", "moved.html.j2", view=view)


def _references(atlas: Atlas, show: _Printer) -> OutputFile:
    works = index.cited_works(atlas, Page(atlas, "references"))
    traits = tuple({"year": (str(work.year),), "work": (work.type,)} for work in works)
    described = (
        f"The {len(works)} works that the atlas cites, newest first, each with its identifiers and the pages that cite "
        "it."
    )
    facets = lists.Facets(atlas)(traits, "year", "work")
    return show("references.md", "references.md.j2", description=described, works=works, facets=facets)


def _names(atlas: Atlas, show: _Printer) -> OutputFile:
    letters = index.names(atlas, Page(atlas, "names"))
    total = sum(len(letter.names) for letter in letters)
    described = "Every title, abbreviation, rival name and named method, with the page that covers it."
    return show("names.md", "names.md.j2", description=described, letters=letters, count=total)


def _search(atlas: Atlas, show: _Printer) -> OutputFile:
    page = Page(atlas, "search")
    topics = sorted(atlas.topic_paths, key=lambda path: index.sort_key(atlas.title(path)))
    rows = tuple(
        (page.topic_ref(path), atlas.topics.get(path), page.topic_ref(path.rsplit("/", 1)[0])) for path in topics
    )
    listed = tuple(
        {"topic": ref, "aliases": tuple(map(safe, topic.aliases)) if topic else (), "subarea": subarea.title}
        for ref, topic, subarea in rows
    )
    return show("search.md", "search.md.j2", topics=listed)


def _yours(_: Atlas, show: _Printer) -> OutputFile:
    return show("yours.md", "yours.md.j2")


def _rules(_: Atlas, show: _Printer) -> OutputFile:
    described = "What the validator refuses, each rule with its reason, a wrong and a right example."
    return show("rules.md", "rules.md.j2", description=described, families=guide.rule_families())


def _schema(_: Atlas, show: _Printer) -> OutputFile:
    described = "The fields of every authored file, as the validator reads them."
    return show("schema.md", "schema.md.j2", description=described, models=guide.model_views())


def _explore(atlas: Atlas, show: _Printer) -> OutputFile:
    topics = lists.topics(atlas, Page(atlas, "explore"))
    names = ("area", "kind", "depth", "has", "type", "alias")
    facets = lists.Facets(atlas)((row.origin.traits for row in topics), *names)
    return show("explore.md", "explore.md.j2", topics=topics, facets=facets)


def _open_problems(atlas: Atlas, show: _Printer) -> OutputFile:
    problems = lists.problems(atlas, Listing(atlas, "open-problems"))
    facets = lists.Facets(atlas)((row.origin.traits for row in problems), "area", "kind", "newest")
    return show("open-problems.md", "open_problems.md.j2", problems=problems, facets=facets)


def _findings(atlas: Atlas, show: _Printer) -> OutputFile:
    findings = lists.findings(atlas, Listing(atlas, "findings"))
    names = ("area", "kind", "reading", "basis", "year")
    facets = lists.Facets(atlas)((row.origin.traits for row in findings), *names)
    return show("findings.md", "findings.md.j2", findings=findings, facets=facets)


def _benchmarks(atlas: Atlas, show: _Printer) -> OutputFile:
    benchmarks = lists.benchmarks(atlas, Listing(atlas, "benchmarks"))
    facets = lists.Facets(atlas)((row.traits for row in benchmarks), "area", "kind")
    return show("benchmarks.md", "benchmarks.md.j2", benchmarks=benchmarks, facets=facets)


def _implementations(atlas: Atlas, show: _Printer) -> OutputFile:
    found = lists.implementations(atlas, Listing(atlas, "implementations"))
    facets = lists.Facets(atlas)((row.traits for row in found), "area", "kind", "licence")
    return show("implementations.md", "implementations.md.j2", implementations=found, facets=facets)


def _map(atlas: Atlas, show: _Printer) -> OutputFile:
    page = Page(atlas, "map")
    relations = lists.relations(atlas, page)
    facets = lists.Facets(atlas)((row.traits for row in relations), "type", "area")
    svg, count = Markup(world(atlas, page)), len(atlas.topic_paths)
    return show("map.md", "map.md.j2", svg=svg, topics=count, relations=relations, facets=facets)


def _timeline(atlas: Atlas, show: _Printer) -> OutputFile:
    years = lists.milestones(atlas, Listing(atlas, "timeline"))
    events = [row for year in years for row in year.milestones]
    facets = lists.Facets(atlas)((row.origin.traits for row in events), "area", "kind")
    svg, count = Markup(timeline(atlas, years)), len(events)
    return show("timeline.md", "timeline.md.j2", svg=svg, years=years, count=count, facets=facets)


def _compare(atlas: Atlas, show: _Printer) -> OutputFile:
    return show("compare.md", "compare.md.j2", choices=index.choices(atlas))


def _paths(atlas: Atlas, show: _Printer) -> OutputFile:
    return show("paths.md", "paths.md.j2", choices=index.choices(atlas))


_PAGES: Final[Mapping[str, Callable[[Atlas, _Printer], OutputFile]]] = {
    "references": _references,
    "names": _names,
    "search": _search,
    "yours": _yours,
    "rules": _rules,
    "schema": _schema,
    "explore": _explore,
    "open-problems": _open_problems,
    "findings": _findings,
    "benchmarks": _benchmarks,
    "implementations": _implementations,
    "map": _map,
    "timeline": _timeline,
    "compare": _compare,
    "paths": _paths,
}
"""The pages of the whole atlas, by address."""


def _changes(atlas: Atlas, releases: Sequence[Release], show: _Printer) -> OutputFile:
    page = Page(atlas, "changes")
    feeds = ("", *atlas.areas) if "://" in show.settings.url else ()
    return show(
        "changes.md",
        "changes.md.j2",
        description="What each release of the data changed, the newest first.",
        releases=release_views(atlas, releases, page.to),
        feeds=[{"title": safe(_feed_title(atlas, area)), "href": page.to(_feed_path(area))} for area in feeds],
    )


def _feeds(atlas: Atlas) -> Iterator[tuple[str, str]]:
    """Path and area of each feed: one of the atlas, one an area. An area that was renamed is fed at its old address
    too."""
    yield from ((_feed_path(area), area) for area in ("", *atlas.areas))
    yield from ((_feed_path(old), now) for old, now in atlas.redirects.items() if "/" not in old and "/" not in now)


def _feed_path(area: str) -> str:
    return f"changes/{area or 'atlas'}.xml"


def _feed_title(atlas: Atlas, area: str) -> str:
    return atlas.areas[area].title if area else f"{atlas.file.title}: everything"


def _feed(atlas: Atlas, area: str, path: str, releases: Sequence[Release], show: _Printer) -> OutputFile:
    site = show.settings
    views = release_views(atlas, releases[:RELEASES_IN_FEED], lambda path: absolute(site.url, path), area, IN_FEED)
    page = f"{site.url}changes/"
    feed = Feed(
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
    return OutputFile(path, atom(feed, site.url).data)


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
