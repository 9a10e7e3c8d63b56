"""Typed relations: sound one by one, and free of contradictions and cycles as a whole. Layer 5; no effects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from genai_atlas.atlas import Atlas, topic_file
from genai_atlas.diagnostics import Diagnostic, Rule
from genai_atlas.model import Relation, RelationType

SELF_RELATION = Rule(
    "L321",
    "self-relation",
    "A topic relates to itself. A relation says how one topic stands to another, and leads a reader there.",
    "# pruning.yaml\nrelations:\n  - {type: complements, to: pruning, note: …}",
    "# pruning.yaml\nrelations:\n  - {type: complements, to: quantization, note: …}",
)
DUPLICATE_RELATION = Rule(
    "L322",
    "duplicate-relation",
    "The same relation stands twice in one entry. (Authored once from each side it is no fault: the build keeps one.)",
    "- {type: complements, to: quantization, note: …}\n- {type: complements, to: quantization, note: …}",
    "- {type: complements, to: quantization, note: …}",
)
CONTRADICTION = Rule(
    "L323",
    "contradictory-relations",
    "Two relations of one pair exclude each other: both directions of a directed type, an alternative that also "
    "complements, or an overlap that is also distinct.",
    "- {type: alternative_to, to: linear-attention, note: …}\n- {type: complements, to: linear-attention, note: …}",
    "- {type: alternative_to, to: linear-attention, note: …}",
)
READING_CYCLE = Rule(
    "L324",
    "circular-reading-path",
    "`builds_on` and `prerequisites` say what to read first, over the whole atlas; a circle would never end.",
    "# a.yaml\nprerequisites: ['[[b]]']\n# b.yaml\nrelations:\n  - {type: builds_on, to: a, note: …}",
    "# b.yaml\nrelations:\n  - {type: complements, to: a, note: …}",
)
PART_CYCLE = Rule(
    "L325",
    "circular-parts",
    "A topic cannot be, over several steps, a part of itself.",
    "# a.yaml: part_of b\n# b.yaml: part_of a",
    "# a.yaml: part_of b",
)

RULES = (SELF_RELATION, DUPLICATE_RELATION, CONTRADICTION, READING_CYCLE, PART_CYCLE)

Place = tuple[str, str, int]
"""A file, a field of it, and the index of an item; looked up only where there is a fault."""

EXCLUSIVE = (
    frozenset({RelationType.ALTERNATIVE_TO, RelationType.COMPLEMENTS}),
    frozenset({RelationType.OVERLAPS_WITH, RelationType.DISTINCT_FROM}),
)


def pairs(atlas: Atlas) -> Iterator[Diagnostic]:
    seen: set[tuple[str, RelationType, str]] = set()
    between: dict[frozenset[str], list[tuple[RelationType, str, Relation, Place]]] = defaultdict(list)
    for path, i, relation, other in atlas.authored_relations():
        if other == path:
            where = atlas.locate(topic_file(path), "relations", i)
            yield SELF_RELATION.at(where, "this topic relates to itself", "name the other topic, or take it out")
            continue
        if (path, relation.type, other) in seen:
            where = atlas.locate(topic_file(path), "relations", i)
            yield DUPLICATE_RELATION.at(
                where, f"{relation.type} {relation.to} stands here already", "leave one of the two"
            )
            continue
        seen.add((path, relation.type, other))
        kind = relation.type.canonical
        source = path if kind is relation.type else other
        earlier = between[frozenset((path, other))]
        for other_kind, other_source, known, place in earlier:
            opposed = kind is other_kind and kind.inverse is not kind and source != other_source
            if opposed or frozenset((kind, other_kind)) in EXCLUSIVE:
                where = atlas.locate(topic_file(path), "relations", i)
                clash = f"'{known.type} {known.to}' in {place[0]}:{atlas.locate(*place).line}"
                message = f"'{relation.type} {relation.to}' contradicts {clash}"
                yield CONTRADICTION.at(where, message, "keep the one that is true")
                break
        earlier.append((kind, source, relation, (topic_file(path), "relations", i)))


def cycles(atlas: Atlas) -> Iterator[Diagnostic]:
    first: dict[str, dict[str, Place]] = defaultdict(dict)
    parts: dict[str, dict[str, Place]] = defaultdict(dict)
    for path, i, relation, other in atlas.authored_relations():
        kind = relation.type.canonical
        source, target = (path, other) if kind is relation.type else (other, path)
        graph = {RelationType.BUILDS_ON: first, RelationType.PART_OF: parts}.get(kind)
        if graph is not None and path != other:
            graph[source].setdefault(target, (topic_file(path), "relations", i))
    for path, target, i in atlas.prerequisites():
        if path != target:
            first[path].setdefault(target, (topic_file(path), "prerequisites", i))
    hint = "take out the step that is not needed to read on"
    yield from _cycles(atlas, first, READING_CYCLE, "builds_on or prerequisites lead in a circle", hint)
    hint = "take out the step where the one is no part of the other"
    yield from _cycles(atlas, parts, PART_CYCLE, "part_of leads in a circle", hint)


def _cycles(
    atlas: Atlas, graph: Mapping[str, dict[str, Place]], rule: Rule, what: str, hint: str
) -> Iterator[Diagnostic]:
    """Each circle once: the step that closes it is told, and left out of the search for the next."""
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            way = error.args[1][::-1]  # graphlib lists predecessors, which for it are the topics to read first
            start = min(range(len(way) - 1), key=lambda i: atlas.topic_paths.index(way[i]))
            way = [*way[start:-1], *way[:start], way[start]]
            names = " → ".join(atlas.name_of(path) for path in way)
            where = atlas.locate(*graph[way[-2]].pop(way[-1]))
            yield rule.at(where, f"{what}: {names}", hint)
        else:
            return


CHECKS = (pairs, cycles)
