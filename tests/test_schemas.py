"""JSON Schemas: every field of the model, with its description and its limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from genai_atlas.model import (
    MEANINGS,
    Area,
    AtlasFile,
    Basis,
    Kind,
    Reading,
    Reference,
    RelationType,
    Retired,
    Subarea,
    Topic,
)
from genai_atlas.schemas import SCHEMAS, outputs, schema, text
from tea import PROJECT

OWNERS: dict[str, type[BaseModel]] = {
    "topic": Topic,
    "subarea": Subarea,
    "area": Area,
    "atlas": AtlasFile,
    "references": Reference,
    "retired": Retired,
}
MAPS = ("references", "retired")


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_named_and_dated(name: str) -> None:
    made = schema(name)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"] == SCHEMAS[name][0]
    assert json.loads(text(name)) == made
    assert text(name).endswith("}\n")


def top(name: str) -> dict[str, Any]:
    """The part of a schema that describes one record."""
    made = schema(name)
    return made["$defs"][OWNERS[name].__name__] if name in MAPS else made


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_has_every_field_and_says_which_are_required(name: str) -> None:
    owner, described = OWNERS[name], top(name)
    assert list(described["properties"]) == list(owner.model_fields)
    assert described.get("required", []) == [key for key, field in owner.model_fields.items() if field.is_required()]
    assert described["additionalProperties"] is False


def objects(node: Any) -> Any:
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for child in node.values():
            yield from objects(child)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_of_every_object_is_described(name: str) -> None:
    for described in objects(schema(name)):
        assert described["additionalProperties"] is False
        for key, field in described["properties"].items():
            assert field.get("description"), key


@pytest.mark.parametrize("values", [Kind, RelationType, Reading, Basis])
def test_every_fixed_value_is_explained_in_its_place(values: type[Kind]) -> None:
    described = schema("topic")["$defs"][values.__name__]
    assert described["enumDescriptions"] == [MEANINGS[value] for value in values]
    assert described["enum"] == list(values)


def test_limits_and_fixed_values_reach_the_editor() -> None:
    made = schema("topic")
    assert made["properties"]["title"]["maxLength"] == 60
    assert made["properties"]["aliases"]["maxItems"] == 20
    assert made["$defs"]["Kind"]["enum"] == [kind.value for kind in Kind]
    assert made["$defs"]["RelationType"]["enum"] == [type_.value for type_ in RelationType]
    assert top("references")["properties"]["year"]["maximum"] == 2100


@pytest.mark.parametrize(("name", "pattern"), [("references", r"\d{4}"), ("retired", "/")])
def test_keys_of_a_file_of_records_have_a_form(name: str, pattern: str) -> None:
    made = schema(name)
    ((form, value),) = made["patternProperties"].items()
    assert pattern in form
    assert made["additionalProperties"] is False
    assert value == {"$ref": f"#/$defs/{OWNERS[name].__name__}"}


def test_committed_schemas_are_those_of_the_model() -> None:
    """`genai-atlas schema --write` writes them anew."""
    committed = {f"schemas/{path.name}": path.read_bytes() for path in (PROJECT / "schemas").iterdir()}
    assert committed == {output.path: output.data for output in outputs()}
