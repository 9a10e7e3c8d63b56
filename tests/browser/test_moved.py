"""Addresses of the past in a real browser: they lead on below a base path, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edits import rename

OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"
OLD, NEW = "brewing/infusion/whisking", "brewing/infusion/frothing"
ENDED = "brewing/infusion/sun-tea"


@pytest.fixture(scope="module")
def site(build_tea: Callable[..., Path], serve: Callable[..., str]) -> str:
    files = rename()
    files["taxonomy/published.txt"] += f"{OLD}\n".encode()
    return serve(build_tea(BASE, files), BASE)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), ("brewing/infusion/infusing", "brewing/infusion/steeping")])
def test_old_address_leads_to_the_new_one(site: str, open_tab: OpenTab, old: str, new: str, scripts: bool) -> None:
    tab = open_tab(f"{site}{old}/", scripts=scripts)
    tab.page.wait_for_url(f"{site}{new}/")
    assert tab.said == []
    assert tab.foreign(site) == []


def test_anchor_of_a_claim_is_carried_along(site: str, open_tab: OpenTab) -> None:
    for _ in range(5):  # the plain redirect must lose the race each time
        page = open_tab(f"{site}brewing/infusion/infusing/#findings").page
        page.wait_for_url("**/steeping/#findings")
        page.wait_for_load_state("load")
        page.wait_for_timeout(100)
        assert page.url == f"{site}brewing/infusion/steeping/#findings"


def test_back_leaves_the_redirect_out(site: str, open_tab: OpenTab) -> None:
    page = open_tab(site).page
    page.goto(f"{site}{OLD}/#relations")
    page.wait_for_url(f"**/{NEW}/#relations")
    page.go_back()
    page.wait_for_url(site)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(390, 844), (1440, 900)], ids=["phone", "desktop"])
def test_note_on_what_ended_stays_and_can_be_read(
    site: str, open_tab: OpenTab, size: tuple[int, int], scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = open_tab(f"{site}{ENDED}/", size=size, scheme=scheme)
    page = tab.page
    assert page.url == f"{site}{ENDED}/"
    assert "ended on 1 May 2026" in page.locator("article").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page)
    assert [violation["id"] for violation in found.response["violations"]] == []
    page.get_by_role("link", name="Cold Brewing").click()
    page.wait_for_url(f"{site}brewing/infusion/cold-brewing/")
    assert tab.said == []


def test_note_has_a_search_that_works_and_the_colours_that_the_reader_chose(site: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{site}{ENDED}/").page
    page.evaluate("localStorage.setItem('atlas-scheme', 'dark')")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.scheme") == "dark"
    page.get_by_role("searchbox").fill("cold")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url(f"{site}search/?q=cold")
