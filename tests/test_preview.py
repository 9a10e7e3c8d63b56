"""The site under `serve`: an edit is seen at once, a fault costs no page, and what is shown is what a build makes."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from genai_atlas import files, preview
from genai_atlas.diagnostics import Location, Rule
from genai_atlas.preview import Preview, overlay
from small import AREA, SUBAREA, TOPICS, atlas, make, topic

ALPHA = f"{AREA}/{SUBAREA}/alpha/index.html"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path / "root", atlas())


@pytest.fixture
def shown(root: Path, tmp_path: Path) -> Iterator[Preview]:
    made = Preview(root, "127.0.0.1:8000", tmp_path / "shown")
    made.refresh()
    assert made.faults == ()
    yield made
    made.close()


def page(shown: Preview, path: str = ALPHA) -> str:
    shown.make(path)
    return (shown.live / path).read_text("utf-8")


def edit(shown: Preview, contents: dict[str, str]) -> list[str]:
    make(shown.root, contents)
    shown.refresh()
    return [f"{fault.location.path} {fault.code}" for fault in shown.faults]


# ---------------------------------------------------------------- an edit


def test_edit_is_on_the_page_and_wherever_else_it_is_said(shown: Preview) -> None:
    assert "Alpha" in page(shown)
    assert edit(shown, {f"{TOPICS}/alpha.yaml": topic("alpha", title="Renamed")}) == []
    beta = f"{AREA}/{SUBAREA}/beta/index.html"
    for path in (ALPHA, beta, "names/index.html", "search/index.html", "assets/names.json"):
        assert "Renamed" in page(shown, path)
    assert "Renamed" in page(shown, "data/atlas.json")


def test_nothing_is_made_before_it_is_asked_for(shown: Preview) -> None:
    page(shown)
    assert [path.relative_to(shown.live).as_posix() for path in shown.live.rglob("*.html")] == [ALPHA]


def test_topic_that_is_added_has_a_page_and_one_that_is_removed_has_none(shown: Preview) -> None:
    subarea = (shown.root / TOPICS / "subarea.yaml").read_text()
    more = {
        f"{TOPICS}/subarea.yaml": subarea.replace("epsilon]", "epsilon, zeta]"),
        f"{TOPICS}/zeta.yaml": topic("alpha", title="Zeta").replace("to: beta", "to: gamma"),
    }
    make(shown.root, more)
    shown.refresh()
    zeta = f"{AREA}/{SUBAREA}/zeta/index.html"
    assert "Zeta" in page(shown, zeta)
    (shown.root / f"{TOPICS}/zeta.yaml").unlink()
    make(shown.root, {f"{TOPICS}/subarea.yaml": subarea})
    shown.refresh()
    assert shown.faults == ()
    shown.make(zeta)
    assert not (shown.live / zeta).exists()


def test_hand_written_page_links_to_data(shown: Preview) -> None:
    assert edit(shown, {"docs/about.md": "# About\n\n[all](data/atlas.json), [fields](schema.md)\n"}) == []
    made = page(shown, "about/index.html")
    assert 'href="../data/atlas.json"' in made
    assert 'href="../schema/"' in made


def test_settings_are_read_anew(shown: Preview) -> None:
    settings = (shown.root / "mkdocs.yml").read_text()
    assert edit(shown, {"mkdocs.yml": settings.replace("site_name: Small", "site_name: Changed name")}) == []
    assert "Changed name" in page(shown)


def test_what_is_shown_is_what_a_build_makes_whatever_was_edited_before(shown: Preview) -> None:
    draw = random.Random(5)
    for _ in range(6):
        slug = draw.choice(("alpha", "beta", "gamma"))
        edits = {
            f"{TOPICS}/{slug}.yaml": draw.choice(
                (topic(slug, title=f"Number {draw.random()}"), topic(slug), "title: [\n", topic(slug, scope="New $x$."))
            )
        }
        if draw.random() < 0.4:
            edits["docs/about.md"] = f"# About {draw.random()}\n"
        edit(shown, edits)
        page(shown, draw.choice((ALPHA, "index.html", "data/atlas.json", "assets/atlas.css", "about/index.html")))
    edit(shown, {f"{TOPICS}/{slug}.yaml": topic(slug, title=f"Last {slug}") for slug in ("alpha", "beta", "gamma")})
    shown._build_whole()
    built = {path.relative_to(shown.whole).as_posix(): path for path in shown.whole.rglob("*") if path.is_file()}
    differing = []
    for path, file in built.items():
        if not path.startswith("pagefind/") and path != "sitemap.xml.gz":
            shown.make(path)
            if not (shown.live / path).exists() or (shown.live / path).read_bytes() != file.read_bytes():
                differing.append(path)
    assert differing == []
    assert len(built) > 60


def test_full_text_is_indexed_when_it_is_searched(shown: Preview) -> None:
    entry = "pagefind/pagefind-entry.json"
    first = page(shown, entry)
    edit(shown, {f"{TOPICS}/alpha.yaml": topic("alpha", title="Aardvark")})
    assert page(shown, entry) != first


# ---------------------------------------------------------------- faults

FAULTS = {
    "not YAML": (f"{TOPICS}/alpha.yaml", "title: [\n", "S105"),
    "empty": (f"{TOPICS}/alpha.yaml", "", "S114"),
    "half-written": (f"{TOPICS}/alpha.yaml", topic("alpha")[:200], "S1"),
    "missing field": (f"{TOPICS}/alpha.yaml", "title: Alpha\n", "F2"),
    "unknown field": (f"{TOPICS}/alpha.yaml", topic("alpha") + "odd: 1\n", "F2"),
    "unknown link": (f"{TOPICS}/alpha.yaml", topic("alpha", scope="See [[nowhere]]."), "L301"),
    "unknown work": (f"{TOPICS}/alpha.yaml", topic("alpha", scope="As said [@doe2020none]."), "R401"),
    "broken area": (f"taxonomy/{AREA}/area.yaml", "", "S114"),
    "broken atlas": ("taxonomy/atlas.yaml", "title: [", "S105"),
    "broken records": ("taxonomy/references/2020.yaml", "x", "S115"),
    "broken settings": ("mkdocs.yml", "site_name: [", "B201"),
    "unknown setting": ("mkdocs.yml", "nonsense: 1\n", "B201"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_fault_is_told_within_two_seconds_while_the_last_good_page_stays(shown: Preview, what: str) -> None:
    path, text, code = FAULTS[what]
    good, before = (shown.root / path).read_text(), page(shown)
    started = time.perf_counter()
    found = edit(shown, {path: text})
    after = page(shown)
    assert time.perf_counter() - started < 2
    assert any(told.startswith(f"{path} {code}") for told in found), found
    assert path in overlay(shown.faults)
    assert after.partition("<title>")[2].partition("<")[0] == before.partition("<title>")[2].partition("<")[0]
    assert edit(shown, {path: good}) == []
    assert page(shown) == before


def test_vanished_file_keeps_its_page_until_nobody_lists_it(shown: Preview) -> None:
    before = page(shown)
    (shown.root / f"{TOPICS}/alpha.yaml").unlink()
    shown.refresh()
    assert "L304" in {fault.code for fault in shown.faults}
    assert before.partition("<h1")[2][:200] == page(shown).partition("<h1")[2][:200]


def test_faulty_entry_is_shown_as_it_was_and_other_edits_as_they_are(shown: Preview) -> None:
    edit(shown, {f"{TOPICS}/alpha.yaml": "title: [\n", f"{TOPICS}/beta.yaml": topic("beta", title="Seen")})
    assert "Alpha" in page(shown)
    assert "Seen" in page(shown, f"{AREA}/{SUBAREA}/beta/index.html")


def test_overlay_says_place_and_fix_of_every_error_as_text() -> None:
    rule = Rule("X1", "x", "Why.", "a", "b")
    told = overlay([rule.at(Location("taxonomy/<a>.yaml", 3, 5), "no '<b>'", "write <c> & d")])
    assert "taxonomy/&lt;a&gt;.yaml:3:5" in told
    assert "write &lt;c&gt; &amp; d" in told
    assert 'role="alert"' in told
    assert overlay([]) == ""


# ---------------------------------------------------------------- the server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    def __init__(self, process: subprocess.Popen[bytes], log: Path, url: str) -> None:
        self.process, self.log, self.url = process, log, url

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.read().decode())

    def until(self, met: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not met():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)


@contextmanager
def serving(root: Path, command: list[str]) -> Iterator[Served]:
    address = f"127.0.0.1:{free_port()}"
    log = root.parent / "serve.log"
    arguments = [sys.executable, *(part.format(root=root, address=address) for part in command)]
    with log.open("wb") as file:
        process = subprocess.Popen(arguments, cwd=root, stdout=file, stderr=file)
    try:
        served = Served(process, log, f"http://{address}/small/")
        served.until(lambda: "Serving on" in log.read_text())
        yield served
    finally:
        process.kill()
        process.wait()


OURS = ["-m", "genai_atlas.cli", "--root", "{root}", "serve", "--address", "{address}"]
PLAIN = ["-m", "mkdocs", "serve", "-a", "{address}"]


@pytest.mark.parametrize(
    ("command", "reading"),
    [(OURS, "Reading the data..."), (PLAIN, "Building documentation...")],
    ids=["genai-atlas serve", "mkdocs serve"],
)
def test_server_reads_once_an_edit_and_shows_faults(root: Path, command: list[str], reading: str) -> None:
    address = f"{AREA}/{SUBAREA}/alpha/"
    edits = [
        (topic("alpha", title="Renamed"), "Renamed"),
        ("title: [\n", "S105"),
        ("", "S114"),
        (topic("alpha", title="Mended"), "Mended"),
    ]
    with serving(root, command) as served:
        assert "Alpha" in served.get(address)
        first = served.log.read_text().count(reading)
        for number, (text, expected) in enumerate(edits, start=1):
            make(root, {f"{TOPICS}/alpha.yaml": text})
            served.until(lambda expected=expected: expected in served.get(address))  # type: ignore[misc]
            time.sleep(1)
            assert served.log.read_text().count(reading) == first + number
        assert "Beta" in served.get(f"{AREA}/{SUBAREA}/beta/")
        assert "Traceback" not in served.log.read_text()


def test_server_leads_to_the_page_and_says_where_there_is_none(root: Path) -> None:
    with serving(root, OURS) as served:
        assert "Alpha" in served.get(f"{AREA}/{SUBAREA}/alpha")
        for nowhere in ("nowhere/", "nowhere", "%2e%2e/%2e%2e/mkdocs.yml", "..%2fmkdocs.yml", "x" * 300, "a%00b"):
            assert "Page not found" in served.get(nowhere)
        assert "Traceback" not in served.log.read_text()


def test_page_that_is_open_reloads_when_an_edit_is_saved(root: Path) -> None:
    with serving(root, OURS) as served:
        opened = served.get(f"{AREA}/{SUBAREA}/alpha/")
        epoch, request = opened.rpartition("livereload(")[2].partition(")")[0].split(", ")
        make(root, {f"{TOPICS}/alpha.yaml": topic("alpha", title="Renamed")})
        with urllib.request.urlopen(f"{served.url.removesuffix('small/')}livereload/{epoch}/{request}") as answer:
            assert int(answer.read()) > int(epoch)
        assert "Renamed" in served.get(f"{AREA}/{SUBAREA}/alpha/")


def test_server_without_anything_to_show_says_why_and_ends(tmp_path: Path) -> None:
    make(tmp_path, {"mkdocs.yml": atlas()["mkdocs.yml"], "docs/about.md": ""})
    assert "S131" in [d.code for d in preview.serve(tmp_path, f"127.0.0.1:{free_port()}")]


def test_address_in_use_is_one_line(root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(files.FilesError, match="cannot serve here"):
            preview.serve(root, f"127.0.0.1:{taken.getsockname()[1]}")
