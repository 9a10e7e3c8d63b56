"""Readers who come back, in a real browser: marks, changes, the file they carry away, and dates by their own clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tea import TEA, edited

OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"
INFUSION, TASTING = "brewing/infusion", "judging/tasting"
WHISKING, FOAMING, STEEPING = f"{INFUSION}/whisking", f"{INFUSION}/foaming", f"{INFUSION}/steeping"
BLIND, CUPPING, COLD = f"{TASTING}/blind-tasting", f"{TASTING}/cupping", f"{INFUSION}/cold-brewing"
READY = "[data-atlas-yours] > div"
MARKS = f"atlas-marks {BASE}"


def year_on() -> dict[str, bytes]:
    """The atlas of tea a year on: one topic changed, one was renamed, one ended, one is new, one was only reviewed."""
    files = {
        path: data.replace(b"to: whisking", b"to: foaming").replace(b"topic: whisking", b"topic: foaming")
        .replace(b"- whisking", b"- foaming\n  - water-hardness").replace(b"  - blind-tasting\n", b"")
        for path, data in TEA.items()
    }  # fmt: skip
    steeping, cold, retired = f"taxonomy/{STEEPING}.yaml", f"taxonomy/{COLD}.yaml", "taxonomy/retired.yaml"
    files[steeping] = edited(files[steeping], [("value: 1.4\n", "value: 1.5\n")])
    files[cold] = edited(files[cold], [("reviewed: 2026-11-24", "reviewed: 2027-11-24")])
    whisking = files.pop(f"taxonomy/{WHISKING}.yaml")
    files[f"taxonomy/{FOAMING}.yaml"] = whisking.replace(
        b"\nreading_list:", f"\nformerly: [{WHISKING}]\n\nreading_list:".encode()
    )
    water = files[f"taxonomy/{INFUSION}/water-temperature.yaml"]
    files[f"taxonomy/{INFUSION}/water-hardness.yaml"] = water.replace(b"Water Temperature", b"Water Hardness")
    del files[f"taxonomy/{BLIND}.yaml"]
    files[retired] += f"{BLIND}: {{date: 2027-01-02, reason: Part of cupping now., see: cupping}}\n".encode()
    return files


@pytest.fixture(scope="module")
def builds(build_tea: Callable[..., Path]) -> tuple[Path, Path]:
    return build_tea(BASE), build_tea(BASE, year_on())


@pytest.fixture
def site(builds: tuple[Path, Path], host: Callable[..., Any]) -> Any:
    """A host of the first build; its folder can be exchanged for the second."""
    return host(builds[0], BASE)


def mark(page: Any, site: Any, path: str, state: str) -> None:
    page.goto(f"{site.url}{path}/")
    page.get_by_label("Your mark").select_option(state)


def marks(page: Any) -> dict[str, str]:
    found = page.evaluate(f"JSON.parse(localStorage.getItem({json.dumps(MARKS)}) || '{{}}')")
    return {path: mark["state"] for path, mark in found.items()}


def open_yours(page: Any, site: Any, day: str = "") -> Any:
    if day:
        page.clock.set_fixed_time(f"{day}T10:00:00")
    page.goto(f"{site.url}yours/")
    page.locator(READY).wait_for()
    return page


def text(page: Any, slot: str) -> str:
    return str(page.locator(f"[data-slot={slot}]").inner_text())


def items(page: Any, slot: str) -> list[str]:
    return [" ".join(item.split()) for item in page.locator(f"[data-slot={slot}] li").all_inner_texts()]


def test_first_visit_says_so_and_the_next_lists_what_changed(
    site: Any, builds: tuple[Path, Path], open_tab: OpenTab
) -> None:
    tab = open_tab(site.url)
    page = open_yours(tab.page, site, "2026-11-24")
    assert "first visit" in text(page, "changed")
    open_yours(page, site, "2026-11-25")
    assert "Nothing has changed since 24 Nov 2026" in text(page, "changed")
    site.folder = builds[1]
    open_yours(page, site, "2027-12-01")
    expected = [
        "Steeping Infusion · findings changed",
        "Cold Brewing Infusion · reviewed again, text as before",
        "Whisking Infusion · moved here",
        "Water Hardness Infusion · new",
    ]
    assert items(page, "changed") == expected
    assert text(page, "changed").startswith("4 topics since 25 Nov 2026")
    page.reload()
    page.locator(READY).wait_for()
    assert items(page, "changed") == expected
    page.get_by_role("button", name="I have seen these").click()
    assert "Nothing has changed since 1 Dec 2027" in text(page, "changed")
    assert tab.said == []
    assert tab.foreign(site.url) == []


def test_marks_survive_rename_and_merge_and_the_further_one_wins(
    site: Any, builds: tuple[Path, Path], open_tab: OpenTab
) -> None:
    page = open_tab(site.url).page
    mark(page, site, WHISKING, "read")
    mark(page, site, BLIND, "reading")
    mark(page, site, CUPPING, "to-read")
    site.folder = builds[1]
    page.goto(f"{site.url}{FOAMING}/")
    assert page.get_by_label("Your mark").input_value() == "read"
    assert marks(page) == {FOAMING: "read", BLIND: "reading", CUPPING: "to-read"}
    open_yours(page, site)
    assert marks(page) == {FOAMING: "read", CUPPING: "reading"}
    assert "1 mark moved" in text(page, "data")
    assert [item.split(" · ")[0] for item in items(page, "marks")] == ["Cupping Tasting", "Whisking Infusion"]


def test_topic_says_quietly_that_it_changed_since_it_was_read(
    site: Any, builds: tuple[Path, Path], open_tab: OpenTab
) -> None:
    page = open_tab(site.url).page
    for path in (STEEPING, COLD, WHISKING):
        mark(page, site, path, "read")
    note = page.locator(".atlas-changed")
    page.reload()
    assert note.inner_text() == ""
    site.folder = builds[1]
    page.goto(f"{site.url}{COLD}/")  # the dates of review alone are no change of the text
    assert note.inner_text() == ""
    open_yours(page, site)
    assert any("findings changed since" in item for item in items(page, "marks"))
    page.goto(f"{site.url}{STEEPING}/")
    assert note.inner_text().startswith("Changed since you read it")
    page.get_by_role("button", name="Mark as seen").click()
    assert note.inner_text() == ""
    page.reload()
    assert note.inner_text() == ""


def test_marks_show_in_lists_of_topics(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(site.url).page
    mark(page, site, WHISKING, "read")
    assert page.locator(".atlas-tree [aria-current]").get_attribute("data-state") == "read"
    page.goto(f"{site.url}brewing/")
    signs = page.locator(".atlas-tiles a").evaluate_all(
        "links => Object.fromEntries(links.map(a => [a.textContent, getComputedStyle(a, '::after').content]))"
    )
    assert signs["Whisking"].startswith('"✓"')
    assert {sign for title, sign in signs.items() if title != "Whisking"} == {"none"}


def test_mark_is_changed_and_removed_by_keys_on_the_page(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(site.url).page
    mark(page, site, WHISKING, "to-read")
    open_yours(page, site)
    choice = page.get_by_label("Mark of Whisking")
    choice.focus()
    choice.press("ArrowDown")
    assert marks(page) == {WHISKING: "reading"}
    assert page.evaluate("document.activeElement.dataset.path") == WHISKING
    choice.select_option("")
    assert marks(page) == {}
    assert text(page, "marks").startswith("None yet.")


def export(page: Any) -> Any:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as a file").click()
    return download.value


def bring(page: Any, content: str) -> str:
    page.locator("[data-do=import]").set_input_files(
        {"name": "marks.json", "mimeType": "application/json", "buffer": content.encode()}
    )
    page.locator("[data-slot=data]", has_text="imported").wait_for()
    return text(page, "data")


def test_exported_file_brings_marks_and_visit_to_another_browser(
    site: Any, builds: tuple[Path, Path], open_tab: OpenTab
) -> None:
    first = open_tab(site.url).page
    mark(first, site, WHISKING, "read")
    mark(first, site, STEEPING, "to-read")
    open_yours(first, site, "2026-11-24")
    download = export(first)
    assert download.suggested_filename == "atlas-marks-2026-11-24.json"
    file = Path(download.path()).read_text("utf-8")
    site.folder = builds[1]
    second = open_tab(site.url).page
    mark(second, site, STEEPING, "reading")
    open_yours(second, site, "2027-12-01")
    assert bring(second, file).startswith("2 marks imported.")
    assert marks(second) == {STEEPING: "reading", FOAMING: "read"}
    assert text(second, "changed").startswith("4 topics since 24 Nov 2026")


def with_marks(**other: Any) -> str:
    good = {WHISKING: {"state": "read", "on": "2026-11-24"}}
    return json.dumps({"format": "atlas-marks", "version": 1, "marks": good} | other)


def test_import_keeps_and_names_topics_it_does_not_know(site: Any, open_tab: OpenTab) -> None:
    page = open_yours(open_tab(site.url).page, site)
    file = with_marks(marks={"brewing/moon/dust": {"state": "read", "on": "2026-11-24"}})
    assert "does not have; the marks are kept: brewing/moon/dust." in bring(page, file)
    assert marks(page) == {"brewing/moon/dust": "read"}
    assert items(page, "marks")[0].startswith("dust marked 24 Nov 2026 · is not in this atlas")


BAD = {
    "no JSON": ("{", "the file is not JSON"),
    "a list": ("[]", "this page has not exported it"),
    "another format": ('{"marks": {}}', "this page has not exported it"),
    "a later version": (with_marks(version=2), "it is of version 2, and this page reads version 1"),
    "no marks": (with_marks(marks=[]), "it holds no marks"),
    "no path": (with_marks(marks={"__proto__": {"state": "read", "on": "2026-11-24"}}), "no address of a topic"),
    "markup": (with_marks(marks={"<img src=x onerror=alert(1)>": {}}), "“<img src=x onerror=alert(1)>” is no address"),
    "a state of its own": (with_marks(marks={WHISKING: {"state": "loved", "on": "2026-11-24"}}), "is none of to-read"),
    "no date": (with_marks(marks={WHISKING: {"state": "read", "on": "soon"}}), "has no date"),
    "a broken fingerprint": (
        with_marks(marks={WHISKING: {"state": "read", "on": "2026-11-24", "hash": "<b>"}}),
        "has a broken fingerprint",
    ),
    "a broken visit": (with_marks(visit={"on": "2026-11-24", "hashes": {"x": 1}}), "broken at “x”"),
}


def test_bad_file_is_refused_with_the_reason_and_changes_nothing(site: Any, open_tab: OpenTab) -> None:
    tab = open_tab(site.url)
    mark(tab.page, site, STEEPING, "reading")
    page = open_yours(tab.page, site)
    before = page.evaluate("JSON.stringify(localStorage)")
    for name, (content, reason) in BAD.items():
        page.evaluate("document.querySelector('[data-slot=data]').textContent = ''")
        said = bring(page, content)
        assert said.startswith("Nothing was imported: "), name
        assert reason in said, name
        assert page.evaluate("JSON.stringify(localStorage)") == before, name
    assert tab.said == []


def test_everything_is_deleted_after_a_question(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(site.url).page
    mark(page, site, WHISKING, "read")
    open_yours(page, site)
    page.evaluate("localStorage.setItem('other', 'kept'); localStorage.setItem('atlas-marks /tea/', '{}')")
    answers = iter([False, True])
    page.on("dialog", lambda dialog: dialog.accept() if next(answers) else dialog.dismiss())
    delete = page.get_by_role("button", name="Delete everything")
    delete.click()
    assert marks(page) == {WHISKING: "read"}
    delete.click()
    page.get_by_text("Everything is deleted.").wait_for()
    assert sorted(page.evaluate("Object.keys(localStorage)")) == ["atlas-marks /tea/", "other"]
    assert text(page, "marks").startswith("None yet.")


CLOSED = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("script", [CLOSED, FULL], ids=["closed", "full"])
def test_storage_that_refuses_is_told_and_nothing_else_fails(site: Any, open_tab: OpenTab, script: str) -> None:
    tab = open_tab("about:blank")
    tab.page.add_init_script(script)
    mark(tab.page, site, WHISKING, "read")
    assert "closed or full" in tab.page.locator(".atlas-changed").inner_text()
    page = open_yours(tab.page, site)
    assert "closed or full" in text(page, "changed")
    assert "Nothing was imported" in bring(page, with_marks())
    assert page.get_by_role("button", name="Keep offline").is_visible()
    assert tab.said == []


def test_storage_that_somebody_else_has_written_to_does_not_stop_the_page(site: Any, open_tab: OpenTab) -> None:
    tab = open_tab(site.url)
    for value in ("[1]", "{", "null", f'{{"{WHISKING}": null}}', '{"last": {"on": 1}, "before": {}}', '"x"'):
        for name in ("visit", "marks"):
            tab.page.evaluate("item => localStorage.setItem(...item)", [MARKS.replace("marks", name), value])
        assert "first visit" in text(open_yours(tab.page, site), "changed"), value
        mark(tab.page, site, WHISKING, "read")
        assert marks(tab.page) == {WHISKING: "read"}, value
    assert tab.said == []


def test_page_says_that_it_needs_scripts(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(f"{site.url}yours/", scripts=False).page
    assert page.get_by_text("needs JavaScript").is_visible()
    assert not page.locator(READY).is_visible()
    page.goto(f"{site.url}{WHISKING}/")
    assert not page.get_by_label("Your mark").is_visible()


DAYS = {"2027-11-24T23:30:00": False, "2027-11-25T00:30:00": True}


def test_review_is_overdue_by_the_readers_clock(site: Any, open_tab: OpenTab) -> None:
    page = open_tab("about:blank").page
    for now, overdue in DAYS.items():
        page.clock.set_fixed_time(now)
        page.goto(f"{site.url}{WHISKING}/")
        assert page.locator(".atlas-due").is_visible() is overdue, now
    assert "due on 24 Nov 2027" in page.locator(".atlas-due").inner_text()
    page.clock.set_fixed_time("2026-11-25T10:00:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    assert not page.locator(".atlas-due").is_visible()


def test_date_of_review_stands_there_without_scripts(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(f"{site.url}{WHISKING}/", scripts=False).page
    facts = page.locator(".atlas-facts").inner_text()
    assert "24 Nov 2026" in facts
    assert "Nov 2027" in facts
    assert not page.locator(".atlas-due").is_visible()
