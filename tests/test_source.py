"""Reading: values by YAML 1.2, every node's place, and each family of hostile input refused with its own code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import unicodedata
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genai_atlas import source
from genai_atlas.diagnostics import Location
from genai_atlas.source import (
    MAX_DEPTH,
    MAX_FAULTS,
    MAX_FIELD_CHARS,
    MAX_FILE_BYTES,
    REFUSED_CHARACTERS,
    RULES,
    Source,
    SourceFile,
    path_fault,
    read,
    size_fault,
)


def faults(data: bytes | str) -> list[str]:
    """`code line:column` of each fault."""
    file = SourceFile("topic.yaml", data if isinstance(data, bytes) else data.encode())
    return [f"{fault.code} {fault.location.line}:{fault.location.column}" for fault in read(file)[1]]


def sound(text: str) -> Source:
    found, diagnostics = read(SourceFile("topic.yaml", text.encode()))
    assert diagnostics == ()
    assert found is not None
    return found


ALIAS_BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
MERGE_BOMB = "a: &a {x: 1}\nb:\n  <<: *a\n"

# Each case: the bytes, and every fault that is expected of them.
HOSTILE: dict[str, tuple[bytes, list[str]]] = {
    # Bombs
    "alias bomb": (
        ALIAS_BOMB.encode(),
        ["S108 1:4", "S108 2:4", "S108 2:8", "S108 2:12", "S108 3:4", "S108 3:8", "S108 3:12"],
    ),
    "merge bomb": (MERGE_BOMB.encode(), ["S108 1:4", "S108 3:3", "S108 3:7"]),
    "merge key with an inline mapping": (b"a:\n  <<: {x: 1}\n", ["S108 2:3"]),
    "anchor on a key": (b"&k a: 1\nb: 2\n", ["S108 1:1"]),
    "alias as a key": (b"a: 1\n*k : 2\n", ["S108 2:1"]),
    "40,000 brackets": (b"a: " + b"[" * 40_000 + b"\n", ["S110 1:15"]),
    "100,000 braces": (b"a: " + b"{" * 100_000 + b"\n", ["S110 1:15"]),
    "40,000 block sequences": (b"a:\n  " + b"- " * 40_000 + b"x\n", ["S110 2:25"]),
    "40,000 explicit keys": (b"? " * 40_000 + b"x\n", ["S110 1:25"]),
    "40,000 aliases": (
        b"a: [" + b"*a," * 40_000 + b"]\n",
        [f"S108 1:{5 + 3 * n}" for n in range(100)] + ["S119 1:305"],
    ),
    "20,000 directives": (b"%TAG !a! x\n" * 20_000 + b"---\na: 1\n", ["S118 1:1"]),
    "20,000 directives after the end": (b"a: 1\n...\n" + b"%TAG !a! x\n" * 20_000, ["S113 3:1"]),
    "50 MB scalar": (b"a: " + b"x" * 50_000_000 + b"\n", ["S101 1:1"]),
    "1,000,000 keys": (b"".join(b"k%d: 1\n" % n for n in range(1_000_000)), ["S101 1:1"]),
    "100,000 empty items": (
        b"a:\n" + b"-\n" * 100_000,
        [f"S112 {line}:2" for line in range(2, 102)] + ["S119 102:2"],
    ),
    "100,000 blank lines": (b"\n" * 100_000, ["S114 1:1"]),
    # Size
    "one byte too many": (b"a: x\n#" + b"x" * (MAX_FILE_BYTES - 6) + b"\n", ["S101 1:1"]),
    "field of 4,001 characters": (b"a: 1\nb: " + "é".encode() * 4001 + b"\n", ["S111 2:4"]),
    "long block": (b"a: |\n" + b"  0123456789\n" * 400, ["S111 1:4"]),
    "long key": (b"? " + b"k" * 4001 + b"\n: 1\n", ["S111 1:3"]),
    # Encodings
    "UTF-16 with mark": ("a: 1\n".encode("utf-16"), ["S102 1:1"]),
    "UTF-16 without mark": ("a: 1\n".encode("utf-16-le"), ["S102 1:1"]),
    "UTF-16 big-endian": ("a: 1\n".encode("utf-16-be"), ["S102 1:1"]),
    "UTF-32": ("a: 1\n".encode("utf-32"), ["S102 1:1"]),
    "Latin-1": ("a: 1\nb: José\n".encode("latin-1"), ["S102 2:7"]),
    "truncated UTF-8": (b"a: \xe2\x82", ["S102 1:4"]),
    "overlong UTF-8": (b"a: \xc0\xaf\n", ["S102 1:4"]),
    "surrogate in UTF-8": (b"a: \xed\xa0\x80\n", ["S102 1:4"]),
    "byte order mark": (b"\xef\xbb\xbfa: 1\n", ["S103 1:1"]),
    "byte order mark inside": ("a: x\ufeffy\n".encode(), ["S104 1:5"]),
    # Refused characters
    "tab between key and value": (b"a:\t1\n", ["S104 1:3"]),
    "tab as indentation": (b"a:\n\tb: 1\n\tc: 2\n", ["S104 2:1", "S104 3:1"]),
    "tab in a comment": (b"a: 1 #\tx\n", ["S104 1:7"]),
    "NUL": (b"title: a\0b\n", ["S104 1:9"]),
    "escape sequence": (b"a: \x1b[31mred\n", ["S104 1:4"]),
    "DEL": (b"a: x\x7f\n", ["S104 1:5"]),
    "NEL ends a line": ("a: x\x85b: y\n".encode(), ["S104 1:5"]),
    "line separator": ("a: x\u2028b: y\n".encode(), ["S104 1:5"]),
    "paragraph separator": ("a: x\u2029b: y\n".encode(), ["S104 1:5"]),
    "lone CR": (b"a: x\rb: y\n", ["S104 1:5"]),
    "form feed": (b"a: x\x0c\n", ["S104 1:5"]),
    "bidi override": ("a: x\u202ey\n".encode(), ["S104 1:5"]),
    "bidi isolate in a comment": ("a: 1 # \u2066x\n".encode(), ["S104 1:8"]),
    "zero width space in a key": ("ti\u200btle: x\n".encode(), ["S104 1:3"]),
    "soft hyphen": ("a: x\u00ady\n".encode(), ["S104 1:5"]),
    "variation selector": ("a: x\ufe0f\n".encode(), ["S104 1:5"]),
    "tag characters": ("a: x\U000e0041\U000e0042\n".encode(), ["S104 1:5", "S104 1:6"]),
    "noncharacter U+FFFE": ("a: x\ufffe\n".encode(), ["S104 1:5"]),
    "noncharacter of plane 16": ("a: x\U0010ffff\n".encode(), ["S104 1:5"]),
    "replacement character": ("a: x\ufffd\n".encode(), ["S104 1:5"]),
    "Hangul filler": ("a: \u3164x\n".encode(), ["S104 1:4"]),
    "a character twice in a line": ("a: \u200bx\u200b\nb: \u200by\n".encode(), ["S104 1:4", "S104 2:4"]),
    # The same behind an escape
    "escaped NUL": (rb'a: "x\0y"' + b"\n", ["S104 1:6"]),
    "escaped escape sequence": (rb'a: "\e[31m"' + b"\n", ["S104 1:5"]),
    "escaped tab": (rb'a: "x\ty"' + b"\n", ["S104 1:6"]),
    "escaped CR": (rb'a: "x\ry"' + b"\n", ["S104 1:6"]),
    "escaped NEL": (rb'a: "x\Ny"' + b"\n", ["S104 1:6"]),
    "escaped bidi": (rb'a: "x\u202Ey"' + b"\n", ["S104 1:6"]),
    "escaped tag character": (rb'a: "\U000E0041"' + b"\n", ["S104 1:5"]),
    "escaped zero width space in a key": (rb'"a\u200Bb": 1' + b"\nc: 2\n", ["S104 1:3"]),
    "escaped in the second line": (b'a: "one\n  two\\u200B"\n', ["S104 2:6"]),
    "escaped surrogate": (rb'a: "\ud800"' + b"\n", ["S105 1:7"]),
    "escaped beyond Unicode": (rb'a: "\U00110000"' + b"\n", ["S105 1:7"]),
    # Keys
    "duplicate key": (b"a: 1\nb: 2\na: 3\n", ["S106 3:1"]),
    "duplicate key, quoted": (b"a: 1\n'a': 2\n", ["S106 2:1"]),
    "duplicate key in braces": (b"a: {b: 1, b: 2}\n", ["S106 1:11"]),
    "null key": (b"~: 1\na: 1\n", ["S107 1:1"]),
    "empty key": (b"'': 1\na: 1\n", ["S107 1:1"]),
    "missing key": (b"?\n: 1\na: 1\n", ["S107 1:2"]),
    "boolean key": (b"true: 1\na: 1\n", ["S107 1:1"]),
    "number as a key": (b"12: 1\na: 1\n", ["S107 1:1"]),
    "list as a key": (b"a: 1\n[b, c]: 1\n", ["S107 2:1"]),
    "mapping as a key": (b"? {b: c}\n: 1\na: 1\n", ["S107 1:3"]),
    "block as a key": (b"? |\n  b\n: 1\na: 1\n", ["S107 1:3"]),
    # Values
    "nothing": (b"a:\nb: 1\n", ["S112 1:3"]),
    "null": (b"a: null\n", ["S112 1:4"]),
    "tilde": (b"a: [x, ~]\n", ["S112 1:8"]),
    "empty text": (b"a: ''\n", ["S112 1:4"]),
    "blank text": (b'a: "  "\n', ["S112 1:4"]),
    "empty block": (b"a: |\nb: 1\n", ["S112 1:4"]),
    "empty list": (b"a: []\n", ["S112 1:4"]),
    "empty mapping": (b"a: {}\n", ["S112 1:4"]),
    "empty item": (b"a:\n  - x\n  -\n", ["S112 3:4"]),
    "unquoted comma in braces": (b"a: {note: this, and that}\n", ["S112 1:25"]),
    "only a comment": (b"a: #1 of them\n", ["S112 1:3"]),
    "tag": (b"a: !!str 1\n", ["S109 1:4"]),
    "python tag": (b"a: !!python/object/apply:os.system [ls]\n", ["S109 1:4"]),
    "own tag": (b"a: !secret x\n", ["S109 1:4"]),
    "non-specific tag": (b"a: ! 12\n", ["S109 1:4"]),
    "5,000 digits": (b"a: " + b"9" * 5_000 + b"\n", ["S111 1:4"]),
    "17 digits": (b"a: 12345678901234567\n", ["S117 1:4"]),
    "17 digits and a point": (b"a: 1.2345678901234567\n", ["S117 1:4"]),
    "infinite by its exponent": (b"a: 1e999\n", ["S117 1:4"]),
    "infinity": (b"a: -.inf\n", ["S117 1:4"]),
    "not a number": (b"a: .nan\n", ["S117 1:4"]),
    # Documents
    "two documents": (b"a: 1\n---\na: 2\n", ["S113 2:1"]),
    "trailing separator": (b"a: 1\n---\n", ["S113 2:1"]),
    "second document after an end": (b"a: 1\n...\n---\nb: 2\n", ["S113 3:1"]),
    "directive": (b"%YAML 1.1\n---\na: 1\n", ["S118 1:1"]),
    "directive below a comment": (b"# x\n\n%YAML 1.2\n---\na: 1\n", ["S118 3:1"]),
    "empty file": (b"", ["S114 1:1"]),
    "only comments": (b"# a\n# b\n", ["S114 1:1"]),
    "only a separator": (b"---\n", ["S114 1:1"]),
    "empty mapping as a file": (b"{}\n", ["S114 1:1"]),
    "list as a file": (b"- a\n- b\n", ["S115 1:1"]),
    "text as a file": (b"\nhello\n", ["S115 2:1"]),
    "cut off": (b"a: 1\nb: tw", ["S116 2:6"]),
    "cut off inside a quote": (b'a: 1\nb: "tw', ["S105 2:4", "S116 2:7"]),
}


@pytest.mark.parametrize(("data", "expected"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_input_has_its_code_and_place(data: bytes, expected: list[str]) -> None:
    assert faults(data) == expected


@pytest.mark.parametrize("data", [case[0] for case in HOSTILE.values()], ids=HOSTILE.keys())
def test_hostile_input_takes_less_than_a_tenth_of_a_second(data: bytes) -> None:
    file = SourceFile("topic.yaml", data)

    def elapsed() -> float:
        start = time.perf_counter()
        read(file)
        return time.perf_counter() - start

    assert min(elapsed() for _ in range(3)) < 0.1


def test_deep_nesting_does_not_bring_the_process_down() -> None:
    """libyaml's compose ends with a segmentation fault here."""
    program = """
from genai_atlas.source import SourceFile, read
for opening in (b"[", b"{", b"- ", b"? ", b"{a: "):
    for head in (b"a: ", b""):
        found, faults = read(SourceFile("a.yaml", head + opening * 40_000 + b"\\n"))
        assert found is None and len(faults) == 1, faults
"""
    path = os.pathsep.join(part for part in sys.path if part)
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, timeout=60)
    assert done.returncode == 0


def test_depth_is_counted_from_the_file_itself() -> None:
    assert faults("a: " + "[" * (MAX_DEPTH - 1) + "x" + "]" * (MAX_DEPTH - 1) + "\n") == []
    assert faults("a: " + "[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH + "\n") == ["S110 1:15"]


def test_limits_hold_at_their_last_value() -> None:
    assert faults("a: " + "x" * MAX_FIELD_CHARS + "\n") == []
    assert faults("a: x\n#" + "x" * (MAX_FILE_BYTES - 7) + "\n") == []
    assert faults("a: 1234567890123456\n") == []


SYNTAX = {
    "a: b: c": ("1:5", "a colon and a space", "in quotes"),
    "a: @x": ("1:4", "cannot begin with '@'", "in quotes"),
    "a: `x`": ("1:4", "cannot begin with '`'", "in quotes"),
    "a: %x": ("1:4", "cannot begin with '%'", "in quotes"),
    "a: **b** c": ("1:5", "begins the value", "in quotes"),
    'a: "b" c': ("1:8", "text follows", "in quotes"),
    "a: 'it's'": ("1:8", "text follows", "''"),
    "a: [[b]] c": ("1:10", "text follows", "in quotes"),
    'a: "b" c: d': ("1:8", "text follows", "in quotes"),
    "a:\n  b: 1\n c: 2": ("3:2", "does not continue", "indent it"),
    "a: 1\nfoo\nb: 2": ("2:1", "a key without a colon", "key: value"),
    'b: 1\na: "x\nc: 1': ("2:4", "not closed", "close it"),
    "a: 'x\n---\ny'": ("1:4", "runs over", "close it"),
    "a: [x, y\nb: z\n": ("1:4", "not closed", "]"),
    "a: {x: y\nb: z\n": ("1:4", "not closed", "}"),
    'a: [x, "y" "z"]': ("1:12", "comma is missing", "]"),
    "a: [x, , y]": ("1:8", "a value is missing", "in quotes"),
    r'a: "\d"': ("1:5", "no such escape", "write the backslash twice"),
    r'a: "\uZZ"': ("1:7", "not complete", "four digits"),
    "a: - x": ("1:4", "a list cannot begin", "next line"),
    "a: ? x": ("1:4", "'? ' begins a key", "in quotes"),
    "a:\n  - x\n  y: 1": ("3:3", "without a dash", "'- '"),
    "a: |x\n  y": ("1:5", "text after the sign", "next line"),
    "{a: 1} b": ("1:8", "the data ended", "in quotes"),
    "a: !x!y z": ("1:4", "a tag is refused", "in quotes"),
    "a: |0\n  y": ("1:5", "indentation indicator", "quote"),
}


@pytest.mark.parametrize(("text", "expected"), SYNTAX.items(), ids=SYNTAX.keys())
def test_syntax_errors_are_put_in_plain_words(text: str, expected: tuple[str, str, str]) -> None:
    place, words, hint = expected
    found, diagnostics = read(SourceFile("topic.yaml", text.encode() + b"\n"))
    assert found is None
    (fault,) = diagnostics
    assert (fault.code, f"{fault.location.line}:{fault.location.column}") == ("S105", place)
    assert words in fault.message
    assert hint in fault.hint


def test_an_alias_that_is_emphasis_is_one_fault() -> None:
    assert faults("a: *emphasis here\n") == ["S108 1:4"]


def test_every_fault_of_a_file_is_told_in_one_run() -> None:
    text = "a:\nb: !x 1\nc: 2\nc: 3\nd: {e: [], f: &g h}\n\ti: 1\nj: 12345678901234567890\nk: 'l' m"
    assert faults(text.replace("\ti: 1\n", "i: \u200b1\n")) == [
        "S112 1:3",
        "S109 2:4",
        "S106 4:1",
        "S112 5:8",
        "S108 5:15",
        "S104 6:4",
        "S117 7:4",
        "S116 8:9",
    ]


def test_a_syntax_error_below_a_refused_character_waits() -> None:
    """The tab may be its cause. One above it cannot be."""
    assert faults("a: 1\n\tb: 2\n") == ["S104 2:1"]
    assert faults("a: b: c\n# \td\n") == ["S105 1:5", "S104 2:3"]


def test_a_file_of_faults_is_given_up_after_a_hundred() -> None:
    found, diagnostics = read(SourceFile("a.yaml", b"".join(b"k%d:\n" % n for n in range(500))))
    assert found is None
    assert [fault.code for fault in diagnostics] == ["S112"] * MAX_FAULTS + ["S119"]


def test_a_faulty_file_still_gives_what_can_be_read() -> None:
    found, diagnostics = read(SourceFile("a.yaml", b"a:\nb: [x, *y]\nc: 1\nc: 2\n[d]: 3\ne: {f: ''}\ng: !h i\n"))
    assert found is not None
    assert found.value == {"a": None, "b": ["x", None], "c": 1, "e": {"f": ""}, "g": "i"}
    assert found.refused == {("a",), ("b", 1), ("e", "f"), ("g",)}
    assert [fault.code for fault in diagnostics] == ["S112", "S108", "S106", "S107", "S112", "S109"]


def test_a_refused_first_key_is_not_taken_for_its_mapping() -> None:
    found, diagnostics = read(SourceFile("a.yaml", b"12345678901234567: 1\na: [!x b: 1, c]\n"))
    assert found is not None
    assert [fault.code for fault in diagnostics] == ["S117", "S109"]
    assert found.refused == frozenset()


@pytest.mark.parametrize("data", [b"", b"{}\n", b"- a\n", b"12: 1\n", b"a: 'b\n", b"\xff", b"a: " + b"[" * 20])
def test_a_file_without_anything_to_go_on_gives_no_source(data: bytes) -> None:
    found, diagnostics = read(SourceFile("a.yaml", data))
    assert found is None
    assert diagnostics


def test_places_hold_after_a_dropped_key() -> None:
    found, _ = read(SourceFile("a.yaml", b"a: {x: 1}\na: {y: [1, 2]}\n[b, c]: [1]\nd: 5\n"))
    assert found is not None
    assert found.locate("a", "x") == Location("a.yaml", 1, 8)
    assert found.locate("d") == Location("a.yaml", 4, 4)


# --- Values ---------------------------------------------------------------------------------------------------------

SCALARS: dict[str, Any] = {
    "no": "no",
    "on": "on",
    "yes": "yes",
    "Y": "Y",
    "true": True,
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "'true'": "true",
    "nul": "nul",
    "012": 12,
    "+7": 7,
    "-0": 0,
    "0o17": 15,
    "0x1F": 31,
    "0b11": "0b11",
    "1_000": "1_000",
    "1:30": "1:30",
    "190:20:30": "190:20:30",
    "1706.03760": 1706.0376,
    "1.": 1.0,
    ".5": 0.5,
    "1e3": 1000.0,
    "-1.5E-3": -0.0015,
    ".": ".",
    "1.2.3": "1.2.3",
    "2026-11-24": "2026-11-24",
    "2026-13-45": "2026-13-45",
    "2026-06": "2026-06",
    "2026-11-24T10:00:00Z": "2026-11-24T10:00:00Z",
    "=": "=",
    "<<": "<<",
    '"1706.03760"': "1706.03760",
    "10.1109/5.58356": "10.1109/5.58356",
    "https://example.org/a#b": "https://example.org/a#b",
    "a #b": "a",
    "a#b": "a#b",
    r'"\u00e9\n\x41\/"': "é\nA/",
    "'it''s'": "it's",
    "María Łukasz 李 🙂": "María Łukasz 李 🙂",
}


@pytest.mark.parametrize(("written", "value"), SCALARS.items(), ids=SCALARS.keys())
def test_scalars_follow_yaml_1_2(written: str, value: Any) -> None:
    found = sound(f"a: {written}\n").value["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["---\na: 1\n", "a: 1\n...\n", "a: 1\n...\n# end\n", "# x\n---\na: 1\n", "{a: 1}\n"])
def test_one_document_may_have_its_marks(text: str) -> None:
    assert sound(text).value == {"a": 1}


def test_windows_line_ends_change_nothing() -> None:
    text = "a: |\n  one\n  two\nb: >-\n  three\n  four\n"
    unix, windows = sound(text), sound(text.replace("\n", "\r\n"))
    assert windows.value == unix.value == {"a": "one\ntwo\n", "b": "three four"}
    assert windows.locate_in(("a",), 4) == unix.locate_in(("a",), 4) == Location("topic.yaml", 3, 3)


def test_a_comment_may_hold_any_character_that_can_be_seen() -> None:
    assert sound("a: 1 # @ * & ! % ` « 李 🙂 \u00a0\n").value == {"a": 1}


def test_refused_characters_are_those_that_end_lines_reorder_or_are_not_seen() -> None:
    """By category, which the expression itself does not use. Format characters that draw something may stay."""
    visible = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        refused = REFUSED_CHARACTERS.fullmatch(character) is not None
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Cs", "Zl", "Zp") or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            assert refused == (character != "\n" and code not in visible), hex(code)
        elif category[0] in "LNP" and refused:
            assert code in (0x115F, 0x1160, 0x3164, 0xFFA0), hex(code)


# --- Places ---------------------------------------------------------------------------------------------------------

SAMPLE = """\
# A comment with é before everything

title: Multi-Query Attention
aliases: [MQA, "one-write head", 'it''s']
number: 012
summary: >-
  Folded text over
  two lines, é, and a citation [@key2019one].

  Another paragraph.
overview: |
  First line [@alpha2020beta].

    Indented line with $x_{<t}$.
  Last line.
plain: some words
  that go on, and
  on
"quoted key": "a \\"quoted\\" text \\u00e9 and
  more \\
  text"
items:
  - {type: builds_on, to: self-attention}
  - type: part_of
    to: transformer
    deep:
    - - x
      - y
  - |-
    block in a list
last: true
"""


def nodes(value: Any, loc: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(loc, value)] + [node for key, child in children for node in nodes(child, (*loc, key))]


def at(text: str, place: Location) -> str:
    return "\n".join([text.split("\n")[place.line - 1][place.column - 1 :], *text.split("\n")[place.line :]])


def test_every_value_begins_where_its_place_says() -> None:
    found = sound(SAMPLE)
    begins = {
        ("title",): "Multi-Query",
        ("aliases",): "[MQA",
        ("aliases", 0): "MQA",
        ("aliases", 1): '"one-write',
        ("aliases", 2): "'it''s'",
        ("number",): "012",
        ("summary",): ">-",
        ("overview",): "|\n",
        ("plain",): "some words",
        ("quoted key",): '"a \\"quoted',
        ("items",): "- {type",
        ("items", 0): "{type",
        ("items", 0, "type"): "builds_on",
        ("items", 0, "to"): "self-attention",
        ("items", 1): "type: part_of",
        ("items", 1, "type"): "part_of",
        ("items", 1, "to"): "transformer",
        ("items", 1, "deep"): "- - x",
        ("items", 1, "deep", 0): "- x",
        ("items", 1, "deep", 0, 0): "x\n",
        ("items", 1, "deep", 0, 1): "y\n",
        ("items", 2): "|-\n",
        ("last",): "true",
    }
    assert {loc for loc, _ in nodes(found.value)} == {(), *begins}
    for loc, start in begins.items():
        assert at(SAMPLE, found.locate(*loc)).startswith(start), loc


def test_every_key_begins_where_its_place_says() -> None:
    found = sound(SAMPLE)
    for loc, _ in nodes(found.value):
        if loc and isinstance(loc[-1], str):
            assert re.match(f'"?{loc[-1]}"?: *', at(SAMPLE, found.locate_key(*loc))), loc
        elif loc:
            assert found.locate_key(*loc) == found.locate(*loc)


def test_what_does_not_exist_is_placed_at_what_holds_it() -> None:
    found = sound(SAMPLE)
    assert found.locate() == found.locate("nothing", 3) == found.locate_key("nothing") == Location("topic.yaml", 1, 1)
    assert found.locate("items", 1, "note") == found.locate("items", 1) == Location("topic.yaml", 24, 5)
    assert found.locate("title", "x") == found.locate("title")
    assert found.locate("aliases", 9) == found.locate("aliases")
    assert found.locate("aliases", -1) == found.locate("aliases")


def test_a_number_can_be_shown_as_it_is_written() -> None:
    found = sound("a: 1706.03760 # x\nb: [012, true]\n")
    assert (found.written("a"), found.written("b", 0), found.written("b", 1)) == ("1706.03760", "012", "true")


def assert_characters_are_found(text: str, found: Source) -> None:
    """Each visible character of each text; one written as an escape, at its backslash."""
    for loc, value in nodes(found.value):
        if not isinstance(value, str):
            continue
        for offset, character in enumerate(value):
            if not character.isspace():
                there = at(text, found.locate_in(loc, offset))
                assert there[0] in (character, "\\"), (loc, offset, character, there[:20])


def test_a_character_of_a_text_is_found_in_any_style() -> None:
    assert_characters_are_found(SAMPLE, sound(SAMPLE))


def test_a_citation_is_found_in_folded_and_literal_text() -> None:
    found = sound(SAMPLE)
    folded, literal = found.value["summary"], found.value["overview"]
    assert at(SAMPLE, found.locate_in(("summary",), folded.index("[@"))).startswith("[@key2019one]")
    assert at(SAMPLE, found.locate_in(("overview",), literal.index("[@"))).startswith("[@alpha2020beta]")


def test_a_character_that_does_not_exist_is_placed_at_the_value() -> None:
    found = sound(SAMPLE)
    assert found.locate_in((), 0) == Location("topic.yaml", 1, 1)
    assert found.locate_in(("title", "x"), 5) == found.locate("title")
    assert found.locate_in(("number",), 1) == found.locate("number")
    assert found.locate_in(("title",), -1) == found.locate("title")
    assert found.locate_in(("title",), 10_000) == Location("topic.yaml", 3, 29)


words = st.text(st.sampled_from("ab é$\\'\":#[]{}&*-,|>\n"), min_size=1, max_size=60).filter(lambda text: text.strip())


@settings(max_examples=300, deadline=None)
@given(
    words,
    st.sampled_from((None, "'", '"', "|", ">")),
    st.sampled_from((10, 30, 80)),
    st.sampled_from(("a", "list", "deep")),
)
@example("\n\na  \n\n  b\nc\n\n", "|", 80, "deep")
@example("a\n  b\n\nc d e f g h i j k\n", ">", 10, "list")
@example(" :::::::: :", ">", 10, "a")
def test_a_character_is_found_in_whatever_a_yaml_writer_makes(text: str, style: str, width: int, shape: str) -> None:
    data = {"a": {"a": text}, "list": {"a": ["x", text]}, "deep": {"a": {"b": [{"c": text, "d": "x"}]}}}[shape]
    written = yaml.dump(data, Dumper=yaml.CSafeDumper, default_style=style, width=width, allow_unicode=True)
    found = sound(written)
    # What PyYAML reads of it, which is not always what went in: folding a line that begins with a space, its writer
    # breaks where reading puts no space back.
    assert found.value == yaml.load(written, yaml.CSafeLoader)
    assert_characters_are_found(written, found)


# --- Properties -----------------------------------------------------------------------------------------------------


class Core(yaml.CSafeLoader):
    """PyYAML's own constructors with the resolvers of YAML 1.2: another way to the same values."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


def _integer(loader: Core, node: yaml.ScalarNode) -> int:
    base = {"0o": 8, "0x": 16}.get(node.value[:2], 10)
    return int(node.value[2:] if base != 10 else node.value, base)


Core.add_constructor("tag:yaml.org,2002:int", _integer)
Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))
for tag, pattern in (
    ("null", r"null|Null|NULL|~|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), None)


def assert_consistent(data: bytes) -> None:
    """Only our own faults, all inside the file; and without a fault, the value that PyYAML gives."""
    found, diagnostics = read(SourceFile("topic.yaml", data))
    assert list(diagnostics) == sorted(diagnostics)
    assert {fault.code for fault in diagnostics} <= {rule.code for rule in RULES}
    lines = data.count(b"\n") + 1
    assert all(1 <= fault.location.line <= lines and fault.location.column >= 1 for fault in diagnostics)
    assert all(fault.message and fault.hint and fault.message.isprintable() for fault in diagnostics)
    if found is None:
        assert diagnostics
        return
    for loc, value in nodes(found.value):
        assert 1 <= found.locate(*loc).line <= lines
        assert found.locate_key(*loc) <= found.locate(*loc)
        for offset in range(0, len(value), 7) if isinstance(value, str) else ():
            assert 1 <= found.locate_in(loc, offset).line <= lines
    assert found.refused <= {loc for loc, _ in nodes(found.value)}
    if not diagnostics:
        expected = yaml.load(data.decode(), Core)
        assert (found.value, repr(found.value)) == (expected, repr(expected))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert_consistent(data)


yaml_pieces = st.sampled_from(
    [
        *"abkxé012 \n:-?[]{}&*!|>'\"%@`#,.~\t\r\\",
        *(
            "a: ",
            "\n  ",
            "\n- ",
            "- ",
            ": ",
            "? ",
            "<<: ",
            "---\n",
            "...\n",
            "%YAML 1.2\n",
            "!!str ",
            "&x ",
            "*x ",
            "null",
        ),
        *(
            "true",
            ">-\n  ",
            "|2\n   ",
            "[x, ",
            "{x: ",
            '"\\',
            "\\u200b",
            "\ufeff",
            "\x85",
            "\u2028",
            "\0",
            "1e9",
            "0x",
            "''",
        ),
    ]
)


@settings(max_examples=700, deadline=None)
@given(st.lists(yaml_pieces, max_size=40).map("".join))
def test_no_text_of_yaml_pieces_raises(text: str) -> None:
    assert_consistent(text.encode())


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 8), st.one_of(st.just(""), yaml_pieces)),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_no_damaged_topic_raises(changes: list[tuple[int, int, str]], cut: bool) -> None:
    text = SAMPLE
    for position, deleted, inserted in changes:
        text = text[:position] + inserted + text[position + deleted :]
    assert_consistent(text[: changes[0][0]].encode() if cut else text.encode())


visible = st.characters(codec="utf-8").filter(lambda character: not REFUSED_CHARACTERS.match(character))
texts = st.text(st.one_of(st.sampled_from("ab 0:#-\n'\""), visible), min_size=1, max_size=40).filter(
    lambda text: not text.isspace()
)
values = st.recursive(
    st.one_of(
        texts,
        st.booleans(),
        st.integers(-(10**15), 10**16 - 1),
        st.decimals(-(10**9), 10**9, places=3).map(float),
        st.sampled_from(["no", "true", "null", "012", "1:30", "2026-11-24", "~", "1e3", ".inf", "<<", "="]),
    ),
    lambda children: st.one_of(
        st.lists(children, min_size=1, max_size=4),
        st.dictionaries(st.text("abcd_", min_size=1, max_size=5), children, min_size=1, max_size=4),
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.text("abcd_", min_size=1, max_size=5), values, min_size=1, max_size=5),
    st.sampled_from([None, True, False]),
)
def test_what_a_yaml_writer_writes_is_read_back(data: dict[str, Any], flow: bool | None) -> None:
    class Plain(yaml.CSafeDumper):
        yaml_implicit_resolvers = Core.yaml_implicit_resolvers

        def ignore_aliases(self, data: Any) -> bool:
            return True

    written = yaml.dump(data, Dumper=Plain, allow_unicode=True, default_flow_style=flow)
    assert sound(written).value == data
    assert_consistent(written.encode())


# --- Files, paths and rules -------------------------------------------------------------------------------------------


def test_a_size_can_be_refused_before_the_file_is_read() -> None:
    assert size_fault("a.yaml", MAX_FILE_BYTES) is None
    fault = size_fault("a.yaml", 50_000_000)
    assert str(fault) == "a.yaml:1:1: error S101 the file has 50,000,000 bytes; 262,144 are allowed"


@pytest.mark.parametrize(
    "path",
    [
        "taxonomy/atlas.yaml",
        "taxonomy/a-b/c-2/3d-modeling.yaml",
        "taxonomy/published.txt",
        "taxonomy/references/2024/a.yaml",
    ],
)
def test_slugs_make_a_path(path: str) -> None:
    assert path_fault(path) is None


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("taxonomy/A/b.yaml", "rename it to a"),
        ("taxonomy/a_b/c.yaml", "rename it to a-b"),
        ("taxonomy/a--b.yaml", "rename it to a-b"),
        ("taxonomy/-a.yaml", "rename it to a"),
        ("taxonomy/a/RLHF.yaml", "rename it to rlhf"),
        ("taxonomy/a b.yaml", "rename it to a-b"),
        ("taxonomy/café.yaml", "rename it to cafe"),
        ("taxonomy/../etc/passwd.yaml", "rename it"),
        ("taxonomy//a.yaml", "rename it"),
        ("taxonomy/.hidden.yaml", "rename it to hidden"),
        ("taxonomy/a.yaml.bak.yaml", "rename it to a-yaml-bak"),
        ("taxonomy/rag\u043d.yaml", "rename it to rag"),
        ("taxonomy/a.yaml\n", "rename it to a-yaml"),
        ("taxonomy/a\x1b[31m.yaml", "rename it to a-31m"),
        ("taxonomy/a\udcff.yaml", "rename it to a"),
        ("taxonomy/" + "a" * 61 + ".yaml", "rename it to " + "a" * 60),
    ],
)
def test_what_is_no_slug_is_refused(path: str, hint: str) -> None:
    fault = path_fault(path)
    assert fault is not None
    assert (fault.code, fault.hint) == ("S121", hint)
    assert fault.location.path.isprintable() and fault.message.isprintable()
    fault.location.path.encode()


def test_codes_are_unique_and_in_order() -> None:
    assert [rule.code for rule in RULES] == [f"S{101 + number}" for number in range(len(RULES))]
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_of_the_module_is_listed() -> None:
    rules = [value for value in vars(source).values() if isinstance(value, source.Rule)]
    assert tuple(rules) == RULES


# The file's size, encoding, name or kind, which a snippet can only describe.
DESCRIBED = {"S101", "S102", "S103", "S111", "S119", "S120", "S121"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_examples_of_a_rule_are_wrong_and_right(rule: source.Rule) -> None:
    if rule.code in DESCRIBED:
        assert rule.wrong != rule.right
        return
    assert {fault.split()[0] for fault in faults(rule.wrong)} == {rule.code}
    assert faults(rule.right) == []
