"""What one entry must contain, given its kind and depth. The schema is satisfied already. Layer 5; no effects."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from genai_atlas.atlas import Atlas, fold, subarea_file, topic_file
from genai_atlas.diagnostics import Diagnostic, Rule, counted
from genai_atlas.model import Inline, Kind, Loc, RelationType, Topic
from genai_atlas.prose import Profile, parse

INCOMPLETE = Rule(
    "F211",
    "incomplete-entry",
    "An entry with any of the fields that make it full must have all fields that its kind requires. A brief entry has "
    "none of them. Half an entry would be read as a whole one.",
    "kind: technique\noverview: …\n# no findings",
    "kind: technique\noverview: …\nfindings: …\n# and the other fields of a technique",
)
NO_NOTATION = Rule(
    "F212",
    "no-notation",
    "A mechanism whose body has a formula lists its symbols with meaning and shape, so that a student can work it.",
    "mechanism:\n  body: It computes $Y = XW$.",
    'mechanism:\n  notation:\n    - {symbol: $X$, meaning: input, shape: "$(n, d)$"}\n  body: It computes $Y = XW$.',
)
CELLS = Rule(
    "F213",
    "wrong-number-of-cells",
    "A row of a table has as many cells as the table has columns.",
    "columns: [Cost, Quality]\nrows:\n  - {name: A, cells: [low]}",
    "columns: [Cost, Quality]\nrows:\n  - {name: A, cells: [low, high]}",
)
NO_SCOPE = Rule(
    "F214",
    "no-scope",
    "A topic that is distinct from, or overlaps with, another says in `scope` what it covers and what the other "
    "covers. Either side may author the relation; the topic that authors it needs the scope.",
    "relations:\n  - {type: distinct_from, to: sparse-attention, note: …}",
    "scope: This page covers … [[sparse-attention]] covers …\nrelations:\n"
    "  - {type: distinct_from, to: sparse-attention, note: …}",
)
TOO_FEW = Rule(
    "F215",
    "too-few-items",
    "Every entry, brief or full, has at least four relations and four works in its reading list; less is a dead end.",
    "reading_list:\n  - {ref: …}",
    "reading_list:\n  - {ref: …}\n  - {ref: …}\n  - {ref: …}\n  - {ref: …}",
)
NO_CITATION = Rule(
    "F216",
    "no-citation",
    "A milestone and the known part of an open problem are claims, and each cites at least one work.",
    '{date: "2019", event: Shazeer shares one key head.}',
    '{date: "2019", event: "Shazeer shares one key head [@shazeer2019fast]."}',
)
OUT_OF_ORDER = Rule(
    "F217",
    "milestones-out-of-order",
    "Milestones stand in the order of time.",
    'milestones:\n  - {date: "2021", event: …}\n  - {date: "2019", event: …}',
    'milestones:\n  - {date: "2019", event: …}\n  - {date: "2021", event: …}',
)
BAD_DATES = Rule(
    "F218",
    "dates-disagree",
    "A page cannot be due before it was reviewed, and its literature cannot be newer than the review.",
    "reviewed: 2026-11-24\nreview_by: 2026-01-01",
    "reviewed: 2026-11-24\nreview_by: 2027-05-01",
)
NO_QUESTION = Rule(
    "F219",
    "not-a-question",
    "An open problem is a question and ends with a question mark.",
    "question: The cost of sharing heads.",
    "question: What explains the spread of measured quality loss?",
)
REPEATED = Rule(
    "F220",
    "repeated-item",
    "An alias or a work of the reading list stands there twice, or an alias repeats the title. Accents, case and "
    "hyphens do not tell two aliases apart, since search forgives them.",
    "aliases: [MQA, mqa]",
    "aliases: [MQA]",
)

RULES = (
    INCOMPLETE, NO_NOTATION, CELLS, NO_SCOPE, TOO_FEW, NO_CITATION, OUT_OF_ORDER, BAD_DATES, NO_QUESTION, REPEATED,
)  # fmt: skip

_EVERY = tuple(Kind)
REQUIRED: dict[str, tuple[Kind, ...]] = {
    "overview": _EVERY,
    "mechanism": (Kind.TECHNIQUE, Kind.PROBLEM, Kind.THEORY, Kind.EVALUATION),
    "approaches": tuple(kind for kind in Kind if kind is not Kind.THEORY),
    "guidance": (Kind.TECHNIQUE, Kind.EVALUATION),
    "milestones": _EVERY,
    "findings": _EVERY,
    "limitations": _EVERY,
    "open_problems": _EVERY,
    "benchmarks": (Kind.PROBLEM, Kind.APPLICATION, Kind.EVALUATION),
    "implementations": (Kind.TECHNIQUE, Kind.EVALUATION),
    "prerequisites": _EVERY,
}
"""The kinds of full entry that need each field; the schema's fields that all entries need are required by the model."""

MINIMUM = {"relations": 4, "reading_list": 4}
SCOPED = (RelationType.DISTINCT_FROM, RelationType.OVERLAPS_WITH)


def topic_fields(atlas: Atlas) -> Iterator[Diagnostic]:
    for path, topic in atlas.topics.items():
        file = topic_file(path)
        for rule, loc, message, hint in _faults(topic):
            yield rule.at(atlas.locate(file, *loc), message, hint)


def _faults(topic: Topic) -> Iterator[tuple[Rule, Loc, str, str]]:
    yield from _missing(topic)
    yield from _tables(topic)
    yield from _citations(topic)
    yield from _dates(topic)
    yield from _repeats(topic)
    for i, problem in enumerate(topic.open_problems):
        if not problem.question.rstrip().endswith("?"):
            yield NO_QUESTION, ("open_problems", i, "question"), "this is no question", "end it with a question mark"


def _missing(topic: Topic) -> Iterator[tuple[Rule, Loc, str, str]]:
    missing = [name for name, kinds in REQUIRED.items() if topic.kind in kinds and not getattr(topic, name)]
    if topic.is_full and missing:
        message = f"a full entry of kind {topic.kind} lacks {', '.join(f'`{name}`' for name in missing)}"
        yield INCOMPLETE, (), message, "add what is missing, or keep the entry brief"
    for name, minimum in MINIMUM.items():
        count = len(getattr(topic, name))
        if count < minimum:
            message = f"{counted(count, 'item')} in `{name}`, where {minimum} are needed"
            yield TOO_FEW, (name,), message, f"add {minimum - count}"
    if not topic.scope:
        for i, relation in enumerate(topic.relations):
            if relation.type in SCOPED:
                hint = "add `scope`: what this page covers, and what the other covers"
                yield NO_SCOPE, ("relations", i), f"`{relation.type}` stands here, but there is no `scope`", hint
                return


def _tables(topic: Topic) -> Iterator[tuple[Rule, Loc, str, str]]:
    if topic.approaches:
        columns = len(topic.approaches.columns)
        for i, row in enumerate(topic.approaches.rows):
            if len(row.cells) != columns:
                yield CELLS, ("approaches", "rows", i, "cells"), _cells(len(row.cells), columns), _CELLS_HINT
    mechanism = topic.mechanism
    if mechanism and not mechanism.notation and any(parse(mechanism.body, Profile.MARKDOWN).formulas()):
        hint = "add `notation` with symbol, meaning and shape of each"
        yield NO_NOTATION, ("mechanism",), "the body has formulas, but no `notation`", hint


_CELLS_HINT = "one cell a column"


def _cells(cells: int, columns: int) -> str:
    return f"{counted(cells, 'cell')} in a table of {counted(columns, 'column')}"


def _citations(topic: Topic) -> Iterator[tuple[Rule, Loc, str, str]]:
    claims: list[tuple[Loc, Inline]] = [(("milestones", i, "event"), m.event) for i, m in enumerate(topic.milestones)]
    claims += [(("open_problems", i, "known"), p.known) for i, p in enumerate(topic.open_problems)]
    for loc, text in claims:
        if "[@" not in text:
            yield NO_CITATION, loc, "this claim cites nothing", "add the work that shows it: [@key]"


def _dates(topic: Topic) -> Iterator[tuple[Rule, Loc, str, str]]:
    dates = [(milestone.date, i) for i, milestone in enumerate(topic.milestones)]
    for (before, _), (after, i) in pairwise(dates):
        # A bare year may stand on either side of its own months.
        if after[: len(before)] < before[: len(after)]:
            yield (
                OUT_OF_ORDER,
                ("milestones", i, "date"),
                f"{after} stands after {before}",
                "put it in the order of time",
            )
    if topic.review_by and topic.review_by <= topic.reviewed:
        yield BAD_DATES, ("review_by",), "`review_by` is not after `reviewed`", "give a later day, or leave it out"
    if topic.literature_until > topic.reviewed.isoformat()[:7]:
        yield (
            BAD_DATES,
            ("literature_until",),
            "`literature_until` is later than `reviewed`",
            "give the newest month that was searched",
        )


def _repeats(topic: Topic) -> Iterator[tuple[Rule, Loc, str, str]]:
    seen: dict[str, str] = {}
    for i, alias in enumerate(topic.aliases):
        is_title = alias.casefold() == topic.title.casefold()  # another spelling of it tells a reader something
        if other := topic.title if is_title else seen.get(fold(alias)):
            yield REPEATED, ("aliases", i), f"'{alias}' repeats '{other}'", "leave one of the two"
        seen.setdefault(fold(alias), alias)
    works: set[str] = set()
    for i, item in enumerate(topic.reading_list):
        if item.ref in works:
            yield REPEATED, ("reading_list", i, "ref"), f"{item.ref} stands here already", "leave one of the two"
        works.add(item.ref)


def comparison_tables(atlas: Atlas) -> Iterator[Diagnostic]:
    for path, subarea in atlas.subareas.items():
        if subarea.comparison:
            columns = len(subarea.comparison.columns)
            for i, row in enumerate(subarea.comparison.rows):
                if len(row.cells) != columns:
                    where = atlas.locate(subarea_file(path), "comparison", "rows", i, "cells")
                    yield CELLS.at(where, _cells(len(row.cells), columns), _CELLS_HINT)


CHECKS = (topic_fields, comparison_tables)
