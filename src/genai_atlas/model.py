"""What an author writes: topics, subareas, areas, the atlas and its references. Layer 2; no effects.

The one source of the fields: the loader, the checks, `fmt`, the JSON Schemas and the documentation all read them here.
Docstrings under a field are its documentation, shown by editors.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from genai_atlas.prose import Profile, parse

Plain = Annotated[str, Profile.PLAIN]
Inline = Annotated[str, Profile.INLINE]
Markdown = Annotated[str, Profile.MARKDOWN]
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
Slug = Annotated[str, StringConstraints(pattern=rf"^{SLUG}$")]
TopicName = Annotated[str, StringConstraints(pattern=rf"^(?:{SLUG}/)?{SLUG}$")]
"""A topic's slug, or `subarea/slug` where two topics share the slug."""
PAGE_PATH = rf"{SLUG}(?:/{SLUG}){{0,2}}"
PagePath = Annotated[str, StringConstraints(pattern=rf"^{PAGE_PATH}$", max_length=182)]
"""Of an area, a subarea or a topic, also of one that is gone."""
PageName = PagePath
"""A topic's name or path, or the path of an area or subarea."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z]+\d{4}[a-z0-9]+$")]
"""A citation key: family name or organisation, year of the first public version, a word of the title."""


def _iso_day(value: object) -> object:
    """pydantic alone would read a bare number as seconds since 1970."""
    if isinstance(value, datetime.date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise PydanticCustomError("iso_day", "should be a day, YYYY-MM-DD")


Day = Annotated[datetime.date, BeforeValidator(_iso_day)]
YearMonth = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
_YEAR_OR_MONTH = r"^\d{4}(-(0[1-9]|1[0-2]))?$"
YearOrMonth = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),  # YAML reads a bare year as a number
    StringConstraints(pattern=_YEAR_OR_MONTH),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _YEAR_OR_MONTH}, {"type": "integer"}]}),
]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[!-~]*)?$")]
Concept = Annotated[
    str, StringConstraints(pattern=r"^(?:wikidata:Q[1-9]\d*|openalex:T\d+|cso:[a-z0-9]+(?:[_%-][a-z0-9_%-]*)?)$")
]
"""A subject as another vocabulary counts it: the vocabulary, a colon, its identifier there."""
Number = Annotated[int, Strict()] | Annotated[float, Strict()]
"""Strict: pydantic would read `true` as 1, and a text of digits as a number."""
Year = Annotated[int, Strict(), Field(ge=1700, le=2100)]
Month = Annotated[int, Strict(), Field(ge=1, le=12)]


class Kind(StrEnum):
    TECHNIQUE = "technique"
    PROBLEM = "problem"
    APPLICATION = "application"
    THEORY = "theory"
    EVALUATION = "evaluation"
    OUTLOOK = "outlook"


class RelationType(StrEnum):
    SPECIALIZES = "specializes"
    GENERALIZES = "generalizes"
    PART_OF = "part_of"
    HAS_PART = "has_part"
    BUILDS_ON = "builds_on"
    BASIS_OF = "basis_of"
    ADDRESSES = "addresses"
    ADDRESSED_BY = "addressed_by"
    APPLIED_IN = "applied_in"
    APPLIES = "applies"
    EVALUATED_BY = "evaluated_by"
    EVALUATES = "evaluates"
    EXPLAINED_BY = "explained_by"
    EXPLAINS = "explains"
    ALTERNATIVE_TO = "alternative_to"
    COMPLEMENTS = "complements"
    IN_TENSION_WITH = "in_tension_with"
    OVERLAPS_WITH = "overlaps_with"
    DISTINCT_FROM = "distinct_from"

    @property
    def inverse(self) -> RelationType:
        """The same relation seen from the other topic; a symmetric type is its own inverse."""
        return _INVERSES.get(self, self)

    @property
    def canonical(self) -> RelationType:
        """The direction in which a relation is counted and compared, whichever side authored it."""
        return self.inverse if self in _DERIVED else self


_PAIRS = (
    (RelationType.SPECIALIZES, RelationType.GENERALIZES),
    (RelationType.PART_OF, RelationType.HAS_PART),
    (RelationType.BUILDS_ON, RelationType.BASIS_OF),
    (RelationType.ADDRESSES, RelationType.ADDRESSED_BY),
    (RelationType.APPLIED_IN, RelationType.APPLIES),
    (RelationType.EVALUATED_BY, RelationType.EVALUATES),
    (RelationType.EXPLAINED_BY, RelationType.EXPLAINS),
)
_INVERSES = dict(_PAIRS) | {b: a for a, b in _PAIRS}
_DERIVED = frozenset(b for _, b in _PAIRS)


class Match(StrEnum):
    """As SKOS means them: exact may stand for the topic everywhere, close in some uses."""

    EXACT = "exact"
    CLOSE = "close"


class Reading(StrEnum):
    SUPPORTS = "supports"
    LIMITS = "limits"
    MIXED = "mixed"


class Basis(StrEnum):
    REPORTED = "reported"
    DERIVED = "derived"


class Role(StrEnum):
    ORIGINAL = "original"
    SURVEY = "survey"
    TUTORIAL = "tutorial"
    CRITICAL = "critical"
    RECENT = "recent"


class Level(StrEnum):
    INTRODUCTORY = "introductory"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class ReferenceType(StrEnum):
    ARTICLE = "article"
    INPROCEEDINGS = "inproceedings"
    PREPRINT = "preprint"
    REPORT = "report"
    BOOK = "book"
    THESIS = "thesis"
    STANDARD = "standard"
    SOFTWARE = "software"
    DATASET = "dataset"
    ONLINE = "online"


MEANINGS: Mapping[StrEnum, str] = {
    Kind.TECHNIQUE: "What changes, what does it cost, when not to use it?",
    Kind.PROBLEM: "What exactly is to be solved, how is success measured, how far are we?",
    Kind.APPLICATION: "What works in use today, on whose evidence, what breaks?",
    Kind.THEORY: "What is proved, under which assumptions, how far from practice?",
    Kind.EVALUATION: "What claim can this method support, what invalidates it?",
    Kind.OUTLOOK: "What is demonstrated, what is only argued?",
    RelationType.SPECIALIZES: "This topic is a kind or limiting case of the other.",
    RelationType.GENERALIZES: "The other is a kind or limiting case of this topic.",
    RelationType.PART_OF: "This topic is a component or stage of the other.",
    RelationType.HAS_PART: "The other is a component or stage of this topic.",
    RelationType.BUILDS_ON: "This topic cannot be stated without the other, which is read first.",
    RelationType.BASIS_OF: "The other cannot be stated without this topic.",
    RelationType.ADDRESSES: "This topic is a means against the problem that the other is.",
    RelationType.ADDRESSED_BY: "The other is a means against the problem that this topic is.",
    RelationType.APPLIED_IN: "This topic is used to carry out the task that the other is.",
    RelationType.APPLIES: "The other is used to carry out the task that this topic is.",
    RelationType.EVALUATED_BY: "The other measures this topic.",
    RelationType.EVALUATES: "This topic measures the other.",
    RelationType.EXPLAINED_BY: "The other gives a theoretical account of this topic.",
    RelationType.EXPLAINS: "This topic gives a theoretical account of the other.",
    RelationType.ALTERNATIVE_TO: "One chooses the one or the other for the same purpose.",
    RelationType.COMPLEMENTS: "Both are used together, and their gains add.",
    RelationType.IN_TENSION_WITH: "Using this topic makes the other harder or worse.",
    RelationType.OVERLAPS_WITH: "The outline has the same subject, or part of it, in two places; needs `scope`.",
    RelationType.DISTINCT_FROM: "Often confused; the note is the deciding difference; needs `scope`.",
    Reading.SUPPORTS: "Evidence for using, or for the central claim of, this page's subject.",
    Reading.LIMITS: "Evidence against it, or bounding it.",
    Reading.MIXED: "It depends on the setting.",
    Basis.REPORTED: "The value stands in the source.",
    Basis.DERIVED: "The value is computed from values there; the setting shows the arithmetic.",
}
"""What a fixed value says, shown by editors where it is chosen."""


class Authored(BaseModel):
    """Base of all authored data: immutable, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Symbol(Authored):
    symbol: Inline
    """The symbol as a formula: `$W^K$`."""
    meaning: Inline
    """What it stands for."""
    shape: Inline
    """`scalar`, or the shape as a formula: `$(n, d_h)$`."""


class Mechanism(Authored):
    notation: tuple[Symbol, ...] = ()
    """Every symbol of the body; required when the body has a formula."""
    body: Markdown
    """120 to 350 words. Its heading depends on the topic's kind."""


class Approach(Authored):
    name: Plain
    """The approach's name; found by search."""
    topic: TopicName | None = None
    """The topic that covers this approach, where there is one."""
    cells: tuple[Inline, ...]
    """One cell a column."""
    refs: tuple[Key, ...] = ()
    """Citation keys of the works that introduced or measured it."""


class Approaches(Authored):
    columns: tuple[Inline, ...]
    """2 to 5 column headings."""
    rows: tuple[Approach, ...]
    """3 to 9 approaches."""


class Guidance(Authored):
    use_when: tuple[Markdown, ...]
    """2 to 4 conditions under which to choose it, at most 40 words each."""
    avoid_when: tuple[Markdown, ...]
    """2 to 4 conditions under which not to, at most 40 words each."""


class Milestone(Authored):
    date: YearOrMonth
    """`YYYY` or `YYYY-MM` of the first public version."""
    event: Inline
    """What happened, in at most 35 words, with at least one citation."""


class Finding(Authored):
    claim: Inline
    """One sentence of at most 30 words."""
    value: Number | Plain
    """The measured value; several values as text."""
    baseline: Inline
    """What it is compared with, value first: `46 (multi-head)`; many parted by `;`; `none` for a share of a whole."""
    unit: Plain
    """The unit, and which direction is better where that is not plain."""
    setting: Inline
    """Model and size, data, hardware, decoding, n."""
    ref: Key
    """Citation key of the source."""
    locator: Plain
    """Where in the source the value stands: `Table 8, App. D.1`."""
    basis: Basis
    """`reported` as in the source, or `derived` from values there; the setting then shows the arithmetic."""
    reading: Reading
    """Evidence for the page's subject, against or bounding it, or depending on the setting."""


class OpenProblem(Authored):
    question: Plain
    """A question, with its question mark."""
    known: Inline
    """What is known so far, with at least one citation."""
    settled_by: Inline
    """What result would settle it."""


class Benchmark(Authored):
    name: Plain
    """Name of the benchmark or data set."""
    measures: Inline
    """What it measures, and how."""
    caveat: Inline
    """Its known defects, or how it misleads."""
    url: Url | None = None
    """Where it is published."""


class Implementation(Authored):
    name: Plain
    """Name of the library or repository."""
    url: Url
    """Where its code or documentation is."""
    licence: Plain
    """SPDX identifier, or `see repository`."""
    note: Inline
    """What a user should know, in at most 20 words."""


class Relation(Authored):
    type: RelationType
    """How this topic relates to the other; read `this –type→ other`."""
    to: TopicName
    """The other topic."""
    note: Inline
    """Why, in at most 20 words."""


class Vocabulary(NamedTuple):
    name: str
    iri: str
    """What an identifier stands after, as data name the concept."""
    page: str
    """What it stands after, as browsers open it."""


VOCABULARIES: Final = {
    "wikidata": Vocabulary("Wikidata", "http://www.wikidata.org/entity/", "https://www.wikidata.org/wiki/"),
    "cso": Vocabulary("CSO", "https://cso.kmi.open.ac.uk/topics/", "https://cso.kmi.open.ac.uk/topics/"),
    "openalex": Vocabulary("OpenAlex", "https://openalex.org/", "https://openalex.org/"),
}


class SameAs(Authored):
    concept: Concept
    """The subject in another vocabulary: `wikidata:Q…`, `cso:…` (Computer Science Ontology) or `openalex:T…`."""
    label: Plain
    """What it is called there."""
    match: Match
    """`exact` where either may stand for the other everywhere, `close` where only in some uses."""
    checked: Plain
    """What was seen, and when: `OpenAlex, list of topics, 2026-11`."""

    @property
    def vocabulary(self) -> str:
        return VOCABULARIES[self.concept.partition(":")[0]].name

    @property
    def iri(self) -> str:
        scheme, _, identifier = self.concept.partition(":")
        return VOCABULARIES[scheme].iri + identifier

    @property
    def url(self) -> str:
        scheme, _, identifier = self.concept.partition(":")
        return VOCABULARIES[scheme].page + identifier


class ReadingItem(Authored):
    ref: Key
    """Citation key."""
    role: Role
    """What the work is to the subject."""
    level: Level
    """Whom it suits."""
    why: Inline
    """What this text gives that the others do not, in at most 25 words."""


class Topic(Authored):
    """One topic: `taxonomy/<area>/<subarea>/<topic>.yaml`. The path is its identity."""

    title: Annotated[Plain, StringConstraints(max_length=60)]
    """Name of the topic, at most 60 characters."""
    aliases: Annotated[tuple[Plain, ...], Field(max_length=20)] = ()
    """Abbreviations, rival names, and named methods that have no page of their own; claimed by one topic only."""
    kind: Kind
    """What the page is about; decides which fields it needs."""
    summary: Plain
    """40 to 75 words of plain text: no citation, no formula."""
    scope: Markdown | None = None
    """At most 60 words: what this page covers and which sibling covers the rest."""
    reviewed: Day
    """Day of the last full check."""
    review_by: Day | None = None
    """When the page should be looked at again; 12 months after `reviewed` unless given."""
    literature_until: YearMonth
    """Newest month that was searched, `YYYY-MM`."""
    overview: Markdown | None = None
    """150 to 320 words with at least three citations."""
    mechanism: Mechanism | None = None
    """How it works, with notation. Its heading depends on the kind: Mechanism, Formulation, Main results and so on."""
    approaches: Approaches | None = None
    """The approaches side by side."""
    guidance: Guidance | None = None
    """When to use it and when not."""
    milestones: tuple[Milestone, ...] = ()
    """5 to 12 events in order of time."""
    findings: tuple[Finding, ...] = ()
    """3 to 9 measured results, each with comparator, setting and locator."""
    limitations: tuple[Markdown, ...] = ()
    """3 to 6 conditions under which it fails, with the evidence; 15 to 60 words each."""
    open_problems: tuple[OpenProblem, ...] = ()
    """2 to 5 questions, each with what is known and what would settle it."""
    benchmarks: tuple[Benchmark, ...] = ()
    """2 to 8 benchmarks with their known defects."""
    implementations: tuple[Implementation, ...] = ()
    """1 to 6 implementations with their licence."""
    relations: tuple[Relation, ...]
    """4 to 12 typed relations to other topics, each with the reason."""
    prerequisites: tuple[Markdown, ...] = ()
    """1 to 5 subjects to know first: `[[slug]]` with a reason, or a subject outside the atlas."""
    thin: Plain | None = None
    """Why literature is scarce; relaxes the counts of references."""
    formerly: tuple[PagePath, ...] = ()
    """Earlier paths of this topic, also of topics merged into it: each redirects here."""
    same_as: tuple[SameAs, ...] = ()
    """The same subject in other vocabularies; a concept belongs to one topic."""
    reading_list: tuple[ReadingItem, ...]
    """5 to 9 works (brief entries: 4 to 9). Last in the file, so that a cut-off file is noticed."""

    @property
    def is_full(self) -> bool:
        """Brief entries carry none of the fields that make an entry full."""
        return any(getattr(self, name) for name in FULL_FIELDS)

    @property
    def depth(self) -> Literal["full", "brief"]:
        return "full" if self.is_full else "brief"


FULL_FIELDS = (
    "overview", "mechanism", "approaches", "guidance", "milestones", "findings", "limitations", "open_problems",
    "benchmarks", "implementations",
)  # fmt: skip

MECHANISM_HEADING = {
    Kind.TECHNIQUE: "Mechanism",
    Kind.PROBLEM: "Formulation",
    Kind.APPLICATION: "System design",
    Kind.THEORY: "Main results",
    Kind.EVALUATION: "Protocol",
    Kind.OUTLOOK: "State of the evidence",
}


class ComparisonRow(Authored):
    topic: TopicName
    """The topic this row is about."""
    cells: tuple[Inline, ...]
    """One cell a column."""


class Comparison(Authored):
    columns: tuple[Inline, ...]
    """Column headings."""
    rows: tuple[ComparisonRow, ...]
    """One row a topic."""


class Subarea(Authored):
    """`taxonomy/<area>/<subarea>/subarea.yaml`."""

    title: Annotated[Plain, StringConstraints(max_length=60)]
    """Name of the subarea."""
    aliases: tuple[Plain, ...] = ()
    """Other names a reader would type for the subarea as a whole."""
    summary: Plain
    """One or two sentences of plain text."""
    overview: Markdown
    """120 to 250 words."""
    formerly: tuple[PagePath, ...] = ()
    """Earlier paths of this subarea: each redirects here, and so do published paths of topics below them."""
    topics: tuple[Slug, ...]
    """Its topics, in order."""
    comparison: Comparison | None = None
    """A table that sets its topics side by side."""


class Area(Authored):
    """`taxonomy/<area>/area.yaml`."""

    title: Annotated[Plain, StringConstraints(max_length=60)]
    """Name of the area."""
    aliases: tuple[Plain, ...] = ()
    """Subjects whose main page is the area's page."""
    summary: Plain
    """One or two sentences of plain text."""
    overview: Markdown
    """150 to 300 words."""
    formerly: tuple[PagePath, ...] = ()
    """Earlier paths of this area: each redirects here, and so do published paths below them."""
    subareas: tuple[Slug, ...]
    """Its subareas, in order."""


Entry = Area | Subarea | Topic
"""What has a page of its own and prose on it."""


class AtlasFile(Authored):
    """`taxonomy/atlas.yaml`."""

    title: Plain
    """Name of the atlas."""
    description: Plain
    """One or two sentences of plain text."""
    areas: tuple[Slug, ...]
    """Its areas, in order."""


class Retired(Authored):
    """An entry of `taxonomy/retired.yaml`: a topic, subarea or area that ended without a successor."""

    date: Day
    """When it was retired."""
    reason: Plain
    """Why it ended."""
    see: PageName | None = None
    """The topic that is nearest to it now, by its slug; or the path of a subarea or area."""


class Reference(Authored):
    """One work, in `taxonomy/references/<year>.yaml` under its citation key."""

    title: Plain
    """As printed; quoted in YAML if it has a colon."""
    authors: tuple[Plain, ...] = Field(min_length=1)
    """Given name first; up to ten, else the first few and `et al.`; organisations in braces: `{DeepSeek-AI}`."""
    year: Year
    """Year of the first public version; key, file and year agree."""
    month: Month | None = None
    """Month of the first public version."""
    published_year: Year | None = None
    """Year of the venue, where it differs."""
    venue: Plain
    """Short name of the venue, or `arXiv preprint`, `technical report`."""
    type: ReferenceType
    """What kind of publication it is."""
    arxiv: Annotated[str, StringConstraints(pattern=r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$")] | None = None
    """arXiv identifier, quoted, without version."""
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/[!-~]+$")] | None = None
    """Digital object identifier, without a resolver's address."""
    url: Url | None = None
    """Address of the publication, where it has neither arXiv id nor DOI, or beside them."""
    checked: Plain | None = None
    """`<publication or URL seen>, <YYYY-MM>`, for a record that no index confirms, or that rightly differs from it."""

    @property
    def is_peer_reviewed(self) -> bool:
        return self.type in (ReferenceType.ARTICLE, ReferenceType.INPROCEEDINGS)


Step = str | int
Loc = tuple[Step, ...]


LABELS = frozenset({"title", "aliases", "name", "licence", "locator", "symbol", "shape", "same_as"})
"""Fields of text that name or point and say nothing: they do not count as prose."""


def word_count(entry: Entry) -> int:
    """Words of all prose of an entry, without citations, formulas and addresses."""
    return sum(parse(text, profile).words for loc, profile, text in texts(entry) if LABELS.isdisjoint(loc))


@cache
def _text_fields(model: type[BaseModel]) -> tuple[tuple[str, Profile | None], ...]:
    """Of each field that holds prose or other authored models: its name, and its profile where it is prose itself."""
    found = []
    for name, field in model.model_fields.items():
        profile = next((m for m in field.metadata if isinstance(m, Profile)), None) or _profile(field.annotation)
        if profile or _has_model(field.annotation):
            found.append((name, profile))
    return tuple(found)


def _profile(annotation: Any) -> Profile | None:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return next((m for m in metadata if isinstance(m, Profile)), None) or _profile(inner)
    return next((p for p in map(_profile, get_args(annotation)) if p), None)


def _has_model(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_has_model(argument) for argument in get_args(annotation))


def texts(value: BaseModel, loc: Loc = ()) -> Iterator[tuple[Loc, Profile, str]]:
    """Every prose field of an authored object, in the order of its fields, with where it stands."""
    for name, profile in _text_fields(type(value)):
        yield from _texts(getattr(value, name), profile, (*loc, name))


def _texts(value: Any, profile: Profile | None, loc: Loc) -> Iterator[tuple[Loc, Profile, str]]:
    if isinstance(value, str):
        if profile:
            yield loc, profile, value
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _texts(item, profile, (*loc, i))
    elif isinstance(value, BaseModel):
        yield from texts(value, loc)
