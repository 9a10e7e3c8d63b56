"""Search by keys, topics opened last, why a result was found, and what is offered where nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest

Site = Callable[[str], str]
OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"
STEEPING, WHISKING, CUPPING = "brewing/infusion/steeping/", "brewing/infusion/whisking/", "judging/tasting/cupping/"
RESULTS = "[data-atlas-search=results]"
KINDS = {
    "home": "",
    "area": "brewing/",
    "topic": STEEPING,
    "search": "search/",
    "hand-written": "about/",
    "lost": "no/",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_leads_to_the_box_on_every_page(tea_site: Site, open_tab: OpenTab, kind: str) -> None:
    page = open_tab(tea_site(BASE) + KINDS[kind]).page
    focused = "document.activeElement.matches(AtlasFinder.boxes) && document.activeElement.value"
    for key in ("/", "Control+k", "Meta+k"):
        page.evaluate("document.activeElement.blur()")
        assert page.evaluate("document.activeElement === document.body")
        page.keyboard.press(key)
        page.keyboard.type(key[0])
        assert page.evaluate(focused) == key[0]


def test_the_key_with_control_leads_there_from_another_field_too_and_takes_its_words(
    tea_site: Site, open_tab: OpenTab
) -> None:
    page = open_tab(tea_site(BASE) + "search/?q=tea").page
    page.locator("#q").fill("a/b")
    assert page.locator("#q").input_value() == "a/b"
    page.keyboard.press("Control+k")
    page.keyboard.type("whisk")
    assert page.locator("[data-atlas-search=input]").input_value() == "whisk"


def test_from_search_to_a_topic_by_keys_alone(tea_site: Site, open_tab: OpenTab) -> None:
    tab = open_tab(tea_site(BASE) + "about/")
    page = tab.page
    page.keyboard.press("Control+k")
    page.keyboard.type("hot infus")
    page.locator("[role=option]", has_text="Steeping").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BASE}{STEEPING}")
    assert page.locator("h1").inner_text() == "Steeping"
    page.keyboard.press("/")
    page.keyboard.type("whisk")
    page.locator("[role=option]", has_text="Search the full text").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=whisk")
    page.locator(f"{RESULTS} a").first.wait_for()
    page.locator("[data-atlas-search=input]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BASE}{WHISKING}")
    assert (tab.said, tab.foreign(page.url)) == ([], [])


def opened(page: Any, base: str, *paths: str) -> None:
    for path in paths:
        page.goto(base + path)


def recent(page: Any) -> list[str]:
    shown = page.locator("[aria-label='Recent topics']:visible [role=option]").all_inner_texts()
    return [text.split("\n")[0] for text in shown]


def test_the_empty_box_offers_the_topics_opened_last_and_says_where_they_are_kept(
    tea_site: Site, open_tab: OpenTab
) -> None:
    base = tea_site(BASE)
    tab = open_tab(base)
    page = tab.page
    page.locator("#q").focus()
    page.wait_for_function("() => AtlasFinder.study")
    assert not page.locator(".atlas-bar .atlas-list").is_visible()
    opened(page, base, STEEPING, CUPPING, "brewing/", STEEPING, WHISKING)
    page.keyboard.press("/")
    page.locator("[aria-label='Recent topics']").wait_for()
    assert recent(page) == ["Steeping", "Cupping"]  # not the page itself
    assert "Kept in this browser only." in page.locator(".atlas-bar .atlas-list").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{CUPPING}")
    page.goto(base + "search/")
    page.keyboard.press("/")
    page.locator("[aria-label='Recent topics']").wait_for()
    assert recent(page) == ["Cupping", "Whisking", "Steeping"]
    page.keyboard.type("stee")
    page.locator(f"{RESULTS} a").first.wait_for()
    assert recent(page) == []
    kept = page.evaluate("Object.fromEntries(Object.entries(localStorage))")
    assert {key: json.loads(value) for key, value in kept.items()} == {
        f"atlas-recent {BASE}": [CUPPING, WHISKING, STEEPING]
    }
    assert page.context.cookies() == []
    assert tab.said == []


def test_the_topics_opened_last_are_cleared_by_a_button(tea_site: Site, open_tab: OpenTab) -> None:
    base = tea_site(BASE)
    page = open_tab(base + STEEPING).page
    page.goto(base + "about/")
    page.keyboard.press("/")
    page.get_by_role("button", name="Clear").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Clear"
    page.keyboard.press("Enter")
    assert not page.locator(".atlas-bar .atlas-list").is_visible()
    assert page.evaluate("[document.activeElement.id, localStorage.length]") == ["q", 0]
    page.goto(base + "references/")
    page.keyboard.press("/")
    page.wait_for_function("() => AtlasFinder.study")
    assert not page.locator(".atlas-bar .atlas-list").is_visible()


@pytest.mark.parametrize("kept", ["{", "7", '[7, "no/such/topic/", "brewing/infusion/steeping/"]'])
def test_what_else_stands_in_the_storage_disturbs_nothing(tea_site: Site, open_tab: OpenTab, kept: str) -> None:
    base = tea_site(BASE)
    tab = open_tab(base)
    tab.page.evaluate("kept => localStorage.setItem(AtlasFinder.recent, kept)", kept)
    tab.page.goto(base + WHISKING)
    tab.page.locator("#q").fill("whisk")
    tab.page.locator("[role=option]", has_text="Whisking").wait_for()
    tab.page.locator("#q").fill("")
    tab.page.wait_for_timeout(100)
    assert recent(tab.page) in ([], ["Steeping"])
    assert tab.said == []


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("steeping", "Title"),
        ("Gongfu style", "Alias Gongfu style"),
        ("many short cups", "Compares Many short cups"),
    ],
)
def test_a_topic_says_why_it_was_found(tea_site: Site, open_tab: OpenTab, query: str, why: str) -> None:
    page = open_tab(f"{tea_site(BASE)}search/?q={query}").page
    first = page.locator(f"{RESULTS} li").first
    first.wait_for()
    assert first.locator("a").inner_text() == "Steeping"
    assert first.locator("small").nth(1).inner_text() == why
    page.locator("#q").fill(query)
    page.locator(".atlas-bar [role=option] small", has_text=why).first.wait_for()


def test_a_hit_in_the_text_says_what_it_stands_in_and_leads_there(tea_site: Site, open_tab: OpenTab) -> None:
    tab = open_tab(f"{tea_site(BASE)}search/?q=panel")
    hits = tab.page.locator(f"{RESULTS} h2:has-text('In the text') + ul li")
    hits.first.wait_for()
    kinds = {hit.locator(".atlas-because").inner_text(): hit.locator("a").get_attribute("href") for hit in hits.all()}
    assert set(kinds) <= {"Finding", "Limitation", "Open problem", "Milestone", "Reference", "Text"}
    rows = [address for kind, address in kinds.items() if kind != "Text"]
    assert rows
    for address in rows:
        tab.page.goto(urljoin(tab.page.url, str(address)))
        assert tab.page.locator(":target").count() == 1
    assert tab.said == []


def test_where_nothing_is_found_fewer_words_other_lists_and_a_report_are_offered(
    tea_site: Site, open_tab: OpenTab
) -> None:
    tab = open_tab(f"{tea_site(BASE)}search/?q=whisking submarines zxqvw")
    other = tab.page.locator("[data-atlas-search=other]")
    other.wait_for()
    assert tab.page.locator(f"{RESULTS} a").first.inner_text() == "Whisking"
    assert other.locator("a").all_inner_texts() == ["whisking", "Explore", "Names"]
    assert "Missing%3A+whisking" in str(tab.page.locator("[data-atlas-search=propose] a").get_attribute("href"))
    other.locator("a").first.click()
    tab.page.wait_for_url("**/search/?q=whisking")
    tab.page.locator(f"{RESULTS} a", has_text="Whisking").first.wait_for()
    assert not other.is_visible()
    assert tab.said == []


def test_the_box_offers_near_names_where_nothing_is_found(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site(BASE)).page
    page.locator("#q").fill("whisking submarines")
    page.locator("[role=option]", has_text="Search the full text").wait_for()
    texts = page.locator(".atlas-bar [role=option]").all_inner_texts()
    assert texts[0].startswith("Whisking")


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", (1440, 900)), ("dark", (390, 844))], ids=["desktop, light", "phone, dark"]
)
@pytest.mark.parametrize("typed", ["", "stee"], ids=["recent topics", "found"])
def test_the_open_list_has_no_fault_that_axe_knows(
    tea_site: Site, open_tab: OpenTab, scheme: str, size: tuple[int, int], typed: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    base = tea_site(BASE)
    tab = open_tab(base + CUPPING, size, scheme)
    tab.page.goto(base + WHISKING)
    tab.page.locator("#q").press_sequentially(typed) if typed else tab.page.locator("#q").focus()
    tab.page.locator(".atlas-bar [role=option]").first.wait_for()
    tab.page.keyboard.press("ArrowDown")
    found = Axe().run(tab.page)
    assert [violation["id"] for violation in found.response["violations"]] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert tab.said == []


def test_a_box_is_a_form_where_the_finder_cannot_be_loaded(tea_site: Site, open_tab: OpenTab) -> None:
    tab = open_tab("about:blank")
    tab.page.route("**/assets/finder.js", lambda route: route.abort())
    tab.page.goto(tea_site(BASE))
    tab.page.locator("#q").fill("whisk")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search/?q=whisk")
    status = tab.page.get_by_role("status")
    status.filter(has_text="could not be loaded").wait_for()
    assert tab.page.locator("#all ~ ul a").count() == 7
