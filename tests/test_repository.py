"""Addresses of a repository, as people and git write them."""

from __future__ import annotations

import pytest

from genai_atlas.repository import ReportForm, edit_address, report_form, web_address

REMOTES = {
    "https://github.com/owner/name": "https://github.com/owner/name",
    "https://github.com/owner/name.git": "https://github.com/owner/name",
    "https://github.com/owner/name/": "https://github.com/owner/name",
    "git@github.com:owner/name.git": "https://github.com/owner/name",
    "github.com:owner/name": "https://github.com/owner/name",
    "ssh://git@GitHub.com/owner/name.git": "https://github.com/owner/name",
    "ssh://git@git.example.org:2222/owner/name.git": "https://git.example.org/owner/name",
    "git://example.org/owner/name.git": "https://example.org/owner/name",
    "https://git.example.org:8443/owner/name.git": "https://git.example.org:8443/owner/name",
    "http://localhost:3000/owner/name": "http://localhost:3000/owner/name",
    "git@gitlab.com:group/part/name.git": "https://gitlab.com/group/part/name",
    "https://user:secret@github.com/owner/name.git\n": "https://github.com/owner/name",
    "https://github.com/owner/.github.git": "",
    "/srv/git/name.git": "",
    "../name": "",
    "file:///srv/git/name.git": "",
    "C:\\work\\name": "",
    "owner/name": "",
    "https://github.com/owner/na\"me": "",
    "javascript:alert(1)": "",
    "": "",
}


@pytest.mark.parametrize(("remote", "address"), REMOTES.items(), ids=map(repr, REMOTES))
def test_remote_becomes_an_address_for_browsers_or_none(remote: str, address: str) -> None:
    assert web_address(remote) == address


@pytest.mark.parametrize(
    ("repository", "edit", "form"),
    [
        ("https://github.com/o/n", "/edit/main/", ReportForm("https://github.com/o/n/issues/new", "title", "body")),
        (
            "https://gitlab.example.org/g/o/n",
            "/-/edit/main/",
            ReportForm("https://gitlab.example.org/g/o/n/-/issues/new", "issue[title]", "issue[description]"),
        ),
        ("https://gitea.org/o/n", "/_edit/main/", ReportForm("https://gitea.org/o/n/issues/new", "title", "body")),
    ],
)
def test_forges_are_asked_in_their_own_way(repository: str, edit: str, form: ReportForm) -> None:
    assert (edit_address(repository, "main"), report_form(repository)) == (repository + edit, form)
