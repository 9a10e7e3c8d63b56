"""What a page offers beside its text: previews, links to sections, things to copy, a way to report faults, paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

Site = Callable[[str], str]
OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"
TOPIC = "brewing/infusion/steeping/"
PAGES = ("", "brewing/", "brewing/infusion/", TOPIC, "references/", "names/", "rules/", "schema/", "yours/", "about/")


@pytest.fixture
def site(tea_site: Site) -> str:
    return tea_site(BASE)


def topic_page(open_tab: OpenTab, site: str, path: str = TOPIC, **options: Any) -> Any:
    page = open_tab(site + path, **options).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


PREVIEWED = {
    "a tile of an area": ("brewing/", ".atlas-tiles a >> nth=1", "Cold Brewing"),
    "a row of a comparison": ("brewing/infusion/", ".atlas-grid th a >> nth=1", "Cold Brewing"),
    "a work's topic": ("references/", ".atlas-works .atlas-back a >> nth=0", ""),
    "a name": ("names/", ".atlas-az a >> nth=0", ""),
    "a topic in the text": (TOPIC, ".atlas-prose .atlas-topic >> nth=0", "Astringency"),
    "a neighbour": (TOPIC, ".atlas-nb a >> nth=0", ""),
    "a sibling": (TOPIC, ".atlas-siblings li a >> nth=0", "Cold Brewing"),
    "a citation of an area": ("brewing/", ".atlas-cite >> nth=0", ""),
}


@pytest.mark.parametrize(("path", "link", "title"), PREVIEWED.values(), ids=PREVIEWED)
def test_link_shows_what_it_leads_to(site: str, open_tab: OpenTab, path: str, link: str, title: str) -> None:
    page = topic_page(open_tab, site, path)
    page.locator(link).hover()
    note = page.locator("#atlas-preview")
    note.wait_for()
    assert note.inner_text().startswith(title)
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)
    page.keyboard.press("Shift")  # from here on focus shows as the keyboard's
    page.locator(link).focus()
    note.wait_for()
    assert page.locator(link).get_attribute("aria-describedby") == "atlas-preview"


UNLINKED = """[...document.querySelectorAll(":is(h2, h3)[id]")].filter(h => {
    const a = h.querySelector("a.headerlink");
    return !a || a.hash !== "#" + h.id || !a.ariaLabel;
}).map(h => h.id)"""


def test_every_heading_with_an_id_links_to_itself(site: str, open_tab: OpenTab) -> None:
    page = topic_page(open_tab, site)
    for path in PAGES:
        page.goto(site + path)
        assert page.evaluate(UNLINKED) == [], path
    page.goto(site + TOPIC)
    anchor = page.locator("#findings .headerlink")
    assert anchor.evaluate("a => getComputedStyle(a).opacity") == "0"
    anchor.focus()
    assert anchor.evaluate("a => getComputedStyle(a).opacity") == "1"
    assert page.get_by_role("heading", name="Findings").get_by_role("link", name="Link to this section").count() == 1


def test_formula_and_reference_are_copied(site: str, open_tab: OpenTab) -> None:
    page = topic_page(open_tab, site)
    button = page.get_by_role("button", name="Copy TeX")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == (
        r"\frac{dc}{dt} = k\,(c_{\infty} - c), \qquad c(t) = c_{\infty}\,\big(1 - e^{-k t}\big)"
    )
    page.get_by_role("button", name="Copy reference 1", exact=True).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    shown = page.locator("#ref-1 .atlas-ref")
    assert copied.startswith(str(shown.inner_text()).split(". ")[0])
    assert copied.split()[-1] == shown.locator("a").last.get_attribute("href")


def test_selection_with_formulas_is_copied_as_tex(site: str, open_tab: OpenTab) -> None:
    page = topic_page(open_tab, site)
    page.evaluate(
        """() => getSelection().selectAllChildren([...document.querySelectorAll(".atlas-split .atlas-prose > p")]
            .find(p => p.textContent.includes("follows the temperature")))"""
    )
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("The rate constant follows the temperature as $k = A\\,e^{-E/(R T)}$")


def report(page: Any, link: Any) -> tuple[str, list[str]]:
    """Title and lines of the text that the link fills in."""
    page.evaluate("addEventListener('click', e => e.preventDefault())")
    link.click()
    address = str(link.get_attribute("href"))
    assert address.startswith("https://github.com/example/tea/issues/new?")
    fields = parse_qs(urlsplit(address).query)
    return fields["title"][0], fields["body"][0].splitlines()


def test_report_names_page_and_section_in_view(site: str, open_tab: OpenTab) -> None:
    page = topic_page(open_tab, site)
    link = page.locator(".atlas-toc [data-report]")
    title, body = report(page, link)
    assert (title, body[0]) == ("Fault: Steeping", f"https://example.org{BASE}{TOPIC}")
    page.evaluate("document.getElementById('findings').scrollIntoView()")
    assert report(page, link)[1][:2] == [f"https://example.org{BASE}{TOPIC}#findings", "Section: Findings"]


def test_report_names_the_page_without_scripts(site: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{site}brewing/", scripts=False).page
    href = page.locator(".atlas-foot [data-report]").get_attribute("href")
    assert parse_qs(urlsplit(href).query) == {
        "title": ["Fault: Brewing"],
        "body": [f"https://example.org{BASE}brewing/"],
    }


NAVIGATION = ".atlas-bar, .atlas-side, .atlas-toc, .atlas-foot, .atlas-crumbs, .atlas-siblings, .headerlink"
CUT = """[...document.querySelectorAll("article *")].filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return box.width && !e.closest(".atlas-sr") && (box.right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 1
        && style.overflowX !== "visible" && style.display !== "inline");
}).map(e => e.outerHTML.slice(0, 80))"""


def test_on_paper_a_page_is_whole_and_without_controls(site: str, open_tab: OpenTab) -> None:
    page = topic_page(open_tab, site, size=(680, 900))
    page.locator(".atlas-notation summary").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    shown = page.locator(f":is({NAVIGATION}, button, select, .atlas-actions > a, .atlas-popout summary):visible")
    assert shown.count() == 0
    assert page.locator(".atlas-notation dd").first.is_visible()
    assert f"https://example.org{BASE}{TOPIC}" in page.locator("#cite-txt").inner_text()
    after = "a => [a.href, getComputedStyle(a, '::after').content]"
    for links in (".atlas-impl a", ".atlas-refs .atlas-ref a"):
        href, printed = page.locator(links).first.evaluate(after)
        assert href in printed
    assert page.evaluate(CUT) == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".atlas-notation details").get_attribute("open") is None
    assert page.pdf(format="A4").startswith(b"%PDF")
