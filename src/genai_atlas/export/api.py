"""The static data API: a JSON file for each page and list, their schemas, and an OpenAPI file. Layer 9; no effects."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from genai_atlas.atlas import Atlas
from genai_atlas.export import documents as d
from genai_atlas.export import gather as g
from genai_atlas.export.selection import WHOLE, About
from genai_atlas.output import OutputFile
from genai_atlas.schemas import without_null

KINDS: Final[Mapping[str, type[d.Data]]] = {
    "topic": d.TopicDocument,
    "subarea": d.SubareaDocument,
    "area": d.AreaDocument,
    "atlas": d.AtlasDocument,
    "references": d.ReferencesDocument,
    "graph": d.GraphDocument,
    "search-names": d.NamesDocument,
    "open-problems": d.ProblemsDocument,
    "findings": d.FindingsDocument,
    "claim": d.Claim,
}
"""What each kind of file holds. A claim is one line of claims.jsonl."""

LISTS: Final[Mapping[str, str]] = {
    "atlas": "Everything in one file",
    "references": "Every work, with the pages that cite it",
    "graph": "Topics and typed relations, for networkx.node_link_graph",
    "search-names": "Every name that leads to a page",
    "open-problems": "Every open problem with its topic",
    "findings": "Every finding with its topic",
}
"""The files that stand once, by kind."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "area": ("area",),
    "subarea": ("area", "subarea"),
    "topic": ("area", "subarea", "topic"),
}
"""The parts of a path, by kind of page."""

CITING: Final = {"bib": "BibTeX", "ris": "RIS", "csl.json": "CSL-JSON", "txt": "the style of the APA"}

FORMATS: Final = {
    "bib": "Every work, for BibTeX",
    "biblatex.bib": "Every work, for biblatex with biber",
    "ris": "Every work as RIS",
    "csl.json": "Every work as CSL-JSON, for citeproc",
    "graphml": "Topics and typed relations as GraphML",
    "ttl": "Areas, subareas and topics as SKOS concepts, in Turtle",
    "jsonld": "The same as JSON-LD",
}
"""Files of the whole atlas in formats of others, by ending."""

MEDIA_TYPES: Final = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csl.json": "application/vnd.citationstyles.csl+json",
    "csv": "text/csv",
    "sqlite": "application/vnd.sqlite3",
    "bib": "application/x-bibtex",
    "biblatex.bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "graphml": "application/graphml+xml",
    "md": "text/markdown",
    "txt": "text/plain",
    "xz": "application/x-xz",
}
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_file(path: str, document: Any) -> OutputFile:
    return OutputFile.text(path, json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


def files(atlas: Atlas, about: About) -> Iterator[OutputFile]:
    """Paths are relative to /data/."""
    whole = g.gather(atlas, about)
    for documents in (whole.areas, whole.subareas, whole.topics):
        for path, document in documents.items():
            yield json_file(g.data_path(path), d.plain(document))
    lists: dict[str, d.Data] = {
        "atlas": g.atlas_document(atlas, WHOLE, about),
        "references": g.references_document(atlas, about),
        "graph": g.graph_document(atlas, WHOLE, about),
        "search-names": g.names_document(atlas, about),
        "open-problems": g.problems_document(atlas, about),
        "findings": g.findings_document(atlas, about),
    }
    for name, listed in lists.items():
        yield json_file(f"{name}.json", d.plain(listed))
    lines = (json.dumps(d.plain(c), ensure_ascii=False, separators=(",", ":")) for c in g.claims(atlas, WHOLE, about))
    yield OutputFile.text("claims.jsonl", "".join(f"{line}\n" for line in lines))
    for kind in KINDS:
        yield OutputFile.text(f"schemas/{kind}.schema.json", _indented(schema(kind, about)))
    yield OutputFile.text("openapi.json", _indented(openapi(about)))


def _indented(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def schema(kind: str, about: About) -> dict[str, Any]:
    """JSON Schema (2020-12) of one kind of file."""
    made = without_null(KINDS[kind].model_json_schema(mode="validation"))
    return {"$schema": DIALECT, "$id": f"{about.url}data/schemas/{kind}.schema.json", **made}


def openapi(about: About) -> dict[str, Any]:
    """OpenAPI 3.1 of everything below /data/."""
    _, made = models_json_schema(
        [(model, "validation") for model in KINDS.values()], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{about.name} data",
            "summary": about.title,
            "description": "Static files: no key, no query, no limit. Within a major version no field goes or changes "
            "its meaning; readers have to ignore fields they do not know.",
            "version": about.format_version,
            "license": {"name": "CC BY 4.0", "identifier": about.licence},
        },
        "jsonSchemaDialect": DIALECT,
        "servers": [{"url": f"{about.url}data"}],
        "paths": dict(_paths()),
        "components": {"schemas": without_null(made["$defs"])},
    }


def _paths() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, names in LEVELS.items():
        path = "/".join(f"{{{name}}}" for name in names)
        yield f"/{kind}s/{path}.json", _get(kind, f"Everything that the page of the {kind} shows", "json", kind, names)
        yield f"/works/{path}.bib", _get(f"{kind}-works", f"The works that the {kind} cites", "bib", names=names)
    for ending, what in CITING.items():
        operation = _get(f"citation-{ending}", f"How the page of the topic is cited: {what}", ending, names=names)
        yield f"/cite/{path}.{ending}", operation
    for kind, what in LISTS.items():
        yield f"/{kind}.json", _get(kind, what, "json", kind)
    yield "/claims.jsonl", _get("claims", "One claim a line, for retrieval", "jsonl", "claim")
    yield "/index.json", _get("index", "Every file below /data/, with its size and SHA-256", "json")
    yield "/csv/{table}.csv", _get("table", "A table; csv/datapackage.json describes all", "csv", names=("table",))
    yield "/csv/datapackage.json", _get("package", "The tables as a Frictionless data package", "json")
    yield "/atlas.sqlite", _get("database", "All tables, with an index of the full text", "sqlite")
    for ending, what in FORMATS.items():
        yield f"/atlas.{ending}", _get(f"atlas-{ending}", what, ending)
    yield "/schemas/{kind}.schema.json", _get("schema", "JSON Schema of a kind of file", "json", names=("kind",))
    yield "/openapi.json", _get("openapi", "This file", "json")


def _get(name: str, what: str, ending: str, kind: str = "", names: Iterable[str] = ()) -> dict[str, Any]:
    shape: dict[str, Any] = {"$ref": f"#/components/schemas/{KINDS[kind].__name__}"} if kind else {}
    parameters = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "string"}, "description": PARAMETERS[part]}
        for part in names
    ]
    operation = {
        "operationId": "get" + "".join(part.capitalize() for part in re.split("[-.]", name)),
        "summary": what,
        **({"parameters": parameters} if parameters else {}),
        "responses": {
            "200": {"description": what, "content": {MEDIA_TYPES[ending]: {"schema": shape}}},
            "404": {"description": "There is no such file"},
        },
    }
    return {"get": operation}


PARAMETERS: Final = {
    "area": "Last part of the area's path",
    "subarea": "Last part of the subarea's path",
    "topic": "Last part of the topic's path",
    "table": "Name of a table, as csv/datapackage.json lists them",
    "kind": f"One of {', '.join(KINDS)}",
}


def _media_type(path: str) -> str:
    """By the longest ending that is known: x.csl.json is more than JSON."""
    _, *endings = path.rpartition("/")[2].split(".")
    known = (".".join(endings[i:]) for i in range(len(endings)))
    return next((MEDIA_TYPES[ending] for ending in known if ending in MEDIA_TYPES), "application/octet-stream")


def index(outputs: Iterable[OutputFile], about: About) -> OutputFile:
    """index.json: what there is, so that a mirror can be checked."""
    rows = [
        {
            "path": output.path,
            "bytes": len(output.data),
            "sha256": hashlib.sha256(output.data).hexdigest(),
            "media_type": _media_type(output.path),
        }
        for output in sorted(outputs, key=lambda output: output.path)
    ]
    head = g.meta(about, "index", "index.json", "data").model_copy(update={"schema_url": None})
    return json_file("index.json", {"meta": d.plain(head), "files": rows})
