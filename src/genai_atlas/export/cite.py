"""How a page of the atlas is cited, and the files for reference managers below /data/. Layer 9; no effects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genai_atlas.atlas import Atlas
from genai_atlas.export import bibtex, csl_json, ris
from genai_atlas.export.gather import gather
from genai_atlas.export.selection import About, Selection
from genai_atlas.model import ReferenceType
from genai_atlas.output import OutputFile
from genai_atlas.works import Name, Work, works

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Citing:
    """A topic's page in the forms in which it is cited."""

    apa: str
    bibtex: str
    ris: str
    csl: str

    @property
    def forms(self) -> tuple[tuple[str, str, str], ...]:
        """Name, ending of its file, and text of each."""
        return (
            ("APA", "txt", self.apa + "\n"),
            ("BibTeX", "bib", self.bibtex),
            ("RIS", "ris", self.ris),
            ("CSL-JSON", "csl.json", self.csl),
        )


def citing(atlas: Atlas, path: str, about: About) -> Citing:
    """The release says when, the hash says what: see `Meta.hash` for how to check it."""
    digest = gather(atlas, about).topics[path].meta.hash or ""
    page = page_work(atlas, path, about, digest)
    return Citing(apa(page, about, digest), bibtex.bibtex(page), ris.ris(page), csl_json.text([page]))


def page_work(atlas: Atlas, path: str, about: About, digest: str) -> Work:
    topic = atlas.topics[path]
    return Work(
        key=f"{_slug(about.name)}:{_slug(atlas.name_of(path))}",
        title=topic.title,
        authors=(Name(f"{about.name} contributors", is_organisation=True),),
        type=ReferenceType.ONLINE,
        venue=about.name,
        year=about.released.year,
        month=about.released.month,
        day=about.released.day,
        url=about.page(path),
        note=f"Release {about.released}, reviewed {topic.reviewed}, content {digest}",
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def apa(page: Work, about: About, digest: str) -> str:
    """Of the hash as much as tells two versions apart."""
    day = about.released
    date = f"{day.year}, {MONTHS[day.month - 1]} {day.day}"
    version = f"Release {day}, {digest[:19]}"
    return f"{page.authors[0].full}. ({date}). {page.title} ({version}). {page.venue}. {page.url}"


def cite_file(path: str, ending: str) -> str:
    """Of a topic's page; below /data/."""
    return f"cite/{path}.{ending}"


def works_file(path: str) -> str:
    """Of all works that a page, and what is below it, cites; below /data/."""
    return f"works/{path}.bib"


def files(atlas: Atlas, about: About) -> Iterator[OutputFile]:
    for path in (*atlas.areas, *atlas.subareas, *atlas.topics):
        yield OutputFile.text(works_file(path), bibtex.text(works(Selection(path).references(atlas))))
    for path in atlas.topics:
        for _, ending, text in citing(atlas, path, about).forms:
            yield OutputFile.text(cite_file(path, ending), text)
