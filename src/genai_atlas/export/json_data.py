"""Exporter `json`: a selection as one document. Layer 9; no effects."""

from __future__ import annotations

import json
from typing import Any

from genai_atlas.atlas import Atlas
from genai_atlas.export.documents import plain
from genai_atlas.export.gather import atlas_document
from genai_atlas.export.selection import About, Selection
from genai_atlas.output import OutputFile


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    """Always of one shape, so that a program that reads the whole reads a part: see AtlasDocument."""
    return (json_file(f"{selection.name}.json", plain(atlas_document(atlas, selection, about))),)


def json_file(path: str, document: Any) -> OutputFile:
    return OutputFile.text(path, json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
