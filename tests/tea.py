"""The atlas of tea: tests/cases/base in memory, and ways to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from genai_atlas.atlas import Atlas
from genai_atlas.checks import check
from genai_atlas.diagnostics import Diagnostic
from genai_atlas.parse import parse
from genai_atlas.source import SourceFile

PROJECT = Path(__file__).parents[1]
CASES = Path(__file__).parent / "cases"
Files = Mapping[str, bytes]
MakeRoot = Callable[[Mapping[str, str | bytes]], Path]


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path from there."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


TEA: Files = files_of(CASES / "base")

STEEPING = "taxonomy/brewing/infusion/steeping.yaml"
"""The full entry."""
WHISKING = "taxonomy/brewing/infusion/whisking.yaml"
"""A brief one."""


def edited(text: bytes, edits: Iterable[tuple[str, str]]) -> bytes:
    """Each old text has to be there once, so that an edit says where it is."""
    changed = text.decode()
    for old, new in edits:
        assert changed.count(old) == 1, f"{changed.count(old)} times in the file: {old!r}"
        changed = changed.replace(old, new)
    return changed.encode()


def tea_with(*edits: tuple[str, str, str]) -> dict[str, bytes]:
    """The atlas of tea after edits: path, old text, new text."""
    files = dict(TEA)
    for path, old, new in edits:
        files[path] = edited(files[path], [(old, new)])
    return files


def read_atlas(files: Mapping[str, bytes | str]) -> tuple[Atlas, tuple[Diagnostic, ...]]:
    """The atlas with everything that is to be said about it, without a disk."""
    sources = (SourceFile(path, _bytes(data)) for path, data in sorted(files.items()) if path.startswith("taxonomy/"))
    atlas, faults = parse(sources)
    return atlas, tuple(sorted((*faults, *check(atlas))))


def _bytes(data: bytes | str) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def place(text: bytes, at: str) -> str:
    """`line:column` of the one place where `at` stands."""
    shown = text.decode()
    assert shown.count(at) == 1, f"{shown.count(at)} times in the file: {at!r}"
    index = shown.index(at)
    return f"{shown.count(chr(10), 0, index) + 1}:{index - shown.rfind(chr(10), 0, index)}"


def said(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """`code path:line:column` of each, with the path from taxonomy/."""
    return [
        f"{d.code} {d.location.path.removeprefix('taxonomy/')}:{d.location.line}:{d.location.column}"
        for d in diagnostics
    ]
