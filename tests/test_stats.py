"""What is counted, and that the parts add up."""

from __future__ import annotations

import json

import pytest

from genai_atlas import stats
from genai_atlas.atlas import Atlas
from tea import WHISKING, read_atlas, tea_with


def test_counts_of_the_atlas_of_tea(tea: Atlas) -> None:
    assert stats.count(tea) == {
        "areas": 2,
        "subareas": 2,
        "topics": 7,
        "full": 1,
        "brief": 6,
        "faulty": 0,
        "findings": 5,
        "open_problems": 3,
        "works_cited": 14,
        "words": 2028,
        "references": 14,
        "relations": 18,
        "relation_types": {
            "addresses": 1,
            "alternative_to": 1,
            "builds_on": 3,
            "complements": 2,
            "distinct_from": 1,
            "evaluated_by": 7,
            "in_tension_with": 3,
        },
        "by_area": {
            "brewing": {
                "topics": 4,
                "full": 1,
                "brief": 3,
                "faulty": 0,
                "findings": 5,
                "open_problems": 3,
                "works_cited": 14,
                "words": 1714,
            },
            "judging": {
                "topics": 3,
                "full": 0,
                "brief": 3,
                "faulty": 0,
                "findings": 0,
                "open_problems": 0,
                "works_cited": 8,
                "words": 314,
            },
        },
    }


def test_faulty_topics_are_counted_as_such() -> None:
    atlas, _ = read_atlas(tea_with((WHISKING, "kind: technique", "kind: none")))
    counted = stats.count(atlas)
    assert [counted[name] for name in ("topics", "full", "brief", "faulty")] == [7, 1, 5, 1]


@pytest.mark.parametrize("name", ["topics", "full", "brief", "faulty", "findings", "open_problems", "words"])
def test_areas_add_up_to_the_whole(fabricated: Atlas, name: str) -> None:
    counted = stats.count(fabricated)
    assert counted[name] == sum(own[name] for own in counted["by_area"].values())
    assert sum(counted["relation_types"].values()) == counted["relations"]


def test_counts_are_fit_for_json(tea: Atlas) -> None:
    counted = stats.count(tea)
    assert json.loads(json.dumps(counted)) == counted


def test_table_is_aligned(tea: Atlas) -> None:
    assert stats.table(stats.count(tea)) == (
        "         topics  full  brief  faulty  findings  open problems  works cited  words\n"
        "brewing       4     1      3       0         5              3           14   1714\n"
        "judging       3     0      3       0         0              0            8    314\n"
        "all           7     1      6       0         5              3           14   2028\n"
        "\n"
        "14 references, 18 relations: addresses 1, alternative_to 1, builds_on 3, complements 2, distinct_from 1, "
        "evaluated_by 7, in_tension_with 3\n"
    )


def test_table_of_an_empty_atlas() -> None:
    assert stats.table(stats.count(read_atlas({})[0])) == (
        "     topics  full  brief  faulty  findings  open problems  works cited  words\n"
        "all       0     0      0       0         0              0            0      0\n"
        "\n"
        "0 references, 0 relations:\n"
    )
