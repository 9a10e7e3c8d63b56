"""What pages are made of: computed figures, numbered citations, anchors, and what each list holds."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from itertools import permutations

import pytest

from genai_atlas import model
from genai_atlas.atlas import Atlas
from genai_atlas.checks import RULES
from genai_atlas.diagnostics import FAMILIES as RULE_FAMILIES
from genai_atlas.model import Authored, Finding, Reading, Reference, RelationType, Role
from genai_atlas.views import finder, guide, index
from genai_atlas.views.page import (
    Page,
    all_authors,
    author_year,
    edition,
    family_name,
    full_name,
    grouped,
    identifiers,
    show_date,
)
from genai_atlas.views.topic import (
    FAMILIES,
    PHRASES,
    Anchors,
    bar_lengths,
    baseline_parts,
    plain_number,
    review_due,
    show_value,
    topic_view,
    word_count,
)
from tea import TEA, WHISKING, read_atlas, tea_with

STEEP, COLD, WHISK = "brewing/infusion/steeping", "brewing/infusion/cold-brewing", "brewing/infusion/whisking"
CUP = "judging/tasting/cupping"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026", "2026"),
        ("2026-11", "Nov 2026"),
        ("2026-01-05", "5 Jan 2026"),
        (datetime.date(2026, 11, 24), "24 Nov 2026"),
    ],
)
def test_date_as_shown(date: str | datetime.date, expected: str) -> None:
    assert show_date(date) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0"), (9999, "9999"), (10_000, "10\u202f000"), (1_234_567, "1\u202f234\u202f567")]
)
def test_digits_are_grouped_from_five_on(number: int, expected: str) -> None:
    assert grouped(number) == expected


@pytest.mark.parametrize(
    ("author", "family", "full"),
    [
        ("Noam Shazeer", "Shazeer", "Noam Shazeer"),
        ("Van Durme, Benjamin", "Van Durme", "Benjamin Van Durme"),
        ("{DeepSeek-AI}", "DeepSeek-AI", "DeepSeek-AI"),
        ("{Meta, Inc.}", "Meta, Inc.", "Meta, Inc."),
        ("Plato", "Plato", "Plato"),
        ("岩崎 花", "花", "岩崎 花"),
    ],
)
def test_names_of_an_author(author: str, family: str, full: str) -> None:
    assert (family_name(author), full_name(author)) == (family, full)


def record(*authors: str, **fields: object) -> Reference:
    found = {"title": "T", "authors": authors, "year": 2024, "venue": "ICML", "type": "inproceedings", **fields}
    return Reference.model_validate(found)


@pytest.mark.parametrize(
    ("authors", "short", "long"),
    [
        (("Noam Shazeer",), "Shazeer, 2024", "Noam Shazeer"),
        (("Fanxu Meng", "Ping Tang"), "Meng and Tang, 2024", "Fanxu Meng, Ping Tang"),
        (("A Pope", "B Li", "C Obi"), "Pope et al., 2024", "A Pope, B Li, C Obi"),
        (("A Pope", "et al."), "Pope et al., 2024", "A Pope et al."),
        (("{DeepSeek-AI}",), "DeepSeek-AI, 2024", "DeepSeek-AI"),
    ],
)
def test_authors_as_shown(authors: Sequence[str], short: str, long: str) -> None:
    assert (author_year(record(*authors)), all_authors(record(*authors))) == (short, long)


def test_identifiers_stand_from_the_most_stable_on() -> None:
    links = identifiers(
        record("A B", arxiv="1706.03762", doi="10.1000/182", url="https://www.example.org/x?y=1", published_year=2025)
    )
    assert [(link.href.unescape(), link.text.unescape()) for link in links] == [
        ("https://arxiv.org/abs/1706.03762", "arXiv:1706.03762"),
        ("https://doi.org/10.1000/182", "doi:10.1000/182"),
        ("https://www.example.org/x?y=1", "example.org"),
    ]
    assert edition(record("A B", published_year=2025)) == "ICML 2025"
    assert edition(record("A B")) == "ICML"


@pytest.mark.parametrize(
    ("page", "target", "expected"),
    [
        ("", "", "./"),
        ("", "brewing", "brewing/"),
        ("", "assets/x.js", "assets/x.js"),
        ("brewing", "", "../"),
        ("brewing", "brewing/infusion", "../brewing/infusion/"),
        (STEEP, COLD, "../../../brewing/infusion/cold-brewing/"),
        (STEEP, "references", "../../../references/"),
    ],
)
def test_way_from_page_to_page(tea: Atlas, page: str, target: str, expected: str) -> None:
    assert Page(tea, page).to(target) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Water Temperature", "water temperature"),
        ("3D Generation", "3D generation"),
        ("KV Cache", "KV cache"),
        ("Internet of Things (IoT)", "internet of things (IoT)"),
        ("Retrieval-Augmented Generation", "retrieval-augmented generation"),
    ],
)
def test_title_within_a_sentence(tea: Atlas, title: str, expected: str) -> None:
    topics = {**tea.topics, COLD: tea.topics[COLD].model_copy(update={"title": title})}
    shown = Page(replace(tea, topics=topics), STEEP).inline("See [[cold-brewing]] and [[whisking|the *bowl*]].")
    assert f">{expected}</a>" in shown
    assert 'href="../../../brewing/infusion/cold-brewing/"' in shown


@pytest.mark.parametrize(
    ("before", "expected"),
    [("", "Cold brewing"), ("It ends. ", "Cold brewing"), ("Two ways: ", "cold brewing"), ("see ", "cold brewing")],
)
def test_title_begins_a_sentence_with_a_capital(tea: Atlas, before: str, expected: str) -> None:
    assert f">{expected}</a>" in Page(tea, STEEP).inline(f"{before}[[cold-brewing]].")


def test_link_to_nowhere_is_its_text(tea: Atlas) -> None:
    assert Page(tea, STEEP).inline("See [[nowhere]] and [[nowhere|there]].") == "See nowhere and there."


# ---------------------------------------------------------------- citations


def test_citations_are_numbered_as_they_appear_and_lead_back(tea: Atlas) -> None:
    page = Page(tea, STEEP, "Overview")
    html = page.inline("One [@khan2025rate; @bell2020water, §3]. Two [@khan2025rate, Table 2].")
    page.section = "Findings"
    more = page.cite_keys(("bell2020water", "arden2019leaf"))
    refs = page.references()
    assert [(ref.number, ref.key) for ref in refs] == [(1, "khan2025rate"), (2, "bell2020water"), (3, "arden2019leaf")]
    assert [[(back.anchor, back.section, back.locator) for back in ref.cited_in] for ref in refs] == [
        [("cite-1-1", "Overview", ""), ("cite-1-2", "Overview", "Table 2")],
        [("cite-2-1", "Overview", "§3"), ("cite-2-2", "Findings", "")],
        [("cite-3-1", "Findings", "")],
    ]
    assert [html.count(f'id="cite-{n}"') for n in ("1-1", "1-2", "2-1")] == [1, 1, 1]
    assert [more.count(f'href="#ref-{n}"') for n in (2, 3)] == [1, 1]
    assert 'aria-label="Reference 2: Bell, 2020, §3"' in html


def test_citation_without_a_record_shows_its_key(tea: Atlas) -> None:
    page = Page(tea, STEEP)
    assert "Reference 1: none2020such" in page.inline("[@none2020such]")
    (ref,) = page.references()
    assert (ref.key, ref.title, ref.year, ref.identifiers) == ("none2020such", "none2020such", 0, ())


def test_every_citation_of_a_page_is_in_its_references_and_leads_back(tea: Atlas) -> None:
    view = topic_view(tea, STEEP)
    assert {ref.key for ref in view.references} == {key for key, _, _ in tea.citations_of(STEEP)}
    assert [ref.number for ref in view.references] == list(range(1, 15))
    assert all(ref.cited_in for ref in view.references)


# ---------------------------------------------------------------- anchors


def test_anchor_is_section_and_key_and_counts_from_the_second(tea: Atlas) -> None:
    anchors = Anchors()
    assert [anchors.at("finding", key) for key in ("khan2025rate", "bell2020water", "khan2025rate")] == [
        "finding-khan2025rate",
        "finding-bell2020water",
        "finding-khan2025rate-2",
    ]
    assert anchors.of("limitation", "As [@khan2025rate, §2; @bell2020water] says.") == "limitation-khan2025rate"
    assert anchors.of("limitation", "Nobody says.") == "limitation-uncited"


def findings_of(tea: Atlas, *keys: str) -> tuple[Finding, ...]:
    first = tea.topics[STEEP].findings[0]
    return tuple(first.model_copy(update={"ref": key, "claim": f"{key} {n}"}) for n, key in enumerate(keys))


def shown(tea: Atlas, **fields: object) -> Atlas:
    return replace(tea, topics={**tea.topics, STEEP: tea.topics[STEEP].model_copy(update=fields)})


def test_anchor_stays_when_its_neighbours_move(tea: Atlas) -> None:
    own = findings_of(tea, "khan2025rate", "bell2020water", "haas2023failed", "arden2019leaf")
    anchors = set()
    for order in permutations(own):
        view = topic_view(shown(tea, findings=order), STEEP)
        anchors.add(frozenset((finding.anchor, str(finding.claim)) for finding in view.findings))
    assert len(anchors) == 1


def test_anchor_stays_when_a_neighbour_goes(tea: Atlas) -> None:
    both = topic_view(shown(tea, findings=findings_of(tea, "khan2025rate", "bell2020water", "khan2025rate")), STEEP)
    alone = topic_view(shown(tea, findings=findings_of(tea, "khan2025rate", "khan2025rate")), STEEP)
    assert [f.anchor for f in both.findings if "bell" not in f.anchor] == [f.anchor for f in alone.findings]
    assert [f.anchor for f in alone.findings] == ["finding-khan2025rate", "finding-khan2025rate-2"]


def test_items_of_other_sections_do_not_share_anchors(tea: Atlas) -> None:
    view = topic_view(tea, STEEP)
    anchors = [
        item.anchor
        for items in (view.findings, view.limitations, view.open_problems, view.milestones)
        for item in items
    ]
    assert len(anchors) == len(set(anchors))
    assert anchors[:5] == [
        "finding-arden2019leaf", "finding-haas2023failed", "finding-khan2025rate", "finding-bell2020water",
        "finding-lund2025kettle",
    ]  # fmt: skip
    assert {anchor.split("-")[0] for anchor in anchors} == {"finding", "limitation", "problem", "milestone"}


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("46", 46.0),
        ("1,320", 1320.0),
        ("-25.5", -25.5),
        ("−25.5", -25.5),
        ("+3", 3.0),
        ("12%", 12.0),
        ("3.5×", 3.5),
        ("2 x", 2.0),
        ("6–9", None),
        ("3 / 4", None),
        ("about 5", None),
        ("1.2 ± 0.1", None),
        ("< 5", None),
        ("5 ms", None),
        ("none", None),
        ("", None),
    ],
)
def test_plain_number(text: str, expected: float | None) -> None:
    assert plain_number(text) == expected


@pytest.mark.parametrize(
    ("value", "baselines", "expected"),
    [
        (1.4, ("4.2", "2.9"), (33.3, 100.0, 69.0)),
        (43000, ("1320", "660"), (100.0, 3.1, 1.5)),
        ("12%", ("24%",), (50.0, 100.0)),
        (5, ("5",), (100.0, 100.0)),
        (5, (), ()),
        ("6–9", ("1.8",), ()),
        (1.4, ("4.2", "6–9"), ()),
        (-25.5, ("3",), ()),
        (5, ("0",), ()),
        (5, ("-3",), ()),
    ],
)
def test_bars_only_where_every_number_is_plain_and_positive(
    value: float | str, baselines: tuple[str, ...], expected: tuple[float, ...]
) -> None:
    assert bar_lengths(value, baselines) == expected


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ("46 (multi-head)", (("46", "multi-head"),)),
        ("4.2 (whole leaf); 2.9 (rolled leaf)", (("4.2", "whole leaf"), ("2.9", "rolled leaf"))),
        ("50 chance", (("50", "chance"),)),
        ("50", (("50", ""),)),
        ("1.480–1.518 (fewer heads)", (("1.480–1.518", "fewer heads"),)),
        ("46 (multi-head; 8 heads)", (("46", "multi-head; 8 heads"),)),
        ("the other laboratory", (("", "the other laboratory"),)),
        ("none", ()),
        ("None", ()),
    ],
)
def test_parts_of_a_baseline(baseline: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert baseline_parts(baseline) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(43000, "43\u202f000"), (1320, "1320"), ("43000", "43\u202f000"), (3.8, "3.8"), ("6–9", "6–9")],
)
def test_value_as_shown(value: float | str, expected: str) -> None:
    assert show_value(value) == expected


def test_bars_of_a_page(tea: Atlas) -> None:
    assert [(f.bar, [base.bar for base in f.baselines]) for f in topic_view(tea, STEEP).findings] == [
        (33.3, [100.0, 69.0]),
        (100.0, [98.0]),
        (None, [None]),  # a range
        (None, []),  # a share of a whole
        (100.0, [48.0]),
    ]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ((Reading.SUPPORTS,) * 4, [("supports", 4, 0.0, 100.0), ("mixed", 0, 100.0, 0.0), ("limits", 0, 100.0, 0.0)]),
        (
            (Reading.LIMITS, Reading.SUPPORTS, Reading.MIXED, Reading.LIMITS),
            [("supports", 1, 0.0, 25.0), ("mixed", 1, 25.0, 25.0), ("limits", 2, 50.0, 50.0)],
        ),
    ],
)
def test_shares_of_the_evidence(
    tea: Atlas, readings: tuple[Reading, ...], expected: list[tuple[str, int, float, float]]
) -> None:
    first = tea.topics[STEEP].findings[0]
    findings = tuple(first.model_copy(update={"reading": reading}) for reading in readings)
    view = topic_view(shown(tea, findings=findings), STEEP)
    assert [(share.reading, share.count, share.start, share.width) for share in view.evidence] == expected


@pytest.mark.parametrize(
    ("reviewed", "review_by", "expected"),
    [
        ("2026-11-24", None, "2027-11-24"),
        ("2024-02-29", None, "2025-02-28"),
        ("2026-11-24", "2027-06-01", "2027-06-01"),
    ],
)
def test_review_is_due_after_a_year_unless_said(
    tea: Atlas, reviewed: str, review_by: str | None, expected: str
) -> None:
    dates = {"reviewed": datetime.date.fromisoformat(reviewed)}
    if review_by:
        dates["review_by"] = datetime.date.fromisoformat(review_by)
    assert review_due(tea.topics[WHISK].model_copy(update=dates)).isoformat() == expected


def test_words_are_those_of_all_prose(tea: Atlas) -> None:
    topic = tea.topics[WHISK]
    assert word_count(topic.model_copy(update={"scope": "Two words [@khan2025rate] $x + y$."})) == word_count(topic) + 3


# ---------------------------------------------------------------- relations


def test_every_type_has_a_family_and_a_phrase() -> None:
    assert sorted(t for types in FAMILIES.values() for t in types) == sorted(RelationType)
    assert set(PHRASES) == set(RelationType)
    assert len(set(PHRASES.values())) == len(RelationType)


def test_relations_of_both_directions_are_grouped_by_type(tea: Atlas) -> None:
    groups = topic_view(tea, CUP).relations
    assert [(g.type, g.family, g.phrase, [str(item.topic.title) for item in g.items]) for g in groups] == [
        ("evaluates", "use", "Measures", ["Steeping", "Whisking", "Water Temperature", "Astringency"]),
        ("complements", "peers", "Works together with", ["Blind Tasting"]),
    ]
    authored_there = groups[0].items[1]
    assert (authored_there.topic.path, str(authored_there.note)) == (
        WHISK,
        "the protocol has a variant for ground leaf",
    )


def test_what_is_often_confused_stands_on_both_pages(tea: Atlas) -> None:
    for path, other in ((STEEP, WHISK), (WHISK, STEEP)):
        (item,) = topic_view(tea, path).confusable
        assert (item.topic.path, str(item.note)) == (other, "the leaf is taken out and not drunk")


# ---------------------------------------------------------------- the sections of a topic


def test_row_of_the_topic_itself_is_marked_and_others_are_linked(tea: Atlas) -> None:
    approaches = topic_view(tea, STEEP).approaches
    assert approaches
    assert [(str(row.name), row.href, row.is_here) for row in approaches.rows] == [
        ("Pot", "", False),
        ("Many short cups", "", False),
        ("Cold night", "../../../brewing/infusion/cold-brewing/", False),
        ("Steeping", "", True),
    ]
    assert [str(label) for label in approaches.labels] == ["Water", "Time", "What it is chosen for"]


def test_reading_list_goes_from_easy_to_hard(tea: Atlas) -> None:
    levels = topic_view(tea, STEEP).reading_list
    assert [(level.level, [item.role for item in level.items]) for level in levels] == [
        ("introductory", ["original", "survey"]),
        ("intermediate", ["critical", "recent"]),
        ("advanced", ["recent"]),
    ]


@pytest.mark.parametrize(("path", "depth"), [(STEEP, "full"), (WHISK, "brief")])
def test_depth_is_said(tea: Atlas, path: str, depth: str) -> None:
    assert topic_view(tea, path).depth == depth


def test_page_of_every_fabricated_kind_has_its_own_heading(fabricated: Atlas) -> None:
    headings = {
        fabricated.topics[path].kind: view.mechanism.heading
        for path in fabricated.topics
        if (view := topic_view(fabricated, path)).mechanism
    }
    assert headings == model.MECHANISM_HEADING


# ---------------------------------------------------------------- lists


def test_tile_of_a_topic_that_could_not_be_read(tea: Atlas) -> None:
    page = Page(replace(tea, topics={}), "brewing")
    assert (index.tile(page, WHISK).depth, str(index.tile(page, WHISK).topic.title)) == ("faulty", "Whisking")


def test_names_are_sorted_without_loss() -> None:
    aliases = 'aliases: [Éclair, éclair tea, 3D tea, "½ cup", 茶, Чай, Zoé, zebra, "(cold) cup", Ω tea]'
    atlas, diagnostics = read_atlas(tea_with((WHISKING, "aliases: [matcha making, ground-leaf tea]", aliases)))
    assert diagnostics == ()
    letters = index.names(atlas, Page(atlas, "names"))
    found = {letter.letter: [name.name.unescape() for name in letter.names] for letter in letters}
    assert found["#"] == ["(cold) cup", "½ cup", "3D tea"]
    assert (found["E"], found["Z"]) == (["Éclair", "éclair tea"], ["zebra", "Zoé"])
    assert (found["茶"], found["Ч"], found["Ω"]) == (["茶"], ["Чай"], ["Ω tea"])
    assert [letter.letter for letter in letters] == sorted(found, key=lambda letter: (letter != "#", letter))


def test_names_hold_every_title_alias_and_approach(tea: Atlas) -> None:
    names = [name for letter in index.names(tea, Page(tea, "names")) for name in letter.names]
    titles = {str(n.name) for n in names if n.relation == "title"}
    assert titles == {
        *(area.title for area in tea.areas.values()),
        *(subarea.title for subarea in tea.subareas.values()),
        *(topic.title for topic in tea.topics.values()),
    }
    aliases = {str(n.name) for n in names if n.relation == "alias"}
    assert {"浸す", "tea making", "drawing", "matcha making"} <= aliases
    # A row that a topic of its own covers, or that repeats the title, is found under that.
    assert {str(n.name) for n in names if n.relation == "approach"} == {"Pot", "Many short cups"}


def test_finder_gets_a_row_for_every_page(tea: Atlas) -> None:
    rows = finder.name_rows(tea)
    assert len(rows) == 2 + 2 + 7
    assert rows[4] == [
        "Steeping",
        ["hot infusion", "Gongfu style", "浸す"],
        "brewing/infusion/steeping/",
        "Infusion",
        1,
        "technique",
        1,
    ]
    assert [row[6] for row in rows] == [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert rows[0][:6] == ["Brewing", ["tea making"], "brewing/", "Atlas of tea", 1, "area"]
    assert rows[2][2:6] == ["brewing/infusion/", "Brewing", 1, "subarea"]


def test_finder_gets_the_summary_of_every_row(tea: Atlas) -> None:
    texts = finder.summaries(tea)
    assert len(texts) == len(finder.name_rows(tea))
    assert texts[0] == tea.areas["brewing"].summary
    assert texts[4] == tea.topics[STEEP].summary


def test_finder_knows_methods_and_works_by_the_number_of_the_row(tea: Atlas) -> None:
    evidence = finder.evidence(tea)
    assert evidence["methods"] == [[4, "Pot", "Many short cups"]]
    works = {str(title): tuple(zip(at[::2], at[1::2], strict=True)) for title, *at in evidence["works"]}
    assert set(works) == {tea.references[key].title for path in _paths(tea) for key, _, _ in tea.citations_of(path)}
    rows = [str(row[2]).rstrip("/") for row in finder.name_rows(tea)]
    for key, reference in tea.references.items():
        citing = {path for path in _paths(tea) if key in {k for k, _, _ in tea.citations_of(path)}}
        assert {rows[number] for number, _ in works.get(reference.title, ())} == citing


def test_a_work_weighs_more_where_it_is_cited_often_and_most_where_it_began(tea: Atlas) -> None:
    topic = tea.topics[STEEP]
    original = next(work for work in topic.reading_list if work.role is Role.ORIGINAL)
    times = Counter(key for key, _, _ in tea.citations_of(STEEP))
    works = {title: dict(zip(at[::2], at[1::2], strict=True)) for title, *at in finder.evidence(tea)["works"]}
    assert works[tea.references[original.ref].title][4] == min(times[original.ref], finder.MOST_CITATIONS) + 3


def test_words_that_only_a_few_topics_use_are_kept_with_their_rows() -> None:
    path = f"taxonomy/{STEEP}.yaml"
    text = TEA[path].replace(b"whole leaf", b"whole leaf as in SteepNet-2's and the CTC way", 1)
    atlas, _ = read_atlas({**TEA, path: text})
    words = {word: rows for word, *rows in finder.evidence(atlas)["words"]}
    assert words["SteepNet-2"] == words["CTC"] == [4]
    assert "leaf" not in words


def _paths(atlas: Atlas) -> tuple[str, ...]:
    return (*atlas.areas, *atlas.subareas, *atlas.topics)


def test_every_work_stands_once_newest_first_with_all_that_cite_it(tea: Atlas) -> None:
    works = index.cited_works(tea, Page(tea, "references"))
    assert [work.key for work in works][:3] == ["moreau2026repeat", "olsen2026panel", "khan2025rate"]
    assert sorted(work.key for work in works) == sorted(tea.references)
    guild = next(work for work in works if work.key == "guild2024cupping")
    assert [ref.path for ref in guild.cited_by] == ["judging", STEEP, CUP]
    assert str(guild.checked) == "report on the guild&#39;s own site, 2026-11"


def test_home_counts_and_shows_the_newest_full_entries(tea: Atlas, fabricated: Atlas) -> None:
    view = index.home_view(tea)
    assert view.totals == (
        ("7", "topics"), ("1", "full entries"), ("14", "references"), ("18", "typed relations"), ("5", "findings"),
        ("3", "open problems"),
    )  # fmt: skip
    assert [recent.tile.topic.path for recent in view.recent] == [STEEP]
    assert [(card.full, len(card.tiles)) for card in view.areas] == [(1, 4), (0, 3)]
    assert len(index.home_view(fabricated).recent) == 6


def test_comparison_leaves_out_rows_of_other_subareas() -> None:
    path = "taxonomy/brewing/infusion/subarea.yaml"
    atlas, _ = read_atlas(tea_with((path, "{topic: whisking", "{topic: cupping")))
    table = index.subarea_view(atlas, "brewing/infusion").comparison
    assert table
    assert [str(row.name) for row in table.rows] == ["Steeping", "Cold Brewing"]



# ---------------------------------------------------------------- the pages about the data


def test_rules_are_shown_by_family() -> None:
    families = guide.rule_families()
    assert [(family.letter, family.name) for family in families] == list(RULE_FAMILIES.items())
    assert sorted(rule.code for family in families for rule in family.rules) == [rule.code for rule in RULES]


def test_every_model_is_documented_with_every_field() -> None:
    authored = {
        value
        for value in vars(model).values()
        if isinstance(value, type) and issubclass(value, Authored) and value is not Authored
    }
    assert set(guide.DOCUMENTED) == authored
    for owner, view in zip(guide.DOCUMENTED, guide.model_views(), strict=True):
        assert [field.name for field in view.fields] == list(owner.model_fields)
        assert all(field.doc and field.type for field in view.fields)


def test_code_in_an_explanation_is_shown_as_code_and_text_as_text() -> None:
    shown = {rule.code: unescape(rule.explanation) for family in guide.rule_families() for rule in family.rules}
    assert "says in <code>scope</code> what it covers" in shown["F214"]
    assert "<code>" not in shown["L301"]
    escaped = next(rule for family in guide.rule_families() for rule in family.rules if rule.code == "S108").explanation
    assert "merge keys (&#60;&#60;)" in escaped


def test_description_of_a_model_is_its_own() -> None:
    docs = {view.title: unescape(view.doc) for view in guide.model_views()}
    assert (docs["Area"], docs["Milestone"]) == ("<code>taxonomy/<area>/area.yaml</code>.", "")


@pytest.mark.parametrize(
    ("owner", "name", "type_", "required"),
    [
        ("Topic", "title", "text (plain)", "yes"),
        ("Topic", "aliases", "list of text (plain)", "no"),
        ("Topic", "kind", "one of: technique, problem, application, theory, evaluation, outlook", "yes"),
        ("Topic", "overview", "text (markdown)", "full entries: all kinds"),
        ("Topic", "guidance", "guidance", "full entries: technique, evaluation"),
        ("Topic", "reviewed", "day", "yes"),
        ("Finding", "value", "whole number or number or text (plain)", "yes"),
        ("Reference", "month", "whole number", "no"),
        ("Approaches", "rows", "list of approach", "yes"),
    ],
)
def test_type_is_said_as_a_curator_would(owner: str, name: str, type_: str, required: str) -> None:
    view = next(v for o, v in zip(guide.DOCUMENTED, guide.model_views(), strict=True) if o.__name__ == owner)
    field = next(field for field in view.fields if field.name == name)
    assert (str(field.type), str(field.required)) == (type_, required)


def test_view_is_made_twice_the_same(fabricated: Atlas) -> None:
    path = fabricated.topic_paths[0]
    assert topic_view(fabricated, path) == topic_view(fabricated, path)


def test_brief_entry_has_no_section_of_a_full_one(tea: Atlas) -> None:
    view = topic_view(tea, WHISK)
    sections = (view.overview, view.mechanism, view.approaches, view.guidance, view.milestones, view.findings,
                view.limitations, view.open_problems, view.benchmarks, view.implementations)  # fmt: skip
    assert not any(sections)
