"""What a visit costs, and what every page owes to every reader. `make measures` prints the figures."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from test_reading import DESKTOP, PAGES, PHONE, TOPIC

OpenTab = Callable[..., Any]
kB = 1000


@pytest.fixture(scope="module")
def address(published: Path, serve: Callable[..., str]) -> str:
    return serve(published, "/genai-atlas/")


def packed(path: Path) -> int:
    """Bytes over the wire, as a host that compresses text sends them."""
    data = path.read_bytes()
    return len(data) if path.suffix in (".woff2", ".png") else len(gzip.compress(data, 6, mtime=0))


def visit(address: str, page: str, open_tab: OpenTab, published: Path) -> dict[str, int]:
    """The files that a first visit asks for, with what each costs."""
    tab = open_tab(address + page)
    tab.page.wait_for_load_state("networkidle")
    below = [urlsplit(url).path.removeprefix("/genai-atlas/") for url in tab.asked]
    return {
        path: packed(published / (f"{path}index.html" if path.endswith("/") or not path else path)) for path in below
    }


def without_formula(published: Path) -> str:
    """The largest page of an entry that draws none: a topic's, and a subarea's where every topic has a formula."""
    for pattern in ("*/*/*/index.html", "*/*/index.html"):
        found = [path for path in published.glob(pattern) if "<math" not in path.read_text("utf-8")]
        pages = [path for path in found if "atlas-crumbs" in path.read_text("utf-8")]
        if pages:
            return f"{max(pages, key=packed).parent.relative_to(published).as_posix()}/"
    pytest.skip("every entry draws a formula")


@pytest.mark.parametrize(
    ("name", "most"), [("home", 60 * kB), ("entry without a formula", 100 * kB), ("topic with formulas", 130 * kB)]
)
def test_first_visit(address: str, open_tab: OpenTab, published: Path, name: str, most: int) -> None:
    page = without_formula(published) if "without" in name else {"home": "", "topic with formulas": TOPIC}[name]
    files = visit(address, page, open_tab, published)
    total = sum(files.values())
    print(f"{name}: {total / kB:.1f} kB in {len(files)} requests (at most {most / kB:.0f} in 6): {page}")
    assert total <= most, files
    assert len(files) <= 6, files


@pytest.mark.parametrize("page", [TOPIC, "search/", "map/", "compare/", "paths/", "findings/"])
def test_styles_and_scripts(address: str, open_tab: OpenTab, published: Path, page: str) -> None:
    files = visit(address, page, open_tab, published)
    for ending in (".css", ".js"):
        size = sum(size for path, size in files.items() if path.endswith(ending) and not path.startswith("pagefind/"))
        print(f"{page} {ending[1:]}: {size / kB:.1f} kB (at most 10)")
        assert 0 < size <= 10 * kB, files


def test_html_of_every_topic(published: Path) -> None:
    sizes = {path.parent.name: packed(path) for path in published.glob("*/*/*/index.html") if "data" not in path.parts}
    largest = max(sizes, key=lambda name: sizes[name])
    # Two of the 22 are what machines read of 25 cited works; the bars of a first visit hold all the same.
    print(f"largest topic: {largest}, {sizes[largest] / kB:.1f} kB of HTML (at most 22)")
    assert sizes[largest] <= 22 * kB


SHIFT = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_while_a_page_loads(address: str, open_tab: OpenTab, size: tuple[int, int]) -> None:
    page = open_tab("about:blank", size).page
    page.add_init_script(SHIFT)
    shifts = {}
    for name, path in PAGES.items():
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        shifts[name] = page.evaluate("window.shift")
    print(f"{size[0]} px: largest shift {max(shifts.values()):.4f} (below 0.02)")
    assert {name: shift for name, shift in shifts.items() if shift >= 0.02} == {}


@pytest.mark.parametrize("width", [320, 360, 390, 720, 900])
def test_no_page_scrolls_sideways(address: str, open_tab: OpenTab, width: int) -> None:
    """720 CSS pixels are what a window of 1440 has at 200% zoom."""
    page = open_tab(address, (width, 800)).page
    for name, path in PAGES.items():
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


NARROWED = {
    "references": "references/?year=2009",
    "names": "names/?q=rope",
    "findings": "findings/?reading=limits&area=7",
    "explorer": "explore/?kind=theory",
    "map": "map/?type=builds_on",
    "timeline": "timeline/?area=6",
    "open problems": "open-problems/?area=7",
    "benchmarks": "benchmarks/?area=7",
    "implementations": "implementations/?area=7",
}
"""Long lists, with fewer of their like rows: axe takes ten seconds for a thousand. On a desktop they are whole."""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_knows_no_fault_in_light_or_dark(address: str, open_tab: OpenTab, name: str, size: tuple[int, int]) -> None:
    """In dark what is about colour: nothing else depends on the scheme."""
    from axe_playwright_python.sync_playwright import Axe

    path = PAGES[name] if size == DESKTOP else NARROWED.get(name, PAGES[name])
    tab = open_tab(address + path, size)
    tab.page.set_default_timeout(120_000)
    tab.page.wait_for_load_state("networkidle")
    assert [violation["id"] for violation in Axe().run(tab.page).response["violations"]] == []
    tab.page.emulate_media(color_scheme="dark")
    dark = Axe().run(tab.page, options={"runOnly": ["color-contrast", "link-in-text-block"]})
    assert [violation["id"] for violation in dark.response["violations"]] == []
    assert tab.said == []
    assert tab.foreign(address) == []


@pytest.mark.parametrize("name", ["home", "full topic", "map", "findings", "explorer", "comparison"])
def test_axe_knows_no_fault_in_forced_colours_and_reduced_motion(address: str, open_tab: OpenTab, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = open_tab("about:blank", (720, 450)).page
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(address + NARROWED.get(name, PAGES[name]))
    page.wait_for_load_state("networkidle")
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    moving = "document.getAnimations().length"
    assert page.evaluate(moving) == 0


IN_SUMMARY = "document.activeElement.matches('summary') && document.activeElement.textContent"


def test_keys_alone_lead_from_search_to_a_topic_to_a_comparison_and_back(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address)
    page, press = tab.page, tab.page.keyboard.press
    press("/")
    page.keyboard.type("linear attention")
    page.get_by_role("option").first.wait_for()
    press("ArrowDown")
    press("Enter")
    page.wait_for_url("**/attention-mechanisms/linear-attention/")
    for _ in range(80):
        press("Tab")
        if (
            page.evaluate("document.activeElement.matches('summary') && document.activeElement.textContent")
            == "Compare"
        ):
            break
    press("Enter")
    press("Tab")
    press("Enter")
    page.wait_for_url("**/compare/?a=linear-attention&b=*")
    page.locator(".atlas-versus").wait_for()
    first = page.locator(".atlas-versus thead a").first
    for _ in range(80):
        press("Tab")
        if first.evaluate("a => a === document.activeElement"):
            break
    press("Enter")
    page.wait_for_url("**/attention-mechanisms/linear-attention/")
    page.go_back()
    page.locator(".atlas-versus").wait_for()
    assert tab.said == []
