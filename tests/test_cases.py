"""One folder for each code: what it refuses, and all that is said about it.

`tests/cases/<CODE>-<name>/` holds what differs from the atlas in tests/cases/base: files under taxonomy/ that are laid
over it, or edits.yaml, with the texts to replace in a file (`path: removed` takes the file away). Its expected.txt is
everything that `genai-atlas validate` says, and `pytest --update` writes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from genai_atlas import files, report
from genai_atlas.checks import RULES, check, strict
from genai_atlas.diagnostics import Diagnostic
from genai_atlas.parse import parse
from tea import CASES, TEA, WHISKING, MakeRoot, edited, files_of

# Not worth their place in the repository.
GENERATED: Mapping[str, Mapping[str, Callable[[bytes], bytes]]] = {
    "S101-file-too-large": {WHISKING: lambda base: base + b"#" * (256 * 1024 + 1 - len(base))},
    "S111-field-too-long": {WHISKING: lambda base: base.replace(b"matcha making", b"x" * 4001)},
    "S119-too-many-faults": {WHISKING: lambda base: base + b"".join(b"field%d:\n" % n for n in range(101))},
}

# What no folder of files can hold or no check of a taxonomy can raise, and the tests that cover it.
ELSEWHERE = {
    "S120": "test_site.py",  # a symbolic link
    "S131": "test_cli.py",  # no taxonomy at all
    "S140": "test_canonical.py",  # raised by fmt
    **dict.fromkeys(("L312", "L313", "L314"), "test_release.py"),  # held against frozen releases
    "R410": "test_bibtex.py",  # raised by new reference
    **dict.fromkeys(("B101", "B102", "B103", "B104", "B105", "B106", "B107", "B108", "B109", "B110"), "test_finish.py"),
    **dict.fromkeys(("B201", "B202", "B203", "B204", "B205", "B206"), "test_site.py"),
}

# Cases whose fault has another one in its wake, which is a fault of its own.
ALSO: Mapping[str, frozenset[str]] = {"S119-too-many-faults": frozenset({"S112"})}

NAMES = sorted({path.name for path in CASES.iterdir() if path.is_dir()} - {"base"} | set(GENERATED))
TOLD = {rule.code: rule for rule in RULES}


def _laid_over(name: str) -> dict[str, bytes]:
    found = dict(TEA)
    folder = CASES / name
    found |= {path: data for path, data in files_of(folder).items() if path.startswith("taxonomy/")}
    edits = folder / "edits.yaml"
    for path, what in (yaml.safe_load(edits.read_text("utf-8")) if edits.exists() else {}).items():
        if what == "removed":
            del found[path]
        else:
            found[path] = edited(found[path], [(edit["replace"], edit["with"]) for edit in what])
    for path, generate in GENERATED.get(name, {}).items():
        found[path] = generate(found[path])
    return found


def _diagnosed(root: Path) -> tuple[Diagnostic, ...]:
    sources, refused = files.read(root)
    atlas, faults = parse(sources)
    return tuple(sorted((*refused, *faults, *check(atlas))))


def test_base_is_clean_under_strict(make_root: MakeRoot) -> None:
    assert strict(_diagnosed(make_root(TEA))) == ()


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, make_root: MakeRoot, is_update: bool) -> None:
    diagnostics = _diagnosed(make_root(_laid_over(name)))
    text = report.text(diagnostics)
    expected = CASES / name / "expected.txt"
    if is_update:
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, "utf-8", newline="\n")
    code = name.partition("-")[0]
    assert {d.code for d in diagnostics} == {code} | ALSO.get(name, frozenset())
    assert all(d.hint for d in diagnostics), "every fault says how to mend it"
    assert text == expected.read_text("utf-8")


def test_every_rule_has_a_case() -> None:
    covered = {name.partition("-")[0] for name in NAMES} | set(ELSEWHERE)
    assert sorted(set(TOLD) - covered) == []


@pytest.mark.parametrize("name", NAMES)
def test_folder_is_named_after_its_rule(name: str) -> None:
    code, _, rest = name.partition("-")
    assert rest == TOLD[code].name


@pytest.mark.parametrize("code", ELSEWHERE)
def test_rule_without_a_case_is_tested_elsewhere(code: str) -> None:
    assert not any(name.startswith(code) for name in NAMES)
    assert code in TOLD
    assert code in (Path(__file__).parent / ELSEWHERE[code]).read_text("utf-8")
