"""From YAML to a site in its place: what a build, a plain `mkdocs build` and a server do, and what faults cost."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from genai_atlas import files, site
from genai_atlas.diagnostics import Severity
from genai_atlas.site import build, generate, newest_review, outline, theme_dir
from small import AREA, SLUGS, SUBAREA, TOPICS, atlas, make, topic


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def errors(diagnostics: tuple[site.Diagnostic, ...]) -> list[str]:
    return [f"{d.location.path} {d.code}" for d in diagnostics if d.severity is Severity.ERROR]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One atlas, built once. Tests that change it work on a copy."""
    root = make(tmp_path_factory.mktemp("built"), atlas())
    result = build(root, root / "site")
    assert (result.built, result.diagnostics) == (True, ())
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "root"
    subprocess.run(["cp", "-a", built, copy], check=True)
    return copy


# --- generate


def test_generated_folder_holds_pages_and_the_hand_written_ones(root: Path) -> None:
    paths = set(tree(root / "build/docs"))
    assert {f"{AREA}/{SUBAREA}/alpha.md", "index.md", "about.md", "search.md", "assets/names.json"} <= paths
    assert (root / "build/docs/about.md").read_text() == atlas()["docs/about.md"]


def test_second_generation_writes_nothing(root: Path) -> None:
    assert generate(root).changed == ()


def test_edit_rewrites_the_pages_it_touches(root: Path) -> None:
    make(root, {f"{TOPICS}/alpha.yaml": topic("alpha", literature_until="2026-07")})
    changed = generate(root).changed
    assert [path for path in changed if not of_data(path)] == ["assets/state.json", f"{AREA}/{SUBAREA}/alpha.md"]
    per_page = [path for path in changed if path.startswith(("data/topics/", "data/subareas/", "data/areas/"))]
    assert per_page == [f"data/topics/{AREA}/{SUBAREA}/alpha.json"]
    assert f"{AREA}/{SUBAREA}/alpha/index.md.txt" in changed


def of_data(path: str) -> bool:
    return path.startswith(("data/", "llms")) or path.endswith(".md.txt")


def test_page_whose_source_is_gone_goes_too(root: Path) -> None:
    (root / "docs/about.md").unlink()
    assert generate(root).changed == ("about.md", "about/index.md.txt")


def test_site_has_the_data_and_the_markdown_beside_each_page(tmp_path: Path) -> None:
    root = make(tmp_path / "root", atlas())
    assert build(root, root / "site").built
    paths = set(tree(root / "site"))
    assert {"data/atlas.json", "data/atlas.sqlite", "data/csv/topics.csv", "llms.txt", "index.md"} <= paths
    assert {f"{AREA}/{SUBAREA}/alpha/index.md", f"data/topics/{AREA}/{SUBAREA}/alpha.json", "about/index.md"} <= paths
    assert not any(path.endswith(".md.txt") for path in paths)


@pytest.mark.parametrize("text", ["title: [", topic("alpha", relations="[]"), topic("alpha", kind="nonsense"), ""])
def test_fault_writes_nothing(root: Path, text: str) -> None:
    before = tree(root / "build/docs")
    make(root, {f"{TOPICS}/alpha.yaml": text, "docs/about.md": "# New\n"})
    generated = generate(root)
    assert (generated.written, generated.changed) == (False, ())
    assert {path.split()[0] for path in errors(generated.diagnostics)} >= {f"{TOPICS}/alpha.yaml"}
    assert tree(root / "build/docs") == before


def test_keep_going_shows_the_fault_on_the_topics_page(root: Path) -> None:
    make(root, {f"{TOPICS}/alpha.yaml": "title: [\n"})
    generated = generate(root, keep_going=True)
    page = (root / f"build/docs/{AREA}/{SUBAREA}/alpha.md").read_text()
    assert generated.written
    assert "S105" in page
    assert "alpha" in page


def test_planted_link_is_refused_and_its_target_published_nowhere(root: Path, tmp_path: Path) -> None:
    secret = make(tmp_path / "outside", {"secret.md": "hunter2"})
    os.symlink(secret / "secret.md", root / "docs/secret.md")
    os.symlink(secret, root / "docs/folder")
    generated = generate(root, keep_going=True)
    assert errors(generated.diagnostics) == ["docs/folder S120", "docs/secret.md S120"]
    assert not [path for path, data in tree(root / "build/docs").items() if b"hunter2" in data]


@pytest.mark.parametrize("path", ["docs/index.md", f"docs/{AREA}.md", f"docs/{AREA}/{SUBAREA}/beta/index.md"])
def test_hand_written_page_cannot_replace_a_generated_one(root: Path, path: str) -> None:
    make(root, {path: "# Mine\n"})
    generated = generate(root)
    assert (generated.written, errors(generated.diagnostics)) == (False, [f"{path} B202"])


def test_rubric_stops_only_a_strict_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = site.Diagnostic(site.Location(f"{TOPICS}/alpha.yaml"), "Q601", "too short", severity=Severity.WARNING)
    monkeypatch.setattr(site, "check", lambda atlas: (rule,))
    assert generate(root).written
    assert not generate(root, is_strict=True).written


def test_outline_is_the_tree_of_the_navigation(root: Path) -> None:
    make(root, {f"{TOPICS}/alpha.yaml": topic("alpha", title='"A & <B>"')})
    topics = [{"slug": slug, "title": slug.capitalize(), "full": False} for slug in SLUGS]
    topics[0]["title"] = "A & <B>"
    subarea = {"slug": SUBAREA, "title": "One subarea", "topics": topics}
    assert outline(generate(root).atlas) == [{"n": 1, "slug": AREA, "title": "One area", "subs": [subarea]}]


def test_date_of_a_build_is_the_newest_review(root: Path) -> None:
    make(root, {f"{TOPICS}/beta.yaml": topic("beta", reviewed="2026-11-25")})
    assert newest_review(generate(root).atlas) == 1795564800


# --- build


def test_site_has_none_of_the_base_themes_own_files(root: Path) -> None:
    theirs = ("assets/javascripts", "assets/stylesheets", "assets/images")
    assert [path for path in tree(root / "site") if path.startswith(theirs)] == []


def test_build_removes_its_scaffold(root: Path) -> None:
    assert sorted(os.listdir(root)) == ["build", "docs", "mkdocs.yml", "site", "taxonomy"]


def test_rebuilt_site_is_the_same_and_replaces_the_old(root: Path) -> None:
    before = tree(root / "site")
    make(root / "site", {"stale.html": "old"})
    assert build(root, root / "site").built
    assert tree(root / "site") == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({f"{TOPICS}/alpha.yaml": "title: [\n"}, [f"{TOPICS}/alpha.yaml S105"]),
        ({"docs/about.md": "# About\n\n[x](nope.md)\n"}, ["docs/about.md B201", "site/about/index.html B105"]),
        ({"docs/about.md": "# A\n\n[x](contributing.md#nope)\n"}, ["mkdocs.yml B201", "site/about/index.html B106"]),
        ({"docs/about.md": '# About\n\n<iframe src="x"></iframe>\n'}, ["site/about/index.html B101"]),
        ({"docs/about.md": "# About\n\n<script>alert(1)</script>\n"}, ["site/about/index.html B101"]),
        ({"docs/about.md": '# About\n\n<p style="color:red">x</p>\n'}, ["site/about/index.html B102"]),
        ({"docs/about.md": '# About\n\n<a href="../nope/">x</a>\n'}, ["site/about/index.html B105"]),
        ({"mkdocs.yml": "site_name: [\n"}, ["mkdocs.yml B201"]),
        ({"mkdocs.yml": "site_name: x\nnonsense: 1\n"}, ["mkdocs.yml B201"]),
    ],
    ids=["data", "link", "anchor", "element", "script", "style", "raw link", "unreadable settings", "unknown setting"],
)
def test_fault_leaves_the_old_site_whole(root: Path, changes: dict[str, str], expected: list[str]) -> None:
    before = tree(root / "site")
    make(root, changes)
    result = build(root, root / "site")
    assert not result.built
    assert [error for error in dict.fromkeys(errors(result.diagnostics)) if "B104" not in error] == expected
    assert tree(root / "site") == before
    assert sorted(os.listdir(root)) == ["build", "docs", "mkdocs.yml", "site", "taxonomy"]


def test_nothing_is_printed_by_mkdocs(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make(root, {"docs/about.md": "# About\n\n[x](nope.md)\n"})
    build(root, root / "site")
    assert capfd.readouterr() == ("", "")


def test_keep_going_builds_the_rest(root: Path) -> None:
    make(root, {f"{TOPICS}/alpha.yaml": "title: [\n"})
    result = build(root, root / "site", keep_going=True)
    assert (result.built, errors(result.diagnostics)) == (True, [f"{TOPICS}/alpha.yaml S105"])
    assert "S105" in (root / f"site/{AREA}/{SUBAREA}/alpha/index.html").read_text()
    assert "Beta" in (root / f"site/{AREA}/{SUBAREA}/beta/index.html").read_text()


def test_phases_are_told(root: Path) -> None:
    told: list[str] = []
    build(root, root / "site", progress=told.append)
    assert told == ["reading and rendering", "building pages", "checking and indexing"]


def test_missing_settings_are_one_fault(tmp_path: Path) -> None:
    make(tmp_path, {path: text for path, text in atlas().items() if path != "mkdocs.yml"})
    assert errors(build(tmp_path, tmp_path / "site").diagnostics) == ["mkdocs.yml B203"]
    assert errors(generate(tmp_path).diagnostics) == ["mkdocs.yml B203"]


def test_settings_without_the_hook_build_all_the_same(root: Path) -> None:
    before = tree(root / "site")
    text = "".join(line for line in (root / "mkdocs.yml").read_text().splitlines(True) if "hooks:" not in line)
    make(root, {"mkdocs.yml": text})
    assert build(root, root / "site").built
    assert tree(root / "site") == before


def test_settings_without_a_theme_folder_have_ours(root: Path) -> None:
    before = tree(root / "site")
    make(root, {"mkdocs.yml": (root / "mkdocs.yml").read_text().replace(f"custom_dir: '{theme_dir()}', ", "")})
    assert build(root, root / "site").built
    assert tree(root / "site") == before


@pytest.mark.parametrize("place", [".", "..", "docs", "taxonomy/site", "build/docs", "other", "file"])
def test_folder_that_is_no_site_is_never_replaced(root: Path, place: str) -> None:
    make(root, {"other/thesis.tex": "years of work", "file": "x"})
    before = tree(root)
    result = build(root, root / place)
    assert (result.built, [d.code for d in result.diagnostics]) == (False, ["B204"])
    assert tree(root) == before


def test_linked_site_folder_is_replaced_behind_the_link(root: Path, tmp_path: Path) -> None:
    (root / "site").rename(tmp_path / "published")
    (root / "site").symlink_to(tmp_path / "published")
    make(root, {"docs/about.md": "# Anew\n"})
    assert build(root, root / "site").built
    assert (root / "site").is_symlink()
    assert "Anew" in (tmp_path / "published/about/index.html").read_text()


def test_two_builds_at_once_are_one_too_many(root: Path) -> None:
    with files.lock(root / "build/.lock"), pytest.raises(files.FilesError, match="another build"):
        build(root, root / "site")


def test_disk_that_fails_at_the_last_step_leaves_the_old_site(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root / "site")

    def refuse(*paths: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_swap", refuse)
    with pytest.raises(files.FilesError, match="No space left"):
        build(root, root / "site")
    assert tree(root / "site") == before


# --- dates, places, and the other way to build


def run_mkdocs(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *arguments],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True,
        text=True,
    )


def test_plain_mkdocs_build_makes_the_same_bytes(root: Path) -> None:
    before = tree(root / "site")
    subprocess.run(["rm", "-r", root / "site", root / "build/docs"], check=True)
    done = run_mkdocs(root, "build")
    assert done.returncode == 0, done.stderr
    assert tree(root / "site") == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({f"{TOPICS}/alpha.yaml": "title: [\n"}, f"{TOPICS}/alpha.yaml:2:1: error S105"),
        ({"docs/about.md": '# About\n\n<p onclick="x()">x</p>\n'}, "site/about/index.html"),
        ({"docs/about.md": "# About\n\n[x](nope.md)\n"}, "nope.md"),
    ],
    ids=["data", "page", "link"],
)
def test_plain_mkdocs_build_stops_at_a_fault(root: Path, changes: dict[str, str], told: str) -> None:
    make(root, changes)
    done = run_mkdocs(root, "build")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_place_time_zone_and_hash_seed_change_no_byte(built: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "another place", dict(reversed(atlas().items())))
    program = "import sys; from pathlib import Path; from genai_atlas.site import build; r = Path(sys.argv[1])\n"
    program += "result = build(r, r / 'site'); assert result.built, result.diagnostics"
    environment = {**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program, other], env=environment, check=True)
    assert tree(other / "site") == tree(built / "site")


def test_given_date_is_honoured_and_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert build(root, root / "site").built
    assert "<lastmod>1970-01-02</lastmod>" in (root / "site/sitemap.xml").read_text()
    assert os.environ["SOURCE_DATE_EPOCH"] == "86400"


def test_own_date_is_not_left_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert build(root, root / "site").built
    assert "<lastmod>2026-11-24</lastmod>" in (root / "site/sitemap.xml").read_text()
    assert "SOURCE_DATE_EPOCH" not in os.environ


def test_date_that_is_none_is_one_fault(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert [d.code for d in build(root, root / "site").diagnostics] == ["B205"]


def repositories(root: Path) -> set[str]:
    """Where the links to edit a page and to report a fault lead."""
    assert build(root, root / "site").built
    pages = (data.decode() for path, data in tree(root / "site").items() if path.endswith(".html"))
    found = (re.findall(r'href="([^"]*?)/(?:-/)?(?:edit/main/taxonomy|issues/new)', page) for page in pages)
    return {address for addresses in found for address in addresses}


def test_repository_of_the_environment_comes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_REPOSITORY", "git@github.com:owner/name.git")
    assert repositories(root) == {"https://github.com/owner/name"}


def test_repository_of_the_settings_comes_next(built: Path) -> None:
    assert repositories(built) == {"https://example.org/repo"}


@pytest.mark.parametrize(
    ("remote", "found"), [("https://me:secret@gitlab.com/o/n.git", {"https://gitlab.com/o/n"}), ("/srv/n.git", set())]
)
def test_repository_is_that_of_git_where_none_is_named(root: Path, remote: str, found: set[str]) -> None:
    settings = (root / "mkdocs.yml").read_text()
    (root / "mkdocs.yml").write_text(settings.replace('repo_url: "https://example.org/repo", ', ""))
    for command in (["init", "--quiet"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", "-C", root, *command], check=True)
    assert repositories(root) == found


def test_without_a_repository_the_links_are_absent(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_REPOSITORY", "")
    assert repositories(root) == set()
    pages = [data.decode() for path, data in tree(root / "site").items() if path.endswith(".html")]
    assert not any("data-report" in page or ">Edit<" in page or ">Write it<" in page for page in pages)


def test_repository_that_is_none_is_one_fault(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_REPOSITORY", "owner/name")
    assert [d.code for d in build(root, root / "site").diagnostics] == ["B206"]


@pytest.mark.parametrize("url", ["https://example.net/", "https://example.net/some/base"])
def test_site_stands_under_any_base_path(root: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SITE_URL", url)
    assert build(root, root / "site").built
    base = url.removeprefix("https://example.net").rstrip("/") + "/"
    pages = {path: data.decode() for path, data in tree(root / "site").items() if path.endswith(".html")}
    assert f'href="{base}{AREA}/"' in pages["404.html"]
    assert [path for path, text in pages.items() if 'href="/' in text or 'src="/' in text] == ["404.html"]


# --- kill -9


def test_browsers_hear_of_the_search_only_where_the_address_is_known(root: Path) -> None:
    link = b'<link rel="search" type="application/opensearchdescription+xml" title="Small" href="../opensearch.xml">'
    files = tree(root / "site")
    assert (link in files["about/index.html"], "opensearch.xml" in files) == (True, True)
    settings = (root / "mkdocs.yml").read_text()
    (root / "mkdocs.yml").write_text(settings.replace('!ENV [SITE_URL, "https://example.org/small/"]', '""'))
    assert build(root, root / "site").built
    files = tree(root / "site")
    assert (b'rel="search"' in files["about/index.html"], "opensearch.xml" in files) == (False, False)



def test_kill_at_any_moment_leaves_one_site_whole(root: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from genai_atlas.site import build
        root = Path(sys.argv[1])
        print("ready", flush=True)
        while True:
            for version in ("first", "second"):
                (root / "docs/about.md").write_text(f"# {version}\\n")
                assert build(root, root / "site").built
        """
    )
    whole = []
    for version in ("first", "second"):
        make(root, {"docs/about.md": f"# {version}\n"})
        assert build(root, root / "site").built
        whole.append(digest(root / "site"))
    chance = random.Random(7)
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.uniform(0.1, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert digest(root / "site") in whole
    assert build(root, root / "site").built
    assert sorted(os.listdir(root)) == ["build", "docs", "mkdocs.yml", "site", "taxonomy"]


def digest(folder: Path) -> str:
    return hashlib.sha256(repr(tree(folder)).encode()).hexdigest()
