"""YAML text to plain values, and the place of every node. Layer 1; no file access."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from genai_atlas.diagnostics import Diagnostic, Location, Rule

MAX_FILE_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
"""Lists and mappings inside one another, the file's own mapping included."""
MAX_FIELD_CHARS: Final = 4_000
MAX_DIGITS: Final = 16
MAX_FAULTS: Final = 100
"""Faults of one file after which the rest of it is not read."""
MAX_SLUG_CHARS: Final = 60

Loc = tuple[str | int, ...]
"""The way from a file's top to a value: keys, and list indexes from 0."""

TOO_LARGE = Rule(
    "S101",
    "file-too-large",
    "A data file may be 256 kB (262,144 bytes) at most. The limit is checked before a file is read, so that no "
    "file can exhaust the memory of whoever builds the site; a topic needs about 20 kB. A year of references that "
    "grows beyond 200 kB is split by the first letter of its keys.",
    wrong="# references/2024.yaml, 300 kB\n",
    right="# references/2024/a.yaml … references/2024/z.yaml, 12 kB each\n",
)
NOT_UTF8 = Rule(
    "S102",
    "not-utf-8",
    "Every file is UTF-8. Another encoding (UTF-16, Latin-1, Windows-1252) shows accents as other letters, or "
    "hides text from the checks while some reader still sees it.",
    wrong='# saved as Latin-1: the byte E9 stands for "é"\nauthors: [Jos\\xe9]\n',
    right="# saved as UTF-8\nauthors: [José]\n",
)
BYTE_ORDER_MARK = Rule(
    "S103",
    "byte-order-mark",
    "A file does not begin with a byte order mark (the three bytes EF BB BF). It is invisible in most editors, "
    "and some readers take it for a part of the first key.",
    wrong='# saved as "UTF-8 with BOM"\ntitle: Attention\n',
    right='# saved as "UTF-8"\ntitle: Attention\n',
)
REFUSED_CHARACTER = Rule(
    "S104",
    "refused-character",
    "No tabs, no control characters, no line separators but LF and CRLF, and no characters that cannot be seen "
    "(zero width, soft hyphen, variation selectors, tags) or that reorder the text around them (bidi controls). "
    "What cannot be seen cannot be reviewed, and may break the terminal, an export or the page. The rule holds "
    "for comments, and for what an escape in double quotes stands for.",
    wrong='title: "Atten\\u200Btion"\n',
    right="title: Attention\n",
)
SYNTAX = Rule(
    "S105",
    "syntax-error",
    "The text is not YAML, so that nothing after this place can be read. Most often a plain value holds a colon "
    "and a space, or begins with one of the characters that YAML keeps for itself: such values are quoted.",
    wrong="title: Attention: a survey\n",
    right='title: "Attention: a survey"\n',
)
DUPLICATE_KEY = Rule(
    "S106",
    "duplicate-key",
    "A key stands once in its mapping. Most readers keep the last of two and drop the first without a word.",
    wrong="title: Attention\ntitle: Self-attention\n",
    right="title: Self-attention\naliases: [Attention]\n",
)
KEY_NOT_TEXT = Rule(
    "S107",
    "key-not-text",
    "A key is a plain string on one line: the name of a field, or a citation key. Numbers, true, null, lists and "
    "mappings are no keys. A name that would be read as one of these is quoted.",
    wrong="[title, summary]: Attention\n",
    right="title: Attention\n",
)
ANCHOR = Rule(
    "S108",
    "anchor-or-alias",
    "Anchors (&name), aliases (*name) and merge keys (<<) are refused. They let one line stand for text "
    "elsewhere, which a reviewer does not see in a change, and a few nested ones grow to gigabytes.",
    wrong="title: &name Attention\nsummary: *name\n",
    right="title: Attention\nsummary: Attention lets each token look at the others.\n",
)
TAG = Rule(
    "S109",
    "tag",
    "Tags (!!str, !important) are refused: the schema says what type a field has, and quotes make a text of anything.",
    wrong="arxiv: !!str 1706.03762\n",
    right='arxiv: "1706.03762"\n',
)
TOO_DEEP = Rule(
    "S110",
    "nesting-too-deep",
    "Lists and mappings may stand inside one another 12 deep; no field of the schema needs more than six. The "
    "rest of the file is not read, since deeper nesting is how a small file brings a YAML reader down.",
    wrong="a: [[[[[[[[[[[[deep]]]]]]]]]]]]\n",
    right="a: [[flat, enough]]\n",
)
FIELD_TOO_LONG = Rule(
    "S111",
    "field-too-long",
    "One value may have 4,000 characters at most, far above every limit of the schema. Text converters take time "
    "with the square of a text's length, or worse.",
    wrong="overview: …    # 5,000 characters in one value\n",
    right="overview: …    # 2,000 characters; the rest moved to the mechanism's body\n",
)
EMPTY_VALUE = Rule(
    "S112",
    "empty-value",
    'A field without a value (nothing after the colon, null, ~, "", [], {}) is left out. So a key that stands in '
    "a file always says something, and absent has one spelling.",
    wrong="title: Attention\naliases: []\n",
    right="title: Attention\n",
)
SEVERAL_DOCUMENTS = Rule(
    "S113",
    "several-documents",
    "A file holds one YAML document. A second one, after another ---, would be dropped by most readers. One "
    "--- at the very top is allowed.",
    wrong="title: Attention\n---\ntitle: Self-attention\n",
    right="title: Attention\n",
)
EMPTY_FILE = Rule(
    "S114",
    "empty-file",
    "A file holds at least one key. An empty one is mostly a save that went wrong.",
    wrong="# nothing but a comment\n",
    right="title: Attention\n",
)
NOT_A_MAPPING = Rule(
    "S115",
    "not-a-mapping",
    "The top of a file is a mapping: lines of the form `key: value`, from the first column.",
    wrong="- title\n- summary\n",
    right="title: Attention\nsummary: Attention lets each token look at the others.\n",
)
NO_FINAL_NEWLINE = Rule(
    "S116",
    "no-final-newline",
    "The last line ends with a line break. A file that was cut off in the middle is mostly still good YAML; that "
    "its last line is complete is the sign that it is whole.",
    wrong="title: Attention\nsummary: Attention lets each tok",
    right="title: Attention\nsummary: Attention lets each token look at the others.\n",
)
NUMBER = Rule(
    "S117",
    "number-out-of-range",
    "A number has 16 digits at most and is finite: beyond that, readers of the published data round it or stop. "
    "What only looks like a number, as an identifier does, is quoted.",
    wrong="value: 12345678901234567890\n",
    right='value: "12345678901234567890"\n',
)
DIRECTIVE = Rule(
    "S118",
    "directive",
    "Lines such as %YAML or %TAG before the data are refused: every file is read by the rules of YAML 1.2, and "
    "tags do not occur.",
    wrong="%YAML 1.1\n---\ntitle: Attention\n",
    right="title: Attention\n",
)
TOO_MANY_FAULTS = Rule(
    "S119",
    "too-many-faults",
    "After 100 faults in one file the rest of it is not read. Such a file is most often of another kind, or was "
    "saved by a program in a form of its own.",
    wrong="# 101 keys without a value\n",
    right="# 101 keys with values\n",
)
SYMLINK = Rule(
    "S120",
    "not-a-regular-file",
    "Data files and folders are real ones. A symbolic link could publish a file from outside the repository; a "
    "pipe or a device could never end.",
    wrong="# taxonomy/training-methods -> ../../elsewhere\n",
    right="# taxonomy/training-methods/ is a folder\n",
)
BAD_PATH = Rule(
    "S121",
    "bad-path",
    "A file's path becomes its address on the site, so each part of it is a slug: lower-case ASCII letters and "
    "digits, joined by single hyphens, 60 characters at most. Then no two paths differ only by case or by look- "
    "alike letters, and none leaves its folder.",
    wrong="# taxonomy/Training_Methods/…/RLHF.yaml\n",
    right="# taxonomy/training-methods/…/rlhf.yaml\n",
)

RULES: tuple[Rule, ...] = (
    TOO_LARGE,
    NOT_UTF8,
    BYTE_ORDER_MARK,
    REFUSED_CHARACTER,
    SYNTAX,
    DUPLICATE_KEY,
    KEY_NOT_TEXT,
    ANCHOR,
    TAG,
    TOO_DEEP,
    FIELD_TOO_LONG,
    EMPTY_VALUE,
    SEVERAL_DOCUMENTS,
    EMPTY_FILE,
    NOT_A_MAPPING,
    NO_FINAL_NEWLINE,
    NUMBER,
    DIRECTIVE,
    TOO_MANY_FAULTS,
    SYMLINK,
    BAD_PATH,
)

REFUSED_CHARACTERS: Final = re.compile(
    "["
    r"\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls but LF: so tab, CR and NEL too
    r"\u2028\u2029"  # these end a line for some readers and not for others
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # not to be seen
    r"\ud800-\udfff\ufdd0-\ufdef\ufff0-\uffff"  # no characters; U+FFFC and U+FFFD stand for lost ones
    + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
    + "]"
)
"""Also for what comes from elsewhere than a file: an answer, an import. A value may hold LF of all controls."""

_PRINTABLE_ASCII: Final = bytes(range(32, 127)) + b"\n"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER_START = frozenset("+-.0123456789")
_WORDS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WRITTEN = re.compile(r"[-+.0-9A-Za-z]*")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# Comments and blank lines, then a directive. libyaml takes time with the square of the number of directives.
_DIRECTIVE = re.compile(r"(?:\.\.\.)?(?:[ ]*+(?:#[^\n]*+)?\n(?:\.\.\.)?)*+%")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was found."""

    path: str
    """Relative to the root, with forward slashes."""
    data: bytes


class Source:
    """What a file says, and where it says it."""

    def __init__(self, path: str, value: dict[str, Any], text: str, starts: list[int], refused: frozenset[int]) -> None:
        self.path: Final = path
        self.value: Final = value
        """Mappings, lists, texts, numbers and booleans. None stands only where a fault was reported."""
        self.text: Final = text
        """Line breaks are LF, and refused characters are taken out."""
        self.made: Final[dict[Hashable, Any]] = {}
        """What others derived from this text alone, by what they derived; kept as long as the text is."""
        self._starts: Final = starts
        self._refused: Final = refused

    def locate(self, *loc: str | int) -> Location:
        """The place of the value at `loc`, or of what holds it as far as it exists; of the top, the first line."""
        place = self._nearest(loc)
        return self._location(self._places[place][1]) if place else Location(self.path)

    def locate_key(self, *loc: str | int) -> Location:
        """The place of the key that names the value at `loc`; of a list's item, the item's own."""
        place = self._nearest(loc)
        return self._location(self._places[place][0]) if place else Location(self.path)

    def locate_in(self, loc: Loc, offset: int) -> Location:
        """The place of one character of the text at `loc`, counted from 0 in the value; the value's own at need."""
        place = self._nearest(loc)
        if not place:
            return Location(self.path)
        value, start = self._at(place), self._places[place][1]
        if place != tuple(loc) or not isinstance(value, str) or offset < 0:
            return self._location(start)
        return self._location(_offset_in_text(self.text, start, value, min(offset, len(value))))

    def written(self, *loc: str | int) -> str:
        """A number or a boolean as it stands in the file: `1706.03760` where the value is 1706.0376."""
        match = _WRITTEN.match(self.text, self._places[self._nearest(loc)][1])
        return match[0] if match else ""

    @cached_property
    def refused(self) -> frozenset[Loc]:
        """Paths whose value a fault already names: another fault found there is its echo."""
        return frozenset(loc for loc, (_, start) in self._places.items() if start in self._refused)

    @cached_property
    def _places(self) -> dict[Loc, tuple[int, int]]:
        """Where key and value begin. Made when first asked for: a file without a fault never is."""
        return dict(_places((), self.value, iter(self._starts)))

    def _nearest(self, loc: Loc) -> Loc:
        place = tuple(loc)
        while place not in self._places:
            place = place[:-1]
        return place

    def _at(self, place: Loc) -> Any:
        value: Any = self.value
        for part in place:
            value = value[part]
        return value

    def _location(self, index: int) -> Location:
        return _location(self.path, self.text, index)


@lru_cache(maxsize=1 << 15)
def read(file: SourceFile) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """All faults that can be told apart, in order. None where the rest cannot be trusted: not text, not YAML, too deep.

    With faults, the source serves to find more of them, not to be published: see `Source.refused`. The same bytes at
    the same path are read once: where an edit is shown, all other files are as they were.
    """
    text, faults = _decoded(file)
    if text is None:
        return None, faults
    refused = _refused_characters(file.path, text)
    if refused:
        text = REFUSED_CHARACTERS.sub(lambda match: " " if match[0].isspace() else "", text)
    reader = _Reader(file.path, text)
    value = reader.document()
    found = reader.faults
    if refused:
        # A syntax error below a refused character may be its echo: a tab that should have been two spaces.
        first = refused[0].location.line
        found = [fault for fault in found if fault.code != SYNTAX.code or fault.location.line < first]
    source = None if value is None else Source(file.path, value, text, reader.starts, frozenset(reader.refused))
    return source, tuple(sorted((*faults, *refused, *found)))


def size_fault(path: str, size_bytes: int) -> Diagnostic | None:
    """Also for who knows the size before reading the file."""
    if size_bytes <= MAX_FILE_BYTES:
        return None
    message = f"the file has {size_bytes:,} bytes; {MAX_FILE_BYTES:,} are allowed"
    return TOO_LARGE.at(Location(path), message, "split it, or shorten it")


def path_fault(path: str) -> Diagnostic | None:
    """The first part of a path that is no slug. The path in the diagnostic is fit to be printed, whatever it holds."""
    *folders, name = path.split("/")
    for part in (*folders, re.sub(r"\.[a-z]+\Z", "", name)):
        if _SLUG.fullmatch(part) and len(part) <= MAX_SLUG_CHARS:
            continue
        if len(part) > MAX_SLUG_CHARS:
            message = f"the name has {len(part)} characters; {MAX_SLUG_CHARS} are allowed"
        else:
            message = f"{_quoted(part)} is no slug: lower-case letters a-z, digits and single hyphens only"
        return BAD_PATH.at(
            Location(printable(path)), message, f"rename it to {_slug(part)}" if _slug(part) else "rename it"
        )
    return None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", plain)
    return "-".join(words)[:MAX_SLUG_CHARS].rstrip("-")


def _location(path: str, text: str, index: int) -> Location:
    return Location(path, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def printable(text: str) -> str:
    """Fit for a terminal and for UTF-8, whatever a file's name holds."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _quoted(text: str) -> str:
    shown = text if len(text) <= 40 else text[:39] + "…"
    return f"'{printable(shown)}'"


def _named(character: str) -> str:
    if character == "\t":
        return "a tab"
    nameless = "control character" if unicodedata.category(character) == "Cc" else "not a character"
    return f"U+{ord(character):04X} ({unicodedata.name(character, nameless).lower()})"


def _decoded(file: SourceFile) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """What can be said before the text is read as YAML."""
    top = Location(file.path)
    if fault := size_fault(file.path, len(file.data)):
        return None, (fault,)
    if file.data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in file.data[:4]:
        return None, (NOT_UTF8.at(top, "the file looks like UTF-16 or UTF-32", "save it as UTF-8"),)
    faults = []
    data = file.data
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        faults.append(BYTE_ORDER_MARK.at(top, "the file begins with a byte order mark", "save it as UTF-8 without BOM"))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        message = f"the byte {data[error.start]:02X} does not belong to UTF-8 text"
        place = _location(file.path, before, len(before))
        return None, (*faults, NOT_UTF8.at(place, message, "save the file as UTF-8; it may be Latin-1 or Windows-1252"))
    text = text.replace("\r\n", "\n")
    if text and not text.endswith("\n"):
        message = "the last line has no line break; the file may have been cut off"
        place = _location(file.path, text, len(text))
        faults.append(NO_FINAL_NEWLINE.at(place, message, "compare with the last version, then end the line"))
    return text, tuple(faults)


def _refused_characters(path: str, text: str) -> list[Diagnostic]:
    """One fault for each character and line, so that a line of tabs is one."""
    faults: list[Diagnostic] = []
    # The expression is slow for a whole file, and nearly all of a file is this.
    if not REFUSED_CHARACTERS.search(text.encode().translate(None, _PRINTABLE_ASCII).decode()):
        return faults
    for number, line in enumerate(text.split("\n"), 1):
        for character in dict.fromkeys(REFUSED_CHARACTERS.findall(line)):
            place = Location(path, number, line.index(character) + 1)
            if len(faults) == MAX_FAULTS:
                return [*faults, _too_many(place)]
            hint = "use spaces" if character == "\t" else "delete it; an editor may have to be told to show it"
            faults.append(REFUSED_CHARACTER.at(place, f"{_named(character)} is refused", hint))
    return faults


def _too_many(place: Location) -> Diagnostic:
    message = f"{MAX_FAULTS} faults so far; the rest of this file was not looked at"
    return TOO_MANY_FAULTS.at(place, message, "mend these first, then run again")


class _Stop(Exception):
    """Ends the reading of one file; its fault is recorded already."""


class _Reader:
    """One pass over libyaml's events.

    Not its compose, which nests as deep as the file does: 40,000 brackets crash the process.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.next_event: Any = yaml.CBaseLoader(text).get_event
        self.starts: list[int] = []
        """Where each node begins, keys included, in the order of the file; without what is not in the value."""
        self.refused: set[int] = set()
        """Where the values begin that a fault names."""
        self.faults: list[Diagnostic] = []
        self.depth = 0

    def fault(self, rule: Rule, index: int, message: str, hint: str) -> None:
        place = _location(self.path, self.text, index)
        if len(self.faults) == MAX_FAULTS:
            self.faults.append(_too_many(place))
            raise _Stop
        self.faults.append(rule.at(place, message, hint))

    def document(self) -> dict[str, Any] | None:
        try:
            return self._document()
        except _Stop:
            return None
        except yaml.YAMLError as error:
            deep = self._too_deep_for_libyaml(error)
            if deep is None:
                self._syntax_error(_syntax_fault(self.path, self.text, error))
            else:
                self.faults.append(TOO_DEEP.at(_location(self.path, self.text, deep), _TOO_DEEP, _TOO_DEEP_HINT))
            return None

    def _too_deep_for_libyaml(self, error: yaml.YAMLError) -> int | None:
        """From 0.2.6 on it gives up at 1,000 brackets in a row, before it tells of the first: where ours would end."""
        mark = getattr(error, "problem_mark", None)
        run = _OPENED.search(self.text, 0, mark.index) if mark else None
        begun = [n for n in range(run.start(), run.end()) if self.text[n] in "[{"] if run else []
        told = sum(start >= run.start() for start in self.starts) if run else 0
        allowed = MAX_DEPTH - self.depth + told
        return begun[allowed] if len(begun) > allowed else None

    def _syntax_error(self, fault: Diagnostic) -> None:
        """One slip is one fault: `a: *b c` is an alias, and `a: "b" c: d` is no key without a value."""
        line = fault.location.line
        if any(other.code in (ANCHOR.code, TAG.code) and other.location.line == line for other in self.faults):
            return
        self.faults = [o for o in self.faults if o.code != EMPTY_VALUE.code or o.location.line != line]
        self.faults.append(fault)

    def _document(self) -> dict[str, Any] | None:
        if directive := _DIRECTIVE.match(self.text):
            self.fault(DIRECTIVE, directive.end() - 1, "a directive stands before the data", "delete the line")
            return None
        self.next_event()
        if type(self.next_event()) is StreamEndEvent:
            self.fault(EMPTY_FILE, 0, "the file is empty", "write it, or delete the file")
            return None
        event: Any = self.next_event()
        if type(event) is not MappingStartEvent:
            self._not_a_mapping(event)
            return None
        value: dict[str, Any] = self._value(event)
        if not value and not self.faults:
            self.fault(EMPTY_FILE, 0, "the file says nothing", "write it, or delete the file")
        self._end(self.next_event())
        return value or None

    def _not_a_mapping(self, event: Any) -> None:
        start = event.start_mark.index
        if type(event) is ScalarEvent and not event.style and event.value in ("", *_WORDS) and not event.tag:
            self.fault(EMPTY_FILE, 0, "the file says nothing", "write it, or delete the file")
            return
        found = "a list" if type(event) is SequenceStartEvent else "one text"
        hint = "begin each line with a key, a colon and a space: `title: …`"
        self.fault(NOT_A_MAPPING, start, f"the file holds {found}, not keys with values", hint)

    def _end(self, event: Any) -> None:
        hint = "put each document into a file of its own"
        if directive := _DIRECTIVE.match(self.text, event.end_mark.index):
            self.fault(SEVERAL_DOCUMENTS, directive.end() - 1, "a second document begins here", hint)
            return
        event = self.next_event()
        start = event.start_mark.index
        if type(event) is DocumentStartEvent:
            self.fault(SEVERAL_DOCUMENTS, start, "a second document begins here", hint)

    def _value(self, event: Any) -> Any:
        start = event.start_mark.index
        self.starts.append(start)
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, start)
        if kind is AliasEvent:
            hint = "write the text itself, or quote the value if the star is meant"
            self.fault(ANCHOR, start, f"the alias {_quoted('*' + event.anchor)} is refused", hint)
            self.refused.add(start)
            return None
        faults = len(self.faults)
        if event.anchor or event.tag is not None:
            self._properties(event, start)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fault(TOO_DEEP, start, _TOO_DEEP, _TOO_DEEP_HINT)
            raise _Stop
        value: Any = self._mapping() if kind is MappingStartEvent else self._sequence()
        self.depth -= 1
        if not value and self.depth and len(self.faults) == faults:
            self._empty(start, "an empty list" if isinstance(value, list) else "an empty mapping")
        return value

    def _sequence(self) -> list[Any]:
        items = []
        next_event, value = self.next_event, self._value
        while type(event := next_event()) is not SequenceEndEvent:
            items.append(value(event))
        return items

    def _mapping(self) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        keys: dict[str, int] = {}
        starts, next_event = self.starts, self.next_event
        while type(event := next_event()) is not MappingEndEvent:
            first = len(starts)
            start = event.start_mark.index
            starts.append(start)
            key = self._key(event, start)
            # A block mapping begins where its first key does, and is not to be taken for it.
            self.refused.discard(start)
            value = self._value(next_event())
            if key is None:
                del starts[first:]
            elif key in keys:
                del starts[first:]
                line = _location(self.path, self.text, keys[key]).line
                self.fault(DUPLICATE_KEY, start, f"the key {_quoted(key)} stands already in line {line}", "keep one")
            else:
                keys[key] = start
                mapping[key] = value
        return mapping

    def _key(self, event: Any, start: int) -> str | None:
        """None where it is refused: its value is read for faults and then dropped."""
        if type(event) is not ScalarEvent:
            self._value(event)
            if type(event) is not AliasEvent:
                hint = "quote it if the brackets are text; else begin with the name of a field"
                self.fault(KEY_NOT_TEXT, start, "a list or a mapping stands where a key is expected", hint)
            return None
        key: str = event.value
        if event.anchor or event.tag is not None:
            self._properties(event, start)
            return None
        if event.style:
            if event.style == '"' and not self._visible(key, start):
                return None
            plain = key.strip() and "\n" not in key
        else:
            plain = key and isinstance(self._resolved(key, start), str)
        if key == "<<" and not event.style:
            self.fault(ANCHOR, start, "the merge key << is refused", "write the fields out")
        elif not plain:
            shown = _quoted(key) if key.strip() else "nothing"
            hint = "begin with the name of a field; quote a name that reads as a number, true or null"
            self.fault(KEY_NOT_TEXT, start, f"{shown} stands where a key is expected", hint)
        elif self._fits(key, start):
            return key
        return None

    def _scalar(self, event: Any, start: int) -> Any:
        text: str = event.value
        if event.anchor or event.tag is not None:
            self._properties(event, start)
            return text
        if len(text) > MAX_FIELD_CHARS and not self._fits(text, start):
            return text
        if event.style:
            if event.style == '"':
                self._visible(text, start)
            if not text or text.isspace():
                self._empty(start, "an empty text")
            return text
        if not text or (len(text) < 6 and text in _WORDS and _WORDS[text] is None):
            self._empty(start, text or "nothing")
            return None
        return self._resolved(text, start)

    def _resolved(self, text: str, start: int) -> Any:
        """A plain scalar by the core schema of YAML 1.2: `no`, dates and `1:30` are texts, `012` is 12."""
        if text[0] not in _NUMBER_START:
            return _WORDS[text] if len(text) < 6 and text in _WORDS else text
        if _INTEGER.fullmatch(text) or _BASED.fullmatch(text):
            if len(text.lstrip("+-")) <= MAX_DIGITS:
                return int(text, {"o": 8, "x": 16}.get(text[1:2], 10))
        elif _FLOAT.fullmatch(text):
            number = float(text)
            if math.isfinite(number) and sum(c.isdigit() for c in re.split("[eE]", text)[0]) <= MAX_DIGITS:
                return number
        elif not _NOT_FINITE.fullmatch(text):
            return text
        message = f"the number {_quoted(text)} has more than {MAX_DIGITS} digits or is not finite"
        self.fault(NUMBER, start, message, "put it in quotes if it is an identifier or a text")
        self.refused.add(start)
        return text

    def _fits(self, text: str, start: int) -> bool:
        if len(text) <= MAX_FIELD_CHARS:
            return True
        message = f"the value has {len(text):,} characters; {MAX_FIELD_CHARS:,} are allowed"
        self.fault(FIELD_TOO_LONG, start, message, "shorten it, or move a part to another field")
        self.refused.add(start)
        return False

    def _visible(self, text: str, start: int) -> bool:
        match = REFUSED_CHARACTERS.search(text)
        if match is None:
            return True
        index = _offset_in_text(self.text, start, text, match.start())
        self.fault(REFUSED_CHARACTER, index, f"an escape stands for {_named(match[0])}, which is refused", "delete it")
        self.refused.add(start)
        return False

    def _empty(self, start: int, found: str) -> None:
        message, hint = f"a value is expected here, and {found} was found", "give it, or leave it out"
        if found == "nothing" and self.text[:start].rstrip()[-1:] not in (":", "-", "?"):
            message = "a key without colon and value"
            hint = "if the comma before it belongs to a text, put that text in quotes"
        elif self.text[start:].lstrip(" ").startswith("#"):
            hint += "; a value that begins with # is quoted"
        self.fault(EMPTY_VALUE, start, message, hint)
        self.refused.add(start)

    def _properties(self, event: Any, start: int) -> None:
        self.refused.add(start)
        if event.anchor:
            hint = "delete it, or quote the value if it begins with &"
            self.fault(ANCHOR, start, f"the anchor {_quoted('&' + event.anchor)} is refused", hint)
        if event.tag is not None:
            hint = "delete it; quote a value that is to be text, or that begins with !"
            self.fault(TAG, start, "a tag (a word that begins with !) is refused", hint)


_QUOTE = "put the whole value in quotes"
# libyaml tells its errors apart by their text alone; one that is not here is shown in libyaml's words.
_SYNTAX_ERRORS: Final[dict[str, tuple[str, str]]] = {
    "mapping values are not allowed in this context": (
        "a colon and a space stand where no key can begin",
        f"{_QUOTE}, since ': ' begins a new one; or mend the indentation",
    ),
    "found unexpected ':'": (
        "a key without a value, in braces",
        "give it a value or leave the key out; quote a text with a colon",
    ),
    "mapping keys are not allowed in this context": (
        "'? ' begins a key where none can stand",
        f"{_QUOTE} if it begins with a question mark",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin on the line of its key",
        "begin it on the next line, or quote the value if the dash is text",
    ),
    "could not find expected ':'": (
        "a key without a colon",
        "write `key: value`; a text of several lines needs `|` or `>-` after its key, and deeper indentation",
    ),
    "did not find expected key": (
        "this line does not continue what stands above it",
        "indent it like its neighbours; a text of several lines needs `|` or `>-` after its key",
    ),
    "did not find expected '-' indicator": (
        "a list goes on without a dash",
        "begin each item with '- ' in the same column",
    ),
    "did not find expected ',' or ']'": (
        "a list in brackets is not closed, or a comma is missing",
        "close it with ']'; quote an item with a comma, a bracket or a colon; quote a value that begins with '['",
    ),
    "did not find expected ',' or '}'": (
        "a mapping in braces is not closed, or a comma is missing",
        "close it with '}'; quote an item with a comma, a brace or a colon; quote a value that begins with '{'",
    ),
    "did not find expected node content": (
        "a value is missing, or begins with a character that YAML keeps for itself",
        _QUOTE,
    ),
    "did not find expected <document start>": (
        "the data ended above, and more text follows",
        f"{_QUOTE} if it begins with '[', '{{' or a quote",
    ),
    "did not find expected alphabetic or numeric character": (
        "'*' or '&' begins the value, which YAML keeps for itself",
        f'{_QUOTE}: "*emphasis* first"',
    ),
    "found unexpected end of stream": (
        "a quoted value is not closed",
        "close it with the quote that it begins with",
    ),
    "found unexpected document indicator": (
        "a quoted value runs over a line of '---' or '...'",
        "close it with the quote that it begins with",
    ),
    "found unknown escape character": (
        "no such escape in double quotes",
        "write the backslash twice, or use single quotes or a `|` block, where it is only itself",
    ),
    "did not find expected hexdecimal number": (
        "an escape in double quotes is not complete",
        "write \\u and four digits 0-9 a-f, or the backslash twice",
    ),
    "found invalid Unicode character escape code": (
        "an escape stands for no character",
        "write the character itself",
    ),
    "found undefined tag handle": ("a tag is refused", f"{_QUOTE} if it begins with an exclamation mark"),
    "did not find expected comment or line break": (
        "text after the sign that begins a block",
        "begin the text on the next line, indented; or quote the value if it begins with '|' or '>'",
    ),
}
# For these the place where libyaml gave up is the end of the file or the next line; the fault began earlier.
_BEGAN_EARLIER: Final = frozenset(
    {
        "could not find expected ':'",
        "did not find expected ',' or ']'",
        "did not find expected ',' or '}'",
        "found unexpected end of stream",
        "found unexpected document indicator",
    }
)


_TOO_DEEP = f"lists and mappings stand more than {MAX_DEPTH} deep"
_TOO_DEEP_HINT = "quote the value if its brackets are text; else lay it out as the schema says"
_OPENED = re.compile(r"[\[{][\[{\s]*+\Z")


def _syntax_fault(path: str, text: str, error: yaml.YAMLError) -> Diagnostic:
    problem = getattr(error, "problem", None) or "the text cannot be read"
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    index = min(mark.index, len(text)) if mark else 0
    if problem in _BEGAN_EARLIER and mark and context and (context.line < mark.line or index == len(text)):
        index = context.index
    message, hint = _SYNTAX_ERRORS.get(problem, (problem, "quote a value that begins with a sign"))
    found = text[index : index + 1]
    before = text[text.rfind("\n", 0, index) + 1 : index].strip(" -")
    if problem == "found character that cannot start any token":
        message, hint = f"a plain value cannot begin with {_quoted(found)}", _QUOTE
    elif problem == "did not find expected key" and before:
        message = "text follows where the value had ended"
        hint = f"{_QUOTE}; inside double quotes write \\\" for a quote, inside single quotes ''"
    return SYNTAX.at(_location(path, text, index), message, hint)


def _places(
    loc: Loc, value: Any, starts: Iterator[int], key: int | None = None
) -> Iterator[tuple[Loc, tuple[int, int]]]:
    """Walks the value as the reader did, which noted where each node began."""
    start = next(starts)
    yield loc, (start if key is None else key, start)
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _places((*loc, name), child, starts, next(starts))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _places((*loc, number), child, starts)


_BLOCK_HEADER = re.compile(r"[|>][-+0-9]* *(?:#[^\n]*)?\n")
_INDENT = re.compile(r"(?: *\n)*( *)")
_FOLD = re.compile(r" *\n[ \n]*")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\n *|.)")


def _offset_in_text(text: str, start: int, value: str, offset: int) -> int:
    """Where in the file the character at `offset` of the scalar stands that begins at `start`."""
    header = _BLOCK_HEADER.match(text, start)
    if header is None:
        return _offset_in_flow(text, start, offset)
    lines = text[header.end() :].split("\n")
    indent = _indent(text, header.end()) - _indent(value, 0)
    if text[start] == "|":
        number, column = value.count("\n", 0, offset), offset - value.rfind("\n", 0, offset) - 1
    else:
        number, column = _offset_in_folded([line[indent:] for line in lines], value, offset)
    number = min(number, len(lines) - 1)
    before = sum(len(line) + 1 for line in lines[:number])
    return header.end() + before + min(indent + column, len(lines[number]))


def _indent(text: str, start: int) -> int:
    match = _INDENT.match(text, start)
    return len(match[1]) if match else 0


def _offset_in_folded(lines: list[str], value: str, offset: int) -> tuple[int, int]:
    """Line and column, from 0. A line break became a space, or was kept where a blank or an indented line adjoins."""
    done = 0
    for number, line in enumerate(lines):
        if not line:
            continue
        while value.startswith("\n", done):
            done += 1
        if offset < done + len(line) or done + len(line) >= len(value):
            return number, max(offset - done, 0)
        done += len(line) + value.startswith(" ", done + len(line))
    return len(lines) - 1, 0


def _offset_in_flow(text: str, start: int, offset: int) -> int:
    quote = text[start : start + 1] if text[start : start + 1] in ('"', "'") else ""
    position, done = start + len(quote), 0
    while done < offset and position < len(text):
        if fold := _FOLD.match(text, position):
            breaks = fold[0].count("\n")
            position, done = fold.end(), done + max(1, breaks - 1)
        elif quote == '"' and (escape := _ESCAPE.match(text, position)):
            position, done = escape.end(), done + (escape[0][1] != "\n")
        else:
            position += 2 if quote == "'" and text[position] == "'" else 1
            done += 1
    return position
