"""Texts of the data in a report: short enough to be read, plain words wherever they are shown. Layer 1; no effects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

LONG: Final = 240
"""Characters of a text that are shown; more is cut at the part that differs."""
_ADDRESS: Final = re.compile(r"\[\[(?:[a-z0-9-]+/)*([a-z0-9-]+)")


def words(value: Any) -> str:
    """A dumped value as running text."""
    if isinstance(value, dict):
        return "; ".join(filter(None, map(words, value.values())))
    if isinstance(value, list):
        is_nested = any(isinstance(item, dict) for item in value)
        return (" / " if is_nested else ", ").join(map(words, value))
    return " ".join(_ADDRESS.sub(r"[[\1", str(value)).replace("|]]", "]]").split())


def shown(before: Any, after: Any) -> tuple[str, str]:
    """Both as text: of lists what the other has not, of long texts the part that differs and a few words around it."""
    if isinstance(before or [], list) and isinstance(after or [], list):
        ours, theirs = before or [], after or []
        before, after = [i for i in ours if i not in theirs], [i for i in theirs if i not in ours]
    one, other = words(before), words(after)
    if max(len(one), len(other)) <= LONG:
        return one, other
    ours, theirs = one.split(" "), other.split(" ")
    shorter = min(len(ours), len(theirs))
    head = next((i for i in range(shorter) if ours[i] != theirs[i]), shorter)
    tail = next((i for i in range(shorter - head) if ours[-1 - i] != theirs[-1 - i]), shorter - head)
    start, end = max(0, head - 3), max(0, tail - 3)
    return _cut(ours, start, end), _cut(theirs, start, end)


def _cut(all_words: Sequence[str], start: int, end: int) -> str:
    text = " ".join(all_words[start : len(all_words) - end])
    text = f"{'… ' if start else ''}{text}{' …' if end else ''}"
    return text if len(text) <= LONG else f"{text[: LONG - 2].rstrip()} …"


def inert(text: str) -> str:
    """Signs of Markdown and HTML as entities: GitHub reads its own `@name` and `#1` even behind a backslash."""
    return re.sub(r"[\\`*_{}\[\]<>()#+!|~$@&:]", lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
