"""The list of what a browser keeps for reading offline."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from genai_atlas.offline import keep_offline

WORKER = 'const VERSION = "";\ncode();\n'
FILES = {
    "index.html": "home",
    "a/b/index.html": "page",
    "404.html": "lost",
    "pagefind/pagefind.js": "search",
    "sitemap.xml": "map",
    "sw.js": WORKER,
    "a/b/index.md": "twin",
    "data/atlas.json": "all",
    "data/index.html": "guide",
    "llms.txt": "list",
}


def make(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "assets").mkdir()
    keep_offline(folder)
    return folder


def listed(site: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((site / "assets/offline.json").read_text())
    return found


def test_list_names_every_file_with_hash_and_size(tmp_path: Path) -> None:
    site = make(tmp_path / "site", FILES)
    kept = ["404.html", "a/b/index.html", "data/index.html", "index.html", "pagefind/pagefind.js"]
    hashes = [base64.b64encode(hashlib.sha256(FILES[path].encode()).digest()).decode()[:12] for path in kept]
    sizes = [len(FILES[path]) for path in kept]
    assert listed(site)["files"] == [list(row) for row in zip(kept, hashes, sizes, strict=True)]
    assert listed(site)["bytes"] == 23


def test_worker_bears_the_version_of_the_list(tmp_path: Path) -> None:
    site = make(tmp_path / "site", FILES)
    assert (site / "sw.js").read_text() == WORKER.replace('""', f'"{listed(site)["version"]}"')


def test_same_site_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", FILES), make(tmp_path / "two", dict(reversed(FILES.items())))
    for path in ("sw.js", "assets/offline.json"):
        assert (one / path).read_bytes() == (two / path).read_bytes()


@pytest.mark.parametrize("path", ["index.html", "pagefind/pagefind.js", "sw.js"])
def test_any_change_is_another_version(tmp_path: Path, path: str) -> None:
    one, two = make(tmp_path / "one", FILES), make(tmp_path / "two", FILES | {path: FILES[path] + "x"})
    assert listed(one)["version"] != listed(two)["version"]


@pytest.mark.parametrize("path", ["a/b/index.md", "data/atlas.json", "llms.txt"])
def test_what_is_for_programs_is_not_kept(tmp_path: Path, path: str) -> None:
    one, two = make(tmp_path / "one", FILES), make(tmp_path / "two", FILES | {path: FILES[path] + "x"})
    assert listed(one) == listed(two)


def test_site_without_a_worker_gets_no_list(tmp_path: Path) -> None:
    site = make(tmp_path / "site", {path: text for path, text in FILES.items() if path != "sw.js"})
    assert not (site / "assets/offline.json").exists()
