"""Frozen releases: what docs/data/releases/ holds, and whether it and its addresses are as they were. Layer 5; no
effects.

A folder a day: release.json (what is in it, every path and the hash of each file), changes.json (against the release
before), atlas.json.xz (everything that the pages show) and taxonomy.tar.xz (the authored files).
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from genai_atlas.atlas import PUBLISHED_FILE, Atlas, page_file
from genai_atlas.diagnostics import Diagnostic, Location, Rule
from genai_atlas.files import PAGES_FOLDER, RELEASES_FOLDER
from genai_atlas.output import OutputFile
from genai_atlas.source import MAX_FILE_BYTES, SourceFile

FOLDER: Final = RELEASES_FOLDER.removeprefix(f"{PAGES_FOLDER}/")
"""Below docs/ and below the site's address."""
RECORD: Final = "release.json"
CHANGES: Final = "changes.json"
DATA: Final = "atlas.json.xz"
SOURCES: Final = "taxonomy.tar.xz"

DROPPED = Rule(
    "L312",
    "published-path-dropped",
    "taxonomy/published.txt lists every path that was ever released, and a line of it never goes: without it nobody "
    "would notice when the address dies. The frozen releases under docs/data/releases/ tell what belongs there.",
    "# published.txt without brewing/infusion/sun-tea, which the release of 2026-08-01 has",
    "# published.txt\nbrewing/infusion/sun-tea",
)
REUSED = Rule(
    "L313",
    "retired-path-used-again",
    "A path that was retired in a release is never used again: whoever kept the address would find another subject "
    "there.",
    "# retired.yaml had brewing/infusion/sun-tea, and there is a new sun-tea.yaml",
    "# brewing/infusion/solar-brewing.yaml",
)
ALTERED = Rule(
    "L314",
    "release-altered",
    "What is released stays as it is: people cite it and programs compare against it. Each file under "
    "docs/data/releases/ has the hash that its release.json says, and none is missing or added.",
    "# docs/data/releases/2026-08-01/changes.json, edited by hand",
    "# git restore docs/data/releases/2026-08-01",
)
RULES: Final = (DROPPED, REUSED, ALTERED)


class FrozenFile(BaseModel):
    bytes: int
    sha256: str


class Record(BaseModel):
    """release.json."""

    model_config = ConfigDict(frozen=True)

    date: datetime.date
    previous: datetime.date | None = None
    """The release before."""
    generator: str
    """The program that froze it, with its version."""
    format_version: str
    """Of atlas.json."""
    counts: dict[str, int]
    paths: tuple[str, ...]
    """Every area, subarea and topic of the release."""
    retired: tuple[str, ...] = ()
    """Every path that had ended by then."""
    files: dict[str, FrozenFile]
    """All that stands beside it."""


@dataclass(frozen=True)
class Release:
    record: Record
    changes: tuple[Mapping[str, Any], ...]
    """As changes.json has them."""
    sources: bytes
    """The archive of the authored files."""

    @property
    def name(self) -> str:
        return self.record.date.isoformat()


def described(data: bytes) -> FrozenFile:
    return FrozenFile(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def read(files: Iterable[OutputFile]) -> tuple[tuple[Release, ...], tuple[Diagnostic, ...]]:
    """The newest first. Paths are relative to docs/; what is no part of a release is passed over."""
    folders: dict[str, dict[str, bytes]] = {}
    for file in files:
        name, _, inner = file.path.removeprefix(f"{FOLDER}/").partition("/")
        if file.path.startswith(f"{FOLDER}/") and inner:
            folders.setdefault(name, {})[inner] = file.data
    releases: list[Release] = []
    faults: list[Diagnostic] = []
    for name, held in sorted(folders.items(), reverse=True):
        release, own = _release(name, held)
        faults += own
        releases += [release] if release else []
    return tuple(releases), tuple(faults)


def _release(name: str, held: Mapping[str, bytes]) -> tuple[Release | None, list[Diagnostic]]:
    place = f"docs/{FOLDER}/{name}"
    hint = f"git restore {place}"
    try:
        record = Record.model_validate_json(held.get(RECORD, b""))
    except ValidationError as error:
        what = error.errors(include_url=False)[0]["msg"] if RECORD in held else "there is none"
        return None, [ALTERED.at(Location(f"{place}/{RECORD}"), f"this cannot be read as the record: {what}", hint)]
    faults = [ALTERED.at(Location(f"{place}/{file}"), what, hint) for file, what in _differing(record, name, held)]
    try:
        told = json.loads(held.get(CHANGES, b"{}")).get("changes", [])
    except (ValueError, AttributeError):
        told = []  # the hash tells
    changes = tuple(change for change in told if isinstance(change, dict)) if isinstance(told, list) else ()
    return Release(record, changes, held.get(SOURCES, b"")), faults


def _differing(record: Record, name: str, held: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    if record.date.isoformat() != name:
        yield RECORD, f"this is the record of {record.date}"
    for file in sorted(record.files.keys() | held.keys() - {RECORD}):
        if file not in held:
            yield file, "this file of the release is missing"
        elif file not in record.files:
            yield file, "this file is not part of the release"
        elif described(held[file]) != record.files[file]:
            yield file, "this file is not as it was released"


def faults(atlas: Atlas, releases: Iterable[Release]) -> Iterator[Diagnostic]:
    """What the releases had and the atlas has no more."""
    dropped: dict[str, str] = {}
    reused: dict[str, str] = {}
    for release in releases:  # of several that have a path the oldest is told
        dropped |= {path: release.name for path in release.record.paths if path not in atlas.published}
        reused |= {path: release.name for path in release.record.retired if path in atlas.pages}
    for path, name in sorted(dropped.items()):
        message = f"{path} stands in the release of {name}, and not here"
        yield DROPPED.at(Location(PUBLISHED_FILE), message, f"add the line {path}")
    for path, name in sorted(reused.items()):
        message = f"{path} was retired by the release of {name}, and is a page again"
        yield REUSED.at(Location(page_file(path)), message, "choose another slug, and keep the note in retired.yaml")


def sources(archive: bytes) -> tuple[SourceFile, ...]:
    """The authored files of a release, sorted by path; of an archive that cannot be read none."""
    found = []
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:xz") as members:
            for member in members:
                if member.isfile() and (file := members.extractfile(member)):
                    found.append(SourceFile(member.name, file.read(MAX_FILE_BYTES + 1)))
    except (tarfile.TarError, EOFError, OSError):
        return ()
    return tuple(sorted(found, key=lambda file: file.path))


def archive(files: Iterable[SourceFile]) -> bytes:
    """The same files give the same bytes: no times, owners or rights of this machine."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz", format=tarfile.USTAR_FORMAT, preset=9) as members:
        for file in sorted(files, key=lambda file: file.path):
            member = tarfile.TarInfo(file.path)
            member.size = len(file.data)
            members.addfile(member, io.BytesIO(file.data))
    return packed.getvalue()
