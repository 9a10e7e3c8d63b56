"""No address that was ever published dies: what breaks one is refused, and with the right edit it leads on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import html5lib
import pytest

from edits import Edit, change_in, everywhere, merge, move, rename, retire, split
from genai_atlas.changes import changes
from genai_atlas.output import OutputFile
from genai_atlas.render import Settings, render
from genai_atlas.site import build, hook_file, theme_dir
from tea import TEA, MakeRoot, read_atlas, said

URL = "https://tea.example.org/atlas/"
PUBLISHED, RETIRED = "taxonomy/published.txt", "taxonomy/retired.yaml"
WHISKING, STEEPING = "brewing/infusion/whisking", "brewing/infusion/steeping"
ALL = "".join(f"{path}\n" for path in sorted(read_atlas(TEA)[0].pages | {"brewing/infusion/sun-tea"}))


def published(files: Edit, also: str = "") -> Edit:
    return files | {PUBLISHED: (ALL + also).encode()}


def refused(files: Edit) -> list[str]:
    """Every fault of a link or an address."""
    return said(d for d in read_atlas(published(files))[1] if d.code[0] == "L")


def without_formerly(files: Edit, path: str) -> Edit:
    """Neither the field, where it holds this alone, nor its line among others."""
    lone = everywhere(files, rf"\nformerly:\n  - {path}\n(?!  - )", "")
    return everywhere(lone, rf"(?m)^  - {path}\n", "")


def delete() -> Edit:
    return retire() | {RETIRED: TEA[RETIRED]}


def split_in_two() -> Edit:
    """Steeping becomes two topics, of which none has its path."""
    files = everywhere(split(), r"(to: |\[\[|topic: |  - )steeping\b", r"\1long-steeping")
    text = files.pop(f"taxonomy/{STEEPING}.yaml").replace(b"formerly:\n", f"formerly:\n  - {STEEPING}\n".encode())
    return files | {f"taxonomy/{STEEPING.replace('steeping', 'long-steeping')}.yaml": text}


ASTRINGENCY = "judging/tasting/astringency"
RIGHT = {
    "rename": (rename, WHISKING, "brewing/infusion/frothing"),
    "move": (move, ASTRINGENCY, "brewing/infusion/astringency"),
    "merge": (merge, WHISKING, STEEPING),
    "split": (split_in_two, STEEPING, "brewing/infusion/long-steeping"),
}


@pytest.mark.parametrize(("edit", "old", "new"), RIGHT.values(), ids=RIGHT)
def test_edit_without_redirect_is_refused(edit: Callable[[], Edit], old: str, new: str) -> None:
    line = ALL.split("\n").index(old) + 1
    assert refused(without_formerly(edit(), old)) == [f"L308 published.txt:{line}:1"]


@pytest.mark.parametrize(("edit", "old", "new"), RIGHT.values(), ids=RIGHT)
def test_edit_with_redirect_passes_and_the_old_address_leads_on(edit: Callable[[], Edit], old: str, new: str) -> None:
    files = edit()
    assert refused(files) == []
    assert redirect(files, old) == f"{URL}{new}/"


def test_deleted_topic_is_refused_until_it_is_retired() -> None:
    line = ALL.split("\n").index(WHISKING) + 1
    assert refused(delete()) == [f"L308 published.txt:{line}:1"]
    assert refused(retire()) == []
    page = pages(retire())[WHISKING]
    assert "This topic ended on 1 Nov 2026: Nobody grinds leaf any more." in shown(page)
    assert 'http-equiv="refresh"' not in page


def test_lost_path_names_the_file_that_may_have_it_now() -> None:
    (fault,) = [d for d in read_atlas(published(without_formerly(rename(), WHISKING)))[1] if d.code == "L308"]
    new = "brewing/infusion/frothing"
    assert f"{new} now, add it to `formerly` in taxonomy/{new}.yaml" in fault.hint


# ---------------------------------------------------------------- areas and subareas


def renamed_subarea(formerly: str = "formerly: [judging/tasting]") -> Edit:
    files = {path.replace("judging/tasting/", "judging/tasters/"): data for path, data in TEA.items()}
    files = change_in(files, "taxonomy/judging/area.yaml", ("  - tasting", "  - tasters"))
    return change_in(files, "taxonomy/judging/tasters/subarea.yaml", ("\ntopics:", f"\n{formerly}\ntopics:"))


def renamed_area(formerly: str = "formerly: [judging]") -> Edit:
    files = {path.replace("taxonomy/judging/", "taxonomy/judgement/"): data for path, data in TEA.items()}
    files = change_in(files, "taxonomy/atlas.yaml", ("judging", "judgement"))
    return change_in(files, "taxonomy/judgement/area.yaml", ("\nsubareas:", f"\n{formerly}\nsubareas:"))


BRANCHES = {
    "subarea": (renamed_subarea, "judging/tasting", "judging/tasters"),
    "area": (renamed_area, "judging", "judgement"),
}


@pytest.mark.parametrize(("edit", "old", "new"), BRANCHES.values(), ids=BRANCHES)
def test_branch_without_its_former_path_loses_all_below_it(edit: Callable[..., Edit], old: str, new: str) -> None:
    below = [path for path in ALL.split() if f"{path}/".startswith(f"{old}/")]
    faults = [d for d in read_atlas(published(edit("")))[1] if d.code == "L308"]
    assert [d.message.split()[0] for d in faults] == below
    assert new in faults[0].hint and all(f"mend {path.rpartition('/')[0]} first" in d.hint
                                         for path, d in list(zip(below, faults, strict=True))[1:])  # fmt: skip


@pytest.mark.parametrize(("edit", "old", "new"), BRANCHES.values(), ids=BRANCHES)
def test_former_path_of_a_branch_redirects_all_below_it(edit: Callable[..., Edit], old: str, new: str) -> None:
    files = edit()
    assert refused(files) == []
    for path in ALL.split():
        if f"{path}/".startswith(f"{old}/"):
            assert redirect(files, path) == f"{URL}{new}{path[len(old) :]}/"


def test_redirects_take_one_hop_through_renames_one_after_another() -> None:
    """The area was renamed, then the subarea, then a topic in it."""
    files = everywhere(renamed_area(), r"^$", "")
    files = {path.replace("judgement/tasting/", "judgement/tasters/"): data for path, data in files.items()}
    files = change_in(files, "taxonomy/judgement/area.yaml", ("  - tasting", "  - tasters"))
    subarea = "taxonomy/judgement/tasters/subarea.yaml"
    files = change_in(files, subarea, ("\ntopics:", "\nformerly: [judgement/tasting]\ntopics:"))
    assert redirect(files, "judging/tasting/cupping") == f"{URL}judgement/tasters/cupping/"
    files = {path: data.replace(b"to: cupping", b"to: slurping").replace(b"[[cupping", b"[[slurping")
             .replace(b"- cupping", b"- slurping").replace(b"topic: cupping", b"topic: slurping")
             .replace(b"see: cupping", b"see: slurping") for path, data in files.items()}  # fmt: skip
    text = files.pop("taxonomy/judgement/tasters/cupping.yaml")
    former = b"\nformerly: [judgement/tasters/cupping]\n\nreading_list:"
    files["taxonomy/judgement/tasters/slurping.yaml"] = text.replace(b"\nreading_list:", former)
    assert refused(files) == []
    assert redirect(files, "judging/tasting/cupping") == f"{URL}judgement/tasters/slurping/"


def test_circle_of_former_paths_leads_nowhere_and_ends() -> None:
    files = published(renamed_area("formerly: [judging, tasting]"), "tasting/a/b\n")
    files = change_in(files, "taxonomy/brewing/area.yaml", ("\nsubareas:", "\nformerly: [judgement/x]\nsubareas:"))
    assert "L308" in {d.code for d in read_atlas(files)[1]}


def test_branch_that_ended_has_a_note_of_its_own_and_may_refer_to_a_branch() -> None:
    files = renamed_subarea("")
    note = b"judging/tasting: {date: 2026-11-01, reason: Split by sense., see: judging/tasters}\n"
    files[RETIRED] += note
    assert "ended on 1 Nov 2026: Split by sense. See" in shown(pages(published(files))["judging/tasting"])
    assert "judging/tasting " not in {d.message.split("was")[0] for d in read_atlas(published(files))[1]}


def test_former_paths_of_branches_are_told_as_what_they_are() -> None:
    for edit, old, new in BRANCHES.values():
        told = changes(read_atlas(TEA)[0], read_atlas(edit())[0])
        moved = {(change.before, change.after) for change in told}
        assert {change.kind.value for change in told} == {"branch-moved"}
        assert (old, new) in moved


# ---------------------------------------------------------------- what is refused besides


STRAY = {
    "a successor that is retired": (RETIRED, b"see: cold-brewing", b"see: brewing/infusion/sun-tea", "L301"),
    "a successor that has moved": (RETIRED, b"see: cold-brewing", b"see: infusing", "L301"),
    "a former path that is retired": (f"taxonomy/{STEEPING}.yaml", b"infusion/infusing", b"infusion/sun-tea", "L309"),
    "a former path that is a subarea": (f"taxonomy/{STEEPING}.yaml", b"brewing/infusion/infusing", b"judging", "L309"),
    "a former path of the site's own": (f"taxonomy/{STEEPING}.yaml", b"brewing/infusion/infusing", b"search", "L306"),
    "a retired path that is a page again": (RETIRED, b"infusion/sun-tea:", b"infusion/whisking:", "L309"),
    "a retired area that is still there": (RETIRED, b"brewing/infusion/sun-tea:", b"brewing:", "L309"),
    "a retired path that is none": (RETIRED, b"brewing/infusion/sun-tea:", b"../../sun-tea:", "F206"),
    "a former path out of the site": (f"taxonomy/{STEEPING}.yaml", b"brewing/infusion/infusing", b"../x", "F206"),
}


@pytest.mark.parametrize(("path", "old", "new", "code"), STRAY.values(), ids=STRAY)
def test_address_is_refused(path: str, old: bytes, new: bytes, code: str) -> None:
    files = dict(TEA) | {path: TEA[path].replace(old, new)}
    faults = [d for d in read_atlas(files)[1] if d.code == code]
    assert len(faults) == 1
    assert faults[0].location.path == (RETIRED if "sun-tea" in new.decode() else path)
    assert faults[0].hint


def test_garbage_in_the_list_of_published_paths_is_told_and_written_nowhere() -> None:
    files = dict(TEA) | {PUBLISHED: TEA[PUBLISHED] + b"../../x\nbrewing/../../x\na b\n/\na/b/c/d\n"}
    atlas, faults = read_atlas(files)
    assert [d.code for d in faults] == ["L308"] * 5
    assert set(atlas.redirects) == {"brewing/infusion/infusing"}


# ---------------------------------------------------------------- the pages


def outputs(files: Edit) -> tuple[OutputFile, ...]:
    return render(read_atlas(files)[0], Settings(name="Tea", url=URL), CACHE)


CACHE: Path = None  # type: ignore[assignment]


@pytest.fixture(autouse=True, scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cut once for all."""
    globals()["CACHE"] = tmp_path_factory.mktemp("fonts")


def pages(files: Edit) -> dict[str, str]:
    found = (output for output in outputs(published(files)) if output.path.endswith("/index.html"))
    return {output.path.removesuffix("/index.html"): output.data.decode() for output in found}


def shown(page: str) -> str:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return " ".join("".join(tree.find("body").itertext()).split())


def redirect(files: Edit, old: str) -> str:
    """Where the page at an old address leads, by the plain redirect, the link, the script and the canonical address."""
    page = pages(files)[old]
    (target,) = re.findall(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', page)
    (canonical,) = re.findall(r'<link rel="canonical" href="([^"]+)">', page)
    (scripted,) = re.findall(r'data-to="([^"]+)"', page)
    absolute = urljoin(f"{URL}{old}/", target)
    assert canonical == absolute
    assert scripted == target
    assert f'<a href="{target}">' in page
    assert '<meta name="robots" content="noindex">' in page
    return absolute


def test_pages_of_the_past_are_sound_html() -> None:
    for path, page in (pages(rename()) | pages(retire())).items():
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(page)
        assert parser.errors == [], path


def test_site_without_an_address_names_no_canonical_one() -> None:
    page = next(o for o in render(read_atlas(TEA)[0], Settings(), CACHE) if o.path.endswith("infusing/index.html"))
    assert b"canonical" not in page.data


def test_markup_in_a_reason_is_text() -> None:
    hostile = b"<img src=x onerror=alert(1)> &amp; \\\"quoted\\\""
    files = dict(TEA) | {RETIRED: TEA[RETIRED].replace(b"Nobody measured it again.", b'"' + hostile + b'"')}
    page = pages(files)["brewing/infusion/sun-tea"]
    assert "<img" not in page
    assert '<img src=x onerror=alert(1)> &amp; "quoted"' in shown(page)


SETTINGS = """\
site_name: Tea
site_url: https://tea.example.org/atlas/
hooks: ['{hook}']
theme: {{name: material, custom_dir: '{theme}', font: false, favicon: assets/icon.svg}}
plugins: []
markdown_extensions: [attr_list, md_in_html]
"""


def test_pages_of_the_past_are_published_but_in_no_sitemap_and_in_no_index(make_root: MakeRoot) -> None:
    files = published(rename())
    root = make_root(files | {"mkdocs.yml": SETTINGS.format(hook=hook_file(), theme=theme_dir()), "docs/a.md": "# A\n"})
    result = build(root, root / "site")
    assert result.built, "\n".join(map(str, result.diagnostics))
    sitemap = (root / "site/sitemap.xml").read_text()
    assert f"{URL}brewing/infusion/frothing/" in sitemap
    for old in (WHISKING, "brewing/infusion/sun-tea", "brewing/infusion/infusing"):
        page = (root / "site" / old / "index.html").read_text()
        assert "Content-Security-Policy" in page
        assert "data-pagefind-body" not in page
        assert f"{URL}{old}/" not in sitemap
        assert old not in (root / "site/assets/names.json").read_text()
