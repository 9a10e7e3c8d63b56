"""The command line: what each command prints, and with which status it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from genai_atlas import __version__, files, preview, report, schemas, site, stats
from genai_atlas.atlas import Atlas
from genai_atlas.checks import RULES
from genai_atlas.cli import main
from genai_atlas.diagnostics import Diagnostic, Location, Severity
from tea import CASES, STEEPING, TEA, WHISKING, MakeRoot, read_atlas, tea_with

ERROR = (WHISKING, "kind: technique", "kind: technik")
WARNING = (WHISKING, "time hardly matters", "time is powerful")
UGLY = (WHISKING, "aliases: [matcha making, ground-leaf tea]", "aliases: [ matcha making,ground-leaf tea ]")
MISSING_TO = ("taxonomy/judging/tasting/cupping.yaml", "to: blind-tasting", "to: blind-tastings")

Run = Callable[..., Result]


@pytest.fixture
def run(make_root: MakeRoot) -> Run:
    """`run(args, files)` on a folder with these files; anything but an exit status is a bug of the program."""

    def invoke(*arguments: str, contents: Mapping[str, str | bytes] = TEA, root: Path | None = None) -> Result:
        folder = make_root(contents) if root is None else root
        result = CliRunner().invoke(main, ["--root", str(folder), *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


# ---------------------------------------------------------------- validate

EXPLAINS = "; `genai-atlas rules CODE` explains a code\n"
STATUSES = {
    "clean": ((), (), 0, "0 errors, 0 warnings\n"),
    "an error": ((ERROR,), (), 1, "1 error, 0 warnings" + EXPLAINS),
    "a warning": ((WARNING,), (), 0, "0 errors, 1 warning" + EXPLAINS),
    "a warning, strict": ((WARNING,), ("--strict",), 1, "1 error, 0 warnings" + EXPLAINS),
    "brief entries, strict": ((), ("--strict",), 0, "0 errors, 0 warnings\n"),
    "two errors": ((ERROR, MISSING_TO), (), 1, "2 errors, 0 warnings" + EXPLAINS),
}


@pytest.mark.parametrize(("edits", "arguments", "status", "summary"), STATUSES.values(), ids=STATUSES)
def test_status_and_summary(
    run: Run, edits: tuple[tuple[str, str, str], ...], arguments: tuple[str, ...], status: int, summary: str
) -> None:
    result = run("validate", *arguments, contents=tea_with(*edits))
    assert (result.exit_code, result.stderr) == (status, summary)


@pytest.mark.parametrize("name", report.FORMATS)
def test_report_goes_to_the_output_and_the_summary_does_not(run: Run, name: str) -> None:
    contents = tea_with(ERROR, WARNING)
    _, diagnostics = read_atlas(contents)
    result = run("validate", "--format", name, contents=contents)
    assert result.stdout == report.FORMATS[name](diagnostics)


def test_json_of_a_clean_taxonomy_is_an_empty_list(run: Run) -> None:
    assert json.loads(run("validate", "--format", "json").stdout) == []


PATHS = {
    "the file with the error": ([WHISKING], 1),
    "another file": ([STEEPING], 0),
    "its folder": (["taxonomy/brewing"], 1),
    "another folder": (["taxonomy/judging"], 0),
    "a folder whose name it begins": (["taxonomy/brew"], 0),
    "several": (["taxonomy/judging", WHISKING], 1),
    "everything": (["."], 1),
    "with a slash": (["taxonomy/brewing/"], 1),
    "with a detour": (["taxonomy/judging/../brewing"], 1),
}


@pytest.mark.parametrize(("paths", "status"), PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("is_absolute", [False, True])
def test_paths_choose_whose_faults_are_told(
    run: Run, make_root: MakeRoot, paths: list[str], status: int, is_absolute: bool
) -> None:
    root = make_root({**tea_with(ERROR), "taxonomy/brew/area.yaml": TEA["taxonomy/judging/area.yaml"]})
    result = run("validate", *(str(root / path) if is_absolute else path for path in paths), root=root)
    told = [line for line in result.stdout.splitlines() if "whisking.yaml" in line]
    assert (bool(told), len(told)) == (bool(status), status)


def test_link_is_checked_against_the_whole_whatever_the_paths(run: Run) -> None:
    """Whisking is named by the page that is checked, and lies outside it."""
    assert run("validate", STEEPING).exit_code == 0


def test_paths_count_from_the_working_directory_first(
    run: Run, make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_root(tea_with(ERROR))
    monkeypatch.chdir(root / "taxonomy/brewing")
    assert run("validate", "infusion/whisking.yaml", root=root).exit_code == 1
    assert run("validate", "infusion/steeping.yaml", root=root).exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_root_may_be_reached_through_a_link(run: Run, make_root: MakeRoot, tmp_path: Path) -> None:
    make_root(tea_with(ERROR))
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "root", target_is_directory=True)
    assert run("validate", str(link / WHISKING), root=link).exit_code == 1


# ---------------------------------------------------------------- a user's mistakes

MISTAKES = {
    "a path that is not there": (("validate", "taxonomy/nothing.yaml"), "there is no taxonomy/nothing.yaml"),
    "a path outside": (("validate", "/"), "is not below"),
    "a format that is none": (("validate", "--format", "xml"), "'xml' is not one of"),
    "an option that is none": (("validate", "--fast"), "No such option"),
    "a command that is none": (("check",), "No such command 'check'"),
    "a rule that is none": (("rules", "S999"), "no rule S999; `genai-atlas rules` lists them"),
    "a rule that is nearly one": (("rules", "L30"), "no rule L30; did you mean"),
    "a schema that is none": (("schema", "topics"), "'topics' is not one of"),
    "a format of stats": (("stats", "--format", "github"), "'github' is not one of"),
    "an address without a port": (("serve", "--address", "localhost"), "localhost is no HOST:PORT"),
    "an address without a host": (("serve", "--address", ":8000"), ":8000 is no HOST:PORT"),
    "a path to lay out that is not there": (("fmt", "taxonomy/nothing.yaml"), "there is no taxonomy/nothing.yaml"),
}


@pytest.mark.parametrize(("arguments", "told"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_told_in_a_line_with_status_2(run: Run, arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["validate", "stats", "fmt"])
def test_folder_without_a_taxonomy_is_one_fault(run: Run, tmp_path: Path, command: str) -> None:
    result = run(command, root=tmp_path)
    assert result.exit_code == 1
    told = result.stdout + result.stderr
    assert [line.split()[2] for line in told.splitlines() if line.startswith("taxonomy")] == ["S131"]


def test_folder_without_a_taxonomy_is_told_though_only_a_part_was_asked_for(run: Run, tmp_path: Path) -> None:
    """A root given one level too deep must not pass for a clean taxonomy."""
    (tmp_path / "brewing").mkdir()
    result = run("validate", str(tmp_path / "brewing"), root=tmp_path)
    assert result.exit_code == 1
    assert "S131" in result.stdout


def test_folder_that_is_not_there_or_is_a_file_is_a_mistake(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    for name, told in (("nothing", "does not exist"), ("file", "is a file")):
        result = run("validate", root=tmp_path / name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr


def refusing(*_: object, **__: object) -> Any:
    raise files.FilesError("taxonomy/a.yaml", "cannot read the file: Permission denied")


@pytest.mark.parametrize(
    ("arguments", "module", "name"),
    [
        (("validate",), files, "read"),
        (("stats",), files, "read"),
        (("fmt",), files, "read"),
        (("render",), site, "generate"),
        (("build",), site, "build"),
        (("serve",), preview, "serve"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_disk_that_refuses_is_one_line_with_status_2(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], module: Any, name: str
) -> None:
    monkeypatch.setattr(module, name, refusing)
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "genai-atlas: taxonomy/a.yaml: cannot read the file: Permission denied\n",
    )


def test_file_that_may_not_be_read_is_named(run: Run, make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs this as root may read everything, so the refusal is put in."""
    root, real = make_root(TEA), os.open

    def refuse(path: str, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("whisking.yaml"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    result = run("validate", root=root)
    assert result.exit_code == 2
    assert result.stderr == f"genai-atlas: {root / WHISKING}: cannot read the file: Permission denied\n"


# ---------------------------------------------------------------- fmt


def test_fmt_lays_out_what_differs_and_then_nothing(run: Run, make_root: MakeRoot) -> None:
    root = make_root(tea_with(UGLY))
    result = run("fmt", root=root)
    assert (result.exit_code, result.stdout) == (0, f"changed {WHISKING}\n")
    assert result.stderr == "1 file changed, 20 as they should be\n"
    assert (root / WHISKING).read_bytes() == TEA[WHISKING]
    again = run("fmt", root=root)
    assert (again.exit_code, again.stdout) == (0, "")


def test_fmt_check_changes_nothing_and_tells_by_its_status(run: Run, make_root: MakeRoot) -> None:
    contents = tea_with(UGLY)
    root = make_root(contents)
    result = run("fmt", "--check", root=root)
    assert (result.exit_code, result.stdout) == (1, f"would change {WHISKING}\n")
    assert (root / WHISKING).read_bytes() == contents[WHISKING]
    assert run("fmt", "--check").exit_code == 0


def test_fmt_of_paths_leaves_the_rest(run: Run) -> None:
    contents = tea_with(UGLY)
    assert run("fmt", "--check", "taxonomy/judging", contents=contents).exit_code == 0
    assert run("fmt", "--check", "taxonomy/brewing", contents=contents).exit_code == 1
    assert run("fmt", "--check", WHISKING, contents=contents).exit_code == 1


def test_fmt_leaves_a_file_with_a_syntax_fault_alone_and_does_the_others(run: Run, make_root: MakeRoot) -> None:
    contents = tea_with(UGLY) | {STEEPING: TEA[STEEPING] + b"a: b: c\n"}
    root = make_root(contents)
    result = run("fmt", root=root)
    assert result.exit_code == 1
    assert f"{STEEPING}:" in result.stderr
    assert "S105" in result.stderr
    assert (root / STEEPING).read_bytes() == contents[STEEPING]
    assert (root / WHISKING).read_bytes() == TEA[WHISKING]


def test_fmt_goes_by_errors_as_validate_does(run: Run) -> None:
    """A stray file is a warning."""
    contents = {**TEA, "taxonomy/notes.md": "x\n"}
    for arguments in (("validate",), ("fmt", "--check")):
        result = run(*arguments, contents=contents)
        assert result.exit_code == 0
        assert "S130" in result.output


def test_fmt_names_the_schemas_where_there_are_any(run: Run, make_root: MakeRoot) -> None:
    root = make_root(TEA)
    assert run("fmt", "--check", root=root).exit_code == 0
    assert run("schema", "--write", root=root).stderr == "6 files written to schemas\n"
    assert run("fmt", "--check", root=root).exit_code == 1
    assert run("fmt", root=root).stderr == "21 files changed, 0 as they should be\n"
    for path in root.rglob("taxonomy/**/*.yaml"):
        line, _, rest = path.read_text("utf-8").partition("\n")
        named = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", line)
        assert named and (path.parent / named[1]).is_file()
        assert rest.encode() == TEA[path.relative_to(root).as_posix()]
    assert run("fmt", "--check", root=root).exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that cannot be caught")
def test_fmt_killed_at_any_moment_leaves_the_old_or_the_new_file(run: Run, make_root: MakeRoot) -> None:
    old = {path: re.sub(rb"(?m)^((?:  )?title): ", rb"\1:   ", data) for path, data in TEA.items()}
    root = make_root(old)
    states: set[str] = set()
    for moment in range(6):
        for path, data in old.items():
            (root / path).write_bytes(data)
        command = [sys.executable, "-u", "-m", "genai_atlas.cli", "--root", str(root), "fmt"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout
        process.stdout.readline()  # the first file is about to be written
        time.sleep(moment * 0.004)
        process.kill()
        process.communicate()
        for path, data in old.items():
            found = (root / path).read_bytes()
            assert found in (data, TEA[path])
            states.add("old" if found == data else "new")
    assert states == {"old", "new"}
    assert run("fmt", root=root).exit_code == 0
    assert {path: (root / path).read_bytes() for path in TEA} == TEA


# ---------------------------------------------------------------- stats, schema, rules


def test_stats_are_text_or_json(run: Run, tea: Atlas) -> None:
    counted = stats.count(tea)
    assert run("stats").stdout == stats.table(counted)
    assert json.loads(run("stats", "--format", "json").stdout) == counted


def test_stats_of_a_faulty_taxonomy_count_and_tell(run: Run) -> None:
    result = run("stats", "--format", "json", contents=tea_with(ERROR))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["faulty"] == 1
    assert "F204" in result.stderr


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_schema_is_printed(run: Run, name: str) -> None:
    assert run("schema", name).stdout == schemas.text(name)


def test_schema_is_that_of_a_topic_unless_said(run: Run) -> None:
    assert run("schema").stdout == schemas.text("topic")


def test_rules_are_listed_one_a_line(run: Run) -> None:
    lines = run("rules").stdout.splitlines()
    assert [line.split() for line in lines] == [[rule.code, rule.severity.value, rule.name] for rule in RULES]


@pytest.mark.parametrize("code", ["L301", "l301"])
def test_rule_is_explained(run: Run, code: str) -> None:
    rule = next(rule for rule in RULES if rule.code == "L301")
    assert run("rules", code).stdout == report.explanation(rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_code_that_is_told_can_be_explained(rule: Any) -> None:
    result = CliRunner().invoke(main, ["rules", rule.code])
    assert result.stdout.startswith(f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.explanation}\n")


# ---------------------------------------------------------------- render, build, serve

TOLD = Diagnostic(Location("taxonomy/a.yaml", 2, 3), "L301", "no topic 'b'", "did you mean 'c'?")
WARNED = Diagnostic(Location("taxonomy/a.yaml", 2, 3), "Q601", "too long", "", Severity.WARNING)


@pytest.mark.parametrize(
    ("diagnostics", "is_done", "status"),
    [((), True, 0), ((WARNED,), True, 0), ((TOLD,), False, 1), ((TOLD,), True, 1)],
    ids=["clean", "a warning", "stopped by an error", "kept going"],
)
@pytest.mark.parametrize("command", ["render", "build"])
def test_site_commands_tell_faults_and_end_accordingly(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    diagnostics: tuple[Diagnostic, ...],
    is_done: bool,
    status: int,
) -> None:
    generated = site.Generated(read_atlas({})[0], diagnostics, ("index.md",), is_done)
    monkeypatch.setattr(site, "generate", lambda root, **options: generated)
    monkeypatch.setattr(site, "build", lambda root, folder, **options: site.BuildResult(is_done, diagnostics))
    result = run(command)
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith(report.text(diagnostics))
    assert ("1 file written to build/docs\n" in result.stderr) == (command == "render" and is_done)
    assert ("not built; the old site is as it was\n" in result.stderr) == (command == "build" and not is_done)


def test_options_reach_the_build(run: Run, make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def build(root: Path, folder: Path, **options: object) -> site.BuildResult:
        asked.append((root, folder, options["keep_going"], options["is_strict"]))
        return site.BuildResult(True, ())

    monkeypatch.setattr(site, "build", build)
    root = make_root(TEA)
    run("build", root=root)
    run("build", "--site-dir", "elsewhere", "--keep-going", "--strict", root=root)
    assert asked == [(root, root / "site", False, False), (root, Path("elsewhere"), True, True)]


def test_render_without_settings_of_a_site_is_one_fault(run: Run) -> None:
    result = run("render")
    assert result.exit_code == 1
    assert [line.split()[2] for line in result.stderr.splitlines() if ": error " in line] == ["B203"]


def test_served_address_is_the_one_that_was_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def serve(root: Path, address: str) -> tuple[Diagnostic, ...]:
        asked.append(address)
        return (TOLD,) if address.startswith("[") else ()

    monkeypatch.setattr(preview, "serve", serve)
    assert [run("serve").exit_code, run("serve", "--address", "[::1]:80").exit_code] == [0, 1]
    assert asked == ["127.0.0.1:8000", "[::1]:80"]


@pytest.mark.parametrize("port", ["65536", "999999999999"])
def test_port_that_is_none_is_a_mistake(run: Run, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setattr(preview, "serve", refusing)
    result = run("serve", "--address", f"127.0.0.1:{port}")
    assert (result.exit_code, f"127.0.0.1:{port} is no HOST:PORT" in result.stderr) == (2, True)


# ---------------------------------------------------------------- as a program


def program(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "genai_atlas.cli", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, **options)


def test_program_says_its_version() -> None:
    done = program("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"genai-atlas, version {__version__}\n")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("validate", "--help")])
def test_program_says_how_it_is_used(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def test_program_reads_the_folder_it_runs_in_and_ends_with_its_status(make_root: MakeRoot) -> None:
    root = make_root(tea_with(ERROR))
    done = program("validate", cwd=root / "taxonomy" / "..")
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"{WHISKING}:3:7: error F204 ")


def test_program_prints_names_of_any_script_where_one_code_page_is_taken(make_root: MakeRoot) -> None:
    root = make_root(tea_with((WHISKING, "title: Whisking", "title: Wh\u0456sking")))
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = program("--root", str(root), "validate", env=environment)
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)
    assert b"P541 'Wh\\u0456sking' mixes Cyrillic and Latin letters" in done.stdout


def test_case_folder_reads_the_same_through_the_program(run: Run) -> None:
    """What stands in expected.txt is what a curator reads."""
    name = "L324-circular-reading-path"
    contents = dict(TEA) | {
        path.relative_to(CASES / name).as_posix(): path.read_bytes()
        for path in (CASES / name).rglob("*.yaml")
        if path.name != "edits.yaml"
    }
    assert run("validate", contents=contents).stdout == (CASES / name / "expected.txt").read_text("utf-8")


# ---------------------------------------------------------------- export


def test_export_goes_to_standard_output_or_to_a_file(run: Run, tmp_path: Path) -> None:
    printed = run("export", "json", "--topic", "steeping")
    assert printed.exit_code == 0
    assert [topic["title"] for topic in json.loads(printed.stdout)["topics"]] == ["Steeping"]
    target = tmp_path / "new/folder/steeping.json"
    assert run("export", "json", "--topic", "steeping", "-o", str(target)).exit_code == 0
    assert target.read_text("utf-8") == printed.stdout


def test_export_of_several_files_wants_a_folder(run: Run, tmp_path: Path) -> None:
    refused = run("export", "csv")
    assert (refused.exit_code, "name a folder for them with -o" in refused.stderr) == (2, True)
    assert run("export", "csv", "--area", "brewing", "-o", str(tmp_path / "csv")).exit_code == 0
    assert (tmp_path / "csv/datapackage.json").is_file()


REFUSED = {
    "unknown format": (("jsn",), 2, "the nearest is 'json'"),
    "unknown topic": (("json", "--topic", "steepin"), 2, "no topic 'steepin'; the nearest is 'steeping'"),
    "two selections": (("json", "--topic", "steeping", "--area", "brewing"), 2, "give one of"),
}


@pytest.mark.parametrize(("arguments", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_export_refuses(run: Run, arguments: tuple[str, ...], status: int, message: str) -> None:
    result = run("export", *arguments)
    assert (result.exit_code, message in result.stderr) == (status, True)
    assert result.stdout == ""


def test_data_with_faults_are_not_exported(run: Run) -> None:
    result = run("export", "json", contents=tea_with(ERROR))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "F204" in result.stderr
