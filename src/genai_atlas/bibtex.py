"""BibTeX of any origin -> records, and what is wrong with each entry. Layer 7; no effects.

bibtexparser finds the entries, goes on after a broken one, and parts names as BibTeX does; pylatexenc reads accents and
signs. Every entry ends either as a record or as a fault with its line, and so does text that stands outside of entries
and looks like a lost one. What a record needs is never guessed: where the entry does not say it, that is the fault.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from bibtexparser import model as parsed
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.splitter import Splitter
from pydantic import ValidationError
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexWalkerParseError

from genai_atlas.checks.references import NOT_IMPORTED
from genai_atlas.diagnostics import Diagnostic, Location, did_you_mean
from genai_atlas.model import Reference, ReferenceType
from genai_atlas.works import one_line, split_name

# It logs what it also returns.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

MOST_AUTHORS: Final = 10
FEW_AUTHORS: Final = 3
"""How many stand before `et al.` where there are more than MOST_AUTHORS."""

_PUBLISHED: Final = ("journal", "journaltitle", "booktitle", "publisher", "school", "institution", "organization")
_OTHER: Final = (*_PUBLISHED, "howpublished")
_TYPES: Final[Mapping[str, ReferenceType]] = {
    "article": ReferenceType.ARTICLE, "inproceedings": ReferenceType.INPROCEEDINGS,
    "conference": ReferenceType.INPROCEEDINGS, "book": ReferenceType.BOOK, "inbook": ReferenceType.BOOK,
    "incollection": ReferenceType.BOOK, "collection": ReferenceType.BOOK, "proceedings": ReferenceType.BOOK,
    "phdthesis": ReferenceType.THESIS, "mastersthesis": ReferenceType.THESIS, "thesis": ReferenceType.THESIS,
    "techreport": ReferenceType.REPORT, "report": ReferenceType.REPORT, "manual": ReferenceType.REPORT,
    "booklet": ReferenceType.REPORT, "unpublished": ReferenceType.REPORT, "standard": ReferenceType.STANDARD,
    "software": ReferenceType.SOFTWARE, "dataset": ReferenceType.DATASET, "misc": ReferenceType.ONLINE,
    "online": ReferenceType.ONLINE, "electronic": ReferenceType.ONLINE, "www": ReferenceType.ONLINE,
}  # fmt: skip
_OFTEN_PREPRINTS: Final = (ReferenceType.ARTICLE, ReferenceType.INPROCEEDINGS, ReferenceType.ONLINE)
_CONTAINERS: Final = frozenset({"proceedings", "collection"})
"""Of no interest themselves where other entries take their venue from them."""

_VENUES: Final = (
    ("Neural Information Processing Systems", "NeurIPS"),
    ("International Conference on Learning Representations", "ICLR"),
    ("International Conference on Machine Learning", "ICML"),
    ("Computer Vision and Pattern Recognition", "CVPR"),
    ("European Conference on Computer Vision", "ECCV"),
    ("International Conference on Computer Vision", "ICCV"),
    ("Empirical Methods in Natural Language Processing", "EMNLP"),
    ("North American Chapter of the Association for Computational Linguistics", "NAACL"),
    ("European Chapter of the Association for Computational Linguistics", "EACL"),
    ("Transactions of the Association for Computational Linguistics", "TACL"),
    ("Annual Meeting of the Association for Computational Linguistics", "ACL"),
    ("AAAI Conference on Artificial Intelligence", "AAAI"),
    ("Artificial Intelligence and Statistics", "AISTATS"),
    ("Conference on Learning Theory", "COLT"),
    ("Conference on Language Modeling", "COLM"),
)
"""The atlas names a venue as people do. A workshop is not the conference, and keeps its own name."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ARXIV_ID: Final = r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?"
_ARXIV: Final = re.compile(rf"(?:arxiv(?:\.org)?[:./\s]*(?:(?:abs|pdf)/)?|\babs/){_ARXIV_ID}(?!\d)", re.IGNORECASE)
_ARXIV_PREFIX: Final = re.compile(r"^(?:https?://)?(?:arxiv(?:\.org)?)?[:/\s]*(?:(?:abs|pdf)/)?", re.IGNORECASE)
_DOI_PREFIX: Final = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_DOI: Final = re.compile(r"10\.\d{4,9}/[!-~]+")
_URL: Final = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[!-~]*)?")
_ORGANISATIONS: Final = re.compile(
    r"(?:team|project|consortium|collaboration|labs?|institute|university|group|inc\.?|foundation|commission|"
    r"community|committee|contributors|authors)$",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(r"[\s,]*[\w-]+\s*=")
_LOST: Final = re.compile(r"[={}]")
_HEADLESS: Final = re.compile(r"\s*(?:@?\s*[a-z]+\s*[{(]\s*[^\s,={}]+|@\s*[a-z]+\s+[^\s,={}(]+)\s*,", re.IGNORECASE)
_LATEX: Final = re.compile(r"[\\{}$&#^_~%`'\"]|--")
_COMMENTED: Final = re.compile(r"^[ \t]*%.*$", re.MULTILINE)
_ENTRY_START: Final = re.compile(r"@\s*(?!comment|string|preamble)([A-Za-z]+)\s*[{(]", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """An entry that says all that a record needs."""

    line: int
    """Counts from 1."""
    name: str
    """Its key in the BibTeX file."""
    reference: Reference
    notes: tuple[str, ...] = ()
    """What was read in a way the author of the file should know of, or left out."""


class _Unfit(Exception):
    def __init__(self, message: str, hint: str) -> None:
        self.message: Final = message
        self.hint: Final = hint
        super().__init__(message)


@dataclass(frozen=True)
class _Field:
    text: str
    """LaTeX, without what encloses it, abbreviations spelt out."""
    line: int


@dataclass
class _Entry:
    kind: str
    name: str
    line: int
    fields: dict[str, _Field]
    faults: list[Diagnostic] = field(default_factory=list)
    is_cut: bool = False
    """Ends before its last field; what else it lacks then is no fault of its own."""


def read(path: str, data: bytes) -> tuple[tuple[Candidate, ...], tuple[str, ...], tuple[Diagnostic, ...]]:
    """Candidates, remarks on what is meant to be no record, and faults. `path` is how the file is named in both."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8: `iconv -f latin1 -t utf-8` where it is of Western Europe"
        return (), (), (NOT_IMPORTED.at(Location(path, line), "the file is not UTF-8 text", hint),)
    reader = _Reader(path)
    reader.split(text)
    return reader.candidates()


class _Reader:
    """Holds what one call of read() gathers."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self.faults: list[Diagnostic] = []
        self.entries: list[_Entry] = []
        self.macros: dict[str, str] = {month: month for month in _MONTHS}

    def fault(self, line: int, message: str, hint: str) -> None:
        self.faults.append(NOT_IMPORTED.at(Location(self.path, line), message, hint))

    def split(self, text: str) -> None:
        """Blocks in their order, since an abbreviation holds for what stands below it."""
        previous: parsed.Block | None = None
        # Neither a field nor an entry that was commented out is to come back; the lines stay, and so their numbers.
        for block in Splitter(_COMMENTED.sub("", text)).split().blocks:
            line = (block.start_line or 0) + 1
            match block:
                case parsed.ParsingFailedBlock():
                    self.failed(block, line)
                case parsed.String():
                    self.macro(block, line)
                case parsed.Entry():
                    self.entry(block, line)
                case parsed.ImplicitComment():
                    self.outside(block.comment, line, previous)
                case _:
                    pass
            previous = block

    def failed(self, block: parsed.ParsingFailedBlock, line: int) -> None:
        raw = block.raw or ""
        shown = _shown(raw)
        match block:
            case parsed.DuplicateFieldKeyBlock():
                names = ", ".join(f"`{name}`" for name in sorted(block.duplicate_keys))
                self.fault(line, f"{shown} has {names} twice", "keep one of the two")
            case parsed.DuplicateBlockKeyBlock() if isinstance(block.ignore_error_block, parsed.String):
                self.macro(block.ignore_error_block, line)
            case parsed.DuplicateBlockKeyBlock():
                first = (block.previous_block.start_line or 0) + 1
                what = f"the key '{block.key}' stands in line {first} already"
                self.fault(line, what, "give one of the two another key, or take it out if it is the same work")
            case _:
                reason = getattr(block.error, "abort_reason", "") or "it cannot be read"
                hint = "look for a brace, quote or comma that is missing or too many"
                self.fault(line, f"{shown} is broken: {one_line(reason)}", hint)
        for swallowed in list(_ENTRY_START.finditer(raw))[1:]:
            where = line + raw.count("\n", 0, swallowed.start())
            self.fault(where, f"{_shown(raw[swallowed.start():])} stands inside the broken entry of line {line}",
                       "mend that one, and begin this one on a line of its own")  # fmt: skip

    def macro(self, block: parsed.String, line: int) -> None:
        try:
            self.macros[block.key.lower()] = self.value(block.value)
        except _Unfit as unfit:
            self.fault(line, f"the abbreviation '{block.key}': {unfit.message}", unfit.hint)

    def entry(self, block: parsed.Entry, line: int) -> None:
        entry = _Entry(block.entry_type.lower(), block.key, line, {})
        for each in block.fields:
            name, where = each.key.lower(), each.start_line + 1
            if name in entry.fields:
                self.add(entry, where, f"`{name}` stands twice", "keep one of the two")
            try:
                entry.fields[name] = _Field(self.value(str(each.value)), where)
            except _Unfit as unfit:
                self.add(entry, where, f"`{name}`: {unfit.message}", unfit.hint)
        if not block.key:
            self.add(entry, line, "the entry has no key", f"write one behind the brace: @{entry.kind}{{key,")
        self.entries.append(entry)

    def add(self, entry: _Entry, line: int, message: str, hint: str) -> None:
        shown = f"{entry.name}: " if entry.name else ""
        entry.faults.append(NOT_IMPORTED.at(Location(self.path, line), f"{shown}{message}", hint))

    def outside(self, text: str, line: int, previous: parsed.Block | None) -> None:
        """What stands between entries is comment to BibTeX. What looks like fields got there by a slip."""
        is_told = isinstance(previous, parsed.ParsingFailedBlock)  # the rest of what is broken
        for number, shown in enumerate(text.split("\n"), start=line):
            start = one_line(shown)[:60]
            if _HEADLESS.match(shown):
                self.fault(number, f"`{start}` begins no entry", "put @ before the type, and a brace behind it")
                is_told = True
            elif is_told or shown.lstrip().lower().startswith(("//", "@comment")):
                continue
            elif _TAIL.match(shown) and isinstance(previous, parsed.Entry):
                message = f"the entry had ended when `{start}` came"
                self.add(self.entries[-1], number, message, "take out the brace that ends it too early")
                is_told = self.entries[-1].is_cut = True
            elif _LOST.search(shown) and shown.strip(" },\t"):
                hint = "an entry begins with @, its type and a brace: @article{key,"
                self.fault(number, f"`{start}` belongs to no entry", hint)
                is_told = True

    def value(self, written: str) -> str:
        """Texts, numbers and abbreviations, joined by `#`."""
        found, rest = "", written.strip()
        if not rest:
            raise _Unfit("there is no value", "give it, or leave the field out")
        while rest:
            part, rest = self.part(rest)
            found += part
            if rest and not rest.startswith("#"):
                raise _Unfit(f"`{rest[:40]}` follows the value", "put a comma, or # between two parts of one text")
            if rest and not (rest := rest[1:].strip()):
                raise _Unfit("nothing follows #", "give what follows, or take # out")
        return found

    def part(self, text: str) -> tuple[str, str]:
        if text[0] in '{"':
            end = _end(text)
            if not end:
                raise _Unfit("a brace or quote is not closed", "close it")
            return text[1:end], text[end + 1 :].strip()
        word = re.match(r'[^\s#{}"]+', text)
        if not word:
            raise _Unfit(f"`{text[:40]}` is no value", "put it in braces")
        rest = text[word.end() :].strip()
        if word[0].isdigit():
            return word[0], rest
        if word[0].lower() not in self.macros:
            hint = did_you_mean(word[0].lower(), self.macros) or "put it in braces if it is text, or define it: @string"
            raise _Unfit(f"'{word[0]}' is no abbreviation that is known here", hint)
        return self.macros[word[0].lower()], rest

    def candidates(self) -> tuple[tuple[Candidate, ...], tuple[str, ...], tuple[Diagnostic, ...]]:
        by_name = {entry.name.lower(): entry for entry in self.entries}
        parents: dict[str, _Entry] = {}
        for entry in self.entries:
            self.inherit(entry, by_name, parents)
        found, remarks = [], []
        for entry in self.entries:
            if entry.kind in _CONTAINERS and entry.name.lower() in parents and not entry.faults:
                remarks.append(f"{self.path}:{entry.line}: {entry.name} holds other works, and is no record itself")
                continue
            candidate = self.candidate(entry)
            if candidate:
                found.append(candidate)
            self.faults += entry.faults
        return tuple(found), tuple(remarks), tuple(sorted(self.faults))

    def inherit(self, entry: _Entry, by_name: Mapping[str, _Entry], parents: dict[str, _Entry]) -> None:
        """What BibTeX's `crossref` does; the parent's title is the child's venue."""
        reference = entry.fields.get("crossref")
        if not reference:
            return
        name = reference.text.strip().lower()
        parent = by_name.get(name)
        if parent is None or parent is entry:
            hint = did_you_mean(name, by_name) or "add the entry that it names, or give the venue and year here"
            self.add(entry, reference.line, f"`crossref` names '{reference.text}', which is not in this file", hint)
            return
        parents[name] = parent
        for key, value in parent.fields.items():
            if key == "title":
                entry.fields.setdefault("booktitle", value)
            elif key not in ("booktitle", "crossref", "doi", "url", "eprint", "author", "editor"):
                entry.fields.setdefault(key, value)

    def candidate(self, entry: _Entry) -> Candidate | None:
        """None where anything is missing or wrong; all of that is then told."""
        if entry.is_cut:
            return None
        record = _Record(entry)
        values = record.values()
        for line, message, hint in record.faults:
            self.add(entry, line, message, hint)
        if entry.faults:
            return None
        try:
            reference = Reference.model_validate({key: value for key, value in values.items() if value})
        except ValidationError as error:
            for detail in error.errors():
                name = str(detail["loc"][0])
                self.add(entry, entry.line, f"`{name}` cannot be {detail['input']!r}", f"see `{name}` of a record")
            return None
        return Candidate(entry.line, entry.name, reference, tuple(record.notes))


class _Record:
    """Reads the fields of one entry, and gathers what is wrong with them."""

    def __init__(self, entry: _Entry) -> None:
        self.entry: Final = entry
        self.faults: list[tuple[int, str, str]] = []
        self.notes: list[str] = []

    def values(self) -> dict[str, Any]:
        if self.entry.kind not in _TYPES:
            hint = did_you_mean(self.entry.kind, _TYPES) or f"one of {', '.join(_TYPES)}"
            self.fault("", f"'@{self.entry.kind}' is no type of entry", hint)
        arxiv = self.arxiv()
        doi, url = self.doi(), self.url()
        if not (arxiv or doi or url) and not self.faults_of("doi", "eprint", "url"):
            self.fault("", "there is no identifier", "add `doi`, `eprint` (arXiv) or `url`")
        kind, venue = self.kind_and_venue(arxiv, url)
        return {
            "title": self.required("title"),
            "authors": self.authors(),
            **self.dates(arxiv),
            "venue": venue,
            "type": kind,
            "arxiv": arxiv,
            "doi": doi,
            "url": url,
        }

    def fault(self, name: str, message: str, hint: str) -> None:
        found = self.entry.fields.get(name)
        self.faults.append((found.line if found else self.entry.line, message, hint))

    def faults_of(self, *names: str) -> bool:
        return any(f"`{name}`" in message for name in names for _, message, _ in self.faults) or any(
            f"`{name}`" in fault.message for name in names for fault in self.entry.faults
        )

    def plain(self, name: str) -> str:
        """Of a field, as text; empty where it is absent or told to be faulty."""
        if name not in self.entry.fields:
            return ""
        try:
            return plain(self.entry.fields[name].text)
        except _Unfit as unfit:
            self.fault(name, f"`{name}`: {unfit.message}", unfit.hint)
            return ""

    def required(self, name: str) -> str:
        text = self.plain(name)
        if not text and not self.faults_of(name):
            self.fault(name, f"there is no `{name}`", f"add `{name}`")
        return text

    def authors(self) -> tuple[str, ...]:
        """Editors, or the organisation, where no author is named."""
        name = next((n for n in ("author", "editor") if n in self.entry.fields), "")
        if not name:
            organisation = self.plain("organization") or self.plain("institution")
            if not organisation:
                self.fault("", "there is no `author`", "add `author`; an organisation in braces: {{DeepSeek-AI}}")
            return (f"{{{organisation}}}",) if organisation else ()
        try:
            found = tuple(self.written(each) for each in _names(self.entry.fields[name].text))
        except _Unfit as unfit:
            self.fault(name, f"`{name}`: {unfit.message}", unfit.hint)
            return ()
        named = tuple(author for author in found if author != "et al.")
        if not named:
            self.fault(name, f"`{name}` names nobody", "name at least the first author")
        if len(named) > MOST_AUTHORS:
            return (*named[:FEW_AUTHORS], "et al.")
        return (*named, "et al.") if len(named) < len(found) else named

    def written(self, name: str) -> str:
        author, note = _author(name)
        if note:
            self.notes.append(note)
        return author

    def arxiv(self) -> str:
        prefix = (self.plain("archiveprefix") or self.plain("eprinttype")).lower()
        for name in ("eprint", "arxivid", "arxiv"):
            given = _address(self.entry.fields[name].text) if name in self.entry.fields else ""
            if not given or (name == "eprint" and prefix not in ("", "arxiv")):
                continue
            if found := arxiv_id(given):
                return found
            if prefix == "arxiv" or name != "eprint":
                self.fault(name, f"`{name}` is no arXiv identifier: {given}", "write it like 1706.03762")
                return ""
        for name in ("doi", "url", "journal", "journaltitle", "booktitle", "volume", "howpublished", "note", "number"):
            if name in self.entry.fields and (match := _ARXIV.search(_address(self.entry.fields[name].text))):
                return match["id"]
        return ""

    def doi(self) -> str:
        """arXiv's own DOI says no more than its identifier, which a record has by itself."""
        for name in ("doi", "url", "note"):
            given = _address(self.entry.fields[name].text) if name in self.entry.fields else ""
            bare = bare_doi(given)
            if name != "doi" and bare == given:
                continue
            if _DOI.fullmatch(bare):
                return "" if bare.lower().startswith("10.48550/arxiv.") else bare
            if name == "doi" and given:
                self.fault(name, f"`doi` is no DOI: {given}", "write it like 10.18653/v1/2020.inlg-1.23")
        return ""

    def url(self) -> str:
        for name in ("url", "howpublished"):
            given = _address(self.entry.fields[name].text) if name in self.entry.fields else ""
            first = given.split()[0].rstrip(".,;") if given.split() else ""
            if not first or (name != "url" and not first.startswith("http")):
                continue
            if _DOI_PREFIX.match(first) or _ARXIV.search(first):
                continue
            if _URL.fullmatch(first):
                return first
            self.fault(name, f"`{name}` is no address: {given}", "write it in full: https://example.org/paper")
        return ""

    def kind_and_venue(self, arxiv: str, url: str) -> tuple[ReferenceType, str]:
        kind = _TYPES.get(self.entry.kind, ReferenceType.ONLINE)
        venue = next((text for name in _OTHER if (text := self.plain(name)) and not text.startswith("http")), "")
        if arxiv and (not venue or re.search(r"arxiv|\bCoRR\b", venue, re.IGNORECASE)):
            return (ReferenceType.PREPRINT if kind in _OFTEN_PREPRINTS else kind), "arXiv preprint"
        if not venue and url:
            venue = urlsplit(url).netloc.removeprefix("www.")
        if not venue and not self.faults_of(*_OTHER):
            wanted = "journal" if kind is ReferenceType.ARTICLE else "booktitle"
            wanted = wanted if kind in (ReferenceType.ARTICLE, ReferenceType.INPROCEEDINGS) else "publisher"
            self.fault("", "it is not said where it was published", f"add `{wanted}`")
        return kind, _short(venue)

    def dates(self, arxiv: str) -> dict[str, int]:
        """The first public version is the arXiv one, where there is one, and its identifier tells year and month."""
        date = self.plain("date")
        stated = self.plain("year") or date[:4]
        if not re.fullmatch(r"\(?\d{4}\)?", stated):
            what = f"`year` is no year: {stated}" if stated else "there is no `year`"
            self.fault("year" if "year" in self.entry.fields else "date", what, "give four digits: year = {2019}")
            return {}
        year = int(stated.strip("()"))
        original = self.plain("origdate")[:4]
        if not arxiv and original.isdecimal() and int(original) < year:
            return {"year": int(original), "published_year": year}
        if not arxiv:
            return {"year": year, "month": self.month(date)}
        first, month = dated(arxiv)
        if first > year:
            message = f"`year` is {year}, and arXiv's {arxiv} is of {first}"
            self.fault("year", message, "take out the one that is of another work or version")
        return {"year": first, "month": month, **({"published_year": year} if year > first else {})}

    def month(self, date: str) -> int:
        """0 where there is none."""
        stated = self.plain("month")
        if not stated and (match := re.match(r"\d{4}-(\d{2})", date)):
            stated = match[1]
        if match := re.search(r"[A-Za-z]{3,}", stated):
            name = match[0][:3].lower()
            if name in _MONTHS:
                return _MONTHS.index(name) + 1
        elif (match := re.match(r"\d{1,2}", stated)) and 1 <= int(match[0]) <= 12:
            return int(match[0])
        if stated:
            self.notes.append(f"`month` is left out, since it cannot be read: {stated}")
        return 0


def arxiv_id(given: str) -> str:
    """Without version, from the identifier or an address of arXiv; empty where it is neither."""
    bare = _ARXIV_PREFIX.sub("", given.strip(), count=1)
    match = re.fullmatch(_ARXIV_ID, bare.removesuffix(".pdf"))
    return match["id"] if match else ""


def bare_doi(given: str) -> str:
    """Without the address of a resolver before it."""
    return _DOI_PREFIX.sub("", given.strip(), count=1)


def dated(arxiv: str) -> tuple[int, int]:
    """Year and month of an identifier of arXiv, which began in 1991."""
    digits = arxiv.rpartition("/")[2]
    year = int(digits[:2])
    return (1900 if year > 90 else 2000) + year, int(digits[2:4])


def _shown(raw: str) -> str:
    """The head of an entry: `@article{key`."""
    return f"`{one_line(raw.partition(chr(10))[0].partition(',')[0])[:60]}`"


def _end(text: str) -> int:
    """Where the brace or quote at the beginning is closed; 0 where it is not. A quote inside braces closes nothing."""
    depth = 0
    for index, sign in enumerate(text):
        if sign in "{}" and text[index - 1 : index] != "\\":
            depth += 1 if sign == "{" else -1
            if depth == 0 and text[0] == "{":
                return index
        elif sign == '"' and text[0] == '"' and depth == 0 and index and text[index - 1] != "\\":
            return index
    return 0


def _names(text: str) -> Iterable[str]:
    try:
        return [name for name in split_multiple_persons_names(one_line(text)) if name.strip()]
    except ValueError as error:
        raise _Unfit(str(error), _NAMES_HINT) from error


_NAMES_HINT: Final = "part authors by ` and `, and put an organisation in braces: {{DeepSeek-AI}} and Vaswani, Ashish"


def _author(name: str) -> tuple[str, str]:
    """As a record has it, and a note where that rests on a guess."""
    name = name.strip()
    if re.sub(r"[{}.]", "", name).lower() in ("others", "et al", "and others"):
        return "et al.", ""
    if name.startswith("{") and _end(name) == len(name) - 1:
        return f"{{{plain(name)}}}", ""
    try:
        parts = parse_single_name_into_parts(name)
    except InvalidNameError as error:
        raise _Unfit(f"'{name[:60]}' is no name: {error.reason}", _NAMES_HINT) from error
    given, particle, family, suffix = (plain(" ".join(p)) for p in (parts.first, parts.von, parts.last, parts.jr))
    if not family:
        raise _Unfit(f"'{name[:60]}' has no family name", _NAMES_HINT)
    whole = " ".join(filter(None, (given, particle, family, suffix)))
    if "," not in name and (not given or _ORGANISATIONS.search(family)):
        return f"{{{whole}}}", f"'{whole}' is taken for an organisation; if it is a person, take the braces out"
    found = split_name(whole)
    if (found.given, found.particle, found.family, found.suffix) == (given, particle, family, suffix):
        return whole, ""
    return ", ".join(filter(None, (" ".join(filter(None, (particle, family, suffix))), given))), ""


def _short(venue: str) -> str:
    if "workshop" in venue.lower():
        return venue
    if match := re.match(r"Findings of the Association for Computational Linguistics:? ?([A-Z]+)", venue):
        return f"{match[1]} Findings"
    return next((short for long, short in _VENUES if long.lower() in venue.lower()), venue)


def _address(latex: str) -> str:
    """An identifier or address without the commands that TeX needs to print it."""
    text = re.sub(r"\\(?:url|path|href|nolinkurl)\s*\{([^{}]*)\}", r"\1", latex)
    text = re.sub(r"\\(?:textasciitilde|~)(?:\s|\{\})?", "~", text)
    return one_line(re.sub(r"\\([_%&#$])", r"\1", text).replace("{", "").replace("}", ""))


def plain(latex: str) -> str:
    """Text without LaTeX. A command that is not known is refused: left out, it might take a letter with it."""
    if not _LATEX.search(latex):
        return unicodedata.normalize("NFC", one_line(latex))
    text = re.sub(r"(?<!\\)%", r"\\%", one_line(latex))  # TeX would take what follows for a comment; BibTeX does not
    try:
        found = _decoder().latex_to_text(text, tolerant_parsing=False)
    except RecursionError as error:
        raise _Unfit("its braces are too deep", "take out those that hold nothing together") from error
    except LatexWalkerParseError as error:
        reason = one_line(str(error)).partition(" @")[0]
        raise _Unfit(
            f"its LaTeX cannot be read: {reason}", "close braces and dollar signs; write \\$ for a price"
        ) from error
    return unicodedata.normalize("NFC", one_line(found.replace("\u00a0", " ")))


_SIGNS: Final = {
    "textasciicircum": "^", "textbar": "|", "textbraceleft": "{", "textbraceright": "}", "textgreater": ">",
    "textless": "<",
}  # fmt: skip
"""Commands that pylatexenc does not know, or takes for another sign."""


@cache
def _decoder() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    known.add_context_category(
        "atlas",
        prepend=True,
        macros=[
            MacroTextSpec("url", "%s"),
            MacroTextSpec("href", "%(2)s"),
            MacroTextSpec("newblock", ""),
            *(MacroTextSpec(name, sign) for name, sign in _SIGNS.items()),
        ],
    )
    known.set_unknown_macro_spec(MacroTextSpec("", _unknown))
    return LatexNodes2Text(latex_context=known, math_mode="text")


def _unknown(node: Any) -> str:
    hint = "write the sign or letter itself; the file is UTF-8"
    raise _Unfit(f"the command \\{node.macroname} is not known here", hint)
