"""A real Chromium and a local server.

Where there is no Chromium the tests skip and say so; with ATLAS_REQUIRE_BROWSER=1 they fail instead.
"""

from __future__ import annotations

import functools
import os
import shutil
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from needs import missing

from genai_atlas.site import build, hook_file, theme_dir
from tea import TEA

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or whichever stands on the path, with an empty profile. Nothing is downloaded."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing(f"no Chromium is on the path (looked for {', '.join(PROGRAMS)})")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed: pip install -e '.[browser]'")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield chromium
        chromium.close()


@dataclass
class Host:
    """A server that answers as GitHub Pages does: below a base path, and with the site's own 404 page."""

    folder: Path
    """What is served; may be exchanged for another while it is."""
    base: str
    url: str = ""
    """With a slash at its end."""
    is_down: bool = False
    """Every connection is cut off."""
    asked: list[str] = field(default_factory=list)
    """Every path that was requested, of pages and of service workers."""


class _Pages(SimpleHTTPRequestHandler):
    host: Host

    def do_GET(self) -> None:
        if self.host.is_down:
            self.close_connection = True
            return
        self.host.asked.append(self.path)
        super().do_GET()

    def translate_path(self, path: str) -> str:
        path, base = urlsplit(path).path, self.host.base
        self.directory = os.fspath(self.host.folder)
        return super().translate_path(f"/{path[len(base) :]}" if path.startswith(base) else "/no/such/file")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def host() -> Iterator[Callable[..., Host]]:
    """`host(folder, base="/")` serves the folder, and gives the Host."""
    servers = []

    def start(folder: Path, base: str = "/") -> Host:
        started = Host(folder, base)
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Pages", (_Pages,), {"host": started}))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        started.url = f"http://127.0.0.1:{server.server_address[1]}{base}"
        return started

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def serve(host: Callable[..., Host]) -> Callable[..., str]:
    """`serve(folder, base="/")` gives the address at which the folder is served, with a slash at its end."""
    return lambda folder, base="/": str(host(folder, base).url)


@dataclass
class Tab:
    """A page of its own profile, and what it was heard to say and to ask for."""

    page: Page
    said: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and exceptions."""
    asked: list[str] = field(default_factory=list)
    """Every address that was requested."""

    def foreign(self, own: str) -> list[str]:
        host = urlsplit(own).netloc
        return [url for url in self.asked if urlsplit(url).netloc != host and not url.startswith(("data:", "blob:"))]


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """`open_tab(url, size=(1440, 900), scheme="light", scripts=True)` gives a Tab."""
    contexts = []

    def start(url: str, size: tuple[int, int] = (1440, 900), scheme: str = "light", scripts: bool = True) -> Tab:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        tab = Tab(context.new_page())
        tab.page.set_default_timeout(10_000)
        tab.page.on(
            "console", lambda message: tab.said.append(message.text) if message.type in ("error", "warning") else None
        )
        tab.page.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.page.on("request", lambda request: tab.asked.append(request.url))
        tab.page.goto(url)
        return tab

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def build_tea(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`build_tea(base, files=TEA)` is the folder of an atlas of tea that was built for that base path."""

    def built(base: str, files: Mapping[str, bytes] = TEA) -> Path:
        root = tmp_path_factory.mktemp("tea")
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        (root / "docs").mkdir(exist_ok=True)
        (root / "docs" / "about.md").write_text(ABOUT, encoding="utf-8")
        (root / "mkdocs.yml").write_text(SETTINGS.format(base=base, hook=hook_file(), theme=theme_dir()), "utf-8")
        result = build(root, root / "site", keep_going=True)
        assert result.built, "\n".join(map(str, result.diagnostics))
        return root / "site"

    return built


@pytest.fixture(scope="session")
def tea_site(build_tea: Callable[..., Path], serve: Callable[..., str]) -> Callable[[str], str]:
    """`tea_site(base)` is the address of the atlas of tea, built for that base path and served there."""
    return functools.cache(lambda base: serve(build_tea(base), base))


ABOUT = """\
# About

!!! note "Dates"
    A page says when it was checked.

| Command | Does |
|---|---|
| `validate` | checks |

    a line of code that is far too long for any phone, and so has to be scrolled by hand or by keys

1. One
2. Two
"""

SETTINGS = textwrap.dedent(
    """\
    site_name: Tea
    site_url: https://example.org{base}
    hooks: ['{hook}']
    theme: {{name: material, custom_dir: '{theme}', font: false, favicon: assets/icon.svg}}
    plugins: []
    extra:
      repo_url: https://github.com/example/tea
      generator: false
      main: [{{title: About, url: about/}}]
      foot: [{{title: About, url: about/}}]
    markdown_extensions:
      [attr_list, md_in_html, admonition, tables: {{use_align_attribute: true}}, toc: {{permalink: "#"}}]
    validation:
      nav: {{omitted_files: ignore}}
    """
)
