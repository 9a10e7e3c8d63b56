"""The atlas in a real browser: a reader's way from the home page to a topic, and what every page owes to everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OpenTab = Callable[..., Any]
DESKTOP, PHONE = (1440, 900), (390, 844)
TOPIC = "model-architecture-research/attention-mechanisms/multi-query-attention/"
BRIEF = "training-methods/training-stability/gradient-methods/"
PAGES = {
    "home": "",
    "area": "model-architecture-research/",
    "subarea": "model-architecture-research/attention-mechanisms/",
    "full topic": TOPIC,
    "topic": BRIEF,
    "references": "references/",
    "names": "names/",
    "search": "search/?q=attention",
    "your atlas": "yours/",
    "rules": "rules/",
    "fields": "schema/",
    "hand-written": "about/",
    "guide to the data": "data/",
    "recipes": "recipes/",
    "explorer": "explore/",
    "open problems": "open-problems/",
    "findings": "findings/",
    "benchmarks": "benchmarks/",
    "implementations": "implementations/",
    "map": "map/",
    "timeline": "timeline/",
    "comparison": "compare/?a=sparse-attention&b=linear-attention",
    "reading path": "paths/?to=flash-attention",
}


@pytest.fixture(scope="module")
def address(published: Path, serve: Callable[..., str]) -> str:
    return serve(published, "/genai-atlas/")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_reader_finds_a_topic_by_a_name_it_does_not_bear(
    address: str, open_tab: OpenTab, size: tuple[int, int]
) -> None:
    tab = open_tab(address, size)
    page = tab.page
    box = page.locator("main input[type=search], .atlas-hero input[type=search]").first
    box.fill("one write head")
    box.press("Enter")
    page.wait_for_url("**/search/?q=**")
    results = page.locator('[data-atlas-search="results"] a[href]')
    results.first.wait_for()
    assert page.locator('[data-atlas-search="input"]').input_value() == "one write head"
    results.first.click()
    page.wait_for_url(f"**/{TOPIC}")
    assert page.locator("h1").inner_text() == "Multi-Query Attention"
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert tab.said == []
    assert tab.foreign(address) == []


QUERIES = {
    "MQA": "multi-query-attention/",
    "multi query": "multi-query-attention/",
    "kvcache": ("inference-techniques/", "memory-usage/"),  # in decoding, and its size
    "difusion": "image-synthesis/",
    "rlhf": "feedback-integration/",
    "gaussian spliting": "3d-modeling/",
    "chain of thought": "inference-techniques/",
    "self attention": "model-architecture-research/",
}


@pytest.mark.parametrize("query", QUERIES)
def test_search_page_puts_the_right_page_first(address: str, open_tab: OpenTab, query: str) -> None:
    tab = open_tab(f"{address}search/?q={query}")
    first = tab.page.locator('[data-atlas-search="results"] a[href]').first
    first.wait_for()
    assert first.get_attribute("href").endswith(QUERIES[query])


def test_full_text_finds_what_no_name_says(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(f"{address}search/?q=TriviaQA")
    links = tab.page.locator('[data-atlas-search="results"] a[href]')
    links.first.wait_for()
    assert any("multi-query-attention" in link.get_attribute("href") for link in links.all())
    assert tab.said == []
    assert tab.foreign(address) == []


def test_topic_is_complete_without_scripts(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address + TOPIC, scripts=False)
    for heading in ("Overview", "Findings", "Open problems", "References"):
        assert tab.page.get_by_role("heading", name=heading, exact=False).first.is_visible(), heading
    assert tab.page.locator(".atlas-findings tr:has(.atlas-value)").count() == 7
    assert [url for url in tab.asked if url.endswith(".js")] == []


def test_lost_reader_gets_the_nearest_pages(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(f"{address}training-methods/efficient-training/flash-atention/")
    link = tab.page.get_by_role("link", name="Flash Attention").first
    link.wait_for()
    link.click()
    tab.page.wait_for_url("**/genai-atlas/training-methods/efficient-training/flash-attention/")
    assert tab.foreign(address) == []
