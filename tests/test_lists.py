"""Lists over the whole atlas: every row of every entry once, with the traits by which it is found."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from genai_atlas.atlas import Atlas
from genai_atlas.views import lists
from genai_atlas.views.page import Listing, Page, safe
from genai_atlas.views.topic import topic_view
from tea import STEEPING, read_atlas, tea_with

STEEP = "brewing/infusion/steeping"


def listing(atlas: Atlas, path: str = "findings") -> Listing:
    return Listing(atlas, path)


def test_every_problem_and_finding_leads_to_its_place_on_the_topics_page(fabricated: Atlas) -> None:
    anchors = {
        path: {item.anchor for part in (view.open_problems, view.findings) for item in part}
        for path in fabricated.topics
        for view in (topic_view(fabricated, path),)
    }
    rows = [(row.origin.topic.path, row.anchor) for row in lists.problems(fabricated, listing(fabricated))]
    rows += [(row.origin.topic.path, row.finding.anchor) for row in lists.findings(fabricated, listing(fabricated))]
    assert len(rows) == len(set(rows)) == sum(map(len, anchors.values()))
    assert {(path, anchor) for path, found in anchors.items() for anchor in found} == set(rows)


def test_every_milestone_stands_once_newest_year_first(fabricated: Atlas) -> None:
    years = lists.milestones(fabricated, listing(fabricated))
    assert [year.year for year in years] == sorted((year.year for year in years), reverse=True)
    dates = Counter(row.date for year in years for row in year.milestones)
    assert dates == Counter(m.date for topic in fabricated.topics.values() for m in topic.milestones)
    assert all(row.date.startswith(year.year) for year in years for row in year.milestones)


def test_facets_count_the_rows_that_have_the_value(fabricated: Atlas) -> None:
    rows = lists.findings(fabricated, listing(fabricated))
    facets = lists.Facets(fabricated)((row.origin.traits for row in rows), "area", "kind", "reading", "year")
    assert [facet.name for facet in facets] == ["area", "kind", "reading", "year"]
    for facet in facets:
        for option in facet.options:
            token = f"{facet.name}:{option.value}"
            assert option.count == sum(token in row.origin.tokens.split() for row in rows), token
        assert sum(option.count for option in facet.options) == len(rows)


def test_an_area_without_rows_is_seen_to_be_empty_and_other_values_are_left_out(tea: Atlas) -> None:
    problems = lists.problems(tea, listing(tea))
    area, kind, newest = lists.Facets(tea)((row.origin.traits for row in problems), "area", "kind", "newest")
    assert [(option.value, option.count) for option in area.options] == [("1", len(problems)), ("2", 0)]
    assert [option.value for option in kind.options] == ["technique"]
    assert all(re.fullmatch(r"\d{4}", option.value) for option in newest.options)


def test_newest_evidence_is_the_newest_work_that_the_problem_cites(tea: Atlas) -> None:
    for row in lists.problems(tea, listing(tea, "open-problems")):
        cited = re.findall(r"references/#([a-z0-9]+)", row.known + row.settled_by)
        newest = max((tea.references[key].year for key in cited), default=None)
        assert row.origin.traits["newest"] == ((str(newest),) if newest else ())


def test_shared_benchmarks_and_implementations_are_one_row(tea: Atlas) -> None:
    benchmark, code = tea.topics[STEEP].benchmarks[0], tea.topics[STEEP].implementations[0]
    twin = tea.topics[STEEP].model_copy(
        update={
            "benchmarks": (benchmark.model_copy(update={"name": benchmark.name.upper()}),),
            "implementations": (code.model_copy(update={"name": "Another name", "licence": "see repository"}),),
        }
    )
    other = "brewing/infusion/whisking"
    doubled = replace(tea, topics={**tea.topics, other: twin})
    rows = lists.benchmarks(doubled, listing(doubled))
    assert [use.topic.path for row in rows if row.name == benchmark.name for use in row.uses] == [STEEP, other]
    (found,) = (row for row in lists.implementations(doubled, listing(doubled)) if row.href == safe(code.url))
    assert [use.topic.path for use in found.uses] == [STEEP, other]
    assert found.licence == code.licence


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("Steeping was timed ", "(<a"),
        ("It was timed by ", "<a"),
        ("It follows ", "(<a"),
        ("As in ", "<a"),
    ],
)
def test_a_citation_names_its_work_and_joins_the_sentence(tea: Atlas, before: str, shown: str) -> None:
    key = next(iter(tea.references))
    html = listing(tea).inline(f"{before}[@{key}, Table 2].")
    inside = html.split('is-named">')[1]
    assert inside.startswith(shown)
    assert f'href="../references/#{key}"' in html
    assert ", Table 2" in html
    assert "</a>" in html


def test_a_citation_without_a_record_is_its_key(tea: Atlas) -> None:
    assert "(nobody2020nothing)" in listing(tea).inline("Seen [@nobody2020nothing].")


def test_topics_have_the_traits_of_their_entries(tea: Atlas) -> None:
    rows = {row.origin.topic.path: row for row in lists.topics(tea, Page(tea, "explore"))}
    assert list(rows) == list(tea.topic_paths)
    steeping = rows[STEEP].origin.traits
    assert steeping["depth"] == ("full",)
    assert set(steeping["has"]) == {"findings", "open problems", "benchmarks", "implementations"}
    assert set(steeping["type"]) == {kind for kind, _, _ in tea.relations_of(STEEP)}


def test_map_table_has_every_relation(fabricated: Atlas) -> None:
    rows = lists.relations(fabricated, Page(fabricated, "map"))
    assert {(row.source.path, row.target.path) for row in rows} == {(e.source, e.target) for e in fabricated.edges}
    assert len(rows) == len(fabricated.edges)


def test_steps_name_what_is_read_before_by_its_place(fabricated: Atlas) -> None:
    steps = lists.steps(fabricated)
    assert tuple(step.path for step in steps) == fabricated.topic_paths
    for step in steps:
        assert tuple(steps[n].path for n in step.before) == fabricated.read_before[step.path]


def test_reading_follows_prerequisites_and_what_is_built_on() -> None:
    atlas, _ = read_atlas(tea_with((STEEPING, "prerequisites:", 'prerequisites:\n  - "[[cupping]]: how it is judged"')))
    assert "judging/tasting/cupping" in atlas.read_before[STEEP]
    built = {edge.target for edge in atlas.edges if edge.source == STEEP and edge.type == "builds_on"}
    assert built <= set(atlas.read_before[STEEP])
