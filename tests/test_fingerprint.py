"""What a returning reader's browser compares: one fingerprint a topic, which follows what is said and nothing else."""

from __future__ import annotations

import pytest

from genai_atlas.atlas import Atlas
from genai_atlas.fingerprint import SECTIONS, fingerprint, state
from genai_atlas.model import Topic
from tea import STEEPING, TEA, read_atlas, tea_with

PATH = "brewing/infusion/steeping"


def pieces(atlas: Atlas) -> dict[str, str]:
    found = fingerprint(atlas.topics[PATH])
    return {name: found[4 * i + 1 : 4 * i + 5] for i, name in enumerate(SECTIONS)}


def changed(*edits: tuple[str, str]) -> list[str]:
    """The sections that differ after edits of the full entry."""
    before = pieces(read_atlas(TEA)[0])
    after = pieces(read_atlas(tea_with(*((STEEPING, old, new) for old, new in edits)))[0])
    return [name for name in SECTIONS if before[name] != after[name]]


def test_every_field_but_former_paths_belongs_to_one_section() -> None:
    fields = [name for names in SECTIONS.values() for name in names]
    assert sorted(fields) == sorted(set(Topic.model_fields) - {"formerly"})


def test_fingerprint_has_four_characters_a_section_after_the_scheme(tea: Atlas) -> None:
    found = [fingerprint(topic) for topic in tea.topics.values()]
    assert {len(text) for text in found} == {1 + 4 * len(SECTIONS)}
    assert len(set(found)) == len(found)


EDITS = {
    "summary": ("name and summary", "title: Steeping", "title: Long Steeping"),
    "finding": ("findings", "value: 1.4\n", "value: 1.5\n"),
    "limitation": ("limitations", "Panels do not agree about strength", "Panels disagree about strength"),
    "relation": ("relations", "minutes of heat against a night in the cold", "minutes against a night"),
    "work": ("reading list", "one variable at a time; read it first", "one variable at a time"),
    "review": ("dates of review", "literature_until: 2026-06", "literature_until: 2026-07"),
}


@pytest.mark.parametrize(("section", "old", "new"), EDITS.values(), ids=EDITS)
def test_edit_changes_its_own_section_only(section: str, old: str, new: str) -> None:
    assert changed((old, new)) == [section]


SAME = {
    "quotes": ("title: Steeping", 'title: "Steeping"'),
    "a comment": ("kind: technique", "# what it is\nkind: technique"),
    "line breaks": ("leaf takes up water, and it misses", "leaf takes up water, and\n    it misses"),
    "a former path": ("  - brewing/infusion/infusing", "  - brewing/infusion/infusing\n  - brewing/infusion/soaking"),
    "a longer name of the same topic": ("to: cold-brewing", "to: infusion/cold-brewing"),
    "a link to a renamed topic": ("see [[cupping]]", "see [[tasting/cupping]]"),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_layout_and_addresses_are_no_change(old: str, new: str) -> None:
    assert changed((old, new)) == []


def test_state_leads_the_paths_of_the_past_to_their_successors(tea: Atlas) -> None:
    told = state(tea)
    cold = "brewing/infusion/cold-brewing"
    assert told["moved"] == {"brewing/infusion/infusing": PATH, "brewing/infusion/sun-tea": cold}
    assert told["retired"] == {"brewing/infusion/sun-tea": ["2026-05-01", "Nobody measured it again."]}
    assert told["sections"][-1] == "dates of review"
    assert list(told["topics"]) == list(tea.topic_paths)
    assert told["topics"][PATH] == ["Steeping", fingerprint(tea.topics[PATH])]


def test_topic_that_cannot_be_read_has_no_fingerprint() -> None:
    atlas, _ = read_atlas(tea_with((STEEPING, "kind: technique", "kind: technik")))
    assert state(atlas)["topics"][PATH] == ["Steeping", ""]
