"""The atlas in Firefox, driven over WebDriver BiDi by node: what tests/browser/node/firefox.mjs prints of each page."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from needs import missing
from test_reading import PAGES, TOPIC

NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def heard(published: Path, serve: Callable[..., str]) -> dict[str, Any]:
    """Every kind of page, opened once in one run of Firefox."""
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if firefox is None or shutil.which("node") is None:
        missing("no Firefox or no node is on the path")
    if not (NODE / "node_modules").is_dir():
        missing(f"puppeteer-core is not installed: npm ci --prefix {NODE}")
    address = serve(published, "/genai-atlas/")
    pages = json.dumps([[name, address + path] for name, path in PAGES.items()])
    run = subprocess.run(
        ["node", "firefox.mjs", str(firefox), pages], cwd=NODE, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_page_has_neither_errors_nor_violations_of_the_policy(heard: dict[str, Any], name: str) -> None:
    assert heard[name]["said"] == []
    assert heard[name]["refused"] == []
    assert heard[name]["text"] > 200
    assert "Atlas Serif" in heard[name]["fonts"]


@pytest.mark.browser
def test_formulas_are_drawn_in_their_font(heard: dict[str, Any], published: Path) -> None:
    drawn = heard["full topic"]["math"]
    text = (published / TOPIC / "index.html").read_text("utf-8")
    assert len(drawn) == text.count("<math") > 20
    assert all(width > 2 and height > 5 for width, height in drawn)
    assert max(height for _, height in drawn) > 40  # a fraction is higher than a line
    assert "Atlas Math" in heard["full topic"]["fonts"]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["search", "comparison", "reading path"])
def test_what_is_put_together_in_the_browser_comes(heard: dict[str, Any], name: str) -> None:
    assert heard[name]["results"] > 1
