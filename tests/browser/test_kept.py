"""The site kept for reading offline: asked for, read without a network, replaced by a newer build, removed."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tea import STEEPING, tea_with

OpenTab = Callable[..., Any]
BASE = "/genai-atlas/"
TOPIC = "brewing/infusion/steeping/"
STATUS = "[data-slot=offline]"
CACHES = """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async name =>
    [name, (await (await caches.open(name)).keys()).length])))"""

UPDATE = """async () => {
    const registration = await navigator.serviceWorker.ready;
    const found = new Promise(done => registration.addEventListener("updatefound", () => {
        const worker = registration.installing;
        worker.addEventListener("statechange", () => done(worker.state));
    }));
    registration.update().catch(() => {});
    return found;
}"""
"""The first state that a newer worker comes to."""


@pytest.fixture(scope="module")
def builds(build_tea: Callable[..., Path]) -> tuple[Path, Path]:
    return build_tea(BASE), build_tea(BASE, tea_with((STEEPING, "value: 1.4\n", "value: 1.5\n")))


@pytest.fixture
def site(builds: tuple[Path, Path], host: Callable[..., Any]) -> Any:
    return host(builds[0], BASE)


def listed(folder: Path) -> Any:
    return json.loads((folder / "assets/offline.json").read_text("utf-8"))


def keep(page: Any, site: Any) -> None:
    page.goto(f"{site.url}yours/#offline")
    page.get_by_role("button", name="Keep offline").click()
    page.locator(STATUS, has_text="The whole site is kept").wait_for()


def value(page: Any) -> str:
    return str(page.locator(".atlas-value").first.inner_text())


def test_nothing_is_kept_unasked(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(site.url).page
    page.goto(f"{site.url}yours/")
    button = page.get_by_role("button", name="Keep offline")
    button.wait_for()
    megabytes = listed(site.folder)["bytes"] / 1e6
    assert button.inner_text() == f"Keep offline ({megabytes:.1f} MB)"
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    assert page.evaluate(CACHES) == {}


def test_kept_site_is_read_searched_and_lost_in_without_a_network(site: Any, open_tab: OpenTab) -> None:
    tab = open_tab(site.url)
    page = tab.page
    keep(page, site)
    files = listed(site.folder)["files"]
    assert f"{len(files)} files" in page.locator(STATUS).inner_text()
    assert list(page.evaluate(CACHES).values()) == [len(files) + 1]  # with the list itself
    site.is_down = True
    page.goto(site.url)
    page.get_by_role("link", name="Steeping").first.click()
    page.wait_for_url(f"**/{TOPIC}")
    assert page.locator("h1").inner_text() == "Steeping"
    page.goto(site.url + TOPIC.rstrip("/"))
    assert page.url == site.url + TOPIC
    page.goto(f"{site.url}search/?q=household")
    page.locator("[data-atlas-search=results] h2", has_text="In the text").wait_for()
    assert page.locator("[data-atlas-search=results] a", has_text="Steeping").count() > 0
    assert tab.said == []
    lost = page.goto(f"{site.url}brewing/infusion/whisknig/")
    assert lost.status == 404
    page.locator("[data-atlas-nearest] a", has_text="Whisking").wait_for()
    assert tab.foreign(site.url) == []


def test_newer_build_replaces_the_copy_as_a_whole(site: Any, builds: tuple[Path, Path], open_tab: OpenTab) -> None:
    page = open_tab(site.url).page
    keep(page, site)
    page.goto(site.url + TOPIC)
    assert value(page) == "1.4"
    old, new = (dict(map(lambda row: row[:2], listed(folder)["files"])) for folder in builds)
    changed = {path for path, digest in new.items() if old.get(path) != digest}
    site.folder = builds[1]
    site.asked.clear()
    page.reload()
    assert value(page) == "1.4"
    (first,) = page.evaluate("caches.keys()")
    replaced(page, first)
    # The page that is open goes on with its own build, also for what it loads only now.
    later = html.unescape(page.evaluate("path => fetch(path).then(r => r.text())", site.url + TOPIC))
    assert '<p class="atlas-value">1.4</p>' in later
    page.reload()
    assert value(page) == "1.5"
    asked = {path.removeprefix(BASE) for path in site.asked}
    files = {f"{path}index.html" if path.endswith("/") or not path else path for path in asked}
    assert files == {"sw.js", "assets/offline.json", *changed}
    page.reload()
    site.is_down = True
    page.goto(site.url + TOPIC)
    assert value(page) == "1.5"
    (name,) = page.evaluate(CACHES)
    assert name.endswith(listed(builds[1])["version"])


def replaced(page: Any, old: str) -> None:
    """Waits until another build's worker is at work."""
    for _ in range(100):
        if page.evaluate(
            """async old => { const r = await navigator.serviceWorker.ready, names = await caches.keys();
            return names.some(n => n !== old) && r.active?.state === "activated" && !r.installing && !r.waiting; }""",
            old,
        ):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the newer build was not taken over")


def test_build_that_arrives_in_parts_changes_nothing(
    site: Any, builds: tuple[Path, Path], open_tab: OpenTab, tmp_path: Path
) -> None:
    page = open_tab(site.url).page
    keep(page, site)
    before = page.evaluate(CACHES)
    mixed = tmp_path / "mixed"
    shutil.copytree(builds[1], mixed)
    shutil.copyfile(builds[0] / TOPIC / "index.html", mixed / TOPIC / "index.html")
    site.folder = mixed
    page.goto(f"{site.url}yours/")
    assert page.evaluate(UPDATE) == "redundant"
    assert page.evaluate(CACHES) == before
    page.goto(site.url + TOPIC)
    assert value(page) == "1.4"


def test_copy_that_cannot_be_made_is_told_and_leaves_nothing(
    site: Any, builds: tuple[Path, Path], open_tab: OpenTab, tmp_path: Path
) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(builds[0], torn)
    (torn / "assets/names.json").unlink()
    site.folder = torn
    page = open_tab(f"{site.url}yours/").page
    page.get_by_role("button", name="Keep offline").click()
    status = page.locator(STATUS, has_text="could not be made")
    status.wait_for()
    assert "the site answered 404 for assets/names.json. Nothing is kept." in status.inner_text()
    assert page.evaluate(CACHES) == {}
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0


def test_copy_is_removed_and_can_be_made_again(site: Any, open_tab: OpenTab) -> None:
    page = open_tab(site.url).page
    keep(page, site)
    page.reload()
    page.get_by_role("button", name="Remove the offline copy").click()
    page.locator(STATUS, has_text="removed").wait_for()
    assert page.evaluate(CACHES) == {}
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    page.get_by_role("button", name="Keep offline").click()
    page.locator(STATUS, has_text="The whole site is kept").wait_for()
    assert list(page.evaluate(CACHES).values()) == [len(listed(site.folder)["files"]) + 1]
    page.goto(site.url)
    site.is_down = True
    page.goto(site.url + TOPIC)
    assert page.locator("h1").inner_text() == "Steeping"
