"""Sources -> (Atlas, diagnostics). Layer 4; no effects. A broken file costs its own topic and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from genai_atlas.atlas import (
    ATLAS_FILE,
    PUBLISHED_FILE,
    RETIRED_FILE,
    Atlas,
    area_file,
    subarea_file,
    topic_file,
)
from genai_atlas.diagnostics import Diagnostic, Location, Rule, did_you_mean
from genai_atlas.model import PAGE_PATH, Area, AtlasFile, Authored, Reference, Retired, Subarea, Topic
from genai_atlas.source import NOT_UTF8, Source, SourceFile, printable, read, size_fault

Model = TypeVar("Model", bound=Authored)

MISSING_FIELD = Rule(
    "F201",
    "missing-field",
    "A field that every entry of this kind of file needs is absent. The schema's tables say which fields are required.",
    "title: Pruning\nsummary: …",
    "title: Pruning\nkind: technique\nsummary: …",
)
UNKNOWN_FIELD = Rule(
    "F202",
    "unknown-field",
    "The schema has no field of this name. Unknown fields are refused, since a misspelt one would be lost in silence.",
    "sumary: Pruning removes …",
    "summary: Pruning removes …",
)
WRONG_TYPE = Rule(
    "F203",
    "wrong-type",
    "The value is not of the type that the field takes: a list where text is due, a number where text is due. An arXiv "
    "identifier without quotes is a number in YAML and loses its last zeros.",
    "arxiv: 1706.03760",
    'arxiv: "1706.03760"',
)
NOT_ALLOWED = Rule(
    "F204",
    "value-not-allowed",
    "The field takes one of a few fixed values, and this is none of them.",
    "kind: method",
    "kind: technique",
)
OUT_OF_RANGE = Rule(
    "F205",
    "out-of-range",
    "The text is longer, the list is longer or shorter, or the number is larger or smaller than the field allows.",
    "month: 13",
    "month: 12",
)
BAD_FORMAT = Rule(
    "F206",
    "bad-format",
    "The text does not have the form that the field takes: a slug, a citation key, a date, an identifier, an address.",
    "literature_until: June 2026",
    "literature_until: 2026-06",
)
UNKNOWN_FILE = Rule(
    "F207",
    "unknown-file",
    "The file's place in taxonomy/ says what it is: atlas.yaml, <area>/area.yaml, <area>/<subarea>/subarea.yaml, "
    "<area>/<subarea>/<topic>.yaml or references/<year>.yaml. A file elsewhere is read by nobody.",
    "taxonomy/training-methods/flash-attention.yaml",
    "taxonomy/training-methods/efficient-training/flash-attention.yaml",
)
NO_ATLAS = Rule(
    "F208",
    "no-atlas-file",
    "taxonomy/atlas.yaml names the atlas and its areas in order; without it there is nothing to build.",
    "taxonomy/training-methods/area.yaml alone",
    "taxonomy/atlas.yaml with `title`, `description` and `areas`",
)

RULES = (
    MISSING_FIELD, UNKNOWN_FIELD, WRONG_TYPE, NOT_ALLOWED, OUT_OF_RANGE, BAD_FORMAT, UNKNOWN_FILE, NO_ATLAS,
)  # fmt: skip

_RULE_BY_ERROR = {
    "missing": MISSING_FIELD,
    "extra_forbidden": UNKNOWN_FIELD,
    "enum": NOT_ALLOWED,
    "string_too_long": OUT_OF_RANGE,
    "string_too_short": OUT_OF_RANGE,
    "too_long": OUT_OF_RANGE,
    "too_short": OUT_OF_RANGE,
    "greater_than_equal": OUT_OF_RANGE,
    "less_than_equal": OUT_OF_RANGE,
    "string_pattern_mismatch": BAD_FORMAT,
    "iso_day": BAD_FORMAT,
    "date_from_datetime_parsing": BAD_FORMAT,
    "date_parsing": BAD_FORMAT,
}
_EXPECTED_TYPE = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "tuple_type": "a list",
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
    "dict_type": "a mapping",
}
_FORMAT = {
    "literature_until": "a month, YYYY-MM",
    "date": "a date, YYYY or YYYY-MM",
    "ref": "a citation key such as vaswani2017attention",
    "refs": "a citation key such as vaswani2017attention",
    "arxiv": 'an arXiv identifier such as "1706.03762", without version',
    "doi": "a DOI such as 10.18653/v1/2020.inlg-1.23, without https://doi.org/",
    "url": "an address that begins with https:// and has a host name",
    "to": "a topic's slug, or subarea/slug",
    "topic": "a topic's slug, or subarea/slug",
    "topics": "a slug of lower-case letters, digits and hyphens",
    "subareas": "a slug of lower-case letters, digits and hyphens",
    "areas": "a slug of lower-case letters, digits and hyphens",
    "concept": "wikidata:Q and digits, openalex:T and digits, or cso: and the last part of the address there",
    "formerly": "a path: area/subarea/topic, area/subarea or area",
    "see": "a topic's slug, or the path of a subarea or area",
}


def parse(files: Iterable[SourceFile]) -> tuple[Atlas, tuple[Diagnostic, ...]]:
    """A file that cannot be read or does not fit the schema is left out; all its faults are told."""
    diagnostics: list[Diagnostic] = []
    sources: dict[str, Source] = {}
    published: dict[str, int] = {}
    known: list[str] = []
    for file in files:
        known.append(file.path)
        if file.path == PUBLISHED_FILE:
            published, faults = _published(file)
            diagnostics += faults
            continue
        source, faults = read(file)
        diagnostics += faults
        if source:
            sources[file.path] = source
    reader = _Reader(sources, diagnostics)
    atlas = reader.atlas(known, published)
    return atlas, tuple(sorted(diagnostics))


def _published(file: SourceFile) -> tuple[dict[str, int], tuple[Diagnostic, ...]]:
    """Each path and its line."""
    if fault := size_fault(file.path, len(file.data)):
        return {}, (fault,)
    try:
        lines = enumerate(file.data.decode().split("\n"), start=1)
    except UnicodeDecodeError:
        return {}, (NOT_UTF8.at(Location(file.path), "the file is not UTF-8 text", "save it as UTF-8"),)
    return {path: number for number, line in lines if (path := printable(line.strip()))}, ()


class _Reader:
    """Holds what one call of parse() gathers."""

    def __init__(self, sources: Mapping[str, Source], diagnostics: list[Diagnostic]) -> None:
        self.sources = sources
        self.diagnostics = diagnostics

    def atlas(self, known: list[str], published: Mapping[str, int]) -> Atlas:
        layout = _Layout(known)
        for path in layout.strangers:
            self.diagnostics.append(
                UNKNOWN_FILE.at(Location(path), "this file is in no place that the atlas reads", _place_hint(path))
            )
        file = self.authored(ATLAS_FILE, AtlasFile)
        if ATLAS_FILE not in known:
            self.diagnostics.append(
                NO_ATLAS.at(Location(ATLAS_FILE), "there is no such file", "add it with title, description and areas")
            )
        file = file or AtlasFile(title="Untitled", description="Untitled", areas=layout.areas)
        areas = self.areas(file, layout)
        subareas = self.subareas(areas, layout)
        paths = _ordered(
            (f"{path}/{slug}" for path, subarea in subareas.items() for slug in subarea.topics), layout.topics
        )
        topics = {path: topic for path in paths if (topic := self.authored(topic_file(path), Topic))}
        references, reference_files = self.references(layout)
        retired = self.retired()
        faults = {
            path: tuple(d for d in self.diagnostics if d.location.path == path)
            for path in {d.location.path for d in self.diagnostics}
        }
        return Atlas(
            file, areas, subareas, topics, paths, references, reference_files, retired, published, self.sources, faults
        )

    def areas(self, file: AtlasFile, layout: _Layout) -> dict[str, Area]:
        found = {}
        for path in _ordered(file.areas, layout.areas):
            children = tuple(p.split("/")[1] for p in layout.subareas if p.startswith(f"{path}/"))
            found[path] = self.authored(area_file(path), Area) or Area(
                title=_title(path), summary=_UNREADABLE, overview=_UNREADABLE, subareas=children
            )
        return found

    def subareas(self, areas: Mapping[str, Area], layout: _Layout) -> dict[str, Subarea]:
        found = {}
        listed = (f"{path}/{slug}" for path, area in areas.items() for slug in area.subareas)
        for path in _ordered(listed, layout.subareas):
            children = tuple(p.split("/")[2] for p in layout.topics if p.startswith(f"{path}/"))
            found[path] = self.authored(subarea_file(path), Subarea) or Subarea(
                title=_title(path), summary=_UNREADABLE, overview=_UNREADABLE, topics=children
            )
        return found

    def references(self, layout: _Layout) -> tuple[dict[str, Reference], dict[str, str]]:
        references: dict[str, Reference] = {}
        files: dict[str, str] = {}
        for path in layout.references:
            for key, reference in self.mapping(path, Reference).items():
                files.setdefault(key, path)
                references.setdefault(key, reference)
        return references, files

    def retired(self) -> dict[str, Retired]:
        found = self.mapping(RETIRED_FILE, Retired)
        for path in [path for path in found if not re.fullmatch(PAGE_PATH, path)]:
            where = self.sources[RETIRED_FILE].locate_key(path)
            hint = f"write {_FORMAT['formerly']}"
            self.diagnostics.append(BAD_FORMAT.at(where, f"'{printable(path)}' is no path of a page", hint))
            del found[path]
        return found

    def authored(self, path: str, model: type[Model]) -> Model | None:
        """None where the file is absent, unreadable or faulty."""
        source = self.sources.get(path)
        return self.validated(source, model, source.value, ()) if source else None

    def mapping(self, path: str, model: type[Model]) -> dict[str, Model]:
        """A file of records by key; a faulty record costs itself alone."""
        source = self.sources.get(path)
        if not source:
            return {}
        records = ((key, self.validated(source, model, value, (key,))) for key, value in source.value.items())
        return {key: record for key, record in records if record}

    def validated(self, source: Source, model: type[Model], value: Any, loc: tuple[str, ...]) -> Model | None:
        if (model, loc) not in source.made:
            source.made[model, loc] = _validated(source, model, value, loc)
        found, faults = source.made[model, loc]
        self.diagnostics += faults
        return cast("Model | None", found)


def _validated(
    source: Source, model: type[Model], value: Any, loc: tuple[str, ...]
) -> tuple[Model | None, Sequence[Diagnostic]]:
    try:
        return model.model_validate(value), ()
    except ValidationError as error:
        return None, _diagnostics(source, model, value, loc, error)


class _Layout:
    """What the names of the files say is there."""

    def __init__(self, files: Iterable[str]) -> None:
        areas, subareas, topics, references, strangers = set(), set(), set(), [], []
        for path in files:
            if path == PUBLISHED_FILE:
                continue
            match PurePosixPath(path).with_suffix("").parts:
                case ("taxonomy", "atlas" | "retired"):
                    pass
                case ("taxonomy", "references", _) | ("taxonomy", "references", _, _):
                    references.append(path)
                case ("taxonomy", area, "area"):
                    areas.add(area)
                case ("taxonomy", area, subarea, "subarea"):
                    areas.add(area)
                    subareas.add(f"{area}/{subarea}")
                case ("taxonomy", area, subarea, topic):
                    areas.add(area)
                    subareas.add(f"{area}/{subarea}")
                    topics.add(f"{area}/{subarea}/{topic}")
                case _:
                    strangers.append(path)
        self.areas = tuple(sorted(areas))
        self.subareas = tuple(sorted(subareas))
        self.topics = tuple(sorted(topics))
        self.references = tuple(sorted(references))
        self.strangers = tuple(strangers)


_UNREADABLE = "This file could not be read; the build's messages say why."


def _title(path: str) -> str:
    return path.rsplit("/", 1)[-1].replace("-", " ").capitalize()


def _ordered(listed: Iterable[str], existing: Iterable[str]) -> tuple[str, ...]:
    """What exists, in the order it is listed; what nobody lists comes last, so that it is not lost."""
    existing = tuple(existing)
    known = set(existing)
    return tuple(dict.fromkeys((*(path for path in listed if path in known), *existing)))


def _place_hint(path: str) -> str:
    depth = path.count("/")
    if depth == 2:
        return "a topic belongs into a subarea's folder: taxonomy/<area>/<subarea>/<topic>.yaml"
    return "see `genai-atlas rules F207` for the places a file can have"


def _diagnostics(
    source: Source, model: type[Authored], value: Any, loc: tuple[str, ...], error: ValidationError
) -> list[Diagnostic]:
    """One diagnostic for each place: the branches of a union fail together, and are one fault to an author.

    What the reader refused already, and what lies below it, is not told a second time.
    """
    by_place: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        place = _place(detail, value)
        if not any(loc + place[: len(refused) - len(loc)] == refused for refused in source.refused):
            by_place.setdefault(place, []).append(detail)
    return [_diagnostic(source, model, loc, place, details) for place, details in by_place.items()]


def _place(detail: ErrorDetails, value: Any) -> tuple[str | int, ...]:
    """pydantic's loc without the tags of unions: the steps that lead through the authored data."""
    steps: list[str | int] = []
    for step in detail["loc"]:
        inside = isinstance(value, dict) and step in value
        inside = inside or (isinstance(value, list) and isinstance(step, int) and step < len(value))
        if inside:
            value = value[step]
            steps.append(step)
        elif detail["type"] == "missing":
            steps.append(step)
    return tuple(steps)


def _diagnostic(
    source: Source,
    model: type[Authored],
    loc: tuple[str, ...],
    place: tuple[str | int, ...],
    details: list[ErrorDetails],
) -> Diagnostic:
    detail = details[0]
    rule = _RULE_BY_ERROR.get(detail["type"], WRONG_TYPE)
    name = _dotted((*loc, *place)) or "the file"
    where = source.locate(*loc, *place)
    field = next((str(step) for step in reversed(place) if isinstance(step, str)), "")
    given = detail["input"]
    if rule is MISSING_FIELD:
        parent = _dotted((*loc, *place[:-1]))
        return rule.at(where, f"{parent or 'the file'} has no `{place[-1]}`", f"add `{place[-1]}: …`")
    if rule is UNKNOWN_FIELD:
        fields = _fields(model, place[:-1])
        hint = did_you_mean(str(place[-1]), fields) or f"known here: {', '.join(fields)}"
        return rule.at(source.locate_key(*loc, *place), f"unknown field `{name}`", hint)
    if rule is NOT_ALLOWED:
        allowed = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        hint = did_you_mean(str(given), allowed) or f"one of: {', '.join(allowed)}"
        return rule.at(where, f"`{name}` cannot be {given!r}", hint)
    if rule is BAD_FORMAT:
        expected = _FORMAT.get(field, "a day, YYYY-MM-DD" if "date" in detail["type"] else "")
        if detail["type"] in ("iso_day", "date_parsing", "date_from_datetime_parsing"):
            expected = "a day of the calendar, YYYY-MM-DD"
        return rule.at(where, f"`{name}` has not the right form: {given!r}", f"write {expected}" if expected else "")
    if rule is OUT_OF_RANGE:
        return rule.at(where, f"`{name}`: {_limit(detail)}", _limit_hint(detail))
    types = dict.fromkeys(_EXPECTED_TYPE.get(d["type"], d["msg"]) for d in details)
    expected = " or ".join(name for name in types if name != "a whole number" or "a number" not in types)
    is_number = isinstance(given, int | float) and "text" in expected
    quote = f'put it into quotes: "{source.written(*loc, *place)}"' if is_number else f"write {expected}"
    return rule.at(where, f"`{name}` should be {expected}, not {_kind(given)}", quote)


def _dotted(loc: tuple[str | int, ...]) -> str:
    """`findings[2].value`: list items count from 1, as people count."""
    text = ""
    for step in loc:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _fields(model: type[Authored], place: tuple[str | int, ...]) -> list[str]:
    """The names of the fields that the schema knows at a place."""
    schema = TypeAdapter(model).json_schema()
    node: dict[str, Any] = schema
    for step in place:
        node = node["properties"].get(step, {}) if isinstance(step, str) else node.get("items", {})
        options = [node, *node.get("anyOf", [])]
        node = next((schema["$defs"][o["$ref"].split("/")[-1]] for o in options if "$ref" in o), node)
    return list(node.get("properties", {}))


def _limit(detail: ErrorDetails) -> str:
    given, limits = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "string_too_long":
            return f"{len(given)} characters, where {limits['max_length']} are allowed"
        case "too_long":
            return f"{limits['actual_length']} items, where {limits['max_length']} are allowed"
        case "too_short":
            return f"{limits['actual_length']} items, where {limits['min_length']} are needed"
        case _:
            return f"{given} is out of range"


def _limit_hint(detail: ErrorDetails) -> str:
    limits = detail.get("ctx", {})
    if "ge" in limits:
        return f"at least {limits['ge']}"
    if "le" in limits:
        return f"at most {limits['le']}"
    return "shorten it" if "long" in detail["type"] else "add to it"


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"the {'number' if isinstance(value, int | float) and not isinstance(value, bool) else 'value'} {value!r}"
