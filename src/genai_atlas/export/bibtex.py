"""Exporters `bibtex` and `biblatex`. Layer 6; no effects.

BibTeX gets accents and signs as TeX commands, since the old program knows no Unicode; biber, which reads `biblatex`,
does. Signs that mean something to TeX are commands in both. Braces are `{\\textbraceleft}`: BibTeX counts them even
where a backslash stands before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Final

from pylatexenc.latexencode import UnicodeToLatexEncoder

from genai_atlas.atlas import Atlas
from genai_atlas.export.selection import About, Selection
from genai_atlas.model import ReferenceType
from genai_atlas.output import OutputFile
from genai_atlas.works import Name, Work, works

Encoder = Callable[[str], str]

TYPES: Final[Mapping[ReferenceType, tuple[str, str, str, str]]] = {
    ReferenceType.ARTICLE: ("article", "journal", "article", "journaltitle"),
    ReferenceType.INPROCEEDINGS: ("inproceedings", "booktitle", "inproceedings", "booktitle"),
    ReferenceType.PREPRINT: ("misc", "howpublished", "online", "organization"),
    ReferenceType.REPORT: ("techreport", "institution", "report", "institution"),
    ReferenceType.BOOK: ("book", "publisher", "book", "publisher"),
    ReferenceType.THESIS: ("phdthesis", "school", "thesis", "institution"),
    ReferenceType.STANDARD: ("misc", "howpublished", "manual", "organization"),
    ReferenceType.SOFTWARE: ("misc", "howpublished", "software", "organization"),
    ReferenceType.DATASET: ("misc", "howpublished", "dataset", "organization"),
    ReferenceType.ONLINE: ("misc", "howpublished", "online", "organization"),
}
"""Of each type: BibTeX's entry type and the field of its venue, and biblatex's."""

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TEX: Final = {
    "\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}", "&": r"{\&}", "%": r"{\%}",
    "$": r"{\$}", "#": r"{\#}", "_": r"{\_}", "~": r"{\textasciitilde}", "^": r"{\textasciicircum}",
    "<": r"{\textless}", ">": r"{\textgreater}", '"': '{"}',
}  # fmt: skip


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    return (OutputFile.text(f"{selection.name}.bib", text(works(selection.references(atlas)))),)


def export_biblatex(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    entries = map(biblatex, works(selection.references(atlas)))
    return (OutputFile.text(f"{selection.name}.biblatex.bib", "\n".join(entries)),)


def text(entries: Iterable[Work]) -> str:
    return "\n".join(map(bibtex, entries))


@lru_cache(maxsize=8192)
def bibtex(work: Work) -> str:
    """Kept, since a build writes a work for each page that cites it, for what holds the page, and for the whole."""
    kind, venue, _, _ = TYPES[work.type]
    write = encoded
    fields = {
        "title": title(work.title, write),
        "author": authors(work, write),
        venue: write(work.venue),
        "year": str(work.year or ""),
        **_identifiers(work),
        **({"archiveprefix": "arXiv"} if work.arxiv else {}),
        "note": write(work.note or ""),
    }
    return _entry(kind, work, fields, MONTHS[work.month - 1] if work.month and work.year else "")


def biblatex(work: Work) -> str:
    _, _, kind, venue = TYPES[work.type]
    write = escaped
    fields = {
        "title": title(work.title, write),
        "author": authors(work, write),
        venue: write(work.venue),
        "date": _date(work),
        "origdate": str(work.first_year or ""),
        **({"type": "phdthesis"} if work.type is ReferenceType.THESIS else {}),
        **({"type": "report"} if work.type is ReferenceType.REPORT else {}),
        **_identifiers(work),
        **({"eprinttype": "arxiv"} if work.arxiv else {}),
        "note": write(work.note or ""),
    }
    return _entry(kind, work, fields)


def _date(work: Work) -> str:
    if not work.year:
        return ""
    parts = (f"{part:02}" for part in (work.month, work.day if work.month else None) if part)
    return "-".join((str(work.year), *parts))


def _identifiers(work: Work) -> dict[str, str]:
    """As they are: the macros of a style read them verbatim."""
    return {"doi": verbatim(work.doi or ""), "eprint": verbatim(work.arxiv or ""), "url": verbatim(work.url or "")}


def verbatim(address: str) -> str:
    """A brace would end the field; in an address its percent-encoding means the same."""
    return address.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")


def _entry(kind: str, work: Work, fields: Mapping[str, str], month: str = "") -> str:
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    if month:
        lines.append(f"  month = {month}")  # a macro that each style spells out, so without braces
    return f"@{kind}{{{work.key},\n" + ",\n".join(lines) + "\n}\n"


def authors(work: Work, write: Encoder) -> str:
    names = [name(author, write) for author in work.authors]
    return " and ".join((*names, "others") if work.more_authors else names)


def name(author: Name, write: Encoder) -> str:
    """`van den Oord, Aaron`. Braces hold together what BibTeX would part: organisations, and families of several words
    of which one is written small."""
    if author.is_organisation:
        return f"{{{write(author.family)}}}"
    is_parted = any(word[:1].islower() for word in author.family.split(" ")[:-1])
    family = _held(author.family, write, is_parted)
    particle = f"{write(author.particle)} " if author.particle else ""
    rest = (_held(part, write) for part in (author.suffix, author.given) if part)
    return ", ".join((f"{particle}{family}", *rest))


def _held(part: str, write: Encoder, is_parted: bool = False) -> str:
    has_sign = "," in part or not {"and", "others"}.isdisjoint(part.lower().split())
    return f"{{{write(part)}}}" if is_parted or has_sign else write(part)


def title(text: str, write: Encoder) -> str:
    """Styles write titles in small letters. What has to keep its capitals stands in braces."""
    return "".join(
        f"{{{write(piece)}}}" if keeps else write(piece) for piece, keeps in _pieces(text, _is_sentence(text))
    )


def _pieces(text: str, is_sentence: bool) -> Iterator[tuple[str, bool]]:
    """Words and what is between them, with whether a word keeps its capitals: one with a capital inside; a single
    letter; in a title that is a sentence, any but the first."""
    is_first = True
    for piece in re.split(r"([\w&{}][\w&{}'’./+-]*)", text):
        inside = re.search(r"[^\W\d_]", piece)
        capitals = [n for n, sign in enumerate(piece) if sign.isupper()]
        later = any(inside and n > inside.start() for n in capitals) or (len(piece) == 1 and piece not in "AI")
        has_digit = any(sign.isdigit() for sign in piece)
        keeps = bool(capitals) and (has_digit or (later and not _hyphened(piece)) or (is_sentence and not is_first))
        if inside:
            is_first = False
        yield piece, keeps


def _hyphened(piece: str) -> bool:
    """`Multi-Query` is a word of a title like any other."""
    return "-" in piece and all(part.istitle() or part.islower() for part in piece.split("-") if part)


def _is_sentence(text: str) -> bool:
    """Most of its longer words are written small."""
    words: list[str] = [word for word in re.findall(r"[^\W\d_]{5,}", text) if word.islower() or word.istitle()]
    return len(words) < 2 * sum(word.islower() for word in words)


def escaped(text: str) -> str:
    """Signs that mean something to TeX as commands; all else as it is."""
    return _apart("".join(_TEX.get(sign, sign) for sign in text))


def _apart(text: str) -> str:
    """TeX reads two hyphens as a dash, and two quotation marks as one of another kind."""
    return re.sub("(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)", "{}", text)


_PRINTED: Final = "\u2010-\u2027™©®¹²³|"
"""Dashes, quotation marks, raised digits and the like: LaTeX has read them as they are since 2018, and Pandoc drops
their commands. (The bar is a dash in fonts of the oldest encoding.)"""
_SPLIT: Final = re.compile(rf"[\\{{}}&%$#_~^<>|\"{_PRINTED}]|[^\\{{}}&%$#_~^<>|\"{_PRINTED}]+")


def encoded(text: str) -> str:
    """Accents and mathematical signs as commands; what has none, such as Chinese, as it is."""
    found = (
        _TEX.get(part) or (part if re.match(f"[{_PRINTED}]", part) else _encoder().unicode_to_latex(part))
        for part in _SPLIT.findall(text)
    )
    return _apart("".join(found))


@cache
def _encoder() -> UnicodeToLatexEncoder:
    return UnicodeToLatexEncoder(
        replacement_latex_protection="braces-all", unknown_char_policy="keep", unknown_char_warning=False
    )
