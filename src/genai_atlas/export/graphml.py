"""Exporter `graphml`: topics and typed relations, for Gephi, yEd, Cytoscape and networkx. Layer 9; no effects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from genai_atlas.atlas import Atlas
from genai_atlas.export.gather import graph_document
from genai_atlas.export.selection import About, Selection
from genai_atlas.output import OutputFile

NODE: Final = ("title", "kind", "depth", "area", "subarea", "url")
EDGE: Final = ("type", "family", "note")
HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
"""


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    graph = graph_document(atlas, selection, about)
    lines = [f'<key id="{name}" for="node" attr.name="{name}" attr.type="string"/>' for name in NODE]
    lines += [f'<key id="{name}" for="edge" attr.name="{name}" attr.type="string"/>' for name in EDGE]
    lines.append(f'<graph id={quoteattr(about.name)} edgedefault="directed">')
    for node in graph.nodes:
        values = {**node.model_dump(mode="json"), "url": about.page(node.id)}
        lines.append(f"<node id={quoteattr(node.id)}>{_data(NODE, values)}</node>")
    for n, edge in enumerate(graph.edges):
        values = {**edge.model_dump(mode="json"), "type": edge.key.value}
        ends = f"source={quoteattr(edge.source)} target={quoteattr(edge.target)}"
        lines.append(f'<edge id="e{n}" {ends}>{_data(EDGE, values)}</edge>')
    text = HEAD + "\n".join((*lines, "</graph>", "</graphml>")) + "\n"
    return (OutputFile.text(f"{selection.name}.graphml", text),)


def _data(names: Iterable[str], values: Mapping[str, str]) -> str:
    return "".join(f'<data key="{name}">{escape(values[name])}</data>' for name in names)
