"""Bibliographic records: each is cited, sound and there once. Layer 5; no effects."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from genai_atlas.atlas import Atlas, fold, topic_file
from genai_atlas.diagnostics import Diagnostic, Location, Rule, did_you_mean
from genai_atlas.model import Loc, Reference

UNKNOWN_REFERENCE = Rule(
    "R401",
    "unknown-reference",
    "A citation names a key for which there is no record.",
    "[@vaswani2017atention]",
    "[@vaswani2017attention]",
)
UNCITED = Rule(
    "R402",
    "uncited-record",
    "A record that no page cites is a leftover; it would stand in the list of references and support nothing.",
    "# references/2017.yaml has vaswani2017attention, and no page cites it",
    "overview: … [@vaswani2017attention] …",
)
YEAR_DISAGREES = Rule(
    "R403",
    "year-disagrees",
    "The year in the key, the record's `year` and the file's name are one: the year of the first public version. For "
    "an arXiv identifier that is the year in the identifier; the venue's year goes into `published_year`.",
    '# references/2018.yaml\nvaswani2018attention:\n  year: 2018\n  arxiv: "1706.03762"',
    '# references/2017.yaml\nvaswani2017attention:\n  year: 2017\n  arxiv: "1706.03762"',
)
SAME_WORK = Rule(
    "R404",
    "one-work-under-two-keys",
    "Two records have the same arXiv identifier, DOI or title. One work has one record.",
    'kipf2016semi: {arxiv: "1609.02907"}\nkipf2017semi: {arxiv: "1609.02907"}',
    'kipf2016semi: {arxiv: "1609.02907"}',
)
NO_IDENTIFIER = Rule(
    "R405",
    "no-identifier",
    "A record has at least one of `arxiv`, `doi` and `url`; without it nobody can check it.",
    "title: Attention\nauthors: [A. Nother]",
    "title: Attention\nauthors: [A. Nother]\ndoi: 10.1000/182",
)
BAD_KEY = Rule(
    "R406",
    "bad-key",
    "A citation key is the first author's family name (or the organisation), the year and the first significant word "
    "of the title, in lower-case ASCII letters.",
    "mqa: {title: Fast Transformer Decoding, …}",
    "shazeer2019fast: {title: Fast Transformer Decoding, …}",
)
BAD_AUTHORS = Rule(
    "R407",
    "bad-author-list",
    "Each author is an item of the list, given name first; `et al.` stands last and only after a name; an organisation "
    "stands in braces, so that nobody takes it for a person.",
    "authors: [Noam Shazeer and Ashish Vaswani, et al]",
    "authors: [Noam Shazeer, Ashish Vaswani, et al.]",
)
REPEATED_KEY = Rule(
    "R408",
    "key-in-two-files",
    "The same key stands in two files.",
    "# references/2017.yaml and references/2017/v.yaml both have vaswani2017attention",
    "# references/2017.yaml alone has it",
)
BAD_NOTE = Rule(
    "R409",
    "bad-checked-note",
    "`checked` says what was seen and when, so that the next curator can look again.",
    "checked: looks fine",
    'checked: "ACL Anthology, its own BibTeX, 2026-11"',
)
NOT_IMPORTED = Rule(
    "R410",
    "entry-not-imported",
    "`genai-atlas new reference --bibtex` imports every entry of which it can make a sound record, and tells of each "
    "other why it did not. Nothing is guessed: an entry says its title, authors, year, venue and an identifier.",
    "@article{key, title = {Attention}, author = {A. Nother}",
    "@article{key, title = {Attention}, author = {A. Nother}, journal = {Nature}, year = 2017, doi = {10.1000/182}}",
)

RULES = (
    UNKNOWN_REFERENCE, UNCITED, YEAR_DISAGREES, SAME_WORK, NO_IDENTIFIER, BAD_KEY, BAD_AUTHORS, REPEATED_KEY, BAD_NOTE,
    NOT_IMPORTED,
)  # fmt: skip


_KEY = re.compile(r"([a-z]+)\d{4}[a-z0-9]+")
_FILE = re.compile(r"references/(\d{4})(?:/([a-z]))?\.yaml$")


def citations(atlas: Atlas) -> Iterator[Diagnostic]:
    """Keys resolve, and every record is cited."""
    cited: set[str] = set()
    broken = _keys_of_broken_records(atlas)
    unread = [(m[1], m[2]) for path in atlas.faults.keys() - atlas.sources.keys() if (m := _FILE.search(path))]
    for file, path, _ in atlas.entries():
        for key, loc, offset in atlas.citations_of(path):
            cited.add(key)
            if key not in atlas.references and key not in broken and not _may_be_in(key, unread):
                where = atlas.locate(file, *loc) if offset < 0 else atlas.locate_in(file, loc, offset)
                hint = did_you_mean(key, atlas.references) or f"add its record to {_file_of(key)}"
                yield UNKNOWN_REFERENCE.at(where, f"no reference '{key}'", hint)
    if any(path.startswith("taxonomy/") and "references/" not in path for path in atlas.faults):
        return  # an entry that could not be read may cite what seems uncited
    for key in atlas.references:
        if key not in cited and _KEY.fullmatch(key):  # a key of another form cannot be cited, and is a fault itself
            yield UNCITED.at(_key_location(atlas, key), f"no page cites '{key}'", "cite it, or take the record out")


def _may_be_in(key: str, unread: Iterable[tuple[str, str | None]]) -> bool:
    """Whether a file that could not be read would hold the key: it was told, and not once more for every citation."""
    return any(year in key and (letter is None or key.startswith(letter)) for year, letter in unread)


def _file_of(key: str) -> str:
    year = re.search(r"\d{4}", key)
    return f"taxonomy/references/{year[0] if year else '<year>'}.yaml"


def _keys_of_broken_records(atlas: Atlas) -> set[str]:
    """A record with a fault is reported for that fault, not again wherever it is cited."""
    files = (path for path in atlas.sources if path.startswith("taxonomy/references/"))
    return {str(key) for path in files for key in atlas.sources[path].value} - set(atlas.references)


def _key_location(atlas: Atlas, key: str) -> Location:
    return atlas.sources[atlas.reference_files[key]].locate_key(key)


def records(atlas: Atlas) -> Iterator[Diagnostic]:
    for key, reference in atlas.references.items():
        file = atlas.reference_files[key]
        yield from _key(atlas, file, key, reference)
        yield from _years(atlas, file, key, reference)
        yield from _authors(atlas, file, key, reference)
        if not (reference.arxiv or reference.doi or reference.url):
            hint = "add `arxiv`, `doi` or `url`"
            yield NO_IDENTIFIER.at(_key_location(atlas, key), f"'{key}' has no identifier", hint)


def _key(atlas: Atlas, file: str, key: str, reference: Reference) -> Iterator[Diagnostic]:
    match = _KEY.fullmatch(key)
    if not match:
        hint = "write family name, year and a word of the title: vaswani2017attention"
        yield BAD_KEY.at(_key_location(atlas, key), f"'{key}' is no citation key", hint)
    elif (family := letters(reference.authors[0])) and match[1] not in family:  # empty: a name of another script
        message = f"'{key}' does not begin with the first author, {reference.authors[0]}"
        yield BAD_KEY.at(_key_location(atlas, key), message, "rename the key, here and where it is cited")


@cache
def unaccented(text: str) -> str:
    """In lower case, each Latin letter as the ASCII letters that keys are written with; all else as it is."""
    for letter, plain in (("ø", "o"), ("ł", "l"), ("ß", "ss"), ("æ", "ae"), ("đ", "d"), ("ı", "i"), ("œ", "oe")):
        text = text.casefold().replace(letter, plain)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def letters(name: str) -> str:
    """A name in lower-case ASCII letters alone, as keys are written."""
    return "".join(c for c in unaccented(name) if c.isascii() and c.isalpha())


def _years(atlas: Atlas, file: str, key: str, reference: Reference) -> Iterator[Diagnostic]:
    stated: dict[str, tuple[str, Loc]] = {"`year`": (str(reference.year), ("year",))}
    in_key = re.search(r"\d{4}", key)
    if in_key:
        stated["the key"] = (in_key[0], ())
    in_file = _FILE.search(file)
    stated["the file's name"] = (in_file[1] if in_file else file.rsplit("/", 1)[-1], ())
    if reference.arxiv and re.match(r"\d{4}\.", reference.arxiv):
        stated["the arXiv identifier"] = (f"20{reference.arxiv[:2]}", ("arxiv",))
    others = {year for name, (year, _) in stated.items() if name != "`year`"}
    hint = "`year` is that of the first public version; the venue's goes into `published_year`"
    if len(others) == 1 and in_key and others != {str(reference.year)}:
        where = atlas.locate(file, key, "year")
        message = f"`year` of '{key}' is {reference.year}, where the key and the file's name say {in_key[0]}"
        yield YEAR_DISAGREES.at(where, message, hint)
        return
    for name, (year, loc) in stated.items():
        if year != str(reference.year):
            where = atlas.locate(file, key, *loc) if loc else _key_location(atlas, key)
            yield YEAR_DISAGREES.at(where, f"`year` of '{key}' is {reference.year}, {name} says {year}", hint)
    if reference.published_year and reference.published_year < reference.year:
        where = atlas.locate(file, key, "published_year")
        yield YEAR_DISAGREES.at(
            where, f"'{key}' was published before its first version", "`year` is the earlier of the two"
        )


def _authors(atlas: Atlas, file: str, key: str, reference: Reference) -> Iterator[Diagnostic]:
    last = len(reference.authors) - 1
    for i, author in enumerate(reference.authors):
        message, hint = _author_fault(author, may_be_others=0 < i == last)
        if message:
            yield BAD_AUTHORS.at(atlas.locate(file, key, "authors", i), message, hint)


def _author_fault(author: str, may_be_others: bool) -> tuple[str, str]:
    """Message and hint, or two empty strings."""
    if re.fullmatch(r"(et al\.?|and others|others)", author):
        if author != "et al." or not may_be_others:
            return f"{author!r} cannot stand here", "write `et al.`, once, after the last name"
    elif author.startswith("{") != author.endswith("}"):
        return f"{author!r} has one brace", "put the organisation's whole name in braces"
    elif re.search(r" and |;|&", author) and not author.startswith("{"):
        return f"{author!r} looks like several authors", "make each an item; put an organisation in braces"
    return "", ""


def notes(atlas: Atlas) -> Iterator[Diagnostic]:
    written: list[tuple[str, Loc, str]] = [
        (atlas.reference_files[key], (key, "checked"), reference.checked)
        for key, reference in atlas.references.items()
        if reference.checked
    ]
    written += [
        (topic_file(path), ("same_as", i, "checked"), same.checked)
        for path, topic in atlas.topics.items()
        for i, same in enumerate(topic.same_as)
    ]
    for file, loc, note in written:
        if not re.search(r"\S.{8,}, \d{4}-\d{2}(-\d{2})?\b", note):
            hint = 'write "<publication or URL>, YYYY-MM"'
            yield BAD_NOTE.at(atlas.locate(file, *loc), "`checked` does not say what was seen and when", hint)


def marks(reference: Reference) -> Iterator[tuple[str, str]]:
    """What no two works have in common, each with its name."""
    if reference.arxiv:
        yield "arxiv", reference.arxiv
    if reference.doi:
        yield "doi", reference.doi.lower()
    yield "title", fold(reference.title) + letters(reference.authors[0])[-5:]


def identity(atlas: Atlas) -> Iterator[Diagnostic]:
    """One work, one record."""
    seen: dict[tuple[str, str], str] = {}
    for key, reference in atlas.references.items():
        for name, mark in marks(reference):
            other = seen.setdefault((name, mark), key)
            if other != key:
                where = atlas.locate(atlas.reference_files[key], key, name)
                yield SAME_WORK.at(
                    where, f"'{key}' and '{other}' have the same {name}", f"keep one; cite it as [@{other}]"
                )
                break
    for file, source in atlas.sources.items():
        if file.startswith("taxonomy/references/"):
            for key in source.value:
                first = atlas.reference_files.get(key, file)
                if first != file:
                    yield REPEATED_KEY.at(
                        source.locate_key(key), f"'{key}' stands in {first} too", "keep one of the two"
                    )


CHECKS = (citations, records, notes, identity)
