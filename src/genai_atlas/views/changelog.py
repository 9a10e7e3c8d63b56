"""The releases, newest first, each with what it changed: for the page of changes and the feeds. Layer 7; no effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from genai_atlas.atlas import Atlas
from genai_atlas.change_report import Section, capital, from_json, label_of, sections, summary
from genai_atlas.changes import Change, ChangeKind
from genai_atlas.diagnostics import counted
from genai_atlas.frozen import CHANGES, DATA, FOLDER, RECORD, SOURCES, Release
from genai_atlas.views.page import safe, show_date

ON_PAGE: Final = 400
IN_FEED: Final = 60
"""Changes of one release that are told; changes.json has all."""
RELEASES_IN_FEED: Final = 20


@dataclass(frozen=True)
class ItemView:
    label: str
    name: Markup
    """The entry or record, where the heading does not say it."""
    href: str
    what: Markup
    before: Markup
    after: Markup


@dataclass(frozen=True)
class SectionView:
    title: Markup
    href: str
    """Of the entry, where it is there still."""
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class FileView:
    href: str
    name: str
    what: str
    size: str


@dataclass(frozen=True)
class ReleaseView:
    date: str
    shown: str
    lead: str
    sections: tuple[SectionView, ...]
    hidden: int
    files: tuple[FileView, ...]


FILES: Final = {
    DATA: "everything that the pages showed, as JSON",
    SOURCES: "the authored files",
    CHANGES: "these changes as JSON",
    RECORD: "every path, and the hash of each file",
}


def release_views(
    atlas: Atlas, releases: Iterable[Release], to: Callable[[str], str], area: str = "", limit: int = ON_PAGE
) -> tuple[ReleaseView, ...]:
    """`to` gives the address of a page or file. Of an area only the releases that changed something in it."""
    found = []
    for release in releases:
        told = from_json(release.changes)
        own = tuple(change for change in told if not area or concerns(atlas, change, area))
        if own or not area or not release.record.previous:
            found.append(_release_view(atlas, release, own, to, limit))
    return tuple(found)


def lead(release: Release, changes: Sequence[Change]) -> str:
    if release.record.previous:
        return f"{capital(summary(changes))}, since {show_date(release.record.previous)}."
    counts = ((release.record.counts.get(f"{noun}s", 0), noun) for noun in ("area", "subarea", "topic", "reference"))
    return f"The first release: {', '.join(counted(number, noun) for number, noun in counts)}."


def _release_view(
    atlas: Atlas, release: Release, changes: Sequence[Change], to: Callable[[str], str], limit: int
) -> ReleaseView:
    folder = f"{FOLDER}/{release.name}"
    sizes = {name: file.bytes for name, file in release.record.files.items()}
    return ReleaseView(
        release.name,
        show_date(release.record.date),
        lead(release, changes),
        tuple(_section_view(atlas, section, to) for section in sections(changes[:limit])),
        max(0, len(changes) - limit),
        tuple(
            FileView(to(f"{folder}/{name}"), name, what, _size(sizes[name]) if name in sizes else "")
            for name, what in FILES.items()
        ),
    )


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{max(1, round(number / 1e3))} kB"


def _section_view(atlas: Atlas, section: Section, to: Callable[[str], str]) -> SectionView:
    items = (_item_view(atlas, change, section.names_entries, to) for change in section.changes)
    return SectionView(safe(section.title), _address(atlas, section.path, to), tuple(items))


def _item_view(atlas: Atlas, change: Change, is_named: bool, to: Callable[[str], str]) -> ItemView:
    return ItemView(
        label_of(change.kind),
        safe(change.title) if is_named else Markup(),
        _address(atlas, change.path, to) if is_named else "",
        safe(change.what),
        safe(change.before),
        safe(change.after),
    )


def _address(atlas: Atlas, path: str, to: Callable[[str], str]) -> str:
    """Where the entry or record is today, whatever its path was at the release; empty where it is gone."""
    if path in atlas.references:
        return f"{to('references')}#{path}"
    now = atlas.successors.get(path, path)
    return to(now) if now in atlas.pages else ""


_BETWEEN: Final = frozenset({ChangeKind.TOPIC_MOVED, ChangeKind.BRANCH_MOVED})


def concerns(atlas: Atlas, change: Change, area: str) -> bool:
    """Whether it is about something in the area as it is today, or that came from there or went there."""
    paths = {change.path, *change.others, *((change.before,) if change.kind in _BETWEEN else ())}
    return any(_area_of(atlas, path) == area for path in paths if path)


def _area_of(atlas: Atlas, path: str) -> str:
    first = path.split("/")[0]
    return first if first in atlas.areas else (atlas.successor(first) or "").split("/")[0]


def first_path(atlas: Atlas, area: str, releases: Sequence[Release]) -> str:
    """Of an area the path that it had in the first release with it."""
    for release in reversed(releases):
        for path in release.record.paths:
            if "/" not in path and _area_of(atlas, path) == area:
                return path
    return area
