"""A link to itself on each heading of a page. Layer 0; no effects."""

from __future__ import annotations

import re

NAME = "Link to this section"
_HEADING = re.compile(r'(<h([23])\b[^>]*\bid="([^"]+)"[^>]*>)(.*?)(</h\2>)', re.DOTALL)
_LINK = re.compile(r'(<a class="headerlink" href="[^"]*") title="[^"]*">')


def linked(html: str) -> str:
    """Markdown's own headings have the link already; it gets a name that can be heard, as "#" cannot."""
    return _HEADING.sub(_with_link, html)


def _with_link(found: re.Match[str]) -> str:
    start, _, anchor, text, end = found.groups()
    if 'class="headerlink"' in text:
        return start + _LINK.sub(rf'\1 aria-label="{NAME}" title="{NAME}">', text) + end
    return f'{start}{text}<a class="headerlink" href="#{anchor}" aria-label="{NAME}" title="{NAME}">#</a>{end}'
