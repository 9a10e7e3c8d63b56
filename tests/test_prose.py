"""Prose: the grammar, each rule with its place, and that nothing hostile gets through a real Markdown processor."""

from __future__ import annotations

import gc
import html
import re
import time
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

import markdown
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genai_atlas import prose
from genai_atlas.diagnostics import Rule
from genai_atlas.prose import (
    ALLOWED,
    RULES,
    Citation,
    CitationItem,
    Code,
    Detached,
    DisplayFormula,
    Emphasis,
    InlineFormula,
    Link,
    List,
    Paragraph,
    Profile,
    Strong,
    Text,
    TopicLink,
    escape,
    escape_attribute,
    formula_faults,
    parse,
    to_html,
    to_inline_html,
    url_problem,
)

PLAIN, INLINE, MARKDOWN = Profile


class Numbered(Detached):
    """Shows what a page would: numbers in order of appearance."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def cite(self, items: tuple[CitationItem, ...]) -> str:
        self.order += [item.key for item in items if item.key not in self.order]
        return "[" + ", ".join(str(self.order.index(item.key) + 1) for item in items) + "]"


def inline(text: str) -> str:
    return to_inline_html(parse(text, INLINE), Numbered())


def blocks(text: str) -> str:
    return to_html(parse(text, MARKDOWN), Numbered())


def faults(text: str, profile: Profile = MARKDOWN) -> list[str]:
    return [f"{fault.rule.code} {fault.offset}" for fault in parse(text, profile).faults]


# ---------------------------------------------------------------- the grammar


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("words", (Text("words", 0),)),
        ("a *b* c", (Text("a ", 0), Emphasis((Text("b", 3),), 2), Text(" c", 5))),
        ("**b**", (Strong((Text("b", 2),), 0),)),
        ("*a **b** c*", (Emphasis((Text("a ", 1), Strong((Text("b", 5),), 3), Text(" c", 8)), 0),)),
        ("a `b_*c*` d", (Text("a ", 0), Code("b_*c*", 2), Text(" d", 9))),
        ("is $d_h$.", (Text("is ", 0), InlineFormula("d_h", 3, 4), Text(".", 8))),
        ("$\\$5$", (InlineFormula("\\$5", 0, 1),)),
        ("[@a2020b]", (Citation((CitationItem("a2020b", "", 1),), 0),)),
        ("[@a2020b, Table 2, §3]", (Citation((CitationItem("a2020b", "Table 2, §3", 1),), 0),)),
        (
            "[@a2020b; @c1999d,\n  §3]",
            (Citation((CitationItem("a2020b", "", 1), CitationItem("c1999d", "§3", 10)), 0),),
        ),
        ("[[sparse-attention]]", (TopicLink("sparse-attention", "", 0),)),
        ("[[scaling/training]]", (TopicLink("scaling/training", "", 0),)),
        ("[[a-b|the  other]]", (TopicLink("a-b", "the  other", 0),)),
        ("[code](https://a.org/x_(y)?q=1#z)", (Link("https://a.org/x_(y)?q=1#z", "code", 0),)),
        ("\\*a\\* \\$5 \\[x] \\\\", (Text("*a* $5 [x] \\", 1),)),
        ("a\n  b", (Text("a\nb", 0),)),
    ],
)
def test_inline_token(text: str, tokens: tuple[prose.Inline, ...]) -> None:
    parsed = parse(text, INLINE)
    assert parsed.blocks == (Paragraph(tokens, 0),)
    assert parsed.faults == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A* search, 5 * 3, 5*3, k*-means", "A&#42; search, 5 &#42; 3, 5&#42;3, k&#42;-means"),
        ("p < 0.05, <5 and > 3", "p &#60; 0.05, &#60;5 and &#62; 3"),
        ("snake_case and __init__", "snake&#95;case and &#95;&#95;init&#95;&#95;"),
        ("[0, 1] and [a][b]", "&#91;0, 1&#93; and &#91;a&#93;&#91;b&#93;"),
        ("AT&T; at 3:30 a@b.org", "AT&#38;T; at 3&#58;30 a&#64;b.org"),
        ("C:\\new", "C&#58;&#92;new"),
        ("{a, b} is ~5 = x^2", "&#123;a, b&#125; is &#126;5 &#61; x&#94;2"),
        ("*k*th and (*a*), *a*–*b*", "<em>k</em>th and (<em>a</em>), <em>a</em>–<em>b</em>"),
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        ("of \\# heads", "of &#35; heads"),
    ],
)
def test_sign_that_means_nothing_is_text_without_a_fault(text: str, shown: str) -> None:
    assert inline(text) == shown
    assert faults(text, INLINE) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>\n"),
        ("a\n \t\n\n b", "<p>a</p>\n<p>b</p>\n"),
        ("- a\n- b *c*\n  d\n- e", "<ul>\n<li>a</li>\n<li>b <em>c</em>\nd</li>\n<li>e</li>\n</ul>\n"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'),
        ("- a\n\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("- a\n\n1. b", "<ul>\n<li>a</li>\n</ul>\n<ol>\n<li>b</li>\n</ol>\n"),
        ("- a\n\nb\n\n- c", "<ul>\n<li>a</li>\n</ul>\n<p>b</p>\n<ul>\n<li>c</li>\n</ul>\n"),
        (
            "a\n$$\nx\n$$\nb",
            '<p>a</p>\n<div class="atlas-formula" tabindex="0" role="group" aria-label="Formula">'
            '<math display="block"><mi>x</mi></math></div>\n<p>b</p>\n',
        ),
        ("a [@a2020b] and *b*\n[@c2020d; @a2020b].", "<p>a\u00a0[1] and <em>b</em>\u00a0[2, 1].</p>\n"),
        ("[@a2020b] a", "<p>[1] a</p>\n"),
        ("a,\n2. b", "<p>a,\n2&#46; b</p>\n"),
        ("[[a-b]] [[a/b-c]] [[a|d e]]", "<p>a b b c d e</p>\n"),
        ("[x](https://a.org/b_c)", '<p><a href="https://a.org/b&#95;c">x</a></p>\n'),
        ("$\\frac{a$", "<p><code>&#92;frac&#123;a</code></p>\n"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_blocks_render_as(text: str, shown: str) -> None:
    assert blocks(text) == shown
    assert faults(text) == []


def test_tokens_of_blocks_know_their_place() -> None:
    text = "Of $n$.\n\n$$\n  x\n$$\n\n- a\n- b\n"
    assert parse(text, MARKDOWN).blocks == (
        Paragraph((Text("Of ", 0), InlineFormula("n", 3, 4), Text(".", 6)), 0),
        DisplayFormula("x", 9, 14),
        List(((Text("a", 22),), (Text("b", 26),)), 22, None),
    )


def test_formula_carries_its_source_for_whoever_copies_it() -> None:
    shown = to_inline_html(parse("a $x^{\\top}$ and $x$", INLINE), Detached())
    (source,) = re.findall(r'data-tex="([^"]*)"', shown)
    assert html.unescape(source) == "x^{\\top}"
    assert not set("\\{}_*`<>") & set(source)


def test_markdown_without_its_tags_follows_on() -> None:
    text = "a *b*\n\n- c\n- d\n\n$$x$$"
    assert to_inline_html(parse(text, MARKDOWN), Detached()) == "a <em>b</em>\nc\nd\n<math><mi>x</mi></math>"


def test_detached_context_shows_keys_and_names() -> None:
    text = "See [@a2020b, Table 2; @c2020d] and [[a/b-c]]."
    assert to_inline_html(parse(text, INLINE), Detached()) == ("See\u00a0&#91;a2020b, Table 2; c2020d&#93; and b c.")


OVERVIEW = """\
Autoregressive decoding emits one token at a time. In *multi-head attention* [@vaswani2017attention] these tensors hold
one slice per head: $H/G$ query heads each, with $G=1$ giving MQA [@ainslie2023gqa, §2.2; @touvron2023llama, §A.2.1].

**Cache.** A decoder stores $2 G d_h$ elements; [[sparse-attention]] and [[local-global-attention|local attention]]
lower how many tokens are read, a saving of its own.

$$
O_i = \\operatorname{softmax}\\!\\Big(\\tfrac{Q_i K^{\\top}}{\\sqrt{d_h}} + M\\Big)\\,V \\;:\\; (n, d_h)
$$

- The code is [public](https://example.org/code); see `attention.py`.
- Prices are \\$5 or more.
"""


def test_exemplary_text_has_no_faults_and_gives_all_it_holds() -> None:
    parsed = parse(OVERVIEW, MARKDOWN)
    assert (parsed.faults, formula_faults(parsed)) == ((), ())
    assert [[(i.key, i.locator) for i in c.items] for c in parsed.citations()] == [
        [("vaswani2017attention", "")],
        [("ainslie2023gqa", "§2.2"), ("touvron2023llama", "§A.2.1")],
    ]
    assert [(t.slug, t.text) for t in parsed.topic_links()] == [
        ("sparse-attention", ""),
        ("local-global-attention", "local attention"),
    ]
    assert [f.tex for f in parsed.formulas()][:3] == ["H/G", "G=1", "2 G d_h"]
    assert [link.url for link in parsed.links()] == ["https://example.org/code"]
    for mark in parsed.marks:
        assert OVERVIEW[mark.offset] in "[$`"
    for found in parsed.formulas():
        assert OVERVIEW.startswith(found.tex, found.tex_offset)
    for cited in parsed.citations():
        assert all(OVERVIEW.startswith(f"@{item.key}", item.offset) for item in cited.items)


def test_words_are_whitespace_tokens_without_citations_formulas_and_addresses() -> None:
    assert parse("One `two three` [[four]] [[x|five six]] [seven](https://a.org) **eight**", MARKDOWN).words == 8
    assert parse("One [@a2020b, Table 2] two $x + y$ three", INLINE).words == 3
    assert parse("One\n\n$$\na b c\n$$\n\n- two\n- three", MARKDOWN).words == 3
    assert parse("One https://a.org/x two", MARKDOWN).words == 2
    naive = re.sub(r"\[@[^\]]+\]|\$+[^$]+\$+|\]\(https[^)]*\)|^- ", "", OVERVIEW.replace("\\$5", "5"), flags=re.M)
    assert parse(OVERVIEW, MARKDOWN).words == len(naive.split())


def test_plain_text_is_one_line_without_markup() -> None:
    assert parse(OVERVIEW, MARKDOWN).plain_text() == (
        "Autoregressive decoding emits one token at a time. In multi-head attention these tensors hold one slice per"
        " head: H/G query heads each, with G=1 giving MQA. Cache. A decoder stores 2 G d_h elements; sparse attention"
        " and local attention lower how many tokens are read, a saving of its own. The code is public; see"
        " attention.py. Prices are"
        " $5 or more."
    )


def test_plain_profile_shows_every_sign() -> None:
    parsed = parse("5 < 6 & *a* [[b]]\nc", PLAIN)
    assert parsed.blocks == (Paragraph((Text("5 < 6 & *a* [[b]]\nc", 0),), 0),)
    assert to_inline_html(parsed, Detached()) == "5 &#60; 6 &#38; &#42;a&#42; &#91;&#91;b&#93;&#93;\nc"


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $5 b", ["P501 2"]),
        ("$5 and $6", ["P501 0", "P501 7"]),
        ("a $ x $", ["P501 2", "P501 6"]),
        ("$$x", ["P501 0"]),
        ("$$\na\n\nb\n$$", ["P501 0", "P501 8"]),
        ("[@a2020b", ["P503 0"]),
        ("see [@Smith2020]", ["P503 5"]),
        ("[@a2020b,]", ["P503 1"]),
        ("[@a2020b; §3]", ["P503 10"]),
        ("[@a2020b; @c]", ["P503 10"]),
        ("[@a2020b;]", ["P503 9"]),
        ("[-@a2020b]", ["P503 1"]),
        ("as @a2020b says", ["P503 3"]),
        ("a [[Sparse Attention]]", ["P504 2"]),
        ("[[a/b/c]]", ["P504 0"]),
        ("[[a", ["P504 0"]),
        ("[[@a2020b]]", ["P504 0"]),
        ("[[a| ]]", ["P505 0"]),
        ("[ ](https://a.org)", ["P505 0"]),
        ("[a](javascript:alert)", ["P506 4"]),
        ("[a](../b.md)", ["P506 4"]),
        ("at https://a.org", ["P507 3"]),
        ("www.a.org", ["P507 0"]),
        ("a <b>c</b>", ["P508 2"]),
        ("a </p", ["P508 2"]),
        ("a <!-- b -->", ["P508 2"]),
        ("a&nbsp;b", ["P508 1"]),
        ("# a", ["P509 0"]),
        ("a\n## b", ["P509 2"]),
        ("![a](https://a.org/b.png)", ["P510 0"]),
        ("![a][b]", ["P510 0"]),
        ("[*a*](https://a.org)", ["P511 1"]),
        ("[[a|*b*]]", ["P511 4"]),
        ("*a", ["P513 0"]),
        ("a **b c", ["P513 2"]),
        ("*a **b* c", ["P513 3"]),
        ("*a *b*", ["P513 0"]),
        ("a\n\n*b\n\nc*", ["P513 3"]),
        ("a `b", ["P513 2"]),
        ("``a``", ["P513 0", "P513 3"]),
        ("***a***", ["P514 0", "P514 4"]),
        ("- a\n  - b", ["P514 6"]),
        ("- a\n\n  - b", ["P514 7"]),
        ("- a\n\n  b", ["P514 5"]),
        ("- - a", ["P514 2"]),
        ("a\n- b", ["P514 2"]),
        ("* a", ["P514 0"]),
        ("1) a", ["P514 0"]),
        ("| a | b |", ["P514 0"]),
        ("a | b\n--- | ---", ["P514 6"]),
        ("> a", ["P514 0"]),
        ("```\na\n```", ["P514 0", "P514 6"]),
        ("a\n---", ["P514 2"]),
        ("    a", ["P514 0"]),
        ("a{: .b}", ["P514 1"]),
        ("a[^1]", ["P514 1"]),
        ("!!! note", ["P514 0"]),
        ("a $$x$$ b", ["P515 2"]),
        ("$$x$$.", ["P515 0"]),
        ("- $$x$$", ["P515 2"]),
    ],
)
def test_fault_in_markdown_has_code_and_offset(text: str, expected: list[str]) -> None:
    assert faults(text) == expected
    assert all(fault.message and fault.hint for fault in parse(text, MARKDOWN).faults)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("- a\n\n  - b", "a nested list", "lists have one level: make it flat, or write a sentence"),
        ("- a\n  - b", "a nested list", "lists have one level: make it flat, or write a sentence"),
        ("a\n- b", "a list that is none here", "put a blank line before it; \\- is the sign itself"),
        ("* a", "a list marker of another kind", "lists are written '- item' or '1. item'"),
        ("- a\n\n  b", "a second paragraph in a list item", "begin the paragraph without spaces"),
        ("    a", "an indented block of code", "begin the paragraph without spaces"),
        ("**a", "strong text that is not closed", "close it with '**', or write \\*\\*"),
        (
            "[@Smith2020]",
            "'Smith2020' is no citation key",
            "a key is author, year and word in lower case: shazeer2019fast",
        ),
        (
            "[@a2020b; §3]",
            "'§3' in a citation is no key",
            "begin each work with '@', and part places of one by a comma",
        ),
        ("[@a2020b,]", "a citation with an empty locator", "write [@a2020b], or a place as in [@a2020b, Table 2]"),
        ("as @a2020b", "a citation without brackets", "write [@a2020b]"),
        ("[[@a2020b]]", "'@a2020b' is no slug", "a citation has single brackets: [@key]"),
        ("[[A B]]", "'A B' is no slug", "a slug is the file's name without .yaml: lower-case words joined by hyphens"),
        (
            "[a](b)",
            "the address 'b' does not begin with https:// or http://",
            "write the whole https:// address; link a topic as [[slug]]; \\[ is the sign itself",
        ),
    ],
)
def test_message_names_the_fault_and_the_way_out(text: str, message: str, hint: str) -> None:
    assert [(fault.message, fault.hint) for fault in parse(text, MARKDOWN).faults] == [(message, hint)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\nb", ["P512 1"]),
        ("- a", ["P512 0"]),
        ("1. a", ["P512 0"]),
        ("a $$x$$", ["P512 2"]),
        ("a\n- b", ["P512 2"]),
        ("+ 5 points", []),
    ],
)
def test_fault_in_inline_text(text: str, expected: list[str]) -> None:
    assert faults(text, INLINE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a *b*", ["P511 2"]),
        ("**a**", ["P511 0"]),
        ("a `b`", ["P511 2"]),
        ("a $x$", ["P511 2"]),
        ("[@a2020b]", ["P511 0"]),
        ("@a2020b", ["P511 0"]),
        ("[[a]]", ["P511 0"]),
        ("[a](https://a.org)", ["P511 0"]),
        ("[a](b)", ["P511 4"]),
        ("a \\* b", ["P511 2"]),
        ("a\n\nb", ["P512 1"]),
        ("https://a.org", ["P507 0"]),
        ("<b>", ["P508 0"]),
        ("![a](b)", ["P510 0"]),
        ("a{: .b}", ["P514 1"]),
        ("US$5 to $6, A* search, **, `, 5 < 6, # of heads, - 5, 1. a, > 3, [0, 1], C:\\new", []),
    ],
)
def test_fault_in_plain_text(text: str, expected: list[str]) -> None:
    assert faults(text, PLAIN) == expected


def test_formula_fault_points_into_the_formula() -> None:
    parsed = parse("a $b$ $\\frac{c$\n\n$$\n  x^2^3\n$$", MARKDOWN)
    assert parsed.faults == ()
    assert [(f.rule.code, f.offset, f.message) for f in formula_faults(parsed)] == [
        (
            "P502",
            14,
            'the formula does not convert: Expected closing token "}", but reached end of input (at its character 8)',
        ),
        ("P502", 25, "the formula does not convert: Duplicate subscript or superscript (at its character 4)"),
    ]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://example.org", ""),
        ("http://a.example.org/x?q=a%20b#c", ""),
        ("https://xn--bcher-kva.example/~a/@b", ""),
        ("ftp://example.org", "does not begin with https:// or http://"),
        ("//example.org", "does not begin with https:// or http://"),
        ("https://user:pw@example.org", "holds a user name"),
        ("https://example.org:8080/", "names a port"),
        ("https://example.org/a b", "holds a space, quote, bracket or backslash"),
        ('https://example.org/"onclick', "holds a space, quote, bracket or backslash"),
        ("https://exаmple.org", "has a host that is not ASCII"),
        ("https://example.org/é", "holds characters that are not ASCII"),
        ("https://localhost/", "is not of the form https://host.name/path"),
        ("https://127.0.0.1/", "is not of the form https://host.name/path"),
        ("https://example.org/%zz", "is not of the form https://host.name/path"),
        ("https://example.org/" + "a" * 2000, "is longer than 2,000 characters"),
    ],
)
def test_url_problem(url: str, problem: str) -> None:
    assert url_problem(url) == problem


def test_codes_are_unique_and_every_rule_is_explained() -> None:
    assert [rule.code for rule in RULES] == [f"P{number}" for number in range(501, 516)]
    for rule in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert rule.explanation.endswith(".")
        assert rule.wrong != rule.right


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.code))
def test_wrong_example_of_a_rule_breaks_it_and_the_right_one_breaks_none(rule: Rule) -> None:
    def found(example: str) -> set[str]:
        key, _, text = example.partition(": ")
        if text.startswith("|\n"):
            text = re.sub(r"^  ", "", text[2:], flags=re.M)
        profile = {"summary": PLAIN, "claim": INLINE, "note": INLINE}.get(key, MARKDOWN)
        parsed = parse(text, profile)
        return {fault.rule.code for fault in (*parsed.faults, *formula_faults(parsed))}

    assert found(rule.wrong) == {rule.code}
    assert found(rule.right) == set()


def test_a_field_of_faults_has_a_limited_number() -> None:
    assert len(parse("[[ " * 1000, MARKDOWN).faults) == prose.MAX_FAULTS


# ---------------------------------------------------------------- hostile text

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script-upper": "<SCRIPT SRC=//a.org/x.js></SCRIPT>",
    "script-split": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "script-newline": "<script\n>alert(1)</script\n>",
    "script-unclosed": "<script>alert(1)",
    "script-closing": "</p></div></article><script>alert(1)</script>",
    "img-onerror": "<img src=x onerror=alert(1)>",
    "img-unclosed": "<img src=x onerror=alert(1)//",
    "img-backtick": "<img src=`x` onerror=`alert(1)`>",
    "svg-onload": "<svg/onload=alert(1)>",
    "svg-script": "<svg><script>alert(1)</script></svg>",
    "svg-animate": "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "math-href": '<math href="javascript:alert(1)">x</math>',
    "math-annotation": '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    "body-onload": "<body onload=alert(1)>",
    "iframe": "<iframe src=javascript:alert(1)></iframe>",
    "iframe-srcdoc": "<iframe srcdoc='<script>alert(1)</script>'>",
    "object": "<object data=javascript:alert(1)>",
    "embed": "<embed src=javascript:alert(1)>",
    "details-ontoggle": "<details open ontoggle=alert(1)>",
    "details-markdown": '<details markdown="1">\n\n<script>alert(1)</script>\n\n</details>',
    "div-markdown": '<div markdown="1" onclick="alert(1)">*a*</div>',
    "div-markdown-span": '<p markdown="span">[a](javascript:alert(1))</p>',
    "input-autofocus": "<input autofocus onfocus=alert(1)>",
    "video": "<video><source onerror=alert(1)>",
    "marquee": "<marquee onstart=alert(1)>",
    "base": '<base href="https://evil.example/">',
    "meta-refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "meta-csp": '<meta http-equiv="Content-Security-Policy" content="default-src *">',
    "form": '<form action="https://evil.example/"><input name=a><button>Go</button></form>',
    "formaction": '<button formaction="javascript:alert(1)">x</button>',
    "style": "<style>body{display:none}</style>",
    "style-attribute": '<p style="position:fixed;inset:0">x</p>',
    "link": '<link rel=stylesheet href="https://evil.example/x.css">',
    "template": "<template><script>alert(1)</script></template>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "textarea": "<textarea></textarea><script>alert(1)</script>",
    "title": "</title><script>alert(1)</script>",
    "comment": "<!-- a --><script>alert(1)</script>",
    "comment-dash": "<!--><script>alert(1)</script>-->",
    "comment-bang": "<!--a--!><img src=x onerror=alert(1)>",
    "comment-open": "<!-- a",
    "conditional": "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "cdata": "<![CDATA[<script>alert(1)</script>]]>",
    "doctype": "<!DOCTYPE html><script>alert(1)</script>",
    "php": "<?php system('id'); ?>",
    "pi": "<?pi <script>alert(1)</script> ?>",
    "percent": "<%= system('id') %>",
    "entity-tag": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "entity-decimal": "&#60;script&#62;alert(1)&#60;/script&#62;",
    "entity-hex": "&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;",
    "entity-unclosed": "&#60script&#62alert(1)",
    "entity-in-entity": "&amp;lt;script&amp;gt;alert(1)",
    "quote-break": '"><script>alert(1)</script>',
    "quote-single": "' onmouseover='alert(1)",
    "full-width": "＜script＞alert(1)＜/script＞",
    "nul": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "stash-mark": "\x02wzxhzdk:0\x03 \x02amp\x03 \x02klzzwxh:0000\x03",
    "attr-list": "a\n{: onclick=alert(1) }",
    "attr-list-inline": "*a*{: onmouseover=alert(1) }",
    "attr-list-heading": "# a {: onclick=alert(1) }",
    "attr-list-heading-short": "# a {onclick=alert(1)}",
    "attr-list-link": '[a](https://a.org){: href="javascript:alert(1)" }',
    "attr-list-id": "a {: #content .md-header style=display:none }",
    "link-javascript": "[a](javascript:alert(1))",
    "link-javascript-case": "[a](JaVaScRiPt:alert(1))",
    "link-javascript-entity": "[a](javascript&#58;alert(1))",
    "link-javascript-entity-hex": "[a](&#x6A;avascript:alert(1))",
    "link-javascript-named": "[a](javascript&colon;alert(1))",
    "link-javascript-tab": "[a](java\tscript:alert(1))",
    "link-javascript-newline": "[a](java\nscript:alert(1))",
    "link-javascript-control": "[a](\x01javascript:alert(1))",
    "link-javascript-space": "[a]( javascript:alert(1))",
    "link-javascript-angle": "[a](<javascript:alert(1)>)",
    "link-javascript-escape": "[a](javascript\\:alert(1))",
    "link-javascript-encoded": "[a](%6aavascript:alert(1))",
    "link-javascript-double": "[a](javascript://a.org/%0aalert(1))",
    "link-vbscript": "[a](vbscript:msgbox(1))",
    "link-data": "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "link-file": "[a](file:///etc/passwd)",
    "link-relative": "[a](//evil.example/x)",
    "link-backslash": "[a](https:\\\\evil.example)",
    "link-user": "[a](https://good.example@evil.example/)",
    "link-title": '[a](https://a.org "onclick=alert(1)")',
    "link-quote": '[a](https://a.org/"onmouseover="alert(1))',
    "link-homoglyph": "[a](https://раypal.com/)",
    "link-in-text": "[<script>alert(1)</script>](https://a.org)",
    "link-image": "[![a](javascript:alert(1))](javascript:alert(2))",
    "image": "![a](javascript:alert(1))",
    "image-title": '![a](https://a.org/x.png "x" onerror=alert(1))',
    "image-alt": '![a"onerror="alert(1)](https://a.org/x.png)',
    "reference-link": "[a][1]\n\n[1]: javascript:alert(1)",
    "reference-image": "![a][1]\n\n[1]: https://evil.example/x.png",
    "autolink": "<javascript:alert(1)>",
    "autolink-https": "<https://evil.example>",
    "automail": "<a@b.org>",
    "bare": "https://evil.example and www.evil.example",
    "snippet": '--8<-- "mkdocs.yml"',
    "snippet-short": '-8<- "mkdocs.yml"',
    "snippet-block": "--8<--\nmkdocs.yml\n--8<--",
    "snippet-url": '--8<-- "https://evil.example/x.md"',
    "snippet-semicolon": ';--8<-- "mkdocs.yml"',
    "jinja": "{{ config.secret }}{% include 'mkdocs.yml' %}{# a #}",
    "jinja-call": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "footnote": "a[^1]\n\n[^1]: <script>alert(1)</script>",
    "abbreviation": 'HTML\n\n*[HTML]: "><script>alert(1)</script>',
    "definition": "Term\n:   <script>alert(1)</script>",
    "admonition": '!!! note "<script>alert(1)</script>"\n    text',
    "details-block": '??? note "<script>alert(1)</script>"\n    text',
    "tab": '=== "<script>alert(1)</script>"\n    text',
    "block-html": "/// html | script\nalert(1)\n///",
    "table": "| a | b |\n|---|---|\n| <script>alert(1)</script> | {: onclick=alert(1) } |",
    "toc": "[TOC]",
    "heading": "# <script>alert(1)</script>",
    "heading-setext": "<script>alert(1)</script>\n====",
    "quotation": "> <script>alert(1)</script>",
    "code-indented": "    </code></pre><script>alert(1)</script>",
    "code-fence": "```\n</code></pre><script>alert(1)</script>\n```",
    "code-fence-attributes": "```{.python onclick=alert(1)}\nx\n```",
    "code-span": "`</code><script>alert(1)</script>`",
    "emphasis": "*<script>*alert(1)*</script>*",
    "strong": "**<img src=x onerror=alert(1)>**",
    "task": "- [x] <script>alert(1)</script>",
    "list": "1. <script>alert(1)</script>\n2. [a](javascript:alert(1))",
    "emoji": ":smile: :material-account:",
    "key": "++ctrl+alt+delete++",
    "critic": "{++ <script>alert(1)</script> ++}",
    "mark": "==a== ^^b^^ ~~c~~ H~2~O",
    "html-in-emphasis": "*a <b onclick=alert(1)>b</b>*",
    "formula-href": "$\\href{javascript:alert(1)}{x}$",
    "formula-text": "$\\text{<script>alert(1)</script>}$",
    "formula-name": "$\\operatorname{<script>}$ $\\operatorname <$",
    "formula-style": '$\\color{red;background:url(https://evil.example)}x$ $\\class{x" onclick="alert(1)}{y}$',
    "formula-break": "$</math><script>alert(1)</script>$",
    "formula-display": "$$\n</div><script>alert(1)</script>\n$$",
    "formula-id": "$$\n\\begin{equation}\\label{x}a\\end{equation}\\eqref{javascript:alert(1)}\n$$",
    "arithmatex": "\\(<script>alert(1)</script>\\) \\[x\\] \\begin{a}b\\end{a}",
    "cite-locator": '[@a2020b, "><script>alert(1)</script>]',
    "cite-locator-attribute": "[@a2020b, ' onclick='alert(1)]",
    "cite-key": '[@a2020b"onclick="alert(1)]',
    "topic-text": "[[a|<script>alert(1)</script>]]",
    "topic-slug": '[[a"onclick="alert(1)]]',
    "topic-path": "[[../../etc/passwd]]",
    "escapes": "\\<script\\>alert(1)\\</script\\>",
    "backslashes": "\\\\<script>alert(1)\\\\</script>",
    "bidi": "a\u202e<script>alert(1)</script>",
    "separator": "a\u2028<script>alert(1)</script>\u2029b",
    "meta-data": "title: x\nonload: alert(1)\n\n<script>alert(1)</script>",
    "front-matter": "---\ntemplate: evil.html\n---\n<script>alert(1)</script>",
    "closing-div": "</div>\n\n</div>\n\n<script>alert(1)</script>",
    "nested-quotes": "\"'`<script>`'\"",
}
SAFE_SCHEMES = ("https://", "http://")
EXTENSIONS = [
    *("attr_list", "md_in_html", "admonition", "tables", "toc", "footnotes", "def_list", "abbr", "meta"),
    *("pymdownx.snippets", "pymdownx.superfences", "pymdownx.details", "pymdownx.tabbed", "pymdownx.magiclink"),
    *("pymdownx.emoji", "pymdownx.keys", "pymdownx.mark", "pymdownx.caret", "pymdownx.tilde", "pymdownx.critic"),
    *("pymdownx.tasklist", "pymdownx.arithmatex", "pymdownx.blocks.html", "pymdownx.betterem"),
]


class Gate(HTMLParser):
    """What a browser would see: anything outside the list, and the text between the tags."""

    def __init__(self, text: str, allowed: Mapping[str, frozenset[str]]) -> None:
        super().__init__()
        self.allowed = allowed
        self.outside: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        self.outside += [f"open <{tag}>" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag not in self.allowed:
            self.outside.append(f"<{tag}>")
        for name, value in attrs:
            if name not in self.allowed.get(tag, frozenset()):
                self.outside.append(f"<{tag} {name}>")
            if name == "href" and not (value or "").startswith(SAFE_SCHEMES):
                self.outside.append(f"href={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.outside.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.outside.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.outside.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.outside.append("processing instruction")

    def unknown_decl(self, data: str) -> None:
        self.outside.append("unknown declaration")


MARKDOWN_PROCESSOR = markdown.Markdown(extensions=EXTENSIONS, output_format="html")


def through_markdown(source: str) -> str:
    return MARKDOWN_PROCESSOR.reset().convert(source)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_hostile_prose_stays_within_the_list_through_markdown(payload: str, profile: Profile) -> None:
    body = to_html(parse(f"Before. {payload}", profile), Detached()) + to_html(parse(payload, profile), Detached())
    page = through_markdown(f"# Title\n\n<div>\n{body}</div>\n\nAfter.\n")
    within = page.partition("<div>")[2].rpartition("</div>")[0]
    gate = Gate(within, ALLOWED)
    assert gate.outside == []
    assert within.strip() == body.strip()


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_hostile_name_is_shown_as_it_stands_wherever_markdown_puts_it(payload: str) -> None:
    """Titles reach headings, list items and table cells, not only raw HTML blocks."""
    shown = escape(" ".join(payload.split()))
    source = f"# {shown}\n\n{shown}\n\n- {shown}\n\n| A | B |\n|---|---|\n| {shown} | x |\n"
    page = through_markdown(source)
    tags = dict.fromkeys(("p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"), frozenset[str]())
    gate = Gate(page, tags | {"h1": frozenset({"id"})})
    assert gate.outside == []
    expected = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\u2028\u2029\u202e]", "\ufffd", " ".join(payload.split()))
    assert gate.text.count(expected) == 4


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_hostile_attribute_value_stays_one_value(payload: str) -> None:
    class Attributes(HTMLParser):
        found: list[list[tuple[str, str | None]]]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append(attrs)

    reader = Attributes()
    reader.found = []
    reader.feed(through_markdown(f'<p title="{escape_attribute(payload)}">a</p>'))
    expected = re.sub("[\x00-\x08\u2028\u2029\u202e]", "\ufffd", re.sub(r"[\r\n][ \t\r\n]*|\t", " ", payload))
    assert reader.found == [[("title", expected)]]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a-b (c)", "a-b (c)"),
        ("- a", "&#45; a"),
        ("12. a", "12&#46; a"),
        ("a\n: b", "a\n&#58; b"),
        ("a\n\n\nb", "a\nb"),
        ("    a", "&#32;   a"),
        ("http://a:b", "http&#58;//a&#58;b"),
        ("", ""),
        ("<>{}[]|!\\`*_~^=+\"@#$&'", "".join(f"&#{ord(sign)};" for sign in "<>{}[]|!\\`*_~^=+\"@#$&'")),
        ("a\x00b\ud800c", "a\ufffdb\ufffdc"),
        ("\ta\tb", "&#32;a b"),
        ("see WWW.a.org", "see WWW&#46;a.org"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped


# ---------------------------------------------------------------- properties

FRAGMENTS = (
    *("[", "]", "(", ")", "*", "**", "***", "`", "``", "$", "$$", "<", ">", "&", "!", "{", "}", "@", "\\", "|", "-"),
    *("#", ":", "_", "~", ";", ",", ".", "1", "a", "é", " ", "\n", "\n\n", "\t", "\r", "- ", "1. ", "  - ", "    "),
    *("> ", "\u00a0", "\x00", "\u2028", "\ud800"),
    *("[@a2020b]", "[@a2020b, T]", "@a2020b", "[[a-b]]", "[[a|", "]]", "[a](https://a.org)", "](", "https://", "www."),
    *("$x$", "$$x$$", "\\frac", "*a*", "**b**", "`c`", "<b>", "</", "&lt;", "&#", "![", "[^", "{:", "---", "```", "|"),
)
ANY_TEXT = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))


@given(ANY_TEXT, st.sampled_from(Profile))
@example("*a\n\n- *b $x$*\n$$\n<\n$$", MARKDOWN)
def test_any_text_parses_and_renders_within_the_list(text: str, profile: Profile) -> None:
    parsed = parse(text, profile)
    shown = to_html(parsed, Detached())
    assert Gate(shown, ALLOWED).outside == []
    assert Gate(to_inline_html(parsed, Detached()), ALLOWED).outside == []
    assert "\n\n" not in shown
    assert parsed.words >= 0
    assert "\n" not in parsed.plain_text()
    assert list(parsed.marks) == sorted(parsed.marks, key=lambda mark: mark.offset)
    assert all(0 <= fault.offset <= len(text) for fault in (*parsed.faults, *formula_faults(parsed)))


def _shown(text: str) -> str:
    """What a reader sees: lines run on, tabs are spaces, and what is no character is a replacement sign."""
    text = re.sub(r"[\r\n][ \t\r\n]*", "\n", text).replace("\t", " ")
    return re.sub(f"[{prose._NO_TEXT}]", "\ufffd", text)


@given(ANY_TEXT)
def test_plain_text_is_shown_whole(text: str) -> None:
    shown = html.unescape(to_inline_html(parse(text, PLAIN), Detached()))
    expected = _shown(text.strip(" \t\r\n"))
    assert shown == expected


@given(ANY_TEXT)
def test_escaped_text_is_itself_again_and_inert(text: str) -> None:
    escaped = escape(text)
    assert not re.search(r"[<>{}\[\]|!\\`*_~^=+\"@$']|&(?!#\d+;)|://|\n\n|^[-.:;?/% \t]|^\d+[.)]", escaped, re.M)
    expected = _shown(text)
    assert html.unescape(escaped) == expected


WORDS = st.sampled_from(["one", "two", "3:30", "x_y", "–", "don't"])
PIECES = st.one_of(
    WORDS.map(lambda w: (w, w)),
    st.just(("A*", "A*")),
    WORDS.map(lambda w: (f"**{w}**", w)),
    WORDS.map(lambda w: (f"_{w}_", f"_{w}_")),
    st.sampled_from(
        [
            ("*em*", "em"),
            ("`co de`", "co de"),
            ("$x+y$", "x+y"),
            ("[[a-b]]", "a b"),
            ("[[a/b-c]]", "b c"),
            ("[[a|the b]]", "the b"),
            ("[text](https://a.org/x)", "text"),
            ("\\*", "*"),
            ("\\[x]", "[x]"),
        ]
    ),
)


@given(st.lists(PIECES, min_size=1), st.sampled_from([" ", "\n"]))
def test_plain_text_of_well_formed_prose_is_its_words(pieces: list[tuple[str, str]], gap: str) -> None:
    source = gap.join(written for written, _ in pieces)
    shown = " ".join(read for _, read in pieces)
    assert parse(source, MARKDOWN).plain_text() == shown


UNITS = (
    *("[", "[@", "[[", "[a", "[a](", "[a](b", "![", "`", "``", "`a ", "$", "$$", "$a", "$a ", "$a$", "$$a$$", "$$\n"),
    *("*", "**", "***", "*a ", "**a ", "*a **b ", "a* ", "*a* ", "*(", "\\", "\\*", "<", "</", "<a ", "&", "&a;", "{:"),
    *("](", "[^", "@a2020b", "[@a2020b;", "[@a2020b, ", " ", "\n", " \n", "- ", "- a\n", "  - a\n", "1. ", "> ", "# "),
    *("|", "http://", "www.", "[[a|", "[[a|b]]", "$\\", "(()", "[a](x()", "- $$a$$\n", ":", "`\n"),
)


@pytest.fixture
def _unburdened() -> Iterator[None]:
    """What other tests keep alive is not for the collector to walk while something is timed."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_unburdened")
@pytest.mark.parametrize("unit", UNITS)
def test_four_thousand_characters_of_one_pattern_take_no_time(unit: str) -> None:
    """The bound is generous: the slowest needs 20 ms. Quadratic work would need seconds."""
    for tail in ("", "]", ")", "$", "*", "`"):
        text = (unit * 4000)[:3999] + tail
        start = time.process_time()
        for profile in Profile:
            parsed = parse(text, profile)
            to_html(parsed, Detached())
            assert parsed.words >= 0
        assert time.process_time() - start < 0.5
