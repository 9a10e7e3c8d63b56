"""Exporters `skos` (Turtle) and `skos-jsonld`: areas, subareas and topics as a concept scheme. Layer 9; no effects.

Both are written from one list of statements. No RDF library: what is written is small and of one shape, the bytes have
to be the same everywhere, and the tests let rdflib and SHACL read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from genai_atlas.atlas import Atlas
from genai_atlas.export.gather import graph_document
from genai_atlas.export.selection import About, Selection
from genai_atlas.model import RelationType
from genai_atlas.output import OutputFile

PREFIXES: Final = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Day:
    value: str


@dataclass(frozen=True)
class Iri:
    value: str
    """Full, or of one of the prefixes."""


Value = Text | Day | Iri


@dataclass
class Resource:
    iri: str
    kind: str
    values: dict[str, list[Value]] = field(default_factory=dict)

    def add(self, name: str, *values: Value) -> Resource:
        if values:
            self.values.setdefault(name, []).extend(values)
        return self


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    resources = list(_resources(atlas, selection, about))
    return (OutputFile.text(f"{selection.name}.ttl", turtle(resources, about)),)


def export_jsonld(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    document = jsonld(list(_resources(atlas, selection, about)), about)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    return (OutputFile.text(f"{selection.name}.jsonld", text),)


# ---------------------------------------------------------------- what is said


def _resources(atlas: Atlas, selection: Selection, about: About) -> Iterator[Resource]:
    """Typed relations are properties of our own, each below skos:related, which says it for readers who know SKOS
    alone."""
    concepts = {path: _concept(atlas, path, about) for path in selection.pages(atlas)}
    tops = [path for path in concepts if path.rpartition("/")[0] not in concepts]
    scheme = Resource(about.url, "skos:ConceptScheme")
    scheme.add("dcterms:title", Text(about.title)).add("dcterms:description", Text(about.description))
    scheme.add("dcterms:issued", Day(about.released.isoformat()))
    scheme.add("dcterms:license", Iri("https://creativecommons.org/licenses/by/4.0/"))
    scheme.add("skos:hasTopConcept", *(Iri(about.page(path)) for path in tops))
    for path, concept in concepts.items():
        parent = path.rpartition("/")[0]
        if parent in concepts:
            concept.add("skos:broader", Iri(about.page(parent)))
            concepts[parent].add("skos:narrower", Iri(about.page(path)))
        else:
            concept.add("skos:topConceptOf", Iri(about.url))
    _relate(concepts, atlas, selection, about)
    yield scheme
    yield from concepts.values()
    for kind in RelationType:
        if kind is kind.canonical:
            label = Text(kind.value.replace("_", " "))
            yield (
                Resource(f"atlas:{kind}", "rdf:Property")
                .add("rdfs:label", label)
                .add("rdfs:subPropertyOf", Iri("skos:related"))
            )


def _concept(atlas: Atlas, path: str, about: About) -> Resource:
    level = path.count("/")
    entry = (atlas.areas, atlas.subareas, atlas.topics)[level][path]
    concept = Resource(about.page(path), "skos:Concept").add("skos:inScheme", Iri(about.url))
    concept.add("skos:prefLabel", Text(entry.title)).add("skos:notation", Text(path))
    # A label is the preferred one or an alternative, never both.
    concept.add("skos:altLabel", *(Text(alias) for alias in dict.fromkeys(entry.aliases) if alias != entry.title))
    concept.add("skos:definition", Text(entry.summary))
    if level == 2:
        topic = atlas.topics[path]
        concept.add("dcterms:type", Text(topic.kind.value)).add("dcterms:modified", Day(topic.reviewed.isoformat()))
        for same in topic.same_as:
            concept.add(f"skos:{same.match}Match", Iri(same.iri))
    return concept


def _relate(concepts: dict[str, Resource], atlas: Atlas, selection: Selection, about: About) -> None:
    pairs: dict[tuple[str, str], None] = {}
    for edge in graph_document(atlas, selection, about).edges:
        if edge.source in concepts and edge.target in concepts:
            concepts[edge.source].add(f"atlas:{edge.key}", Iri(about.page(edge.target)))
            pairs[edge.source, edge.target] = pairs[edge.target, edge.source] = None
    for one, other in pairs:
        concepts[one].add("skos:related", Iri(about.page(other)))


# ---------------------------------------------------------------- how it is written


def _prefixes(about: About) -> dict[str, str]:
    return {"atlas": f"{about.url}schema/#", **PREFIXES}


def turtle(resources: list[Resource], about: About) -> str:
    prefixes = _prefixes(about)
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items())
    return head + "".join(f"\n{_block(resource, prefixes)}" for resource in resources)


def _block(resource: Resource, prefixes: dict[str, str]) -> str:
    lines = [f"{_node(resource.iri, prefixes)} a {resource.kind}"]
    for name, values in resource.values.items():
        lines.append(f"  {name} " + ", ".join(_term(value, prefixes) for value in values))
    return " ;\n".join(lines) + " .\n"


def _node(iri: str, prefixes: dict[str, str]) -> str:
    return iri if iri.partition(":")[0] in prefixes else f"<{iri}>"


def _term(value: Value, prefixes: dict[str, str]) -> str:
    if isinstance(value, Iri):
        return _node(value.value, prefixes)
    quoted = json.dumps(value.value, ensure_ascii=False)  # Turtle has JSON's escapes
    return f"{quoted}^^xsd:date" if isinstance(value, Day) else f"{quoted}@en"


def jsonld(resources: list[Resource], about: About) -> dict[str, Any]:
    """With its context in it: no program has to fetch one."""
    return {"@context": _prefixes(about), "@graph": [_object(resource) for resource in resources]}


def _object(resource: Resource) -> dict[str, Any]:
    values = {name: [_json(value) for value in found] for name, found in resource.values.items()}
    return {"@id": resource.iri, "@type": resource.kind, **values}


def _json(value: Value) -> dict[str, str]:
    if isinstance(value, Iri):
        return {"@id": value.value}
    kind = {"@type": "xsd:date"} if isinstance(value, Day) else {"@language": "en"}
    return {"@value": value.value, **kind}
