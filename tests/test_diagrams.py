"""Diagrams: well-formed SVG, the same for the same atlas, that says what the page's lists say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import hypot
from xml.etree import ElementTree

import pytest

from genai_atlas.atlas import Atlas
from genai_atlas.diagrams.neighbourhood import WIDTH, neighbourhood
from genai_atlas.diagrams.radial import emblem, world
from genai_atlas.diagrams.timeline import timeline
from genai_atlas.views.lists import milestones
from genai_atlas.views.page import Listing, Page
from genai_atlas.views.topic import topic_view
from tea import read_atlas

STEEP, CUP = "brewing/infusion/steeping", "judging/tasting/cupping"


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def of_class(tree: ElementTree.Element, part: str) -> list[ElementTree.Element]:
    return [element for element in tree.iter() if part in element.attrib.get("class", "").split()]


def test_every_relation_has_an_edge_a_dot_and_a_link(tea: Atlas) -> None:
    view = topic_view(tea, STEEP)
    tree = drawn(neighbourhood(view))
    items = [(item.topic.href, str(item.topic.title)) for group in view.relations for item in group.items]
    links = [(a.attrib["href"], "".join(a.itertext())) for a in tree.iter("a")]
    assert sorted(links) == sorted(items)
    assert len(list(tree.iter("path"))) == len(list(tree.iter("circle"))) == len(items) == 5
    phrases = {element.text for element in of_class(tree, "atlas-nb__type")}
    assert phrases == {group.phrase for group in view.relations}


def test_structure_and_use_stand_at_the_left_peers_and_friction_at_the_right(tea: Atlas) -> None:
    tree = drawn(neighbourhood(topic_view(tea, STEEP)))
    sides = {
        (element.attrib["class"].split()[1], float(element.attrib["x"]) < WIDTH / 2)
        for element in of_class(tree, "atlas-nb__type")
    }
    assert sides == {("f-structure", True), ("f-use", True), ("f-peers", False), ("f-friction", False)}


def test_everything_lies_within_the_picture(fabricated: Atlas) -> None:
    for path in fabricated.topic_paths:
        tree = drawn(neighbourhood(topic_view(fabricated, path)))
        _, _, width, height = map(float, tree.attrib["viewBox"].split())
        for element in tree.iter():
            for name, limit in (("x", width), ("cx", width), ("y", height), ("cy", height)):
                assert 0 <= float(element.attrib.get(name, 0)) <= limit, path


def test_topic_without_relations_has_no_neighbourhood(tea: Atlas) -> None:
    topics = {path: topic.model_copy(update={"relations": ()}) for path, topic in tea.topics.items()}
    assert neighbourhood(topic_view(replace(tea, topics=topics), STEEP)) == ""


@pytest.mark.parametrize(
    "title", ["<b>&amp;</b> \"x\" 'y'", "A Title of Many Words That Needs Several Lines of the Box", "浸す"]
)
def test_titles_are_text(tea: Atlas, title: str) -> None:
    topics = {path: topic.model_copy(update={"title": title}) for path, topic in tea.topics.items()}
    atlas = replace(tea, topics=topics)
    tree = drawn(neighbourhood(topic_view(atlas, STEEP)))
    (own,) = of_class(tree, "atlas-nb__self")
    assert " ".join("".join(line.itertext()) for line in own) == title
    assert all("".join(a.itertext()) == title for a in tree.iter("a"))
    assert {element.tag for element in tree.iter()} == {"svg", "g", "path", "rect", "text", "tspan", "a", "circle"}


def test_emblem_has_an_arc_for_each_area_and_a_bundle_for_each_pair_of_subareas(tea: Atlas) -> None:
    tree = drawn(emblem(tea))
    assert tree.attrib["aria-hidden"] == "true"
    arcs = of_class(tree, "atlas-arc")
    assert [arc.attrib["class"].split()[1] for arc in arcs] == ["h1", "h2"]
    edges = tree[0]
    # One pair of subareas; the relations within one are not drawn.
    (bundle,) = edges
    between = sum(e.source.split("/")[1] != e.target.split("/")[1] for e in tea.edges)
    assert float(bundle.attrib["stroke-width"]) == min(6, 1 + between / 2)


def test_emblem_lies_within_its_picture_and_arcs_on_its_circle(fabricated: Atlas) -> None:
    tree = drawn(emblem(fabricated))
    left, top, width, height = map(float, tree.attrib["viewBox"].split())
    assert (left, top) == (-width / 2, -height / 2)
    for path in tree.iter("path"):
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
        assert all(abs(number) <= width / 2 for number in numbers)
    for arc in of_class(tree, "atlas-arc"):
        way = re.fullmatch(r"M(\S+) (\S+)A(\S+) \3 0 0 1 (\S+) (\S+)", arc.attrib["d"])
        assert way
        x, y, radius, u, v = map(float, way.groups())
        assert hypot(x, y) == pytest.approx(radius, abs=1)
        assert hypot(u, v) == pytest.approx(radius, abs=1)


def test_emblem_stays_a_circle_when_areas_are_empty(tea: Atlas) -> None:
    judging = tuple(path for path in tea.topic_paths if path.startswith("judging"))
    half = replace(tea, topic_paths=judging, topics={path: tea.topics[path] for path in judging})
    assert len(of_class(drawn(emblem(half)), "atlas-arc")) == 1
    assert of_class(drawn(emblem(read_atlas({})[0])), "atlas-arc") == []


def draw_world(atlas: Atlas) -> str:
    return world(atlas, Page(atlas, "map"))


def draw_timeline(atlas: Atlas) -> str:
    return timeline(atlas, milestones(atlas, Listing(atlas, "timeline")))


def test_map_has_a_link_for_each_topic_and_a_line_between_the_ends_of_each_relation(fabricated: Atlas) -> None:
    tree = drawn(draw_world(fabricated))
    links = {a.attrib["data-n"]: a.attrib["href"] for a in tree.iter("a")}
    assert list(links.values()) == [f"../{path}/" for path in fabricated.topic_paths]
    place = {path: str(n) for n, path in enumerate(fabricated.topic_paths)}
    lines = [line for line in tree.iter("path") if "data-e" in line.attrib]
    ends = [(*line.attrib["data-e"].split(), line.attrib["data-f"].rsplit("type:", 1)[1]) for line in lines]
    assert ends == [(place[e.source], place[e.target], e.type) for e in fabricated.edges]


def test_map_lies_within_its_picture_without_its_names(fabricated: Atlas) -> None:
    tree = drawn(draw_world(fabricated))
    half = float(tree.attrib["viewBox"].split()[2]) / 2
    for path in tree.iter("path"):
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
        assert all(abs(number) <= half - 180 for number in numbers)


def test_timeline_counts_every_milestone_once(fabricated: Atlas) -> None:
    tree = drawn(draw_timeline(fabricated))
    counted = sum(int((title.text or "").split()[0]) for title in tree.iter("title"))
    assert counted == sum(len(topic.milestones) for topic in fabricated.topics.values()) > 0
    years = sorted({m.date[:4] for topic in fabricated.topics.values() for m in topic.milestones})
    assert [a.attrib["href"] for a in tree.iter("a")] == [f"#y{year}" for year in years]


def test_timeline_of_nothing_is_no_picture() -> None:
    assert draw_timeline(read_atlas({})[0]) == ""


@pytest.mark.parametrize(
    "draw",
    [draw_world, draw_timeline, emblem, lambda atlas: neighbourhood(topic_view(atlas, atlas.topic_paths[0]))],
    ids=["map", "timeline", "emblem", "neighbourhood"],
)
def test_same_atlas_gives_the_same_picture(fabricated: Atlas, draw: Callable[[Atlas], str]) -> None:
    again = replace(fabricated)
    assert draw(again) == draw(fabricated)
    assert "style=" not in draw(fabricated)
    assert "nan" not in draw(fabricated)
