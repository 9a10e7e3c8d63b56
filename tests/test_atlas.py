"""Look-ups over the whole: names, order, relations of both directions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genai_atlas.atlas import Atlas, Edge, fold
from genai_atlas.model import RelationType
from tea import STEEPING, TEA, WHISKING, edited, read_atlas, tea_with

STEEP, COLD, WHISK = "brewing/infusion/steeping", "brewing/infusion/cold-brewing", "brewing/infusion/whisking"
CUP, DRY = "judging/tasting/cupping", "judging/tasting/astringency"
T = RelationType


@pytest.fixture(scope="module")
def shared() -> Atlas:
    """Two topics with the slug `serving`."""
    serving = edited(TEA[WHISKING], [("title: Whisking", "title: Serving")])
    paths = ("brewing/infusion/serving", "judging/tasting/serving")
    return read_atlas({**TEA, **{f"taxonomy/{path}.yaml": serving for path in paths}})[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("steeping", STEEP),
        ("infusion/steeping", STEEP),
        (STEEP, STEEP),
        ("tasting/steeping", None),
        ("infusion", None),
        ("brewing/infusion", None),
        ("", None),
        ("Steeping", None),
        ("serving", None),
        ("tasting/serving", "judging/tasting/serving"),
    ],
)
def test_name_leads_to_one_topic_or_none(shared: Atlas, name: str, expected: str | None) -> None:
    assert shared.resolve(name) == expected


def test_shared_slug_has_candidates_and_a_longer_name(shared: Atlas) -> None:
    assert shared.candidates("serving") == ("brewing/infusion/serving", "judging/tasting/serving")
    assert shared.candidates("nothing") == ()
    assert [shared.name_of(path) for path in ("judging/tasting/serving", STEEP)] == ["tasting/serving", "steeping"]
    assert all(shared.resolve(name) == path for name, path in zip(shared.topic_names, shared.topic_paths, strict=True))


def test_everything_stands_in_the_outlines_order(tea: Atlas) -> None:
    assert list(tea.areas) == ["brewing", "judging"]
    assert tea.subareas_of("brewing") == ("brewing/infusion",)
    assert tea.topics_of("brewing/infusion") == (STEEP, COLD, WHISK, "brewing/infusion/water-temperature")
    assert tea.topics_of("brewing") == tea.topics_of("brewing/infusion")
    assert tea.topic_paths == (*tea.topics_of("brewing"), *tea.topics_of("judging"))
    assert tuple(tea.topics) == tea.topic_paths
    assert tea.topics_of("nowhere") == ()
    assert [tea.number(path) for path in (STEEP, "brewing/infusion", "judging")] == [1, 1, 2]


def test_area_is_not_taken_for_one_whose_name_it_begins() -> None:
    more = {
        "taxonomy/brewing-more/area.yaml": TEA["taxonomy/brewing/area.yaml"],
        "taxonomy/brewing-more/infusion/subarea.yaml": TEA["taxonomy/brewing/infusion/subarea.yaml"],
    }
    atlas, _ = read_atlas(TEA | more)
    assert atlas.subareas_of("brewing") == ("brewing/infusion",)
    assert atlas.subareas_of("brewing-more") == ("brewing-more/infusion",)


def test_entries_are_everything_with_a_page_of_its_own(tea: Atlas) -> None:
    assert [(file, path) for file, path, _ in tea.entries()] == [
        *((f"taxonomy/{path}/area.yaml", path) for path in tea.areas),
        *((f"taxonomy/{path}/subarea.yaml", path) for path in tea.subareas),
        *((f"taxonomy/{path}.yaml", path) for path in tea.topics),
    ]


def test_title_of_a_topic_that_could_not_be_read_comes_from_its_slug(tea: Atlas) -> None:
    unread = replace(tea, topics={})
    assert unread.title("brewing/infusion/cold-brewing") == "Cold brewing"


def edges_of(*relations: tuple[str, RelationType, str]) -> tuple[Edge, ...]:
    """Of an atlas of tea in which whisking and cold brewing alone have relations: author, type, target."""
    atlas, _ = read_atlas(TEA)
    template = atlas.topics[WHISK].relations[0]
    authored: dict[str, list[object]] = {}
    for author, type_, to in relations:
        note = f"{author} {type_}"
        authored.setdefault(author, []).append(template.model_copy(update={"type": type_, "to": to, "note": note}))
    topics = {
        path: topic.model_copy(update={"relations": tuple(authored.get(path, ()))})
        for path, topic in atlas.topics.items()
    }
    return replace(atlas, topics=topics).edges


EDGES = {
    "as authored": (
        [(WHISK, T.BUILDS_ON, "cold-brewing")],
        [Edge(WHISK, T.BUILDS_ON, COLD, f"{WHISK} builds_on", WHISK)],
    ),
    "from the other side": (
        [(WHISK, T.BASIS_OF, "cold-brewing")],
        [Edge(COLD, T.BUILDS_ON, WHISK, f"{WHISK} basis_of", WHISK)],
    ),
    "from both sides, the first author's stands": (
        [(WHISK, T.BASIS_OF, "cold-brewing"), (COLD, T.BUILDS_ON, "whisking")],
        [Edge(COLD, T.BUILDS_ON, WHISK, f"{COLD} builds_on", COLD)],
    ),
    "symmetric from both sides": (
        [(WHISK, T.COMPLEMENTS, "cold-brewing"), (COLD, T.COMPLEMENTS, "whisking")],
        [Edge(COLD, T.COMPLEMENTS, WHISK, f"{COLD} complements", COLD)],
    ),
    "two types of one pair": (
        [(WHISK, T.COMPLEMENTS, "cold-brewing"), (WHISK, T.IN_TENSION_WITH, "cold-brewing")],
        [
            Edge(WHISK, T.COMPLEMENTS, COLD, f"{WHISK} complements", WHISK),
            Edge(WHISK, T.IN_TENSION_WITH, COLD, f"{WHISK} in_tension_with", WHISK),
        ],
    ),
    "both directions are two, and a fault elsewhere": (
        [(WHISK, T.BUILDS_ON, "cold-brewing"), (COLD, T.BUILDS_ON, "whisking")],
        [
            Edge(COLD, T.BUILDS_ON, WHISK, f"{COLD} builds_on", COLD),
            Edge(WHISK, T.BUILDS_ON, COLD, f"{WHISK} builds_on", WHISK),
        ],
    ),
    "to nowhere": ([(WHISK, T.BUILDS_ON, "nothing")], []),
}


@pytest.mark.parametrize(("relations", "expected"), EDGES.values(), ids=EDGES)
def test_relation_stands_once_in_canonical_direction(
    relations: list[tuple[str, RelationType, str]], expected: list[Edge]
) -> None:
    assert list(edges_of(*relations)) == expected


def test_relations_are_seen_from_both_sides(tea: Atlas) -> None:
    assert (T.EVALUATED_BY, CUP, "the protocol is a steep of five minutes") in tea.relations_of(STEEP)
    assert (T.EVALUATES, STEEP, "the protocol is a steep of five minutes") in tea.relations_of(CUP)
    assert (T.COMPLEMENTS, COLD, "ground leaf draws in cold water too") in tea.relations_of(WHISK)
    assert (T.COMPLEMENTS, WHISK, "ground leaf draws in cold water too") in tea.relations_of(COLD)


def test_what_one_side_says_the_other_says_inverted(fabricated: Atlas) -> None:
    seen = {
        (path, type_, other) for path in fabricated.topic_paths for type_, other, _ in fabricated.relations_of(path)
    }
    assert seen
    assert {(other, type_.inverse, path) for path, type_, other in seen} == seen


def test_self_relation_stands_once() -> None:
    atlas, _ = read_atlas(tea_with((WHISKING, "to: cold-brewing", "to: whisking")))
    assert [edge for edge in atlas.edges if edge.source == edge.target] == [
        Edge(WHISK, T.COMPLEMENTS, WHISK, "ground leaf draws in cold water too", WHISK)
    ]
    assert sum(other == WHISK for _, other, _ in atlas.relations_of(WHISK)) == 1


def test_citations_are_those_of_prose_and_of_the_fields_that_are_keys(tea: Atlas) -> None:
    citations = tea.citations_of(STEEP)
    source = tea.sources[STEEPING]
    for key, loc, offset in citations:
        value: object = source.value
        for step in loc:
            value = value[step]  # type: ignore[index]
        assert isinstance(value, str)
        assert value == key if offset < 0 else value[offset:].startswith(f"@{key}")
    assert {key for key, _, _ in citations} == set(tea.references)
    assert [key for key, loc, _ in citations if loc[0] == "reading_list"] == [
        "arden2019leaf", "castro2021steeping", "haas2023failed", "khan2025rate", "moreau2026repeat",
    ]  # fmt: skip
    assert [(key, loc[-1]) for key, loc, offset in citations if loc[:1] == ("approaches",) and offset < 0][-1] == (
        "gupta2023whisking",
        1,
    )


def test_unread_topic_cites_nothing(tea: Atlas) -> None:
    assert tea.citations_of("brewing/infusion/unread") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KV cache", "kv-cache"),
        ("Multi-Query Attention", "multi query attention"),
        ("Thé fouetté", "the fouette"),
        ("Straße", "STRASSE"),
        ("ﬁne-tuning", "fine tuning"),
        ("CO₂", "co2"),
    ],
)
def test_fold_forgives_accents_case_and_hyphens(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("浸す", "浸る"), ("MQA", "GQA"), ("Чай", "Чая"), ("v1", "v2")])
def test_fold_keeps_names_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_place_of_what_is_in_no_file_is_the_files_first_line(tea: Atlas) -> None:
    assert str(tea.locate("taxonomy/none.yaml", "title").line) == "1"
    assert tea.locate_in("taxonomy/none.yaml", ("title",), 7).column == 1
