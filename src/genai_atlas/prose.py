r"""The prose grammar: text -> tokens -> safe HTML, words, citations, links, formulas. Layer 1; no effects.

One tokenizer owns the grammar, and everything it does not own is text:

    *emphasis*  **strong**  `code`  $formula$  [@key]  [@key, Table 2]  [@a; @b, §3]
    [[slug]]  [[subarea/slug]]  [[slug|text]]  [text](https://host/path)  \* for a literal sign

and, in Markdown fields, paragraphs parted by blank lines, `- ` and `1. ` lists of one level, and `$$ formula $$` on
lines of its own. Text leaves as numeric entities wherever a Markdown processor could see a meaning, so that what this
module does not own, Markdown cannot own either. What looks like markup of another kind is reported, and shown as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Protocol, TypeAlias

from genai_atlas import formula
from genai_atlas.diagnostics import Rule

UNBALANCED_DOLLAR = Rule(
    "P501",
    "unbalanced-dollar",
    "A `$` that opens no formula and closes none. An inline formula stands within one paragraph, without a space inside"
    " of either dollar sign; a dollar sign that means money is written `\\$`.",
    "overview: A run costs $5 per hour.",
    "overview: A run costs \\$5 per hour for $n$ tokens.",
)
FORMULA_ERROR = Rule(
    "P502",
    "formula-error",
    "The formula cannot be converted to MathML, or its result may not stand in a page. The message is the converter's"
    " own, with the place in the formula. Formulas define no commands and carry neither numbers, colours nor links.",
    "body: The ratio is $\\frac{a$.",
    "body: The ratio is $\\frac{a}{b}$.",
)
MALFORMED_CITATION = Rule(
    "P503",
    "malformed-citation",
    "A citation is `[@key]`, `[@key, locator]` or `[@key; @key, locator]`, where a key is first author, year and first"
    " significant word of the title in lower case.",
    "known: Reading sets the time [@Shazeer2019].",
    "known: Reading sets the time [@shazeer2019fast, §2.4.1].",
)
MALFORMED_TOPIC_LINK = Rule(
    "P504",
    "malformed-topic-link",
    "A link to another topic is `[[slug]]`, `[[subarea/slug]]` or `[[slug|text]]`, with the slug as it stands in the"
    " file's name.",
    "note: a kind of [[Sparse Attention]]",
    "note: a kind of [[sparse-attention]]",
)
EMPTY_LINK_TEXT = Rule(
    "P505",
    "empty-link-text",
    "A link without text cannot be seen, tabbed to or spoken.",
    "overview: See [](https://example.org/code).",
    "overview: See [the authors' code](https://example.org/code).",
)
BAD_URL = Rule(
    "P506",
    "bad-url",
    "A link leads to http or https, to a host with a dot written in ASCII, without user name, port, spaces, quotes or"
    " brackets. Topics are linked by slug, and works are cited.",
    "overview: See [the code](javascript:run).",
    "overview: See [the code](https://example.org/code).",
)
BARE_URL = Rule(
    "P507",
    "bare-url",
    "An address in running text is neither readable nor a link.",
    "overview: The code is at https://example.org/code.",
    "overview: The code is [public](https://example.org/code).",
)
RAW_HTML = Rule(
    "P508",
    "raw-html",
    "Tags, comments and entities are not part of the grammar: they are shown as they stand, not obeyed.",
    "overview: The <b>cache</b> shrinks.",
    "overview: The **cache** shrinks.",
)
HEADING = Rule(
    "P509",
    "heading",
    "The fields of an entry are its headings; text inside a field has none.",
    "overview: |\n  # Background\n  Decoding emits one token at a time.",
    "overview: |\n  **Background.** Decoding emits one token at a time.",
)
IMAGE = Rule(
    "P510",
    "image",
    "Prose holds no images: the atlas carries no files of others, and loads nothing from other hosts.",
    "overview: ![The layer](layer.png)",
    "overview: The layer has one key head.",
)
MARKUP_IN_PLAIN_TEXT = Rule(
    "P511",
    "markup-in-plain-text",
    "Plain fields (title, summary, names, units, values, locators, questions, link texts) are shown as they stand: they"
    " are also used where no markup can be, as in search results and descriptions.",
    "summary: Multi-query attention (**MQA**) shares one key head.",
    "summary: Multi-query attention (MQA) shares one key head.",
)
BLOCK_IN_INLINE_TEXT = Rule(
    "P512",
    "block-in-inline-text",
    "The field holds one paragraph, as in a table cell or a claim: no blank lines, lists or display formulas.",
    "claim: |\n  - Decoding is faster.\n  - Training is not.",
    "claim: Decoding is faster, training is not.",
)
UNCLOSED_MARKUP = Rule(
    "P513",
    "unclosed-markup",
    "Emphasis `*…*`, strong text `**…**` or code `` `…` `` is opened and not closed in the same paragraph.",
    "overview: A bound is *vacuous when it promises nothing.",
    "overview: A bound is *vacuous* when it promises nothing.",
)
UNSUPPORTED_MARKUP = Rule(
    "P514",
    "unsupported-markup",
    "Markdown of a kind that the grammar leaves out: nested lists, tables, quotations, code blocks, rules, footnotes,"
    " attribute lists, admonitions. It is shown as text.",
    "overview: |\n  - attention\n    - multi-query attention",
    "overview: |\n  - attention\n  - multi-query attention",
)
MISPLACED_DISPLAY_FORMULA = Rule(
    "P515",
    "misplaced-display-formula",
    "A display formula `$$…$$` begins on a line of its own, ends one, stands outside lists and holds no blank line.",
    "body: The layer computes $$Y = XW$$ from its input.",
    "body: |\n  The layer computes\n\n  $$\n  Y = XW\n  $$\n\n  from its input.",
)

RULES = (
    UNBALANCED_DOLLAR,
    FORMULA_ERROR,
    MALFORMED_CITATION,
    MALFORMED_TOPIC_LINK,
    EMPTY_LINK_TEXT,
    BAD_URL,
    BARE_URL,
    RAW_HTML,
    HEADING,
    IMAGE,
    MARKUP_IN_PLAIN_TEXT,
    BLOCK_IN_INLINE_TEXT,
    UNCLOSED_MARKUP,
    UNSUPPORTED_MARKUP,
    MISPLACED_DISPLAY_FORMULA,
)

MAX_FAULTS = 25
"""Reported of one text. A field of 4,000 brackets has one fault, not 4,000."""


class Profile(StrEnum):
    __hash__ = str.__hash__  # Enum's own is Python code, and `parse` looks a text up thousands of times

    PLAIN = "plain"
    """Text only."""
    INLINE = "inline"
    """One paragraph with emphasis, code, formulas, citations and links."""
    MARKDOWN = "markdown"
    """Paragraphs, lists and display formulas as well."""


# Every `offset` counts characters of the source text from 0.


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class InlineFormula:
    tex: str
    offset: int
    tex_offset: int


@dataclass(frozen=True, slots=True)
class DisplayFormula:
    tex: str
    offset: int
    tex_offset: int


@dataclass(frozen=True, slots=True)
class CitationItem:
    key: str
    locator: str
    """Empty where none is given."""
    offset: int


@dataclass(frozen=True, slots=True)
class Citation:
    items: tuple[CitationItem, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class TopicLink:
    slug: str
    """`slug` or `subarea/slug`."""
    text: str
    """Empty where the topic's own name is to be shown."""
    offset: int


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[tuple[Inline, ...], ...]
    offset: int
    start: int | None
    """The first number; None for bullets."""


Mark: TypeAlias = Code | InlineFormula | DisplayFormula | Citation | TopicLink | Link
Inline: TypeAlias = Text | Code | InlineFormula | Citation | TopicLink | Link | Emphasis | Strong
Block: TypeAlias = Paragraph | List | DisplayFormula


@dataclass(frozen=True, slots=True)
class ProseFault:
    rule: Rule
    message: str
    hint: str
    offset: int


@dataclass(frozen=True)
class Prose:
    blocks: tuple[Block, ...]
    marks: tuple[Mark, ...]
    """All that is neither text nor emphasis, in the order of the source."""
    faults: tuple[ProseFault, ...]
    """By offset. Whether formulas convert is not among them: see `formula_faults`."""

    def citations(self) -> Iterator[Citation]:
        return (mark for mark in self.marks if isinstance(mark, Citation))

    def topic_links(self) -> Iterator[TopicLink]:
        return (mark for mark in self.marks if isinstance(mark, TopicLink))

    def links(self) -> Iterator[Link]:
        return (mark for mark in self.marks if isinstance(mark, Link))

    def formulas(self) -> Iterator[InlineFormula | DisplayFormula]:
        return (mark for mark in self.marks if isinstance(mark, InlineFormula | DisplayFormula))

    @cached_property
    def words(self) -> int:
        """Whitespace tokens after taking out citations, formulas and addresses. Code counts; `[[slug]]` is one word."""
        text = " ".join("".join(_strings(run)) for run in self._runs())
        return len(_ADDRESS.sub("", text).split())

    def plain_text(self) -> str:
        """One line for descriptions and search: citations and display formulas go, an inline formula stays as TeX."""
        return " ".join(" ".join("".join(_readable(run)).split()) for run in self._runs()).strip()

    def _runs(self) -> Iterator[tuple[Inline, ...]]:
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block.children
            elif isinstance(block, List):
                yield from block.items


def _strings(tokens: tuple[Inline, ...]) -> Iterator[str]:
    for token in tokens:
        match token:
            case Text() | Code() | Link():
                yield token.text
            case TopicLink():
                yield token.text or token.slug
            case Emphasis() | Strong():
                yield from _strings(token.children)


def _readable(tokens: tuple[Inline, ...]) -> list[str]:
    pieces: list[str] = []
    for token in tokens:
        match token:
            case Citation():
                if pieces:
                    pieces[-1] = pieces[-1].rstrip()
            case InlineFormula():
                pieces.append(token.tex)
            case TopicLink():
                pieces.append(token.text or token.slug.rpartition("/")[2].replace("-", " "))
            case Emphasis() | Strong():
                pieces += _readable(token.children)
            case _:
                pieces.append(token.text)
    return pieces


_PLAIN, _INLINE, _MARKDOWN = Profile  # looking a member up on its class costs more than a comparison

# ---------------------------------------------------------------- addresses

_URL = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])"
    r"(?:[/?#](?:[A-Za-z0-9._~!$&()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?",
    re.IGNORECASE | re.ASCII,
)
_URL_FAULTS = (
    (re.compile(r"(?!https?://)", re.I), "does not begin with https:// or http://"),
    (re.compile(r".*[\s\"'`<>\[\]{}\\|^]", re.S), "holds a space, quote, bracket or backslash"),
    (re.compile(r"https?://[^/?#]*@", re.I), "holds a user name"),
    (re.compile(r"https?://[^/?#]*:", re.I), "names a port"),
    (re.compile(r"https?://[^/?#]*[^\x00-\x7f]", re.I), "has a host that is not ASCII"),
    (re.compile(r".*[^\x00-\x7f]", re.S), "holds characters that are not ASCII"),
)
MAX_URL = 2_000


def url_problem(url: str) -> str:
    """What is wrong with an address, as the end of a sentence, or an empty string. Serves the `url` fields as well."""
    if len(url) > MAX_URL:
        return f"is longer than {MAX_URL:,} characters"
    if _URL.fullmatch(url):
        return ""
    return next(
        (fault for pattern, fault in _URL_FAULTS if pattern.match(url)), "is not of the form https://host.name/path"
    )


# ---------------------------------------------------------------- inline text

_SIGN = re.compile(r"[\\`$*\[@<!{&]")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TICKS = re.compile(r"`+")
_STARS = re.compile(r"\*+")
_DOLLARS = re.compile(r"\$+")
_FORMULA = re.compile(r"\$((?:[^$\\]|\\.)++)\$", re.DOTALL)
_DISPLAY = re.compile(r"\$\$((?:[^$\\]|\\.)++)\$\$", re.DOTALL)
_CITATION = re.compile(r"\[-?@[^\[\]]*+\]")
_KEY = re.compile(r"[a-z]+\d{4}[a-z0-9]+", re.ASCII)
_BARE_KEY = re.compile(rf"@{_KEY.pattern}", re.ASCII)
_ITEM = re.compile(rf"\s*+@({_KEY.pattern})\s*+(?:,\s*+([^;]*[^;\s])\s*+)?(?:;|\Z)", re.ASCII)
_TOPIC = re.compile(r"\[\[([^\[\]|]*+)(\|[^\[\]]*+)?\]\]")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*+(?:/[a-z0-9]+(?:-[a-z0-9]+)*+)?", re.ASCII)
_LINK = re.compile(r"\[([^\[\]]*+)\]\(([^()]*+(?:\([^()]*+\)[^()]*+)*+)\)")
_TAG = re.compile(r"<[A-Za-z/!?][^<>\n]*+>?")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
_ATTRIBUTES = re.compile(r"\{(?::|[#.][A-Za-z])")
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_ADDRESS = re.compile(r"(?:https?://|\bwww\.(?=\w))\S*", re.IGNORECASE)
_BREAK = re.compile(r"[\r\n][ \t\r\n]*")
_BLANK = re.compile(r"\n[ \t\r]*\n")
_OPENING = "([{\u201c\u2018\u00ab"

_STARTER = re.compile(
    r"""[ \t]*+(?:
    (?P<heading>\#{1,6}(?=[ \t]))
  | (?P<underline>(?:={3,}|-{3,}|_{3,})(?=[ \t\r]*(?:\n|\Z)))
  | (?P<table>\|(?=[ \t])|:?-{2,}:?[ \t]*\|)
  | (?P<quotation>>(?=[ \t]*[^\s\d=.]))
  | (?P<list>(?:[-*+]|\d{1,3}[.)])(?=[ \t]+\S))
  | (?P<aside>!!!|\?\?\?|:::)
    )""",
    re.VERBOSE,
)
_STARTER_FAULTS: Mapping[str, tuple[Rule, str, str]] = {
    "heading": (HEADING, "a heading inside a field", "begin the paragraph with **Heading.**; \\# is the sign itself"),
    "underline": (UNSUPPORTED_MARKUP, "a rule or underlined heading", "use paragraphs, parted by a blank line"),
    "table": (UNSUPPORTED_MARKUP, "a table", "use the field 'approaches', or sentences; \\| is the sign itself"),
    "quotation": (UNSUPPORTED_MARKUP, "a quotation block", "use quotation marks, or begin the line with another word"),
    "list": (UNSUPPORTED_MARKUP, "a list that is none here", "put a blank line before it; \\- is the sign itself"),
    "aside": (UNSUPPORTED_MARKUP, "an admonition", "write a paragraph"),
}
_OTHER_LIST = (UNSUPPORTED_MARKUP, "a list marker of another kind", "lists are written '- item' or '1. item'")
_INLINE_LIST = (BLOCK_IN_INLINE_TEXT, "a list in a field of one paragraph", "write a sentence")
_NESTED_LIST = (UNSUPPORTED_MARKUP, "a nested list", "lists have one level: make it flat, or write a sentence")


class _Scanner:
    """Turns stretches of one source text into tokens and gathers marks and faults on the way.

    Each handler gets the place of a sign and returns where to go on. Text is what lies between: it is taken over when
    the next token begins, so a sign that turns out to be none costs nothing.
    """

    def __init__(self, source: str, profile: Profile) -> None:
        self.source = source
        self.profile = profile
        self.marks: list[Mark] = []
        self.faults: list[ProseFault] = []

    def begin_at(self, start: int, end: int, item: bool) -> None:
        self.start, self.end, self.item = start, end, item
        self.taken = start
        self.tagged = False
        self.parted = False  # whether texts may stand side by side
        self.tokens: list[Inline] = []
        self.open: dict[int, int] = {}  # number of stars -> index of the token that opens

    def fault(self, rule: Rule, offset: int, message: str, hint: str) -> None:
        self.faults.append(ProseFault(rule, message, hint, offset))

    def inline(self, start: int, end: int, item: bool = False) -> tuple[Inline, ...]:
        """One paragraph, cell or list item."""
        self.begin_at(start, end, item)
        search, source, at = _SIGN.search, self.source, start
        while sign := search(source, at, end):
            at = _HANDLERS[sign[0]](self, sign.start())
        self.take_text(end)
        for size, index in self.open.items():
            self.unclosed(size, self.tokens[index].offset)
        return _joined(self.tokens) if self.parted else tuple(self.tokens)

    def take_text(self, end: int) -> None:
        start = self.taken
        if start >= end:
            return
        text = self.source[start:end]
        if "://" in text or "www." in text:
            for address in _ADDRESS.finditer(text):
                message = f"a bare address: {address[0][:60]}"
                self.fault(BARE_URL, start + address.start(), message, "write [text](https://…), or cite the work")
        broken = "\n" in text
        if (broken or start == self.start) and self.profile is not _PLAIN:
            self.line_starts(start, end)
        if broken or "\r" in text:
            text = _BREAK.sub("\n", text)
        self.tokens.append(Text(text, start))

    def line_starts(self, start: int, end: int) -> None:
        """Block markup at the beginning of those lines that begin in this stretch of text."""
        source = self.source
        if start == self.start and (found := _STARTER.match(source, start, self.end)):
            self.line_start(found, True)
        line_end = source.find("\n", start, end)
        while line_end >= 0:
            if found := _STARTER.match(source, line_end + 1, self.end):
                self.line_start(found, False)
            line_end = source.find("\n", line_end + 1, end)

    def line_start(self, found: re.Match[str], first: bool) -> None:
        kind = found.lastgroup or ""
        fault = _STARTER_FAULTS[kind]
        if kind == "list":
            listed = self.list_fault(found[kind], first)
            if listed is None:
                return
            fault = listed
        rule, message, hint = fault
        self.fault(rule, found.start(kind), message, hint)

    def list_fault(self, marker: str, first: bool) -> tuple[Rule, str, str] | None:
        usual = marker in ("-", "1.")
        if not usual and not (first and not self.item):
            return None  # a wrapped sentence may begin a line with '2.' or '+'
        if self.profile is _INLINE:
            return None if marker == "+" else _INLINE_LIST
        if self.item or (first and usual):
            return _NESTED_LIST
        return _STARTER_FAULTS["list"] if usual else _OTHER_LIST

    def emit(self, mark: Code | InlineFormula | Citation | TopicLink | Link, end: int) -> int:
        self.take_text(mark.offset)
        self.tokens.append(mark)
        self.marks.append(mark)
        self.taken = end
        return end

    def refused(self, start: int, end: int) -> int:
        """Shown as it stands, and not looked into for further faults."""
        self.take_text(start)
        self.tokens.append(Text(_BREAK.sub("\n", self.source[start:end]), start))
        self.parted = True
        self.taken = end
        return end

    # ---- one handler a sign

    def backslash(self, at: int) -> int:
        if at + 1 < self.end and self.source[at + 1] in _PUNCTUATION:
            self.take_text(at)
            self.taken = at + 1
            self.parted = True
            return at + 2
        return at + 1

    def tick(self, at: int) -> int:
        source, end = self.source, self.end
        run = _TICKS.match(source, at, end)
        after = run.end() if run else at + 1
        if after == at + 1:
            close = source.find("`", after, end)
            if close > after:
                return self.emit(Code(_BREAK.sub(" ", source[after:close]), at), close + 1)
            hint = "close it with '`' in the same paragraph; \\` is the sign itself"
            self.fault(UNCLOSED_MARKUP, at, "code that is not closed", hint)
        elif after >= at + 3:
            hint = "code is written between single backticks, within a sentence"
            self.fault(UNSUPPORTED_MARKUP, at, "a code block", hint)
        else:
            self.fault(UNCLOSED_MARKUP, at, "several backticks in a row", "code is written between single backticks")
        return after

    def dollar(self, at: int) -> int:
        source, end = self.source, self.end
        if source.startswith("$$", at, end):
            return self.display(at)
        found = _FORMULA.match(source, at, end)
        if found:
            tex, after = found[1], found.end()
            tight = not tex[0].isspace() and (not tex[-1].isspace() or tex[-2:-1] == "\\")
            if tight and not source[after : min(after + 1, end)].isdigit():
                return self.emit(InlineFormula(tex, at, at + 1), after)
        hint = "close the formula with '$' and leave no space inside the signs, or write \\$ for money"
        self.fault(UNBALANCED_DOLLAR, at, "'$' opens a formula that is not closed in this paragraph", hint)
        return at + 1

    def display(self, at: int) -> int:
        found = _DISPLAY.match(self.source, at, self.end)
        if not found:
            run = _DOLLARS.match(self.source, at, self.end)
            hint = "close it with '$$' before the next blank line"
            self.fault(UNBALANCED_DOLLAR, at, "'$$' opens a formula that is not closed", hint)
            return run.end() if run else at + 2
        if self.profile is _INLINE:
            message, hint = "a display formula in a field of one paragraph", "write $…$"
            self.fault(BLOCK_IN_INLINE_TEXT, at, message, hint)
        else:
            message = "a display formula within a line or list"
            hint = "put it on lines of its own, punctuation inside, or write $…$"
            self.fault(MISPLACED_DISPLAY_FORMULA, at, message, hint)
        return self.refused(at, found.end())

    def star(self, at: int) -> int:
        source = self.source
        run = _STARS.match(source, at, self.end)
        after = run.end() if run else at + 1
        size = after - at
        if size > 2:
            hint = "write *emphasis* or **strong**; \\* is the sign itself"
            self.fault(UNSUPPORTED_MARKUP, at, "three stars or more", hint)
            return after
        before = source[at - 1] if at > self.start else " "
        following = source[after] if after < self.end else " "
        if size in self.open and not before.isspace() and before not in _OPENING:
            self.close(size, at, after)
        elif not following.isspace() and not before.isalnum():
            self.take_text(at)
            if size in self.open:
                self.unclosed(size, self.tokens[self.open[size]].offset)
            self.open[size] = len(self.tokens)
            self.tokens.append(Text("*" * size, at))
            self.taken = after
        return after

    def close(self, size: int, at: int, after: int) -> None:
        self.take_text(at)
        index = self.open.pop(size)
        other = self.open.get(3 - size, -1)
        if other > index:
            self.unclosed(3 - size, self.tokens[other].offset)
            del self.open[3 - size]
        inner = self.tokens[index + 1 :]
        children = _joined(inner) if self.parted else tuple(inner)
        offset = self.tokens[index].offset
        self.tokens[index:] = [Emphasis(children, offset) if size == 1 else Strong(children, offset)]
        self.taken = after

    def unclosed(self, size: int, offset: int) -> None:
        self.parted = True
        stars = "*" * size
        what = "emphasis" if size == 1 else "strong text"
        sign = "\\*" * size
        self.fault(UNCLOSED_MARKUP, offset, f"{what} that is not closed", f"close it with '{stars}', or write {sign}")

    def bracket(self, at: int) -> int:
        source, end = self.source, self.end
        if source.startswith(("@", "-@"), at + 1, end):
            return self.citation(at)
        if source.startswith("[", at + 1, end):
            return self.topic(at)
        if source.startswith("^", at + 1, end):
            hint = "put it in the sentence, or cite a work as [@key]"
            self.fault(UNSUPPORTED_MARKUP, at, "a footnote", hint)
            return at + 2
        found = _LINK.match(source, at, end)
        return self.link(found) if found else at + 1

    def citation(self, at: int) -> int:
        found = _CITATION.match(self.source, at, self.end)
        if not found:
            hint = "write [@key] or [@key, locator]; a locator holds no brackets"
            self.fault(MALFORMED_CITATION, at, "a citation that is not closed", hint)
            return at + 2
        items: list[CitationItem] = []
        place, close = at + 1, found.end() - 1
        while place < close and (item := _ITEM.match(self.source, place, close)):
            locator = _BREAK.sub(" ", item[2]) if item[2] else ""
            items.append(CitationItem(item[1], locator, item.start(1) - 1))
            place = item.end()
        if place == close and items and self.source[close - 1] != ";":
            return self.emit(Citation(tuple(items), at), close + 1)
        part = self.source[place:close].partition(";")[0]
        offset = place + len(part) - len(part.lstrip())
        self.fault(MALFORMED_CITATION, offset, *_citation_problem(part))
        return self.refused(at, close + 1)

    def topic(self, at: int) -> int:
        found = _TOPIC.match(self.source, at, self.end)
        if not found:
            hint = "write [[slug]] or [[slug|text]]; \\[ is the sign itself"
            if self.source.startswith("@", at + 2, self.end):
                hint = "a citation has single brackets: [@key]"
            self.fault(MALFORMED_TOPIC_LINK, at, "a topic link that is not closed", hint)
            return at + 2
        slug, text = found[1], found[2]
        if not _SLUG.fullmatch(slug):
            hint = "a slug is the file's name without .yaml: lower-case words joined by hyphens"
            if slug.startswith("@"):
                hint = "a citation has single brackets: [@key]"
            self.fault(MALFORMED_TOPIC_LINK, at, f"'{slug.strip()[:60]}' is no slug", hint)
        elif text is not None and not text[1:].strip():
            hint = f"write [[{slug}]] to show the topic's name"
            self.fault(EMPTY_LINK_TEXT, at, "a topic link with an empty text", hint)
        else:
            shown = self.link_text(text[1:], found.start(2) + 1) if text else ""
            return self.emit(TopicLink(slug, shown, at), found.end())
        return self.refused(at, found.end())

    def link(self, found: re.Match[str]) -> int:
        at = found.start()
        text, url = found[1], found[2]
        problem = url_problem(url)
        if not text.strip():
            self.fault(EMPTY_LINK_TEXT, at, "a link without text", "say what stands at the address")
        elif problem:
            message = f"the address '{url[:60]}' {problem}"
            hint = "write the whole https:// address; link a topic as [[slug]]; \\[ is the sign itself"
            self.fault(BAD_URL, found.start(2), message, hint)
        else:
            return self.emit(Link(url, self.link_text(text, at + 1), at), found.end())
        return self.refused(at, found.end())

    def link_text(self, text: str, offset: int) -> str:
        plain = parse(text, Profile.PLAIN)
        for fault in plain.faults:
            if not text.startswith("\\", fault.offset):
                self.fault(fault.rule, offset + fault.offset, fault.message, fault.hint)
        return _BREAK.sub(" ", _BACKSLASH.sub(r"\1", text).strip())

    def at_sign(self, at: int) -> int:
        found = _BARE_KEY.match(self.source, at, self.end)
        if not found or (at > self.start and self.source[at - 1].isalnum()):
            return at + 1
        hint = f"write [{found[0]}]"
        self.fault(MALFORMED_CITATION, at, "a citation without brackets", hint)
        return found.end()

    def less_than(self, at: int) -> int:
        if found := _TAG.match(self.source, at, self.end):
            if not (self.tagged and self.source.startswith("/", at + 1)):  # one fault for a tag and its end
                hint = "write **strong**, *emphasis* or `code`; for 'less than' put spaces around the sign"
                self.fault(RAW_HTML, at, "raw HTML is shown as text", hint)
            self.tagged = True
            return self.refused(at, found.end())
        return at + 1

    def ampersand(self, at: int) -> int:
        found = _ENTITY.match(self.source, at, self.end)
        if not found or html.unescape(found[0]) == found[0]:
            return at + 1
        self.fault(RAW_HTML, at, f"the entity '{found[0]}' is shown as text", "write the character itself")
        return found.end()

    def exclamation(self, at: int) -> int:
        source = self.source
        if source.startswith("[", at + 1, self.end) and not source.startswith(("@", "[", "-@"), at + 2, self.end):
            self.fault(IMAGE, at, "an image", "describe it, or link to its page")
            found = _LINK.match(source, at + 1, self.end)
            return self.refused(at, found.end()) if found else at + 2
        return at + 1

    def brace(self, at: int) -> int:
        if _ATTRIBUTES.match(self.source, at, self.end):
            self.fault(UNSUPPORTED_MARKUP, at, "an attribute list", "leave it out; \\{ is the sign itself")
        return at + 1


_HANDLERS: Mapping[str, Callable[[_Scanner, int], int]] = {
    "\\": _Scanner.backslash,
    "`": _Scanner.tick,
    "$": _Scanner.dollar,
    "*": _Scanner.star,
    "[": _Scanner.bracket,
    "@": _Scanner.at_sign,
    "<": _Scanner.less_than,
    "&": _Scanner.ampersand,
    "!": _Scanner.exclamation,
    "{": _Scanner.brace,
}


def _citation_problem(part: str) -> tuple[str, str]:
    key, comma, _ = (piece.strip() for piece in part.partition(","))
    if not key and not comma:
        return "a citation with nothing after ';'", "leave the ';' out"
    if not key.startswith("@"):
        return f"'{key[:60]}' in a citation is no key", "begin each work with '@', and part places of one by a comma"
    if not _KEY.fullmatch(key, 1):
        return f"'{key[1:61]}' is no citation key", "a key is author, year and word in lower case: shazeer2019fast"
    return "a citation with an empty locator", f"write [{key}], or a place as in [{key}, Table 2]"


def _joined(tokens: list[Inline]) -> tuple[Inline, ...]:
    """Neighbouring texts become one: escapes, and signs that turned out to be none, had parted them."""
    out: list[Inline] = []
    for _, run in groupby(tokens, key=lambda token: isinstance(token, Text)):
        group = list(run)
        texts = [token for token in group if isinstance(token, Text)]
        out += [Text("".join(text.text for text in texts), texts[0].offset)] if len(texts) > 1 else group
    return tuple(out)


# ---------------------------------------------------------------- blocks

_MARKER = re.compile(r"([ \t]*)(?:-|(\d{1,3})\.)[ \t]+(?=\S)")
_BULLET = -1


@dataclass(slots=True)
class _Stretch:
    """Lines that make one paragraph or one list item."""

    start: int
    end: int
    number: int | None = None
    """Of a list item; _BULLET where it has none."""


class _Layout:
    """Lines to paragraphs, list items and display formulas. A list begins a block: after a blank line, or a formula."""

    def __init__(self, scanner: _Scanner) -> None:
        self.scanner = scanner
        self.source = scanner.source
        self.blocks: list[Block] = []
        self.items: list[tuple[Inline, ...]] = []
        self.list_start: _Stretch | None = None
        self.list_indent = 0
        self.stretch: _Stretch | None = None

    def run(self) -> tuple[Block, ...]:
        position = skip = 0
        for line in self.source.split("\n"):
            start, position = position, position + len(line) + 1
            if start < skip:
                continue
            body = line.strip(" \t\r")
            if not body:
                self.end_stretch()
            elif body.startswith("$$") and (found := self.display(start + line.index("$"))):
                skip = found.end()
            else:
                self.line(line, start, body)
        self.end_stretch()
        self.end_list()
        return tuple(self.blocks)

    def line(self, line: str, start: int, body: str) -> None:
        indent = len(line) - len(line.lstrip(" \t"))
        end = start + len(line.rstrip(" \t\r"))
        marker = _MARKER.match(line)
        in_list = self.stretch is None or self.stretch.number is not None
        if marker and in_list and (self.list_start is None or indent <= self.list_indent + 1):
            self.end_stretch()
            number = int(marker[2]) if marker[2] else _BULLET
            self.begin_item(_Stretch(start + marker.end(), end, number), indent)
        elif self.stretch is not None:
            self.stretch.end = end
        else:
            self.check_indent(line[:indent], start, marker is not None)
            self.end_list()
            self.stretch = _Stretch(start + line.index(body[0]), end)

    def begin_item(self, item: _Stretch, indent: int) -> None:
        start = self.list_start
        if start and (start.number == _BULLET) != (item.number == _BULLET):
            self.end_list()
        if self.list_start is None:
            self.list_start, self.list_indent = item, indent
        self.stretch = item

    def check_indent(self, indent: str, start: int, marked: bool) -> None:
        if marked:  # a nested list, which the scanner reports
            return
        hint = "begin the paragraph without spaces"
        if self.list_start and len(indent) > self.list_indent + 1:
            self.scanner.fault(UNSUPPORTED_MARKUP, start, "a second paragraph in a list item", hint)
        elif len(indent) >= 4 or "\t" in indent:
            self.scanner.fault(UNSUPPORTED_MARKUP, start, "an indented block of code", hint)

    def display(self, at: int) -> re.Match[str] | None:
        """None leaves the dollar signs to the inline scanner, which says what is wrong."""
        found = _DISPLAY.match(self.source, at)
        if not found or _BLANK.search(found[1]) or (self.stretch and self.stretch.number is not None):
            return None
        line_end = self.source.find("\n", found.end())
        if self.source[found.end() : line_end if line_end >= 0 else None].strip(" \t\r"):
            return None
        self.end_stretch()
        self.end_list()
        tex = found[1].strip()
        mark = DisplayFormula(tex, at, at + 2 + len(found[1]) - len(found[1].lstrip()))
        self.blocks.append(mark)
        self.scanner.marks.append(mark)
        return found

    def end_stretch(self) -> None:
        stretch, self.stretch = self.stretch, None
        if stretch is None:
            return
        tokens = self.scanner.inline(stretch.start, stretch.end, stretch.number is not None)
        if stretch.number is None:
            self.blocks.append(Paragraph(tokens, stretch.start))
        else:
            self.items.append(tokens)

    def end_list(self) -> None:
        if self.list_start:
            start = self.list_start
            first = None if start.number == _BULLET else start.number
            self.blocks.append(List(tuple(self.items), start.start, first))
            self.list_start, self.items = None, []


# ---------------------------------------------------------------- parsing

_REMARKABLE = re.compile(r"[\\`$*\[@<!{&\n\r]")
_PLAIN_NAMES: Mapping[type, str] = {
    Code: "code",
    InlineFormula: "a formula",
    Citation: "a citation",
    TopicLink: "a topic link",
    Link: "a link",
    Emphasis: "emphasis",
    Strong: "strong text",
}
_PLAIN_KEEPS = (BARE_URL, RAW_HTML, IMAGE, UNSUPPORTED_MARKUP)
_PLAIN_HINT = "this field holds text only: write it without markup"


@lru_cache(maxsize=1 << 18)
def parse(text: str, profile: Profile) -> Prose:
    """Never raises. What is not owned by the grammar is text, and a fault where it looks like markup."""
    if not _REMARKABLE.search(text) and _is_bare(text) and (profile is _PLAIN or not _STARTER.match(text)):
        return Prose((Paragraph((Text(text, 0),), 0),), (), ())  # most fields of a table need no scanner
    if profile is _PLAIN:
        return _parse_plain(text)
    scanner = _Scanner(text, profile)
    if profile is _MARKDOWN:
        blocks = _Layout(scanner).run()
    else:
        start = len(text) - len(text.lstrip(" \t\r\n"))
        end = max(start, len(text.rstrip(" \t\r\n")))
        for blank in _BLANK.finditer(text, start, end) if "\n" in text else ():
            hint = "join the paragraphs"
            scanner.fault(BLOCK_IN_INLINE_TEXT, blank.start(), "a blank line in a field of one paragraph", hint)
        blocks = (Paragraph(scanner.inline(start, end), start),) if start < end else ()
    return Prose(blocks, tuple(scanner.marks), _first_faults(scanner.faults))


def _is_bare(text: str) -> bool:
    """Not empty, not padded, no address."""
    return bool(text) and text[0] not in " \t" and text[-1] not in " \t" and "://" not in text and "www." not in text


def _parse_plain(text: str) -> Prose:
    shown = text.strip(" \t\r\n")
    offset = text.index(shown[0]) if shown else 0
    blocks = (Paragraph((Text(_BREAK.sub("\n", shown), offset),), offset),) if shown else ()
    return Prose(blocks, (), _first_faults(list(_plain_faults(text))))


def _plain_faults(text: str) -> Iterator[ProseFault]:
    scanner = _Scanner(text, Profile.PLAIN)
    for token in scanner.inline(0, len(text)):
        if name := _PLAIN_NAMES.get(type(token)):
            yield ProseFault(MARKUP_IN_PLAIN_TEXT, f"{name} in plain text", _PLAIN_HINT, token.offset)
    for fault in scanner.faults:
        if fault.rule in _PLAIN_KEEPS and not text.startswith(("*", "`"), fault.offset):
            yield fault
        elif fault.rule in (MALFORMED_CITATION, MALFORMED_TOPIC_LINK, EMPTY_LINK_TEXT, BAD_URL):
            yield ProseFault(MARKUP_IN_PLAIN_TEXT, f"{fault.message}, in plain text", _PLAIN_HINT, fault.offset)
    for escape_ in re.finditer(r"\\[\\`$*\[\]_]", text):
        hint = "write the sign without a backslash"
        yield ProseFault(MARKUP_IN_PLAIN_TEXT, "a backslash before a sign, in plain text", hint, escape_.start())
    for blank in _BLANK.finditer(text):
        yield ProseFault(BLOCK_IN_INLINE_TEXT, "a blank line in a field of one line", "join the lines", blank.start())


def _first_faults(faults: list[ProseFault]) -> tuple[ProseFault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.offset, fault.rule.code))[:MAX_FAULTS]) if faults else ()


def formula_faults(prose: Prose) -> tuple[ProseFault, ...]:
    """Apart from `parse`, which stays free of conversion: reading a text must not depend on the converter's speed."""
    faults = []
    for mark in prose.formulas():
        try:
            formula.convert(mark.tex, isinstance(mark, DisplayFormula))
        except formula.FormulaError as error:
            message = f"the formula does not convert: {error.message} (at its character {error.offset + 1})"
            hint = error.hint or "mend the TeX at this place"
            faults.append(ProseFault(FORMULA_ERROR, message, hint, mark.tex_offset + error.offset))
    return tuple(faults)


# ---------------------------------------------------------------- HTML


class Context(Protocol):
    """What only the caller knows. Both return safe HTML."""

    def cite(self, items: tuple[CitationItem, ...]) -> str: ...

    def topic(self, link: TopicLink) -> str: ...


class Detached:
    """A context without a page around it: citations show their keys, topic links their text."""

    def cite(self, items: tuple[CitationItem, ...]) -> str:
        return escape("[" + "; ".join(item.key + (f", {item.locator}" if item.locator else "") for item in items) + "]")

    def topic(self, link: TopicLink) -> str:
        return escape(link.text or link.slug.rpartition("/")[2].replace("-", " "))


ALLOWED: Mapping[str, frozenset[str]] = {
    **formula.ALLOWED,
    "math": formula.ALLOWED["math"] | {"data-tex"},
    "p": frozenset(),
    "ul": frozenset(),
    "ol": frozenset({"start"}),
    "li": frozenset(),
    "em": frozenset(),
    "strong": frozenset(),
    "code": frozenset(),
    "a": frozenset({"href"}),
    "div": frozenset({"class", "tabindex", "role", "aria-label"}),
}
"""Every element of `to_html`, with its attributes; what a Context adds is its own affair."""

# Control, bidi and surrogate characters are refused when files are read; here they could only do harm.
_NO_TEXT = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"
_ACTIVE = re.compile("[\t<>{}\\[\\]|!\\\\`*_~^=+\"@#$&'" + _NO_TEXT + "]")
_COLON = re.compile(r":(?=\S)")
_WWW = re.compile(r"(www)\.", re.IGNORECASE)
_LINE_SIGN = re.compile(r"\n(?:([-.,:;?()/%])|(\d+)([.)]))")


def _entity(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "\t":  # Markdown expands tabs
        return " "
    return f"&#{ord(sign)};" if " " < sign <= "~" else "\ufffd"


def _line_entity(found: re.Match[str]) -> str:
    return f"\n&#{ord(found[1])};" if found[1] else f"\n{found[2]}&#{ord(found[3])};"


def _inert(text: str) -> str:
    text = _COLON.sub("&#58;", _ACTIVE.sub(_entity, text))
    if "www." in text.lower():
        text = _WWW.sub(r"\1&#46;", text)
    return _LINE_SIGN.sub(_line_entity, text)


def _inert_at_line_start(text: str) -> str:
    return _inert("\n" + text)[1:]


def escape(text: str) -> str:
    """For all text that reaches a Markdown file or HTML: nothing in it means anything to either."""
    text = _inert_at_line_start(_BREAK.sub("\n", text))
    return f"&#{ord(text[0])};{text[1:]}" if text[:1] in (" ", "\t", "\n") and text else text


def escape_attribute(text: str) -> str:
    """For a double-quoted attribute value; a line break becomes a space."""
    return _ACTIVE.sub(_entity, _BREAK.sub(" ", text))


def to_html(prose: Prose, context: Context) -> str:
    """Blocks, each ending a line, with no blank line: a raw HTML block of a Markdown file may hold them."""
    return "".join(_block_html(block, context) for block in prose.blocks)


def to_inline_html(prose: Prose, context: Context) -> str:
    """For cells, claims and list items. Of Markdown text, the blocks follow one another without their tags."""
    pieces = []
    for block in prose.blocks:
        match block:
            case Paragraph():
                pieces.append(_inline_html(block.children, context))
            case List():
                pieces += (_inline_html(item, context) for item in block.items)
            case DisplayFormula():
                pieces.append(_formula_html(block.tex, False))
    return "\n".join(pieces)


def _block_html(block: Block, context: Context) -> str:
    match block:
        case Paragraph():
            return f"<p>{_inline_html(block.children, context)}</p>\n"
        case List():
            items = "".join(f"<li>{_inline_html(item, context)}</li>\n" for item in block.items)
            if block.start is None:
                return f"<ul>\n{items}</ul>\n"
            start = f' start="{block.start}"' if block.start != 1 else ""
            return f"<ol{start}>\n{items}</ol>\n"
        case DisplayFormula():
            shown = _formula_html(block.tex, True)
            return f'<div class="atlas-formula" tabindex="0" role="group" aria-label="Formula">{shown}</div>\n'


def _inline_html(tokens: tuple[Inline, ...], context: Context) -> str:
    pieces: list[str] = []
    for token in tokens:
        match token:
            case Text():
                piece = _inert(token.text) if pieces else _inert_at_line_start(token.text)
            case Citation():
                if pieces and pieces[-1][-1:] in (" ", "\t", "\n"):
                    pieces[-1] = pieces[-1].rstrip(" \t\n") + "\u00a0"
                piece = context.cite(token.items)
            case InlineFormula():
                piece = _formula_html(token.tex, False)
            case TopicLink():
                piece = context.topic(token)
            case Code():
                piece = f"<code>{_inert(token.text)}</code>"
            case Link():
                piece = f'<a href="{escape_attribute(token.url)}">{_inert(token.text)}</a>'
            case Emphasis():
                piece = f"<em>{_inline_html(token.children, context)}</em>"
            case Strong():
                piece = f"<strong>{_inline_html(token.children, context)}</strong>"
        pieces.append(piece)
    return "".join(pieces)


def _formula_html(tex: str, display: bool) -> str:
    try:
        mathml = formula.convert(tex, display).html
    except formula.FormulaError:
        return f"<code>{_inert(_BREAK.sub(' ', tex))}</code>"
    source = " ".join(tex.split())
    if source.isalnum():
        return mathml  # copied as it stands
    # The source goes along for whoever copies it. An <annotation> would cost half as much again.
    return mathml.replace("<math", f'<math data-tex="{escape_attribute(source)}"', 1)
