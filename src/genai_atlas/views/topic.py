"""One topic's page. Layer 7; no effects."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from genai_atlas import prose
from genai_atlas.atlas import Atlas, topic_file
from genai_atlas.fingerprint import fingerprint
from genai_atlas.model import (
    MECHANISM_HEADING,
    Finding,
    Kind,
    Level,
    Match,
    Reading,
    RelationType,
    Topic,
    word_count,
)
from genai_atlas.prose import Profile
from genai_atlas.views.page import Page, ReferenceView, TopicRef, author_year, data_file, grouped, safe, show_date

FAMILIES: Mapping[str, tuple[RelationType, ...]] = {
    "structure": (
        RelationType.SPECIALIZES, RelationType.GENERALIZES, RelationType.PART_OF, RelationType.HAS_PART,
        RelationType.BUILDS_ON, RelationType.BASIS_OF,
    ),
    "use": (
        RelationType.ADDRESSES, RelationType.ADDRESSED_BY, RelationType.APPLIED_IN, RelationType.APPLIES,
        RelationType.EVALUATED_BY, RelationType.EVALUATES, RelationType.EXPLAINED_BY, RelationType.EXPLAINS,
    ),
    "peers": (RelationType.ALTERNATIVE_TO, RelationType.COMPLEMENTS),
    "friction": (RelationType.IN_TENSION_WITH, RelationType.OVERLAPS_WITH, RelationType.DISTINCT_FROM),
}  # fmt: skip
"""The types in the order of a page; a family has one colour."""
FAMILY_OF: Mapping[RelationType, str] = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}

PHRASES: Mapping[RelationType, str] = {
    RelationType.SPECIALIZES: "Is a kind of",
    RelationType.GENERALIZES: "Has as kinds",
    RelationType.PART_OF: "Is part of",
    RelationType.HAS_PART: "Has as parts",
    RelationType.BUILDS_ON: "Builds on",
    RelationType.BASIS_OF: "Is the basis of",
    RelationType.ADDRESSES: "Is a means against",
    RelationType.ADDRESSED_BY: "Is addressed by",
    RelationType.APPLIED_IN: "Is used in",
    RelationType.APPLIES: "Uses",
    RelationType.EVALUATED_BY: "Is measured by",
    RelationType.EVALUATES: "Measures",
    RelationType.EXPLAINED_BY: "Is explained by",
    RelationType.EXPLAINS: "Explains",
    RelationType.ALTERNATIVE_TO: "Is an alternative to",
    RelationType.COMPLEMENTS: "Works together with",
    RelationType.IN_TENSION_WITH: "Is in tension with",
    RelationType.OVERLAPS_WITH: "Overlaps with",
    RelationType.DISTINCT_FROM: "Is often confused with",
}


@dataclass(frozen=True)
class Crumb:
    href: str
    title: Markup


@dataclass(frozen=True)
class Related:
    topic: TopicRef
    note: Markup


@dataclass(frozen=True)
class RelationGroup:
    type: str
    family: str
    phrase: str
    items: tuple[Related, ...]


@dataclass(frozen=True)
class SymbolView:
    symbol: Markup
    meaning: Markup
    shape: Markup


@dataclass(frozen=True)
class MechanismView:
    heading: str
    anchor: str
    notation: tuple[SymbolView, ...]
    body: Markup


@dataclass(frozen=True)
class Row:
    name: Markup
    href: str
    cells: tuple[Markup, ...]
    citations: Markup
    is_here: bool


@dataclass(frozen=True)
class Table:
    columns: tuple[Markup, ...]
    labels: tuple[Markup, ...]
    """The columns as plain text, for screens too narrow for a table."""
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class BaselineView:
    value: Markup
    what: Markup
    bar: float | None
    """Length in percent of the longest of the row."""


@dataclass(frozen=True)
class FindingView:
    anchor: str
    number: int
    claim: Markup
    value: Markup
    unit: Markup
    bar: float | None
    baselines: tuple[BaselineView, ...]
    setting: Markup
    source: Markup
    who: Markup
    locator: Markup
    basis: str
    reading: str


@dataclass(frozen=True)
class Item:
    """A piece of text with an address of its own."""

    anchor: str
    text: Markup


@dataclass(frozen=True)
class ProblemView:
    anchor: str
    question: Markup
    known: Markup
    settled_by: Markup


@dataclass(frozen=True)
class MilestoneView:
    anchor: str
    date: str
    shown: str
    event: Markup


@dataclass(frozen=True)
class BenchmarkView:
    name: Markup
    href: Markup
    measures: Markup
    caveat: Markup


@dataclass(frozen=True)
class ImplementationView:
    name: Markup
    href: Markup
    licence: Markup
    note: Markup


@dataclass(frozen=True)
class ReadingView:
    title: Markup
    citation: Markup
    role: str
    who: Markup
    why: Markup


@dataclass(frozen=True)
class ReadingLevel:
    level: str
    items: tuple[ReadingView, ...]


@dataclass(frozen=True)
class Share:
    """A part of the evidence bar, in percent of its width."""

    reading: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class ConceptView:
    label: Markup
    href: str
    vocabulary: str
    match: Match
    checked: Markup
    """What was seen, and when."""


@dataclass(frozen=True)
class TopicView:
    path: str
    slug: str
    number: int
    """The area's, from 1."""
    title: Markup
    kind: str
    depth: str
    aliases: tuple[Markup, ...]
    summary: Markup
    crumbs: tuple[Crumb, ...]
    scope: Markup
    confusable: tuple[Related, ...]
    comparable: tuple[tuple[str, Markup], ...]
    """Address of the comparison and title: what it is confused with, an alternative to, overlapping with; siblings."""
    reading_path: str
    """Address of the path that leads here; empty where nothing is to be read before."""
    prerequisites: tuple[Markup, ...]
    reviewed: str
    reviewed_shown: str
    literature_until: str
    due: str
    due_shown: str
    due_day: str
    """`due_shown` to the day."""
    fingerprint: str
    successor_of: tuple[str, ...]
    """Paths of the past whose readers come here."""
    words: str
    thin: Markup
    formerly: tuple[Markup, ...]
    same_as: tuple[ConceptView, ...]
    overview: Markup
    guidance: tuple[tuple[Markup, ...], tuple[Markup, ...]] | None
    mechanism: MechanismView | None
    findings: tuple[FindingView, ...]
    evidence: tuple[Share, ...]
    approaches: Table | None
    limitations: tuple[Item, ...]
    open_problems: tuple[ProblemView, ...]
    milestones: tuple[MilestoneView, ...]
    benchmarks: tuple[BenchmarkView, ...]
    implementations: tuple[ImplementationView, ...]
    relations: tuple[RelationGroup, ...]
    reading_list: tuple[ReadingLevel, ...]
    references: tuple[ReferenceView, ...]
    siblings: tuple[TopicRef, ...]
    subarea: TopicRef
    file: str
    data: str
    """Of the same content as JSON."""


def review_due(topic: Topic) -> datetime.date:
    """`review_by`, or twelve months after the last review."""
    if topic.review_by:
        return topic.review_by
    day = topic.reviewed
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap else day.day)


def topic_view(atlas: Atlas, path: str) -> TopicView:
    """The sections are made in the order of the page, since citations are numbered as they appear."""
    topic, page = atlas.topics[path], Page(atlas, path)
    area, subarea, slug = path.split("/")
    anchors = Anchors()
    page.section = "Read first"
    prerequisites = tuple(page.inline(text, Profile.MARKDOWN) for text in topic.prerequisites)
    page.section = "Scope"
    scope = page.inline(topic.scope, Profile.MARKDOWN) if topic.scope else Markup()
    page.section = "Overview"
    overview = page.html(topic.overview) if topic.overview else Markup()
    page.section = "Use it when, avoid it when"
    guidance = _guidance(page, topic)
    mechanism = _mechanism(page, topic)
    page.section = "Findings"
    findings = tuple(finding_view(page, n, f, anchors) for n, f in enumerate(topic.findings, start=1))
    page.section = "Approaches"
    approaches = _approaches(page, topic)
    page.section = "Limitations"
    limitations = tuple(
        Item(anchors.of("limitation", text), page.inline(text, Profile.MARKDOWN)) for text in topic.limitations
    )
    page.section = "Open problems"
    problems = tuple(
        ProblemView(
            anchors.of("problem", problem.known),
            safe(problem.question),
            page.inline(problem.known),
            page.inline(problem.settled_by),
        )
        for problem in topic.open_problems
    )
    page.section = "Milestones"
    milestones = tuple(
        MilestoneView(anchors.of("milestone", m.event), m.date, show_date(m.date), page.inline(m.event))
        for m in topic.milestones
    )
    page.section = "Benchmarks"
    benchmarks = tuple(
        BenchmarkView(safe(b.name), safe(b.url or ""), page.inline(b.measures), page.inline(b.caveat))
        for b in topic.benchmarks
    )
    page.section = "Implementations"
    implementations = tuple(
        ImplementationView(safe(i.name), safe(i.url), safe(i.licence), page.inline(i.note))
        for i in topic.implementations
    )
    page.section = "Related topics"
    relations = relation_groups(page, path)
    page.section = "Reading list"
    reading_list = _reading_list(page, topic)
    due = review_due(topic)
    return TopicView(
        path=path,
        slug=slug,
        number=atlas.number(path),
        title=safe(topic.title),
        kind=topic.kind,
        depth=topic.depth,
        aliases=tuple(map(safe, topic.aliases)),
        summary=safe(topic.summary),
        crumbs=crumbs(page, area, f"{area}/{subarea}"),
        scope=scope,
        confusable=tuple(
            item for group in relations if group.type == RelationType.DISTINCT_FROM for item in group.items
        ),
        comparable=_comparable(page, path),
        reading_path=f"{page.to('paths')}?to={atlas.name_of(path)}" if atlas.read_before[path] else "",
        prerequisites=prerequisites,
        reviewed=topic.reviewed.isoformat(),
        reviewed_shown=show_date(topic.reviewed),
        literature_until=show_date(topic.literature_until),
        due=due.isoformat(),
        due_shown=show_date(due.isoformat()[:7]),
        due_day=show_date(due),
        fingerprint=fingerprint(topic),
        successor_of=atlas.former_paths(path),
        words=grouped(word_count(topic)),
        thin=safe(topic.thin or ""),
        formerly=tuple(map(safe, topic.formerly)),
        same_as=tuple(
            ConceptView(safe(same.label), same.url, same.vocabulary, same.match, safe(same.checked))
            for same in topic.same_as
        ),
        overview=overview,
        guidance=guidance,
        mechanism=mechanism,
        findings=findings,
        evidence=_evidence(topic),
        approaches=approaches,
        limitations=limitations,
        open_problems=problems,
        milestones=milestones,
        benchmarks=benchmarks,
        implementations=implementations,
        relations=relations,
        reading_list=reading_list,
        references=page.references(),
        siblings=tuple(page.topic_ref(sibling) for sibling in atlas.topics_of(f"{area}/{subarea}")),
        subarea=page.topic_ref(f"{area}/{subarea}"),
        file=topic_file(path),
        data=page.to(data_file(path)),
    )


def newest_evidence(atlas: Atlas, *texts: str) -> int | None:
    """The newest year of the works that inline texts cite; None where they cite none."""
    cited = (item for text in texts for found in prose.parse(text, Profile.INLINE).citations() for item in found.items)
    return max((atlas.references[item.key].year for item in cited if item.key in atlas.references), default=None)


class Anchors:
    """`<section>-<first citation key>`, with -2, -3 … for the same again, so that it stays when neighbours move."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def of(self, section: str, text: str) -> str:
        key = re.search(r"\[@([a-z0-9]+)", text)
        return self.at(section, key[1] if key else "uncited")

    def at(self, section: str, key: str) -> str:
        base = f"{section}-{key}"
        count = self._taken[base] = self._taken.get(base, 0) + 1
        return base if count == 1 else f"{base}-{count}"


def crumbs(page: Page, *paths: str) -> tuple[Crumb, ...]:
    refs = (page.topic_ref(path) for path in paths)
    return (Crumb(page.to(""), Markup("Atlas")), *(Crumb(ref.href, ref.title) for ref in refs))


def relation_groups(page: Page, path: str) -> tuple[RelationGroup, ...]:
    """Relations of both directions, in the families' order; of one type in the outline's."""
    atlas = page.atlas
    found = sorted(atlas.relations_of(path), key=lambda relation: atlas.places[relation[1]])
    groups = []
    for family, types in FAMILIES.items():
        for kind in types:
            items = tuple(
                Related(page.topic_ref(other), page.inline(note)) for type_, other, note in found if type_ is kind
            )
            if items:
                groups.append(RelationGroup(kind, family, PHRASES[kind], items))
    return tuple(groups)


COMPARED = (RelationType.DISTINCT_FROM, RelationType.ALTERNATIVE_TO, RelationType.OVERLAPS_WITH)


def _comparable(page: Page, path: str) -> tuple[tuple[str, Markup], ...]:
    atlas = page.atlas
    related = [other for kind in COMPARED for type_, other, _ in atlas.relations_of(path) if type_ is kind]
    siblings = atlas.topics_of(path.rsplit("/", 1)[0])
    others = dict.fromkeys(other for other in (*related, *siblings) if other != path)
    start = f"{page.to('compare')}?a={atlas.name_of(path)}&b="
    return tuple((start + atlas.name_of(other), safe(atlas.title(other))) for other in others)


def _guidance(page: Page, topic: Topic) -> tuple[tuple[Markup, ...], tuple[Markup, ...]] | None:
    if not topic.guidance:
        return None
    use, avoid = (
        tuple(page.inline(text, Profile.MARKDOWN) for text in items)
        for items in (topic.guidance.use_when, topic.guidance.avoid_when)
    )
    return use, avoid


def _mechanism(page: Page, topic: Topic) -> MechanismView | None:
    page.section = heading = MECHANISM_HEADING[Kind(topic.kind)]
    if not topic.mechanism:
        return None
    body = page.html(topic.mechanism.body)
    notation = tuple(
        SymbolView(page.inline(s.symbol), page.inline(s.meaning), page.inline(s.shape))
        for s in topic.mechanism.notation
    )
    return MechanismView(heading, heading.lower().replace(" ", "-"), notation, body)


def _approaches(page: Page, topic: Topic) -> Table | None:
    if not topic.approaches:
        return None
    columns = topic.approaches.columns
    rows = []
    for row in topic.approaches.rows:
        path = page.atlas.resolve(row.topic) if row.topic else None
        rows.append(
            Row(
                safe(row.name),
                page.to(path) if path and path != page.path else "",
                tuple(page.inline(cell) for cell in row.cells),
                page.cite_keys(row.refs),
                path == page.path or row.name.lower() == topic.title.lower(),
            )
        )
    return Table(tuple(map(page.inline, columns)), tuple(map(plain, columns)), tuple(rows))


def plain(text: str) -> Markup:
    return safe(prose.parse(text, Profile.INLINE).plain_text())


def _reading_list(page: Page, topic: Topic) -> tuple[ReadingLevel, ...]:
    levels = []
    for level in Level:
        items = []
        for item in topic.reading_list:
            if item.level is level:
                reference = page.atlas.references.get(item.ref)
                items.append(
                    ReadingView(
                        safe(reference.title if reference else item.ref),
                        page.cite_keys((item.ref,)),
                        item.role,
                        safe(author_year(reference) if reference else ""),
                        page.inline(item.why),
                    )
                )
        if items:
            levels.append(ReadingLevel(level, tuple(items)))
    return tuple(levels)


def _evidence(topic: Topic) -> tuple[Share, ...]:
    shares, start = [], 0.0
    for reading in (Reading.SUPPORTS, Reading.MIXED, Reading.LIMITS):
        count = sum(finding.reading is reading for finding in topic.findings)
        width = round(100 * count / max(1, len(topic.findings)), 1)
        shares.append(Share(reading, count, start, width))
        start = round(start + width, 1)
    return tuple(shares)


def finding_view(page: Page, number: int, finding: Finding, anchors: Anchors) -> FindingView:
    reference = page.atlas.references.get(finding.ref)
    baselines = baseline_parts(finding.baseline)
    bars = bar_lengths(finding.value, tuple(value for value, _ in baselines))
    return FindingView(
        anchor=anchors.at("finding", finding.ref),
        number=number,
        claim=page.inline(finding.claim),
        value=safe(show_value(finding.value)),
        unit=safe(finding.unit),
        bar=bars[0] if bars else None,
        baselines=tuple(
            BaselineView(safe(show_value(value)), page.inline(what) if what else Markup(), bars[i] if bars else None)
            for i, (value, what) in enumerate(baselines, start=1)
        ),
        setting=page.inline(finding.setting),
        source=page.cite_keys((finding.ref,), finding.locator),
        who=safe(author_year(reference) if reference else finding.ref),
        locator=safe(finding.locator),
        basis=finding.basis,
        reading=finding.reading,
    )


_NUMBER = re.compile(r"[+\-−]?\d[\d.,]*")


def show_value(value: int | float | str) -> str:
    text = str(value)
    return grouped(int(text)) if re.fullmatch(r"\d{5,}", text) else text


@lru_cache(maxsize=4096)
def baseline_parts(baseline: str) -> tuple[tuple[str, str], ...]:
    """`46 (multi-head); 50 (none)` → value and comparator of each; `none` has no part."""
    parts = []
    for part in re.split(r";\s*(?![^($]*[)$])", baseline):
        value, _, what = part.strip().partition(" (")
        if what.endswith(")"):
            parts.append((value, what[:-1]))
        elif number := re.match(rf"({_NUMBER.pattern})(?:\s+|$)", part.strip()):
            parts.append((number[1], part.strip()[number.end() :]))
        elif part.strip().lower() != "none":
            parts.append(("", part.strip()))
    return tuple(parts)


def bar_lengths(value: int | float | str, baselines: tuple[str, ...]) -> tuple[float, ...]:
    """Percent of the longest, only where every number is plain and positive: then all bars share the zero.

    None is shorter than can be seen.
    """
    numbers = [plain_number(str(text)) for text in (value, *baselines)]
    if not baselines or any(number is None or number <= 0 for number in numbers):
        return ()
    known = [number for number in numbers if number is not None]
    longest = max(known)
    return tuple(max(0.8, round(100 * number / longest, 1)) for number in known)


def plain_number(text: str) -> float | None:
    """None for ranges, pairs, and anything that is not one number with at most a unit sign."""
    match = re.fullmatch(r"([+\-−]?\d[\d,]*(?:\.\d+)?)\s*(?:%|×|x)?", text.strip())
    return float(match[1].replace(",", "").replace("−", "-")) if match else None
