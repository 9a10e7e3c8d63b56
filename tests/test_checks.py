"""The checks beyond one case a code: many faults at once, both sides of every bar, and what is no fault."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from genai_atlas import report
from genai_atlas.atlas import Atlas
from genai_atlas.checks import RULES, check, strict
from genai_atlas.checks.fields import REQUIRED, topic_fields
from genai_atlas.checks.references import letters
from genai_atlas.checks.rubric import BRIEF_TOO, FEW_FINDINGS, ITEM_BARS, LABELS, WORD_BARS, rubric
from genai_atlas.diagnostics import FAMILIES, Diagnostic, Severity
from genai_atlas.model import FULL_FIELDS, Kind, RelationType, Topic, texts
from genai_atlas.prose import parse
from tea import STEEPING, TEA, WHISKING, edited, place, read_atlas, said, tea_with

COLD_BREWING = "taxonomy/brewing/infusion/cold-brewing.yaml"
WATER = "taxonomy/brewing/infusion/water-temperature.yaml"
INFUSION = "taxonomy/brewing/infusion/subarea.yaml"
CUPPING = "taxonomy/judging/tasting/cupping.yaml"
ASTRINGENCY = "taxonomy/judging/tasting/astringency.yaml"
BLIND = "taxonomy/judging/tasting/blind-tasting.yaml"
JUDGING = "taxonomy/judging/area.yaml"
FULL, BRIEF = "brewing/infusion/steeping", "brewing/infusion/whisking"

# ---------------------------------------------------------------- twenty faults in ten files

# File, the sound text, the faulty one, the text whose first character is the place, the code, and a part of the hint.
TWENTY = (
    (STEEPING, "cells: [$5$ °C, eight hours, little tannin]", "cells: [$5$ °C, a night]", "[$5$", "F213", "one cell"),
    (
        STEEPING,
        "falls with what the cup",
        r"falls by $\frac{a$ with what the cup",
        "$ with what",
        "P502",
        "mend the TeX",
    ),
    (WHISKING, "kind: technique", "kind: technik", "technik", "F204", "'technique'"),
    (WHISKING, "literature_until: 2026-06", "literature_until: June 2026", "June", "F206", "a month, YYYY-MM"),
    (COLD_BREWING, "title: Cold Brewing", "title: Cold Brewing: a night", ": a night", "S105", "in quotes"),
    (WATER, "to: blind-tasting", "to: blind-tastings", "blind-tastings", "L301", "'blind-tasting'"),
    (WATER, "ref: lund2025kettle", "ref: lund2025kettel", "lund2025kettel", "R401", "'lund2025kettle'"),
    (WATER, "The problem is to hold", "The powerful problem is to hold", "powerful", "Q613", "what was measured"),
    (CUPPING, "kind: evaluation\n", "kind: evaluation\ntitle: A Cup\n", "title: A Cup", "S106", "keep one"),
    (CUPPING, "aliases: [standard cup]", "aliases: []", "[]", "S112", "leave it out"),
    (ASTRINGENCY, "leaves in the mouth", "leaves **in** the mouth", "**in**", "P511", "without markup"),
    (
        ASTRINGENCY,
        "type: addressed_by, to: cold-brewing",
        "type: specializes, to: astringency",
        "{type: specializes",
        "L321",
        "the other topic",
    ),
    ("taxonomy/references/2022.yaml", "month: 4", "month: 13", "13", "F205", "at most 12"),
    ("taxonomy/references/2022.yaml", "[Anne Fabre]", "[Anne Fabre and Bo Li]", "Anne", "R407", "make each an item"),
    ("taxonomy/references/2023.yaml", "  doi: 10.5555/tea.2023.10\n", "", "haas2023failed:", "R405", "add `arxiv`"),
    ("taxonomy/references/2023.yaml", "year: 2023\n  month: 4", "year: 2022\n  month: 4", "2022", "R403", "version"),
    (INFUSION, "  - whisking\n", "  - whisking\n  - steeping\n", "steeping\n  - water", "L305", "leave one"),
    (INFUSION, "{topic: whisking", "{topic: cupping", "cupping", "L310", "its topics are"),
    (JUDGING, "[@guild2024cupping]", "[@guild2024cupping; ]", "], and", "P503", "leave the ';' out"),
    (JUDGING, "a protocol and a panel", "a <b>protocol</b> and a panel", "<b>", "P508", "**strong**"),
)


@pytest.fixture(scope="module")
def twenty() -> tuple[dict[str, bytes], Atlas, tuple[Diagnostic, ...]]:
    files = tea_with(*((path, old, new) for path, old, new, *_ in TWENTY))
    return (files, *read_atlas(files))


def test_twenty_faults_in_ten_files_are_all_told_in_one_run(
    twenty: tuple[dict[str, bytes], Atlas, tuple[Diagnostic, ...]],
) -> None:
    files, _, diagnostics = twenty
    expected = sorted(
        f"{code} {path.removeprefix('taxonomy/')}:{place(files[path], at)}" for path, _, _, at, code, _ in TWENTY
    )
    assert len({path for path, *_ in TWENTY}) == 10
    assert sorted(said(diagnostics)) == expected
    assert list(diagnostics) == sorted(diagnostics)


@pytest.mark.parametrize(("path", "code", "hint"), [(path, code, hint) for path, _, _, _, code, hint in TWENTY])
def test_each_of_the_twenty_says_how_to_mend_it(
    twenty: tuple[dict[str, bytes], Atlas, tuple[Diagnostic, ...]], path: str, code: str, hint: str
) -> None:
    (own,) = (d for d in twenty[2] if d.code == code and d.location.path == path)
    assert hint in own.hint
    assert f"    hint: {own.hint}\n" in report.text([own])


def test_twenty_faults_cost_their_own_topics_and_records_alone(
    twenty: tuple[dict[str, bytes], Atlas, tuple[Diagnostic, ...]], tea: Atlas
) -> None:
    _, atlas, _ = twenty
    assert set(tea.topics) - set(atlas.topics) == {"brewing/infusion/cold-brewing", "brewing/infusion/whisking"}
    assert set(tea.references) - set(atlas.references) == {"ekman2022blind"}
    # The subarea lists `steeping` twice now; that costs neither a topic nor the order.
    assert sorted(atlas.topic_paths) == sorted(tea.topic_paths)
    assert all(atlas.resolve(name) for name in ("whisking", "cold-brewing", "cupping"))


# ---------------------------------------------------------------- the rules themselves


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_is_documented(rule: Any) -> None:
    assert rule.code[0] in FAMILIES
    assert re.fullmatch(r"[A-Z]\d{3}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert len(rule.explanation.split()) >= 6
    assert "\n" not in rule.explanation
    assert rule.explanation.endswith((".", ".)"))
    assert rule.wrong.strip()
    assert rule.right.strip()
    assert rule.wrong != rule.right
    assert rule.severity is (Severity.WARNING if rule.code[0] == "Q" or rule.code == "S130" else Severity.ERROR)


def test_strict_makes_the_rubric_errors_and_leaves_the_rest() -> None:
    _, diagnostics = read_atlas(tea_with((WHISKING, "time hardly matters", "time is powerful")))
    assert [d.severity for d in diagnostics] == [Severity.WARNING]
    assert strict(diagnostics) == tuple(replace(d, severity=Severity.ERROR) for d in diagnostics)


# ---------------------------------------------------------------- fields


def changed(atlas: Atlas, path: str, **fields: Any) -> Atlas:
    """The atlas with other fields in one topic, unchecked by the schema."""
    topics = {**atlas.topics, path: atlas.topics[path].model_copy(update=fields)}
    return replace(atlas, topics=topics)


def codes(diagnostics: Iterable[Diagnostic]) -> list[str]:
    return [d.code for d in diagnostics]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", REQUIRED)
def test_full_entry_needs_the_fields_of_its_kind(fabricated: Atlas, kind: Kind, name: str) -> None:
    path, topic = next((path, topic) for path, topic in fabricated.topics.items() if topic.kind is kind)
    empty = Topic.model_fields[name].default
    lacking = replace(fabricated, topics={path: topic.model_copy(update={name: empty})})
    told = [d.message for d in topic_fields(lacking) if d.code == "F211"]
    expected = [f"a full entry of kind {kind} lacks `{name}`"] if kind in REQUIRED[name] else []
    assert told == expected


@pytest.mark.parametrize("name", FULL_FIELDS)
def test_any_full_field_makes_an_entry_full(tea: Atlas, name: str) -> None:
    steeping = tea.topics[FULL]
    whisking = changed(tea, BRIEF, **{name: getattr(steeping, name)}).topics[BRIEF]
    assert whisking.is_full
    assert not tea.topics[BRIEF].is_full


DATES = {
    "in order": (("2019", "2019-05", "2020"), []),
    "a year among its own months": (("2019-05", "2019", "2019-03"), []),
    "the same month twice": (("2019-05", "2019-05"), []),
    "month before month": (("2019-05", "2019-04"), ["F217"]),
    "year before year": (("2020", "2019-12", "2018"), ["F217", "F217"]),
}


@pytest.mark.parametrize(("dates", "expected"), DATES.values(), ids=DATES)
def test_milestones_stand_in_order(tea: Atlas, dates: tuple[str, ...], expected: list[str]) -> None:
    first = tea.topics[FULL].milestones[0]
    milestones = tuple(first.model_copy(update={"date": date}) for date in dates)
    assert codes(topic_fields(changed(tea, FULL, milestones=milestones))) == expected


@pytest.mark.parametrize(
    ("review_by", "literature_until", "expected"),
    [
        (datetime.date(2026, 11, 25), "2026-11", []),
        (datetime.date(2026, 11, 24), "2026-11", ["F218"]),
        (None, "2026-12", ["F218"]),
    ],
)
def test_dates_agree(tea: Atlas, review_by: datetime.date | None, literature_until: str, expected: list[str]) -> None:
    atlas = changed(tea, BRIEF, review_by=review_by, literature_until=literature_until)
    assert codes(topic_fields(atlas)) == expected


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        (("matcha making", "powder tea"), []),
        (("KV cache", "kv-cache"), ["F220"]),
        (("thé fouetté", "the fouette"), ["F220"]),
        (("whisking",), ["F220"]),
        (("whis-king",), []),  # another spelling of the title tells a reader something
    ],
)
def test_aliases_differ(tea: Atlas, aliases: tuple[str, ...], expected: list[str]) -> None:
    assert codes(topic_fields(changed(tea, BRIEF, aliases=aliases))) == expected


# ---------------------------------------------------------------- the rubric's bars


def test_bars_are_the_rubrics() -> None:
    assert {".".join(field): bar for field, bar in WORD_BARS.items()} == {
        "summary": (40, 75),
        "scope": (1, 60),
        "overview": (150, 320),
        "mechanism.body": (120, 350),
        "guidance.use_when": (1, 40),
        "guidance.avoid_when": (1, 40),
        "milestones.event": (1, 35),
        "findings.claim": (1, 30),
        "limitations": (15, 60),
        "implementations.note": (1, 20),
        "relations.note": (1, 20),
        "reading_list.why": (1, 25),
    }
    assert ITEM_BARS == {
        "milestones": (5, 12),
        "limitations": (3, 6),
        "open_problems": (2, 5),
        "relations": (4, 12),
        "reading_list": (5, 9),
        "prerequisites": (1, 5),
        "benchmarks": (2, 8),
        "implementations": (1, 6),
    }


def test_length_of_an_entry_is_within_its_bar(tea: Atlas) -> None:
    topic = tea.topics[FULL]
    rest = sum(parse(text, profile).words for loc, profile, text in texts(topic) if loc[0] != "overview")
    labels = sum(
        parse(text, profile).words for loc, profile, text in texts(topic) if loc[0] != "overview" and LABELS & set(loc)
    )
    for total, is_right in ((1299, False), (1300, True), (2200, True), (2201, False)):
        atlas = changed(tea, FULL, overview=words(total - rest + labels))
        assert [d.message for d in rubric(atlas) if d.code == "Q603"] == (
            [] if is_right else [f"the entry has {total} words, where 1300 to 2200 are due"]
        )


def words(count: int) -> str:
    return " ".join(["word"] * count)


def with_text(value: Any, field: tuple[str, ...], text: str) -> Any:
    """The value with `text` at every place that the field's path leads to."""
    if isinstance(value, tuple):
        return tuple(with_text(item, field, text) for item in value)
    if not field:
        return text
    assert isinstance(value, BaseModel)
    return value.model_copy(update={field[0]: with_text(getattr(value, field[0]), field[1:], text)})


BARS = [
    (field, count, low <= count <= high)
    for field, (low, high) in WORD_BARS.items()
    for count in {max(low - 1, 1), low, high, high + 1}
]


@pytest.mark.parametrize(("field", "count", "is_right"), BARS)
def test_words_of_a_field_are_within_its_bar(tea: Atlas, field: tuple[str, ...], count: int, is_right: bool) -> None:
    topic = with_text(tea.topics[FULL], field, words(count))
    told = [d.message for d in rubric(replace(tea, topics={FULL: topic})) if d.code == "Q601"]
    places = sum(tuple(step for step in loc if isinstance(step, str)) == field for loc, _, _ in texts(topic))
    assert len(told) == (0 if is_right else places)
    assert all(f"`{field[-1]}` has {count} word" in message for message in told)


@pytest.mark.parametrize("field", WORD_BARS)
def test_brief_entries_have_bars_for_what_all_entries_have(tea: Atlas, field: tuple[str, ...]) -> None:
    topic = with_text(tea.topics[BRIEF], ("scope",), "One.") if field == ("scope",) else tea.topics[BRIEF]
    if getattr(topic, field[0]) in (None, ()):
        assert field not in BRIEF_TOO
        return
    long = with_text(topic, field, words(200))
    assert {d.code for d in rubric(replace(tea, topics={BRIEF: long}))} == {"Q601"}


ITEMS = [
    (name, count, low <= count <= high)
    for name, (low, high) in ITEM_BARS.items()
    for count in {low - 1, low, high, high + 1} - {0}
]


@pytest.mark.parametrize(("name", "count", "is_right"), ITEMS)
def test_items_of_a_field_are_within_its_bar(tea: Atlas, name: str, count: int, is_right: bool) -> None:
    first = getattr(tea.topics[FULL], name)[0]
    told = [d.message for d in rubric(changed(tea, FULL, **{name: (first,) * count})) if d.code == "Q602"]
    low, high = ITEM_BARS[name]
    wanted = f"{low} to {high}" if low > 1 else f"at most {high}"
    item = "item" if count == 1 else "items"
    assert told == ([] if is_right else [f"`{name}` has {count} {item}, where {wanted} are due"])


@pytest.mark.parametrize("kind", Kind)
def test_number_of_findings_depends_on_the_kind(tea: Atlas, kind: Kind) -> None:
    findings = tea.topics[FULL].findings
    for count in (1, 2, 3, 9, 10):
        atlas = changed(tea, FULL, kind=kind, findings=(findings[:3] * 4)[:count])
        told = any("`findings`" in d.message for d in rubric(atlas) if d.code == "Q602")
        assert told == (not (2 if kind in FEW_FINDINGS else 3) <= count <= 9)


@pytest.mark.parametrize(
    ("columns", "rows", "expected"), [(1, 3, 1), (2, 3, 0), (5, 9, 0), (6, 9, 1), (5, 10, 1), (2, 2, 1)]
)
def test_size_of_the_table_of_approaches(tea: Atlas, columns: int, rows: int, expected: int) -> None:
    approaches = tea.topics[FULL].approaches
    assert approaches
    row = approaches.rows[0].model_copy(update={"cells": ("x",) * columns})
    table = approaches.model_copy(update={"columns": ("x",) * columns, "rows": (row,) * rows})
    told = [d for d in rubric(changed(tea, FULL, approaches=table)) if d.code == "Q602"]
    assert len(told) == expected


@pytest.mark.parametrize(
    ("kind", "thin", "needed"),
    [(Kind.TECHNIQUE, None, 12), (Kind.OUTLOOK, None, 8), (Kind.TECHNIQUE, "Nobody measures it.", 8)],
)
def test_number_of_references_that_are_due(tea: Atlas, kind: Kind, thin: str | None, needed: int) -> None:
    for count in (needed - 1, needed):
        references = dict(list(tea.references.items())[-count:])
        atlas = replace(changed(tea, FULL, kind=kind, thin=thin), references=references)
        told = [d.message for d in rubric(atlas) if d.code == "Q604"]
        assert told == ([] if count == needed else [f"the entry has {count} references, where {needed} to 25 are due"])


@pytest.mark.parametrize(
    ("months", "thin", "expected"),
    [
        ([(2024, 11), (2024, 11), (2024, 11)], None, []),
        ([(2024, 11), (2024, 11), (2024, 10)], None, ["Q605"]),
        ([(2024, None), (2025, None), (2026, None)], None, ["Q605"]),  # a missing month counts as January
        ([(2025, None), (2025, None), (2026, None)], None, []),
        ([(2024, 11), (2024, 10), (2024, 10)], "Nobody measures it.", []),
        ([(2024, 10), (2024, 10), (2024, 10)], "Nobody measures it.", ["Q605"]),
    ],
)
def test_recent_is_within_24_months(
    tea: Atlas, months: list[tuple[int, int | None]], thin: str | None, expected: list[str]
) -> None:
    old = {
        key: reference.model_copy(update={"year": min(reference.year, 2023)})
        for key, reference in tea.references.items()
    }
    for key, (year, month) in zip(old, months, strict=False):
        old[key] = old[key].model_copy(update={"year": year, "month": month})
    atlas = replace(changed(tea, FULL, thin=thin), references=old)
    assert [d.code for d in rubric(atlas) if d.code == "Q605"] == expected


PRAISE = {
    "the word itself": ("a powerful pot", "Q613"),
    "in capitals": ("Revolutionary pots", "Q613"),
    "with a hyphen": ("a cutting-edge pot", "Q613"),
    "two words": ("a seamless and powerful pot", "Q613 Q613"),
    "part of a word": ("its robustness, and how powerfully it pours", ""),
    "quoted": ('they call it "powerful" [@lund2025kettle]', ""),
    "as code": ("the option `unlock`", ""),
    "robust without a source": ("a robust pot", "Q613"),
    "robust with a source": ("a robust pot [@lund2025kettle]", ""),
    "robust as the first word, with a source": ("Robust pots [@lund2025kettle]. And others.", ""),
    "a source in another sentence": ("A robust pot. It is old [@lund2025kettle].", "Q613"),
    "other words are never excused": ("a powerful pot [@lund2025kettle]", "Q613"),
}


@pytest.mark.parametrize(("text", "expected"), PRAISE.values(), ids=PRAISE)
def test_praise(tea: Atlas, text: str, expected: str) -> None:
    atlas = changed(tea, BRIEF, scope=text)
    assert codes(d for d in check(atlas) if d.code == "Q613") == expected.split()


def test_names_may_praise(tea: Atlas) -> None:
    name = tea.topics[FULL].implementations[0].model_copy(update={"name": "Unlock"})
    atlas = changed(tea, FULL, title="Robust Steeping", aliases=("powerful tea",), implementations=(name,))
    assert "Q613" not in codes(check(atlas))


@pytest.mark.parametrize(
    ("baseline", "unit", "expected"),
    [
        ("none", "% of dissolved tannin", []),
        ("none", "share of drinkers", []),
        ("None", "mg", ["Q614"]),
        ("n/a", "mg", ["Q614"]),
        ("4.2 (whole leaf)", "mg", []),
    ],
)
def test_value_stands_beside_another(tea: Atlas, baseline: str, unit: str, expected: list[str]) -> None:
    first, *others = tea.topics[FULL].findings
    changed_finding = first.model_copy(update={"baseline": baseline, "unit": unit})
    atlas = changed(tea, FULL, findings=(changed_finding, *others))
    assert [d.code for d in rubric(atlas) if d.code == "Q614"] == expected


# ---------------------------------------------------------------- links and relations


NAMED = {
    "a row of approaches": (STEEPING, "topic: cold-brewing", "topic: cold-brew", "cold-brew\n"),
    "a table cell": (STEEPING, "five scales, see [[cupping]]", "five scales, see [[cuping]]", "[[cuping"),
    "a prerequisite": (STEEPING, "[[water-temperature]]: why", "[[infusion/water]]: why", "[[infusion/water"),
    "a retired topic": ("taxonomy/retired.yaml", "see: cold-brewing", "see: cold-brew", "cold-brew}"),
    "an overview": ("taxonomy/brewing/area.yaml", "see [[steeping]]", "see [[steaming|it]]", "[[steaming"),
}


@pytest.mark.parametrize(("path", "old", "new", "at"), NAMED.values(), ids=NAMED)
def test_unknown_topic_is_told_wherever_it_is_named(path: str, old: str, new: str, at: str) -> None:
    files = tea_with((path, old, new))
    expected = f"L301 {path.removeprefix('taxonomy/')}:{place(files[path], at)}"
    assert said(read_atlas(files)[1]) == [expected]


def test_subarea_in_the_link_tells_two_topics_of_one_slug_apart() -> None:
    files = tea_with(
        (INFUSION, "  - water-temperature\n", "  - water-temperature\n  - serving\n"),
        ("taxonomy/judging/tasting/subarea.yaml", "  - blind-tasting\n", "  - blind-tasting\n  - serving\n"),
        (WHISKING, "to: cupping", "to: tasting/serving"),
    )
    serving = edited(TEA[WHISKING], [("title: Whisking\naliases: [matcha making, ground-leaf tea]", "title: Serving")])
    files["taxonomy/brewing/infusion/serving.yaml"] = serving
    files["taxonomy/judging/tasting/serving.yaml"] = serving
    assert read_atlas(files)[1] == ()


def test_alias_of_an_area_is_a_name_like_any_other() -> None:
    diagnostics = read_atlas(tea_with((CUPPING, "aliases: [standard cup]", "aliases: [Tea-Making, Brewing]")))[1]
    assert [d.message for d in diagnostics] == [
        "'Tea-Making' is a name of brewing too",
        "'Brewing' is a name of brewing too",
    ]


T = RelationType
PAIRS = {
    "the same from both sides": ((T.BUILDS_ON, T.BASIS_OF), ""),
    "a symmetric one from both sides": ((T.COMPLEMENTS, T.COMPLEMENTS), ""),
    "two that go together": ((T.COMPLEMENTS, T.IN_TENSION_WITH), ""),
    "both directions": ((T.BUILDS_ON, T.BUILDS_ON), "L323"),
    "both directions, inverted": ((T.BASIS_OF, T.BASIS_OF), "L323"),
    "a part and a whole": ((T.PART_OF, T.PART_OF), "L323 L325"),
    "an alternative that complements": ((T.ALTERNATIVE_TO, T.COMPLEMENTS), "L323"),
    "an overlap that is distinct": ((T.OVERLAPS_WITH, T.DISTINCT_FROM), "L323"),
}


@pytest.mark.parametrize(("types", "expected"), PAIRS.values(), ids=PAIRS)
def test_relations_of_a_pair(tea: Atlas, types: tuple[RelationType, RelationType], expected: str) -> None:
    one, other = "brewing/infusion/whisking", "judging/tasting/blind-tasting"  # without any so far
    atlas = tea
    for path, type_, to in ((one, types[0], "blind-tasting"), (other, types[1], "whisking")):
        relation = atlas.topics[path].relations[0].model_copy(update={"type": type_, "to": to})
        relations = (*atlas.topics[path].relations, relation)
        atlas = changed(atlas, path, relations=relations, scope="One.")
    told = {d.code for d in check(atlas)} - {"L324"}  # builds_on in both directions is a circle as well
    assert sorted(told) == expected.split()


def test_circle_is_told_once_and_named_from_the_first_topic() -> None:
    files = tea_with(
        (WATER, "type: evaluated_by, to: cupping", "type: builds_on, to: cupping"),
        (CUPPING, "type: evaluates, to: steeping", "type: builds_on, to: whisking"),
    )
    assert [d.message for d in read_atlas(files)[1]] == [
        "builds_on or prerequisites lead in a circle: whisking → water-temperature → cupping → whisking"
    ]


def test_two_circles_are_both_told() -> None:
    files = tea_with(
        (WATER, "type: evaluated_by, to: cupping", "type: builds_on, to: cupping"),
        (CUPPING, "type: evaluates, to: steeping", "type: builds_on, to: whisking"),
        (CUPPING, "type: complements, to: blind-tasting", "type: part_of, to: blind-tasting"),
        (BLIND, "type: complements, to: cupping", "type: has_part, to: cupping"),
        (BLIND, "type: evaluates, to: astringency", "type: part_of, to: astringency"),
        (ASTRINGENCY, "type: evaluated_by, to: cupping", "type: part_of, to: cupping"),
    )
    assert codes(read_atlas(files)[1]) == ["L325", "L324"]


# ---------------------------------------------------------------- references


def test_record_with_a_fault_is_not_told_again_where_it_is_cited() -> None:
    files = tea_with(("taxonomy/references/2021.yaml", "  venue: arXiv preprint\n", ""))
    assert said(read_atlas(files)[1]) == ["F201 references/2021.yaml:10:3"]


@pytest.mark.parametrize("data", [b"", b"castro2021steeping: [\n", b"\xff\xfe"])
def test_file_of_records_that_cannot_be_read_is_told_alone(data: bytes) -> None:
    _, (fault,) = read_atlas(TEA | {"taxonomy/references/2021.yaml": data})
    assert fault.location.path == "taxonomy/references/2021.yaml"


def test_uncited_records_wait_until_every_entry_can_be_read() -> None:
    record = b"okafor2020clay:\n  title: Clay\n  authors: [Ada Okafor]\n  year: 2020\n  venue: book\n  type: book\n"
    uncited = {"taxonomy/references/2020/o.yaml": record + b"  url: https://tea.example.org/clay\n"}
    assert said(read_atlas(TEA | uncited)[1]) == ["R402 references/2020/o.yaml:1:1"]
    broken = tea_with((WHISKING, "kind: technique", "kind: technik"))
    assert said(read_atlas(broken | uncited)[1]) == ["F204 brewing/infusion/whisking.yaml:3:7"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Noam Shazeer", "noamshazeer"),
        ("Søren Dahl", "sorendahl"),
        ("Łukasz Kaiser", "lukaszkaiser"),
        ("Zoé Moreau", "zoemoreau"),
        ("Müller-Groß, Jan", "mullergrossjan"),
        ("{DeepSeek-AI}", "deepseekai"),
        ("岩崎 花", ""),
    ],
)
def test_name_in_the_letters_of_a_key(name: str, expected: str) -> None:
    assert letters(name) == expected


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        (("Ute Haas", "Bo Li"), []),
        (("Ute Haas", "et al."), []),
        (("Haas, Ute",), []),
        (("{Haas and Partners}",), []),
        (("Ute Haas", "et al"), ["R407"]),
        (("et al.", "Ute Haas"), ["R406", "R407"]),
        (("Ute Haas", "and others"), ["R407"]),
        (("Ute Haas; Bo Li",), ["R407"]),
        (("Haas Inc.}",), ["R407"]),
    ],
)
def test_authors(tea: Atlas, authors: tuple[str, ...], expected: list[str]) -> None:
    record = tea.references["haas2023failed"].model_copy(update={"authors": authors})
    assert codes(check(replace(tea, references={**tea.references, "haas2023failed": record}))) == expected


@pytest.mark.parametrize(
    ("checked", "expected"),
    [
        ("report on the guild's own site, 2026-11", []),
        ("https://tea.example.org/cupping, 2026-11-24", []),
        ("seen, 2026-11", ["R409"]),
        ("report on the guild's own site", ["R409"]),
    ],
)
def test_checked_note(tea: Atlas, checked: str, expected: list[str]) -> None:
    record = tea.references["guild2024cupping"].model_copy(update={"checked": checked})
    assert codes(check(replace(tea, references={**tea.references, "guild2024cupping": record}))) == expected


# ---------------------------------------------------------------- prose

PROSE = {
    "the atlas": ("taxonomy/atlas.yaml", "A fabricated atlas", "A *fabricated* atlas", "*fabricated*", "P511"),
    "a retired topic": ("taxonomy/retired.yaml", "Nobody measured", "<b>Nobody measured", "<b>", "P508"),
    "an area": (JUDGING, "a protocol and a panel", "a protocol and a $panel", "$panel", "P501"),
    "a table of a subarea": (INFUSION, "[three minutes,", '["three ![x](y.png)",', "![x]", "P510"),
    "a topic": (STEEPING, "one variable at a time", "one *variable at a time", "*variable", "P513"),
}


@pytest.mark.parametrize(("path", "old", "new", "at", "code"), PROSE.values(), ids=PROSE)
def test_prose_is_checked_wherever_it_stands(path: str, old: str, new: str, at: str, code: str) -> None:
    files = tea_with((path, old, new))
    assert said(read_atlas(files)[1]) == [f"{code} {path.removeprefix('taxonomy/')}:{place(files[path], at)}"]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Чай", []),
        ("浸す tea", []),
        ("μP and βVAE", []),
        ("Τea", ["P541"]),  # a Greek capital tau
        ("Whіsking", ["P541"]),  # a Cyrillic i
        ("Thé", []),
    ],
)
def test_scripts_of_a_title(tea: Atlas, title: str, expected: list[str]) -> None:
    assert codes(check(changed(tea, BRIEF, title=title))) == expected
