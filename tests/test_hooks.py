"""The hooks for pre-commit, run as it runs them: each entry with the changed files that it asks for."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tea import PROJECT, STEEPING, TEA, WHISKING, MakeRoot, tea_with

HOOKS: dict[str, dict[str, Any]] = {
    hook["id"].removeprefix("genai-atlas-"): hook
    for repo in yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    for hook in repo["hooks"]
}
FAULTY = (WHISKING, "kind: technique", "kind: technik")
UGLY = (WHISKING, "kind: technique", "kind:   technique")


def ran(name: str, root: Path, changed: list[str]) -> int | None:
    """The exit status, or None where the hook has nothing to look at."""
    hook = HOOKS[name]
    files = [path for path in changed if re.search(hook["files"], path)]
    if not files:
        return None
    command = [*shlex.split(hook["entry"]), *(files if hook.get("pass_filenames", True) else [])]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(command, cwd=root, capture_output=True, env={**os.environ, "PATH": path}).returncode


def test_hooks_are_local_and_use_the_program_that_is_installed() -> None:
    assert sorted(HOOKS) == ["fmt", "validate"]
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}
    assert {shlex.split(hook["entry"])[0] for hook in HOOKS.values()} == {"genai-atlas"}


@pytest.mark.parametrize(
    ("edit", "changed", "validate", "fmt"),
    [
        pytest.param(None, [WHISKING], 0, 0, id="sound"),
        pytest.param(FAULTY, [WHISKING], 1, 0, id="faulty"),
        pytest.param(FAULTY, [STEEPING], 1, 0, id="a fault that another file's change made"),
        pytest.param(UGLY, [WHISKING, STEEPING], 0, 1, id="not laid out"),
        pytest.param(UGLY, [STEEPING], 0, 0, id="not laid out, and not changed"),
        pytest.param(None, ["taxonomy/published.txt"], 0, None, id="a file that has no layout"),
        pytest.param(FAULTY, ["docs/about.md"], None, None, id="nothing of the data"),
    ],
)
def test_commit_is_stopped_by_what_is_wrong(
    make_root: MakeRoot, edit: tuple[str, str, str] | None, changed: list[str], validate: int | None, fmt: int | None
) -> None:
    root = make_root(tea_with(edit) if edit else TEA)
    assert (ran("validate", root, changed), ran("fmt", root, changed)) == (validate, fmt)
