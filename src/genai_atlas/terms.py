"""Two atlases in terms that both share, so that what is said can be compared: present addresses and keys, no layout.
Layer 4; no effects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_atlas.atlas import Atlas, Edge, fold
from genai_atlas.model import Authored, Reference, RelationType, Subarea

_LINK: Final = re.compile(r"\[\[([a-z0-9/-]+)(?:\|([^\]]*))?\]\]")
_CITATION: Final = re.compile(r" ?\[@([^\]]*)\]")


@dataclass(frozen=True)
class Side:
    """One of the two atlases, in terms that both share: present addresses and keys, no layout."""

    atlas: Atlas
    addresses: Mapping[str, str]
    """Of each topic that both states have, its present path."""
    keys: Mapping[str, str]
    """Of each record that both states have, its present key."""

    def target(self, name: str) -> str | None:
        path = self.atlas.resolve(name)
        return self.addresses.get(path) if path else name

    def text(self, text: str) -> str:
        return " ".join(_CITATION.sub(self._citation, _LINK.sub(self._link, text)).split())

    def _link(self, found: re.Match[str]) -> str:
        target = self.target(found[1])
        path = self.atlas.resolve(found[1])
        if target is None and path:
            return found[2] or self.atlas.title(path)
        return f"[[{target}|{found[2] or ''}]]"

    def _citation(self, found: re.Match[str]) -> str:
        items = []
        for item in found[1].split(";"):
            key, comma, locator = item.strip().removeprefix("@").partition(",")
            if key not in self.atlas.references:
                items.append(f"@{key}{comma}{locator}")
            elif key in self.keys:
                items.append(f"@{self.keys[key]}{comma}{locator}")
        return f" [{'; '.join(items)}]" if items else ""

    def said(self, value: Any, name: str = "") -> Any:
        """A dumped value; None for what came or went with something else."""
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list):
            items = [self.said(item, name) for item in value]
            return [item for item in items if item is not None]
        if not isinstance(value, str):
            return value
        if name in ("to", "topic"):
            return self.target(value)
        if name in ("ref", "refs"):
            return self.keys.get(value) if value in self.atlas.references else value
        return self.text(value)

    def _mapping(self, value: Mapping[str, Any]) -> dict[str, Any] | None:
        said = {name: self.said(item, name) for name, item in value.items()}
        is_work = "why" in value
        return None if is_work and said["ref"] is None else {k: v for k, v in said.items() if v is not None}

    def fields(self, entry: Authored) -> dict[str, Any]:
        dumped = entry.model_dump(mode="json", exclude_defaults=True)
        return {name: self.said(value, name) for name, value in dumped.items()}


def flat(side: Side, entry: Authored) -> dict[str, Any]:
    """Its fields, with tables as lists, so that rows can be told apart."""
    fields = side.fields(entry)
    for name in ("approaches", "comparison"):
        if name in fields:
            fields[name] = [fields[name]["columns"], *fields[name]["rows"]]
    return fields


def with_rows(atlas: Atlas, subarea: Subarea, same: Callable[[str], str | None], stay: set[str | None]) -> Subarea:
    """Its table, of the topics that both states have in it."""
    table = subarea.comparison
    if not table:
        return subarea
    rows = tuple(row for row in table.rows if same(atlas.resolve(row.topic) or "") in stay)
    return subarea.model_copy(update={"comparison": table.model_copy(update={"rows": rows})})


def ends(edge: Edge) -> tuple[str, str]:
    ends = edge.source, edge.target
    return (min(ends), max(ends)) if edge.type.inverse is edge.type else ends


def edges(side: Side) -> dict[tuple[str, str, RelationType, str], Edge]:
    """Relations of topics that both states have, under present addresses, without those of a topic with itself. Where
    both topics tell a relation both notes count: which of them stands depends on the outline's order."""
    found: dict[tuple[str, str, RelationType, str], Edge] = {}
    for author, _, relation, other in side.atlas.authored_relations():
        here, there = side.addresses.get(author), side.addresses.get(other)
        if here and there and here != there:
            kind = relation.type.canonical
            source, target = (here, there) if kind is relation.type else (there, here)
            edge = Edge(source, kind, target, side.text(relation.note), here)
            found.setdefault((*ends(edge), kind, edge.note), edge)
    return found


def matched_keys(old: Mapping[str, Reference], new: Mapping[str, Reference]) -> dict[str, str]:
    """Of each record that both states have its present key: a work is known by its identifier or title too."""
    found = {key: key for key in old if key in new}
    marks = {mark: key for key, record in new.items() if key not in found for mark in _marks(record)}
    for key, record in old.items():
        target = next((marks[mark] for mark in _marks(record) if mark in marks), None)
        if key not in found and target and target not in found.values():
            found[key] = target
    return found


def _marks(record: Reference) -> Iterator[str]:
    yield from (f"{name} {value.casefold()}" for name in ("doi", "arxiv", "url") if (value := getattr(record, name)))
    yield f"title {fold(record.title)}"
