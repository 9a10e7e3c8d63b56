"""The graph and the concepts, read back by networkx, rdflib, SHACL and Pandoc."""

from __future__ import annotations

import json
import re
from datetime import date

import networkx
import pytest
from pyshacl import validate
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, SKOS, XSD

from genai_atlas.atlas import Atlas
from genai_atlas.export import EXPORTERS, Selection, about
from genai_atlas.export.schema_org import for_script, json_ld
from genai_atlas.export.selection import WHOLE, About
from tea import STEEPING, WHISKING, read_atlas, tea_with
from test_citing import pandoc

URL = "https://tea.example.org/atlas/"
STEEP = "brewing/infusion/steeping"
HOSTILE = "</script><b> & \"q\" \\n 'x' = é"


@pytest.fixture(scope="module", params=["tea", "hostile", "fabricated"])
def atlas(request: pytest.FixtureRequest) -> Atlas:
    if request.param != "hostile":
        found: Atlas = request.getfixturevalue(request.param)
        return found
    edits = (STEEPING, "title: Steeping", f"title: {json.dumps(HOSTILE)}"), (WHISKING, "title: Whisking", "title: '=a'")
    return read_atlas(tea_with(*edits))[0]


@pytest.fixture(scope="module")
def facts(atlas: Atlas) -> About:
    return about(atlas, "Atlas of tea", URL)


def export(atlas: Atlas, facts: About, format_: str, selection: Selection = WHOLE) -> str:
    (file,) = EXPORTERS[format_](atlas, selection, facts)
    assert EXPORTERS[format_](atlas, selection, facts) == (file,)
    return file.data.decode()


# ---------------------------------------------------------------- GraphML


def test_networkx_reads_every_topic_and_relation(atlas: Atlas, facts: About) -> None:
    graph = networkx.parse_graphml(export(atlas, facts, "graphml"), force_multigraph=True)
    data = json.loads(export(atlas, facts, "json"))
    assert {node: (v["title"], v["kind"], v["url"]) for node, v in graph.nodes(data=True)} == {
        topic["path"]: (topic["title"], topic["kind"], topic["meta"]["url"]) for topic in data["topics"]
    }
    canonical = {
        frozenset((topic["path"], relation["topic"]["path"]))
        for topic in data["topics"]
        for relation in topic["relations"]
    }
    assert {frozenset(edge) for edge in graph.edges()} == canonical
    assert graph.number_of_edges() == data["totals"]["relations"]


# ---------------------------------------------------------------- SKOS

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix : <urn:shapes:> .
:Concept a sh:NodeShape ; sh:targetClass skos:Concept ;
  sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:maxCount 1 ; sh:uniqueLang true ] ;
  sh:property [ sh:path skos:definition ; sh:minCount 1 ; sh:maxCount 1 ] ;
  sh:property [ sh:path skos:inScheme ; sh:minCount 1 ; sh:class skos:ConceptScheme ] ;
  sh:property [ sh:path skos:broader ; sh:maxCount 1 ; sh:class skos:Concept ] ;
  sh:property [ sh:path skos:narrower ; sh:class skos:Concept ] ;
  sh:property [ sh:path skos:related ; sh:class skos:Concept ] ;
  sh:property [ sh:path skos:prefLabel ; sh:disjoint skos:altLabel ] ;
  sh:xone ( [ sh:property [ sh:path skos:broader ; sh:minCount 1 ] ]
            [ sh:property [ sh:path skos:topConceptOf ; sh:minCount 1 ] ] ) .
:Scheme a sh:NodeShape ; sh:targetClass skos:ConceptScheme ;
  sh:property [ sh:path dcterms:title ; sh:minCount 1 ] ;
  sh:property [ sh:path skos:hasTopConcept ; sh:minCount 1 ; sh:class skos:Concept ] .
"""


def turtle(text: str) -> Graph:
    return Graph().parse(data=text, format="turtle")


@pytest.fixture(scope="module")
def concepts(atlas: Atlas, facts: About) -> Graph:
    return turtle(export(atlas, facts, "skos"))


def test_turtle_and_json_ld_say_the_same(atlas: Atlas, facts: About, concepts: Graph) -> None:
    assert len(concepts) > 100
    assert isomorphic(concepts, Graph().parse(data=export(atlas, facts, "skos-jsonld"), format="json-ld"))


def test_concepts_are_the_pages(atlas: Atlas, concepts: Graph) -> None:
    pages = list(WHOLE.pages(atlas))
    assert set(concepts.subjects(RDF.type, SKOS.Concept)) == {URIRef(f"{URL}{path}/") for path in pages}
    for path, topic in atlas.topics.items():
        concept = URIRef(f"{URL}{path}/")
        assert concepts.value(concept, SKOS.prefLabel) == Literal(topic.title, "en")
        assert set(concepts.objects(concept, SKOS.altLabel)) == {Literal(alias, "en") for alias in topic.aliases}
        assert concepts.value(concept, SKOS.definition) == Literal(topic.summary, "en")
    issued = max(topic.reviewed for topic in atlas.topics.values())
    assert (URIRef(URL), None, Literal(issued.isoformat(), datatype=XSD.date)) in concepts


def test_concepts_are_mapped_to_other_vocabularies(tea: Atlas) -> None:
    concepts, concept = turtle(export(tea, about(tea, "Atlas of tea", URL), "skos")), URIRef(f"{URL}{STEEP}/")
    exact, close = "http://www.wikidata.org/entity/Q4020", "https://cso.kmi.open.ac.uk/topics/tea_%26_infusion"
    assert set(concepts.subject_objects(SKOS.exactMatch)) == {(concept, URIRef(exact))}
    assert set(concepts.subject_objects(SKOS.closeMatch)) == {(concept, URIRef(close))}


def test_concepts_fit_their_shapes(concepts: Graph) -> None:
    conforms, _, said = validate(concepts, shacl_graph=turtle(SHAPES))
    assert conforms, said


def test_shapes_catch_what_is_broken(concepts: Graph) -> None:
    broken = Graph() + concepts
    broken.add((next(iter(concepts.subjects(RDF.type, SKOS.Concept))), SKOS.broader, URIRef("urn:nowhere")))
    assert not validate(broken, shacl_graph=turtle(SHAPES))[0]


def test_skos_integrity_rules(concepts: Graph) -> None:
    """S9, S14, S13, S27 and S46 of the recommendation; hierarchy without loops, inverses stated."""
    assert not set(concepts.subjects(RDF.type, SKOS.Concept)) & set(concepts.subjects(RDF.type, SKOS.ConceptScheme))
    for concept in concepts.subjects(RDF.type, SKOS.Concept):
        ancestors = set(concepts.transitive_objects(concept, SKOS.broader)) - {concept}
        related = set(concepts.objects(concept, SKOS.related))
        assert not related & ancestors
        assert concept not in related
        assert not set(concepts.objects(concept, SKOS.exactMatch)) & set(concepts.objects(concept, SKOS.closeMatch))
    for one, inverse in ((SKOS.broader, SKOS.narrower), (SKOS.related, SKOS.related)):
        assert {(b, a) for a, b in concepts.subject_objects(one)} == set(concepts.subject_objects(inverse))


@pytest.mark.parametrize("path", ["brewing", "brewing/infusion", STEEP])
def test_part_is_a_scheme_whose_links_stay_in_it(tea: Atlas, path: str) -> None:
    graph = turtle(export(tea, about(tea, "Atlas of tea", URL), "skos", Selection(path)))
    assert set(graph.subjects(SKOS.topConceptOf)) == {URIRef(f"{URL}{path}/")}
    assert validate(graph, shacl_graph=turtle(SHAPES))[0]


# ---------------------------------------------------------------- schema.org


def test_page_is_a_term_of_a_set_and_cites_its_works(atlas: Atlas, facts: About) -> None:
    for path, topic in atlas.topics.items():
        text = json_ld(atlas, path, facts)
        assert not set("<>&") & set(text)
        data = json.loads(text)
        assert data["about"]["name"] == topic.title
        assert data["about"]["inDefinedTermSet"]["@type"] == "DefinedTermSet"
        assert date.fromisoformat(data["dateModified"]) == topic.reviewed
        cited = dict.fromkeys(key for key, _, _ in atlas.citations_of(path))
        titles = sorted(atlas.references[key].title for key in cited)
        assert sorted(work["name"] for work in data["citation"]) == titles
        local = {**data, "@context": {"@vocab": "https://schema.org/"}}
        graph = Graph().parse(data=json.dumps(local), format="json-ld")
        named = URIRef("https://schema.org/name")
        assert (URIRef(f"{URL}{path}/#term"), named, Literal(topic.title)) in graph


def test_json_in_a_script_element_ends_it_nowhere() -> None:
    text = json.dumps({"a": "</script><!-- &amp; \u2028 {{ config }} {% x %}"}, ensure_ascii=False)
    assert not re.search("[<>&\u2028]|{[{%]", for_script(text))
    assert json.loads(for_script(text)) == json.loads(text)


# ---------------------------------------------------------------- Markdown for Pandoc


def test_pandoc_makes_one_document_with_its_bibliography(atlas: Atlas, facts: About) -> None:
    html = pandoc(export(atlas, facts, "markdown"), "-f", "markdown", "-t", "html", "--citeproc")
    headings = set(re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL))
    assert len(headings) == len({atlas.title(path) for path in atlas.topics} | {"x"}) - 1 + len(
        {entry.title for entry in (*atlas.areas.values(), *atlas.subareas.values())}
    )
    cited = {key for path in WHOLE.pages(atlas) for key, _, _ in atlas.citations_of(path)} & set(atlas.references)
    assert set(re.findall(r'<div id="ref-([a-z]+\d{4}[a-z0-9]+)"', html)) == cited
    assert "???" not in html
    anchors = re.findall(r'<a id="([^"]+)"', html)
    assert len(anchors) == len(set(anchors))
