"""A fault is data: where it is, what it is, and how to mend it. Layer 0; no effects."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in an authored file. `path` is relative to the root, with forward slashes."""

    path: str
    line: int = 1
    """Counts from 1."""
    column: int = 1
    """Counts from 1, in characters."""


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One fault. Sorts by place, then code."""

    location: Location
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = self.location
        return f"{place.path}:{place.line}:{place.column}: {self.severity} {self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of fault. The one source of `genai-atlas rules`, of the contributor documentation and of SARIF."""

    code: str
    """A letter for the family and three digits. A code never changes its meaning."""
    name: str
    """What is wrong, as a short noun phrase: `unknown-topic`."""
    explanation: str
    """One paragraph: what is refused, and why."""
    wrong: str
    right: str
    severity: Severity = Severity.ERROR

    def at(self, location: Location, message: str, hint: str = "") -> Diagnostic:
        return Diagnostic(location, self.code, message, hint, self.severity)


FAMILIES = {
    "S": "structure",
    "F": "fields",
    "L": "links",
    "R": "references",
    "P": "prose",
    "Q": "rubric",
    "B": "build",
}


def counted(number: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A hint that names the nearest of what exists, or an empty string where nothing is near."""
    return _nearest(word, tuple(sorted(set(candidates))))


@lru_cache(maxsize=4096)
def _nearest(word: str, candidates: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=0.72)
    return f"did you mean '{near[0]}'?" if near else ""
