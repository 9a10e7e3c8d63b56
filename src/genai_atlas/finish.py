"""The built site, checked and completed: gate, policy, full-text index, offline list. Layer 4; works in one folder.

The gate reads HTML by a grammar of its own that is narrower than HTML: every tag is closed, every attribute is on the
list, and what it cannot read is a fault. So it cannot be led to see another page than a browser does.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from genai_atlas.diagnostics import Diagnostic, Location, Rule
from genai_atlas.offline import keep_offline

MARKUP = Rule(
    "B101",
    "unknown-markup",
    "The pages use a short list of elements and attributes, every element is closed, and none stands where it does not "
    "belong. Anything else is refused: it may be text that was not escaped, and a browser may read it in another way "
    "than the author of the template meant.",
    wrong="# a template prints {{ summary }} from a value with <iframe> in it\n",
    right="# the value reaches the page as &lt;iframe&gt;\n",
)
STYLE = Rule(
    "B102",
    "inline-style",
    "No element has a style attribute: the content security policy forbids them, so they would be without effect. Use "
    "a class and the stylesheet.",
    wrong='# <td style="text-align: right">\n',
    right='# <td class="is-number">\n',
)
HANDLER = Rule(
    "B103",
    "inline-handler",
    "No element has an attribute that holds a script, such as onclick. Scripts stand in files of the theme.",
    wrong='# <button onclick="copy()">\n',
    right="# <button data-copy>\n",
)
SCRIPT = Rule(
    "B104",
    "unknown-script",
    "A script written into a page must stand, letter by letter, in a template of the theme. The hashes of the policy "
    "are made from the templates and never from the built pages: those would bless a script that got in with the text.",
    wrong="# <script>alert(1)</script> in a built page, in no template\n",
    right="# the script of theme/main.html\n",
)
LINK = Rule(
    "B105",
    "broken-link",
    "Every link within the site leads to a file of the site, and a link to a folder ends with a slash. The 404 page, "
    "which is shown at any depth, links by absolute paths.",
    wrong='# <a href="../attenion/">\n',
    right='# <a href="../attention/">\n',
)
ANCHOR = Rule(
    "B106",
    "broken-anchor",
    "What follows the # of a link within the site is the id of an element of the page it leads to.",
    wrong='# <a href="#ref-12"> on a page with 11 references\n',
    right='# <a href="#ref-11">\n',
)
IDENTIFIER = Rule(
    "B107",
    "duplicate-id",
    "An id stands once on its page; links and labels would lead to the first of two.",
    wrong='# <h2 id="notes"> twice\n',
    right='# <h2 id="notes"> and <h2 id="notes-2">\n',
)
FOREIGN = Rule(
    "B108",
    "foreign-resource",
    "Pages load nothing from another host: no script, style, font or image. A reader's visit is nobody else's "
    "business, and the site works without the network. Plain links may lead anywhere.",
    wrong='# <script src="https://cdn.example.org/x.js">\n',
    right='# <script src="assets/x.js">\n',
)
SCHEME = Rule(
    "B109",
    "refused-link",
    "A link begins with http://, https:// or #, or is a path within the site. Other schemes run scripts or open "
    "programs; hidden characters disguise them.",
    wrong='# <a href="javascript:alert(1)">\n',
    right='# <a href="https://example.org/">\n',
)
INDEX = Rule(
    "B110",
    "no-search-index",
    "Pagefind, which makes the index of the full text, could not be run or reported an error.",
    wrong="# pagefind is not installed\n",
    right='# pip install "pagefind[bin]"\n',
)
MKDOCS = Rule(
    "B201",
    "mkdocs-warning",
    "MkDocs warned while it built the site: a hand-written page links to a page or an anchor that is not there, or "
    "mkdocs.yml has a setting that it does not know. The build takes its warnings as errors.",
    wrong="# docs/about.md: [how to help](contribute.md)\n",
    right="# docs/about.md: [how to help](contributing.md)\n",
)
CLASH = Rule(
    "B202",
    "page-clash",
    "A hand-written page under docs/ would stand at the address of a generated one. One of the two has to move.",
    wrong="# docs/references.md\n",
    right="# docs/about-references.md\n",
)
NO_CONFIG = Rule(
    "B203",
    "no-mkdocs-settings",
    "The folder given by --root holds mkdocs.yml, the settings of the site.",
    wrong="# genai-atlas --root taxonomy build\n",
    right="# genai-atlas --root . build\n",
)
NO_SITE = Rule(
    "B204",
    "no-site-folder",
    "A build replaces the whole folder of the site. So the folder must be a site that was built before, or be empty, "
    "or not exist; and it may neither hold the sources nor lie among them.",
    wrong="# genai-atlas build --site-dir .\n",
    right="# genai-atlas build --site-dir site\n",
)
BAD_EPOCH = Rule(
    "B205",
    "bad-build-date",
    "SOURCE_DATE_EPOCH, which sets the date of a reproducible build, is a whole number of seconds since 1970. Where it "
    "is not set, the newest date of review stands for it.",
    wrong="# SOURCE_DATE_EPOCH=2026-11-24\n",
    right="# SOURCE_DATE_EPOCH=1795478400\n",
)
BAD_REPOSITORY = Rule(
    "B206",
    "bad-repository-address",
    "ATLAS_REPOSITORY, which sets where the links to edit a page and to report a fault lead, is an address that a "
    "browser can open, or a remote of git on a host. Empty, it leaves the links out.",
    wrong="# ATLAS_REPOSITORY=genai-atlas/genai-atlas\n",
    right="# ATLAS_REPOSITORY=https://github.com/genai-atlas/genai-atlas\n",
)
RULES: Final = (
    MARKUP, STYLE, HANDLER, SCRIPT, LINK, ANCHOR, IDENTIFIER, FOREIGN, SCHEME, INDEX,
    MKDOCS, CLASH, NO_CONFIG, NO_SITE, BAD_EPOCH, BAD_REPOSITORY,
)  # fmt: skip
"""The build's rules: the gate's own, and those that site.py applies."""

def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VOID: Final = _words("br col hr img input link meta wbr")
_HTML: Final = _VOID | _words(
    """
    a abbr address article aside b blockquote body button caption cite code colgroup data dd del details dfn div dl dt
    em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup html i ins kbd label legend li main
    mark math menu meter nav ol optgroup option output p pre q s samp script search section select small span strong
    sub summary sup svg table tbody td tfoot th thead time title tr u ul var
    """
)
_SVG: Final = _words(
    """
    a circle clippath defs desc ellipse g line lineargradient marker mask path pattern polygon polyline radialgradient
    rect stop svg symbol text textpath title tspan use
    """
)
_MATH: Final = _words(
    """
    annotation math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms
    mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics
    """
)
_FOREIGN: Final = {"svg": _SVG, "math": _MATH}
_PAGE_ONLY: Final = _words("body head html link meta script")
_ATTRIBUTES: Final = _words(
    """
    accept accesskey action alt as async autocapitalize autocomplete autocorrect autofocus charset checked cite class
    color cols colspan content crossorigin datetime decoding defer dir disabled download enterkeyhint fetchpriority
    for form headers height hidden high href hreflang http-equiv id inputmode integrity itemid itemprop itemscope
    itemtype label lang list loading low max maxlength media method min minlength multiple name open optimum pattern
    placeholder popover popovertarget property readonly referrerpolicy rel required reversed role rows rowspan scope
    selected size sizes spellcheck src start step tabindex target title translate type value width

    clip-path clip-rule clippathunits cx cy d dominant-baseline dx dy fill fill-opacity fill-rule focusable font-size
    font-style font-weight gradienttransform gradientunits lengthadjust letter-spacing marker-end marker-mid
    marker-start markerheight markerunits markerwidth mask offset opacity orient paint-order pathlength patternunits
    points preserveaspectratio r refx refy rotate rx ry stop-color stop-opacity stroke stroke-dasharray
    stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor
    textlength transform vector-effect version viewbox visibility x x1 x2 xml:lang xml:space xmlns xmlns:xlink y y1 y2

    accent accentunder align arg columnalign columnlines columnspacing columnspan depth display displaystyle encoding
    fence frame intent largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize
    movablelimits notation rowalign rowlines rowspacing rspace scriptlevel separator separators stretchy symmetric
    voffset
    """
)
_ADDRESSES: Final = {
    ("a", "href"): "link",
    ("link", "href"): "resource",
    ("use", "href"): "resource",
    ("img", "src"): "image",
    ("script", "src"): "resource",
    ("form", "action"): "resource",
}
_DATA_BLOCKS: Final = frozenset(("application/json", "application/ld+json"))

_QUOTED = r"""(?:[^<>"']++|"[^"]*+"|'[^']*+')*+"""
_TOKEN: Final = re.compile(
    rf"""<!--(?!-?>)(?:(?!--)[\s\S])*+-->|<(script|title)(?=[\s>])({_QUOTED})>([\s\S]*?)</\1\s*>"""
    rf"""|<(/?)([a-zA-Z][a-zA-Z0-9-]*)({_QUOTED})>|<!doctype\ html>|<""",
    re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(r"""\s+([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_REST: Final = re.compile(r"\s*/?")
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_CSS_ADDRESS: Final = re.compile(r"""(?:url\(\s*|@import\s+)(?:"([^"]*)"|'([^']*)')|url\(\s*([^\s"')]+)""")
_REFRESH: Final = re.compile(r"0; ?url=(\S+)", re.IGNORECASE)
_THEME_SCRIPT: Final = re.compile(r"<script>([\s\S]*?)</script>")

_PAGEFIND_KEEPS: Final = re.compile(r"pagefind(-worker)?\.js|pagefind-entry\.json|.*\.pf_meta")


def finish(site: Path, *, theme: Path, site_url: str = "", policy: bool = True) -> tuple[Diagnostic, ...]:
    """Check every page, then give each its policy and the site its index. With a fault no page is changed.

    `theme` holds the templates whose inline scripts are allowed. `policy` is off for a preview, into whose pages MkDocs
    writes a script that reloads them, and which nobody is to keep.
    """
    allowed = _Allowed(script_hashes(theme))
    with _indexing(site) as unindexed:
        pages, faults = _read_site(site, allowed)
    faults += unindexed
    faults += _check_links(pages, _Site(site, pages, site_url))
    if policy and not faults:
        meta = f'<meta http-equiv="Content-Security-Policy" content="{allowed.policy}">'
        for page in pages:
            if page.head and not page.text.startswith(meta, page.head):
                whole = f"{page.text[: page.head]}{meta}{page.text[page.head :]}"
                (site / page.path).write_bytes(whole.encode())
        keep_offline(site)
    return tuple(sorted(faults))


def gate(site: Path, *, theme: Path, site_url: str = "") -> tuple[Diagnostic, ...]:
    """The check alone, of a site before or after it was finished."""
    pages, faults = _read_site(site, _Allowed(script_hashes(theme)))
    return tuple(sorted((*faults, *_check_links(pages, _Site(site, pages, site_url)))))


def content_policy(hashes: Iterable[str]) -> str:
    """What a page may load. Pagefind's worker does not inherit a meta policy, so that WebAssembly needs no mention."""
    scripts = " ".join(("'self'", *(f"'{digest}'" for digest in sorted(hashes))))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'"
    )


def script_hashes(theme: Path) -> frozenset[str]:
    """Of the inline scripts in the theme's templates. One with a Jinja expression matches no page, and so fails."""
    return frozenset(
        _sha256(body)
        for template in sorted(theme.rglob("*.html"))
        for body in _THEME_SCRIPT.findall(template.read_text(encoding="utf-8"))
    )


def _sha256(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class _Allowed:
    """What the theme lets stand in a page."""

    def __init__(self, hashes: frozenset[str]) -> None:
        self.hashes = hashes
        self.policy = content_policy(hashes)


@dataclass(frozen=True, slots=True)
class _Tag:
    """What one tag says, read once however often it occurs."""

    name: str
    opens: bool = False
    closes: bool = False
    empty: bool = False
    """Closed by itself, as only foreign elements may be."""
    ids: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    """Role (link, resource, image, canonical) and address."""
    faults: tuple[tuple[Rule, str], ...] = ()

    @property
    def remarkable(self) -> bool:
        return bool(self.ids or self.addresses or self.faults or self.empty or self.name in _PAGE_ONLY)


@dataclass(slots=True)
class _Page:
    path: str
    text: str
    ids: set[str] = field(default_factory=set)
    addresses: list[tuple[int, str, str]] = field(default_factory=list)
    """Offset, role, address."""
    head: int = 0
    """The offset behind <head>."""
    faults: list[Diagnostic] = field(default_factory=list)

    def fault(self, rule: Rule, offset: int, message: str, hint: str = "") -> None:
        start = self.text.rfind("\n", 0, offset) + 1
        place = Location(f"site/{self.path}", self.text.count("\n", 0, offset) + 1, offset - start + 1)
        self.faults.append(rule.at(place, message, hint))


def _files(site: Path) -> Iterator[str]:
    for folder, _, names in os.walk(site):
        parent = Path(folder).relative_to(site).as_posix()
        for name in names:
            yield name if parent == "." else f"{parent}/{name}"


def _read_site(site: Path, allowed: _Allowed) -> tuple[list[_Page], list[Diagnostic]]:
    known: dict[str, tuple[_Tag, bool]] = {}
    pages = []
    faults: list[Diagnostic] = []
    for path in sorted(_files(site)):
        if path.startswith("pagefind/") or not path.endswith((".html", ".svg", ".css")):
            continue
        try:
            page = _Page(path, (site / path).read_bytes().decode())
        except UnicodeDecodeError:
            faults.append(MARKUP.at(Location(f"site/{path}"), "this file is not UTF-8"))
            continue
        if path.endswith(".css"):
            found = _CSS_ADDRESS.finditer(page.text)
            page.addresses += [(m.start(), "image", m[1] or m[2] or m[3] or "") for m in found]
        else:
            _read_page(page, known, allowed)
            if path.endswith(".html") and not page.head and not page.faults:
                page.fault(MARKUP, 0, "there is no <head> to put the policy into")
        faults += page.faults
        pages.append(page)
    return pages, faults


def _read_page(page: _Page, known: dict[str, tuple[_Tag, bool]], allowed: _Allowed) -> None:
    """Collect ids and addresses. The first thing that cannot be read ends it: the rest may mean anything."""
    html = page.path.endswith(".html")
    start = 0 if html else page.text.find("<svg")
    vocabulary = _HTML if html else _SVG
    stack: list[str] = []
    for match in _TOKEN.finditer(page.text, max(start, 0)):
        text = match[0]
        found = known.get(text)
        if found is None:
            tag = _tag(match, allowed)
            found = known[text] = (tag, tag.remarkable)
        tag, remarkable = found
        if tag.closes:
            if not stack or stack.pop() != tag.name:
                page.fault(MARKUP, match.start(), f"{text} closes an element that is not open here")
                return
            if tag.name in _FOREIGN:
                vocabulary = next((_FOREIGN[name] for name in reversed(stack) if name in _FOREIGN), _HTML)
            continue
        if tag.name and tag.name not in vocabulary:
            page.fault(MARKUP, match.start(), f"<{tag.name}> is not used here: {_shortened(text)}")
        if tag.opens:
            stack.append(tag.name)
            vocabulary = _FOREIGN.get(tag.name, vocabulary)
        if remarkable:
            _note(page, tag, match, stack, foreign=vocabulary is not _HTML)
    if stack:
        page.fault(MARKUP, len(page.text), f"<{stack[-1]}> is never closed")


def _note(page: _Page, tag: _Tag, match: re.Match[str], stack: list[str], *, foreign: bool) -> None:
    start = match.start()
    for rule, message in tag.faults:
        page.fault(rule, start, f"{message}: {_shortened(match[0])}")
    for identifier in tag.ids:
        if identifier in page.ids:
            page.fault(IDENTIFIER, start, f"the id '{identifier}' stands twice on this page")
        page.ids.add(identifier)
    page.addresses += [(start, role, address) for role, address in tag.addresses]
    if tag.empty and not foreign:
        page.fault(MARKUP, start, f"<{tag.name}/> does not close itself in HTML: {_shortened(match[0])}")
    if tag.name in _PAGE_ONLY and "article" in stack:
        page.fault(MARKUP, start, f"<{tag.name}> does not belong into an article: {_shortened(match[0])}")
    if tag.name == "head" and not page.head:
        page.head = match.end()


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:99] + "…"


def _tag(match: re.Match[str], allowed: _Allowed) -> _Tag:
    text = match[0]
    if text.startswith("<!"):
        return _Tag("")
    if text == "<":
        return _Tag("", faults=((MARKUP, "this < begins no tag; a template may have printed text unescaped"),))
    raw, raw_attributes, body, closing, name, attributes = match.groups()
    if raw:
        return _raw_tag(raw.lower(), raw_attributes, body, allowed)
    name = name.lower()
    if closing:
        if attributes.strip():
            return _Tag("", faults=((MARKUP, "an end tag has attributes"),))
        return _Tag(name, closes=True)
    values, empty, faults = _attributes(attributes)
    void = name in _VOID
    ids, addresses, more = _meaning(name, values, allowed)
    return _Tag(name, not void and not empty, False, empty and not void, ids, addresses, (*faults, *more))


def _raw_tag(name: str, attributes: str, body: str, allowed: _Allowed) -> _Tag:
    """A script, or a title of the page or of a drawing: with its content and its end."""
    values, _, faults = _attributes(attributes)
    ids, addresses, more = _meaning(name, values, allowed)
    problems = [*faults, *more]
    if name == "title":
        if "<" in body:
            problems.append((MARKUP, "a title holds text only"))
    elif "<!--" in body or "<script" in body.lower():
        problems.append((MARKUP, "browsers read this script's end in another place"))
    elif "src" in values:
        if body.strip():
            problems.append((SCRIPT, "a script with a source has a body too"))
    elif values.get("type") not in _DATA_BLOCKS and _sha256(body) not in allowed.hashes:
        problems.append((SCRIPT, "this script stands in no template of the theme"))
    return _Tag(name, ids=ids, addresses=addresses, faults=tuple(problems))


def _attributes(text: str) -> tuple[dict[str, str], bool, tuple[tuple[Rule, str], ...]]:
    """Values by name, whether the tag closes itself, and faults of form."""
    values: dict[str, str] = {}
    faults: list[tuple[Rule, str]] = []
    end = 0
    while match := _ATTRIBUTE.match(text, end):
        end = match.end()
        name = match[1].lower()
        if name in values:
            faults.append((MARKUP, f"the attribute {name} stands twice"))
        values[name] = unescape(match[2] or match[3] or match[4] or "")
    if not _REST.fullmatch(text, end):
        faults.append((MARKUP, "this tag cannot be read"))
    return values, text.endswith("/"), tuple(faults)


def _meaning(
    element: str, values: Mapping[str, str], allowed: _Allowed
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[tuple[Rule, str], ...]]:
    """Ids, addresses and faults of a tag's attributes."""
    addresses: list[tuple[str, str]] = []
    faults: list[tuple[Rule, str]] = []
    for name, value in values.items():
        if name == "style":
            faults.append((STYLE, "a style attribute"))
        elif name.startswith("on"):
            faults.append((HANDLER, f"the attribute {name} holds a script"))
        elif name == "data-src":
            addresses.append(("resource", value))
        elif name in ("href", "src", "action"):
            role = _ADDRESSES.get((element, name))
            if role is None:
                faults.append((MARKUP, f"<{element}> has no {name} here"))
            else:
                addresses.append(("canonical" if values.get("rel") == "canonical" else role, value))
        elif name == "http-equiv":
            content = values.get("content", "")
            refresh = _REFRESH.fullmatch(content) if value == "refresh" else None
            if refresh:
                addresses.append(("resource", refresh[1]))
            elif (value, content) != ("Content-Security-Policy", allowed.policy):
                faults.append((MARKUP, f"a meta element for {value}"))
        elif name not in _ATTRIBUTES and not name.startswith(("aria-", "data-")):
            faults.append((MARKUP, f"the attribute {name} is not used here"))
        if "url(" in value.lower().replace("url(#", "") and name not in ("content", "alt", "title", "href"):
            faults.append((FOREIGN, f"the attribute {name} loads something"))
    return (values["id"],) if "id" in values else (), tuple(addresses), tuple(faults)


class _Site:
    """What links are checked against."""

    def __init__(self, site: Path, pages: Iterable[_Page], url: str) -> None:
        self.files = frozenset(_files(site))
        self.ids = {page.path: page.ids for page in pages if page.path.endswith(".html")}
        self.url = url
        self.base = urlsplit(url).path.rstrip("/") + "/"


def _check_links(pages: Iterable[_Page], site: _Site) -> list[Diagnostic]:
    faults = []
    for page in pages:
        page.faults = []
        seen: set[tuple[str, str]] = set()
        for offset, role, address in page.addresses:
            if (role, address) in seen:
                continue
            seen.add((role, address))
            if fault := _link_fault(page.path, role, address, site):
                page.fault(fault[0], offset, *fault[1:])
        faults += page.faults
    return faults


def _link_fault(page: str, role: str, address: str, site: _Site) -> tuple[Rule, str, str] | None:
    shown = _shortened(address)
    if role == "image" and address.startswith("data:image/"):
        return None
    if address != "".join(address.split()) or not address.isprintable() or "\\" in address:
        return SCHEME, f"the address {shown!r} has hidden characters, spaces or backslashes", ""
    if site.url and address.startswith(site.url):
        address = site.base + address[len(site.url) :]
    scheme = _SCHEME.match(address)
    if scheme or address.startswith("//"):
        if not scheme or scheme[1].lower() not in ("http", "https"):
            return SCHEME, f"the address {shown} is of a kind that pages do not link", ""
        if role in ("resource", "image"):
            return FOREIGN, f"{shown} is loaded from another host", "copy it into the site"
        return None
    path, _, fragment = address.partition("#")
    return _broken(page, shown, unquote(path.partition("?")[0]), unquote(fragment), site)


def _broken(page: str, shown: str, path: str, fragment: str, site: _Site) -> tuple[Rule, str, str] | None:
    """A link within the site that leads to no file, or to no element of it."""
    if page == "404.html" and path and not path.startswith("/"):
        return LINK, f"{shown} is relative, and this page is shown at any depth", "use an absolute path"
    target = _resolve(page.rpartition("/")[0], path, site.base) if path else page
    if target is None:
        return LINK, f"{shown} leads out of the site", f"the site stands at {site.base}"
    if target not in site.files:
        hint = f"add a slash: {path}/" if f"{target}/index.html" in site.files else ""
        return LINK, f"{shown} leads nowhere: the site has no {target}", hint
    if fragment and fragment not in site.ids.get(target, {fragment}):
        return ANCHOR, f"{shown} leads nowhere: {target} has no element with the id '{fragment}'", ""
    return None


def _resolve(folder: str, path: str, base: str) -> str | None:
    """The file that a path means, seen from a page's folder; None where it leaves the site."""
    if path.startswith("/"):
        if not path.startswith(base):
            return None
        folder, path = "", path[len(base) :]
    parts = folder.split("/") if folder else []
    steps = path.split("/")
    for step in steps:
        if step == "..":
            if not parts:
                return None
            parts.pop()
        elif step not in ("", "."):
            parts.append(step)
    if steps[-1] in ("", ".", ".."):
        parts.append("index.html")
    return "/".join(parts)


NOT_INDEXED: Final = (
    ".headerlink", ".atlas-anchor", "math", ".atlas-crumbs", ".atlas-actions", ".atlas-siblings", ".atlas-cites",
    ".atlas-back", ".atlas-nb", ".atlas-az", ".atlas-letters", ".atlas-filter", ".atlas-search", ".atlas-examples",
)  # fmt: skip
"""Parts of a page that lead elsewhere or explain by example: a hit there is no hit of the page."""


@contextmanager
def _indexing(site: Path) -> Iterator[list[Diagnostic]]:
    """Pagefind runs while the gate reads: neither changes what the other needs. Its faults are there at the end."""
    place = Location("site/pagefind")
    faults: list[Diagnostic] = []
    program = _pagefind()
    if not program:
        faults.append(INDEX.at(place, "the program pagefind is not installed", 'pip install "pagefind[bin]"'))
        yield faults
        return
    choice = ["--root-selector", "article", "--exclude-selectors", ", ".join(NOT_INDEXED)]
    command = [program, "--site", os.fspath(site), *choice, "--silent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        yield faults
        said = process.communicate()[0].decode("utf-8", "replace")
    if process.returncode != 0 or not (site / "pagefind").is_dir():
        faults.append(INDEX.at(place, f"pagefind: {_shortened(said) or f'exit status {process.returncode}'}"))
    elif torn := _torn_file(site / "pagefind"):
        faults.append(INDEX.at(place, f"pagefind left {torn} unfinished", "is the disk full?"))
    else:
        _drop_unused(site / "pagefind")


def _pagefind() -> str | None:
    try:
        return str(import_module("pagefind_bin").get_executable())
    except (ImportError, FileNotFoundError):
        return shutil.which("pagefind")


def _torn_file(folder: Path) -> str:
    """Pagefind ends well, and says nothing, when the disk is full: so look at what it wrote."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = file.read_bytes()
        try:
            whole = bool(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        except (EOFError, OSError, zlib.error):
            whole = False
        if not whole:
            return file.name
    return ""


def _drop_unused(folder: Path) -> None:
    """Its ready-made interfaces are a third of a megabyte that no page of ours loads."""
    languages = json.loads((folder / "pagefind-entry.json").read_bytes())["languages"].values()
    used = {f"wasm.{language['wasm'] or 'unknown'}.pagefind" for language in languages}
    for file in folder.iterdir():
        if file.is_file() and not _PAGEFIND_KEEPS.fullmatch(file.name) and file.name not in used:
            file.unlink()
