"""From a folder of YAML to a checked site in its place, by way of MkDocs. Layer 12.

MkDocs reads build/docs, which holds every generated page and a copy of docs/. Its hook does the same work under
`mkdocs build` as build() has done; only the exchange of folders is build()'s own.
"""

from __future__ import annotations

import datetime
import gc
import logging
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genai_atlas import files, frozen
from genai_atlas.atlas import Atlas
from genai_atlas.checks import check, strict
from genai_atlas.diagnostics import Diagnostic, Location, Severity
from genai_atlas.export import About, published
from genai_atlas.export import about as about_atlas
from genai_atlas.export.twins import SUFFIX
from genai_atlas.finish import BAD_EPOCH, BAD_REPOSITORY, CLASH, MKDOCS, NO_CONFIG, NO_SITE, finish
from genai_atlas.headings import linked
from genai_atlas.output import OutputFile
from genai_atlas.parse import parse
from genai_atlas.render import Settings, render
from genai_atlas.repository import report_form, web_address
from genai_atlas.source import SourceFile

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

CONFIG: Final = "mkdocs.yml"
GENERATED: Final = "build/docs"
CACHE: Final = "build/cache"


def theme_dir() -> Path:
    """The templates that mkdocs.yml names as `theme.custom_dir`."""
    return Path(__file__).parent / "theme"


def hook_file() -> Path:
    """The file that mkdocs.yml names under `hooks`."""
    return Path(__file__).parent / "mkdocs_hook.py"


@dataclass(frozen=True)
class Generated:
    atlas: Atlas
    diagnostics: tuple[Diagnostic, ...]
    changed: tuple[str, ...] = ()
    """Paths in build/docs that were written or removed."""
    written: bool = True
    """False where faults kept the last state in place."""


@dataclass(frozen=True)
class BuildResult:
    built: bool
    """Whether the folder now holds the new site; if not, the old one is untouched."""
    diagnostics: tuple[Diagnostic, ...]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examined:
    """The data as they stand, and everything that is wrong with them."""

    sources: tuple[SourceFile, ...]
    atlas: Atlas
    diagnostics: tuple[Diagnostic, ...]
    releases: tuple[frozen.Release, ...] = ()
    """The newest first."""


def examine(root: Path, *, is_strict: bool = False) -> Examined:
    """Read, parse and check the taxonomy. `is_strict` makes the rubric's warnings errors."""
    with _without_collection():
        sources, refused = files.read(root)
        atlas, faults = parse(sources)
        held, strays = files.read_releases(root)
        releases, altered = frozen.read(held)
        # What is missing from an atlas of nothing goes without saying.
        is_read = bool(sources or not refused)
        found = {*faults, *check(atlas), *frozen.faults(atlas, releases), *altered, *strays} if is_read else set()
        diagnostics = tuple(sorted({*refused, *found}))
    return Examined(sources, atlas, strict(diagnostics) if is_strict else diagnostics, releases)


@contextmanager
def _without_collection() -> Iterator[None]:
    """All that is read stays alive, yet the collector would walk it again and again: time over the square of topics."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _set_aside() -> Iterator[None]:
    """MkDocs makes much garbage; the collector need not walk the atlas and its pages each time it looks for it."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def generate(
    root: Path, *, keep_going: bool = False, is_strict: bool = False, settings: Settings | None = None
) -> Generated:
    """Bring build/docs up to date. Everything is read and rendered before anything is written.

    On an error nothing is written, unless `keep_going`: then faulty topics show their faults. `is_strict` makes the
    rubric's warnings errors. Without `settings` they come from mkdocs.yml.
    """
    examined = examine(root, is_strict=is_strict)
    atlas = examined.atlas
    pages, strays = files.read_pages(root)
    diagnostics = tuple(sorted({*examined.diagnostics, *strays}))
    if not examined.sources or (has_errors(diagnostics) and not keep_going):
        return Generated(atlas, diagnostics, written=False)
    if settings is None:
        settings, complaints = _read_settings(root)
        if complaints:
            return Generated(atlas, complaints, written=False)
    with _without_collection():
        rendered = render(with_faults(atlas, examined.diagnostics), settings, root / CACHE, examined.releases)
        data = published(atlas, about_atlas(atlas, settings.name, settings.url), pages, examined.releases)
    outputs, clashes = _joined((*rendered, *data), pages)
    if clashes and not keep_going:
        return Generated(atlas, clashes, written=False)
    changed = files.write(outputs, root / GENERATED)
    return Generated(atlas, tuple(sorted((*diagnostics, *clashes))), changed)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def build(
    root: Path,
    site: Path,
    *,
    keep_going: bool = False,
    is_strict: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> BuildResult:
    """Build beside the old site, check, then exchange the two. Whatever ends it early leaves the old site whole.

    `progress` hears the name of each phase as it begins.
    """
    root = root.resolve()
    live = Path(os.path.abspath(site)).resolve()
    if refused := (*_place_faults(root, live), *_environment_faults()):
        return BuildResult(False, refused)
    new = live.with_name(f".{live.name}-new~")
    with files.lock(root / "build" / ".lock"):
        files.recover(live)
        files.remove(new)
        try:
            config, complaints = load(root, site_dir=str(new))
            if config is None:
                return BuildResult(False, complaints)
            progress("reading and rendering")
            generated = generate(root, keep_going=keep_going, is_strict=is_strict, settings=settings_of(config))
            if not generated.written:
                return BuildResult(False, generated.diagnostics)
            with _set_aside():
                return _build(config, generated, live, progress)
        finally:
            files.remove(new)


def _build(config: MkDocsConfig, generated: Generated, live: Path, progress: Callable[[str], None]) -> BuildResult:
    hook = hook_of(config)
    hook.begin(generated, quiet=True, progress=progress)
    progress("building pages")
    finished = run_mkdocs(config)
    diagnostics = tuple(sorted((*generated.diagnostics, *hook.faults)))
    if finished:
        files.exchange(Path(config.site_dir), live)
    return BuildResult(finished, diagnostics, generated.changed)


def run_mkdocs(config: MkDocsConfig, serve_url: str | None = None) -> bool:
    """False where the hook, or MkDocs itself, stopped the build for a fault that was told."""
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.exceptions import Abort

    with listening(logging.NullHandler()):
        try:
            mkdocs_build(config, serve_url=serve_url)
        except Abort:
            return False
        except OSError as error:
            place = error.filename or config.site_dir
            raise files.FilesError(place, f"cannot build the site: {error.strerror}") from error
    return True


def own_folders() -> tuple[Path, ...]:
    """Of the package: what pages are made with."""
    return (theme_dir(), theme_dir().with_name("templates"), theme_dir().with_name("static"))


def watched(root: Path) -> tuple[Path, ...]:
    """Folders in which an edit changes a page."""
    found = (root / files.DATA_FOLDER, root / files.PAGES_FOLDER, *own_folders())
    return tuple(path for path in found if path.is_dir())


def tell(diagnostics: Iterable[Diagnostic]) -> None:
    """Into MkDocs' log. A warning of ours is no warning there: it would stop a strict build."""
    log = logging.getLogger("mkdocs.hooks.genai_atlas")
    for diagnostic in diagnostics:
        hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
        level = logging.ERROR if diagnostic.severity is Severity.ERROR else logging.INFO
        log.log(level, "%s%s", diagnostic, hint)


class Hook:
    """What MkDocs calls, in the order it calls it. One run begins with on_startup, or with begin() under build()."""

    def __init__(self) -> None:
        self.begin()

    def begin(
        self,
        prepared: Generated | None = None,
        *,
        preview: bool = False,
        quiet: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.prepared = prepared
        """What on_config would generate, where that is done already."""
        self.preview = preview
        """Faults stop nothing, and pages have no policy."""
        self.quiet = quiet
        """Faults are left to be fetched; otherwise they go to MkDocs' log."""
        self.progress = progress
        self.data_faults: tuple[Diagnostic, ...] = ()
        self.faults: list[Diagnostic] = []
        self._ear: _Ear | None = None
        self._dated = False

    def on_startup(self, *, command: str, dirty: bool) -> None:
        self.begin(preview=command == "serve")

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        root = _root(config)
        if not self.preview:
            _take_address(config)
        generated, self.prepared = self.prepared or self._generate(root, config), None
        config.docs_dir = str(root / GENERATED)
        if not config.theme.custom_dir:
            config.theme.dirs.insert(0, str(theme_dir()))
        config.extra["outline"] = outline(generated.atlas)
        repository = _repository(config)
        config.extra["report"] = asdict(report_form(repository)) if repository else None
        self._set_date(generated.atlas)
        self._ear = None if self.preview else _Ear(config)
        if self._ear:
            logging.getLogger("mkdocs").addHandler(self._ear)
        return config

    def _generate(self, root: Path, config: MkDocsConfig) -> Generated:
        try:
            # A preview has MkDocs' own address in its settings, which is not the published one.
            settings = None if self.preview else settings_of(config)
            generated = generate(root, keep_going=self.preview, settings=settings)
        except files.FilesError as error:
            raise _stop(str(error)) from error
        self.data_faults = generated.diagnostics
        if not self.quiet:
            tell(generated.diagnostics)
        if not generated.written and not (self.preview and files.is_whole(root / GENERATED)):
            raise _stop("the data has faults; nothing was written")
        return generated

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Leave out the base theme's own files, which no page of ours loads; the gate would find one that does. And
        give the Markdown beside each page its name, which in MkDocs' own folder would make it a page."""
        own = str(_theme(config))
        bases = {os.path.abspath(folder) for folder in config.theme.dirs if os.path.abspath(folder) != own}
        icon = config.theme.get("favicon")
        for file in list(files):
            if file.src_dir and os.path.abspath(file.src_dir) in bases and file.src_uri != icon:
                files.remove(file)
            elif file.src_uri.endswith(SUFFIX):
                file.dest_uri = file.src_uri.removesuffix(SUFFIX) + ".md"
        return files

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        return linked(html)

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., None]) -> None:
        # MkDocs watches docs_dir, into which on_config writes: each edit would build twice.
        server.unwatch(config.docs_dir)
        for path in watched(_root(config)):
            server.watch(str(path))

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        self.end()
        self.progress("checking and indexing")
        url, site = config.site_url or "", Path(config.site_dir)
        faults = finish(site, theme=_theme(config), site_url=url, policy=not self.preview)
        self.faults += faults
        if not self.quiet:
            tell(faults)
        if self.faults and not self.preview:
            raise _stop("the site has faults")

    def on_build_error(self, *, error: Exception) -> None:
        self.end()

    def end(self) -> None:
        if self._ear:
            logging.getLogger("mkdocs").removeHandler(self._ear)
            self.faults += self._ear.heard
            self._ear = None
        if self._dated:
            os.environ.pop("SOURCE_DATE_EPOCH", None)
            self._dated = False

    def _set_date(self, atlas: Atlas) -> None:
        if faults := _environment_faults():
            raise _stop(faults[0].message)
        if "SOURCE_DATE_EPOCH" not in os.environ:
            os.environ["SOURCE_DATE_EPOCH"] = str(newest_review(atlas))
            self._dated = True


def outline(atlas: Atlas) -> list[dict[str, Any]]:
    """The navigation tree of the templates, `extra.outline`. Titles are as authored: templates escape them."""
    return [
        {
            "n": number,
            "slug": area,
            "title": atlas.areas[area].title,
            "subs": [
                {
                    "slug": subarea.rsplit("/", 1)[-1],
                    "title": atlas.subareas[subarea].title,
                    "topics": [_outlined(atlas, topic) for topic in atlas.topics_of(subarea)],
                }
                for subarea in atlas.subareas_of(area)
            ],
        }
        for number, area in enumerate(atlas.areas, start=1)
    ]


def _outlined(atlas: Atlas, path: str) -> dict[str, Any]:
    topic = atlas.topics.get(path)
    return {"slug": path.rsplit("/", 1)[-1], "title": atlas.title(path), "full": bool(topic and topic.is_full)}


def newest_review(atlas: Atlas) -> int:
    """Midnight UTC of the newest `reviewed`, in seconds since 1970: the date of a build without a date."""
    newest = max((topic.reviewed for topic in atlas.topics.values()), default=datetime.date(1970, 1, 1))
    return int(datetime.datetime.combine(newest, datetime.time(), datetime.UTC).timestamp())


def with_faults(atlas: Atlas, diagnostics: Iterable[Diagnostic]) -> Atlas:
    """Every error by file, so that the page of each says what is wrong with it."""
    faults: dict[str, tuple[Diagnostic, ...]] = {}
    for diagnostic in diagnostics:
        if diagnostic.severity is Severity.ERROR:
            path = diagnostic.location.path
            faults[path] = (*faults.get(path, ()), diagnostic)
    return replace(atlas, faults=faults)


def _joined(
    rendered: Iterable[OutputFile], pages: Iterable[OutputFile]
) -> tuple[tuple[OutputFile, ...], tuple[Diagnostic, ...]]:
    outputs = {output.path: output for output in rendered}
    taken = {_address(path) for path in outputs}
    clashes = []
    for page in pages:
        if _address(page.path) in taken:
            place = Location(f"{files.PAGES_FOLDER}/{page.path}")
            clashes.append(CLASH.at(place, "a generated page stands at this address", "rename this one"))
        else:
            outputs[page.path] = page
    return tuple(outputs.values()), tuple(clashes)


def _address(path: str) -> str:
    """Pages at `a.md` and `a/index.md` are published at one address."""
    stem, _, ending = path.rpartition(".")
    if ending not in ("md", "html"):
        return path
    return stem.removesuffix("/index") if stem != "index" else ""


def _root(config: MkDocsConfig) -> Path:
    return Path(os.path.abspath(config.config_file_path)).parent


def _theme(config: MkDocsConfig) -> Path:
    """The folder of the templates that lie over Material's: our own, where mkdocs.yml names no other."""
    return Path(os.path.abspath(config.theme.custom_dir or theme_dir()))


def settings_of(config: MkDocsConfig) -> Settings:
    return Settings(name=config.site_name, url=config.site_url or "/", repository=_repository(config))


def _repository(config: MkDocsConfig) -> str:
    """What is said beats what is found: the environment, then mkdocs.yml, then the remote that the folder was cloned
    from. Empty where none is an address that a browser can open."""
    given = os.environ.get("ATLAS_REPOSITORY")
    if given is None:
        given = str(config.repo_url or config.extra.get("repo_url") or "") or _origin(_root(config))
    return web_address(given)


def _origin(root: Path) -> str:
    if not (root / ".git").exists():
        return ""  # a folder within somebody else's repository is not that repository
    command = ["git", "-C", os.fspath(root), "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""  # no git: the links are left out


def _take_address(config: MkDocsConfig) -> None:
    """SITE_URL, where it is set, is the address of the published site."""
    if url := os.environ.get("SITE_URL"):
        config.site_url = url if url.endswith("/") else f"{url}/"


def about(root: Path, atlas: Atlas) -> tuple[About, tuple[Diagnostic, ...]]:
    """What exports say of the site, and what is wrong with its settings. A folder of data alone has none."""
    settings, complaints = _read_settings(root) if (root / CONFIG).is_file() else (Settings(), ())
    return about_atlas(atlas, settings.name, settings.url), complaints


def _read_settings(root: Path) -> tuple[Settings, tuple[Diagnostic, ...]]:
    config, complaints = load(root)
    return (settings_of(config) if config else Settings()), complaints


def load(root: Path, **options: Any) -> tuple[MkDocsConfig | None, tuple[Diagnostic, ...]]:
    """The settings in mkdocs.yml, or what is wrong with them."""
    place = Location(CONFIG)
    if not (root / CONFIG).is_file():
        message = f"there is no {CONFIG} in {root}"
        return None, (NO_CONFIG.at(place, message, "give the folder that holds it: --root DIR"),)
    # Both announce on every run that their makers disagree about the future of MkDocs.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    os.environ.setdefault("DISABLE_MKDOCS_2_WARNING", "true")
    # Here, since it takes longer than to validate the whole taxonomy, which needs none of it.
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    ear = _Ear(None)
    with listening(ear):
        try:
            config = load_config(str(root / CONFIG), **options)
        except MkDocsException as error:
            return None, tuple(ear.heard) or (MKDOCS.at(place, " ".join(error.format_message().split())),)
    if ear.heard:
        return None, tuple(ear.heard)
    _take_address(config)
    return config, ()


def hook_of(config: MkDocsConfig) -> Hook:
    """The one that mkdocs.yml names, or else a new one: settings without it still build."""
    plugins: dict[str, Any] = config.plugins
    for module in plugins.values():
        if isinstance(hook := getattr(module, "hook", None), Hook):
            return hook
    plugins["genai-atlas"] = new = Hook()
    return new


def _place_faults(root: Path, live: Path) -> tuple[Diagnostic, ...]:
    place = Location(str(live))
    kept = [root / name for name in (files.DATA_FOLDER, files.PAGES_FOLDER, "build", "src", ".git")]
    if live in (root, *root.parents) or any(live == folder or folder in live.parents for folder in kept):
        return (NO_SITE.at(place, "this folder holds the sources, and a site would replace them", "choose another"),)
    if live.is_dir() and any(live.iterdir()) and not (live / "index.html").is_file():
        return (NO_SITE.at(place, "this folder holds something other than a site", "remove it, or choose another"),)
    if live.exists() and not live.is_dir():
        return (NO_SITE.at(place, "this is a file, and the site is a folder", "choose another name"),)
    return ()


def _environment_faults() -> tuple[Diagnostic, ...]:
    place, faults = Location("environment"), []
    date, repository = os.environ.get("SOURCE_DATE_EPOCH"), os.environ.get("ATLAS_REPOSITORY")
    if date is not None and not (date.isascii() and date.isdigit() and len(date) <= 11):
        message = f"SOURCE_DATE_EPOCH is {date!r}, and not a number of seconds since 1970"
        faults.append(BAD_EPOCH.at(place, message, "unset it, or set it to $(date +%s)"))
    if repository and not web_address(repository):
        message = f"ATLAS_REPOSITORY is {repository!r}, and not the address of a repository"
        faults.append(BAD_REPOSITORY.at(place, message, "give it with its host: https://github.com/owner/name"))
    return tuple(faults)


def _stop(message: str) -> Exception:
    from mkdocs.exceptions import PluginError

    return PluginError(message)


class _Ear(logging.Handler):
    """Hears MkDocs' warnings, with the page that it was reading."""

    def __init__(self, config: MkDocsConfig | None) -> None:
        super().__init__(logging.WARNING)
        self.config = config
        self.heard: list[Diagnostic] = []

    def emit(self, record: logging.LogRecord) -> None:
        page = getattr(self.config, "_current_page", None)
        place = Location(f"{files.PAGES_FOLDER}/{page.file.src_uri}" if page else CONFIG)
        self.heard.append(MKDOCS.at(place, " ".join(record.getMessage().split())))


@contextmanager
def listening(handler: logging.Handler) -> Iterator[None]:
    """A logger with a handler, if only one that drops all it hears, does not print to the terminal by itself."""
    log = logging.getLogger("mkdocs")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
