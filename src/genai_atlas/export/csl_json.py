"""Exporter `csl-json`, the input of citeproc: Zotero, Pandoc and journals' styles. Layer 6; no effects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from genai_atlas.atlas import Atlas
from genai_atlas.export.selection import About, Selection
from genai_atlas.model import ReferenceType
from genai_atlas.output import OutputFile
from genai_atlas.works import Name, Work, works

TYPES: Final[Mapping[ReferenceType, tuple[str, str]]] = {
    ReferenceType.ARTICLE: ("article-journal", "container-title"),
    ReferenceType.INPROCEEDINGS: ("paper-conference", "container-title"),
    ReferenceType.PREPRINT: ("article", "publisher"),
    ReferenceType.REPORT: ("report", "publisher"),
    ReferenceType.BOOK: ("book", "publisher"),
    ReferenceType.THESIS: ("thesis", "publisher"),
    ReferenceType.STANDARD: ("standard", "publisher"),
    ReferenceType.SOFTWARE: ("software", "publisher"),
    ReferenceType.DATASET: ("dataset", "publisher"),
    ReferenceType.ONLINE: ("webpage", "container-title"),
}
"""Of each type: CSL's name, and the variable of its venue."""


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    return (OutputFile.text(f"{selection.name}.csl.json", text(works(selection.references(atlas)))),)


def text(entries: Iterable[Work]) -> str:
    return json.dumps([item(work) for work in entries], ensure_ascii=False, indent=1) + "\n"


def item(work: Work) -> dict[str, Any]:
    """Where authors are left out the last is `others`, which Pandoc's citeproc prints as `et al.`."""
    kind, venue = TYPES[work.type]
    arxiv = f"arXiv:{work.arxiv}" if work.arxiv else None
    is_preprint = work.type is ReferenceType.PREPRINT
    found = {
        "id": work.key,
        "type": kind,
        "title": work.title,
        "author": [*map(_name, work.authors), *([{"literal": "others"}] if work.more_authors else [])],
        venue: work.venue,
        "issued": _date(work.year, work.month, work.day),
        "original-date": _date(work.first_year),
        "DOI": work.doi,
        "number": arxiv if is_preprint else None,
        "URL": work.url,
        "note": work.note or (None if is_preprint else arxiv),
    }
    return {name: value for name, value in found.items() if value}


def _name(author: Name) -> dict[str, str]:
    if author.is_organisation:
        return {"literal": author.family}
    parts = {
        "family": author.family,
        "given": author.given,
        "non-dropping-particle": author.particle,
        "suffix": author.suffix,
    }
    return {name: value for name, value in parts.items() if value}


def _date(*parts: int | None) -> dict[str, Any] | None:
    """Of year, month, day those that are there: a day without a month says nothing."""
    known: list[int] = []
    for part in parts:
        if part is None:
            break
        known.append(part)
    return {"date-parts": [known]} if known else None
