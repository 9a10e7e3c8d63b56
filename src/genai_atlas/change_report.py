"""Changes -> text | json | markdown. Layer 6; no effects."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from genai_atlas.changes import STRUCTURE, Change, ChangeKind
from genai_atlas.diagnostics import counted
from genai_atlas.excerpts import inert

COMMENT_LIMIT: Final = 60_000
"""Characters. GitHub refuses a comment of more than 65,536."""


def summary(changes: Sequence[Change]) -> str:
    """`1 topic renamed, 2 findings changed`; `no changes` where there are none."""
    numbers = Counter(change.kind for change in changes)
    return ", ".join(_numbered(numbers[kind], kind) for kind in ChangeKind if kind in numbers) or "no changes"


def _numbered(number: int, kind: ChangeKind) -> str:
    noun, _, verb = kind.value.partition("-")
    if verb in ("added", "removed", "renamed", "moved", "merged", "split", "retired", "changed"):
        return f"{counted(number, noun if noun != 'branch' or number == 1 else 'branche')} {verb}"
    return f"{number} × {_label(kind)}"


def label_of(kind: ChangeKind) -> str:
    """As it begins a line."""
    return capital(_label(kind))


def _label(kind: ChangeKind) -> str:
    return kind.value.replace("-", " ")


def text(changes: Sequence[Change], old: str, new: str) -> str:
    """A line each, then what it was and what it is."""
    lines = []
    for change in changes:
        what = f": {change.what}" if change.what else ""
        others = f" ({', '.join(change.others)})" if change.others else ""
        lines.append(f"{_label(change.kind):18} {change.path or 'atlas'}{what}{others}")
        lines += [f"    {sign} {side}" for sign, side in (("-", change.before), ("+", change.after)) if side]
    return "".join(f"{line}\n" for line in lines)


def as_json(changes: Sequence[Change], old: str, new: str) -> str:
    numbers = Counter(change.kind for change in changes)
    records = [
        {
            "kind": change.kind.value,
            "path": change.path,
            "title": change.title,
            "what": change.what,
            "before": change.before,
            "after": change.after,
            "others": list(change.others),
        }
        for change in changes
    ]
    counts = {kind.value: numbers[kind] for kind in ChangeKind if kind in numbers}
    told = {"old": old, "new": new, "counts": counts, "changes": records}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def markdown(changes: Sequence[Change], old: str, new: str) -> str:
    """For a comment or a changelog: whatever the atlas says stands in it as plain words, and calls nobody."""
    head = (f"### Changes of the atlas: {inert(old)} → {inert(new)}", "", f"{capital(summary(changes))}.")
    return "".join(f"{line}\n" for line in (*head, *_listed(changes)))


def changelog(changes: Sequence[Change], heading: str, lead: str) -> str:
    """One release in the changelog, as Markdown."""
    return "".join(f"{line}\n" for line in (f"## {heading}", "", lead, *_listed(changes)))


def _listed(changes: Sequence[Change]) -> Iterator[str]:
    room = COMMENT_LIMIT - 1_000  # for what stands above
    told = 0
    for block in _blocks(changes):
        room -= sum(len(line) + 1 for line in block.lines)
        if room < 0:
            yield from ("", f"… and {counted(len(changes) - told, 'more change')}; `genai-atlas diff` lists all.")
            break
        yield from block.lines
        told += block.told


def from_json(records: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """What as_json() told. Kinds that a later version of the program tells are passed over."""
    kinds = {kind.value: kind for kind in ChangeKind}
    return tuple(
        Change(
            kind=kinds[record["kind"]],
            others=tuple(map(str, record.get("others", ()))),
            **{name: str(record.get(name, "")) for name in ("path", "title", "what", "before", "after")},
        )
        for record in records
        if record.get("kind") in kinds
    )


@dataclass(frozen=True)
class Section:
    """Changes that are told under one heading: of the outline, of one entry, or of the bibliography."""

    title: str
    path: str
    """Of the entry."""
    changes: tuple[Change, ...]
    names_entries: bool
    """Each change says which entry or record it is about."""


def sections(changes: Sequence[Change]) -> Iterator[Section]:
    """In the order of the changes."""
    for (title, path), own in groupby(changes, key=_heading):
        found = tuple(own)
        yield Section(title, path, found, found[0].kind in STRUCTURE or _is_record(found[0]))


class _Block:
    def __init__(self, lines: Iterable[str], told: int = 0) -> None:
        self.lines = tuple(lines)
        self.told = told


def _blocks(changes: Sequence[Change]) -> Iterator[_Block]:
    """Headings and items, in order; each is shown whole or not at all."""
    for section in sections(changes):
        place = f" ({_code(section.path)})" if section.path else ""
        yield _Block(("", f"#### {inert(section.title)}{place}", ""))
        for change in section.changes:
            yield _Block(_item(change, section.names_entries), 1)


def _heading(change: Change) -> tuple[str, str]:
    if change.kind in STRUCTURE:
        return "Outline", ""
    if _is_record(change):
        return "Bibliography", ""
    return change.title, change.path


def _is_record(change: Change) -> bool:
    return change.kind.value.startswith("reference-")


def _item(change: Change, names_entry: bool) -> Iterator[str]:
    label = f"**{label_of(change.kind)}**"
    named = f" {inert(change.title)} ({_code(change.path)})" if names_entry else ""
    what = f": {inert(change.what)}" if change.what else ""
    yield f"- {label}{named}{what}"
    if change.before:
        yield f"  - was: {inert(change.before)}"
    if change.after:
        yield f"  - now: {inert(change.after)}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _code(path: str) -> str:
    return "`{}`".format(path.replace("`", "'"))


FORMATS: Final[Mapping[str, Callable[[Sequence[Change], str, str], str]]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
}
