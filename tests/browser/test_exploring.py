"""Pages that gather the whole atlas, in a real browser: filters, the map, comparisons and reading paths."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

OpenTab = Callable[..., Any]
SHOWN = "[...document.querySelectorAll('#{id} [data-f]:not(svg *)')].filter(e => e.checkVisibility()).length"


@pytest.fixture(scope="module")
def address(published: Path, serve: Callable[..., str]) -> str:
    return serve(published, "/genai-atlas/")


def shown(page: Any, host: str) -> int:
    return int(page.evaluate(SHOWN.replace("{id}", host)))


def number(page: Any) -> int:
    return int(page.locator(".atlas-sieve [role=status]").inner_text().split()[0])


LISTS = {
    "explore": "topics",
    "open-problems": "problems",
    "findings": "findings",
    "benchmarks": "benchmarks",
    "implementations": "implementations",
    "timeline": "timeline",
    "map": "map",
    "references": "atlas-works",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_value_leaves_as_many_rows_as_it_says_and_a_reload_shows_the_same(
    address: str, open_tab: OpenTab, name: str
) -> None:
    tab = open_tab(f"{address}{name}/")
    page, host = tab.page, LISTS[name]
    everything = number(page)
    assert shown(page, host) == everything
    label = page.locator(".atlas-filter label:has(input:enabled)").nth(1)
    promised = int(label.locator("small").inner_text())
    label.click()
    assert shown(page, host) == number(page) == promised < everything
    address_then, text = page.url, page.locator(".atlas-sieve [role=status]").inner_text()
    assert "?" in address_then
    page.reload()
    assert page.url == address_then
    assert page.locator(".atlas-sieve [role=status]").inner_text() == text
    assert shown(page, host) == promised
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"{SHOWN.replace('{id}', host)} === {everything}")
    assert "?" not in page.url
    assert tab.said == []


def test_counts_are_those_of_what_the_other_facets_leave(address: str, open_tab: OpenTab) -> None:
    """Each number that the page shows for a value is what ticking the value would leave, over a walk of choices."""
    page = open_tab(f"{address}explore/?kind=technique,theory&depth=full").page
    boxes = [
        (box.get_attribute("name"), box.get_attribute("value"))
        for box in page.locator(".atlas-filter input:enabled:not(:checked)[type=checkbox]").all()[:12]
    ]
    for facet, value in boxes:
        box = page.locator(f'input[name="{facet}"][value="{value}"]')
        promised = int(box.locator("xpath=..").locator("small").inner_text())
        ticked, before = page.locator(f"input[name={facet}]:checked").count(), number(page)
        box.click()
        assert number(page) == (before + promised if ticked else promised), (facet, value)
        box.click()


def test_what_would_give_nothing_cannot_be_ticked(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}explore/?kind=outlook").page
    disabled = page.locator(".atlas-filter input:disabled")
    assert disabled.count() > 3
    for box in disabled.all():
        assert box.locator("xpath=..").locator("small").inner_text() == "0"
    for box in page.locator(".atlas-filter label:has(input:enabled:not(:checked)) small").all():
        assert int(box.inner_text()) > 0


def test_words_narrow_a_list_by_its_text(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}explore/").page
    page.get_by_label("Words").fill("rope yarn")
    page.wait_for_url("**q=rope*")
    titles = page.locator("#topics > li:not(.is-out) > a").all_text_contents()
    assert "Rotary Position Embeddings" in titles
    assert len(titles) < 10


def test_age_of_review_is_counted_by_the_readers_clock(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}explore/").page
    page.clock.set_fixed_time("2028-06-01")
    page.reload()
    ages = {box.get_attribute("value"): box for box in page.locator("input[name=age]").all()}
    assert ages["recent"].is_disabled()
    assert ages["old"].locator("xpath=..").locator("small").inner_text() == str(number(page))


def test_map_shows_the_relations_of_the_topic_that_has_the_focus(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(f"{address}map/")
    page = tab.page
    link = page.locator('.atlas-map a[href$="/multi-query-attention/"]')
    link.focus()
    place = link.get_attribute("data-n")
    mine = page.locator(f'.atlas-map path[data-e^="{place} "], .atlas-map path[data-e$=" {place}"]').count()
    assert page.locator(".atlas-map path.is-on").count() == mine > 3
    assert page.locator(".atlas-said").inner_text() == f"Multi-Query Attention: {mine} relations"
    page.keyboard.press("Tab")
    assert page.locator(".atlas-said").inner_text().startswith("Sparse Attention:")
    page.keyboard.press("Enter")
    page.wait_for_url("**/attention-mechanisms/sparse-attention/")
    assert tab.said == []


def test_map_draws_what_its_table_lists(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}map/?type=complements&area=1").page
    drawn = page.locator(".atlas-map path[data-e]:not(.is-out)").count()
    assert drawn == page.locator(".atlas-edges tbody tr:not(.is-out)").count() == number(page) > 0


TOPICS = ("sparse-attention", "linear-attention", "multi-query-attention")


def test_comparison_says_what_the_pages_say(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(f"{address}compare/?a={TOPICS[0]}&b={TOPICS[1]}&c={TOPICS[2]}")
    page = tab.page
    page.locator(".atlas-versus").wait_for()
    assert [a.inner_text() for a in page.locator(".atlas-versus thead a").all()] == [
        "Sparse Attention",
        "Linear Attention",
        "Multi-Query Attention",
    ]
    rows = page.locator(".atlas-versus tbody th").all_inner_texts()
    assert {"In one paragraph", "Use it when", "Avoid it when", "Findings", "Limitations", "Open problems"} <= set(rows)
    limits = page.locator(".atlas-versus tr:has(th:text-is('Limitations')) td").nth(0)
    seen = [item.inner_text() for item in limits.locator("li").all()]
    assert page.locator(".atlas-same summary").inner_text().startswith("The same in all: kind")
    assert page.locator(".atlas-versus th:text-is('Kind')").count() == 0
    named = limits.locator(".atlas-cites").first.inner_text()
    assert named.startswith("(") and any(digit.isdigit() for digit in named)
    href = limits.locator(".atlas-cites a").first.get_attribute("href")
    assert "/sparse-attention/#ref-" in href
    page.goto(f"{address}model-architecture-research/attention-mechanisms/sparse-attention/#limitations")
    there = [item.inner_text() for item in page.locator(".atlas-limits li").all()]
    assert len(seen) == len(there) > 2
    assert [text.split("[")[0].split("(")[0][:60] for text in there] == [text.split("(")[0][:60] for text in seen]
    assert tab.said == []


def test_what_tells_two_topics_apart_comes_first(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}compare/?a=sparse-transformers&b=sparse-attention").page
    page.locator(".atlas-versus").wait_for()
    first = page.locator(".atlas-compare > *").first.inner_text()
    assert first.startswith("Sparse Transformers is often confused with Sparse Attention:")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?a=sparse-attention", "Choose a second topic."),
        ("?a=sparse-attention&b=sparse-attention", "Choose a topic other than the first."),
        ("?a=no-such-topic&b=sparse-attention", "There is no topic “no-such-topic”."),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(address: str, open_tab: OpenTab, query: str, said: str) -> None:
    tab = open_tab(f"{address}compare/{query}")
    tab.page.get_by_text(said).wait_for()
    assert tab.said == []


def test_topic_offers_its_comparisons(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}model-architecture-research/attention-mechanisms/linear-attention/").page
    page.get_by_text("Compare", exact=True).last.click()
    links = page.locator(".atlas-popout[open] a")
    assert links.count() >= 5
    links.first.click()
    page.wait_for_url("**/compare/?a=linear-attention&b=*")
    page.locator(".atlas-versus").wait_for()


def reading(published: Path) -> tuple[list[dict[str, Any]], nx.DiGraph]:
    steps = json.loads((published / "assets/paths.json").read_text("utf-8"))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(steps)))
    graph.add_edges_from((before, n) for n, step in enumerate(steps) for before in step["before"])
    return steps, graph


def test_reading_paths_of_all_pairs_are_those_of_networkx(address: str, open_tab: OpenTab, published: Path) -> None:
    steps, graph = reading(published)
    page = open_tab(f"{address}paths/").page
    found = page.evaluate(
        """steps => steps.map((_, from) => steps.map((_, to) => AtlasPaths.between(steps, from, to)))""", steps
    )
    ways = 0
    for start in graph:
        lengths = nx.single_source_shortest_path_length(graph, start)
        for end in graph:
            if end not in lengths:
                assert found[start][end] is None, (start, end)
                continue
            # The outline decides between paths of equal length.
            best = min(nx.all_shortest_paths(graph, start, end))
            assert found[start][end] == best, (start, end)
            ways += len(best) > 1
    assert ways > 100


def test_reading_up_to_every_topic_is_the_order_of_networkx(address: str, open_tab: OpenTab, published: Path) -> None:
    steps, graph = reading(published)
    page = open_tab(f"{address}paths/").page
    found = page.evaluate("steps => steps.map((_, to) => AtlasPaths.before(steps, to))", steps)
    for end in graph:
        below = graph.subgraph(nx.ancestors(graph, end) | {end})
        assert found[end] == list(nx.lexicographical_topological_sort(below)), end


def test_path_shows_each_step_with_its_text_and_the_address_keeps_it(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(f"{address}paths/")
    page = tab.page
    page.get_by_label("I want to understand").select_option(label="Flash Attention")
    page.wait_for_url("**?to=flash-attention")
    steps = page.locator(".atlas-path > li > a").all_inner_texts()
    assert steps[-1] == "Flash Attention" and len(steps) > 1
    assert page.locator(".atlas-path > li").first.locator("li a").count() > 0
    page.reload()
    page.locator(".atlas-path > li").first.wait_for()
    assert page.locator(".atlas-path > li > a").all_inner_texts() == steps
    page.get_by_label("I start from").select_option(label="Drug Design")
    page.get_by_text("No path leads from Drug Design to Flash Attention").wait_for()
    assert tab.said == []


NEEDS_SCRIPTS = ("search", "compare", "paths")


@pytest.mark.parametrize("name", [*LISTS, *NEEDS_SCRIPTS])
def test_lists_are_whole_without_scripts_and_what_needs_them_says_so(
    address: str, open_tab: OpenTab, name: str
) -> None:
    page = open_tab(f"{address}{name}/", scripts=False).page
    if name in NEEDS_SCRIPTS:
        assert page.locator(".atlas-noscript").is_visible()
    else:
        rows = page.locator(f"#{LISTS[name]} [data-f]:not(svg *)").count()
        assert rows == number(page) > 20
        assert not page.locator(".atlas-filter").is_visible()
