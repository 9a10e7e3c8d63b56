"""The rubric's numbers for full entries, and its list of words. Layer 5; no effects.

Warnings; `--strict` makes them errors. The summary's length holds for brief entries too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from genai_atlas.atlas import Atlas, Text, topic_file
from genai_atlas.diagnostics import Diagnostic, Rule, Severity, counted
from genai_atlas.model import LABELS, Entry, Kind, Loc, Reading, Reference, Role, Topic, texts
from genai_atlas.prose import Profile, parse


def _rule(code: str, name: str, explanation: str, wrong: str, right: str) -> Rule:
    return Rule(code, name, explanation, wrong, right, Severity.WARNING)


WORDS = _rule(
    "Q601",
    "length-of-text",
    "A text is shorter or longer than the rubric's bar for its field. Words are counted without citations, formulas "
    "and addresses.",
    "summary: Pruning removes weights.",
    "summary: >-\n  40 to 75 words that say what it is, what it changes and what is contested",
)
ITEMS = _rule(
    "Q602",
    "number-of-items",
    "A list or table has fewer or more items than the rubric's bar for its field.",
    "findings:\n  - {claim: …}   # one",
    "findings:\n  - {claim: …}\n  - {claim: …}\n  - {claim: …}",
)
TOTAL = _rule(
    "Q603",
    "length-of-entry",
    "All prose of a full entry together has 1,300 to 2,200 words: enough to decide by, short enough for one sitting.",
    "an entry of 3,000 words",
    "an entry of 1,800 words; what is left over belongs to a neighbouring topic",
)
REFERENCES = _rule(
    "Q604",
    "number-of-references",
    "A full entry cites 12 to 25 works (an outlook, or a topic whose `thin` says why works are scarce: at least 8).",
    "an entry that cites 7 works",
    "an entry that cites 15 works",
)
RECENT = _rule(
    "Q605",
    "no-recent-works",
    "At least three of the cited works appeared in the 24 months before `reviewed` (with `thin`: one). A missing month "
    "counts as January.",
    "reviewed: 2026-11-24, newest work of 2023",
    "three works of 2025 and 2026",
)
PEER_REVIEWED = _rule(
    "Q606",
    "few-peer-reviewed-works",
    "At least three of the cited works are journal articles or conference papers.",
    "preprints only",
    "three records with type article or inproceedings",
)
ROLES = _rule(
    "Q607",
    "missing-role",
    "The reading list has at least one original work, one survey and one critical or negative result.",
    "roles: original, recent",
    "roles: original, survey, critical, recent",
)
OVERVIEW_CITATIONS = _rule(
    "Q608",
    "uncited-overview",
    "The overview carries at least three citations.",
    "overview: three paragraphs without a citation",
    "overview: … [@vaswani2017attention] … [@ainslie2023gqa] … [@touvron2023llama] …",
)
NO_FORMULA = _rule(
    "Q609",
    "no-formula",
    "The mechanism of a technique and the main results of a theory have at least one formula.",
    "mechanism: {body: It multiplies queries and keys.}",
    'mechanism: {body: "It computes $QK^{\\\\top}$.", notation: […]}',
)
ONE_SIDED = _rule(
    "Q610",
    "only-supporting-evidence",
    "At least one finding limits the subject or is mixed; an entry with support only has not looked for the rest.",
    "every finding: reading: supports",
    "one finding: reading: limits",
)
FEW_TYPES = _rule(
    "Q611",
    "few-relation-types",
    "The relations of an entry are of at least three different types.",
    "four relations, all complements",
    "complements, addresses, in_tension_with, evaluated_by",
)
LOCATORS = _rule(
    "Q612",
    "unopened-findings",
    "At least two findings of a technique name a table or section: somebody opened the source there.",
    "locator: Abstract, at every finding",
    "locator: Table 2, §4.3",
)
MARKETING = _rule(
    "Q613",
    "marketing-word",
    "Words that praise instead of saying. `robust` needs a measurement, `state-of-the-art` a date and a source; both "
    "are flagged unless a citation stands in the same sentence.",
    "a powerful and seamless method",
    "a method that halved the error on ImageNet [@key, Table 2]",
)
COMPARATOR = _rule(
    "Q614",
    "no-comparator",
    "A value is read against something. `none` stands only where the value is a share (`unit`) of a whole (`setting`).",
    "value: 3.8\nbaseline: none\nunit: seconds",
    'baseline: "46 (multi-head)"',
)
OLD_SEARCH = _rule(
    "Q615",
    "old-literature",
    "The literature was searched up to at most 12 months before the review.",
    "reviewed: 2026-11-24\nliterature_until: 2025-02",
    "reviewed: 2026-11-24\nliterature_until: 2026-06",
)
POINTING = _rule(
    "Q616",
    "note-that-points",
    "The note of a relation stands on both of its pages, where `here` and `there` mean the other one. It names what it "
    "speaks of.",
    "{type: distinct_from, to: continual-learning, note: the trainer plans the order here}",
    "{type: distinct_from, to: continual-learning, note: a curriculum's order is planned by the trainer}",
)

RULES = (
    WORDS, ITEMS, TOTAL, REFERENCES, RECENT, PEER_REVIEWED, ROLES, OVERVIEW_CITATIONS, NO_FORMULA, ONE_SIDED, FEW_TYPES,
    LOCATORS, MARKETING, COMPARATOR, OLD_SEARCH, POINTING,
)  # fmt: skip

Range = tuple[int, int]

WORD_BARS: dict[tuple[str, ...], Range] = {
    ("summary",): (40, 75),
    ("scope",): (1, 60),
    ("overview",): (150, 320),
    ("mechanism", "body"): (120, 350),
    ("guidance", "use_when"): (1, 40),
    ("guidance", "avoid_when"): (1, 40),
    ("milestones", "event"): (1, 35),
    ("findings", "claim"): (1, 30),
    ("limitations",): (15, 60),
    ("implementations", "note"): (1, 20),
    ("relations", "note"): (1, 20),
    ("reading_list", "why"): (1, 25),
}
"""Words of each text; the path leaves out the indices of lists."""

BRIEF_TOO = frozenset({("summary",), ("scope",), ("relations", "note"), ("reading_list", "why")})

ITEM_BARS: dict[str, Range] = {
    "milestones": (5, 12),
    "limitations": (3, 6),
    "open_problems": (2, 5),
    "relations": (4, 12),
    "reading_list": (5, 9),
    "prerequisites": (1, 5),
    "benchmarks": (2, 8),
    "implementations": (1, 6),
}
FEW_FINDINGS = (Kind.OUTLOOK, Kind.APPLICATION, Kind.EVALUATION)


@dataclass(frozen=True)
class Measured:
    """A topic with what several rules count."""

    topic: Topic
    texts: tuple[Text, ...]
    words: dict[Loc, int]
    references: dict[str, Reference]


Fault = tuple[Rule, Loc, str, str]


def rubric(atlas: Atlas) -> Iterator[Diagnostic]:
    for path, topic in atlas.topics.items():
        texts = atlas.texts_of(path)
        words = {loc: parse(text, profile).words for loc, profile, text in texts}
        entry = Measured(topic, texts, words, _cited(atlas, path))
        rules = (*ANY_DEPTH, *FULL_ONLY) if topic.is_full else ANY_DEPTH
        for run in rules:
            for rule, loc, message, hint in run(entry):
                yield rule.at(atlas.locate(topic_file(path), *loc), message, hint)


def _cited(atlas: Atlas, path: str) -> dict[str, Reference]:
    keys = dict.fromkeys(key for key, _, _ in atlas.citations_of(path))
    return {key: atlas.references[key] for key in keys if key in atlas.references}


def _outside(count: int, bar: Range, noun: str) -> tuple[str, str]:
    """Message and hint for a count outside its bar, or two empty strings."""
    low, high = bar
    wanted = f"{low} to {high}" if low > 1 else f"at most {high}"
    if low <= count <= high:
        return "", ""
    missing = f"add {low - count}" if count < low else f"take out {count - high}"
    return f"{counted(count, noun)}, where {wanted} are due", missing


def lengths(entry: Measured) -> Iterator[Fault]:
    for loc, count in entry.words.items():
        field = tuple(step for step in loc if isinstance(step, str))
        bar = WORD_BARS.get(field)
        if bar and (entry.topic.is_full or field in BRIEF_TOO):
            message, hint = _outside(count, bar, "word")
            if message:
                yield WORDS, loc, f"`{field[-1]}` has {message}", hint


def counts(entry: Measured) -> Iterator[Fault]:
    topic = entry.topic
    bars = dict(ITEM_BARS, findings=(2 if topic.kind in FEW_FINDINGS else 3, 9))
    sizes: list[tuple[Loc, int, Range]] = [((name,), len(getattr(topic, name)), bar) for name, bar in bars.items()]
    if topic.approaches:
        sizes.append((("approaches", "columns"), len(topic.approaches.columns), (2, 5)))
        sizes.append((("approaches", "rows"), len(topic.approaches.rows), (3, 9)))
    if topic.guidance:
        sizes.append((("guidance", "use_when"), len(topic.guidance.use_when), (2, 4)))
        sizes.append((("guidance", "avoid_when"), len(topic.guidance.avoid_when), (2, 4)))
    for loc, count, bar in sizes:
        message, hint = _outside(count, bar, "item")
        if count and message:
            yield ITEMS, loc, f"`{loc[-1]}` has {message}", hint


def total(entry: Measured) -> Iterator[Fault]:
    prose = sum(count for loc, count in entry.words.items() if LABELS.isdisjoint(loc))
    message, hint = _outside(prose, (1300, 2200), "word")
    if message:
        yield TOTAL, (), f"the entry has {message}", hint


def references(entry: Measured) -> Iterator[Fault]:
    topic, cited = entry.topic, entry.references
    low = 8 if topic.thin or topic.kind is Kind.OUTLOOK else 12
    message, hint = _outside(len(cited), (low, 25), "reference")
    if message:
        yield REFERENCES, (), f"the entry has {message}", hint
    recent = sum(
        _months(r.year, r.month or 1) >= _months(topic.reviewed.year, topic.reviewed.month) - 24 for r in cited.values()
    )
    needed = 1 if topic.thin else 3
    if recent < needed:
        yield (
            RECENT,
            (),
            f"{counted(recent, 'work')} of the 24 months before the review, where {needed} {_are(needed)} due",
            f"add {needed - recent}",
        )
    reviewed = sum(reference.is_peer_reviewed for reference in cited.values())
    if reviewed < 3:
        yield PEER_REVIEWED, (), f"{counted(reviewed, 'peer-reviewed work')}, where 3 are due", f"add {3 - reviewed}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _months(year: int, month: int) -> int:
    return year * 12 + month


def roles(entry: Measured) -> Iterator[Fault]:
    present = {item.role for item in entry.topic.reading_list}
    for role in (Role.ORIGINAL, Role.SURVEY, Role.CRITICAL):
        if role not in present:
            yield ROLES, ("reading_list",), f"no {role} work in the reading list", f"add one with role {role}"


def evidence(entry: Measured) -> Iterator[Fault]:
    topic = entry.topic
    if topic.findings and all(finding.reading is Reading.SUPPORTS for finding in topic.findings):
        yield ONE_SIDED, ("findings",), "every finding supports", "look for what limits it, and add it"
    opened = sum(bool(_PLACE.search(finding.locator)) for finding in topic.findings)
    if topic.kind is Kind.TECHNIQUE and topic.findings and opened < 2:
        message = f"a table or section is named by {counted(opened, 'finding')}, where 2 are due"
        yield LOCATORS, ("findings",), message, "open the sources, and give the table or section"
    for i, finding in enumerate(topic.findings):
        if finding.baseline.strip().lower() in ("none", "n/a", "-") and not _SHARE.search(finding.unit):
            yield (
                COMPARATOR,
                ("findings", i, "baseline"),
                "the value stands alone",
                "give what it was compared with, or the whole it is a share of",
            )


_SHARE = re.compile(r"%|percent|share|\bof\b")
_PLACE = re.compile(r"table|tab\.|§|section|sec\.|figure|fig\.|app|theorem|thm|eq|line|p\.", re.IGNORECASE)


def parts(entry: Measured) -> Iterator[Fault]:
    topic = entry.topic
    overview = parse(topic.overview, Profile.MARKDOWN) if topic.overview else None
    cited = sum(len(citation.items) for citation in overview.citations()) if overview else 3
    if cited < 3:
        yield (
            OVERVIEW_CITATIONS,
            ("overview",),
            f"{counted(cited, 'citation')} in the overview, where 3 are due",
            f"add {3 - cited}",
        )
    mechanism = topic.mechanism
    if (
        topic.kind in (Kind.TECHNIQUE, Kind.THEORY)
        and mechanism
        and not any(parse(mechanism.body, Profile.MARKDOWN).formulas())
    ):
        yield (
            NO_FORMULA,
            ("mechanism", "body"),
            "no formula in the body",
            "state what is computed or proved as a formula",
        )
    types = {relation.type.canonical for relation in topic.relations}
    if len(types) < 3:
        yield (
            FEW_TYPES,
            ("relations",),
            f"{counted(len(types), 'type')} of relation, where 3 are due",
            "look for tensions, means and measures",
        )


def literature(entry: Measured) -> Iterator[Fault]:
    topic = entry.topic
    year, month = map(int, topic.literature_until.split("-"))
    if _months(topic.reviewed.year, topic.reviewed.month) - _months(year, month) > 12:
        hint = "search the newer literature, or put back the day of review"
        yield OLD_SEARCH, ("literature_until",), "the search ended more than 12 months before the review", hint


def notes(entry: Measured) -> Iterator[Fault]:
    for i, relation in enumerate(entry.topic.relations):
        if found := _POINTER.search(relation.note):
            hint = "say which of the two topics is meant"
            yield POINTING, ("relations", i, "note"), f"'{found[0]}' means another topic on the other page", hint


_POINTER = re.compile(r"\b(?:here|there|(?:this|that) (?:page|topic|entry))\b", re.IGNORECASE)


def marketing(atlas: Atlas) -> Iterator[Diagnostic]:
    for path, topic in atlas.topics.items():
        file = topic_file(path)
        for loc, offset, word in atlas.once(file, topic, _praise):
            yield MARKETING.at(
                atlas.locate_in(file, loc, offset), f"'{word}' praises", "say what was measured instead"
            )


def _praise(entry: Entry) -> tuple[tuple[Loc, int, str], ...]:
    """Field, offset and word."""
    found = []
    for loc, profile, text in texts(entry):
        if loc[0] in ("title", "aliases") or loc[-1] in ("name", "title") or not _MARKETING.search(text):
            continue
        # Blanks of the same length: what is found has to keep its place.
        shown = text if profile is Profile.PLAIN else _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
        for match in _MARKETING.finditer(shown):
            is_excused = match[0].lower() in _EXCUSABLE and "[@" in _sentence_at(shown, match.start())
            if not is_excused:
                found.append((loc, match.start(), match[0]))
    return tuple(found)


def _sentence_at(text: str, place: int) -> str:
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    after = bisect_right(ends, place)
    return text[ends[after - 1] : ends[after]]


_EXCUSABLE = frozenset({"robust", "state-of-the-art"})
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|`[^`]*`')
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MARKETING = re.compile(
    r"\b(revolutionary|groundbreaking|powerful|seamless|cutting-edge|game-changing|unlock|leverage|robust|"
    r"state-of-the-art)\b",
    re.IGNORECASE,
)

ANY_DEPTH: tuple[Callable[[Measured], Iterator[Fault]], ...] = (lengths, literature, notes)
FULL_ONLY: tuple[Callable[[Measured], Iterator[Fault]], ...] = (counts, total, references, roles, evidence, parts)

CHECKS = (rubric, marketing)
