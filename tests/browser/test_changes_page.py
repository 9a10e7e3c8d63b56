"""The page of changes of an atlas with two releases, in a real browser."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edits import rename
from genai_atlas import frozen
from genai_atlas.changes import changes
from genai_atlas.export import about
from genai_atlas.output import OutputFile
from genai_atlas.release import freeze
from tea import TEA, read_atlas

OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"


def with_releases() -> dict[str, bytes]:
    """Tea after a rename, released before and after it."""
    old, new = read_atlas(TEA)[0], read_atlas(rename())[0]
    held: dict[str, bytes] = {}
    for day, atlas, told in ((24, old, None), (25, new, changes(old, new))):
        releases, _ = frozen.read(OutputFile(path.removeprefix("docs/"), data) for path, data in held.items())
        facts = replace(about(atlas, "Tea", "https://example.org/"), released=datetime.date(2026, 11, day))
        for file in freeze((), atlas, facts, releases, told):
            held[f"docs/data/releases/2026-11-{day}/{file.path}"] = file.data
    paths = "".join(f"{path}\n" for path in sorted({*old.published, *old.pages, *new.pages}))
    return rename() | held | {"taxonomy/published.txt": paths.encode()}


@pytest.fixture(scope="module")
def site(build_tea: Callable[..., Path], serve: Callable[..., str]) -> str:
    return serve(build_tea(BASE, with_releases()), BASE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(390, 844), (1440, 900)], ids=["phone", "desktop"])
def test_page_of_changes_can_be_read(site: str, open_tab: OpenTab, size: tuple[int, int], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = open_tab(f"{site}changes/", size=size, scheme=scheme)
    page = tab.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h2").all_inner_texts() == ["25 Nov 2026#", "24 Nov 2026#"]
    for summary in page.locator("article summary").all():
        summary.click()
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    assert tab.said == []


def test_every_link_of_the_page_leads_somewhere_without_scripts(site: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{site}changes/", scripts=False).page
    links = page.eval_on_selector_all("article a", "links => links.map(a => a.href.split('#')[0])")
    assert f"{site}data/releases/2026-11-25/atlas.json.xz" in links
    assert f"{site}changes/atlas.xml" in links
    assert f"{site}brewing/infusion/frothing/" in links
    assert {page.request.get(link).status for link in set(links)} == {200}
