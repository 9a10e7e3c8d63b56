"""What every page needs: its place, its numbered citations, its links, its words. Layer 6; no effects.

Text in a view is `Markup`: escaped once, here, so that neither HTML nor Markdown can own anything in it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from genai_atlas import prose
from genai_atlas.atlas import Atlas
from genai_atlas.model import Reference
from genai_atlas.prose import CitationItem, Profile, TopicLink
from genai_atlas.works import split_name

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def safe(text: str) -> Markup:
    """Authored text as HTML."""
    return Markup(prose.escape(text))


def show_date(date: str | datetime.date) -> str:
    """`2026-11-24` → `24 Nov 2026`; `2026-11` → `Nov 2026`; `2026` as it is."""
    year, *rest = str(date).split("-")
    if not rest:
        return year
    month = MONTHS[int(rest[0]) - 1]
    return f"{month} {year}" if len(rest) == 1 else f"{int(rest[1])} {month} {year}"


def grouped(number: int) -> str:
    """Digits in groups of three, from five digits on."""
    return f"{number:,}".replace(",", "\u202f") if number >= 10_000 else str(number)


def family_name(author: str) -> str:
    """`Aaron van den Oord` and `van den Oord, Aaron` → `van den Oord`; `{DeepSeek-AI}` → `DeepSeek-AI`."""
    name = split_name(author)
    return " ".join(filter(None, (name.particle, name.family)))


def full_name(author: str) -> str:
    return split_name(author).full


def author_year(reference: Reference) -> str:
    """`Shazeer, 2019`; `Meng and Tang, 2025`; `Pope et al., 2022`."""
    families = [family_name(author) for author in reference.authors if author != "et al."]
    several = len(families) > 2 or "et al." in reference.authors
    who = f"{families[0]} et al." if several else " and ".join(families)
    return f"{who}, {reference.year}"


def all_authors(reference: Reference) -> str:
    names = [full_name(author) for author in reference.authors]
    return f"{', '.join(names[:-1])} et al." if names[-1] == "et al." else ", ".join(names)


def edition(reference: Reference) -> str:
    """The venue, with its year where that differs from the first version's."""
    return f"{reference.venue} {reference.published_year}" if reference.published_year else reference.venue


@dataclass(frozen=True)
class Link:
    href: Markup
    text: Markup


def identifiers(reference: Reference) -> tuple[Link, ...]:
    """Where the work can be found, the most stable address first."""
    found = []
    if reference.arxiv:
        found.append((f"https://arxiv.org/abs/{reference.arxiv}", f"arXiv:{reference.arxiv}"))
    if reference.doi:
        found.append((f"https://doi.org/{reference.doi}", f"doi:{reference.doi}"))
    if reference.url:
        found.append((reference.url, re.sub(r"^https?://(www\.)?([^/]+).*", r"\2", reference.url)))
    return tuple(Link(safe(href), safe(text)) for href, text in found)


@dataclass(frozen=True)
class Back:
    """One place of the page that cites a work."""

    anchor: str
    section: Markup
    locator: Markup


@dataclass(frozen=True)
class ReferenceView:
    number: int
    key: str
    authors: Markup
    year: int
    title: Markup
    venue: Markup
    identifiers: tuple[Link, ...]
    cited_in: tuple[Back, ...]


@dataclass(frozen=True)
class TopicRef:
    """A topic, area or subarea as another page shows it."""

    path: str
    slug: str
    title: Markup
    href: str


def data_file(path: str) -> str:
    """Where the site has a page's content as JSON."""
    return f"data/{('areas', 'subareas', 'topics')[path.count('/')]}/{path}.json"


def absolute(url: str, path: str) -> str:
    """Address of a page or file of the site that stands at `url`; a page's ends with a slash."""
    return f"{url}{path}/" if path and "." not in path.rsplit("/", 1)[-1] else url + path


@dataclass
class Page:
    """One page while its view is made: numbers citations in order of appearance, and knows the way to other pages."""

    atlas: Atlas
    path: str
    """Of the page, without slashes at its ends; empty for the home page."""
    section: str = ""
    """The heading under which text is being rendered; said by the back-links."""
    _order: dict[str, list[Back]] = field(default_factory=dict)
    _text: str = ""
    """What is being rendered: a link's text depends on what stands before it."""

    def to(self, path: str) -> str:
        """Relative address of another page or file; a page's ends with a slash."""
        up = "../" * (self.path.count("/") + 1) if self.path else ""
        target = f"{path}/" if path and "." not in path.rsplit("/", 1)[-1] else path
        return f"{up}{target}" or "./"

    def topic_ref(self, path: str) -> TopicRef:
        return TopicRef(path, path.rsplit("/", 1)[-1], safe(self.atlas.title(path)), self.to(path))

    def html(self, text: str, profile: Profile = Profile.MARKDOWN) -> Markup:
        self._text = text
        return Markup(prose.to_html(prose.parse(text, profile), self))

    def inline(self, text: str, profile: Profile = Profile.INLINE) -> Markup:
        self._text = text
        return Markup(prose.to_inline_html(prose.parse(text, profile), self))

    def cite_keys(self, keys: Sequence[str], locator: str = "") -> Markup:
        return Markup(self.cite(tuple(CitationItem(key, locator, 0) for key in keys))) if keys else Markup()

    # What prose asks of its context.

    def cite(self, items: tuple[CitationItem, ...]) -> str:
        return f'<span class="atlas-cites">[{", ".join(map(self._citation, items))}]</span>'

    def _citation(self, item: CitationItem) -> str:
        backs = self._order.setdefault(item.key, [])
        number = list(self._order).index(item.key) + 1
        anchor = f"cite-{number}-{len(backs) + 1}"
        backs.append(Back(anchor, safe(self.section), safe(item.locator)))
        reference = self.atlas.references.get(item.key)
        who = author_year(reference) if reference else item.key
        label = safe(f"Reference {number}: {who}{f', {item.locator}' if item.locator else ''}")
        return (
            f'<a class="atlas-cite" id="{anchor}" href="#ref-{number}" data-loc="{safe(item.locator)}" '
            f'aria-label="{label}">{number}</a>'
        )

    def topic(self, link: TopicLink) -> str:
        path = self.atlas.resolve(link.slug)
        if path is None:
            return prose.escape(link.text or link.slug)
        text = link.text or self._in_place(self.atlas.title(path), link.offset)
        return f'<a class="atlas-topic" href="{self.to(path)}">{safe(text)}</a>'

    def _in_place(self, title: str, offset: int) -> str:
        """As it stands where a sentence begins, else as within a sentence."""
        begins = re.search(r"(?:^|[.!?]\s+|\n\s*\n|^\s*(?:-|\d+\.)\s+)$", self._text[:offset])
        within = _in_sentence(title)
        return within[:1].upper() + within[1:] if begins else within

    def references(self) -> tuple[ReferenceView, ...]:
        """What the page has cited so far, in order of appearance. A key without a record shows as its key."""
        return tuple(self._reference(n, key, backs) for n, (key, backs) in enumerate(self._order.items(), start=1))

    def _reference(self, number: int, key: str, backs: list[Back]) -> ReferenceView:
        reference = self.atlas.references.get(key)
        if reference is None:
            return ReferenceView(number, key, safe(key), 0, safe(key), Markup(), (), tuple(backs))
        return ReferenceView(
            number,
            key,
            safe(all_authors(reference)),
            reference.year,
            safe(reference.title),
            safe(edition(reference)),
            identifiers(reference),
            tuple(backs),
        )


class Listing(Page):
    """A page that gathers what stands on others: a citation names its work, since numbers would mean nothing there."""

    def cite(self, items: tuple[CitationItem, ...]) -> str:
        named = "; ".join(map(self._named, items))
        inline = _BEFORE_NAME.search(self._text[: items[0].offset].rstrip("[@"))
        return f'<span class="atlas-cites is-named">{named if inline else f"({named})"}</span>'

    def _named(self, item: CitationItem) -> str:
        reference = self.atlas.references.get(item.key)
        if reference is None:
            return prose.escape(item.key)
        locator = f", {prose.escape(item.locator)}" if item.locator else ""
        return f'<a href="{self.to("references")}#{item.key}">{safe(author_year(reference))}</a>{locator}'


_BEFORE_NAME = re.compile(r"\b(?:and|as|by|from|in|like|of|see|than|to|with) $")
"""Words after which the name is part of the sentence."""


def _in_sentence(title: str) -> str:
    """A title within a sentence: `Sparse Attention` → `sparse attention`; `3D` and `IoT` keep their capitals."""
    # str.istitle() holds for "3D", since a digit has no case.
    return " ".join(word if re.search(r"\d", word) or word.title() != word else word.lower() for word in title.split())
