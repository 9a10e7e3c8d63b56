"""What changed between two states: each edit gives the event of its kind and no other, and layout gives none."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from edits import (
    EDITS,
    INFUSION,
    REFERENCES,
    Edit,
    change_in,
    everywhere,
    finding_changed,
    move,
    relation_changed,
    rename,
    retire,
    split,
)
from genai_atlas import canonical, change_report
from genai_atlas.atlas import Atlas
from genai_atlas.changes import Change, ChangeKind, changes
from genai_atlas.cli import main
from genai_atlas.diagnostics import Severity
from genai_atlas.parse import parse
from genai_atlas.source import SourceFile, read
from tea import PROJECT, STEEPING, TEA, WHISKING, MakeRoot, files_of, read_atlas, tea_with


def found(files: Edit, before: Edit | None = None) -> list[tuple[ChangeKind, str]]:
    old, new = (parse(SourceFile(p, d) for p, d in sorted(f.items())) for f in (before or dict(TEA), files))
    assert not [fault for fault in (*old[1], *new[1]) if fault.severity is Severity.ERROR]
    return [(change.kind, change.path) for change in changes(old[0], new[0])]


@pytest.mark.parametrize(("edit", "kind", "path"), EDITS.values(), ids=EDITS)
def test_edit_is_one_event_of_its_kind(edit: Callable[[], Edit], kind: ChangeKind, path: str) -> None:
    assert found(edit()) == [(kind, path)]


@pytest.mark.parametrize(("edit", "kind", "path"), EDITS.values(), ids=EDITS)
def test_scripted_edits_leave_links_that_resolve(edit: Callable[[], Edit], kind: ChangeKind, path: str) -> None:
    codes = {fault.code for fault in read_atlas(edit())[1] if fault.severity is Severity.ERROR}
    assert not {code for code in codes if code[0] in "SL"}, codes


OWN_SECTION = {
    "title": ((STEEPING, "title: Steeping", "title: Long Steeping"), ChangeKind.TITLE),
    "alias": ((WHISKING, "ground-leaf tea]", "leaf tea]"), ChangeKind.ALIASES),
    "kind": ((WHISKING, "kind: technique", "kind: problem"), ChangeKind.KIND),
    "summary": ((WHISKING, "time hardly matters", "time matters little"), ChangeKind.SUMMARY),
    "scope": ((STEEPING, "whole leaf in hot water. [[", "leaf in hot water. [["), ChangeKind.SCOPE),
    "text": ((STEEPING, "Panels do not agree about strength", "Panels disagree about strength"), ChangeKind.TEXT),
    "relation added": (
        (WHISKING, "relations:\n", "relations:\n  - {type: explains, to: blind-tasting, note: ground leaf}\n"),
        ChangeKind.RELATION_ADDED,
    ),
    "works": ((WHISKING, "measures foam against grind", "foam against grind"), ChangeKind.READING),
    "review": ((WHISKING, "literature_until: 2026-06", "literature_until: 2026-07"), ChangeKind.REVIEW),
    "redirect": ((STEEPING, "brewing/infusion/infusing", "brewing/infusion/infusion"), ChangeKind.REDIRECT),
    "redirect to a subarea": (
        (INFUSION, "\ntopics:", "\nformerly: [brewing/drawing]\ntopics:"),
        ChangeKind.REDIRECT,
    ),
    "order": ((STEEPING, "[hot infusion, Gongfu style", "[Gongfu style, hot infusion"), ChangeKind.ORDER),
    "order of topics": (
        (INFUSION, "  - steeping\n  - cold-brewing", "  - cold-brewing\n  - steeping"),
        ChangeKind.ORDER,
    ),
    "comparison": ((INFUSION, "three minutes, nobody", "four minutes, nobody"), ChangeKind.TEXT),
    "tombstone": (("taxonomy/retired.yaml", "Nobody measured it again", "It was not measured"), ChangeKind.TOMBSTONE),
    "record": ((REFERENCES, "\n  month: 3", "\n  month: 4"), ChangeKind.REFERENCE_CHANGED),
}


@pytest.mark.parametrize(("edit", "kind"), OWN_SECTION.values(), ids=OWN_SECTION)
def test_edit_of_a_section_is_told_as_this_section(edit: tuple[str, str, str], kind: ChangeKind) -> None:
    assert [kind for kind, _ in found(tea_with(edit))] == [kind]


def test_added_topic_brings_its_records_and_relations_along() -> None:
    before = retire()
    before["taxonomy/retired.yaml"] = TEA["taxonomy/retired.yaml"]
    assert found(dict(TEA), before) == [(ChangeKind.TOPIC_ADDED, "brewing/infusion/whisking")]
    assert found(before) == [(ChangeKind.TOPIC_REMOVED, "brewing/infusion/whisking")]


def test_added_topic_that_cites_the_works_of_another_is_no_split() -> None:
    files = split()
    text = files["taxonomy/brewing/infusion/repeat-steeping.yaml"].replace(b"aliases: [Gongfu style]\n", b"")
    files |= {STEEPING: TEA[STEEPING], "taxonomy/brewing/infusion/repeat-steeping.yaml": text}
    assert found(files) == [(ChangeKind.TOPIC_ADDED, "brewing/infusion/repeat-steeping")]


def test_title_that_lives_on_as_an_alias_is_told_once_however_it_is_spelt() -> None:
    spelt = {path: data.replace(b"[Whisking, matcha", b"[whisking, matcha") for path, data in rename().items()}
    assert found(spelt) == [(ChangeKind.TOPIC_RENAMED, "brewing/infusion/frothing")]


def test_move_without_formerly_is_known_by_its_title() -> None:
    files = everywhere(move(), r"\nformerly:\n  - judging/tasting/astringency\n", "")
    assert found(files) == [(ChangeKind.TOPIC_MOVED, "brewing/infusion/astringency")]


def test_subarea_with_another_path_takes_its_topics_along() -> None:
    files = {path.replace("judging/tasting/", "judging/tasters/"): data for path, data in TEA.items()}
    files = change_in(files, "taxonomy/judging/area.yaml", ("  - tasting", "  - tasters"))
    assert found(files) == [(ChangeKind.BRANCH_MOVED, "judging/tasters")]


def test_relation_told_from_the_other_side_is_the_same_relation() -> None:
    line = "  - {type: evaluated_by, to: cupping, note: the protocol has a variant for ground leaf}\n"
    other = "  - {type: evaluates, to: whisking, note: the protocol has a variant for ground leaf}\n"
    files = change_in(dict(TEA), WHISKING, (line, ""))
    cupping = "taxonomy/judging/tasting/cupping.yaml"
    assert found(change_in(files, cupping, ("relations:\n", f"relations:\n{other}"))) == []


# ---------------------------------------------------------------- layout


def reformatted(files: Edit) -> Edit:
    """Every file through another writer of YAML: keys in another order, double quotes, narrow lines."""
    changed = {}
    for path, data in files.items():
        source = read(SourceFile(path, data))[0] if path.endswith(".yaml") else None
        changed[path] = data
        if source:
            value = dict(reversed(source.value.items()))
            text = yaml.safe_dump(value, default_style='"', width=60, allow_unicode=True, sort_keys=False)
            changed[path] = ("# another layout\n" + text).encode()
    return changed


def numbers_bare(files: Edit) -> Edit:
    """A number in quotes would be a text, to YAML and to the model."""
    return everywhere(files, r'!!(?:int|float) "([^"]*)"', r"\1")


@pytest.mark.parametrize("name", ["tea", "the atlas"])
def test_another_layout_is_no_change(name: str) -> None:
    files = dict(TEA) if name == "tea" else {f"taxonomy/{p}": d for p, d in files_of(PROJECT / "taxonomy").items()}
    other = numbers_bare(reformatted(files))
    assert sum(other[path] != data for path, data in files.items()) >= len(files) - 1
    assert found(other, files) == []
    laid_out = {path: out.data for path, data in other.items()
                if path.endswith(".yaml") and (out := canonical.layout(SourceFile(path, data))[0])}  # fmt: skip
    assert found(files | laid_out, files) == []


def test_line_breaks_are_layout() -> None:
    broken = (STEEPING, "leaf takes up water, and it misses", "leaf takes up water, and\n    it misses")
    assert found(tea_with(broken)) == []


# ---------------------------------------------------------------- reports and the command


def told(edit: Callable[[], Edit]) -> tuple[Change, ...]:
    return changes(read_atlas(TEA)[0], read_atlas(edit())[0])


def test_text_shows_what_was_and_what_is() -> None:
    assert change_report.text(told(finding_changed), "a", "b") == (
        "finding changed    brewing/infusion/steeping: Broken leaf gave up its caffeine in a third of the time that "
        "whole leaf needed.\n    - value: 1.4\n    + value: 1.5\n"
    )


def test_json_names_the_topics_of_a_split() -> None:
    report = json.loads(change_report.as_json(told(split), "a", "b"))
    assert report["counts"] == {"topic-split": 1}
    assert report["changes"] == [{
        "kind": "topic-split", "path": "brewing/infusion/steeping", "title": "Steeping", "what": "", "before": "",
        "after": "Repeat Steeping", "others": ["brewing/infusion/repeat-steeping"],
    }]  # fmt: skip


def test_markdown_takes_no_markup_from_the_atlas() -> None:
    hostile = Change(ChangeKind.TITLE, "a/b/c", "<img src=x> @everyone", "", "[x](javascript:1)", "`code` #1")
    text = change_report.markdown([hostile], "main", "topic/branch")
    for sign in ("<", "@", "[", "](", "`code", "#1"):
        assert sign not in text.replace("&#", "")
    assert "1 × title." in text


def test_markdown_stays_below_the_limit_of_a_comment() -> None:
    many = [Change(ChangeKind.SUMMARY, f"a/b/c{i}", "T", "", "x" * 200, "y" * 200) for i in range(500)]
    text = change_report.markdown(many, "a", "b")
    shown = text.count("**Summary**")
    assert len(text) < 65_536 and 0 < shown < 500
    assert f"… and {500 - shown} more changes" in text


def test_no_change_is_told_in_every_format(tea: Atlas) -> None:
    assert changes(tea, tea) == ()
    assert change_report.summary(()) == "no changes"
    assert [change_report.FORMATS[name]((), "a", "b") for name in ("text", "markdown")] == [
        "", "### Changes of the atlas: a → b\n\nNo changes.\n",
    ]  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def history(make_root: MakeRoot) -> Path:
    """Commits of tea, of a fault, and of a finding changed; in the folder a relation is changed too."""
    root = make_root(TEA)
    git(root, "init", "-q", "-b", "main")
    broken = tea_with((WHISKING, "kind: technique", "kind: technik"))
    for tag, files in (("first", dict(TEA)), ("broken", broken), ("second", finding_changed())):
        for path, data in files.items():
            (root / path).write_bytes(data)
        git(root, "add", "-A")
        git(root, "commit", "-q", "--allow-empty", "-m", tag)
        git(root, "tag", tag)
    (root / WHISKING).write_bytes(relation_changed()[WHISKING])
    return root


def run(root: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--root", str(root), "diff", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize(
    ("arguments", "summary", "status"),
    [
        (("first", "second"), "1 finding changed", 0),
        (("second", "first", "--exit-code"), "1 finding changed", 1),
        ((), "1 relation changed", 0),
        (("first",), "1 finding changed, 1 relation changed", 0),
        (("first", "first", "--exit-code"), "no changes", 0),
    ],
)
def test_revisions_and_the_folder(history: Path, arguments: tuple[str, ...], summary: str, status: int) -> None:
    result = run(history, *arguments)
    assert (result.stderr, result.exit_code) == (f"{summary}\n", status)


def test_folders_are_compared_where_they_hold_data(history: Path, tmp_path: Path) -> None:
    for path, data in TEA.items():
        (tmp_path / "old" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "old" / path).write_bytes(data)
    assert run(history, str(tmp_path / "old"), "second").stderr == "1 finding changed\n"


def test_atlas_in_a_folder_of_a_repository(history: Path) -> None:
    inner = history / "inner"
    for path, data in TEA.items():
        (inner / path).parent.mkdir(parents=True, exist_ok=True)
        (inner / path).write_bytes(data)
    assert "has no folder taxonomy/" in run(inner, "HEAD").stderr
    git(history, "add", "-A")
    git(history, "commit", "-q", "-m", "inner")
    assert run(inner, "HEAD").stderr == "no changes\n"


def test_revision_that_does_not_parse_is_told_with_its_faults(history: Path) -> None:
    result = run(history, "first", "broken")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("genai-atlas: broken cannot be compared:\n")
    assert f"{WHISKING}:" in result.stderr and " F204 " in result.stderr


@pytest.mark.parametrize("name", ["no-such-branch", "--output=x", "first:taxonomy", "", "a\0b", "first..second"])
def test_unknown_revision_is_wrong_use(history: Path, name: str) -> None:
    result = run(history, "--", name)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_missing_git_is_one_line(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = run(history, "first")
    assert (result.exit_code, result.stderr) == (2, "genai-atlas: git is not installed; name two folders\n")
