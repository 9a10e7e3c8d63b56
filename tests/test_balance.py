"""Where the atlas leans: each hint appears with the edit that makes it, and not without."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from genai_atlas.atlas import Atlas
from genai_atlas.balance import balance, table
from genai_atlas.cli import main
from tea import TEA, WHISKING, MakeRoot, read_atlas, tea_with

STEEP, WHISK = "brewing/infusion/steeping", "brewing/infusion/whisking"
EDITS = {
    "near names": ((WHISKING, "ground-leaf tea]", "hot infusions]"), "near_names",
                   ["hot infusion", STEEP, "hot infusions", WHISK]),
    "alias twice": ((WHISKING, "ground-leaf tea]", "Hot-Infusion]"), "claimed_twice", ["hot infusion", STEEP, WHISK]),
    "old": ((WHISKING, "literature_until: 2026-06", "literature_until: 2025-10"), "old_literature", ["2025-10", WHISK]),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "name", "row"), EDITS.values(), ids=EDITS)
def test_edit_is_hinted_at(edit: tuple[str, str, str], name: str, row: list[str]) -> None:
    assert row not in balance(read_atlas(TEA)[0])[name]
    assert row in balance(read_atlas(tea_with(edit))[0])[name]


def test_literature_of_just_a_year_is_not_old() -> None:
    edit = (WHISKING, "literature_until: 2026-06", "literature_until: 2025-11")
    assert balance(read_atlas(tea_with(edit))[0])["old_literature"] == []


def test_branch_of_one_topic_beside_larger_ones_is_lopsided() -> None:
    alone = "\n".join(("topics:", "  - cupping", "  - astringency", "  - blind-tasting"))
    edit = ("taxonomy/judging/tasting/subarea.yaml", alone, "topics:\n  - cupping")
    files = tea_with(edit)
    for slug in ("astringency", "blind-tasting"):
        del files[f"taxonomy/judging/tasting/{slug}.yaml"]
    assert ["judging", 1, 4] in balance(read_atlas(files)[0])["lopsided"]
    assert balance(read_atlas(TEA)[0])["lopsided"] == []


def test_topic_that_no_other_links_to_is_told(tea: Atlas) -> None:
    linked = {other for _, _, _, other in tea.authored_relations()}
    told = dict(balance(tea)["few_links"])
    assert all(told[path] == 0 for path in tea.topic_paths if path not in linked)
    files = dict(TEA)
    for path in files:
        files[path] = b"\n".join(line for line in files[path].split(b"\n") if b"to: cupping," not in line)
    assert dict(balance(read_atlas(files)[0])["few_links"])["judging/tasting/cupping"] == 0
    assert "judging/tasting/cupping" not in told


def test_shares_are_of_all_records(tea: Atlas) -> None:
    found = balance(tea)["years"]
    assert sum(number for _, number, _ in found) == len(tea.references)
    assert found == sorted(found, key=lambda row: (-row[1], row[0]))


def test_command_prints_text_or_json(make_root: MakeRoot, tea: Atlas) -> None:
    root = make_root(TEA)
    text = CliRunner().invoke(main, ["--root", str(root), "stats", "--balance"])
    assert (text.exit_code, text.stdout) == (0, table(balance(tea)))
    data = CliRunner().invoke(main, ["--root", str(root), "stats", "--balance", "--format", "json"])
    assert json.loads(data.stdout) == balance(tea)
