"""Files to an atlas: a broken file costs its own topic, and no input raises."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_atlas.source import REFUSED_CHARACTERS
from tea import STEEPING, TEA, WHISKING, place, read_atlas, said, tea_with

INFUSION = "taxonomy/brewing/infusion/subarea.yaml"
BREWING = "taxonomy/brewing/area.yaml"
ATLAS = "taxonomy/atlas.yaml"
BREAKS = {
    "empty": b"",
    "a comment": b"# to be written\n",
    "not YAML": b"title: [\n",
    "not UTF-8": b"title: \xff\n",
    "a list": b"- title\n",
    "another schema": b"name: x\n",
    "one field of another type": TEA[WHISKING].replace(b"kind: technique", b"kind: [technique]"),
    "too large": b"#" * 300_000,
    "too deep": b"a: " + b"[" * 1000 + b"\n",
}


@pytest.mark.parametrize("data", BREAKS.values(), ids=BREAKS)
def test_broken_file_costs_its_own_topic_alone(data: bytes) -> None:
    before, _ = read_atlas(TEA)
    after, diagnostics = read_atlas({**TEA, WHISKING: data})
    assert {d.location.path for d in diagnostics} == {WHISKING}
    assert after.topics == {path: topic for path, topic in before.topics.items() if path != "brewing/infusion/whisking"}
    assert after.topic_paths == before.topic_paths
    assert (after.areas, after.subareas, after.references) == (before.areas, before.subareas, before.references)
    assert after.resolve("whisking") == "brewing/infusion/whisking"
    assert after.title("brewing/infusion/whisking") == "Whisking"
    assert {path: sorted(faults) for path, faults in after.faults.items()} == {WHISKING: list(diagnostics)}


@pytest.mark.parametrize("data", [b"", b"title: [\n", b"name: x\n"])
@pytest.mark.parametrize("path", [INFUSION, BREWING, ATLAS])
def test_broken_parent_keeps_its_children(path: str, data: bytes) -> None:
    before, _ = read_atlas(TEA)
    after, diagnostics = read_atlas({**TEA, path: data})
    assert {d.location.path for d in diagnostics} == {path}
    assert after.topics == before.topics
    assert sorted(after.subareas) == sorted(before.subareas)
    assert sorted(after.areas) == sorted(before.areas)


def test_stand_in_for_a_broken_parent_is_named_after_its_folder() -> None:
    atlas, _ = read_atlas({**TEA, INFUSION: b"", BREWING: b"", ATLAS: b""})
    assert atlas.areas["brewing"].title == "Brewing"
    assert atlas.subareas["brewing/infusion"].title == "Infusion"
    assert atlas.file.title == "Untitled"
    assert atlas.topics_of("brewing/infusion") == (
        "brewing/infusion/cold-brewing",
        "brewing/infusion/steeping",
        "brewing/infusion/water-temperature",
        "brewing/infusion/whisking",
    )


def test_broken_record_costs_itself_alone() -> None:
    path = "taxonomy/references/2021.yaml"
    atlas, _ = read_atlas(tea_with((path, "year: 2021\n  month: 6", "year: soon\n  month: 6")))
    assert "castro2021steeping" in atlas.references
    assert "dahl2021cold" not in atlas.references


def test_order_is_the_outlines_and_what_nobody_lists_comes_last() -> None:
    atlas, _ = read_atlas(tea_with((INFUSION, "  - steeping\n", "")))
    assert [path.rsplit("/", 1)[1] for path in atlas.topic_paths] == [
        "cold-brewing", "whisking", "water-temperature", "cupping", "astringency", "blind-tasting", "steeping",
    ]  # fmt: skip


def test_empty_folder_is_an_atlas_of_nothing() -> None:
    atlas, diagnostics = read_atlas({})
    assert (atlas.topic_paths, atlas.areas, said(diagnostics)) == ((), {}, ["F208 atlas.yaml:1:1"])


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("taxonomy/published.yaml", False),
        ("taxonomy/brewing.yaml", False),
        ("taxonomy/brewing/subarea.yaml", False),
        ("taxonomy/brewing/infusion/green/sencha.yaml", False),
        ("taxonomy/references/2023/g.yaml", True),
        ("taxonomy/brewing/infusion/sencha.yaml", True),
    ],
)
def test_place_of_a_file_says_what_it_is(path: str, is_known: bool) -> None:
    _, diagnostics = read_atlas({**TEA, path: b"title: Sencha\n"})
    codes = {d.code for d in diagnostics if d.location.path == path}
    assert ("F207" in codes) != is_known
    assert is_known or codes == {"F207"}


def test_published_paths_keep_their_line() -> None:
    published = b"judging/tasting/cupping\r\n\r\n  a/b/c\x1b[31m  \n"
    _, (diagnostic,) = read_atlas({**TEA, "taxonomy/published.txt": published})
    assert (diagnostic.code, diagnostic.location.line) == ("L308", 3)
    assert "\x1b" not in diagnostic.message


@pytest.mark.parametrize(("data", "code"), [(b"a/b/\xff\n", "S102"), (b"a/b/c\n" * 50_000, "S101")])
def test_published_paths_that_cannot_be_read_are_one_fault(data: bytes, code: str) -> None:
    assert said(read_atlas({**TEA, "taxonomy/published.txt": data})[1]) == [f"{code} published.txt:1:1"]


# ---------------------------------------------------------------- what the schema says of a value

# What is replaced in the full entry, where the fault stands, and its code, message and hint.
VALUES = {
    "a list for a number or a text": (
        ("value: 1.4", "value: [1.4]", "[1.4]"),
        ("F203", "`findings[1].value` should be a number or text, not a list", "write a number or text"),
    ),
    "a mapping for a number or a text": (
        ("value: 1.4", "value: {a: 1}", "{a: 1}"),
        ("F203", "`findings[1].value` should be a number or text, not a mapping", "write a number or text"),
    ),
    "a list for a date": (
        ('date: "2019"', "date: [2019]", "[2019]"),
        ("F203", "`milestones[1].date` should be text, not a list", "write text"),
    ),
    "a number for a day": (
        ("review_by: 2027-06-01", "review_by: 20270601", "20270601"),
        ("F206", "`review_by` has not the right form: 20270601", "write a day of the calendar, YYYY-MM-DD"),
    ),
    "a month for a day": (
        ("review_by: 2027-06-01", "review_by: 2027-06", "2027-06"),
        ("F206", "`review_by` has not the right form: '2027-06'", "write a day of the calendar, YYYY-MM-DD"),
    ),
    "a text for a mapping": (
        ("prerequisites:\n", "comparison: none\nprerequisites:\n", "comparison"),
        ("F202", "unknown field `comparison`", ""),
    ),
    "a mapping for a list": (
        ("aliases: [hot infusion, Gongfu style, 浸す]", "aliases: {hot: infusion}", "{hot"),
        ("F203", "`aliases` should be a list, not a mapping", "write a list"),
    ),
    "a text for a list": (
        ("refs: [dahl2021cold]", "refs: dahl2021cold", "dahl2021cold\n  "),
        ("F203", "`approaches.rows[3].refs` should be a list, not the value 'dahl2021cold'", "write a list"),
    ),
    "a number in a list of texts": (
        ("aliases: [hot infusion,", "aliases: [1.50,", "1.50"),
        ("F203", "`aliases[1]` should be text, not the number 1.5", 'put it into quotes: "1.50"'),
    ),
    "an unknown name in an enum": (
        ("kind: technique", "kind: recipe", "recipe"),
        ("F204", "`kind` cannot be 'recipe'", "technique, problem, application, theory, evaluation, outlook"),
    ),
    "an item of a list in a list": (
        ("refs: [dahl2021cold]", "refs: [dahl2021cold, Dahl]", "Dahl"),
        ("F206", "`approaches.rows[3].refs[2]` has not the right form: 'Dahl'", "a citation key"),
    ),
    "a title for a slug": (
        ("to: whisking", "to: Whisking", "Whisking"),
        ("F206", "`relations[2].to` has not the right form: 'Whisking'", "a topic's slug"),
    ),
    "an address without a scheme": (
        ("url: https://tea.example.org/forty", "url: tea.example.org", "tea.example.org\n"),
        ("F206", "`benchmarks[1].url` has not the right form: 'tea.example.org'", "begins with https://"),
    ),
}


@pytest.mark.parametrize(("edit", "expected"), VALUES.values(), ids=VALUES)
def test_value_of_another_type_is_told_in_an_authors_words(
    edit: tuple[str, str, str], expected: tuple[str, str, str]
) -> None:
    old, new, at = edit
    code, message, hint = expected
    files = tea_with((STEEPING, old, new))
    _, diagnostics = read_atlas(files)
    where = place(files[STEEPING], at)
    assert said(diagnostics) == [f"{code} brewing/infusion/steeping.yaml:{where}"]
    assert diagnostics[0].message == message
    assert hint in diagnostics[0].hint


@pytest.mark.parametrize("name", ["泡茶", "Чай", "चाय", "شاي", "Thé à la menthe", "Ꭰ tea", "🍵"])
def test_names_of_any_script_survive(name: str) -> None:
    atlas, diagnostics = read_atlas(
        tea_with((WHISKING, "title: Whisking", f"title: {name}"), (WHISKING, "[matcha making,", f"[{name} 2,"))
    )
    topic = atlas.topics["brewing/infusion/whisking"]
    assert (topic.title, topic.aliases[0], diagnostics) == (name, f"{name} 2", ())


# ---------------------------------------------------------------- no input raises

LINES = st.lists(
    st.one_of(
        st.sampled_from(TEA[STEEPING].decode().splitlines()),
        st.sampled_from(TEA["taxonomy/references/2021.yaml"].decode().splitlines()),
        st.from_regex(r" {0,6}(- )?[a-z_]{1,8}: ?[^\n]{0,12}", fullmatch=True),
        st.text(max_size=20),
    ),
    max_size=30,
).map("\n".join)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates().map(str)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FILES = st.sampled_from(
    [WHISKING, STEEPING, INFUSION, BREWING, ATLAS, "taxonomy/retired.yaml", "taxonomy/references/2021.yaml",
     "taxonomy/published.txt"]
)  # fmt: skip


def read_without_raising(path: str, data: bytes) -> None:
    """Whatever stands in one file: every fault has a place in the text, and every other topic is still there."""
    atlas, diagnostics = read_atlas({**TEA, path: data})
    others = {file for file in TEA if file.count("/") == 3 and not file.endswith("subarea.yaml")} - {path}
    assert {f"taxonomy/{topic}.yaml" for topic in atlas.topics} >= others
    lines = data.decode("utf-8", "replace").count("\n") + 1
    for diagnostic in diagnostics:
        assert diagnostic.message
        assert not REFUSED_CHARACTERS.search(f"{diagnostic.message}{diagnostic.hint}".replace("\n", ""))
        if diagnostic.location.path == path:
            assert 1 <= diagnostic.location.line <= lines
            assert diagnostic.location.column >= 1


@given(path=FILES, text=LINES)
@settings(max_examples=60, deadline=None)
def test_text_that_is_nearly_yaml_never_raises(path: str, text: str) -> None:
    read_without_raising(path, text.encode("utf-8", "surrogatepass"))


@given(path=FILES, data=st.binary(max_size=60))
@settings(max_examples=30, deadline=None)
def test_bytes_never_raise(path: str, data: bytes) -> None:
    read_without_raising(path, data)


@given(path=FILES, value=JSON, data=st.data())
@settings(max_examples=80, deadline=None)
def test_values_of_another_shape_never_raise(path: str, value: Any, data: st.DataObject) -> None:
    """Something else stands at one place of a sound file."""
    if path.endswith(".txt"):
        return
    whole = yaml.load(TEA[path], yaml.BaseLoader)
    holder: Any = whole
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.booleans()):
            break
        holder = holder[key]
    holder[key] = value
    text = json.dumps(whole, ensure_ascii=False, allow_nan=True, indent=data.draw(st.sampled_from([None, 1])))
    read_without_raising(path, text.encode("utf-8", "surrogatepass") + b"\n")


@given(start=st.integers(0, len(TEA[STEEPING])), length=st.integers(0, 400), put=st.text(max_size=6))
@settings(max_examples=60, deadline=None)
def test_slip_of_the_hand_never_raises(start: int, length: int, put: str) -> None:
    data = TEA[STEEPING]
    read_without_raising(STEEPING, data[:start] + put.encode("utf-8", "surrogatepass") + data[start + length :])


def test_union_tags_do_not_show() -> None:
    """pydantic names the branches of a union; an author would look for a field of that name."""
    edits = (("value: 1.4", "value: [1.4]"), ("value: 51", "value: {a: 1}"), ("value: -25.5", "value: true"))
    _, diagnostics = read_atlas(tea_with(*((STEEPING, *edit) for edit in edits)))
    assert len(diagnostics) == 3
    assert not [d for d in diagnostics if re.search(r"\b(int|float|str|constrained|function)\b", d.message)]
