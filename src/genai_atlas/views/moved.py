"""The pages at addresses of the past: redirects, and notes on what ended. Layer 7; no effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from genai_atlas.atlas import Atlas, level
from genai_atlas.model import Retired
from genai_atlas.views.page import Page, TopicRef, safe, show_date


@dataclass(frozen=True)
class MovedView:
    """Of a redirect with its successor, else of a tombstone with date and reason. All addresses are relative, so that
    they are right below any base path."""

    path: str
    level: str
    title: Markup
    home: str
    search: str
    icon: str
    css: str
    script: str
    canonical: str
    """Empty where the site's own address is not known."""
    successor: TopicRef | None = None
    date: str = ""
    reason: Markup | str = ""
    see: TopicRef | None = None
    parent: TopicRef | None = None


def moved_views(atlas: Atlas, url: str) -> Iterator[MovedView]:
    """`url` is where the site is published. In the order of their paths; a path that is a page again has none."""
    for old in sorted({*atlas.redirects, *atlas.retired} - atlas.pages):
        if old in atlas.redirects:
            yield _redirect(Page(atlas, old), atlas.redirects[old], url)
        else:
            yield _tombstone(Page(atlas, old), atlas.retired[old], url)


def _redirect(page: Page, successor: str, url: str) -> MovedView:
    return _view(page, "This page has moved", _canonical(url, successor), successor=page.topic_ref(successor))


def _tombstone(page: Page, retired: Retired, url: str) -> MovedView:
    see = page.atlas.resolve_page(retired.see) if retired.see else None
    return _view(
        page,
        page.path.rpartition("/")[2].replace("-", " ").capitalize(),
        _canonical(url, page.path),
        date=show_date(retired.date),
        reason=safe(retired.reason),
        see=page.topic_ref(see) if see else None,
        parent=_parent(page),
    )


def _view(page: Page, title: str, canonical: str, **more: TopicRef | Markup | str | None) -> MovedView:
    return MovedView(
        path=page.path,
        level=level(page.path),
        title=safe(title),
        home=page.to(""),
        search=page.to("search"),
        icon=page.to("assets/icon.svg"),
        css=page.to("assets/atlas.css"),
        script=page.to("assets/moved.js"),
        canonical=canonical,
        **more,  # type: ignore[arg-type]
    )


def _canonical(url: str, path: str) -> str:
    return f"{url}{path}/" if "://" in url else ""


def _parent(page: Page) -> TopicRef | None:
    """The nearest branch above that is there still, also where it has another path now."""
    path = page.path
    while path := path.rpartition("/")[0]:
        if now := page.atlas.successor(path):
            return page.topic_ref(now)
    return None
