"""Exporter `ris`, which every reference manager reads. Layer 6; no effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from genai_atlas.atlas import Atlas
from genai_atlas.export.selection import About, Selection
from genai_atlas.model import ReferenceType
from genai_atlas.output import OutputFile
from genai_atlas.works import Work, works

TYPES: Final[Mapping[ReferenceType, tuple[str, str]]] = {
    ReferenceType.ARTICLE: ("JOUR", "T2"),
    ReferenceType.INPROCEEDINGS: ("CPAPER", "T2"),
    ReferenceType.PREPRINT: ("UNPB", "PB"),
    ReferenceType.REPORT: ("RPRT", "PB"),
    ReferenceType.BOOK: ("BOOK", "PB"),
    ReferenceType.THESIS: ("THES", "PB"),
    ReferenceType.STANDARD: ("STAND", "PB"),
    ReferenceType.SOFTWARE: ("COMP", "PB"),
    ReferenceType.DATASET: ("DATA", "PB"),
    ReferenceType.ONLINE: ("ELEC", "T2"),
}
"""Of each type: its code, and the tag of its venue."""


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    return (OutputFile.text(f"{selection.name}.ris", text(works(selection.references(atlas)))),)


def text(entries: Iterable[Work]) -> str:
    return "".join(map(ris, entries))


def ris(work: Work) -> str:
    """Lines end with CR and LF, as the format has it."""
    return "".join(f"{tag}  - {value}\r\n" for tag, value in _lines(work))


def _lines(work: Work) -> Iterator[tuple[str, str]]:
    kind, venue = TYPES[work.type]
    yield "TY", kind
    yield "ID", work.key
    yield "TI", work.title
    for author in work.authors:
        yield "AU", author.inverted
    if work.more_authors:
        yield "AU", "et al."
    yield venue, work.venue
    if work.year:
        yield "PY", str(work.year)
        if work.month:
            yield "DA", f"{work.year}/{work.month:02}/{f'{work.day:02}' if work.day else ''}/"
    if work.first_year:
        yield "OP", str(work.first_year)
    if work.doi:
        yield "DO", work.doi
    if work.arxiv:
        yield "AN", f"arXiv:{work.arxiv}"
    if work.url:
        yield "UR", work.url
    if work.note:
        yield "N1", work.note
    yield "ER", ""
