"""JSON Schemas of the authored files, made from the model. Layer 3; no effects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from genai_atlas.model import MEANINGS, Area, AtlasFile, Key, PagePath, Reference, Retired, Subarea, Topic
from genai_atlas.output import OutputFile

SCHEMAS_FOLDER: Final = "schemas"
"""Below the root, committed: a fresh clone has them before anything is installed."""

SCHEMAS: Mapping[str, tuple[str, Any]] = {
    "topic": ("One topic", Topic),
    "subarea": ("One subarea", Subarea),
    "area": ("One area", Area),
    "atlas": ("The atlas", AtlasFile),
    "references": ("Bibliographic records by citation key", dict[Key, Reference]),
    "retired": ("What ended, by path", dict[PagePath, Retired]),
}


_MEANINGS: Final = {value.value: meaning for value, meaning in MEANINGS.items()}


def schema(name: str) -> dict[str, Any]:
    """JSON Schema, draft 2020-12, with a description for each field."""
    title, model = SCHEMAS[name]
    made = without_null(TypeAdapter(model).json_schema())
    if "patternProperties" in made:
        made["additionalProperties"] = False  # pydantic refuses a key of another form, and does not say so here
    for definition in made.get("$defs", {}).values():
        if meanings := [_MEANINGS[value] for value in definition.get("enum", ()) if value in _MEANINGS]:
            definition["enumDescriptions"] = meanings  # no word of the standard; editors show it beside each value
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": title}


def without_null(node: Any) -> Any:
    """A field is absent or has a value; `null`, which pydantic allows for what is absent, is refused in the files."""
    if isinstance(node, list):
        return [without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: without_null(value) for key, value in node.items() if not (key == "default" and value is None)}
    options = [option for option in kept.get("anyOf", []) if option != {"type": "null"}]
    if "anyOf" in kept and len(options) == 1:
        del kept["anyOf"]
        return {**options[0], **kept}
    return {**kept, "anyOf": options} if options else kept


def text(name: str) -> str:
    return json.dumps(schema(name), ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def file_name(name: str) -> str:
    """Under which the schema of a kind of file lies beside the data, for editors."""
    return f"{name}.schema.json"


def outputs() -> tuple[OutputFile, ...]:
    """All of them, with paths from the root."""
    return tuple(OutputFile.text(f"{SCHEMAS_FOLDER}/{file_name(name)}", text(name)) for name in SCHEMAS)
