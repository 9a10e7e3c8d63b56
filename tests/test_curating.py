"""The curator's guide, carried out letter by letter on the atlas of tea: each edit is accepted and is what it says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from genai_atlas import files
from genai_atlas.cli import main
from genai_atlas.parse import parse
from tea import PROJECT, TEA

GUIDE = (PROJECT / "docs/curating.md").read_text("utf-8")
REPEAT, MULTIPLE = "brewing/infusion/repeat-steeping", "brewing/infusion/multiple-infusions"
TASTED, GONGFU = "judging/tasting/multiple-infusions", "brewing/infusion/gongfu-brewing"


@dataclass(frozen=True)
class Recipe:
    told: list[str]
    """Kinds of change."""
    leads: dict[str, str]
    """Where earlier paths lead after it."""


STEEPING = "brewing/infusion/steeping"
RECIPES = {
    "Add a topic": Recipe(["topic-added"], {}),
    "Change a topic": Recipe(["relation-changed", "review"], {}),
    "Rename a topic": Recipe(["topic-renamed"], {REPEAT: MULTIPLE}),
    "Move a topic": Recipe(["topic-moved"], {REPEAT: TASTED, MULTIPLE: TASTED}),
    "Merge a topic into another": Recipe(["topic-merged"], dict.fromkeys((REPEAT, MULTIPLE, TASTED), STEEPING)),
    "Split a topic": Recipe(["topic-split"], {}),
    "Retire a topic": Recipe(["topic-retired"], {GONGFU: STEEPING}),
    "Rename an area or subarea": Recipe(
        ["branch-moved"], {"judging/tasting": "judging/tasters", "judging/tasting/cupping": "judging/tasters/cupping"}
    ),
}


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each heading, with the blocks of code below it."""
    for section in GUIDE.split("\n## ")[1:]:
        yield section.split("\n")[0], re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--root", str(root), *arguments], catch_exceptions=False)


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(root), *identity, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def carry_out(root: Path, blocks: list[tuple[str, str]]) -> None:
    for language, text in blocks:
        if language == "sh":
            for line in text.strip().splitlines():
                program, *arguments = shlex.split(line)
                assert program == "git"
                git(root, *arguments)
        else:
            assert language in ("diff", "text")
            if language == "diff":
                apply(root, text)


def apply(root: Path, diff: str) -> None:
    """Without line numbers: the lines that are shown or taken out stand in the file once, and together."""
    for file in re.split(r"(?m)^--- ", diff)[1:]:
        head, _, body = file.partition("\n+++ b/")
        name, _, body = body.partition("\n")
        path = root / name
        if head == "/dev/null":
            assert not path.exists() and all(line.startswith("+") for line in body.splitlines())
            path.write_text("".join(f"{line[1:]}\n" for line in body.splitlines()), "utf-8")
            continue
        assert head == f"a/{name}"
        text = path.read_text("utf-8")
        for hunk in body.split("@@\n"):
            lines = hunk.splitlines()
            old, new = ("".join(f"{line[1:]}\n" for line in lines if line[:1] in f" {sign}") for sign in "-+")
            assert f"\n{text}".count(f"\n{old}") == 1, f"{name}: {old!r}"
            text = f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]
        path.write_text(text, "utf-8")


def test_guide_has_a_recipe_for_each_edit() -> None:
    assert [heading for heading, _ in sections()] == list(RECIPES)


def test_every_recipe_is_accepted_told_as_what_it_is_and_leads_on(tmp_path: Path) -> None:
    """One after the other, with a release after each, so that every path that goes was released."""
    for path, data in (TEA | {".gitignore": b"build/\n"}).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    git(tmp_path, "init", "-q", "-b", "main")
    for day, (heading, blocks) in enumerate([("", []), *sections()], start=2):
        carry_out(tmp_path, blocks)
        checked = run(tmp_path, "validate", "--strict")
        assert checked.exit_code == 0, (heading, checked.output)
        laid_out = run(tmp_path, "fmt", "--check")
        assert laid_out.exit_code == 0, (heading, laid_out.output)
        if heading:
            told = json.loads(run(tmp_path, "diff", "--format", "json").stdout)["changes"]
            assert [change["kind"] for change in told] == RECIPES[heading].told, heading
            atlas = parse(files.read(tmp_path)[0])[0]
            assert {old: atlas.successors.get(old) for old in RECIPES[heading].leads} == RECIPES[heading].leads
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", heading or "tea")
        released = run(tmp_path, "release", "--date", f"2026-12-{day:02}")
        assert released.exit_code == 0, (heading, released.output)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "release")


@pytest.mark.parametrize("heading", [h for h, recipe in RECIPES.items() if recipe.leads])
def test_recipe_is_refused_without_its_redirect(heading: str, tmp_path: Path) -> None:
    for path, data in TEA.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "tea")
    for before, blocks in sections():
        if before == heading:
            atlas = parse(files.read(tmp_path)[0])[0]
            published = {*atlas.published, *atlas.pages}
            (tmp_path / "taxonomy/published.txt").write_text("".join(f"{path}\n" for path in sorted(published)))
            blocks = [(language, without_redirects(text)) for language, text in blocks]
        carry_out(tmp_path, blocks)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", before)
        if before == heading:
            break
    found = json.loads(run(tmp_path, "validate", "--format", "json").stdout)
    assert "L308" in {fault["code"] for fault in found}, found


def without_redirects(diff: str) -> str:
    """The same without what it adds under `formerly` and to retired.yaml."""
    return re.sub(r"(?m)^\+(formerly:|  - [a-z-]+/.*|[a-z-]+/[a-z-]+/[a-z-]+: .*)\n", "", diff)
