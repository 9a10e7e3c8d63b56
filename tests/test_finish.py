"""The gate over the built site, the policy in its pages, and the index of its text."""

from __future__ import annotations

import gzip
import html
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_atlas import finish as module
from genai_atlas.finish import content_policy, finish, gate, script_hashes

SCRIPT = 'document.documentElement.className="js"'
URL = "https://example.org/genai-atlas/"


def page(article: str = "", head: str = "", body: str = "") -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>A &amp; B</title>\n'
        f"{head}<script>{SCRIPT}</script></head>\n<body>{body}\n"
        f'<article id="content" data-pagefind-body>\n{article}\n</article></body>\n</html>\n'
    )


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    folder = tmp_path / "theme"
    folder.mkdir()
    (folder / "main.html").write_text(f"{{% extends 'base.html' %}}<script>{SCRIPT}</script>")
    return folder


def make(site: Path, contents: dict[str, str]) -> Path:
    for path, text in contents.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    return site


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


GOOD = {
    "index.html": page(
        '<h1 id="top">Home</h1><p>Text with <a href="a/b/#part">a link</a>, <a href="https://example.com/x?y#z">one out'
        '</a> and <a href="#top">one here</a>.<br><img src="icon.svg" alt=""></p>',
        head=f'<link rel="canonical" href="{URL}"><link rel="stylesheet" href="x.css">'
        '<script type="application/ld+json">{"@context": "https://schema.org"}</script>',
    ),
    "a/b/index.html": page(
        '<h2 id="part">Part</h2><p><a href="../..">home</a> <a href="/genai-atlas/">home</a> '
        f'<a href="{URL}a/b/">here</a> <a href="../../search/?q=x#top">search</a></p>'
        '<svg viewBox="0 0 1 1"><title>T</title><path d="M0 0"/><a href="#part"><circle r="1"/></a></svg>'
        '<math display="block"><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow></math>',
        body='<script src="../../x.js" defer></script>',
    ),
    "search/index.html": page('<p id="top">Search</p><form action="../search/"><input name="q"></form>'),
    "old/index.html": '<html><head><meta http-equiv="refresh" content="0; url=../a/b/"></head><body></body></html>',
    "404.html": page('<a href="/genai-atlas/a/b/">back</a>'),
    "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>',
    "x.css": "@font-face{src:url(x.woff2)} i{background:url('data:image/svg+xml;charset=utf-8,<svg xmlns=\"x\">')}",
    "x.woff2": "",
    "x.js": "",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make(tmp_path / "site", GOOD)


def test_good_site_has_no_fault_before_and_after_it_is_finished(site: Path, theme: Path) -> None:
    assert gate(site, theme=theme, site_url=URL) == ()
    assert finish(site, theme=theme, site_url=URL) == ()
    assert gate(site, theme=theme, site_url=URL) == ()


def test_policy_is_the_first_thing_in_every_head(site: Path, theme: Path) -> None:
    finish(site, theme=theme, site_url=URL)
    pages = {path: data.decode() for path, data in tree(site).items() if path.endswith(".html")}
    policy = (
        "default-src 'none'; script-src 'self' 'sha256-cvlem2Rlcb+inScVb7910PMAU98gRDEfAIUVUKXOWd4='; "
        "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'"
    )
    meta = f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">'
    assert {path: text.count(meta) for path, text in pages.items()} == dict.fromkeys(pages, 1)
    assert {path: text.replace(meta, "<head>") for path, text in pages.items()} == {
        path: text for path, text in GOOD.items() if path.endswith(".html")
    }


def test_second_finish_changes_nothing(site: Path, theme: Path) -> None:
    finish(site, theme=theme, site_url=URL)
    before = tree(site)
    assert finish(site, theme=theme, site_url=URL) == ()
    assert tree(site) == before


def test_preview_has_no_policy(site: Path, theme: Path) -> None:
    assert finish(site, theme=theme, site_url=URL, policy=False) == ()
    assert {path: data.decode() for path, data in tree(site).items() if path in GOOD} == GOOD


FAULTS = {
    # The article is the last line but one; what is planted stands in it, or in the head.
    "script": ("B104", "<script>alert(1)</script>"),
    "script, known but for a space": ("B104", f"<script>{SCRIPT} </script>"),
    "script that hides its end": ("B101", f"<script><!-- <script> {SCRIPT}</script>"),
    "script from elsewhere": ("B108", '<script src="https://cdn.example.com/x.js"></script>'),
    "script from elsewhere, no scheme": ("B109", '<script src="//cdn.example.com/x.js"></script>'),
    "module of JSON's name": ("B104", '<script type="application/JSON+x">alert(1)</script>'),
    "style attribute": ("B102", '<td style="text-align: left">'),
    "handler": ("B103", '<p onclick="alert(1)">x</p>'),
    "handler in capitals": ("B103", "<img src=icon.svg ONERROR=alert(1)>"),
    "handler after a slash": ("B101", "<img/src=icon.svg/onerror=alert(1)>"),
    "iframe": ("B101", '<iframe src="https://example.com"></iframe>'),
    "style element": ("B101", "<style>p{}</style>"),
    "base": ("B101", '<base href="https://example.com/">'),
    "object": ("B101", '<object data="x"></object>'),
    "noscript": ("B101", "<noscript><p>x</p></noscript>"),
    "template": ("B101", "<template><p>x</p></template>"),
    "foreignObject": ("B101", "<svg><foreignObject><p>x</p></foreignObject></svg>"),
    "HTML in a drawing": ("B101", "<svg><p>x</p></svg>"),
    "HTML in a formula": ("B101", "<math><mtext><img src=icon.svg></mtext></math>"),
    "animation": ("B101", '<svg><set attributeName="href" to="javascript:alert(1)"/></svg>'),
    "link in a drawing": ("B109", '<svg><a href="javascript:alert(1)"><text>x</text></a></svg>'),
    "old link in a drawing": ("B101", '<svg><a xlink:href="https://example.com"><text>x</text></a></svg>'),
    "javascript": ("B109", '<a href="javascript:alert(1)">x</a>'),
    "javascript, mixed case": ("B109", '<a href="JaVaScRiPt:alert(1)">x</a>'),
    "javascript behind an entity": ("B109", '<a href="java&#115;cript:alert(1)">x</a>'),
    "javascript broken by a line": ("B109", '<a href="java&#10;script:alert(1)">x</a>'),
    "javascript behind a control": ("B109", '<a href="&#1;javascript:alert(1)">x</a>'),
    "data link": ("B109", '<a href="data:text/html,x">x</a>'),
    "mail": ("B109", '<a href="mailto:x@example.org">x</a>'),
    "protocol-relative link": ("B109", '<a href="//example.com">x</a>'),
    "backslashes": ("B109", '<a href="\\\\example.com">x</a>'),
    "image from elsewhere": ("B108", '<img src="https://example.com/x.png" alt="">'),
    "set of images": ("B101", '<img srcset="https://example.com/x.png 2x" alt="">'),
    "paint from elsewhere": ("B108", '<svg><path fill="url(https://example.com/x.svg#a)"/></svg>'),
    "form that leaves": ("B108", '<form action="https://example.com/"></form>'),
    "button that leaves": ("B101", '<button formaction="https://example.com/">x</button>'),
    "duplicate id": ("B107", '<p id="x">1</p><p id="x">2</p>'),
    "missing page": ("B105", '<a href="a/c/">x</a>'),
    "folder without a slash": ("B105", '<a href="a/b">x</a>'),
    "page above the site": ("B105", '<a href="../../x/">x</a>'),
    "page beside the site": ("B105", '<a href="/other/">x</a>'),
    "own page by its full address": ("B105", f'<a href="{URL}nope/">x</a>'),
    "missing anchor": ("B106", '<a href="#nope">x</a>'),
    "missing anchor elsewhere": ("B106", '<a href="a/b/#nope">x</a>'),
    "missing anchor in a drawing": ("B106", '<svg><a href="a/b/#nope"><text>x</text></a></svg>'),
    "missing file of data": ("B105", '<div data-src="assets/nope.json"></div>'),
    "unclosed element": ("B101", "<div><p>x</p>"),
    "stray end": ("B101", "</div>"),
    "end of the article": ("B101", "</article><p>x</p>"),
    "crossed elements": ("B101", "<b><i>x</b></i>"),
    "void that is none": ("B101", "<div/>"),
    "lone <": ("B101", "<p>a < b</p>"),
    "unfinished tag": ("B101", '<p title="x'),
    "comment with a hole": ("B101", "<!--><img src=x onerror=alert(1)>-->"),
    "declaration": ("B101", "<![CDATA[x]]>"),
    "instruction": ("B101", "<?php x ?>"),
    "attribute twice": ("B101", '<p class="a" class="b">x</p>'),
    "meta in the article": ("B101", '<meta name="x" content="y">'),
    "title in the article": ("B101", "<title><b></title>"),
}


@pytest.mark.parametrize(("code", "planted"), FAULTS.values(), ids=FAULTS)
def test_planted_fault_is_found(site: Path, theme: Path, code: str, planted: str) -> None:
    make(site, {"planted.html": page(planted)})
    faults = gate(site, theme=theme, site_url=URL)
    assert code in [fault.code for fault in faults]
    assert {(fault.location.path, fault.location.line >= 7) for fault in faults} == {("site/planted.html", True)}


HEADS = {
    "refresh to elsewhere": ("B108", '<meta http-equiv="refresh" content="0; url=https://example.com/">'),
    "refresh after a while": ("B101", '<meta http-equiv="refresh" content="9; url=index.html">'),
    "another policy": ("B101", '<meta http-equiv="Content-Security-Policy" content="default-src *">'),
    "style from elsewhere": ("B108", '<link rel="stylesheet" href="https://fonts.example.com/x.css">'),
    "connection": ("B108", '<link rel="preconnect" href="https://fonts.example.com">'),
    "missing style": ("B105", '<link rel="stylesheet" href="nope.css">'),
    "script": ("B104", "<script>alert(1)</script>"),
}


@pytest.mark.parametrize(("code", "planted"), HEADS.values(), ids=HEADS)
def test_fault_planted_in_the_head_is_found(site: Path, theme: Path, code: str, planted: str) -> None:
    make(site, {"planted.html": page(head=planted)})
    assert [fault.code for fault in gate(site, theme=theme, site_url=URL)] == [code]


OTHERS = {
    "relative link on the 404 page": ("B105", "404.html", page('<a href="a/b/">x</a>')),
    "page without a head": ("B101", "x.html", "<html><body></body></html>"),
    "style that loads from elsewhere": ("B108", "y.css", "@import 'https://example.com/x.css';"),
    "font from elsewhere": ("B108", "y.css", "@font-face{src:url(https://example.com/x.woff2)}"),
    "missing font": ("B105", "y.css", "@font-face{src:url(nope.woff2)}"),
    "script in a drawing": ("B101", "y.svg", "<svg><script>alert(1)</script></svg>"),
    "handler in a drawing": ("B103", "y.svg", '<svg onload="alert(1)"></svg>'),
}


@pytest.mark.parametrize(("code", "path", "text"), OTHERS.values(), ids=OTHERS)
def test_fault_planted_in_another_file_is_found(site: Path, theme: Path, code: str, path: str, text: str) -> None:
    make(site, {path: text})
    faults = gate(site, theme=theme, site_url=URL)
    assert [(fault.code, fault.location.path) for fault in faults if fault.code != "B104"] == [(code, f"site/{path}")]


def test_fault_names_place_and_text(site: Path, theme: Path) -> None:
    make(site, {"planted.html": page('<p>one</p>\n<p class="a" onclick="alert(1)">two</p>')})
    (fault,) = gate(site, theme=theme, site_url=URL)
    assert str(fault) == (
        "site/planted.html:8:1: error B103 the attribute onclick holds a script: "
        '<p class="a" onclick="alert(1)">'
    )


def test_site_with_a_fault_gets_no_policy(site: Path, theme: Path) -> None:
    make(site, {"planted.html": page("<script>alert(1)</script>")})
    assert [fault.code for fault in finish(site, theme=theme, site_url=URL)] == ["B101", "B104"]
    assert {path: data.decode() for path, data in tree(site).items() if path in GOOD} == GOOD


def test_page_that_is_not_utf8_is_a_fault(site: Path, theme: Path) -> None:
    (site / "x.html").write_bytes(page("\xe9").encode("latin-1"))
    assert [str(fault) for fault in gate(site, theme=theme, site_url=URL)] == [
        "site/x.html:1:1: error B101 this file is not UTF-8"
    ]


def test_hashes_come_from_the_templates_alone(theme: Path) -> None:
    (theme / "partials").mkdir()
    scripts = '<script src="{{ x }}"></script><script>{{ y }}</script><script>z()</script>'
    (theme / "partials/x.html").write_text(scripts)
    assert script_hashes(theme) == {
        "sha256-cvlem2Rlcb+inScVb7910PMAU98gRDEfAIUVUKXOWd4=",
        "sha256-picIj6jRmz2VG5ivdw36qoul8fZos89br0fDMWT9J0w=",
        "sha256-+IAo/yLFsgWyM2kLoIdrJDRQdjAavwoWj6BtTLULmrM=",
    }


def test_policy_without_inline_scripts_names_none() -> None:
    assert "script-src 'self'; style-src" in content_policy(())


PIECES = """
<p> </p> <b> </b> <svg> </svg> <math> </math> <mtext> </mtext> <title> </title> <script> </script> <!-- --> <!--> --!>
<![CDATA[ ]]> <style> </style> <path/> <br> <br/> <a|href="javascript:alert(1)"> <a|href=x> </a> onerror=alert(1) " ' >
<img|src=x|onerror=alert(1)> < = / &lt; &#60; <table> </table> <td> </td> <select> </select> <option> </option> <form>
</form> <noscript> </noscript> <textarea> </textarea> <desc> </desc> <li> </li> <?x ?> </a|> </A> <P> text
<a|title="><img|src=x|onerror=alert(1)>"> <a|title='">
"""
NAMES = "p b div a table tbody tr td svg g title desc text math mi mtext annotation select form h1 li"
SOUP = st.lists(st.sampled_from([piece.replace("|", " ") for piece in PIECES.split()]), max_size=12).map(" ".join)
NESTED = st.recursive(
    st.sampled_from(["text", "&lt;b&gt;", "<br>", "<!-- x -->", "<script>x()</script>", "<img src=x onerror=x()>", ""]),
    lambda inner: st.builds(
        lambda name, attributes, children: f"<{name}{attributes}>{''.join(children)}</{name}>",
        st.sampled_from(NAMES.split()),
        st.sampled_from(["", ' class="x"', ' title="<img src=x onerror=x()>"', ' href="x"', ' encoding="text/html"']),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@given(SOUP | NESTED)
def test_what_passes_the_gate_is_harmless_to_another_parser(text: str) -> None:
    read = module._Page("x.html", page(text))
    module._read_page(read, {}, module._Allowed(frozenset([module._sha256(SCRIPT)])))
    faults = [*read.faults, *module._check_links([read], module._Site(Path("/nonexistent"), [read], URL))]
    if all(fault.code == "B105" for fault in faults):
        assert list(_harmful(read.text)) == []


def _harmful(text: str) -> Iterator[str]:
    """What a browser's parser finds in the page that may run."""
    for element in html5lib.parse(text, namespaceHTMLElements=False).iter():
        name = str(element.tag).rpartition("}")[2]
        if name == "script" and element.text != SCRIPT:
            yield name
        if name in ("style", "iframe", "object", "embed", "base", "textarea", "noscript"):
            yield name
        for attribute, value in element.attrib.items():
            if str(attribute).startswith("on") or re.match(r"\s*javascript:", value, re.IGNORECASE):
                yield f"{name} {attribute}"


def test_hostile_texts_pass_only_when_escaped(tmp_path: Path, theme: Path) -> None:
    payloads = [planted for _, planted in FAULTS.values()]
    site = make(tmp_path / "s", {f"{n}.html": page(f"<p>{html.escape(text)}</p>") for n, text in enumerate(payloads)})
    assert gate(site, theme=theme) == ()


INDEXED = {
    "index.html": page("<h1>Home</h1><p>Welcome quokka.</p>").replace(" data-pagefind-body", ""),
    "a/index.html": page('<h1>Alpha</h1><p>Words about wombats.</p><div data-pagefind-ignore>zyzzyva</div>'),
    "b/index.html": page("<h1>Beta</h1><p>Words about bandicoots.</p>", body="<nav>navigation</nav>"),
}


def test_index_holds_the_marked_articles_only(tmp_path: Path, theme: Path) -> None:
    site = make(tmp_path / "site", INDEXED)
    assert finish(site, theme=theme) == ()
    entry = json.loads((site / "pagefind/pagefind-entry.json").read_text())
    assert entry["languages"]["en"]["page_count"] == 2


def test_title_in_the_index_has_no_permalink_sign(tmp_path: Path, theme: Path) -> None:
    heading = '<h1>T</h1><h2 id="part">Part<a class="headerlink" href="#part">¶</a></h2><p>Words.</p>'
    site = make(tmp_path / "site", {"index.html": page(heading)})
    assert finish(site, theme=theme) == ()
    (fragment,) = (site / "pagefind/fragment").iterdir()
    said = gzip.decompress(fragment.read_bytes()).decode()
    assert "Part. Words." in said
    assert "¶" not in said


def test_index_has_no_file_that_no_page_loads(tmp_path: Path, theme: Path) -> None:
    site = make(tmp_path / "site", INDEXED)
    finish(site, theme=theme)
    names = [re.sub(r"[0-9a-f]{6,}", "…", p.name) for p in sorted((site / "pagefind").iterdir())]
    assert names == [
        "fragment",
        "index",
        "pagefind-entry.json",
        "pagefind-worker.js",
        "pagefind.en_….pf_meta",
        "pagefind.js",
        "wasm.en.pagefind",
    ]


def test_index_has_the_same_bytes_whatever_the_order_of_files_and_threads(
    tmp_path: Path, theme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {f"{n}/index.html": page(f"<h1>Page {n}</h1><p>{'word ' * n} w{n * 7919 % 101}</p>") for n in range(60)}
    trees = []
    for seed in (1, 2):
        paths = random.Random(seed).sample(sorted(pages), len(pages))
        site = make(tmp_path / f"site-{seed}", {path: pages[path] for path in paths})
        monkeypatch.setenv("RAYON_NUM_THREADS", str(seed))
        assert finish(site, theme=theme) == ()
        trees.append(tree(site))
    assert trees[0] == trees[1]


def test_missing_pagefind_is_a_fault_that_says_how_to_mend_it(
    site: Path, theme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_pagefind", lambda: None)
    (fault,) = finish(site, theme=theme, site_url=URL)
    assert (fault.code, fault.hint) == ("B110", 'pip install "pagefind[bin]"')


@pytest.mark.parametrize(("name", "kept"), [("pagefind.js", 0), ("pagefind-entry.json", 0), ("wasm.en.pagefind", 99)])
def test_index_that_a_full_disk_cut_off_is_a_fault(
    site: Path, theme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kept: int
) -> None:
    program = tmp_path / "pagefind"
    program.write_text(f'#!/bin/sh\n{module._pagefind()} "$@" && truncate -s {kept} "$2/pagefind/{name}"\n')
    program.chmod(0o755)
    monkeypatch.setattr(module, "_pagefind", lambda: str(program))
    (fault,) = finish(site, theme=theme, site_url=URL)
    assert (fault.code, fault.message) == ("B110", f"pagefind left {name} unfinished")


def test_failing_pagefind_is_a_fault(site: Path, theme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_pagefind", lambda: "/bin/false")
    (fault,) = finish(site, theme=theme, site_url=URL)
    assert (fault.code, fault.message) == ("B110", "pagefind: exit status 1")
