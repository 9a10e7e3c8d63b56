"""A release: the data of a day, frozen in the repository. Layer 11; asks git, and writes below docs/ and taxonomy/.

published.txt comes first and the folder of the release last, by one rename. Killed anywhere, there is no release of
that day or a whole one; paths that published.txt has by then are paths of pages, which is right without a release too,
and the next run takes it as it is.
"""

from __future__ import annotations

import datetime
import json
import lzma
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from genai_atlas import change_report, files, frozen, revisions
from genai_atlas.atlas import PUBLISHED_FILE, Atlas
from genai_atlas.changes import Change, changes
from genai_atlas.export.api import json_file
from genai_atlas.export.documents import plain
from genai_atlas.export.gather import atlas_document
from genai_atlas.export.selection import WHOLE, About
from genai_atlas.frozen import CHANGES, DATA, RECORD, SOURCES, Record, Release
from genai_atlas.output import OutputFile
from genai_atlas.parse import parse
from genai_atlas.source import SourceFile


class Refused(Exception):
    """Says in one line why there is no release, and what to do."""


@dataclass(frozen=True)
class Made:
    folder: str
    """From the root."""
    published: tuple[str, ...]
    """Paths that were never released before."""
    changes: tuple[Change, ...] | None
    """None where there is no release to compare with."""
    size: int
    """Bytes of the folder."""
    unread: int = 0
    """Files of the release before that this version of the program cannot read; they are not compared."""


def make(
    root: Path, authored: Sequence[SourceFile], atlas: Atlas, about: About, releases: Sequence[Release],
    date: datetime.date | None = None,
) -> Made:  # fmt: skip
    """Freeze the data, which are to be free of faults, as the release of a day: that of the newest review unless given.

    `releases` are those there are, the newest first."""
    about = replace(about, released=date) if date else about
    folder = f"{files.RELEASES_FOLDER}/{about.released}"
    with files.lock(root / "build" / ".lock"):
        _refuse_day(about.released, atlas, releases)
        for left in (root / files.RELEASES_FOLDER).glob(".*-new~"):
            files.remove(left)
        listed, new = _published(authored, atlas)
        _refuse_dirty(root, listed, is_listed=not new)
        told, unread = _changes(atlas, releases)
        kept = (*(file for file in authored if file.path != PUBLISHED_FILE), SourceFile(PUBLISHED_FILE, listed))
        outputs = freeze(kept, atlas, about, releases, told)
        if new:
            files.replace_file(root / PUBLISHED_FILE, listed, durable=True)
        files.put_folder(outputs, root / folder)
    return Made(folder, new, told, sum(len(output.data) for output in outputs), unread)


def _refuse_day(day: datetime.date, atlas: Atlas, releases: Sequence[Release]) -> None:
    newest = max((topic.reviewed for topic in atlas.topics.values()), default=day)
    if any(release.record.date == day for release in releases):
        raise Refused(f"there is a release of {day} already; say --date DAY, or review an entry")
    if releases and releases[0].record.date > day:
        raise Refused(f"{day} is before the newest release, {releases[0].name}; say a later --date")
    if day < newest:
        raise Refused(f"{day} is before the newest review, {newest}; say a later --date")


def _published(authored: Iterable[SourceFile], atlas: Atlas) -> tuple[bytes, tuple[str, ...]]:
    """published.txt with every page of today, and those that it did not have."""
    text = next((file.data.decode() for file in authored if file.path == PUBLISHED_FILE), "")
    new = tuple(sorted(atlas.pages - atlas.published.keys()))
    head = text if not text or text.endswith("\n") else f"{text}\n"
    return (head + "".join(f"{path}\n" for path in new)).encode(), new


def _refuse_dirty(root: Path, listed: bytes, *, is_listed: bool) -> None:
    """A release freezes what is committed. published.txt may be what a killed release left: nothing but new lines."""
    changed = tuple(path for path in revisions.dirty(root) if not path.startswith("build/") and not path.endswith("~"))
    if is_listed and set(revisions.committed(root, PUBLISHED_FILE).split()) <= set(listed.split()):
        changed = tuple(path for path in changed if path != PUBLISHED_FILE)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise Refused(f"{changed[0]}{more} not committed; commit or remove it, since a release freezes a commit")


def _changes(atlas: Atlas, releases: Sequence[Release]) -> tuple[tuple[Change, ...] | None, int]:
    if not releases:
        return None, 0
    before, faults = parse(frozen.sources(releases[0].sources))
    return changes(before, atlas), len({fault.location.path for fault in faults})


def freeze(
    authored: Iterable[SourceFile], atlas: Atlas, about: About, releases: Sequence[Release],
    told: Sequence[Change] | None,
) -> tuple[OutputFile, ...]:  # fmt: skip
    """The files of the release, with paths relative to its folder."""
    previous = releases[0].name if releases else ""
    document = atlas_document(atlas, WHOLE, about)
    held = {
        DATA: lzma.compress(json_file("atlas.json", plain(document)).data, preset=9),
        SOURCES: frozen.archive(authored),
        CHANGES: change_report.as_json(told or (), previous, str(about.released)).encode(),
    }
    record = Record(
        date=about.released,
        previous=releases[0].record.date if releases else None,
        generator=f"genai-atlas {about.version}",
        format_version=about.format_version,
        counts={"areas": len(atlas.areas), "subareas": len(atlas.subareas), **document.totals},
        paths=tuple(sorted(atlas.pages)),
        retired=tuple(sorted(atlas.retired)),
        files={name: frozen.described(data) for name, data in held.items()},
    )
    text = json.dumps(record.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=1)
    return (OutputFile.text(RECORD, f"{text}\n"), *(OutputFile(name, data) for name, data in held.items()))
