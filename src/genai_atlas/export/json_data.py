"""Exporter `json`: a selection as one JSON document. Layer 9; no effects."""

from __future__ import annotations

import json
from typing import Any

from genai_atlas.atlas import Atlas
from genai_atlas.export.selection import About, Selection
from genai_atlas.output import OutputFile


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    topics = {path: atlas.topics[path].model_dump(mode="json") for path in selection.topics(atlas)}
    return (json_file(f"{selection.name}.json", {"topics": topics}),)


def json_file(path: str, document: Any) -> OutputFile:
    return OutputFile.text(path, json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
