"""The shapes of the data files: what each field of the published JSON holds. Layer 5; no effects.

The one source of these fields: the documents, their JSON Schemas and the OpenAPI file are all made from here. A field
without a value is left out; a list without items stays, empty.

Text fields hold the atlas's own Markdown: citations as `[@key, locator]`, links to topics as `[[topic]]`, formulas as
`$TeX$`. What is called an anchor is the id of an element of the topic's page.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from genai_atlas.model import Basis, Kind, Level, Match, Reading, ReferenceType, RelationType, Role


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Meta(Data):
    """About a file: the only part of it that is not content, and not covered by its hash."""

    kind: str
    """What the file holds: `topic`, `area`, `subarea`, `atlas`, `references` and so on."""
    format_version: str
    """Version of the format, `MAJOR.MINOR`. Within one major version no field goes or changes its meaning."""
    released: datetime.date
    """Day of the newest review in the atlas: the name of the release."""
    url: str
    """Canonical address of the page that shows the same."""
    data_url: str
    """Canonical address of this file."""
    markdown_url: str | None = None
    """The same page as Markdown."""
    schema_url: str | None = None
    """JSON Schema of this file."""
    source: str | None = None
    """The authored file, relative to the repository."""
    hash: str | None = None
    """`sha256:` and the SHA-256 of the document without `meta`, as JSON with sorted keys, no spaces, in UTF-8."""
    licence: str
    """SPDX identifier of the licence of texts and data."""
    generator: str
    """The program that wrote the file, with its version."""


class Place(Data):
    """An area, subarea or topic as others name it. Its page stands at the site's address, then the path and a slash."""

    path: str
    """`area`, `area/subarea` or `area/subarea/topic`: the identity of the thing."""
    title: str
    """Name as it is shown."""


class Work(Data):
    """A bibliographic record."""

    key: str
    """Citation key."""
    short: str
    """Author and year as the pages name it: `Shazeer, 2019`."""
    title: str
    """As printed."""
    authors: tuple[str, ...]
    """Names as they are read: given name first."""
    organisations: tuple[str, ...] = ()
    """Those of the authors that are organisations."""
    more_authors: bool
    """Whether authors were left out."""
    year: int
    """Year of the first public version."""
    month: int | None = None
    """Month of the first public version."""
    published_year: int | None = None
    """Year of the venue, where it differs."""
    venue: str
    """Short name of the venue."""
    type: ReferenceType
    """What kind of publication it is."""
    peer_reviewed: bool
    """Whether it is an article or a conference paper."""
    arxiv: str | None = None
    """arXiv identifier, without version."""
    doi: str | None = None
    """Digital object identifier, without a resolver's address."""
    links: tuple[str, ...]
    """Addresses at which the work is found, the most stable one first."""
    checked: str | None = None
    """Where and when the record was seen, where no index confirms it."""


class CitedAt(Data):
    """One place of a page that cites a work."""

    anchor: str
    """Anchor of the citation."""
    section: str
    """Heading under which it stands."""
    locator: str | None = None
    """The place in the work."""


class CitedWork(Work):
    """A work with the number it has on a page."""

    number: int
    """On the page, in order of appearance."""
    cited_in: tuple[CitedAt, ...]
    """Every place of the page that cites it."""


class ListedWork(Work):
    """A work with the pages that cite it."""

    cited_by: tuple[Place, ...]
    """Areas, subareas and topics."""


class Evidence(Data):
    """How many findings read which way."""

    supports: int
    """Findings that support the page's subject."""
    mixed: int
    """Findings that depend on the setting."""
    limits: int
    """Findings against it, or that bound it."""


class SameAs(Data):
    """The subject in another vocabulary."""

    concept: str
    """Compact: `openalex:T…`, `wikidata:Q…` or `cso:…`."""
    label: str
    """What it is called there."""
    vocabulary: str
    """Name of the vocabulary."""
    iri: str
    """As data name the concept."""
    url: str
    """As browsers open it."""
    match: Match
    """As in SKOS: `exact` where either may stand for the other, `close` where only in some uses."""
    checked: str
    """What was seen, and when."""


class Prerequisite(Data):
    """A subject to know first."""

    text: str
    """With the reason."""
    topics: tuple[str, ...]
    """Paths of the topics that it names; none where the subject lies outside the atlas."""


class Guidance(Data):
    """When to choose it and when not."""

    use_when: tuple[str, ...]
    """Conditions under which to choose it."""
    avoid_when: tuple[str, ...]
    """Conditions under which not to."""


class Symbol(Data):
    """A symbol of the formulas."""

    symbol: str
    """As a formula."""
    meaning: str
    """What it stands for."""
    shape: str
    """`scalar`, or the shape as a formula."""


class Mechanism(Data):
    """How it works."""

    heading: str
    """Depends on the topic's kind: `Mechanism`, `Formulation`, `Main results` and so on."""
    notation: tuple[Symbol, ...]
    """Every symbol of the body."""
    body: str
    """Text with formulas."""


class Baseline(Data):
    """What a finding is compared with."""

    value: str | None = None
    """Its value, where there is one."""
    what: str | None = None
    """What it is."""


class Finding(Data):
    """One measured result."""

    id: str
    """Anchor; with the topic's path and `#` before it, unique in the atlas."""
    claim: str
    """What was found, in one sentence."""
    value: int | float | str
    """The measured value; several values as text."""
    baselines: tuple[Baseline, ...]
    """What it is compared with; none for a share of a whole."""
    unit: str
    """The unit, and which direction is better."""
    setting: str
    """Model and size, data, hardware, n; the arithmetic of a derived value."""
    ref: str
    """Citation key of the source."""
    source: str
    """Author and year of the source."""
    locator: str
    """Where in the source the value stands."""
    basis: Basis
    """`reported` as in the source, or `derived` from values there."""
    reading: Reading
    """Evidence for the page's subject, against or bounding it, or depending on the setting."""


class Approach(Data):
    """A row of the table of approaches."""

    name: str
    """Name of the approach."""
    topic: str | None = None
    """Path of the topic that covers it."""
    cells: tuple[str, ...]
    """One a column."""
    refs: tuple[str, ...]
    """Citation keys."""


class Approaches(Data):
    """The approaches side by side."""

    columns: tuple[str, ...]
    """Headings, after that of the names."""
    rows: tuple[Approach, ...]
    """One an approach."""


class Limitation(Data):
    """A condition under which it fails."""

    id: str
    """Anchor."""
    text: str
    """The condition, with the evidence."""


class OpenProblem(Data):
    """A question that is open."""

    id: str
    """Anchor."""
    question: str
    """The question."""
    known: str
    """What is known so far."""
    settled_by: str
    """What result would settle it."""


class Milestone(Data):
    """An event in the history of the subject."""

    id: str
    """Anchor."""
    date: str
    """`YYYY` or `YYYY-MM`."""
    event: str
    """What happened."""


class Benchmark(Data):
    """A benchmark or data set."""

    name: str
    """Its name."""
    url: str | None = None
    """Where it is published."""
    measures: str
    """What it measures, and how."""
    caveat: str
    """How it misleads."""


class Implementation(Data):
    """A library or repository."""

    name: str
    """Its name."""
    url: str
    """Where it is."""
    licence: str
    """SPDX identifier, or `see repository`."""
    note: str
    """What a user should know."""


class Relation(Data):
    """A relation to another topic, read `this type other`; of both directions, whichever side authored it."""

    type: RelationType
    """How this topic relates to the other."""
    phrase: str
    """The type in words, as the page has it."""
    family: Literal["structure", "use", "peers", "friction"]
    """The group of types it belongs to."""
    topic: Place
    """The other topic."""
    note: str
    """Why."""


class ReadingItem(Data):
    """A work of the reading list."""

    ref: str
    """Citation key."""
    title: str
    """Of the work."""
    source: str
    """Author and year."""
    role: Role
    """What the work is to the subject."""
    level: Level
    """Whom it suits."""
    why: str
    """What it gives that the others do not."""


class TopicDocument(Data):
    """Everything that a topic's page shows."""

    meta: Meta
    path: str
    """Identity of the topic."""
    name: str
    """The shortest name that means this topic and no other."""
    title: str
    """Name as it is shown."""
    aliases: tuple[str, ...]
    """Abbreviations, rival names, and named methods without a page of their own."""
    kind: Kind
    """What the page is about."""
    depth: Literal["full", "brief"]
    """Whether the entry has all that its kind requires, or says only what the subject is and what to read."""
    summary: str
    """Plain text."""
    area: Place
    """Where it belongs."""
    area_number: int
    """From 1."""
    subarea: Place
    """Where it belongs."""
    scope: str | None = None
    """What the page covers and which sibling covers the rest."""
    reviewed: datetime.date
    """Day of the last full check."""
    review_due: datetime.date
    """When the page should be looked at again."""
    literature_until: str
    """Newest month that was searched, `YYYY-MM`."""
    words: int
    """Of all prose, without citations and formulas."""
    evidence: Evidence
    thin: str | None = None
    """Why literature is scarce."""
    formerly: tuple[str, ...]
    """Earlier paths of this topic."""
    same_as: tuple[SameAs, ...]
    """The same subject in other vocabularies."""
    prerequisites: tuple[Prerequisite, ...]
    """What to know first."""
    read_before: tuple[Place, ...]
    """What reading paths put before it: the topics it builds on or names as prerequisites."""
    overview: str | None = None
    """What it is, with the evidence."""
    guidance: Guidance | None = None
    """When to use it and when not."""
    mechanism: Mechanism | None = None
    """How it works."""
    findings: tuple[Finding, ...]
    """Measured results."""
    approaches: Approaches | None = None
    """The approaches side by side."""
    limitations: tuple[Limitation, ...]
    """Conditions under which it fails."""
    open_problems: tuple[OpenProblem, ...]
    """Open questions."""
    milestones: tuple[Milestone, ...]
    """Events in order of time."""
    benchmarks: tuple[Benchmark, ...]
    """Benchmarks with their known defects."""
    implementations: tuple[Implementation, ...]
    """Implementations with their licence."""
    relations: tuple[Relation, ...]
    """To other topics, of both directions."""
    reading_list: tuple[ReadingItem, ...]
    """What to read."""
    references: tuple[CitedWork, ...]
    """What the page cites, in order of appearance."""
    siblings: tuple[Place, ...]
    """The topics of the subarea, this one among them."""


class TopicCard(Data):
    """A topic in a list of topics."""

    path: str
    """Identity of the topic."""
    title: str
    """Name as it is shown."""
    kind: Kind
    """What the page is about."""
    depth: Literal["full", "brief"]
    """Computed from the entry."""
    findings: int
    """How many it has."""
    open_problems: int
    """How many it has."""
    reviewed: datetime.date
    """Day of the last full check."""
    summary: str
    """Plain text."""


class SubareaCard(Data):
    """A subarea on its area's page."""

    path: str
    """Identity of the subarea."""
    title: str
    """Name as it is shown."""
    summary: str
    """Plain text."""
    topics: tuple[TopicCard, ...]
    """Its topics, in order."""


class AreaDocument(Data):
    """Everything that an area's page shows."""

    meta: Meta
    path: str
    """Identity of the area."""
    number: int
    """From 1."""
    title: str
    """Name as it is shown."""
    aliases: tuple[str, ...]
    """Other names."""
    summary: str
    """Plain text."""
    overview: str
    """Text with citations."""
    subareas: tuple[SubareaCard, ...]
    """Its subareas, in order."""
    references: tuple[CitedWork, ...]
    """What the page cites, in order of appearance."""
    siblings: tuple[Place, ...]
    """All areas."""


class ComparisonRow(Data):
    """What the table says of one topic."""

    topic: Place
    """The topic."""
    cells: tuple[str, ...]
    """One a column."""


class Comparison(Data):
    """The topics of a subarea side by side."""

    columns: tuple[str, ...]
    """Headings, after that of the topics."""
    rows: tuple[ComparisonRow, ...]
    """One a topic."""


class SubareaDocument(Data):
    """Everything that a subarea's page shows."""

    meta: Meta
    path: str
    """Identity of the subarea."""
    title: str
    """Name as it is shown."""
    aliases: tuple[str, ...]
    """Other names."""
    summary: str
    """Plain text."""
    area: Place
    """Where it belongs."""
    area_number: int
    """From 1."""
    overview: str
    """Text with citations."""
    comparison: Comparison | None = None
    """The topics side by side."""
    topics: tuple[TopicCard, ...]
    """Its topics, in order."""
    references: tuple[CitedWork, ...]
    """What the page cites, in order of appearance."""
    siblings: tuple[Place, ...]
    """The subareas of the area, this one among them."""


class Retired(Data):
    """A topic, subarea or area that ended."""

    date: datetime.date
    """When it was retired."""
    reason: str
    """Why."""
    see: str | None = None
    """Path of the page that is nearest to it now."""


class ReferencesDocument(Data):
    """Every work that the selection cites, by citation key."""

    meta: Meta
    references: tuple[ListedWork, ...]
    """By citation key in order."""


class AtlasDocument(Data):
    """The atlas, or the selected part of it, in one file."""

    meta: Meta
    title: str
    """Name of the atlas."""
    description: str
    """What it is."""
    totals: dict[str, int]
    """Topics, full entries, references, relations, findings and open problems of this file."""
    areas: tuple[AreaDocument, ...]
    """In order."""
    subareas: tuple[SubareaDocument, ...]
    """In order."""
    topics: tuple[TopicDocument, ...]
    """In order. A topic whose file has a fault is left out."""
    references: tuple[ListedWork, ...]
    """By citation key in order."""
    moved: dict[str, str]
    """Paths of the past, each with the path of the page that has its readers now."""
    retired: dict[str, Retired]
    """What ended, by path."""


class Node(Data):
    """A topic in the graph."""

    id: str
    """Path of the topic."""
    title: str
    """Name as it is shown."""
    kind: Kind
    """What the page is about."""
    depth: Literal["full", "brief"]
    """Computed from the entry."""
    area: str
    """Path of the area."""
    subarea: str
    """Path of the subarea."""


class GraphEdge(Data):
    """A relation in its canonical direction."""

    source: str
    """Path of the topic that the relation starts from."""
    target: str
    """Path of the other topic."""
    key: RelationType
    """Its type; together with source and target unique."""
    family: Literal["structure", "use", "peers", "friction"]
    """The group of types it belongs to."""
    note: str
    """Why."""
    author: str
    """Path of the topic whose file states it."""


class EdgeType(Data):
    """A type of relation."""

    phrase: str
    """In words."""
    family: Literal["structure", "use", "peers", "friction"]
    """The group it belongs to."""
    inverse: RelationType
    """The same seen from the other topic."""
    symmetric: bool
    """Whether it says the same in both directions."""


class GraphDocument(Data):
    """Topics and relations, as `networkx.node_link_graph` reads them."""

    meta: Meta
    directed: Literal[True]
    """Read `source type target`."""
    multigraph: Literal[True]
    """Two topics may have relations of several types."""
    graph: dict[str, str]
    """Name of the atlas."""
    types: dict[RelationType, EdgeType]
    """Every type there is."""
    nodes: tuple[Node, ...]
    """Every topic."""
    edges: tuple[GraphEdge, ...]
    """Every relation once."""


class Name(Data):
    """What a page is found by."""

    path: str
    """Identity of the area, subarea or topic."""
    title: str
    """Name as it is shown."""
    aliases: tuple[str, ...]
    """Other names."""
    approaches: tuple[str, ...]
    """Approaches that the page covers and that have no page of their own."""
    level: Literal["area", "subarea", "topic"]
    """What it is."""
    parent: str | None = None
    """Title of what it belongs to; none for an area."""
    kind: Kind | None = None
    """Of a topic."""
    depth: Literal["full", "brief"] | None = None
    """Of a topic."""
    blurb: str
    """First sentence of the summary."""


class NamesDocument(Data):
    """Every name that leads to a page."""

    meta: Meta
    names: tuple[Name, ...]
    """In the outline's order."""


class Origin(Data):
    """The topic that a row comes from."""

    topic: Place
    """The topic."""
    subarea: Place
    """Its subarea."""
    area: Place
    """Its area."""
    kind: Kind
    """Of the topic."""


class ListedFinding(Finding, Origin):
    """A finding with its topic."""

    url: str
    """Of the finding on its page."""


class FindingsDocument(Data):
    """Every finding of the atlas."""

    meta: Meta
    findings: tuple[ListedFinding, ...]
    """In the outline's order."""


class ListedProblem(OpenProblem, Origin):
    """An open problem with its topic."""

    url: str
    """Of the problem on its page."""
    refs: tuple[str, ...]
    """Citation keys of what is known and would settle it."""
    newest_evidence: int | None = None
    """Year of the newest work that it cites."""


class ProblemsDocument(Data):
    """Every open problem of the atlas."""

    meta: Meta
    open_problems: tuple[ListedProblem, ...]
    """In the outline's order."""


class Citation(Data):
    """A work and the place in it."""

    key: str
    """Citation key."""
    locator: str | None = None
    """The place in the work."""
    source: str
    """Author and year."""
    url: str | None = None
    """Where the work is found."""


class Claim(Data):
    """One line of claims.jsonl: a passage that can be cited on its own, fit for retrieval."""

    id: str
    """Path of the page, `#`, and the anchor of the element that shows it."""
    type: Literal["summary", "overview", "guidance", "mechanism", "finding", "limitation", "open_problem", "milestone"]
    """What it is on the page."""
    text: str
    """Plain text; formulas as TeX between dollar signs."""
    topic: str
    """Path of the topic."""
    title: str
    """Of the topic."""
    area: str
    """Title of the area."""
    citations: tuple[Citation, ...]
    """What it rests on."""
    reading: Reading | None = None
    """Of a finding."""
    date: str | None = None
    """Of a milestone."""
    reviewed: datetime.date
    """Day of the topic's last full check."""
    url: str
    """Of the element."""
    tokens: int
    """Estimate of the tokens of `text` for a common language model."""


Document = (
    TopicDocument | AreaDocument | SubareaDocument | AtlasDocument | ReferencesDocument | GraphDocument
    | NamesDocument | FindingsDocument | ProblemsDocument
)  # fmt: skip


def plain(document: Data) -> dict[str, Any]:
    """As JSON has it: fields without a value are left out."""
    return document.model_dump(mode="json", exclude_none=True)


def content_hash(content: dict[str, Any]) -> str:
    """Of a document as `plain` gives it. Whoever has the file can check it: see `Meta.hash`."""
    said = {key: value for key, value in content.items() if key != "meta"}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
