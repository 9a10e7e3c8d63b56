"""The one way an authored file is laid out: the same data and comments give the same bytes. Layer 5; no file access.

- Fields in the order of the schema, unknown ones after them; references by key. Two spaces a level, lists indented too.
- A topic's sections, from `overview` on, each after one blank line; the same in an area and a subarea.
- Text stands plain where readers of YAML 1.1 and 1.2 agree that it is text, else in double quotes, never in single
  ones; an arXiv identifier always in quotes. The days and months of a file's head stand plain, since editors and we
  read them as text.
- Text that would pass column 120 is folded (`>-`). Text of several lines stands literally (`|`) with the author's line
  breaks: they are part of the value, and wrapping them anew would change it.
- Relations, symbols, milestones, works to read, comparison rows and retired topics take one line each, in braces, up to
  column 200; beyond it a line a field. Names (aliases, authors, citation keys) stand in brackets, filled up to column
  120; headings and cells in brackets on one line, else a line each. All else has a line for each field and item.
- A comment above a field or an item moves with it, one at the end of a line stays at the end of its line, and one
  indented deeper than what follows ends the list or mapping it stands in. What stands at the top of a file stays there.
- The first line names the file's JSON Schema to editors, where the schemas lie beside the data. There is one such line:
  one that names another schema, as a copied or moved file may have, gives way to it.

No ruamel.yaml: once keys move, its round trip hands comments to other fields, and it drops some inside brackets. Here
a comment is what libyaml's events leave over, and no layout is returned that lost one or changed a value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final, get_args

import yaml
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from genai_atlas.diagnostics import Diagnostic, Location, Rule
from genai_atlas.model import (
    Area,
    AtlasFile,
    Authored,
    ComparisonRow,
    Milestone,
    ReadingItem,
    Reference,
    Relation,
    Retired,
    Subarea,
    Symbol,
    Topic,
)
from genai_atlas.output import OutputFile
from genai_atlas.schemas import file_name
from genai_atlas.source import Source, SourceFile, read

WIDTH: Final = 120
ROW_WIDTH: Final = 200
"""For a mapping in braces: a row of a table is compared with its neighbours more than it is read."""

LAYOUT_FAILED = Rule(
    "S140",
    "layout-failed",
    "The canonical layout of this file would not say what the file says, so it was left as it is. Every layout is read "
    "back before it is returned: the same data and the same comments have to come out, and no limit may be passed "
    "that the file itself kept. A key of more than a thousand characters, or a file close to the limit of 256 kB, can "
    "cause this; anything else is a fault of the program.",
    wrong="# references/2024.yaml, 255 kB, and 257 kB when laid out\n",
    right="# references/2024/a.yaml … references/2024/z.yaml, 12 kB each\n",
)
RULES: Final = (LAYOUT_FAILED,)

_SECTIONS_FROM: Final[dict[type[Authored], str]] = {Topic: "overview", Subarea: "overview", Area: "overview"}
_ROWS: Final = (Symbol, Milestone, Relation, ReadingItem, ComparisonRow, Retired)
_NAMES: Final = frozenset({"aliases", "authors", "refs"})
_CELLS: Final = frozenset({"columns", "cells"})
_PLAIN_DATES: Final = frozenset(
    {(Topic, "reviewed"), (Topic, "review_by"), (Topic, "literature_until"), (Retired, "date")}
)
_QUOTED: Final = frozenset({(Reference, "arxiv")})

_SCHEMA_LINE: Final = re.compile(r"#\s*yaml-language-server:\s*\$schema=\S+")
_MODELINE: Final = re.compile(r"#\s*(?:yaml-language-server:|vim?:|ex:|-\*-|SPDX-)")
_BLOCK_HEADER: Final = re.compile(r"[|>][-+0-9]* *(#[^\n]*)?")
_BREAK: Final = re.compile(r"(?<! ) (?! )")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
_KEPT_FOR_YAML: Final = frozenset("-?:,[]{}#&*!|>'\"%@`")
_NOT_TEXT: Final = re.compile(
    r"""[-+]?[0-9.][0-9_.,]*(?:e[-+]?[0-9]+)?     # also version numbers, and a number with its thousands apart
    | [-+]?0[box][0-9a-f_]+
    | [-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)? # 1:30 is 90 in YAML 1.1
    | [-+]?\.(?:inf|nan)
    | [0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2}.*)?
    | y | yes | n | no | on | off | true | false | null | ~ | = | <<""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def layout(file: SourceFile, schemas: str | None = None) -> tuple[OutputFile | None, tuple[Diagnostic, ...]]:
    """None where the reader finds a fault, with its faults: a layout would cover up a cut-off file or a lost value.

    A field that the schema does not know, or a value of the wrong type, is no reason to refuse. `schemas` is the folder
    of the JSON Schemas, relative to the root; where there is none, no line for editors is added, changed or removed.
    """
    source, faults = read(file)
    if source is None or faults:
        return None, faults
    reader = _Reader(source)
    return _laid_out(reader, reader.file(), source.value, schemas)


def merged(
    file: SourceFile, addition: SourceFile, schemas: str | None = None
) -> tuple[OutputFile | None, tuple[Diagnostic, ...]]:
    """The layout of the file with what `addition` holds: a list of the same name grows, all else is a new field or
    record. Comments of both stay. None as in `layout`."""
    source, faults = read(file)
    more, wrong = read(addition)
    if source is None or more is None or faults or wrong:
        return None, (*faults, *wrong)
    reader, added = _Reader(source), _Reader(more)
    top, value = reader.file(), dict(source.value)
    for entry in added.file().entries:
        new = more.value[entry.key]
        there = next((own for own in top.entries if own.key == entry.key), None)
        if there is None:
            top.entries.append(entry)
            value[entry.key] = new
        elif isinstance(there.value, _Collection) and isinstance(entry.value, _Collection) and isinstance(new, list):
            there.value.entries += entry.value.entries
            value[entry.key] = [*value[entry.key], *new]
        else:
            raise ValueError(f"{file.path} has {entry.key} already")
    reader.comments.extend(added.comments)
    return _laid_out(reader, top, value, schemas)


def _laid_out(
    reader: _Reader, top: _Collection, value: object, schemas: str | None
) -> tuple[OutputFile | None, tuple[Diagnostic, ...]]:
    path = reader.source.path
    if schemas is not None:
        _name_schema(reader, top.entries[0], schema_line(path, schemas))
    laid_out = OutputFile.text(path, "\n".join(_file(path, top)) + "\n")
    if lost := _lost(value, reader.comments, laid_out):
        return None, (LAYOUT_FAILED.at(Location(path), f"the layout would not say the same: {lost}", _LEFT),)
    return laid_out, ()


def schema_line(path: str, schemas: str) -> str:
    """What tells an editor with a YAML language server which schema a file has; relative, so that any clone has it."""
    above = "../" * (len(PurePosixPath(path).parts) - 1)
    return f"# yaml-language-server: $schema={above}{schemas}/{file_name(_kind(path))}"


def _name_schema(reader: _Reader, first: _Entry, line: str) -> None:
    """Puts the line at the top, in place of any other that names a schema there."""
    kept: list[_Comment] = []
    is_spaced = False
    for comment in first.above:
        if _SCHEMA_LINE.fullmatch(comment.text):
            reader.comments.remove(comment.text)
            is_spaced = is_spaced or comment.is_spaced
        else:
            kept.append(replace(comment, is_spaced=comment.is_spaced or is_spaced))
            is_spaced = False
    first.is_spaced = first.is_spaced or is_spaced
    first.above = [_Comment(line, -1, False), *kept]
    reader.comments.append(line)


_LEFT: Final = "the file is left as it is; lay it out by hand, or split it"


def _lost(value: object, comments: Sequence[str], laid_out: OutputFile) -> str:
    """What would be lost, or an empty string."""
    source, faults = read(SourceFile(laid_out.path, laid_out.data))
    if faults:
        return faults[0].message
    # JSON, since True, 1 and 1.0 are equal in Python.
    if source is None or _json(source.value) != _json(value):
        return "a value would change"
    after = _Reader(source)
    after.file()
    return "" if sorted(after.comments) == sorted(comments) else "a comment would be lost"


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True)


# What is in the file: libyaml's events, with the comments between them.


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    column: float
    """Of its `#`, from 0. -1 where the place decides already that it belongs to what follows."""
    is_spaced: bool
    """Whether a blank line stands above it."""


@dataclass(slots=True)
class _Scalar:
    value: Any
    written: str


@dataclass(slots=True)
class _Collection:
    is_mapping: bool
    column: int
    """Of its entries, from 0, where it stands in lines; of no meaning in brackets."""
    entries: list[_Entry] = field(default_factory=list)
    end: list[_Comment] = field(default_factory=list)
    """Comments after the last entry."""


_Node = _Scalar | _Collection


@dataclass(slots=True)
class _Entry:
    """A key with its value, or an item of a list."""

    key: str
    """Empty for an item."""
    is_spaced: bool
    value: _Node = field(default_factory=lambda: _Scalar("", ""))
    above: list[_Comment] = field(default_factory=list)
    beside: _Comment | None = None

    def add_beside(self, comment: _Comment) -> None:
        """A value of several lines may have several, of which the last can stay at the end of a line."""
        if self.beside:
            self.above.append(self.beside)
        self.beside = comment


class _Reader:
    """One pass over the events of a source without fault, so that events and values go in step."""

    def __init__(self, source: Source) -> None:
        self.source: Final = source
        self.comments: Final[list[str]] = []
        self._text: Final = source.text
        self._get_event: Callable[[], Any] = yaml.CBaseLoader(source.text).get_event
        self._position = 0
        self._last: _Entry | None = None
        """The entry that a comment at the end of a line belongs to."""
        self._waiting: list[_Comment] = []
        self._closed: list[_Collection] = []
        """Collections in lines that ended since the last entry, the innermost first."""

    def file(self) -> _Collection:
        self._next()
        self._next()
        top = self._collection(self._next(), self.source.value, None)
        self._next()
        self._last = None
        self._next()
        self._place(top.end, -1)
        return top

    def _next(self) -> Any:
        event = self._get_event()
        start: int = event.start_mark.index
        self._gap(start)
        # The start of a list in lines takes in its first dash or not, as the list is indented or not.
        is_start = type(event) in (MappingStartEvent, SequenceStartEvent) and not event.flow_style
        self._position = max(self._position, start if is_start else event.end_mark.index)
        return event

    def _gap(self, end: int) -> None:
        """Between two events stand only signs, spaces and comments."""
        dashed = False
        start = self._position
        while start < end:
            line_end = self._text.find("\n", start, end)
            stop = end if line_end < 0 else line_end
            signs, mark, rest = self._text[start:stop].partition("#")
            dashed = dashed or "-" in signs or "?" in signs
            if mark:
                self._comment(start + len(signs), (mark + rest).rstrip(), dashed)
            start = stop + 1

    def _comment(self, index: int, text: str, dashed: bool) -> None:
        self.comments.append(text)
        line_start = self._text.rfind("\n", 0, index) + 1
        comment = _Comment(text, -1 if dashed else index - line_start, self._is_spaced(index))
        is_alone = not self._text[line_start:index].strip()
        if is_alone or dashed or self._last is None:
            self._waiting.append(comment)
        else:
            self._last.add_beside(comment)

    def _is_spaced(self, index: int) -> bool:
        end = self._text.rfind("\n", 0, index)
        return end >= 0 and not self._text[self._text.rfind("\n", 0, end) + 1 : end].strip()

    def _place(self, following: list[_Comment], column: int) -> None:
        """Hands the waiting comments to what follows, or to the end of what closed before it."""
        limit = math.inf
        for comment in self._waiting:
            limit = min(limit, comment.column)
            ended = (closed for closed in self._closed if limit > column and closed.column <= limit)
            home = next(ended, None)
            (home.end if home else following).append(comment)
        self._waiting, self._closed = [], []

    def _value(self, event: Any, value: Any, holder: _Entry) -> _Node:
        start: int = event.start_mark.index
        if type(event) is not ScalarEvent:
            return self._collection(event, value, holder)
        self._place(holder.above, -1)
        self._last = holder
        if event.style in ("|", ">"):
            header = _BLOCK_HEADER.match(self._text, start)
            if header and header[1]:
                self._comment(header.start(1), header[1].rstrip(), dashed=False)
        return _Scalar(value, event.value)

    def _collection(self, event: Any, value: Any, holder: _Entry | None) -> _Collection:
        is_mapping = type(event) is MappingStartEvent
        found = _Collection(is_mapping, event.start_mark.column)
        if holder and event.flow_style:
            self._place(holder.above, -1)
        while type(inner := self._next()) not in (MappingEndEvent, SequenceEndEvent):
            entry = _Entry(inner.value if is_mapping else "", self._is_spaced(inner.start_mark.index))
            self._place(entry.above, found.column if not event.flow_style else -1)
            found.entries.append(entry)
            self._last = entry
            inside = value[entry.key] if is_mapping else value[len(found.entries) - 1]
            entry.value = self._value(self._next() if is_mapping else inner, inside, entry)
        if event.flow_style:
            self._place(found.end, -1)
            self._last = holder
        else:
            self._closed.append(found)
        return found


# How it is laid out.


def _file(path: str, top: _Collection) -> Iterator[str]:
    model, records = _MODELS[_kind(path)]
    header = _take_header(top.entries[0])
    yield from _comments(header, 0)
    if not all(_MODELINE.match(comment.text) for comment in header):
        yield ""
    entries = sorted(top.entries, key=lambda entry: entry.key) if records is Reference else _ordered(top, model)
    head = _names(model)[: _names(model).index(_SECTIONS_FROM[model])] if model in _SECTIONS_FROM else None
    for number, entry in enumerate(entries):
        if number and head is not None and entry.key not in head:
            yield ""
        yield from _entry(entry, model, records or _child(model, entry.key), 0)
    if top.end:
        yield ""
    yield from _comments(top.end, 0)


_MODELS: Final[dict[str, tuple[type[Authored] | None, type[Authored] | None]]] = {
    "atlas": (AtlasFile, None),
    "retired": (None, Retired),
    "references": (None, Reference),
    "area": (Area, None),
    "subarea": (Subarea, None),
    "topic": (Topic, None),
}
"""Of each kind of file the model of the whole, or that of its records."""


def _kind(path: str) -> str:
    match PurePosixPath(path).parts:
        case ("taxonomy", "atlas.yaml" | "retired.yaml" as name):
            return name.removesuffix(".yaml")
        case ("taxonomy", "references", *_):
            return "references"
        case ("taxonomy", _, "area.yaml"):
            return "area"
        case ("taxonomy", _, _, "subarea.yaml"):
            return "subarea"
        case _:
            return "topic"


def _take_header(first: _Entry) -> list[_Comment]:
    """The comments that stay at the top whatever is sorted below: up to the last blank line, else lines for editors."""
    comments = first.above
    below: list[_Comment | _Entry] = [*comments[1:], first]
    end = max((number for number, other in enumerate(below, 1) if other.is_spaced), default=0)
    if not end:
        end = next((n for n, comment in enumerate(comments) if not _MODELINE.match(comment.text)), len(comments))
    first.above = comments[end:]
    return comments[:end]


@cache
def _names(model: type[Authored] | None) -> tuple[str, ...]:
    return tuple(model.model_fields) if model else ()


@cache
def _child(model: type[Authored] | None, name: str) -> type[Authored] | None:
    """The model of the field's value or, where it is a list, of its items."""
    return _model_in(model.model_fields[name].annotation) if model and name in model.model_fields else None


def _model_in(annotation: Any) -> type[Authored] | None:
    if isinstance(annotation, type) and issubclass(annotation, Authored):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument))), None)


def _ordered(node: _Collection, model: type[Authored] | None) -> list[_Entry]:
    """Fields in the order of the schema, unknown ones after them; items as they are, since they have no names."""
    rank = {name: number for number, name in enumerate(_names(model))}
    return sorted(node.entries, key=lambda entry: rank.get(entry.key, len(rank)))


def _comments(comments: Iterable[_Comment], indent: int) -> Iterator[str]:
    """A blank line between two comments stays: it tells a heading from a remark."""
    for number, comment in enumerate(comments):
        if number and comment.is_spaced:
            yield ""
        yield " " * indent + comment.text


def _entry(entry: _Entry, model: type[Authored] | None, child: type[Authored] | None, indent: int) -> Iterator[str]:
    """The lines of a field or an item. `model` holds the field; `child` is the model of what it holds."""
    margin = " " * indent
    yield from _comments(entry.above, indent)
    if not entry.key and isinstance(entry.value, _Collection):
        # Above what shares the dash's line is above the item.
        shared = _ordered(entry.value, child)[0]
        yield from _comments(shared.above, indent)
        shared.above = []
    head = f"{margin}{_text(entry.key, in_flow=False)}:" if entry.key else f"{margin}-"
    first, *rest = _lines(entry, model, child, len(head) + 1, indent)
    mark = f"  {entry.beside.text}" if entry.beside else ""
    if not first and not entry.key:
        if entry.beside:
            yield margin + entry.beside.text
        yield from _dashed(rest, margin)
    elif first.startswith("[") and rest:
        # Beside the first line of filled brackets, the comment would belong to a name.
        yield from (f"{head} {first}", *rest[:-1], rest[-1] + mark)
    else:
        yield from (f"{head} {first}".rstrip() + mark, *rest)


def _dashed(lines: Sequence[str], margin: str) -> Iterator[str]:
    """The dash stands in the first line of what it begins, below comments."""
    number = next(n for n, line in enumerate(lines) if line and not line.lstrip().startswith("#"))
    yield from (margin + line.lstrip() if line else "" for line in lines[:number])
    yield f"{margin}- {lines[number].lstrip()}"
    yield from lines[number + 1 :]


def _lines(
    entry: _Entry, model: type[Authored] | None, child: type[Authored] | None, column: int, indent: int
) -> list[str]:
    """What stands beside the key or dash, from `column` on, and the whole lines below it."""
    node = entry.value
    if isinstance(node, _Scalar):
        return _scalar(node, model, entry.key, column, indent + 2)
    is_row = node.is_mapping and child in _ROWS
    if is_row or entry.key in _NAMES | _CELLS:
        flow = _flow(node, child)
        if flow and column + len(flow) <= (ROW_WIDTH if is_row else WIDTH):
            return [flow]
        if flow and entry.key in _NAMES and not node.is_mapping:
            return _filled(node, column, indent + 2)
    return ["", *_block(node, child, indent + 2)]


def _block(node: _Collection, model: type[Authored] | None, indent: int) -> Iterator[str]:
    for entry in _ordered(node, model):
        owner, child = (model, _child(model, entry.key)) if node.is_mapping else (None, model)
        yield from _entry(entry, owner, child, indent)
    yield from _comments(node.end, indent)


def _flow(node: _Node, model: type[Authored] | None, name: str = "", owner: type[Authored] | None = None) -> str:
    """In braces or brackets on one line; empty where a comment or a line break has no place there."""
    if isinstance(node, _Scalar):
        is_multi_line = isinstance(node.value, str) and "\n" in node.value
        return "" if is_multi_line else _inline(node, owner, name, in_flow=True)
    if node.end or any(entry.above or entry.beside for entry in node.entries):
        return ""
    if node.is_mapping:
        entries = _ordered(node, model)
        values = [_flow(entry.value, _child(model, entry.key), entry.key, model) for entry in entries]
        keys = [_text(entry.key, in_flow=True) for entry in entries]
        return "{" + ", ".join(map("{}: {}".format, keys, values)) + "}" if all(values) else ""
    items = [_flow(entry.value, model) for entry in node.entries]
    return "[" + ", ".join(items) + "]" if all(items) else ""


def _filled(node: _Collection, column: int, indent: int) -> list[str]:
    """A list in brackets over several lines, broken between items only."""
    items = [_flow(entry.value, None) for entry in node.entries]
    items = [f"{item}," for item in items[:-1]] + [f"{items[-1]}]"]
    items[0] = f"[{items[0]}"
    first, *rest = _fill(items, column, indent)
    return [first, *rest]


def _fill(words: Sequence[str], column: int, indent: int) -> list[str]:
    """Lines of at most WIDTH where the words allow it. The first begins at `column` and comes without a margin."""
    lines = [words[0]]
    end = column + len(words[0])
    for word in words[1:]:
        if end + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
            end += 1 + len(word)
        else:
            lines.append(" " * indent + word)
            end = indent + len(word)
    return lines


def _scalar(node: _Scalar, model: type[Authored] | None, name: str, column: int, indent: int) -> list[str]:
    inline = _inline(node, model, name, in_flow=False)
    if not isinstance(node.value, str):
        return [inline]
    text = node.value.removesuffix("\n")
    lines = text.split("\n")
    chomping = "" if node.value.endswith("\n") else "-"
    # A block begins at its first letter and ends with its last line break: what is not seen there would be lost.
    if text[:1] in ("", " ", "\n") or not lines[-1].strip():
        return [inline]
    words = _BREAK.split(text)
    if len(lines) == 1 and len(words) > 1 and not text.endswith(" "):
        too_long = column + len(inline) > WIDTH if chomping else indent + len(text) > WIDTH
        if too_long:
            first, *rest = _fill(words, indent, indent)
            return [f">{chomping}", " " * indent + first, *rest]
    if len(lines) == 1 and chomping:
        return [inline]
    return [f"|{chomping}", *(" " * indent + line if line else "" for line in lines)]


def _inline(node: _Scalar, model: type[Authored] | None, name: str, in_flow: bool) -> str:
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(node.written)
    if model and (model, name) in _QUOTED:
        return _quoted(value)
    if model and (model, name) in _PLAIN_DATES and _DATE.fullmatch(value):
        return str(value)
    return _text(value, in_flow)


def _float(written: str) -> str:
    """As written, since 3.10 tells more than 3.1, with the point and the signs that YAML 1.1 asks for."""
    number, e, power = written.lower().partition("e")
    sign = number[:1] if number[:1] in ("+", "-") else ""
    whole, _, fraction = number.removeprefix(sign).partition(".")
    return f"{sign}{whole or 0}.{fraction or 0}{e}{'+' if power[:1].isdigit() else ''}{power}"


def _text(text: str, in_flow: bool) -> str:
    return text if _is_plain(text, in_flow) else _quoted(text)


def _is_plain(text: str, in_flow: bool) -> bool:
    if not text or text != text.strip() or "\n" in text or text[0] in _KEPT_FOR_YAML or text[-1] == ":":
        return False
    if ": " in text or " #" in text or _NOT_TEXT.fullmatch(text):
        return False
    if text.startswith("..."):
        return False  # at the head of a line it would end the document
    # YAML 1.1 ends a plain text at any of these in brackets; of the colon, readers differ.
    return not in_flow or not any(sign in text for sign in ",[]{}?:")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
