"""The site's own files: bytes that depend on nothing but the input, and the budgets of the page weight."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from genai_atlas import assets as module
from genai_atlas.assets import assets, script, stylesheet

PACKAGE = Path(module.__file__).parent
FORMULAS = ".atlas-m1{padding-right:.17em}"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


@pytest.fixture(scope="module")
def made(cache: Path) -> dict[str, bytes]:
    return {output.path: output.data for output in assets(FORMULAS, ["∮𝐱"], ["β"], cache)}


def font(data: bytes) -> TTFont:
    return TTFont(io.BytesIO(data))


def test_the_files_of_every_page(made: dict[str, bytes]) -> None:
    assert list(made) == [
        "assets/atlas.css",
        "assets/atlas.js",
        "assets/finder.js",
        "assets/search.js",
        "assets/facets.js",
        "assets/works.js",
        "assets/map.js",
        "assets/compare.js",
        "assets/paths.js",
        "assets/yours.js",
        "assets/moved.js",
        "sw.js",
        "assets/icon.svg",
        "assets/atlas-serif.woff2",
        "assets/atlas-math.woff2",
        "assets/OFL.txt",
    ]


def test_the_same_input_gives_the_same_bytes_with_and_without_the_cache(made: dict[str, bytes], cache: Path) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in cache.iterdir()}
    cached = {output.path: output.data for output in assets(FORMULAS, ["𝐱", "∮", "∮"], ["β"], cache)}
    assert cached == made
    assert {file.name: file.stat().st_mtime_ns for file in cache.iterdir()} == before
    assert {output.path: output.data for output in assets(FORMULAS, ["∮𝐱"], ["β"], None)} == made


def test_a_new_character_is_cut_into_a_new_font(made: dict[str, bytes], cache: Path) -> None:
    others = {output.path: output.data for output in assets(FORMULAS, ["∮𝐱𝔼"], ["β"], cache)}
    assert {path for path, data in others.items() if data != made[path]} == {"assets/atlas-math.woff2"}
    assert 0x1D53C in font(others["assets/atlas-math.woff2"]).getBestCmap()


@pytest.mark.parametrize(
    ("paths", "most"),
    [
        (("assets/atlas.css",), 10_000),
        (("assets/atlas.js",), 10_000),
        (("assets/finder.js",), 7_000),
        (("assets/search.js",), 3_000),
        (("assets/yours.js",), 6_000),
        (("sw.js",), 2_500),
    ],
)
def test_text_files_stay_within_their_budget(made: dict[str, bytes], paths: tuple[str, ...], most: int) -> None:
    assert sum(len(gzip.compress(made[path], 9)) for path in paths) <= most


@pytest.mark.parametrize(("path", "most"), [("assets/atlas-serif.woff2", 26_000), ("assets/atlas-math.woff2", 66_000)])
def test_fonts_stay_within_their_budget(made: dict[str, bytes], path: str, most: int) -> None:
    assert len(made[path]) <= most


def test_fonts_hold_what_pages_draw(made: dict[str, bytes]) -> None:
    serif, math = font(made["assets/atlas-serif.woff2"]), font(made["assets/atlas-math.woff2"])
    # The markup of a formula says x, <msqrt> and an accent's name; none of them names these characters.
    assert {*map(ord, "𝑥𝛼√⃗∮𝐱"), 0x210E, 0x0302} <= set(math.getBestCmap())
    assert {*map(ord, "AzéłŽ–“×−β")} <= set(serif.getBestCmap())
    assert ("MATH" in math, "MATH" in serif) == (True, False)


@pytest.mark.parametrize("path", ["assets/atlas-serif.woff2", "assets/atlas-math.woff2"])
def test_fonts_carry_their_licence_and_no_date_of_the_build(made: dict[str, bytes], path: str) -> None:
    cut = font(made[path])
    source = TTFont(module._source())
    assert {13, 14} <= {record.nameID for record in cut["name"].names}
    assert cut["head"].modified == source["head"].modified


def test_the_notice_names_font_holder_and_licence(made: dict[str, bytes]) -> None:
    notice = made["assets/OFL.txt"].decode()
    assert "STIX Two Math" in notice
    assert "Copyright 2001-2020 The STIX Fonts Project Authors" in notice
    assert "SIL Open Font License, Version 1.1" in notice


def test_the_stylesheet_loads_nothing_but_its_fonts(made: dict[str, bytes]) -> None:
    css = made["assets/atlas.css"].decode()
    assert re.findall(r"url\(([^)]*)\)", css) == ["atlas-serif.woff2", "atlas-math.woff2"]
    assert "@import" not in css


def test_the_classes_of_the_formulas_are_in_the_stylesheet(made: dict[str, bytes]) -> None:
    assert FORMULAS in made["assets/atlas.css"].decode()


def test_browsers_without_light_dark_get_the_light_half() -> None:
    css = ":root {\n  --paper: light-dark(#fdfdfb, #15181b); --h4: var(--paper);\n}\n"
    assert stylesheet(css) == (
        ":root{--paper:light-dark(#fdfdfb,#15181b);--h4:var(--paper)}\n"
        "@supports not (color:light-dark(#000,#fff)){:root{color-scheme:light;--paper:#fdfdfb;}}\n"
    )


def test_every_token_has_a_light_half(made: dict[str, bytes]) -> None:
    css, fallback = made["assets/atlas.css"].decode().split("@supports not")
    assert re.findall(r"(--[a-z0-9-]+):light-dark\((#\w+),", css) == re.findall(r"(--[a-z0-9-]+):(#\w+);", fallback)


@pytest.mark.parametrize(
    ("css", "short"),
    [
        ("/* why */ a { color: red; }", "a{color:red}"),
        ('a::after { content: ", " attr(x); }', 'a::after{content:", " attr(x)}'),
        ("a > b, c :is(d, e) { margin: calc(1rem + 2px) }", "a>b,c :is(d,e){margin:calc(1rem + 2px)}"),
        ("@media (min-width: 45em) { a { b: c } }", "@media (min-width:45em){a{b:c}\n}"),
        ('[data-x] { grid-template: "c" "r" / 1fr; }', '[data-x]{grid-template:"c" "r" / 1fr}'),
    ],
)
def test_shortening_keeps_the_meaning_of_a_rule(css: str, short: str) -> None:
    assert stylesheet(css).split("@supports")[0].rstrip() == short


def test_scripts_lose_comments_and_indentation_only() -> None:
    assert script('// why\nconst a = "// b";\n\n  if (a) {  // kept\n') == 'const a = "// b";\nif (a) {  // kept\n'


def test_every_rule_of_the_stylesheet_is_for_something_that_pages_have() -> None:
    ours = re.compile(r"atlas-[a-z_-]*[a-z]")
    css = (PACKAGE / "static" / "atlas.css").read_text("utf-8")
    styled = set(re.findall(r"\.(atlas-[a-z_-]*[a-z])", css))
    sources = [file for ending in ("py", "j2", "html", "js") for file in PACKAGE.rglob(f"*.{ending}")]
    classes = re.compile(r'class(?:="|: "|Name = ")([^"]*)')
    texts = (text for file in sources for text in classes.findall(file.read_text("utf-8")))
    used = {name for text in texts for name in ours.findall(text)}
    assert styled - used == set()


def test_no_template_has_an_inline_style_or_a_foreign_source() -> None:
    templates = [file for ending in ("j2", "html") for file in PACKAGE.rglob(f"*.{ending}")]
    found = [
        (file.name, match)
        for file in templates
        for match in re.findall(r'\sstyle=|<(?:script|link|img)[^>]*(?:src|href)="https?:', file.read_text("utf-8"))
    ]
    assert found == []
