"""Measures of the pipeline, as ratios taken in one run, each beside its bar. `make bench` prints them.

Times are the best of several runs that alternate between the two sides of a ratio, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from fabricate import ROOT, fabricate
from genai_atlas import prose, source
from genai_atlas.files import write
from genai_atlas.render import Settings, render
from genai_atlas.site import examine

QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}


@dataclass(frozen=True)
class Measure:
    name: str
    value: float
    bar: float
    unit: str
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.value <= self.bar


def best(runs: int, *sides: Callable[[], object]) -> list[float]:
    """The shortest time of each side in seconds, the sides taking turns."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(runs):
        for side, taken in zip(sides, times, strict=True):
            start = time.perf_counter()
            side()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def bare_load(root: Path) -> None:
    for path in sorted((root / "taxonomy").rglob("*.yaml")):
        yaml.load(path.read_bytes(), yaml.CSafeLoader)


def validate(root: Path) -> None:
    # Else only the first run would read anything.
    prose.parse.cache_clear()
    source.read.cache_clear()
    examine(root)


def rendered(root: Path) -> Callable[[], object]:
    atlas, cache = examine(root).atlas, root / "build/cache"
    render(atlas, Settings(), cache)  # the fonts are cut once, whatever the number of topics
    return lambda: render(atlas, Settings(), cache)


def validating(folder: Path) -> Iterator[Measure]:
    for name, root in (("the taxonomy", ROOT), ("120 fabricated full topics", fabricate(folder / "120", 120))):
        bare, ours = best(5, lambda root=root: bare_load(root), lambda root=root: validate(root))
        yield Measure(f"validate {name}", ours / bare, 3, "x bare CSafeLoader", f"{ours:.3f} s against {bare:.3f} s")


def scaling(folder: Path) -> Iterator[Measure]:
    small, large = folder / "120", fabricate(folder / "1200", 1200)
    for name, prepare in (("validate", lambda root: lambda: validate(root)), ("render", rendered)):
        few, many = best(3, prepare(small), prepare(large))
        note = f"{1000 * many / 1200:.2f} ms against {1000 * few / 120:.2f} ms"
        yield Measure(f"{name}: time a topic at 1,200", many / 1200 / (few / 120), 1.2, "x at 120", note)


def building(folder: Path) -> Iterator[Measure]:
    root = copy_of_project(folder / "project")
    run(root, "genai-atlas", "build")
    bare = bare_settings(root)

    def ours() -> None:
        shutil.rmtree(root / "build", ignore_errors=True)
        run(root, "genai-atlas", "build")

    def theirs() -> None:
        run(root, "mkdocs", "build", "--quiet", "-f", str(bare))

    theirs_best, ours_best = best(4, theirs, ours)
    note = f"{ours_best:.2f} s against {theirs_best:.2f} s"
    yield Measure("build from YAML to site", ours_best / theirs_best, 1.25, "x bare mkdocs build", note)
    pages = render(examine(root).atlas, Settings(), root / "build/cache")
    write(pages, folder / "pages")
    yield Measure("second render, nothing changed", len(write(pages, folder / "pages")), 0, "files written")
    yield reproducibility(folder, root)
    yield from weights(root / "site")


def editing(folder: Path) -> Iterator[Measure]:
    """From the moment at which a topic is saved to that at which its page, fetched as a browser does, says so."""
    root = folder / "project"
    full_s = best(2, lambda: run(root, "mkdocs", "build", "--quiet", "-d", str(folder / "whole")))[0]
    with serving(root) as url:
        times = [seen(root, url, f"Edit number {n}") for n in range(10)]
    median_s = statistics.median(times)
    note = f"median of ten; from {min(times):.2f} to {max(times):.2f} s"
    yield Measure("edit of a topic to its page", median_s, 1, "s", note)
    note = f"{median_s:.2f} s against {full_s:.2f} s"
    yield Measure("edit of a topic to its page", median_s / full_s, 0.4, "x mkdocs build", note)


TOPIC = "model-architecture-research/attention-mechanisms/sparse-attention"


@contextmanager
def serving(root: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("genai-atlas")
    command = [str(program), "serve", "--address", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=root, env=os.environ | QUIET, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}/genai-atlas/{TOPIC}/"
        while process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(url):
                break
            time.sleep(0.2)
        try:
            yield url
        finally:
            process.kill()


def seen(root: Path, url: str, text: str) -> float:
    with urllib.request.urlopen(url) as page:
        epoch, request = page.read().decode().rpartition("livereload(")[2].partition(")")[0].split(", ")
    path = root / f"taxonomy/{TOPIC}.yaml"
    edited = re.sub(r"(summary: >-\n)(?:  Edit number \d+\.\n)?", rf"\1  {text}.\n", path.read_text("utf-8"), count=1)
    start = time.perf_counter()
    path.write_text(edited, "utf-8")
    with urllib.request.urlopen(f"{url.split('/genai-atlas/')[0]}/livereload/{epoch}/{request}") as answer:
        answer.read()
    with urllib.request.urlopen(url) as page:
        assert text in page.read().decode()
    return time.perf_counter() - start


def copy_of_project(target: Path) -> Path:
    for name in ("taxonomy", "docs"):
        shutil.copytree(ROOT / name, target / name)
    settings = (ROOT / "mkdocs.yml").read_text("utf-8").replace("src/genai_atlas", f"{ROOT.as_posix()}/src/genai_atlas")
    (target / "mkdocs.yml").write_text(settings, "utf-8")
    return target


def bare_settings(root: Path) -> Path:
    """MkDocs with Material as it comes, its search on and its navigation pruned, on a copy of the same Markdown."""
    shutil.copytree(root / "build/docs", root / "bare-docs")
    settings: dict[str, Any] = {
        "site_name": "bare",
        "docs_dir": "bare-docs",
        "site_dir": "bare-site",
        "theme": {"name": "material", "font": False, "features": ["navigation.prune"]},
        "plugins": ["search"],
        "markdown_extensions": ["attr_list", "md_in_html", "admonition", "tables", {"toc": {"permalink": "#"}}],
    }
    path = root / "bare.yml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


def run(root: Path, *command: str) -> None:
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(program), *command[1:]], cwd=root, env=os.environ | QUIET, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def reproducibility(folder: Path, root: Path) -> Measure:
    """The same sources in a folder of another name, with another time zone, locale and hash seed."""
    other = copy_of_project(folder / "another folder")
    changed = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "77"}
    os.environ.update(changed)
    try:
        run(other, "genai-atlas", "build")
    finally:
        for name in changed:
            del os.environ[name]
    one, two = hashes(root / "site"), hashes(other / "site")
    different = [path for path in one.keys() | two.keys() if one.get(path) != two.get(path)]
    note = f"of {len(one)}" + (f": {', '.join(sorted(different)[:5])}" if different else "")
    return Measure("two builds in two folders", len(different), 0, "files differ", note)


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def weights(site: Path) -> Iterator[Measure]:
    """Bytes over the wire of the heaviest page of each sort: gzip for text, fonts as they are."""
    assets = {
        name: weight(site / "assets" / name) for name in ("atlas.css", "atlas.js", "icon.svg", "atlas-serif.woff2")
    }
    shared = sum(assets.values())
    math = weight(site / "assets/atlas-math.woff2")
    topics = {path: path.read_text("utf-8") for path in site.glob("*/*/*/index.html")}
    with_formula = [path for path, text in topics.items() if "<math" in text]
    without = [path for path in topics if path not in with_formula]
    for name, pages, extra, bar in (
        ("home", [site / "index.html"], 0, 60),
        ("topic without a formula", without, 0, 100),
        ("topic with a formula", with_formula, math, 130),
    ):
        if pages:
            heaviest = max(pages, key=weight)
            kilobytes = (weight(heaviest) + shared + extra) / 1000
            yield Measure(f"{name}, over the wire", kilobytes, bar, "kB", heaviest.parent.relative_to(site).as_posix())
    yield Measure("HTML of a topic", max(map(weight, topics)) / 1000, 20, "kB gz")
    yield Measure("stylesheet", assets["atlas.css"] / 1000, 10, "kB gz")
    yield Measure("script", assets["atlas.js"] / 1000, 10, "kB gz")
    yield Measure("math font", math / 1000, 66, "kB")


def weight(path: Path) -> int:
    data = path.read_bytes()
    return len(data) if path.suffix == ".woff2" else len(gzip.compress(data, 9))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", type=Path, help="also write the measures here")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="genai-atlas-bench-") as name:
        folder = Path(name)
        measures = []
        for group in (validating, scaling, building, editing):
            for measure in group(folder):
                measures.append(measure)
                mark = "ok  " if measure.holds else "MISS"
                figure = f"{measure.value:8.2f} {measure.unit:22} bar {measure.bar:g}"
                print(f"{mark} {measure.name:42} {figure}  {measure.note}", flush=True)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps([asdict(measure) for measure in measures], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
