"""The commands `new topic` and `new reference`: what a curator says -> files. Layer 9; asks, prints, reads and writes.

On a terminal they ask for what the options leave open, and refuse a wrong answer at once; elsewhere all that is missing
is told in one list. Nothing is written until all of it is sound, and then all of it or nothing.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, NoReturn

import click
from pydantic import TypeAdapter, ValidationError

from genai_atlas import bibtex, files, scaffold
from genai_atlas.atlas import Atlas
from genai_atlas.bibtex import Candidate
from genai_atlas.checks.fields import MINIMUM, SCOPED
from genai_atlas.checks.references import NOT_IMPORTED
from genai_atlas.console import CLEAN, FAULTS, USAGE, command, schemas_of, tell
from genai_atlas.diagnostics import Diagnostic, Location, counted, did_you_mean
from genai_atlas.model import (
    Authored,
    Kind,
    Level,
    ReadingItem,
    Reference,
    ReferenceType,
    Relation,
    RelationType,
    Role,
    Topic,
)
from genai_atlas.parse import parse
from genai_atlas.scaffold import Placed, Refusal
from genai_atlas.source import SourceFile


def _values(members: type[Kind | RelationType | Role | Level | ReferenceType]) -> click.Choice[str]:
    return click.Choice([member.value for member in members])


def _help(model: type[Authored], name: str) -> str:
    return str(model.model_fields[name].description)


@click.group()
def new() -> None:
    """Add a topic, or bibliographic records."""


@new.command()
@click.argument("path", metavar="AREA/SUBAREA/SLUG")
@click.option("--kind", type=_values(Kind), help=_help(Topic, "kind"))
@click.option("--title", help=_help(Topic, "title"))
@click.option("--alias", "aliases", multiple=True, help="An abbreviation or another name; may be given several times.")
@click.option("--summary", help=_help(Topic, "summary"))
@click.option("--scope", help=_help(Topic, "scope"))
@click.option("--reviewed", metavar="YYYY-MM-DD", show_default="today", help=_help(Topic, "reviewed"))
@click.option("--literature-until", metavar="YYYY-MM", help=_help(Topic, "literature_until"))
@click.option(
    "--relation",
    "relations",
    multiple=True,
    nargs=3,
    type=(_values(RelationType), str, str),
    metavar="TYPE TOPIC NOTE",
    help=f"A relation to another topic; at least {MINIMUM['relations']} times.",
)
@click.option(
    "--reading",
    "reading_list",
    multiple=True,
    nargs=4,
    type=(str, _values(Role), _values(Level), str),
    metavar="KEY ROLE LEVEL WHY",
    help=f"A work to read, by its citation key; at least {MINIMUM['reading_list']} times.",
)
@click.pass_obj
@command
def topic(root: Path, path: str, **given: Any) -> None:
    """Make a brief entry, and list it in its subarea.

    On a terminal it asks for what the options leave open. The file names the fields of a full entry of its kind in a
    comment. Nothing is written that `validate` would refuse.
    """
    sources = _sources(root)
    atlas, _ = parse(sources)
    names = dict.fromkeys(filter(None, (path.rsplit("/", 1)[-1], given["title"], *given["aliases"])))
    _refuse((*scaffold.place_refusals(atlas, path), *scaffold.name_refusals(atlas, names)))
    fields = _topic_fields(atlas, given)
    plan, entry = scaffold.topic(sources, path, fields, schemas_of(root))
    if plan.refusals and entry and _asks():
        click.echo(entry.data, nl=False)  # what was answered is not to be typed again
    _refuse(plan.refusals)
    files.replace_files(plan.outputs, root)
    for output in plan.outputs:
        click.echo(f"{'written' if entry and output.path == entry.path else 'changed'} {output.path}")
    tell(plan.warnings)


def _sources(root: Path) -> tuple[SourceFile, ...]:
    sources, faults = files.read(root)
    if not sources:
        tell(faults)
        sys.exit(FAULTS)
    return sources


def _refuse(refusals: Iterable[Refusal]) -> None:
    """Ends with every refusal told, if there is any."""
    if told := tuple(refusals):
        for message, fix in told:
            click.echo(f"genai-atlas: {message}" + (f"\n    hint: {fix}" if fix else ""), err=True)
        click.echo("nothing is written", err=True)
        sys.exit(USAGE)


def _missing(lines: Sequence[str]) -> NoReturn:
    click.echo("genai-atlas: give also\n" + "".join(f"    {line}\n" for line in lines), nl=False, err=True)
    click.echo("nothing is written; on a terminal you are asked for them", err=True)
    sys.exit(USAGE)


def _asks() -> bool:
    return sys.stdin.isatty()


# Questions.

Check = Callable[[str], Any]


def _prompt(label: str, check: Check | click.ParamType[Any], is_optional: bool = False) -> Any:
    """Asks until the answer passes; empty only where it is optional."""
    proper = (lambda text: check.convert(text, None, None)) if isinstance(check, click.ParamType) else check
    if isinstance(check, click.Choice):
        label += f" [{', '.join(check.choices)}]"

    def passed(text: str) -> Any:
        return "" if is_optional and not text.strip() else proper(text)

    return click.prompt(label, default="" if is_optional else None, show_default=False, value_proc=passed, err=True)


def _fits(model: type[Authored], name: str) -> Check:
    """The schema's own rule for a field, as the check of an answer."""
    field = model.model_fields[name]
    annotated: Any = Annotated[field.annotation, field]
    adapter: TypeAdapter[Any] = TypeAdapter(annotated)

    def check(text: str) -> str:
        try:
            adapter.validate_python(text.strip())
        except ValidationError as error:
            raise click.UsageError(error.errors()[0]["msg"]) from None
        return text.strip()

    return check


def _topic_fields(atlas: Atlas, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of a Topic, as an author would write them: what was given, and what is asked."""
    fields = {name: value for name, value in given.items() if value}
    fields.setdefault("reviewed", datetime.date.today().isoformat())
    needed = [name for name in ("kind", "title", "summary", "literature_until") if name not in fields]
    short = [name for name, minimum in MINIMUM.items() if len(given[name]) < minimum]
    if (needed or short) and not _asks():
        lines = [f"--{name.replace('_', '-')}: {_help(Topic, name)}" for name in needed]
        lines += [f"{_OPTIONS[name]}: {MINIMUM[name]} are needed, {len(given[name])} given" for name in short]
        _missing(lines)
    for name in needed:
        check = _values(Kind) if name == "kind" else _free_title(atlas) if name == "title" else _fits(Topic, name)
        fields[name] = _prompt(f"{name.replace('_', ' ').capitalize()} ({_help(Topic, name)})", check)
    if "title" in needed and "aliases" not in fields:
        fields["aliases"] = _asked_aliases(atlas)
    relations = [dict(zip(Relation.model_fields, each, strict=True)) for each in given["relations"]]
    reading = [dict(zip(ReadingItem.model_fields, each, strict=True)) for each in given["reading_list"]]
    fields["relations"] = _more(relations, "relations", lambda number: _relation(atlas, number))
    fields["reading_list"] = _more(reading, "reading_list", lambda number: _work(atlas, number))
    if "scope" not in fields and _asks() and any(each["type"] in SCOPED for each in fields["relations"]):
        fields["scope"] = _prompt(f"Scope ({_help(Topic, 'scope')})", _fits(Topic, "scope"))
    fields["aliases"] = list(fields.get("aliases", ()))
    return fields


_OPTIONS: Final = {"relations": "--relation TYPE TOPIC NOTE", "reading_list": "--reading KEY ROLE LEVEL WHY"}


def _free_title(atlas: Atlas) -> Check:
    def check(text: str) -> str:
        for message, fix in scaffold.name_refusals(atlas, [text]):
            raise click.UsageError(f"{message}; {fix}")
        return str(_fits(Topic, "title")(text))

    return check


def _asked_aliases(atlas: Atlas) -> list[str]:
    found: list[str] = []
    while alias := _prompt("Alias (another name; an empty line ends)", _free_title(atlas), is_optional=True):
        found.append(alias)
    return found


def _more(items: list[dict[str, str]], name: str, ask: Callable[[int], dict[str, str]]) -> list[dict[str, str]]:
    """Asks for items where fewer were given than are needed, and then until an empty answer."""
    if len(items) >= MINIMUM[name]:
        return items
    while item := ask(len(items) + 1):
        items.append(item)
    return items


def _relation(atlas: Atlas, number: int) -> dict[str, str]:
    """Empty where the answer is empty and enough are there."""
    enough = number > MINIMUM["relations"]
    kind = _prompt(_numbered("Relation", number, "type", enough), _values(RelationType), is_optional=enough)
    if not kind:
        return {}
    to = _prompt("    to which topic", _topic_name(atlas))
    note = _prompt(f"    note ({_help(Relation, 'note')})", _fits(Relation, "note"))
    return {"type": kind, "to": to, "note": note}


def _work(atlas: Atlas, number: int) -> dict[str, str]:
    enough = number > MINIMUM["reading_list"]
    ref = _prompt(_numbered("Work to read", number, "citation key", enough), _known_key(atlas), is_optional=enough)
    if not ref:
        return {}
    role = _prompt("    role", _values(Role))
    level = _prompt("    level", _values(Level))
    why = _prompt(f"    why ({_help(ReadingItem, 'why')})", _fits(ReadingItem, "why"))
    return {"ref": ref, "role": role, "level": level, "why": why}


def _numbered(what: str, number: int, first: str, enough: bool) -> str:
    return f"{what} {number}{', an empty line ends' if enough else ''}: {first}"


def _topic_name(atlas: Atlas) -> Check:
    def check(text: str) -> str:
        found = atlas.candidates(text.strip())
        if len(found) > 1:
            raise click.UsageError(f"write {' or '.join(map(atlas.name_of, found))}")
        if not found:
            raise click.UsageError(f"no topic '{text}'; {did_you_mean(text, atlas.topic_names)}".rstrip("; "))
        return text.strip()

    return check


def _known_key(atlas: Atlas) -> Check:
    def check(text: str) -> str:
        if text.strip() not in atlas.references:
            hint = did_you_mean(text, atlas.references) or "`genai-atlas new reference` adds it"
            raise click.UsageError(f"no reference '{text}'; {hint}")
        return text.strip()

    return check


# References.


@new.command()
@click.option(
    "--bibtex",
    "bibliography",
    type=click.File("rb"),
    metavar="FILE",
    help="Import the entries of a BibTeX file; - is standard input.",
)
@click.option("--key", help="The citation key, where the one made of author, year and title will not do.")
@click.option("--title", help=_help(Reference, "title"))
@click.option("--author", "authors", multiple=True, help="Given name first, an organisation in braces; one each.")
@click.option("--year", type=int, help="Year of the first public version; an arXiv identifier tells it.")
@click.option("--month", type=int, help=_help(Reference, "month"))
@click.option("--published-year", type=int, help=_help(Reference, "published_year"))
@click.option("--venue", help=_help(Reference, "venue"))
@click.option("--type", "type", type=_values(ReferenceType), help=_help(Reference, "type"))
@click.option("--arxiv", help="arXiv identifier or address.")
@click.option("--doi", help="DOI, with or without the address of a resolver.")
@click.option("--url", help=_help(Reference, "url"))
@click.option("--checked", help=_help(Reference, "checked"))
@click.pass_obj
@command
def reference(root: Path, bibliography: BinaryIO | None, key: str | None, checked: str | None, **given: Any) -> None:
    """Add a record from options or answers, or all of a BibTeX file.

    A work that has a record already, by DOI, arXiv identifier or title, is told with its key. Entries that are broken
    or lack what a record needs are told with their line, and the others imported.
    """
    sources = _sources(root)
    if bibliography:
        if key or any(given.values()):
            raise click.UsageError("with --bibtex only --checked can be given; it then holds for every entry")
        _import(root, sources, bibliography, checked)
        return
    fields = _reference_fields({**given, "checked": checked})
    try:
        candidate = Candidate(1, "", Reference.model_validate(fields))
    except ValidationError as error:
        names = [str(detail["loc"][0]) for detail in error.errors()]
        _refuse(
            (f"--{name.replace('_', '-')} has not the right form: {fields[name]}", _help(Reference, name))
            for name in names
        )
        raise
    (placed,) = scaffold.place(parse(sources)[0], [candidate], key or "")
    if placed.same:
        _refuse([(f"the work has a record, {placed.key}, with the same {placed.same}", f"cite it: [@{placed.key}]")])
    _refuse(placed.refusals)
    _write(root, sources, (placed,))
    click.echo(f"added {placed.key}")
    _tell_uncited()


def _reference_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in given.items() if value}
    if "doi" in fields:
        fields["doi"] = bibtex.bare_doi(fields["doi"])
    if "arxiv" in fields:
        _with_arxiv(fields)
    needed = [name for name in ("title", "authors", "year", "venue", "type") if name not in fields]
    is_lost = not any(name in fields for name in ("arxiv", "doi", "url"))
    if (needed or is_lost) and not _asks():
        lines = [f"--{name.removesuffix('s')}: {_help(Reference, name)}" for name in needed]
        _missing([*lines, *(["--arxiv, --doi or --url: one at least"] if is_lost else [])])
    if is_lost:
        _ask_identifier(fields)
    for name in [name for name in needed if name not in fields]:
        if name == "authors":
            fields["authors"] = _asked_authors()
        else:
            kind = {"year": click.INT, "type": _values(ReferenceType)}.get(name) or _fits(Reference, name)
            fields[name] = _prompt(f"{name.capitalize()} ({_help(Reference, name)})", kind)
    return fields


def _with_arxiv(fields: dict[str, Any]) -> None:
    """What the identifier tells: the first version's year and month, and where it stands."""
    found = bibtex.arxiv_id(fields["arxiv"])
    if not found:
        _refuse([(f"--arxiv: '{fields['arxiv']}' is no arXiv identifier", "write it like 1706.03762")])
    year, month = bibtex.dated(found)
    fields["arxiv"] = found
    for name, value in (("year", year), ("month", month)):
        fields.setdefault(name, value)
    if "venue" not in fields and fields.get("type", "preprint") == "preprint":
        fields |= {"venue": "arXiv preprint", "type": "preprint"}


def _ask_identifier(fields: dict[str, Any]) -> None:
    while not any(name in fields for name in ("arxiv", "doi", "url")):
        for name in ("arxiv", "doi", "url"):
            if answer := _prompt(f"{name} (an empty line passes)", str.strip, is_optional=True):
                fields[name] = bibtex.bare_doi(answer) if name == "doi" else answer
                break
    if "arxiv" in fields:
        _with_arxiv(fields)


def _asked_authors() -> list[str]:
    found = [_prompt("Author 1 (given name first, an organisation in braces)", str.strip)]
    while author := _prompt(f"Author {len(found) + 1} (an empty line ends)", str.strip, is_optional=True):
        found.append(author)
    return found


def _import(root: Path, sources: Sequence[SourceFile], file: BinaryIO, checked: str | None) -> None:
    path = getattr(file, "name", "<stdin>")
    found, remarks, faults = bibtex.read(path, file.read())
    if checked:
        found = tuple(
            Candidate(c.line, c.name, c.reference.model_copy(update={"checked": checked}), c.notes) for c in found
        )
    placed = scaffold.place(parse(sources)[0], found)
    _write(root, sources, placed)
    for each in placed:
        _tell_placed(path, each)
    for remark in remarks:
        click.echo(remark)
    tell(tuple(sorted((*faults, *(fault for each in placed for fault in _faults(path, each))))))
    added, there = sum(each.is_new for each in placed), sum(bool(each.same) for each in placed)
    click.echo(f"{counted(added, 'record')} added, {there} there already", err=True)
    if added:
        _tell_uncited()
    sys.exit(FAULTS if faults or any(each.refusals for each in placed) else CLEAN)


def _tell_placed(path: str, each: Placed) -> None:
    start = f"{path}:{each.candidate.line}: {each.candidate.name}"
    if each.same:
        click.echo(f"{start} is there already: {each.key} (same {each.same})")
    elif each.is_new:
        click.echo(f"{start} added: {each.key}")
        for note in each.candidate.notes:
            click.echo(f"    note: {note}")


def _faults(path: str, each: Placed) -> Iterable[Diagnostic]:
    for message, fix in each.refusals:
        yield NOT_IMPORTED.at(Location(path, each.candidate.line), f"{each.candidate.name}: {message}", fix)


def _write(root: Path, sources: Sequence[SourceFile], placed: Sequence[Placed]) -> None:
    plan = scaffold.references(sources, placed, schemas_of(root))
    _refuse(plan.refusals)
    files.replace_files(plan.outputs, root)


def _tell_uncited() -> None:
    click.echo("`validate` tells of it as R402 until a page cites it: [@key]", err=True)
