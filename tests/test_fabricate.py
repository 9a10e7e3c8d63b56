"""The fabricated taxonomies that benchmarks and tests stand on: sound, of any size, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fabricate import Fabricator, emit, fabricate
from genai_atlas import files
from genai_atlas.atlas import Atlas
from genai_atlas.checks import check, strict
from genai_atlas.model import Kind
from genai_atlas.parse import parse
from tea import read_atlas


@pytest.mark.parametrize("topics", [30, 61])
def test_entries_satisfy_every_rule(topics: int) -> None:
    atlas, diagnostics = read_atlas(dict(Fabricator(topics, seed=2).files()))
    assert strict(diagnostics) == ()
    assert len(atlas.topics) == topics
    assert all(topic.is_full for topic in atlas.topics.values())


def test_every_kind_occurs_as_often(fabricated: Atlas) -> None:
    kinds = [topic.kind for topic in fabricated.topics.values()]
    assert {kind: kinds.count(kind) for kind in Kind} == dict.fromkeys(Kind, 5)


def test_seed_decides_every_byte() -> None:
    one, again, other = (list(Fabricator(30, seed).files()) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_folder_is_a_root_that_the_program_takes(tmp_path: Path) -> None:
    root = fabricate(tmp_path, 30)
    sources, faults = files.read(root)
    atlas, more = parse(sources)
    assert (*faults, *more, *check(atlas)) == ()
    assert len(atlas.topics) == 30
    assert (root / "docs/about.md").is_file()
    assert "src/genai_atlas/mkdocs_hook.py" in (root / "mkdocs.yml").read_text("utf-8")


def test_layout_is_that_of_curators() -> None:
    assert emit({"title": "A: b", "rows": [{"name": "x", "cells": ["a", 1]}], "long": "one\n\ntwo"}) == (
        'title: "A: b"\nrows:\n  - name: "x"\n    cells: ["a", 1]\nlong: |\n  one\n\n  two\n'
    )
