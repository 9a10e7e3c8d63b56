"""The canonical layout: the same data and comments give the same bytes, whatever form they came in."""

from __future__ import annotations

import datetime
import json
import string
from collections.abc import Callable
from enum import StrEnum
from io import StringIO
from itertools import chain
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Any, get_args, get_origin

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_atlas import canonical
from genai_atlas.canonical import ROW_WIDTH, WIDTH, layout
from genai_atlas.model import Area, AtlasFile, Authored, Reference, Retired, Subarea, Topic
from genai_atlas.source import REFUSED_CHARACTERS, SourceFile, read
from tea import PROJECT

TOPIC = "taxonomy/training-methods/efficient-training/pruning.yaml"
SUBAREA = "taxonomy/training-methods/efficient-training/subarea.yaml"
AREA = "taxonomy/training-methods/area.yaml"
ATLAS = "taxonomy/atlas.yaml"
RETIRED = "taxonomy/retired.yaml"
REFERENCES = "taxonomy/references/2019.yaml"


def laid_out(text: str, path: str = TOPIC, schemas: str | None = None) -> str:
    """The layout of a text, which must have one; laying it out again changes nothing."""
    first, faults = layout(SourceFile(path, text.encode()), schemas)
    assert not faults
    assert first is not None and first.path == path
    second, _ = layout(SourceFile(path, first.data), schemas)
    assert second is not None and second.data == first.data
    return first.data.decode()


def data(text: str) -> dict[str, Any]:
    source, faults = read(SourceFile("x.yaml", text.encode()))
    assert source is not None and not faults
    return source.value


BEFORE = r"""# yaml-language-server: $schema=../../../topic.schema.json
kind: technique
title: 'Pruning'
aliases:
- sparsity
- 'network pruning, unstructured'
- lottery ticket hypothesis
- magnitude pruning
- structured pruning
- movement pruning
- N:M sparsity
summary: Pruning removes weights from a network
  and keeps the rest. The network gets smaller, and faster where the hardware skips zeros. How much can go before
  quality falls depends on the task.
literature_until: "2026-06"
reviewed: '2026-11-24'
relations:
- note: fewer weights to store
  to: memory-usage
  type: addresses
- {type: complements, to: quantization,
   note: 'fewer bits for what remains, so the savings multiply; both are calibrated
     on the same small sample of the data, in one pass or in two, and neither needs the labels that a full run would'}
overview: |
  One paragraph with its
  own line breaks.

  Another, with $\hat w$.
mechanism:
  body: "A mask $m$ is chosen.\n\n$$\nw' = m \\odot w\n$$\n"
  notation: [{meaning: weights, symbol: "$w$", shape: "$(n, d)$"},
    {symbol: '$m \in \{0, 1\}^n$', shape: "$(n)$", meaning: "mask"}]
findings:
  - {claim: It works., value: 3.10, baseline: "46 (dense)", unit: "% of weights",
     setting: 'one: model', ref: han2015learning, locator: Table 1, basis: reported, reading: supports}
approaches:
  columns: [Cost, "Hardware"]
  rows: [{name: Magnitude, cells: ["low, once", none], refs: [han2015learning]}]
limitations:
- Short one.
- A much longer one that names the conditions under which it fails, and the evidence for it [@han2015learning, Table 1].
reading_list:
- why: The first.
  ref: han2015learning
  level: introductory
  role: original
"""
AFTER = r"""# yaml-language-server: $schema=../../../topic.schema.json
title: Pruning
aliases: [sparsity, "network pruning, unstructured", lottery ticket hypothesis, magnitude pruning, structured pruning,
  movement pruning, "N:M sparsity"]
kind: technique
summary: >-
  Pruning removes weights from a network and keeps the rest. The network gets smaller, and faster where the hardware
  skips zeros. How much can go before quality falls depends on the task.
reviewed: 2026-11-24
literature_until: 2026-06

overview: |
  One paragraph with its
  own line breaks.

  Another, with $\hat w$.

mechanism:
  notation:
    - {symbol: $w$, meaning: weights, shape: "$(n, d)$"}
    - {symbol: "$m \\in \\{0, 1\\}^n$", meaning: mask, shape: $(n)$}
  body: |
    A mask $m$ is chosen.

    $$
    w' = m \odot w
    $$

approaches:
  columns: [Cost, Hardware]
  rows:
    - name: Magnitude
      cells: ["low, once", none]
      refs: [han2015learning]

findings:
  - claim: It works.
    value: 3.10
    baseline: 46 (dense)
    unit: "% of weights"
    setting: "one: model"
    ref: han2015learning
    locator: Table 1
    basis: reported
    reading: supports

limitations:
  - Short one.
  - >-
    A much longer one that names the conditions under which it fails, and the evidence for it [@han2015learning, Table
    1].

relations:
  - {type: addresses, to: memory-usage, note: fewer weights to store}
  - type: complements
    to: quantization
    note: >-
      fewer bits for what remains, so the savings multiply; both are calibrated on the same small sample of the data, in
      one pass or in two, and neither needs the labels that a full run would

reading_list:
  - {ref: han2015learning, role: original, level: introductory, why: The first.}
"""


def test_topic_in_any_form_takes_the_one_layout() -> None:
    assert laid_out(BEFORE) == AFTER
    assert data(BEFORE) == data(AFTER)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param(
            ATLAS,
            "areas: [training-methods, evaluation-methods]\ndescription: An atlas.\ntitle: Atlas\n",
            "title: Atlas\ndescription: An atlas.\nareas:\n  - training-methods\n  - evaluation-methods\n",
            id="atlas",
        ),
        pytest.param(
            AREA,
            "subareas: [efficient-training]\noverview: |\n  Text.\n  More.\nsummary: Short.\ntitle: Training\n",
            "title: Training\nsummary: Short.\n\noverview: |\n  Text.\n  More.\n\nsubareas:\n  - efficient-training\n",
            id="area",
        ),
        pytest.param(
            SUBAREA,
            "comparison:\n  rows:\n    - cells: [a, b]\n      topic: pruning\n  columns: ['Cost', Gain]\n"
            "topics: [pruning]\noverview: Text.\nsummary: Short.\ntitle: Efficient\n",
            "title: Efficient\nsummary: Short.\n\noverview: Text.\n\ntopics:\n  - pruning\n\ncomparison:\n"
            "  columns: [Cost, Gain]\n  rows:\n    - {topic: pruning, cells: [a, b]}\n",
            id="subarea",
        ),
        pytest.param(
            RETIRED,
            "b/c/d:\n  reason: It ended.\n  date: 2026-01-02\na/b/c: {see: e, date: '2026-01-03', reason: Gone.}\n",
            "b/c/d: {date: 2026-01-02, reason: It ended.}\na/b/c: {date: 2026-01-03, reason: Gone., see: e}\n",
            id="retired, in the author's order",
        ),
        pytest.param(
            REFERENCES,
            "zoe2019b: {arxiv: '1911.02150', year: 2019, title: \"A: b\", authors: [Zoe, '{Org}'], type: preprint,"
            " venue: X}\n"
            "abel2019a:\n  doi: 10.1000/x\n  authors: [Abel]\n  arxiv: hep-th/9901001\n  title: T\n",
            'abel2019a:\n  title: T\n  authors: [Abel]\n  arxiv: "hep-th/9901001"\n  doi: 10.1000/x\n'
            'zoe2019b:\n  title: "A: b"\n  authors: [Zoe, "{Org}"]\n  year: 2019\n  venue: X\n  type: preprint\n'
            '  arxiv: "1911.02150"\n',
            id="references, by key",
        ),
    ],
)
def test_path_tells_which_fields_a_file_has(path: str, before: str, after: str) -> None:
    assert laid_out(before, path) == after


@pytest.mark.parametrize(
    ("path", "model"),
    [(ATLAS, AtlasFile), (AREA, Area), (SUBAREA, Subarea), (TOPIC, Topic)],
    ids=["atlas", "area", "subarea", "topic"],
)
def test_fields_stand_in_the_order_of_the_model_and_unknown_ones_last(path: str, model: type[Authored]) -> None:
    names = list(model.model_fields)
    written = "".join(f"{name}: text\n" for name in ["zeta", *reversed(names), "alpha"])
    keys = [line.partition(":")[0] for line in laid_out(written, path).splitlines() if line]
    assert keys == [*names, "zeta", "alpha"]


def test_faulty_values_and_unknown_fields_are_kept() -> None:
    before = "relations: [text, {to: a, odd: {x: [1, true]}, type: no such}]\nodd: {b: 1, a: [x, [z]]}\nkind: 3\n"
    after = dedent("""\
        kind: 3

        relations:
          - text
          - {type: no such, to: a, odd: {x: [1, true]}}

        odd:
          b: 1
          a:
            - x
            - - z
        """)
    assert laid_out(before) == after


TEXTS = {
    # text: (in a line of its own, in brackets)
    "Attention": ("Attention", "Attention"),
    "it's a “quote”": ("it's a “quote”", "it's a “quote”"),
    'a "word" within': ('a "word" within', 'a "word" within'),
    r"plain $\alpha$": (r"plain $\alpha$", r"plain $\alpha$"),
    "a, b": ("a, b", '"a, b"'),
    "f[x]": ("f[x]", '"f[x]"'),
    "{Org}": ('"{Org}"', '"{Org}"'),
    "what?": ("what?", '"what?"'),
    "2:1 ratio": ("2:1 ratio", '"2:1 ratio"'),
    "a: b": ('"a: b"', '"a: b"'),
    "ends:": ('"ends:"', '"ends:"'),
    "a #b": ('"a #b"', '"a #b"'),
    "C# code": ("C# code", "C# code"),
    "# not a comment": ('"# not a comment"', '"# not a comment"'),
    r'"q" and \b': (r'"\"q\" and \\b"', r'"\"q\" and \\b"'),
    "- dash": ('"- dash"', '"- dash"'),
    "-1 dash": ('"-1 dash"', '"-1 dash"'),
    "@key": ('"@key"', '"@key"'),
    "[[slug]]: why": ('"[[slug]]: why"', '"[[slug]]: why"'),
    "`code`": ('"`code`"', '"`code`"'),
    "%": ('"%"', '"%"'),
    "|": ('"|"', '"|"'),
    "!": ('"!"', '"!"'),
    "'": ('"\'"', '"\'"'),
    " lead": ('" lead"', '" lead"'),
    "trail ": ('"trail "', '"trail "'),
    "\u3000wide": ('"\u3000wide"', '"\u3000wide"'),
    "no": ('"no"', '"no"'),
    "Yes": ('"Yes"', '"Yes"'),
    "y": ('"y"', '"y"'),
    "off": ('"off"', '"off"'),
    "TRUE": ('"TRUE"', '"TRUE"'),
    "null": ('"null"', '"null"'),
    "~": ('"~"', '"~"'),
    "=": ('"="', '"="'),
    "<<": ('"<<"', '"<<"'),
    "none": ("none", "none"),
    "1706.03762": ('"1706.03762"', '"1706.03762"'),
    "012": ('"012"', '"012"'),
    "1e3": ('"1e3"', '"1e3"'),
    "0x1F": ('"0x1F"', '"0x1F"'),
    "1_000": ('"1_000"', '"1_000"'),
    "43,000": ('"43,000"', '"43,000"'),
    "1:30": ('"1:30"', '"1:30"'),
    ".inf": ('".inf"', '".inf"'),
    "...": ('"..."', '"..."'),
    "... and so on": ('"... and so on"', '"... and so on"'),
    "2026-11-24": ('"2026-11-24"', '"2026-11-24"'),
    "2026-06": ('"2026-06"', '"2026-06"'),
    "3d": ("3d", "3d"),
    "−4 points": ("−4 points", "−4 points"),
    "46 (multi-head)": ("46 (multi-head)", "46 (multi-head)"),
    "https://example.org/a?b=c": ("https://example.org/a?b=c", '"https://example.org/a?b=c"'),
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_quoted_where_a_reader_could_take_it_for_something_else(text: str) -> None:
    in_line, in_brackets = TEXTS[text]
    written = json.dumps(text, ensure_ascii=False)
    expected = f"aliases: [{in_brackets}, x]\nsummary: {in_line}\n"
    assert laid_out(f"summary: {written}\naliases: [{written}, x]\n") == expected


@pytest.mark.parametrize("text", TEXTS)
def test_keys_are_quoted_by_the_same_rule(text: str) -> None:
    written = json.dumps(text, ensure_ascii=False)
    assert laid_out(f"{written}: x\n", RETIRED) == f"{TEXTS[text][0]}: x\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12", "12"), ("012", "12"), ("+5", "5"), ("0x1F", "31"), ("0o17", "15"),
        ("3.10", "3.10"), (".5", "0.5"), ("-.5", "-0.5"), ("5.", "5.0"), ("1e3", "1.0e+3"), ("1.5E-3", "1.5e-3"),
        ("True", "true"), ("FALSE", "false"),
    ],
)  # fmt: skip
def test_numbers_are_written_so_that_yaml_1_1_reads_the_same(written: str, expected: str) -> None:
    after = laid_out(f"value: {written}\n")
    assert after == f"value: {expected}\n"
    assert yaml.safe_load(after) == data(after)


def words(length: int) -> str:
    """A text of that many characters that can be broken."""
    return ("word " * length)[: length - 1] + "x"


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        pytest.param("a\nb\n", ["|", "  a", "  b"], id="lines"),
        pytest.param("a\nb", ["|-", "  a", "  b"], id="lines without a last break"),
        pytest.param("short\n", ["|", "  short"], id="one line with its break"),
        pytest.param("a\n  b\n\nc \nd\n", ["|", "  a", "    b", "", "  c ", "  d"], id="spaces inside"),
        pytest.param("a\n" + words(150) + "\n", ["|", "  a", "  " + words(150)], id="long lines of several stay"),
        pytest.param(" a\nb\n", ['" a\\nb\\n"'], id="a space first"),
        pytest.param("\na\n", ['"\\na\\n"'], id="a break first"),
        pytest.param("a\n\n", ['"a\\n\\n"'], id="two breaks last"),
        pytest.param("a\n  ", ['"a\\n  "'], id="spaces last"),
        pytest.param(words(113), [words(113)], id="120 columns"),
        pytest.param(words(114), [">-", "  " + words(114)], id="121 columns"),
        pytest.param(words(119) + "\n", [">", "  " + words(119)[:-5], "  " + words(119)[-4:]], id="folded"),
        pytest.param("a: " + words(113), [">-", "  a: " + words(113)], id="folded needs no quotes"),
        pytest.param("w" * 130, ["w" * 130], id="one word"),
        pytest.param(words(113) + " ", ['"' + words(113) + ' "'], id="long, with a space last"),
        pytest.param(
            "a" * 100 + "  two   three " + "b" * 50,
            [">-", "  " + "a" * 100 + "  two   three", "  " + "b" * 50],
            id="broken at single spaces only",
        ),
    ],
)  # fmt: skip
def test_long_text_is_folded_and_lines_stay(value: str, lines: list[str]) -> None:
    after = laid_out(f"title: x\nthing: {json.dumps(value)}\n", RETIRED)
    assert after == "title: x\nthing: " + "\n".join(lines) + "\n"


def test_rows_and_lists_that_do_not_fit_take_more_lines() -> None:
    room = ROW_WIDTH - len("  - {type: a, to: b, note: }")
    fits, too_long = "n" * room, "n" * (room + 1)
    before = f"relations: [{{type: a, to: b, note: {fits}}}, {{type: a, to: b, note: {too_long}}}]\n"
    after = f"relations:\n  - {{type: a, to: b, note: {fits}}}\n  - type: a\n    to: b\n    note: {too_long}\n"
    assert laid_out(before) == after
    room = WIDTH - len("  columns: [a, ]")
    for length, expected in ((room, f"[a, {'c' * room}]"), (room + 1, f"\n    - a\n    - {'c' * (room + 1)}")):
        written = f"comparison: {{columns: [a, {'c' * length}]}}\n"
        assert laid_out(written, SUBAREA) == f"comparison:\n  columns: {expected}\n".replace(": \n", ":\n")
    names = ["x" * 70, "y" * 70, "z" * 150, "last"]
    filled = f"aliases: [{names[0]},\n  {names[1]},\n  {names[2]},\n  last]\n"
    assert laid_out(f"aliases: [{', '.join(names)}]\n") == filled


COMMENTS = {
    "above a field that moves": (
        "title: T\n# why\nkind: theory\naliases: [a]\n",
        "title: T\naliases: [a]\n# why\nkind: theory\n",
    ),
    "at the end of a line": (
        "kind: theory # why\ntitle:   T      #   kept as it is  \n",
        "title: T  #   kept as it is\nkind: theory  # why\n",
    ),
    "top, with a line for editors": (
        "# yaml-language-server: $schema=x\n# the kind\nkind: theory\ntitle: T\n",
        "# yaml-language-server: $schema=x\ntitle: T\n# the kind\nkind: theory\n",
    ),
    "top, before a blank line": (
        "# A file.\n#\n\n# Its second paragraph.\n\n\n# the kind\nkind: theory\ntitle: T\n",
        "# A file.\n#\n\n# Its second paragraph.\n\ntitle: T\n# the kind\nkind: theory\n",
    ),
    "before and after the marks of a document": (
        "# one\n--- # two\ntitle: T # three\n... # four\n# five\n",
        "# one\n# two\ntitle: T  # three\n\n# four\n# five\n",
    ),
    "blank lines between comments": (
        "title: T\n\n# one\n\n\n# two\n\nkind: theory\n",
        "title: T\n# one\n\n# two\nkind: theory\n",
    ),
    "a section's": (
        "title: T\n# about\noverview: |  # written last\n  A.\n  B.\n\n# end\n",
        "title: T\n\n# about\noverview: |  # written last\n  A.\n  B.\n\n# end\n",
    ),
    "between key and value": (
        "title: # one\n  # two\n  T\nkind:\n  # three\n  theory\n",
        "# two\ntitle: T  # one\n# three\nkind: theory\n",
    ),
    "two at the ends of one value's lines": (
        "? title # one\n: T # two\n",
        "# one\ntitle: T  # two\n",
    ),
    "between items, and after the last": (
        "limitations: # all\n  # first\n  - A # a\n\n  # second\n  - B\n  # end\n# thin\nthin: C\n",
        "limitations:  # all\n  # first\n  - A  # a\n  # second\n  - B\n  # end\n\n# thin\nthin: C\n",
    ),
    "after nested lists": (
        "guidance:\n  use_when:\n    - A\n    # of the list\n  # of the mapping\n    # deeper\n"
        "# of kind\n  # too\nkind: a\n",
        "# of kind\n# too\nkind: a\n\n"
        "guidance:\n  use_when:\n    - A\n    # of the list\n  # of the mapping\n  # deeper\n",
    ),
    "in a list that is not indented": (
        "limitations:\n# first\n- A\n# second\n- B\n# relations\nrelations:\n- C\n",
        "limitations:\n  # first\n  - A\n  # second\n  - B\n\n# relations\nrelations:\n  - C\n",
    ),
    "beside a dash": (
        "findings:\n  - claim: A\n  - # one\n    # two\n    claim: B # three\n",
        "findings:\n  - claim: A\n  # one\n  # two\n  - claim: B  # three\n",
    ),
    "above the first field of an item": (
        "relations:\n  # one\n  -\n    # two\n    type: a\n  -\n    type:\n      # three\n      b\n",
        "relations:\n  # one\n  # two\n  - {type: a}\n  # three\n  - {type: b}\n",
    ),
    "beside a dash without indentation": (
        "findings:\n- # one\n  claim: B\n",
        "findings:\n  # one\n  - claim: B\n",
    ),
    "in a mapping whose fields move": (
        "findings:\n  - unit: s # u\n    # of the claim\n    claim: A # c\n    # at the end\n  - claim: B\n",
        "findings:\n  # of the claim\n  - claim: A  # c\n    unit: s  # u\n    # at the end\n  - claim: B\n",
    ),
    "in brackets": (
        "aliases: [ # names\n  a, # first\n  # before b\n  b\n  # end\n] # all\n",
        "# names\naliases:  # all\n  - a  # first\n  # before b\n  - b\n  # end\n",
    ),
    "beside brackets": (
        f"aliases: # names\n  [{'a' * 60}, {'b' * 60}] \nrefs: [a] # refs\n",
        f"aliases: [{'a' * 60},\n  {'b' * 60}]  # names\n\nrefs: [a]  # refs\n",
    ),
    "in braces": (
        "relations:\n  - {type: a, # kind\n     to: b}\n  - {type: a, to: b} # all\n",
        "relations:\n  - type: a  # kind\n    to: b\n  - {type: a, to: b}  # all\n",
    ),
    "beside an item that takes more lines": (
        f"relations:\n  - {{type: a, to: {'b' * 190}}} # all\n",
        f"relations:\n  # all\n  - type: a\n    to: {'b' * 190}\n",
    ),
    "beside text that is folded": (
        f"summary: {words(130)} # long\n",
        f"summary: >-  # long\n  {words(130)[:114]}\n  {words(130)[115:]}\n",
    ),
    "beside a folded text that fits": ("summary: >- # short\n  A.\n", "summary: A.  # short\n"),
    "beside text over several lines": (
        'title: "T\n  U" # both\nkind: a\n  b # end\n',
        "title: T U  # both\nkind: a b  # end\n",
    ),
    "a file in braces": ("{title: T, # one\n kind: a} # two\n", "title: T  # one\nkind: a\n\n# two\n"),
    "not a comment": (
        'title: "T # U"\nsummary: a#b\noverview: |\n  # text\n  c\n',
        'title: "T # U"\nsummary: a#b\n\noverview: |\n  # text\n  c\n',
    ),
}


@pytest.mark.parametrize("case", COMMENTS)
def test_comments_stay_with_what_they_are_about(case: str) -> None:
    before, after = COMMENTS[case]
    assert laid_out(before) == after


SCHEMA_LINES = {
    ATLAS: "../schemas/atlas.schema.json",
    RETIRED: "../schemas/retired.schema.json",
    AREA: "../../schemas/area.schema.json",
    SUBAREA: "../../../schemas/subarea.schema.json",
    TOPIC: "../../../schemas/topic.schema.json",
    REFERENCES: "../../schemas/references.schema.json",
    "taxonomy/references/2019/a.yaml": "../../../schemas/references.schema.json",
}
LINE = f"# yaml-language-server: $schema={SCHEMA_LINES[TOPIC]}\n"


@pytest.mark.parametrize("path", SCHEMA_LINES)
def test_first_line_names_the_schema_of_the_file(path: str) -> None:
    target = SCHEMA_LINES[path]
    assert laid_out("a: b\n", path, "schemas") == f"# yaml-language-server: $schema={target}\na: b\n"
    assert (PROJECT / path).parent.joinpath(target).resolve() == PROJECT / "schemas" / Path(target).name
    assert (PROJECT / "schemas" / Path(target).name).is_file()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("title: T\n", "title: T\n", id="none"),
        pytest.param(f"{LINE}title: T\n", "title: T\n", id="the right one"),
        pytest.param("# yaml-language-server: $schema=../x.json\ntitle: T\n", "title: T\n", id="another"),
        pytest.param(f"#yaml-language-server:   $schema=x\n{LINE}{LINE}title: T\n", "title: T\n", id="three"),
        pytest.param(f"# A file.\n\n{LINE}title: T\n", "# A file.\n\ntitle: T\n", id="below a heading"),
        pytest.param(f"# why\n{LINE}title: T\n", "# why\ntitle: T\n", id="below a remark"),
        pytest.param(f"{LINE}\n# why\nkind: a\ntitle: T\n", "title: T\n# why\nkind: a\n", id="above a remark"),
        pytest.param(f"# A file.\n\n{LINE}# why\ntitle: T\n", "# A file.\n\n# why\ntitle: T\n", id="between"),
        pytest.param("# SPDX-x\n# vim: x\ntitle: T\n", "# SPDX-x\n# vim: x\ntitle: T\n", id="other lines for editors"),
        pytest.param(f"---\n{LINE}title: T\n", "title: T\n", id="after the mark of a document"),
        pytest.param("# yaml-language-server: $schema=x and why\ntitle: T\n",
                     "# yaml-language-server: $schema=x and why\ntitle: T\n", id="with a remark"),
        pytest.param(f"title: T\n{LINE}kind: a\n", f"title: T\n{LINE}kind: a\n", id="where it means nothing"),
    ],
)  # fmt: skip
def test_line_for_editors_stands_once_and_first(before: str, after: str) -> None:
    assert laid_out(before, schemas="schemas") == LINE + after


def test_without_schemas_the_line_for_editors_stays_as_it_is() -> None:
    for text in ("title: T\n", "# yaml-language-server: $schema=https://example.org/x\ntitle: T\n"):
        assert laid_out(text) == text


def combined(text: str, addition: str, path: str) -> str:
    out, faults = canonical.merged(SourceFile(path, text.encode()), SourceFile("new.yaml", addition.encode()))
    assert out is not None and not faults
    assert out.data.decode() == laid_out(out.data.decode(), path)
    return out.data.decode()


def test_list_grows_and_every_comment_stays() -> None:
    before = "# A file.\n\ntitle: T\n# the order matters\ntopics: # five\n  - b  # first\n  # end\n# last\n"
    after = "# A file.\n\ntitle: T\n\n# the order matters\ntopics:  # five\n  - b  # first\n  - a\n  # end\n\n# last\n"
    assert combined(before, "topics: [a]\n", SUBAREA) == after


def test_record_takes_its_place_and_every_comment_stays() -> None:
    zoe, end = "# of zoe\nzoe2019b:\n  title: Z  # z\n", "\n# end\n"
    abel = "# of abel\nabel2019a:\n  title: A\n"
    assert combined(f"# All.\n\n{zoe}{end}", abel, REFERENCES) == f"# All.\n\n{abel}{zoe}{end}"


def test_what_stands_there_is_not_replaced() -> None:
    with pytest.raises(ValueError, match="has title already"):
        canonical.merged(SourceFile(TOPIC, b"title: T\n"), SourceFile("new.yaml", b"title: U\n"))


def test_nothing_is_added_to_a_file_with_a_fault() -> None:
    broken = SourceFile(SUBAREA, b"topics: [a]\ntopics: [b]\n")
    assert canonical.merged(broken, SourceFile("new.yaml", b"topics: [c]\n")) == (None, read(broken)[1])


def test_comments_move_with_their_reference() -> None:
    abel = "# of abel\nabel2019a:\n  title: A  # a\n  # end of abel\n"
    zoe = "# of zoe\nzoe2019b:  # z\n  title: Z\n"
    assert laid_out(f"# All of 2019.\n\n{zoe}{abel}", REFERENCES) == f"# All of 2019.\n\n{abel}{zoe}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param(b"title: a: b\n", ["S105"], id="not YAML"),
        pytest.param(b"title: T\ntitle: U\n", ["S106"], id="a key twice"),
        pytest.param(b"title: T\naliases: []\n", ["S112"], id="an empty value"),
        pytest.param(b"title: T", ["S116"], id="cut off"),
        pytest.param(b"title:\tT\n", ["S104"], id="a tab"),
        pytest.param("title: é\n".encode("latin-1"), ["S102"], id="not UTF-8"),
        pytest.param(b"# nothing\n", ["S114"], id="no data"),
        pytest.param(b"title: &a T\n", ["S108"], id="an anchor"),
    ],
)
def test_file_with_a_fault_has_no_layout_but_the_readers_faults(text: bytes, codes: list[str]) -> None:
    file = SourceFile(TOPIC, text)
    assert layout(file) == (None, read(file)[1])
    assert [fault.code for fault in layout(file)[1]] == codes


def test_windows_line_ends_become_lf() -> None:
    out, _ = layout(SourceFile(TOPIC, b"title: T  # t\r\nsummary: |\r\n  a\r\n  b\r\n"))
    assert out is not None
    assert out.data == b"title: T  # t\nsummary: |\n  a\n  b\n"


def failure(text: str) -> str:
    out, faults = layout(SourceFile(TOPIC, text.encode()))
    assert out is None
    assert [(fault.code, fault.location.path) for fault in faults] == [("S140", TOPIC)]
    return faults[0].message


def test_layout_that_cannot_be_read_back_is_refused() -> None:
    assert "layout would not say the same" in failure(f"? {'k' * 1100}\n: v\n")


@pytest.mark.parametrize(
    ("name", "broken", "message"),
    [
        ("_quoted", lambda text: '"other"', "a value would change"),
        ("_comments", lambda comments, indent: iter(()), "a comment would be lost"),
    ],
)
def test_layout_that_would_lose_something_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, broken: Callable[..., Any], message: str
) -> None:
    monkeypatch.setattr(canonical, name, broken)
    assert message in failure('# one\ntitle: "a: b"\n')


# Properties over made-up files.

ODD = (
    '"', "\\", "'", "a: b", "a:", " #c", "- x", "-", "?", "no", "1.0", "0x1F", "1_0", "2026-11-24", "2026-06", "12:30",
    "<<", " lead", "trail ", "a\nb", "a\n\n b\n", "\na", "a\n ", "{x}", "[x]", "x,y", "%", "@", "`", "|", ">", "#", "~",
    "---", "...", "é – “x”", "日本語", "$\\alpha$", "two  spaces " * 12, "word " * 40 + "end", "word " * 40 + "end\n",
    "w" * 200, "\\n", "\u00a0",
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], include_characters="\n"), max_size=12),
    st.text(string.ascii_letters + " :#-,[]{}'\"\\\n", max_size=30),
)
TEXT = (
    st.lists(PIECES, min_size=1, max_size=4)
    .map("".join)
    .filter(lambda text: text.strip() and not REFUSED_CHARACTERS.search(text))
)
NUMBER = st.integers(-(10**15), 10**15) | st.floats(-1e6, 1e6, width=32).map(lambda number: round(number, 6))
ANY = st.recursive(
    TEXT | NUMBER | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, min_size=1),
    max_leaves=6,
)


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """What an author could write for a field of that type: the shape holds, the text is any."""
    if get_origin(annotation) is Annotated:
        return values(get_args(annotation)[0])
    if annotation is str:
        return TEXT
    if annotation is datetime.date:
        return st.just("2026-11-24")
    if annotation in (int, float):
        return NUMBER
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return st.sampled_from([member.value for member in annotation])
    if isinstance(annotation, type) and issubclass(annotation, Authored):
        return entries(annotation)
    arguments = [argument for argument in get_args(annotation) if argument not in (type(None), ...)]
    if get_origin(annotation) is tuple:
        return st.lists(values(arguments[0]), min_size=1, max_size=3)
    return st.one_of([values(argument) for argument in arguments])


def entries(model: type[Authored]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: values(field.annotation) for name, field in model.model_fields.items()}
    required = {name: fields[name] for name, field in model.model_fields.items() if field.is_required()}
    optional = {name: fields[name] for name in fields if name not in required}
    known = st.fixed_dictionaries(required, optional=optional)
    misfits = st.dictionaries(st.sampled_from(["odd", "yes", "x: y", "aliases", "cells", "relations"]), ANY, max_size=1)
    return st.tuples(known, misfits).map(lambda parts: parts[0] | parts[1]).flatmap(shuffled)


def shuffled(mapping: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(list(mapping.items())).map(dict)


KEYS = st.text(string.ascii_lowercase, min_size=1, max_size=3).map("{}2019x".format)
FILES = st.one_of(
    st.tuples(st.just(ATLAS), entries(AtlasFile)),
    st.tuples(st.just(AREA), entries(Area)),
    st.tuples(st.just(SUBAREA), entries(Subarea)),
    st.tuples(
        st.just(RETIRED), st.dictionaries(TEXT.filter(lambda key: "\n" not in key), entries(Retired), min_size=1)
    ),
    st.tuples(st.just(REFERENCES), st.dictionaries(KEYS, entries(Reference), min_size=1)),
    st.tuples(st.just(TOPIC), entries(Topic)),
)


@settings(deadline=None, max_examples=60)
@given(FILES)
def test_layout_keeps_the_data_and_is_its_own_layout(file: tuple[str, dict[str, Any]]) -> None:
    path, value = file
    before = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
    # Not `value`: PyYAML writes 0E0 without quotes, which is text to YAML 1.1 and a number to us.
    assert data(laid_out(before, path)) == data(before)


@settings(deadline=None, max_examples=40)
@given(entries(Topic))
def test_readers_of_yaml_1_1_and_1_2_agree_on_a_layout(value: dict[str, Any]) -> None:
    ruamel = pytest.importorskip("ruamel.yaml")
    dates = {"reviewed", "review_by", "literature_until"}
    value = {key: item for key, item in value.items() if key not in dates}
    after = laid_out(yaml.safe_dump(value, allow_unicode=True))
    assert yaml.load(after, yaml.SafeLoader) == value
    assert yaml.load(after, yaml.CSafeLoader) == value
    assert ruamel.YAML(typ="safe", pure=True).load(StringIO(after)) == value


def spread(value: Any, indent: int, draw: st.DrawFn) -> list[str]:
    """A value over as many lines as it can take, in either style, so that a comment can end any of them."""
    margin = " " * indent
    if not isinstance(value, dict | list):
        return [margin + json.dumps(value, ensure_ascii=False)]
    is_list = isinstance(value, list)
    items = (
        [("", item) for item in value]
        if is_list
        else [(f"{json.dumps(k, ensure_ascii=False)}:", v) for k, v in value.items()]
    )
    if draw(st.booleans()) and indent:
        inside = [flat(item, key, margin + "  ") for key, item in items]
        return [margin + "{["[is_list], *chain.from_iterable(inside), margin + "}]"[is_list]]
    lines = []
    for key, item in items:
        lines += [margin + ("-" if is_list else key), *spread(item, indent + 2, draw)]
    return lines


def flat(value: Any, key: str, margin: str) -> list[str]:
    """An item in brackets: each sign on a line of its own."""
    if not isinstance(value, dict | list):
        return [f"{margin}{key} {json.dumps(value, ensure_ascii=False)}", f"{margin},"]
    is_list = isinstance(value, list)
    items = (
        [("", item) for item in value]
        if is_list
        else [(f"{json.dumps(k, ensure_ascii=False)}:", v) for k, v in value.items()]
    )
    inside = chain.from_iterable(flat(item, key, margin + " ") for key, item in items)
    return [f"{margin}{key}", margin + "{["[is_list], *inside, margin + "}]"[is_list], f"{margin},"]


@st.composite
def commented(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], list[str]]:
    """A file in odd form with comments anywhere: its path, text, data and comments."""
    path, value = draw(FILES)
    lines, comments = [], []
    for line in [*spread(value, 0, draw), ""]:
        if draw(st.integers(0, 3)) == 0:
            comments.append(f"# {len(comments)}")
            lines += [""] * draw(st.integers(0, 1)) + [" " * draw(st.integers(0, 8)) + comments[-1]]
        if line and draw(st.integers(0, 3)) == 0:
            comments.append(f"# {len(comments)}: 'x' [")
            line += f" {comments[-1]}"
        lines.append(line)
    return path, "\n".join(lines) + "\n", value, comments


@settings(deadline=None, max_examples=60)
@given(commented())
def test_comments_survive_wherever_they_stand(file: tuple[str, str, dict[str, Any], list[str]]) -> None:
    path, text, value, comments = file
    after = laid_out(text, path)
    assert data(after) == value
    assert all(comment in after for comment in comments)


@settings(deadline=None, max_examples=40)
@given(commented(), st.lists(st.sampled_from([LINE, LINE.replace("../", ""), "\n", "# top\n"]), max_size=4))
def test_line_for_editors_costs_no_other_comment(
    file: tuple[str, str, dict[str, Any], list[str]], top: list[str]
) -> None:
    path, text, value, comments = file
    after = laid_out("".join(top) + text, path, "schemas")
    assert data(after) == value
    first, *rest = after.splitlines()
    assert first == f"# yaml-language-server: $schema={SCHEMA_LINES[path]}"
    assert all(any(comment in line for line in rest) for comment in comments)
    assert sum(line.strip() == "# top" for line in rest) == top.count("# top\n")
    assert not any(line.startswith("# yaml-language-server: $schema=") for line in rest)
