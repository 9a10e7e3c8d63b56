"""Bibliographic records as the formats of reference managers want them: names in parts, dates, notes. Layer 5; no
effects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from genai_atlas.model import Reference, ReferenceType


@dataclass(frozen=True)
class Name:
    """Of a person; an organisation has a family name alone, and says so."""

    family: str
    given: str = ""
    particle: str = ""
    """`van den`, which sorting skips."""
    suffix: str = ""
    is_organisation: bool = False

    @property
    def full(self) -> str:
        return " ".join(filter(None, (self.given, self.particle, self.family, self.suffix)))

    @property
    def inverted(self) -> str:
        """`van den Oord, Aaron`; `Daumé, Hal, III`. An organisation as it is."""
        family = " ".join(filter(None, (self.particle, self.family)))
        return ", ".join(filter(None, (family, self.given, self.suffix)))


@dataclass(frozen=True)
class Work:
    """One record, of a cited work or of a page of the atlas."""

    key: str
    title: str
    authors: tuple[Name, ...]
    type: ReferenceType
    venue: str
    year: int | None
    """Of the edition that is cited: the venue's, else that of the first public version."""
    month: int | None = None
    day: int | None = None
    first_year: int | None = None
    """Of the first public version, where it differs."""
    more_authors: bool = False
    arxiv: str | None = None
    doi: str | None = None
    url: str | None = None
    note: str | None = None


def works(references: Mapping[str, Reference]) -> tuple[Work, ...]:
    return tuple(work(key, reference) for key, reference in references.items())


def work(key: str, reference: Reference) -> Work:
    r = reference
    return Work(
        key=key,
        title=one_line(r.title),
        authors=tuple(split_name(author) for author in r.authors if author != "et al."),
        type=r.type,
        venue=one_line(r.venue),
        year=r.published_year or r.year,
        # The month is that of the first public version: of a preprint's, not of a conference.
        month=None if r.is_peer_reviewed or r.published_year else r.month,
        first_year=r.year if r.published_year and r.published_year != r.year else None,
        more_authors="et al." in r.authors,
        arxiv=r.arxiv,
        doi=r.doi,
        url=r.url or (f"https://arxiv.org/abs/{r.arxiv}" if r.arxiv else None),
    )


def one_line(text: str) -> str:
    """None of the formats keeps line breaks in a field, nor several spaces."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


_SUFFIX: Final = re.compile(r"[, ]+(Jr\.?|Sr\.?|II|III|IV)$")


def split_name(author: str) -> Name:
    """`{DeepSeek-AI}` is an organisation; `Family, Given` says where the family name begins; else it is the last word,
    and what is written small before it is a particle, as BibTeX has it."""
    text = one_line(author)
    if text.startswith("{"):
        return Name(text.strip("{}"), is_organisation=True)
    if "," in text:
        family, _, given = text.partition(", ")
        family, suffix = _without_suffix(family)
        words = family.split(" ")
        small = next((n for n, word in enumerate(words) if not word.islower()), len(words) - 1)
        return Name(" ".join(words[small:]), given, " ".join(words[:small]), suffix)
    text, suffix = _without_suffix(text)
    words = text.split(" ")
    lowered = [n for n, word in enumerate(words[1:-1], start=1) if word[:1].islower()]
    first, last = (lowered[0], lowered[-1] + 1) if lowered else (len(words) - 1, len(words) - 1)
    return Name(" ".join(words[last:]), " ".join(words[:first]), " ".join(words[first:last]), suffix)


def _without_suffix(text: str) -> tuple[str, str]:
    found = _SUFFIX.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")
