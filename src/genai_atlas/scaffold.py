"""What a curator says of a new topic or work -> the files that then change. Layer 8; no effects.

What would come out is read and checked as the whole taxonomy is, so that nothing is written that `validate` refuses.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from genai_atlas import canonical
from genai_atlas.atlas import Atlas, fold, subarea_file, topic_file
from genai_atlas.bibtex import Candidate
from genai_atlas.checks import check
from genai_atlas.checks.fields import REQUIRED
from genai_atlas.checks.references import UNCITED, letters, marks, unaccented
from genai_atlas.diagnostics import Diagnostic, Severity, counted, did_you_mean
from genai_atlas.model import SLUG, Kind, Reference, Topic
from genai_atlas.output import OutputFile
from genai_atlas.parse import parse
from genai_atlas.source import SourceFile
from genai_atlas.works import split_name

Refusal = tuple[str, str]
"""What is wrong, and the fix."""

_WORDS_TO_SKIP: Final = frozenset(
    [
        "a", "all", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "has", "have",
        "how", "if", "in", "into", "is", "it", "its", "no", "not", "of", "on", "or", "should", "some", "that", "the",
        "these", "this", "to", "toward", "towards", "using", "via", "we", "what", "when", "why", "with", "you", "your",
    ]
)  # fmt: skip
"""In a citation key."""


@dataclass(frozen=True)
class Plan:
    outputs: tuple[OutputFile, ...]
    """In the order in which they are to be written."""
    refusals: tuple[Refusal, ...] = ()
    """Why nothing is to be written."""
    warnings: tuple[Diagnostic, ...] = ()


# Topics.


def place_refusals(atlas: Atlas, path: str) -> Iterator[Refusal]:
    """Why no topic can be made at `path`."""
    parts = path.split("/")
    proper = "/".join(filter(None, map(_slug, parts)))
    if not all(re.fullmatch(SLUG, part) for part in parts):
        yield f"'{path}' is no path of a topic", f"lower-case letters, digits and single hyphens: {proper or 'a/b/c'}"
        return
    if len(parts) != 3:
        yield (
            f"'{path}' has {counted(len(parts), 'part')} of three",
            "write AREA/SUBAREA/SLUG, as its folders are called",
        )
        return
    area, subarea, slug = parts
    if f"{area}/{subarea}" not in atlas.subareas:
        yield f"there is no subarea {area}/{subarea}", _nearest_subarea(atlas, area, subarea)
    if slug == "subarea":
        yield "'subarea' is the name of a subarea's own file", "choose another slug"
    for other in atlas.topic_paths:
        if other == path:
            yield f"there is a topic {path} already", f"edit {topic_file(path)}"
        elif other.endswith(f"/{slug}"):
            yield f"{other} has the slug '{slug}' already", "choose another; else links to [[it]] would be of two minds"
    if path in atlas.retired:
        yield f"{path} is retired, and its address stays that of its note", "choose another slug"
    elif path in atlas.successors and path not in atlas.topic_paths:
        yield f"{path} leads to {atlas.successors[path]}, whose earlier path it is", "choose another slug"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", unaccented(text)).strip("-")


def _nearest_subarea(atlas: Atlas, area: str, subarea: str) -> str:
    same = [path for path in atlas.subareas if path.endswith(f"/{subarea}")]
    if same:
        return f"did you mean '{same[0]}'?"
    own = ", ".join(path.split("/")[1] for path in atlas.subareas_of(area))
    near = did_you_mean(f"{area}/{subarea}", atlas.subareas)
    return near or (f"those of {area} are {own}" if own else f"the areas are {', '.join(atlas.areas)}")


def name_refusals(atlas: Atlas, names: Iterable[str]) -> Iterator[Refusal]:
    """Whichever of these names of a new topic leads to another page already."""
    taken: dict[str, str] = {}
    for _, path, entry in atlas.entries():
        for name in (path.rsplit("/", 1)[-1], *entry.aliases, entry.title):
            taken[fold(name)] = path
    for name in {fold(name): name for name in names}.values():
        if other := taken.get(fold(name)):
            yield f"'{name}' is a name of {other} already", "extend that page, or choose another name"


def topic(
    sources: Sequence[SourceFile], path: str, fields: Mapping[str, Any], schemas: str | None
) -> tuple[Plan, OutputFile | None]:
    """A brief entry, and its parent with one topic more; the entry also where it is refused.

    `fields` are those of a Topic, as an author would write them.
    """
    atlas, _ = parse(sources)
    slug = path.rsplit("/", 1)[-1]
    refused = (
        *place_refusals(atlas, path),
        *name_refusals(atlas, dict.fromkeys((fields["title"], slug, *fields.get("aliases", ())))),
    )
    if refused:
        return Plan((), tuple(dict.fromkeys(refused))), None
    entry, faults = canonical.layout(SourceFile(topic_file(path), _entry_text(fields).encode()), schemas)
    parent = next(source for source in sources if source.path == subarea_file(path.rpartition("/")[0]))
    listed, unread = canonical.merged(parent, SourceFile(parent.path, _yaml({"topics": [slug]}).encode()), schemas)
    if entry is None or listed is None:
        return Plan((), tuple(_refusal(fault, {}) for fault in (*faults, *unread))), entry
    return _checked(sources, (entry, listed)), entry


def _entry_text(fields: Mapping[str, Any]) -> str:
    """With the fields of a full entry as a list of what may come."""
    names = list(Topic.model_fields)
    given = {name: fields[name] for name in names if fields.get(name)}
    sections = names.index("overview")
    head = {name: value for name, value in given.items() if names.index(name) < sections}
    tail = {name: value for name, value in given.items() if name not in head}
    return f"{_yaml(head)}\n{_missing(Kind(fields['kind']))}{_yaml(tail)}"


def _missing(kind: Kind) -> str:
    """A comment with each field that a full entry of the kind needs beyond those of a brief one."""
    lead = (
        f"This entry is brief. A full entry of kind {kind} also has all of these fields, each in its place in this "
        "order; delete the list when they are written."
    )
    lines = textwrap.wrap(lead, 117)
    for name in Topic.model_fields:
        if kind in REQUIRED.get(name, ()):
            text = f"{name}: {Topic.model_fields[name].description}"
            lines += textwrap.wrap(text, 115, initial_indent="- ", subsequent_indent="  ")
    return "".join(f"# {line}\n" for line in lines)


def _yaml(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False, width=10**6)


def _checked(sources: Sequence[SourceFile], outputs: Sequence[OutputFile]) -> Plan:
    """Refused where anything would be wrong that is not wrong now, wherever that is."""
    texts = {output.path: output.data.decode().split("\n") for output in outputs}
    changed = {output.path: SourceFile(output.path, output.data) for output in outputs}
    after = _diagnosed([*(source for source in sources if source.path not in changed), *changed.values()])
    if not after:
        return Plan(tuple(outputs))
    before = {(d.location.path, d.code, d.message) for d in _diagnosed(sources)}
    new = [d for d in after if (d.location.path, d.code, d.message) not in before and d.code != UNCITED.code]
    errors = tuple(_refusal(d, texts) for d in new if d.severity is Severity.ERROR)
    if errors:
        return Plan((), errors)
    return Plan(tuple(outputs), warnings=tuple(new))


def _diagnosed(sources: Sequence[SourceFile]) -> tuple[Diagnostic, ...]:
    atlas, faults = parse(sorted(sources, key=lambda source: source.path))
    return (*faults, *check(atlas))


def _refusal(fault: Diagnostic, texts: Mapping[str, Sequence[str]]) -> Refusal:
    """The line as it would stand tells more than the number of a line that is not there."""
    place = fault.location
    if place.path not in texts:
        return f"{place.path}:{place.line}: {fault.code} {fault.message}", fault.hint
    return f"`{texts[place.path][place.line - 1].strip()[:100]}`: {fault.code} {fault.message}", fault.hint


# References.


@dataclass(frozen=True)
class Placed:
    """What becomes of one work."""

    candidate: Candidate
    key: str = ""
    """Its citation key, or that of the record it has already."""
    same: str = ""
    """What it has in common with that record: `doi`, `arxiv` or `title`."""
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_new(self) -> bool:
        return not self.same and not self.refusals


def place(atlas: Atlas, candidates: Iterable[Candidate], key: str = "") -> tuple[Placed, ...]:
    """The citation key of each work. `key` is the curator's own choice for the first."""
    known = {mark: name for name, reference in atlas.references.items() for mark in marks(reference)}
    taken = {str(name) for path, source in atlas.sources.items() if "/references/" in path for name in source.value}
    found = []
    for candidate in candidates:
        placed = _place(candidate, known, taken, key)
        key = ""
        found.append(placed)
        if placed.is_new:
            taken.add(placed.key)
            known |= dict.fromkeys(marks(candidate.reference), placed.key)
    return tuple(found)


def _place(candidate: Candidate, known: Mapping[tuple[str, str], str], taken: set[str], own: str) -> Placed:
    reference = candidate.reference
    for mark in marks(reference):
        if other := known.get(mark):
            return Placed(candidate, other, mark[0])
    key = own or _key(candidate, taken)
    if not key:
        hint = "give it a key that begins with the family name in Latin letters, as in iwasaki2024temperature"
        return Placed(candidate, refusals=((f"no key can be made of '{reference.authors[0]}' and the title", hint),))
    if key in taken:
        return Placed(candidate, refusals=((f"the key '{key}' is taken", "choose another"),))
    return Placed(candidate, key, refusals=_record_refusals(key, reference))


def _key(candidate: Candidate, taken: set[str]) -> str:
    """Family name, year, first significant word; more words where that is taken. Its own key where it is such a one."""
    reference = candidate.reference
    first = split_name(reference.authors[0])
    own = re.fullmatch(r"([a-z]+)(\d{4})([a-z0-9]+)", candidate.name)
    parts = re.split(r"[\s:–—/,]+", unaccented(reference.title))
    every = [word for part in parts if (word := re.sub(r"[^a-z0-9]", "", part))]
    whole = letters(reference.authors[0])  # empty where the name is of another script
    fits = own and (not whole or own[1] in whole) and own[2] == str(reference.year) and (own[3] in every or not every)
    if own and fits and own[0] not in taken:
        return own[0]
    words = [word for word in every if word not in _WORDS_TO_SKIP] or every
    # Of an organisation three words; nobody cites a key of thirty letters.
    family = letters(" ".join(first.family.split()[:3])) or (own[1] if own else "")
    if not family or not words:
        return ""
    longer = (f"{family}{reference.year}{''.join(words[:count])}" for count in range(1, len(words) + 1))
    return next((key for key in longer if key not in taken), "")


def _record_refusals(key: str, reference: Reference) -> tuple[Refusal, ...]:
    """What the checks say of the record alone; that nobody cites it yet is no fault of it."""
    file = SourceFile(f"taxonomy/references/{reference.year}.yaml", _record_text({key: reference}).encode())
    faults = (d for d in _diagnosed([file]) if d.location.path == file.path and d.code != UNCITED.code)
    return tuple((f"{d.code} {d.message}", d.hint) for d in faults if d.severity is Severity.ERROR)


def references(sources: Sequence[SourceFile], placed: Iterable[Placed], schemas: str | None) -> Plan:
    """The files of the years with the new records among the others."""
    files = {source.path: source for source in sources}
    additions: dict[str, dict[str, Reference]] = {}
    for each in placed:
        if each.is_new:
            path = _file_of(each.key, each.candidate.reference.year, files)
            additions.setdefault(path, {})[each.key] = each.candidate.reference
    outputs, refusals = [], []
    for path, records in sorted(additions.items()):
        addition = SourceFile(path, _record_text(records).encode())
        there = files.get(path)
        output, faults = canonical.merged(there, addition, schemas) if there else canonical.layout(addition, schemas)
        refusals += [_refusal(fault, {}) for fault in faults]
        outputs += [output] if output else []
    return Plan((), tuple(refusals)) if refusals else Plan(tuple(outputs))


def _file_of(key: str, year: int, files: Iterable[str]) -> str:
    folder = f"taxonomy/references/{year}"
    return f"{folder}/{key[0]}.yaml" if any(path.startswith(f"{folder}/") for path in files) else f"{folder}.yaml"


def _record_text(records: Mapping[str, Reference]) -> str:
    return _yaml({key: reference.model_dump(mode="json", exclude_none=True) for key, reference in records.items()})
