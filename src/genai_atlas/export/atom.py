"""Atom 1.0 (RFC 4287): what to write for a reader of feeds. Layer 1; no effects."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from genai_atlas.output import OutputFile

NAMESPACE: Final = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Entry:
    date: datetime.date
    title: str
    link: str
    html: str
    summary: str


@dataclass(frozen=True)
class Feed:
    path: str
    """From the site's address."""
    first_path: str
    """Where it stood at first: ids are made of this, so that readers know feed and entries again."""
    title: str
    subtitle: str
    author: str
    rights: str
    page: str
    """Address of the page that says the same."""
    updated: datetime.date
    entries: Sequence[Entry]
    """The newest first."""


def atom(feed: Feed, site: str) -> OutputFile:
    """`site` is the absolute address of the site, with a slash at its end."""
    root = Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    _add(root, "id", site + feed.first_path)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _moment(feed.updated))
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": site + feed.path})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    _add(SubElement(root, "author"), "name", feed.author)
    _add(root, "rights", feed.rights)
    for entry in feed.entries:
        own = SubElement(root, "entry")
        _add(own, "id", tag(site, entry.date, feed.first_path))
        _add(own, "title", entry.title)
        _add(own, "updated", _moment(entry.date))
        _add(own, "published", _moment(entry.date))
        SubElement(own, "link", {"rel": "alternate", "type": "text/html", "href": entry.link})
        _add(own, "summary", entry.summary)
        _add(own, "content", entry.html, {"type": "html"})
    indent(root, "")
    data = tostring(root, encoding="unicode")
    return OutputFile.text(feed.path, f'<?xml version="1.0" encoding="utf-8"?>\n{data}\n')


def tag(site: str, date: datetime.date, path: str) -> str:
    """A tag URI (RFC 4151): the host, a day on which it was ours, and what stood there."""
    place = urlsplit(site)
    return f"tag:{place.hostname},{date}:{place.path}{path}"


def _add(parent: Element, name: str, text: str, attributes: dict[str, str] | None = None) -> None:
    SubElement(parent, name, attributes or {}).text = text


def _moment(date: datetime.date) -> str:
    return f"{date}T00:00:00Z"
