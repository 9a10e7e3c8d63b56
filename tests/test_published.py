"""The atlas as it is published: every page of the built site, read by a parser that nobody here wrote."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest

BASE = "https://example.org/genai-atlas/"
NAMESPACE = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def pages(published: Path) -> dict[str, str]:
    """Address below the base path -> text of the page."""
    return {
        path.relative_to(published).as_posix().removesuffix("index.html"): path.read_text("utf-8")
        for path in sorted(published.rglob("*.html"))
    }


def test_every_topic_area_and_subarea_has_a_page(pages: dict[str, str]) -> None:
    depths = Counter(address.count("/") for address in pages if address.split("/")[0] in AREAS)
    assert depths == {1: 8, 2: 24, 3: 120}


AREAS = frozenset(
    {
        "model-architecture-research",
        "training-methods",
        "multimodal-research",
        "performance-optimization",
        "application-domains",
        "theoretical-research",
        "evaluation-methods",
        "emerging-research-areas",
    }
)


def test_pages_are_well_formed(pages: dict[str, str]) -> None:
    faults = {}
    for address, text in pages.items():
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(text)
        if parser.errors:
            faults[address] = [(place, code) for place, code, _ in parser.errors][:3]
    assert faults == {}


def test_ids_are_unique_and_nothing_is_styled_inline(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        repeated = [name for name, count in Counter(re.findall(r'\sid="([^"]+)"', text)).items() if count > 1]
        assert repeated == [], address
        assert " style=" not in text, address
        assert not re.search(r"\son[a-z]+=", text), address


def test_links_and_anchors_lead_somewhere(pages: dict[str, str], published: Path) -> None:
    anchors = {address: set(re.findall(r'\sid="([^"]+)"', text)) for address, text in pages.items()}
    broken = []
    for address, text in pages.items():
        if address == "404.html":
            continue
        for href in re.findall(r'\s(?:href|src)="([^"]+)"', text):
            target = urljoin(BASE + address, html.unescape(href))
            if not target.startswith(BASE):
                continue
            path, fragment = urlsplit(target).path.removeprefix("/genai-atlas/"), urlsplit(target).fragment
            if path in anchors:
                if fragment and fragment not in anchors[path]:
                    broken.append((address, href))
            elif not (published / path).is_file():
                broken.append((address, href))
    assert broken == []


def test_pages_load_nothing_from_another_host(pages: dict[str, str]) -> None:
    tags = r'<(?:script|img|iframe|source|link rel="(?!canonical)[^"]*")'
    loading = re.compile(tags + r'[^>]*(?:src|href)="(?:https?:)?//[^"]+"')
    assert {address: match[0] for address, text in pages.items() if (match := loading.search(text))} == {}


def test_every_page_names_its_language_policy_and_place(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        assert '<html lang="en"' in text, address
        assert "Content-Security-Policy" in text, address
        assert "<title>" in text, address
        if address != "404.html" and 'http-equiv="refresh"' not in text:
            assert f'<link rel="canonical" href="{BASE}{address}">' in text, address


def test_finder_knows_every_page_of_the_outline(pages: dict[str, str], published: Path) -> None:
    rows = json.loads((published / "assets/names.json").read_text("utf-8"))
    addresses = [row[2] for row in rows]
    assert len(addresses) == len(set(addresses)) == 8 + 24 + 120
    assert set(addresses) <= set(pages)


def test_every_page_offers_the_search_to_the_browser(pages: dict[str, str], published: Path) -> None:
    assert 'template="https://example.org/genai-atlas/search/?q={searchTerms}"' in (
        published / "opensearch.xml"
    ).read_text("utf-8")
    link = re.compile(r'<link rel="search" type="application/opensearchdescription\+xml" title="[^"]+" href="([^"]+)"')
    for address, text in pages.items():
        found = link.findall(text)
        assert len(found) == 1, address
        assert urljoin(f"{BASE}{address}", found[0]) == f"{BASE}opensearch.xml", address


def test_every_page_offers_the_feed_of_the_atlas_and_of_its_area(pages: dict[str, str], published: Path) -> None:
    link = re.compile(r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)"')
    for address, text in pages.items():
        area = address.split("/")[0]
        expected = ["atlas", *([area] if area in AREAS else [])]
        found = [urljoin(f"{BASE}{address}", href) for href in link.findall(text)]
        assert found == [f"{BASE}changes/{name}.xml" for name in expected], address
        assert all((published / f"changes/{name}.xml").is_file() for name in expected)


def test_page_of_changes_links_to_every_feed(pages: dict[str, str]) -> None:
    linked = re.findall(r'<a href="(\S+?\.xml)"', pages["changes/"])
    assert {urljoin(f"{BASE}changes/", href) for href in linked} == {
        f"{BASE}changes/{name}.xml" for name in {"atlas", *AREAS}
    }
