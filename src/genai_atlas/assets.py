"""Stylesheet, scripts, icon and fonts of the site. Layer 5; no effects but reading the package and the font cache.

Both fonts are cut from STIX Two Math, so titles and formulas match. Cutting costs about a second, while what is cut
hardly ever changes: each result is kept in the cache under a name made of all that it depends on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path

from genai_atlas.output import OutputFile

STATIC = Path(__file__).parent / "static"

SCRIPTS = {
    "atlas": ("dom.js", "fold.js", "atlas.js", "reader.js"),
    "finder": ("finder.js", "combobox.js"),
    "search": ("search.js",),
    "facets": ("facets.js",),
    "works": ("facets.js", "works.js"),
    "map": ("facets.js", "map.js"),
    "compare": ("choose.js", "compare.js"),
    "paths": ("choose.js", "paths.js"),
    "yours": ("yours.js",),
    "moved": ("moved.js",),
}
"""What each script is made of. Every page loads atlas.js, which loads finder.js at the first use of a search box; the
others are loaded after it by the pages whose front matter names them."""

BASIC_LATIN = range(0x20, 0x7F)
PUNCTUATION = range(0x2010, 0x2027)
PRIMES = "′″‴"
SERIF = frozenset((*BASIC_LATIN, *range(0xA0, 0x180), *PUNCTUATION, *map(ord, "′−×≈≤≥±→∞√")))
"""Latin in full for titles, and the signs that stand in values. Any other script is the visitor's own font's."""

MATH_ITALIC = frozenset((*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6FC, 0x1D71C)))
"""Latin and small Greek. The markup says `x`; the browser draws U+1D465 for it."""
MATH = frozenset(
    (
        *BASIC_LATIN,
        *MATH_ITALIC,
        *range(0x300, 0x313),  # accents
        *map(ord, "ˆˇ˘˙˜¯¨´ˋ⃗‾" + PRIMES + "–—…"),
        *map(ord, "ΓΔΘΛΞΠΣΥΦΨΩ"),
        *map(ord, "√∛∜"),  # drawn for <msqrt> and <mroot>, which have no text
        *map(ord, "±·×÷¬∀∂∃∅∇∈∉∋∏∑−∓∗∘∝∞∥∣∧∨∩∪∫∼≃≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊙⊤⊥⋅⋆⋮⋯⋱⌈⌉⌊⌋⟨⟩‖ℓℝ←↑→↓↔↦⇐⇒⇔"),
        *range(0x2061, 0x2065),  # invisible signs between factors
    )
)


@dataclass(frozen=True)
class Cut:
    """One font to be made. `characters` are code points in order; those the source lacks are left out."""

    characters: tuple[int, ...]
    features: tuple[str, ...]
    drop: tuple[str, ...] = ()


def assets(
    formulas_css: str,
    math_characters: Iterable[str],
    text_characters: Iterable[str] = (),
    cache: Path | None = None,
) -> tuple[OutputFile, ...]:
    """`formulas_css` holds the classes of the formulas, `math_characters` what they draw, `text_characters` what titles
    and values are written in. Without `cache` both fonts are cut anew."""
    return (
        OutputFile.text("assets/atlas.css", stylesheet(_static("atlas.css"), formulas_css)),
        *(
            OutputFile.text(f"assets/{name}.js", script("".join(map(_static, parts))))
            for name, parts in SCRIPTS.items()
        ),
        OutputFile.text("sw.js", script(_static("sw.js"))),
        OutputFile.text("assets/icon.svg", _static("icon.svg")),
        *fonts(math_characters, text_characters, cache),
    )


def fonts(
    math_characters: Iterable[str], text_characters: Iterable[str] = (), cache: Path | None = None
) -> tuple[OutputFile, ...]:
    """The two fonts and their notice."""
    cuts = _cuts(math_characters, text_characters)
    found = [OutputFile(f"assets/{name}", _cached(cache, name, cut, partial(_cut, cut))) for name, cut in cuts.items()]
    return (*found, OutputFile("assets/OFL.txt", _cached(cache, "OFL.txt", None, _notice)))


@contextmanager
def fonts_beside(math_characters: Iterable[str], cache: Path | None) -> Iterator[None]:
    """Where the cache lacks a font, another process cuts it while the body runs; then the cache has it."""
    characters = tuple(math_characters)
    if cache is None or all(_cache_file(cache, name, cut).exists() for name, cut in _cuts(characters, ()).items()):
        yield
        return
    with ProcessPoolExecutor(1) as other:
        made = other.submit(fonts, characters, (), cache)
        yield
        made.result()


def _cuts(math_characters: Iterable[str], text_characters: Iterable[str]) -> dict[str, Cut]:
    return {
        "atlas-serif.woff2": Cut(_joined(SERIF, text_characters), ("kern", "liga", "lnum", "pnum"), ("MATH",)),
        # No ssty: Chromium does not use these variants for small sizes, and they double the font.
        "atlas-math.woff2": Cut(_joined(MATH, math_characters), ("flac", "dtls")),
    }


def stylesheet(css: str, formulas_css: str = "") -> str:
    """Without comments and needless space, followed by the light half of the tokens for browsers from before
    mid-2024, which drop every rule that uses `light-dark()`."""
    light = "".join(f"{name}:{value};" for name, value in _LIGHT.findall(css))
    fallback = f"@supports not (color:light-dark(#000,#fff)){{:root{{color-scheme:light;{light}}}}}"
    return f"{_compact(css)}\n{formulas_css.strip()}\n{fallback}\n".replace("\n\n", "\n")


def script(source: str) -> str:
    """Without indentation and lines of comment. Scripts are written so that neither means anything: no string runs
    over lines, and no line that is not a comment begins with two slashes."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


_LIGHT = re.compile(r"(--[a-z0-9-]+): light-dark\((#\w+),")
_CSS_PIECE = re.compile(r'("[^"]*")|/\*.*?\*/|\s+', re.DOTALL)
_CSS_SIGN = re.compile(r'("[^"]*")|\s*([{};,>])\s*|(?<=[\w)-]): ')


def _compact(css: str) -> str:
    css = _CSS_PIECE.sub(lambda found: found[1] or " ", css)
    css = _CSS_SIGN.sub(lambda found: found[1] or found[2] or ":", css)
    return css.replace(";}", "}").replace("}", "}\n").strip()


def _static(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def _joined(base: frozenset[int], characters: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted(base.union(ord(character) for text in characters for character in text)))


def _source() -> Path:
    """Found without importing ziamath, which takes a third of a second."""
    spec = importlib.util.find_spec("ziamath")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package ziamath, which holds the font STIX Two Math, is not installed")
    return Path(spec.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


def _cached(cache: Path | None, name: str, recipe: Cut | None, make: Callable[[], bytes]) -> bytes:
    if cache is None:
        return make()
    file = _cache_file(cache, name, recipe)
    try:
        return file.read_bytes()
    except FileNotFoundError:
        data = make()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".tmp~", delete=False) as temporary:
        temporary.write(data)
    os.replace(temporary.name, file)
    return data


def _cache_file(cache: Path, name: str, recipe: Cut | None) -> Path:
    return cache / f"{hashlib.sha256(f'{recipe} {_tools()}'.encode()).hexdigest()[:20]}-{name}"


@lru_cache(maxsize=1)
def _tools() -> tuple[str, ...]:
    """What the bytes depend on besides the recipe."""
    return hashlib.sha256(_source().read_bytes()).hexdigest(), version("fonttools"), version("brotli")


def _cut(cut: Cut) -> bytes:
    # Imported only where a font is cut: fontTools takes as long to load as a warm render does.
    from fontTools import subset

    options = subset.Options(
        flavor="woff2",
        layout_features=list(cut.features),
        drop_tables=[*subset.Options().drop_tables, *cut.drop],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],  # copyright and licence travel in the file
        recalc_timestamp=False,
    )
    font = subset.load_font(os.fspath(_source()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=cut.characters)
    subsetter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    return out.getvalue()


def _notice() -> bytes:
    from fontTools.ttLib import TTFont

    with TTFont(_source(), lazy=True) as font:
        said = {record.nameID: str(record) for record in font["name"].names}
    text = f"""\
atlas-serif.woff2 and atlas-math.woff2 are subsets of {said[4]}, {said[5]}.

{said[0]}
{said[7]}

{said[13]}
{said[14]}
"""
    return text.encode()
