"""From a page to its data, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OpenTab = Callable[..., Any]
TOPIC = "model-architecture-research/attention-mechanisms/multi-query-attention"


@pytest.fixture(scope="module")
def address(published: Path, serve: Callable[..., str]) -> str:
    return serve(published, "/genai-atlas/")


@pytest.mark.parametrize("path", [TOPIC, TOPIC.rpartition("/")[0], TOPIC.partition("/")[0]])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_head_of_a_page_leads_to_its_data_by_keyboard(
    address: str, open_tab: OpenTab, path: str, scripts: bool
) -> None:
    tab = open_tab(f"{address}{path}/", (390, 844), scripts=scripts)
    page = tab.page
    summary = page.locator(".atlas-actions summary", has_text="Data")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    links = {link.inner_text(): link.get_attribute("href") for link in page.locator(".atlas-actions [open] a").all()}
    assert list(links) == ["This page as JSON", "This page as Markdown"]
    assert page.locator(":focus").inner_text() == "This page as JSON"
    document = page.request.get(f"{address}{path}/{links['This page as JSON']}").json()
    assert document["path"] == path
    markdown = page.request.get(f"{address}{path}/{links['This page as Markdown']}").text()
    assert markdown.startswith(f"# {document['title']}\n")
    assert tab.foreign(address) == []


def test_programs_find_the_data_in_the_head(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}{TOPIC}/").page
    found = page.eval_on_selector_all("link[rel=alternate]", "links => links.map(link => [link.type, link.href])")
    assert [kind for kind, _ in found] == ["application/json", "text/markdown", *["application/atom+xml"] * 2]
    for _, target in found:
        assert page.request.get(target).ok
