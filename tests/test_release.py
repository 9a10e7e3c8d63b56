"""Releases: frozen whole or not at all, refused where they would tell an untruth, and told on a page and in feeds."""

from __future__ import annotations

import datetime
import hashlib
import html
import json
import lzma
import os
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner, Result

from edits import finding_changed, relation_changed, rename, retire
from genai_atlas import files, frozen
from genai_atlas.atlas import Atlas
from genai_atlas.change_report import as_json, from_json
from genai_atlas.changes import Change, ChangeKind, changes
from genai_atlas.cli import main
from genai_atlas.export import about, published
from genai_atlas.frozen import Record, Release
from genai_atlas.parse import parse
from genai_atlas.render import Settings, render
from tea import TEA, MakeRoot, files_of, read_atlas

DAY, LATER = "2026-11-24", "2026-12-24"
FOLDER = f"docs/data/releases/{DAY}"
PUBLISHED = "taxonomy/published.txt"
URL = "https://tea.example.org/atlas/"


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def commit(root: Path, edit: dict[str, bytes] | None = None) -> None:
    for path in (root / "taxonomy").rglob("*.yaml") if edit else ():
        path.unlink()
    for path, data in (edit or {}).items():
        if path != PUBLISHED:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "state")


@pytest.fixture
def root(make_root: MakeRoot) -> Path:
    """Tea under git."""
    made = make_root(dict(TEA))
    git(made, "init", "-q", "-b", "main")
    commit(made)
    return made


def release(root: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--root", str(root), "release", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def validated(root: Path) -> list[str]:
    result = CliRunner().invoke(main, ["--root", str(root), "validate", "--format", "json"])
    return [f"{fault['code']} {fault['path']}" for fault in json.loads(result.stdout)]


def test_first_release_freezes_the_data_and_lists_every_path(root: Path, tea: Atlas) -> None:
    result = release(root)
    assert result.exit_code == 0, result.output
    assert "the first release" in result.stderr
    assert sorted(path.name for path in (root / FOLDER).iterdir()) == [
        "atlas.json.xz", "changes.json", "release.json", "taxonomy.tar.xz",
    ]  # fmt: skip
    listed = (root / PUBLISHED).read_text().split()
    assert listed[:4] == TEA[PUBLISHED].decode().split()
    assert sorted(listed) == sorted(tea.pages | {"brewing/infusion/sun-tea", "brewing/infusion/infusing"})
    data = json.loads(lzma.decompress((root / FOLDER / "atlas.json.xz").read_bytes()))
    assert data["meta"]["released"] == DAY
    assert [topic["path"] for topic in data["topics"]] == list(tea.topic_paths)
    assert validated(root) == []


def test_frozen_sources_are_the_authored_files(root: Path) -> None:
    release(root)
    packed = frozen.sources((root / FOLDER / "taxonomy.tar.xz").read_bytes())
    assert {file.path: file.data for file in packed} == {
        f"taxonomy/{path}": data for path, data in files_of(root / "taxonomy").items()
    }


def test_record_names_every_path_and_the_hash_of_each_file(root: Path, tea: Atlas) -> None:
    release(root)
    record = json.loads((root / FOLDER / "release.json").read_text())
    assert record["paths"] == sorted(tea.pages)
    assert record["retired"] == ["brewing/infusion/sun-tea"]
    assert record["counts"]["topics"] == 7
    assert "previous" not in record
    for name, file in record["files"].items():
        data = (root / FOLDER / name).read_bytes()
        assert file == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_same_commit_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(root), "other")
    for folder in (root, tmp_path / "other"):
        assert release(folder).exit_code == 0
    one, other = ({p.name: p.read_bytes() for p in (r / FOLDER).iterdir()} for r in (root, tmp_path / "other"))
    assert one == other


def test_next_release_tells_what_changed(root: Path) -> None:
    release(root)
    commit(root, finding_changed())
    result = release(root, "--date", LATER)
    assert "1 finding changed" in result.stderr
    told = json.loads((root / f"docs/data/releases/{LATER}/changes.json").read_text())
    assert (told["old"], told["new"], told["counts"]) == (DAY, LATER, {"finding-changed": 1})
    assert json.loads((root / f"docs/data/releases/{LATER}/release.json").read_text())["previous"] == DAY


def test_diff_takes_the_day_of_a_release(root: Path) -> None:
    release(root)
    commit(root, relation_changed())
    result = CliRunner().invoke(main, ["--root", str(root), "diff", DAY])
    assert (result.exit_code, result.stderr) == (0, "1 relation changed\n")


# ---------------------------------------------------------------- refused


def nothing_happened(root: Path) -> None:
    assert not (root / FOLDER).exists()
    assert (root / PUBLISHED).read_bytes() == TEA[PUBLISHED]


def test_data_with_faults_are_not_released(root: Path) -> None:
    text = (root / "taxonomy/atlas.yaml").read_text()
    (root / "taxonomy/atlas.yaml").write_text(text + "colour: green\n")
    commit(root)
    result = release(root)
    assert (result.exit_code, " F202 " in result.stderr) == (1, True)
    nothing_happened(root)


@pytest.mark.parametrize("path", ["notes.txt", "taxonomy/atlas.yaml", "docs/new.md", "taxonomy/retired.yaml"])
def test_what_is_not_committed_is_named(root: Path, path: str) -> None:
    (root / path).parent.mkdir(exist_ok=True)
    with open(root / path, "a") as file:
        file.write("# a word more\n")
    result = release(root)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert f"{path} not committed" in result.stderr
    nothing_happened(root)


def test_line_taken_from_the_list_by_hand_is_refused(root: Path) -> None:
    (root / PUBLISHED).write_text("brewing/infusion/steeping\n")
    assert f"{PUBLISHED} not committed" in release(root).stderr


def test_folder_without_git_is_refused_in_one_line(make_root: MakeRoot) -> None:
    result = release(make_root(dict(TEA)))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "is in no git repository with a commit" in result.stderr


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        (DAY, "there is a release of 2026-11-24 already"),
        ("2026-11-23", "before the newest release, 2026-11-24"),
        ("2026-13-01", "is no day"),
        ("tomorrow", "is no day"),
    ],
)
def test_day_is_refused(root: Path, date: str, reason: str) -> None:
    release(root)
    commit(root)
    before = git(root, "status", "--porcelain")
    result = release(root, "--date", date)
    assert (result.exit_code, reason in result.stderr) == (2, True), result.stderr
    assert git(root, "status", "--porcelain") == before


def test_day_before_the_newest_review_is_refused(root: Path) -> None:
    assert "before the newest review, 2026-11-24" in release(root, "--date", "2026-11-01").stderr
    nothing_happened(root)


def test_second_run_at_the_same_time_is_refused(root: Path) -> None:
    with files.lock(root / "build" / ".lock"):
        assert release(root).exit_code == 2
    nothing_happened(root)


# ---------------------------------------------------------------- killed

KILLED = """
import os, sys
left = int(sys.argv[2])
def counted(call):
    def wrapped(*arguments, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)  # as a kill: nothing is tidied up
        return call(*arguments, **more)
    return wrapped
from genai_atlas.cli import main
for name in ("replace", "rename", "fsync", "mkdir"):
    setattr(os, name, counted(getattr(os, name)))
main(["--root", sys.argv[1], "release"])
"""


def test_killed_anywhere_leaves_no_release_or_a_whole_one_and_the_next_run_ends_it(
    root: Path, tmp_path: Path
) -> None:
    whole: dict[str, bytes] = {}
    states = set()
    for step in range(60):
        folder = tmp_path / str(step)
        git(tmp_path, "clone", "-q", str(root), str(folder))
        status = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(step)], capture_output=True).returncode
        assert validated(folder) == [], step
        is_there = (folder / FOLDER).exists()
        states.add((is_there, (folder / PUBLISHED).read_bytes() == TEA[PUBLISHED]))
        if not is_there:
            assert release(folder).exit_code == 0, step
        found = {p.name: p.read_bytes() for p in (folder / FOLDER).iterdir()}
        found[PUBLISHED] = (folder / PUBLISHED).read_bytes()
        whole = whole or found
        assert found == whole, step
        assert sorted(p.name for p in (folder / FOLDER).parent.iterdir()) == [DAY]
        if status == 0:
            break
    assert status == 0
    # Before anything, between the list and the folder, and after both.
    assert states == {(False, True), (False, False), (True, False)}


# ---------------------------------------------------------------- what is released stays


def test_dropped_line_of_the_list_is_told(root: Path) -> None:
    release(root)
    lines = (root / PUBLISHED).read_text().replace("judging/tasting/astringency\n", "")
    (root / PUBLISHED).write_text(lines)
    assert validated(root) == [f"L312 {PUBLISHED}"]
    commit(root)
    assert release(root, "--date", LATER).exit_code == 1


def test_retired_path_is_never_used_again(root: Path) -> None:
    """The note is gone, and a page stands there: only the release knows."""
    release(root)
    tomb = root / "taxonomy/retired.yaml"
    tomb.unlink()
    infusion = root / "taxonomy/brewing/infusion"
    text = (infusion / "whisking.yaml").read_text().replace("title: Whisking", "title: Sun Tea")
    (infusion / "sun-tea.yaml").write_text(text.replace("[matcha making, ground-leaf tea]", "[solar tea]"))
    parent = (infusion / "subarea.yaml").read_text()
    (infusion / "subarea.yaml").write_text(parent.replace("  - whisking\n", "  - whisking\n  - sun-tea\n"))
    assert "L313 taxonomy/brewing/infusion/sun-tea.yaml" in validated(root)


@pytest.mark.parametrize(
    ("change", "file"),
    [
        (lambda f: (f / "changes.json").write_text("{}"), "changes.json"),
        (lambda f: (f / "atlas.json.xz").unlink(), "atlas.json.xz"),
        (lambda f: (f / "more.json").write_text("{}"), "more.json"),
        (lambda f: (f / "release.json").unlink(), "release.json"),
        (lambda f: (f / "release.json").write_text("{"), "release.json"),
        (lambda f: (f / "release.json").write_text('{"date": "2026-11-24"}'), "release.json"),
        (lambda f: (f / "taxonomy.tar.xz").write_bytes(b"no archive"), "taxonomy.tar.xz"),
    ],
    ids=["edited", "missing", "added", "no record", "no JSON", "no fields", "no archive"],
)
def test_altered_release_is_told_and_no_traceback(root: Path, change: object, file: str) -> None:
    release(root)
    change(root / FOLDER)  # type: ignore[operator]
    assert validated(root) == [f"L314 {FOLDER}/{file}"]
    CliRunner().invoke(main, ["--root", str(root), "diff", DAY], catch_exceptions=False)


def test_record_of_another_day_is_told(root: Path) -> None:
    release(root)
    (root / FOLDER).rename(root / FOLDER.replace(DAY, LATER))
    assert validated(root) == [f"L314 {FOLDER.replace(DAY, LATER)}/release.json"]


@pytest.mark.parametrize("code", ["L312", "L313", "L314"])
def test_rule_is_explained(code: str) -> None:
    assert code in CliRunner().invoke(main, ["rules", code]).stdout


# ---------------------------------------------------------------- the page and the feeds

HOSTILE = "<script>alert(1)</script> & \"q\" 'r' ]]> {{ x }} [a](javascript:1) *e* \u202f| é"


def released(*states: dict[str, bytes], more: tuple[Change, ...] = ()) -> tuple[Release, ...]:
    """Releases a month apart, the newest first."""
    found: list[Release] = []
    atlases = [read_atlas(state)[0] for state in states]
    for number, atlas in enumerate(atlases):
        day = datetime.date(2026, number + 1, 1)
        told = (*changes(atlases[number - 1], atlas), *more) if number else ()
        record = Record(
            date=day, previous=found[0].record.date if found else None, generator="g", format_version="1.0",
            counts={"areas": 2, "subareas": 2, "topics": 7, "references": 20}, paths=tuple(sorted(atlas.pages)),
            files={"atlas.json.xz": frozen.described(b"x" * 200_000)},
        )  # fmt: skip
        found.insert(0, Release(record, tuple(json.loads(as_json(told, "", ""))["changes"]), b""))
    return tuple(found)


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


def rendered(state: dict[str, bytes], releases: tuple[Release, ...], fonts: Path, url: str = URL) -> dict[str, str]:
    outputs = render(read_atlas(state)[0], Settings(name="Tea & Co", url=url), fonts, releases)
    return {output.path: output.data.decode() for output in outputs if output.path.startswith("changes")}


def test_page_tells_the_newest_release_first_and_links_to_what_is_there_still(fonts: Path) -> None:
    page = rendered(retire(), released(dict(TEA), rename(), retire()), fonts)["changes.md"]
    days = [page.index(f"{{: #r2026-0{month}-01 }}") for month in (3, 2, 1)]
    assert days == sorted(days)
    assert "The first release: 2 areas, 2 subareas, 7 topics, 20 references." in page
    assert "<b>Topic renamed</b> Frothing" in page
    assert 'href="../data/releases/2026-02-01/atlas.json.xz"' in page
    assert "(0.2 MB)" in page


def test_site_without_a_release_says_so(fonts: Path) -> None:
    made = rendered(dict(TEA), (), fonts)
    assert "There is no release yet." in made["changes.md"]
    feed = feedparser.parse(made["changes/atlas.xml"])
    assert (feed.bozo, feed.entries, feed.feed.updated) == (False, [], "2026-11-24T00:00:00Z")


def test_site_without_an_address_has_no_feeds(fonts: Path) -> None:
    made = rendered(dict(TEA), released(dict(TEA)), fonts, url="/")
    assert set(made) == {"changes.md"}
    assert "Atom" not in made["changes.md"]


def test_feed_is_what_rfc_4287_asks_for(fonts: Path) -> None:
    made = rendered(rename(), released(dict(TEA), rename()), fonts)
    assert set(made) == {"changes.md", "changes/atlas.xml", "changes/brewing.xml", "changes/judging.xml"}
    for path, text in made.items():
        if not path.endswith(".xml"):
            continue
        feed = feedparser.parse(text)
        assert (feed.bozo, feed.version) == (False, "atom10"), path
        assert feed.feed.id == feed.feed.links[0].href == URL + path
        assert [link.rel for link in feed.feed.links] == ["self", "alternate"]
        assert (feed.feed.author, feed.feed.rights) == ("Tea & Co", "CC BY 4.0")
        assert feed.feed.title.startswith("Tea & Co: changes")
        assert len({entry.id for entry in feed.entries}) == len(feed.entries) > 0
        for entry in feed.entries:
            assert entry.id.startswith(f"tag:tea.example.org,{entry.updated[:10]}:/atlas/changes/")
            assert entry.link == f"{URL}changes/#r{entry.updated[:10]}"
            assert entry.content[0].type == "text/html"
            assert entry.title and entry.summary
        assert feed.feed.updated == feed.entries[0].updated


def test_feed_of_an_area_tells_what_concerns_it(fonts: Path) -> None:
    """A move between areas concerns both; a finding of the one not the other."""
    moved = {path.replace("judging/tasting/astringency", "brewing/infusion/astringency"): data
             for path, data in TEA.items()}  # fmt: skip
    releases = released(dict(TEA), finding_changed(), moved)
    made = rendered(moved, releases, fonts)
    summaries = {name: [entry.summary for entry in feedparser.parse(made[f"changes/{name}.xml"]).entries]
                 for name in ("brewing", "judging")}  # fmt: skip
    assert [s.split(",")[0] for s in summaries["brewing"][:2]] == ["1 topic moved", "1 finding changed"]
    assert summaries["judging"][0].startswith("1 topic moved")
    assert len(summaries["judging"]) == 2


def test_area_that_was_renamed_keeps_its_feed_under_both_addresses_and_its_ids(fonts: Path) -> None:
    renamed = {path.replace("taxonomy/judging/", "taxonomy/tasting/"): data for path, data in TEA.items()}
    renamed["taxonomy/atlas.yaml"] = TEA["taxonomy/atlas.yaml"].replace(b"judging", b"tasting")
    area = "taxonomy/tasting/area.yaml"
    renamed[area] = renamed[area].replace(b"\nsubareas:", b"\nformerly: [judging]\nsubareas:")
    before = rendered(dict(TEA), released(dict(TEA)), fonts)
    after = rendered(renamed, released(dict(TEA), renamed), fonts)
    assert after["changes/judging.xml"] == after["changes/tasting.xml"]
    old, new = feedparser.parse(before["changes/judging.xml"]), feedparser.parse(after["changes/tasting.xml"])
    assert new.feed.id == old.feed.id
    assert new.entries[-1].id == old.entries[-1].id


def test_hostile_texts_come_back_as_they_were(fonts: Path) -> None:
    hostile = Change(ChangeKind.TITLE, "brewing/infusion/steeping", HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    releases = released(dict(TEA), dict(TEA), more=(hostile,))
    made = rendered(dict(TEA), releases, fonts)
    assert "<script>alert" not in made["changes.md"]
    assert "[a](java" not in made["changes.md"]
    # A reader of feeds drops what would run; here nothing is dropped, since all is text.
    entry = feedparser.parse(made["changes/atlas.xml"], sanitize_html=False).entries[0]
    assert "<script" not in entry.content[0].value
    assert " ".join(html.unescape(entry.content[0].value).split()).count(" ".join(HOSTILE.split())) == 4


def test_changes_survive_their_file(tea: Atlas) -> None:
    told = changes(tea, read_atlas(rename())[0])
    assert told
    assert from_json(json.loads(as_json(told, "a", "b"))["changes"]) == told
    assert from_json([{"kind": "of a later version"}, {}]) == ()


def test_long_release_is_cut_on_the_page_and_in_the_feed(fonts: Path) -> None:
    many = tuple(Change(ChangeKind.TITLE, f"brewing/infusion/t{n}", f"T{n}") for n in range(450))
    made = rendered(dict(TEA), released(dict(TEA), dict(TEA), more=many), fonts)
    assert made["changes.md"].count("<b>Title</b>") == 400
    assert "And 50 more" in made["changes.md"]
    assert made["changes/atlas.xml"].count("&lt;b&gt;Title") == 60
    assert "And 390 more" in made["changes/atlas.xml"]


def test_twin_and_index_know_the_releases(root: Path) -> None:
    release(root)
    commit(root, finding_changed())
    release(root, "--date", LATER)
    held, _ = files.read_releases(root)
    releases, faults = frozen.read(held)
    assert faults == ()
    atlas = parse(files.read(root)[0])[0]
    outputs = {o.path: o.data for o in published(atlas, about(atlas, "Tea", URL), held, releases)}
    twin = outputs["changes/index.md.txt"].decode()
    assert twin.index("## 24 Dec 2026") < twin.index("## 24 Nov 2026")
    assert "**Finding changed**" in twin
    index = {row["path"]: row for row in json.loads(outputs["data/index.json"])["files"]}
    row = index[f"releases/{DAY}/atlas.json.xz"]
    assert (row["media_type"], row["bytes"]) == (
        "application/x-xz", os.path.getsize(root / FOLDER / "atlas.json.xz"),
    )  # fmt: skip

