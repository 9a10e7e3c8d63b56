"""Where the sources are published, and where there a file is edited and a fault reported. Layer 0; no effects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_URL: Final = re.compile(r"(https?|ssh|git)://(?:[^@/\s]*@)?([\w.-]+)(:\d+)?/(\S+)", re.IGNORECASE)
_SCP: Final = re.compile(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!/)(\S+)")
_PATH: Final = re.compile(r"[\w~][\w.~-]*(?:/[\w~][\w.~-]*)*")


@dataclass(frozen=True)
class _Forge:
    edit: str
    issues: str
    title: str
    body: str


_GITHUB: Final = _Forge("/edit/", "/issues/new", "title", "body")
_FORGES: Final = {
    "gitlab": _Forge("/-/edit/", "/-/issues/new", "issue[title]", "issue[description]"),
    "codeberg": _Forge("/_edit/", "/issues/new", "title", "body"),
    "forgejo": _Forge("/_edit/", "/issues/new", "title", "body"),
    "gitea": _Forge("/_edit/", "/issues/new", "title", "body"),
}
"""By a word in the host's name. Any other host is taken to answer as GitHub does."""


@dataclass(frozen=True)
class ReportForm:
    """Where a fault is reported, and the names of the two fields that an address can fill in."""

    address: str
    title: str
    body: str


def web_address(remote: str) -> str:
    """`git@host:owner/name.git` and its kin as a browser opens them; "" for a folder or anything else.

    A name and password in the address are left out: the result is published.
    """
    text = remote.strip()
    scheme, port = "https", ""
    if found := _URL.fullmatch(text):
        host, path = found[2], found[4]
        if found[1].lower() in ("http", "https"):
            scheme, port = found[1].lower(), found[3] or ""
    elif found := _SCP.fullmatch(text):
        host, path = found[1], found[2]
    else:
        return ""
    path = path.strip("/").removesuffix(".git")
    return f"{scheme}://{host.lower()}{port}/{path}" if _PATH.fullmatch(path) else ""


def edit_address(repository: str, branch: str) -> str:
    """A file's path is put behind it."""
    return f"{repository}{_forge(repository).edit}{branch}/"


def report_form(repository: str) -> ReportForm:
    forge = _forge(repository)
    return ReportForm(repository + forge.issues, forge.title, forge.body)


def _forge(repository: str) -> _Forge:
    host = repository.partition("://")[2].partition("/")[0]
    return next((forge for word, forge in _FORGES.items() if word in host), _GITHUB)
