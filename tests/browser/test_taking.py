"""Citing in a real browser: copying, downloading, taking works along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from pybtex.database import parse_file

OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"
STEEPING = "brewing/infusion/steeping"


def test_forms_of_a_citation_are_copied_and_downloaded(tea_site: Callable[[str], str], open_tab: OpenTab) -> None:
    address = tea_site(BASE)
    page = open_tab(f"{address}{STEEPING}/").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Cite this page").click()
    for name, ending in (("APA", "txt"), ("BibTeX", "bib"), ("RIS", "ris"), ("CSL-JSON", "csl.json")):
        said = urlopen(f"{address}data/cite/{STEEPING}.{ending}").read().decode()
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download {name}").click()
        assert Path(download.value.path()).read_bytes().decode() == said
        button = page.get_by_role("button", name=f"Copy {name}")
        button.click()
        page.wait_for_function("b => b.textContent === 'Copied'", arg=button.element_handle())
        copied = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n")
        assert copied.strip() == said.replace("\r\n", "\n").strip()


def test_ticked_works_are_taken_as_bibtex(tea_site: Callable[[str], str], open_tab: OpenTab, tmp_path: Path) -> None:
    page = open_tab(f"{tea_site(BASE)}references/?year=2021").page
    save = page.get_by_role("button", name="as BibTeX")
    assert save.is_disabled()
    page.locator(".atlas-works > li:not(.is-out) .atlas-tick").first.check()
    assert save.inner_text() == "Download 1 as BibTeX"
    page.get_by_role("button", name="Take all shown").click()
    shown = set(page.locator("#atlas-works > li:not(.is-out)").evaluate_all("items => items.map(item => item.id)"))
    assert 1 < len(shown) < page.locator("#atlas-works > li").count()
    with page.expect_download() as download:
        save.click()
    download.value.save_as(tmp_path / "selection.bib")
    assert set(parse_file(str(tmp_path / "selection.bib")).entries) == shown
    page.get_by_role("button", name="Take none").click()
    assert save.is_disabled()
