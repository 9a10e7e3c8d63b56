"""TeX to MathML that may stand in a page with a strict policy. Layer 0; no effects.

math-core converts and is the linter as well: it refuses what it cannot draw, with an offset. Three things are added:
commands whose output would mislead or break the page are refused before, elements and attributes outside ALLOWED are
refused after, and inline styles become classes, since the content security policy forbids `style=`.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from math_core import LatexError, LatexToMathML

MAX_TEX = 4_000
"""Characters of TeX in one formula: the limit of a field."""
MAX_DEPTH = 100
"""Elements within elements. Browsers flatten beyond 512, and nothing readable comes near."""

_CONVERTER = LatexToMathML(
    macros={"substack": r"\begin{gathered}#1\end{gathered}"},
    allow_unreliable_rendering=True,  # \widetilde, which Chromium and Firefox draw well
    fancy_error=False,
    max_expansions=100,
)


class FormulaError(ValueError):
    """Why a formula cannot be shown. `offset` counts characters of the TeX from 0."""

    def __init__(self, message: str, offset: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Formula:
    html: str
    """One `<math>` element without line breaks."""
    styles: frozenset[str]
    """The style declarations that the classes in `html` stand for: input of `stylesheet`."""


_LENGTH = r"-?\d{0,2}(?:\.\d+)?(?:r?em|ex)?"
_BOOLEAN = "true|false"
_COMMON = {"displaystyle": _BOOLEAN, "scriptlevel": "[0-3]"}
_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "math": {"display": "block"},
    "mi": {"mathvariant": "normal"},
    "mn": {},
    "mo": {
        "form": "prefix|infix|postfix",
        "stretchy": _BOOLEAN,
        "symmetric": _BOOLEAN,
        "movablelimits": _BOOLEAN,
        "lspace": _LENGTH,
        "rspace": _LENGTH,
        "minsize": _LENGTH,
        "maxsize": _LENGTH,
    },
    "mtext": {},
    "mspace": {"width": _LENGTH},
    "mrow": _COMMON,
    "mfrac": _COMMON | {"linethickness": _LENGTH},
    "msqrt": {},
    "mroot": {},
    "msub": {},
    "msup": {},
    "msubsup": {},
    "munder": {"accentunder": _BOOLEAN},
    "mover": {"accent": _BOOLEAN},
    "munderover": {"accent": _BOOLEAN, "accentunder": _BOOLEAN},
    "mmultiscripts": {},
    "mprescripts": {},
    "mpadded": {"width": _LENGTH, "height": _LENGTH, "voffset": _LENGTH},
    "mphantom": {},
    "mtable": _COMMON,
    "mtr": {},
    "mtd": {},
    "b": {},  # these four come from \textbf, \textit, \emph, \texttt, within <mtext>
    "i": {},
    "em": {},
    "code": {},
    "span": {},
}
ALLOWED: Mapping[str, frozenset[str]] = {tag: frozenset(names) | {"class"} for tag, names in _ATTRIBUTES.items()}
"""Every element a formula may hold, with its attributes."""

_DECLARATION = (
    "(?:text-align: ?(?:left|right|center)|justify-items: ?(?:start|end|center)"
    f"|(?:padding|margin)-(?:left|right|top|bottom): ?{_LENGTH}"
    "|border-(?:left|right|top|bottom): ?0\\.05em (?:solid|dashed) currentcolor"
    f"|width: ?(?:{_LENGTH}|\\d+(?:\\.\\d+)?%)|math-shift: ?compact)"
)
_STYLE = f"{_DECLARATION}(?:;{_DECLARATION})*+;?"


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    choices = "".join(f'|{key}="(?:{value})"' for key, value in attributes.items())
    return f'{name}(?: (?:style="{_STYLE}"{choices}))*+'


# Control, bidi and surrogate characters are no text. U+2061 to U+2063 are the invisible operators.
_TEXT = "[^<>&\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]++"
_ENTITY = "&(?:amp|lt|gt|quot|#39|ApplyFunction|InvisibleTimes);"
_TAGS = "|".join(_tag(name, attributes) for name, attributes in _ATTRIBUTES.items())
_SAFE = re.compile(f"(?:{_TEXT}|{_ENTITY}|<(?:{_TAGS})/?>|</(?:{'|'.join(_ATTRIBUTES)})>)*+")
_STYLE_ATTRIBUTE = re.compile(r' style="([^"]*)"')
_ANY_TAG = re.compile(r"<(/?)[^<>]*?(/?)>")

_DEFINES = ("a formula cannot define commands", "write the expansion out")
_COLOUR = ("formulas have no colours", "name the part in the text: no one colour is readable in both schemes")
_FRAME = ("no browser draws the line of this command", "say it in the text, or use \\underbrace")
_REFERENCE = ("formulas carry no numbers to refer to", "describe the formula in words")
_NUMBERED = ("formulas carry no numbers", "use aligned, gathered, or the starred form")
_REFUSED: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("newcommand", "renewcommand", "providecommand", "def", "gdef", "let", "global"), _DEFINES),
    **dict.fromkeys(("color", "textcolor", "colorbox"), _COLOUR),
    **dict.fromkeys(("boxed", "fbox", "cancel", "bcancel", "xcancel", "phase", "angl"), _FRAME),
    **dict.fromkeys(("label", "eqref", "ref"), _REFERENCE),
    **dict.fromkeys(("equation", "align", "gather", "multline"), _NUMBERED),
}
_ENVIRONMENTS = tuple(name for name, refusal in _REFUSED.items() if refusal is _NUMBERED)
_COMMANDS = tuple(name for name in _REFUSED if name not in _ENVIRONMENTS)
_HINTS: Mapping[str, str] = {
    "split": "use aligned",
    "alignat": "use aligned",
    "alignedat": "use aligned",
    "eqnarray": "use aligned",
    "smallmatrix": "use pmatrix or matrix",
    "mathbbm": "use \\mathbb",
    "limits": "use \\operatorname*{name} for a function's name",
    "DeclareMathOperator": "use \\operatorname{name}",
    "hbox": "use \\text",
    "mbox": "use \\text",
    "text": "end the text, write the formula, and begin the text again",
    "textsf": "use \\mathsf",
    "textsc": "use \\mathrm",
    "href": "put the link in the text",
    "url": "put the link in the text",
    "rule": "use \\hspace for space",
    "tag": "describe the formula in words: formulas carry no numbers",
    "smash": "leave it out",
    "hdots": "use \\dots",
    "dotsb": "use \\dots",
    "dotsc": "use \\dots",
}
# A backslash takes its next character along, so that `\%` is no comment and `\\def` no definition.
_HARMLESS = re.compile(
    rf"(?:\\(?!(?:{'|'.join(_COMMANDS)})(?![A-Za-z])|begin\s*\{{(?:{'|'.join(_ENVIRONMENTS)})\}}).|[^\\%])*+",
    re.DOTALL,
)
_NAME = re.compile(r"\\(?:begin\s*\{([a-z]+)\}|([A-Za-z]+))|\{([A-Za-z]+)\*?\}")
_ERROR = re.compile(r"(\d+): (.*)", re.DOTALL)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@lru_cache(maxsize=1 << 15)
def convert(tex: str, display: bool) -> Formula:
    """Raises FormulaError for what cannot be converted and for what must not stand in a page."""
    _refuse(tex)
    try:
        mathml = _CONVERTER.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        raise _explained(str(error), tex) from None
    except UnicodeEncodeError as error:
        raise FormulaError("a character that is no text", error.start) from None
    mathml = mathml.replace('<span class="math-core-serif-font">', "<span>")  # the formula's own font is a serif
    mathml = mathml.replace('stretchy="false" stretchy="true"', 'stretchy="true"')  # math-core 0.9 on \mathrel\big\|
    _check(mathml, tex)
    return _classed(mathml.replace("&ApplyFunction;", "\u2061").replace("&InvisibleTimes;", "\u2062"))


def _refuse(tex: str) -> None:
    if len(tex) > MAX_TEX:
        raise FormulaError(f"a formula of {len(tex):,} characters; at most {MAX_TEX:,} are allowed", MAX_TEX)
    if not tex.strip():
        raise FormulaError("an empty formula", 0, "write the formula between the dollar signs")
    harmless = _HARMLESS.match(tex)
    stop = harmless.end() if harmless else 0
    if stop == len(tex):
        return
    if tex[stop] == "%":
        raise FormulaError("'%' begins a comment, and what follows it would be lost", stop, "write \\%")
    name = _NAME.match(tex, stop)
    if not name:
        raise FormulaError("a formula cannot end with a backslash", stop)
    message, hint = _REFUSED[name[name.lastindex or 0]]
    raise FormulaError(f"'{name[0]}': {message}", stop, hint)


def _explained(message: str, tex: str) -> FormulaError:
    found = _ERROR.fullmatch(message)
    offset, reason = (min(int(found[1]), len(tex)), found[2]) if found else (0, message)
    name = _NAME.match(tex, offset)
    hint = _HINTS.get(name[name.lastindex or 0], "") if name else ""
    if not hint and reason.startswith("Unknown command"):
        hint = "check the spelling; a function's name is written \\operatorname{name}"
    reason = reason if reason.endswith("...") else reason.removesuffix(".")
    return FormulaError(_UNPRINTABLE.sub("\ufffd", reason), offset, hint)


def _check(mathml: str, tex: str) -> None:
    safe = _SAFE.match(mathml)
    stop = safe.end() if safe else 0
    if stop < len(mathml):
        rest = mathml[stop : stop + 80]
        if _UNPRINTABLE.match(rest):
            raise FormulaError("a character that is no text", max(0, tex.find(rest[0])))
        what = _UNPRINTABLE.sub("\ufffd", rest[: rest.find(">") + 1] or rest[0])
        raise FormulaError(f"the formula would put '{what}' into the page", 0, _way_out(tex))
    if mathml.count("</") > MAX_DEPTH and _depth(mathml) > MAX_DEPTH:
        raise FormulaError(f"the formula is nested deeper than {MAX_DEPTH} levels", 0, "split it")


def _way_out(tex: str) -> str:
    return next((_HINTS[m[2]] for m in _NAME.finditer(tex) if m[2] in _HINTS), "leave the command out")


def _depth(mathml: str) -> int:
    depth = deepest = 0
    for tag in _ANY_TAG.finditer(mathml):
        if tag[1]:
            depth -= 1
        elif not tag[2]:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _classed(mathml: str) -> Formula:
    if ' style="' not in mathml:
        return Formula(mathml, frozenset())
    styles = set()

    def name(attribute: re.Match[str]) -> str:
        style = ";".join(part.replace(": ", ":", 1) for part in attribute[1].split(";") if part)
        styles.add(style)
        return f' class="{class_name(style)}"'

    return Formula(_STYLE_ATTRIBUTE.sub(name, mathml), frozenset(styles))


def class_name(style: str) -> str:
    """The same for the same declarations in every build."""
    return "atlas-m-" + hashlib.sha256(style.encode()).hexdigest()[:8]


def stylesheet(styles: Iterable[str]) -> str:
    """One rule a line, in the order of the class names."""
    return "".join(sorted(f".{class_name(style)}{{{style}}}\n" for style in set(styles)))


def characters(mathml: str) -> set[str]:
    """What a font needs to draw the formula: also the italic form of each one-letter `<mi>`, and the root sign."""
    found = set(html.unescape(_ANY_TAG.sub("", mathml)))
    found.update(_ITALIC[letter] for letter in _LONE_LETTER.findall(mathml) if letter in _ITALIC)
    if "<msqrt" in mathml or "<mroot" in mathml:
        found.add("√")
    return found


def _italic() -> dict[str, str]:
    """MathML Core's table for `text-transform: math-auto`."""
    letters = dict(zip(map(chr, range(0x41, 0x5B)), map(chr, range(0x1D434, 0x1D44E)), strict=True))
    letters |= zip(map(chr, range(0x61, 0x7B)), map(chr, range(0x1D44E, 0x1D468)), strict=True)
    letters |= zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇", map(chr, range(0x1D6E2, 0x1D6FC)), strict=True)
    letters |= zip("αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ", map(chr, range(0x1D6FC, 0x1D71C)), strict=True)
    return letters | {"h": "ℎ", "ı": "𝚤", "ȷ": "𝚥"}


_ITALIC = _italic()
_LONE_LETTER = re.compile(r"<mi>(.)</mi>")
