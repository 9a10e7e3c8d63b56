"""The atlas in every format people use. Layer 10; no effects.

A new format is one module with a function `export` and one row of EXPORTERS. The command and the published data both
go through this mapping.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from genai_atlas.atlas import Atlas
from genai_atlas.export import (
    api,
    bibtex,
    cite,
    csl_json,
    csv_tables,
    graphml,
    json_data,
    ris,
    skos,
    sqlite_database,
    twins,
)
from genai_atlas.export.selection import WHOLE, About, Exporter, Selection, UnknownPath, about, nearest, select
from genai_atlas.frozen import FOLDER, Release
from genai_atlas.output import OutputFile

__all__ = [
    "EXPORTERS",
    "About",
    "Exporter",
    "Selection",
    "UnknownPath",
    "about",
    "nearest",
    "published",
    "select",
]

EXPORTERS: Final[Mapping[str, Exporter]] = {
    "json": json_data.export,
    "csv": csv_tables.export,
    "sqlite": sqlite_database.export,
    "bibtex": bibtex.export,
    "biblatex": bibtex.export_biblatex,
    "ris": ris.export,
    "csl-json": csl_json.export,
    "graphml": graphml.export,
    "skos": skos.export,
    "skos-jsonld": skos.export_jsonld,
    "markdown": twins.export,
}

PUBLISHED: Final[Mapping[str, str]] = {
    "csv": "csv/",
    "sqlite": "",
    "bibtex": "",
    "biblatex": "",
    "ris": "",
    "csl-json": "",
    "graphml": "",
    "skos": "",
    "skos-jsonld": "",
}
"""Formats of the whole atlas that stand below /data/, each with its folder. What `json` gives is /data/atlas.json."""


def published(
    atlas: Atlas, about: About, pages: Collection[OutputFile] = (), releases: Sequence[Release] = ()
) -> tuple[OutputFile, ...]:
    """Everything that the site has besides its pages: /data/, llms.txt, and a twin beside each page. `pages` are the
    hand-written ones, and the files of the frozen releases."""
    data = list(api.files(atlas, about))
    for name, folder in PUBLISHED.items():
        data += (replace(file, path=folder + file.path) for file in EXPORTERS[name](atlas, WHOLE, about))
    data += cite.files(atlas, about)
    held = (replace(p, path=p.path.removeprefix("data/")) for p in pages if p.path.startswith(f"{FOLDER}/"))
    data.append(api.index((*data, *held), about))
    below = (replace(file, path=f"data/{file.path}") for file in data)
    return (*below, *twins.twins(atlas, about, releases), *twins.handwritten(pages, about))
