"""The link to itself on each heading."""

from __future__ import annotations

import pytest

from genai_atlas.headings import linked

LINK = '<a class="headerlink" href="#{}" aria-label="Link to this section" title="Link to this section">#</a>'
HEADINGS = {
    "one of a template": (
        '<h3 id="a" class="x">One <b>two</b></h3>',
        f'<h3 id="a" class="x">One <b>two</b>{LINK.format("a")}</h3>',
    ),
    "one of Markdown": (
        '<h2 id="b">Two<a class="headerlink" href="#b" title="Anything">#</a></h2>',
        f'<h2 id="b">Two{LINK.format("b")}</h2>',
    ),
    "the title of the page": ('<h1 id="t">T</h1>', '<h1 id="t">T</h1>'),
    "without an id": ("<h2>Three</h2>", "<h2>Three</h2>"),
    "two in a row": (
        '<h2 id="a">A</h2><p><h3 id="b">B</h3></p>',
        f'<h2 id="a">A{LINK.format("a")}</h2><p><h3 id="b">B{LINK.format("b")}</h3></p>',
    ),
}


@pytest.mark.parametrize(("html", "expected"), HEADINGS.values(), ids=HEADINGS)
def test_heading_with_an_id_has_one_link_with_a_name(html: str, expected: str) -> None:
    assert linked(html) == expected
    assert linked(expected) == expected
