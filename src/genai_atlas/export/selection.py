"""What is exported, and what every export says of its source. Layer 4; no effects."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from genai_atlas import __version__
from genai_atlas.atlas import Atlas
from genai_atlas.model import Reference
from genai_atlas.output import OutputFile

LICENCE: Final = "CC-BY-4.0"
FORMAT_VERSION: Final = "1.0"
"""Of the data files. The first number counts up when a field goes or changes its meaning, the second when one is
added."""


@dataclass(frozen=True)
class About:
    """Facts about the published atlas. All are given by the data and the settings: none depends on the day of a run."""

    name: str
    """Of the site."""
    url: str
    """Where the site is published; ends with a slash."""
    title: str
    description: str
    released: datetime.date
    """Day of the newest review: the name of a data release."""
    version: str = __version__
    """Of the program."""
    format_version: str = FORMAT_VERSION
    licence: str = LICENCE

    def page(self, path: str) -> str:
        """Canonical address of the page at a path; of the home page for the empty path."""
        return f"{self.url}{path}/" if path else self.url


def about(atlas: Atlas, name: str, url: str) -> About:
    return About(name, url, atlas.file.title, atlas.file.description, released(atlas))


def released(atlas: Atlas) -> datetime.date:
    return max((topic.reviewed for topic in atlas.topics.values()), default=datetime.date(1970, 1, 1))


@dataclass(frozen=True)
class Selection:
    """The whole atlas, or an area, a subarea or a topic with all that is below it."""

    path: str = ""

    @property
    def level(self) -> str:
        return LEVELS[self.path.count("/") + 1 if self.path else 0]

    @property
    def name(self) -> str:
        """For the name of a file."""
        return self.path.replace("/", "--") or "atlas"

    def holds(self, path: str) -> bool:
        return not self.path or path == self.path or path.startswith(f"{self.path}/")

    def areas(self, atlas: Atlas) -> tuple[str, ...]:
        return tuple(filter(self.holds, atlas.areas))

    def subareas(self, atlas: Atlas) -> tuple[str, ...]:
        return tuple(filter(self.holds, atlas.subareas))

    def topics(self, atlas: Atlas) -> tuple[str, ...]:
        """Those whose file could be read, in the outline's order."""
        return tuple(path for path in atlas.topic_paths if path in atlas.topics and self.holds(path))

    def pages(self, atlas: Atlas) -> Iterator[str]:
        """Every area, subarea and topic."""
        yield from self.areas(atlas)
        yield from self.subareas(atlas)
        yield from self.topics(atlas)

    def references(self, atlas: Atlas) -> Mapping[str, Reference]:
        """Of the whole atlas every record, else those that its pages cite; by citation key in order."""
        cited = {key for path in self.pages(atlas) for key, _, _ in atlas.citations_of(path)}
        keys = sorted(cited if self.path else atlas.references)
        return {key: atlas.references[key] for key in keys if key in atlas.references}


LEVELS: Final = ("atlas", "area", "subarea", "topic")
WHOLE: Final = Selection()

Exporter = Callable[[Atlas, Selection, About], tuple[OutputFile, ...]]
"""Paths of the files are relative to where the export is wanted. The same atlas gives the same bytes."""


class UnknownPath(ValueError):
    """Says which path is unknown, and which is nearest."""


def select(atlas: Atlas, level: str, name: str) -> Selection:
    """The area, subarea or topic of this path. A name that is short and means one thing does as well."""
    known = {"area": tuple(atlas.areas), "subarea": tuple(atlas.subareas), "topic": atlas.topic_paths}[level]
    wanted = name.strip("/")
    found = [path for path in known if path == wanted or path.endswith(f"/{wanted}")]
    if len(found) == 1:
        return Selection(found[0])
    if found:
        raise UnknownPath(f"'{name}' may be {' or '.join(found)}: give the whole path")
    raise UnknownPath(f"no {level} '{name}'; {nearest(wanted, (*known, *(path.rsplit('/', 1)[-1] for path in known)))}")


def nearest(word: str, candidates: Iterable[str]) -> str:
    """A hint that names what is likest, however unlike it is: whoever mistyped has to be told something."""
    known = sorted(set(candidates))
    found = [name for name in known if word and word in name] or difflib.get_close_matches(word, known, 1, cutoff=0)
    return f"the nearest is '{min(found, key=len)}'" if found else "there is none"
