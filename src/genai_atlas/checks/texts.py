"""Prose: what the grammar refuses, and formulas that do not convert. Layer 5; no effects."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from genai_atlas.atlas import ATLAS_FILE, RETIRED_FILE, Atlas, Text
from genai_atlas.diagnostics import Diagnostic, Rule
from genai_atlas.model import Entry, Loc, texts
from genai_atlas.prose import ProseFault, formula_faults, parse

MIXED_SCRIPTS = Rule(
    "P541",
    "mixed-scripts",
    "A word of a title or alias mixes letters of two scripts that look alike, such as a Cyrillic letter in a Latin "
    "word; search would never find it.",
    "title: Prun\u0456ng",
    "title: Pruning",
)
RULES = (MIXED_SCRIPTS,)


def prose_faults(atlas: Atlas) -> Iterator[Diagnostic]:
    for file, loc, fault in _found(atlas):
        yield fault.rule.at(atlas.locate_in(file, loc, fault.offset), fault.message, fault.hint)


def _found(atlas: Atlas) -> Iterator[tuple[str, Loc, ProseFault]]:
    for file, _, entry in atlas.entries():
        yield from ((file, loc, fault) for loc, fault in atlas.once(file, entry, _in_entry))
    if ATLAS_FILE in atlas.sources:
        yield from ((ATLAS_FILE, loc, fault) for loc, fault in _in_texts(texts(atlas.file)))
    for path, retired in atlas.retired.items():
        yield from ((RETIRED_FILE, loc, fault) for loc, fault in _in_texts(texts(retired, (path,))))


def _in_entry(entry: Entry) -> tuple[tuple[Loc, ProseFault], ...]:
    return tuple(_in_texts(texts(entry)))


def _in_texts(owned: Iterable[Text]) -> Iterator[tuple[Loc, ProseFault]]:
    for loc, profile, text in owned:
        prose = parse(text, profile)
        yield from ((loc, fault) for fault in (*prose.faults, *formula_faults(prose)))


def mixed_scripts(atlas: Atlas) -> Iterator[Diagnostic]:
    for file, _, entry in atlas.entries():
        names: list[tuple[Loc, str]] = [(("title",), entry.title)]
        names += [(("aliases", i), alias) for i, alias in enumerate(entry.aliases)]
        for loc, name in names:
            for word in re.findall(r"[^\W\d_]+", name):
                letters = (letter for letter in word if letter not in _GREEK_SIGNS)
                scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters} & _LOOK_ALIKE
                if len(scripts) > 1:
                    listed = " and ".join(sorted(script.capitalize() for script in scripts))
                    message = f"'{word}' mixes {listed} letters"
                    yield MIXED_SCRIPTS.at(atlas.locate(file, *loc), message, "type the word anew")


_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_GREEK_SIGNS = frozenset("βγδεζηθλμξπσφψωΓΔΘΛΞΠΣΦΨΩ")
"""Nobody takes these for Latin letters, and they stand in names: μP, βVAE."""


CHECKS = (prose_faults, mixed_scripts)
