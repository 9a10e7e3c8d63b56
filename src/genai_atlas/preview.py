"""The site under `serve`: an edit is read and checked at once, and a page is made when it is asked for. Layer 13.

Nothing outlives an edit but what depends on bytes that did not change (`source.read`) and the list of the site's pages.
So an edit costs the page that is looked at, and what is shown is what a build would make of the same folder.
"""

from __future__ import annotations

import html
import logging
import posixpath
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mkdocs.commands.build import _build_template, _populate_page, get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files, set_exclusions
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page

from genai_atlas import files, site
from genai_atlas.atlas import Atlas
from genai_atlas.checks.links import NO_FILE
from genai_atlas.diagnostics import Diagnostic, Severity, counted
from genai_atlas.export import about, published
from genai_atlas.export.twins import SUFFIX
from genai_atlas.frozen import Release
from genai_atlas.output import OutputFile
from genai_atlas.parse import parse
from genai_atlas.render import Recipe, Settings, recipes, static
from genai_atlas.source import SourceFile

POLL_S: Final = 0.15
"""How often the folders are looked at. Polling also sees what others write on a disk that is shared."""
SETTLE_S: Final = 0.05
"""How long nothing has to change before it is read: editors write a file in several steps."""
SEARCH: Final = "pagefind/"


def serve(root: Path, address: str = "127.0.0.1:8000") -> tuple[Diagnostic, ...]:
    """MkDocs' own server, until it is interrupted. Faults are told, and lie over the pages, which stay as they were.

    Returns what kept the first reading from showing anything.
    """
    with _logged_mkdocs(), tempfile.TemporaryDirectory(prefix="genai-atlas-") as folder:
        preview = Preview(root.resolve(), address, Path(folder))
        preview.refresh()
        if not preview.is_ready:
            return preview.faults
        site.tell(preview.faults)
        server = _Server(preview)
        try:
            server.serve()  # type: ignore[no-untyped-call]
        except KeyboardInterrupt:
            logging.getLogger("mkdocs").info("Shutting down...")
        except OSError as error:
            raise files.FilesError(address, f"cannot serve here: {error.strerror or error}") from error
        finally:
            server.shutdown()
            preview.close()
    return ()


@dataclass(frozen=True)
class _State:
    """The atlas at one moment, and how the files of its site are made."""

    atlas: Atlas
    settings: Settings
    handwritten: Mapping[str, OutputFile]
    recipes: Mapping[str, Recipe]
    cache: Path
    releases: tuple[Release, ...]

    @property
    def pages(self) -> tuple[str, ...]:
        """Of what MkDocs makes pages, in the order in which it finds them in a folder."""
        found = (path for path in (*self.recipes, *self.handwritten) if path.endswith(".md"))
        return tuple(sorted(found, key=_walked))

    def source(self, path: str) -> OutputFile | None:
        recipe = self.recipes.get(path)
        return recipe() if recipe else self.handwritten.get(path)

    @cached_property
    def static(self) -> dict[str, OutputFile]:
        return {output.path: output for output in static(self.atlas, self.cache)}

    @cached_property
    def data(self) -> dict[str, OutputFile]:
        """What stands beside the pages, by its place in the site. All or nothing: most files hold the whole atlas."""
        facts = about(self.atlas, self.settings.name, self.settings.url)
        made = published(self.atlas, facts, self.handwritten.values(), self.releases)
        return {_in_site(output.path): output for output in made}

    def file(self, path: str) -> OutputFile | None:
        """Anything but a page."""
        if path.startswith(("data/", "llms")) or path.endswith(".md"):
            return self.data.get(path)
        return self.source(path) or self.static.get(path)


def _walked(path: str) -> list[tuple[object, ...]]:
    """A folder's own files come before its folders, and its index first."""
    *folders, name = path.split("/")
    return [*((1, folder) for folder in folders), (0, name != "index.md", name)]


def _in_site(path: str) -> str:
    return path.removesuffix(SUFFIX) + ".md" if path.endswith(SUFFIX) else path


class _Pages:
    """MkDocs' part: its settings, its list of files and its templates, for one list of pages."""

    def __init__(self, config: MkDocsConfig, hook: site.Hook, state: _State) -> None:
        self.hook = hook
        self.config = self._configured(config, state)
        self.files = Files([self._file(path) for path in state.pages])
        env = config.theme.get_env()
        self.files.add_files_from_theme(env, config)
        self.files = config.plugins.on_files(self.files, config=config)
        set_exclusions(self.files, config)
        self.nav = config.plugins.on_nav(get_navigation(self.files, config), config=config, files=self.files)
        self.env = config.plugins.on_env(env, config=config, files=self.files)
        self.by_place = {file.dest_uri: file for file in self.files}
        self._knows_all = False

    def update(self, state: _State) -> None:
        """The same pages with other text."""
        self.hook.end()
        self._configured(self.config, state)

    def _configured(self, config: MkDocsConfig, state: _State) -> MkDocsConfig:
        self.hook.begin(site.Generated(state.atlas, ()), preview=True, quiet=True)
        return config.plugins.on_config(config)

    def _file(self, path: str) -> File:
        return File(path, None, self.config.site_dir, self.config.use_directory_urls)

    def know_all(self, state: _State) -> None:
        """What a hand-written page may link to besides pages. The names depend on the list of pages alone."""
        if not self._knows_all:
            for path in (*state.recipes, *state.static, *state.data):
                if self.files.get_file_from_path(path) is None and path not in self.by_place:
                    self.files.append(self._file(path))
            self._knows_all = True

    def page(self, file: File, text: str) -> bytes:
        file.content_string = text
        page = file.page or Page(None, file, self.config)
        _populate_page(page, self.config, self.files)
        page.active = True
        self.config._current_page = page
        try:
            context = get_context(self.nav, self.files.documentation_pages(), self.config, page)
            template = self.env.get_template(page.meta.get("template", "main.html"))
            context = self.config.plugins.on_page_context(context, page=page, config=self.config, nav=self.nav)
            output = self.config.plugins.on_post_page(template.render(context), page=page, config=self.config)
        finally:
            page.active = False
            self.config._current_page = None
        return output.encode(errors="xmlcharrefreplace")

    def template(self, name: str) -> bytes:
        return _build_template(name, self.env.get_template(name), self.files, self.config, self.nav).encode()


class Preview:
    """A folder that holds what was asked for since the last edit."""

    def __init__(self, root: Path, address: str, folder: Path) -> None:
        self.root = root
        self.address = address
        self.live = folder / "site"
        self.whole = folder / "whole"
        self.url = ""
        self.faults: tuple[Diagnostic, ...] = ()
        """Of the folder as it stands, whatever is shown."""
        self._state: _State | None = None
        self._pages: _Pages | None = None
        self._pages_of: object = None
        self._good: dict[str, SourceFile] = {}
        self._made: set[str] = set()
        self._left: set[str] = set()
        """Of what was shown before: to be made anew, or to go."""
        self._lock = threading.RLock()
        self._indexing = threading.Lock()

    @property
    def is_ready(self) -> bool:
        return self._pages is not None

    @property
    def config(self) -> MkDocsConfig:
        assert self._pages is not None
        return self._pages.config

    def close(self) -> None:
        if self._pages:
            self._pages.hook.end()

    # ------------------------------------------------------------ an edit

    def refresh(self) -> None:
        """Read the folder anew. What cannot be read leaves what was shown last."""
        with self._lock:
            examined = site.examine(self.root)
            handwritten, strays = files.read_pages(self.root)
            config, complaints = self._settings()
            self.faults = tuple(sorted({*examined.diagnostics, *strays, *complaints}))
            atlas = self._last_good(examined)
            if atlas is None or config is None:
                return
            self._show(site.with_faults(atlas, examined.diagnostics), config, handwritten, examined.releases)

    def _settings(self) -> tuple[MkDocsConfig | None, tuple[Diagnostic, ...]]:
        config, complaints = site.load(self.root, dev_addr=self.address, site_dir=str(self.live))
        if config:
            host, port = config.dev_addr
            self.url = f"http://{host}:{port}{urlsplit(config.site_url or '/').path}"
        return config, complaints

    def _last_good(self, examined: site.Examined) -> Atlas | None:
        """With the last text that could be read of each file that cannot be read now, so that its page stays."""
        now = {source.path: source for source in examined.sources}
        broken = examined.atlas.faults.keys()
        is_missed = any(fault.code == NO_FILE.code for fault in examined.diagnostics)
        gone = {path: source for path, source in self._good.items() if path not in now} if is_missed else {}
        self._good = (
            gone
            | {path: s for path, s in self._good.items() if path in now}
            | {path: source for path, source in now.items() if path not in broken}
        )
        if not now:
            return None
        if not broken and not gone:
            return examined.atlas
        shown = gone | {path: self._good.get(path, source) for path, source in now.items()}
        return parse(shown[path] for path in sorted(shown))[0]

    def _show(
        self, atlas: Atlas, config: MkDocsConfig, handwritten: Iterable[OutputFile], releases: tuple[Release, ...]
    ) -> None:
        settings = site.settings_of(config)
        cache = self.root / site.CACHE
        pages = {page.path: page for page in handwritten}
        state = _State(atlas, settings, pages, recipes(atlas, settings, releases), cache, releases)
        config.site_url = self.url
        listed = (state.pages, tuple(_stamps(self.root)))
        if self._pages is None or listed != self._pages_of:
            self.close()
            self._pages, self._pages_of = _Pages(config, site.hook_of(config), state), listed
        else:
            self._pages.update(state)
        self._state = state
        self._left |= self._made
        self._made.clear()

    # ------------------------------------------------------------ a request

    def make(self, path: str) -> None:
        """Have the file in the folder, or not if the site has none at this place."""
        if path.startswith(SEARCH):
            self._index(path)
            return
        with self._lock:
            if path not in self._made:
                data = self._bytes(path)
                if data is not None:
                    files.put_file(self.live / path, data)
                    self._made.add(path)
                elif path in self._left:
                    (self.live / path).unlink()
                self._left.discard(path)

    def _bytes(self, path: str) -> bytes | None:
        state, pages = self._state, self._pages
        assert state is not None
        assert pages is not None
        if path in pages.config.theme.static_templates:
            return pages.template(path)
        file = pages.by_place.get(path)
        if file is None:
            output = state.file(path)
            return output.data if output else None
        if not file.is_documentation_page():
            return file.content_bytes
        if file.src_uri in state.handwritten:
            pages.know_all(state)
        source = state.source(file.src_uri)
        return pages.page(file, source.data.decode()) if source else None

    def _index(self, path: str) -> None:
        """Only a whole site has a full-text index."""
        with self._indexing:
            if path not in self._made:
                logging.getLogger("mkdocs").info("Building all pages for the full-text search...")
                self._build_whole()
                found = [file for file in (self.whole / SEARCH).rglob("*") if file.is_file()]
                for file in found:
                    files.put_file(self.live / file.relative_to(self.whole), file.read_bytes())
                self._made |= {file.relative_to(self.whole).as_posix() for file in found}

    def _build_whole(self) -> None:
        config, _ = site.load(self.root, dev_addr=self.address, site_dir=str(self.whole))
        if config:
            config.site_url = self.url
            site.hook_of(config).begin(preview=True, quiet=True)
            site.run_mkdocs(config, self.url)


def _stamps(root: Path) -> Iterator[tuple[str, int]]:
    """Of what is read once for many pages: the settings and our own templates."""
    for place in (root / site.CONFIG, *site.own_folders()):
        for file in sorted(place.rglob("*")) if place.is_dir() else (place,):
            yield str(file), file.stat().st_mtime_ns


class _Server(LiveReloadServer):
    def __init__(self, preview: Preview) -> None:
        host, port = preview.config.dev_addr
        mount = urlsplit(preview.url).path
        super().__init__(self._rebuild, host, port, str(preview.live), mount, polling_interval=POLL_S)
        self.build_delay = SETTLE_S
        self.preview = preview
        self.error_handler = self._error_page
        self._shown_epoch = self._visible_epoch
        self._request = threading.local()
        for path in (preview.root / site.CONFIG, *site.watched(preview.root)):
            self.watch(str(path))

    def _rebuild(self) -> None:
        """No exception leaves it: MkDocs' server would answer no request until one rebuild ends well."""
        log = logging.getLogger("mkdocs")
        log.info("Reading the data...")
        try:
            self.preview.refresh()
            site.tell(self.preview.faults)
        except files.FilesError as error:
            log.error("%s", error)
        except Exception:
            log.exception("This is a fault of a template or of the program, not of the data.")
        self._shown_epoch = self._wanted_epoch

    def _serve_request(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes] | None:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "ignore")
        self._request.epoch = self._shown_epoch
        if "\0" in path:
            return None  # no file has such a name, and asking for one is an error of Python's
        if path.startswith(self.mount_path):
            with self._epoch_cond:
                self._epoch_cond.wait_for(lambda: self._visible_epoch == self._wanted_epoch)
            # Taken before the page is made: an edit meanwhile then reloads it once more, rather than not at all.
            self._request.epoch = self._shown_epoch
            self._make(path[len(self.mount_path) :])
        return super()._serve_request(environ, start_response)

    def _make(self, path: str) -> None:
        place = posixpath.normpath(f"/{path}").lstrip("/")
        if path.endswith("/") or not place:
            place = posixpath.join(place, "index.html")
        elif "." not in posixpath.basename(place):
            self.preview.make(f"{place}/index.html")  # to which an address without its slash is led
            return
        self.preview.make(place)

    def _inject_js_into_html(self, content: bytes, epoch: int) -> bytes:
        shown = content.replace(b"</body>", overlay(self.preview.faults).encode() + b"</body>", 1)
        found: bytes = super()._inject_js_into_html(shown, min(epoch, self._request.epoch))  # type: ignore[no-untyped-call]
        return found

    def _error_page(self, code: int) -> bytes | None:
        self.preview.make(f"{code}.html")
        page = self.preview.live / f"{code}.html"
        return self._inject_js_into_html(page.read_bytes(), self._shown_epoch) if page.is_file() else None


def overlay(faults: Iterable[Diagnostic]) -> str:
    """The errors, over the foot of whatever page is looked at. A preview has no policy that forbids the styles."""
    errors = [fault for fault in faults if fault.severity is Severity.ERROR]
    if not errors:
        return ""
    items = "".join(
        f"<li><b>{html.escape(str(fault))}</b>{f'<br>{html.escape(fault.hint)}' if fault.hint else ''}</li>"
        for fault in errors
    )
    count = f"{counted(len(errors), 'fault')}; a file that cannot be read is shown as it was last"
    return (
        '<details open role="alert" class="genai-atlas-faults" style="position:fixed;inset:auto 0 0;z-index:99;'
        "max-height:45vh;overflow:auto;padding:.6rem 1rem;background:#7a1712;color:#fff;font:14px/1.45 monospace;"
        f'box-shadow:0 -2px 12px #0006"><summary>{count}</summary><ol>{items}</ol></details>'
    )


@contextmanager
def _logged_mkdocs() -> Iterator[None]:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    log = logging.getLogger("mkdocs")
    level = log.level
    log.setLevel(logging.INFO)
    try:
        with site.listening(handler):
            yield
    finally:
        log.setLevel(level)
