"""Prose for other programs: as Markdown that Pandoc and CommonMark read, and as plain text. Layer 5; no effects."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from genai_atlas.prose import (
    Citation,
    Code,
    DisplayFormula,
    Emphasis,
    Inline,
    InlineFormula,
    Link,
    List,
    Paragraph,
    Profile,
    Strong,
    Text,
    TopicLink,
    parse,
)


class Context(Protocol):
    """What only the caller knows."""

    def cite(self, citation: Citation) -> str:
        """Markdown of a citation."""

    def topic(self, link: TopicLink) -> tuple[str, str]:
        """What a link to a topic shows, and where it leads."""


_SIGN: Final = re.compile(r"[\\`*_\[\]<>$^~|]|(?<!\w)@|&(?=#?\w+;)|!(?=\[)|://|(?i:(?<=www)\.)")
_START: Final = re.compile(r"(#{1,6}|[-+:]|={3,}|\d{1,9}[.)])(?=\s|$)|%")


def escape(text: str) -> str:
    """Text in which Markdown sees no markup. For the beginning of a line, see `escape_line`."""
    return _SIGN.sub(_escaped, text.replace("\n", " "))


def _escaped(found: re.Match[str]) -> str:
    return ":\\//" if found[0] == "://" else f"\\{found[0]}"


def escape_line(text: str) -> str:
    return at_line_start(escape(text))


def at_line_start(markdown: str) -> str:
    """What stands first on a line and would begin a heading, a list or a title block there."""
    found = _START.match(markdown)
    if not found:
        return markdown
    sign = found.end() - 1 if markdown[0].isdigit() else 0
    return f"{markdown[:sign]}\\{markdown[sign:]}"


def to_markdown(text: str, profile: Profile, context: Context) -> str:
    """Blocks parted by blank lines. Each paragraph and list item is one line."""
    blocks = []
    for block in parse(text, profile).blocks:
        match block:
            case Paragraph():
                blocks.append(at_line_start(_inline(block.children, context)))
            case List():
                first = block.start
                marks = ["-" if first is None else f"{first + i}." for i in range(len(block.items))]
                items = (_inline(item, context) for item in block.items)
                blocks.append(
                    "\n".join(f"{mark} {at_line_start(item)}" for mark, item in zip(marks, items, strict=True))
                )
            case DisplayFormula():
                blocks.append(f"$$\n{block.tex.strip()}\n$$")
    return "\n\n".join(blocks)


def to_markdown_line(text: str, profile: Profile, context: Context) -> str:
    """For list items and cells of tables: blocks follow one another on one line."""
    pieces = []
    for block in parse(text, profile).blocks:
        match block:
            case Paragraph():
                pieces.append(_inline(block.children, context))
            case List():
                pieces += (_inline(item, context) for item in block.items)
            case DisplayFormula():
                pieces.append(f"${_one_line(block.tex)}$")
    return " ".join(pieces)


def _inline(tokens: tuple[Inline, ...], context: Context) -> str:
    pieces: list[str] = []
    for token in tokens:
        match token:
            case Text():
                piece = escape(token.text)
            case Code():
                piece = _code(token.text)
            case InlineFormula():
                piece = f"${_one_line(token.tex)}$"
            case Citation():
                piece = context.cite(token)
            case TopicLink():
                shown, address = context.topic(token)
                piece = f"[{escape(shown)}]({_address(address)})" if address else escape(shown)
            case Link():
                piece = f"[{escape(token.text)}]({_address(token.url)})"
            case Emphasis():
                piece = f"*{_inline(token.children, context)}*"
            case Strong():
                piece = f"**{_inline(token.children, context)}**"
        pieces.append(piece)
    return "".join(pieces)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def _address(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")


def _one_line(tex: str) -> str:
    return " ".join(tex.split())


def to_plain(text: str, profile: Profile, topic: Callable[[TopicLink], str]) -> str:
    """One paragraph of text without citations; formulas as TeX between dollar signs."""
    pieces = []
    for block in parse(text, profile).blocks:
        match block:
            case Paragraph():
                pieces.append(_plain(block.children, topic))
            case List():
                pieces += (_plain(item, topic) for item in block.items)
            case DisplayFormula():
                pieces.append(f"$${_one_line(block.tex)}$$")
    return " ".join(" ".join(pieces).split())


def _plain(tokens: tuple[Inline, ...], topic: Callable[[TopicLink], str]) -> str:
    pieces: list[str] = []
    for token in tokens:
        match token:
            case Citation():
                if pieces:
                    pieces[-1] = pieces[-1].rstrip()
            case InlineFormula():
                pieces.append(f"${_one_line(token.tex)}$")
            case TopicLink():
                pieces.append(topic(token))
            case Emphasis() | Strong():
                pieces.append(_plain(token.children, topic))
            case _:
                pieces.append(token.text)
    return "".join(pieces)
