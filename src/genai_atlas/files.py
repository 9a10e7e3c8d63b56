"""The only disk access for data: read what is authored, write what differs, exchange whole folders. Layer 4."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from genai_atlas.diagnostics import Diagnostic, Location, Rule, Severity
from genai_atlas.output import OutputFile
from genai_atlas.source import MAX_FILE_BYTES, SYMLINK, SourceFile, path_fault

DATA_FOLDER: Final = "taxonomy"
PAGES_FOLDER: Final = "docs"
RELEASES_FOLDER: Final = "docs/data/releases"
MANIFEST: Final = ".manifest.json"
"""Hidden, so that no site generator publishes it."""
_TEMPORARY: Final = ".tmp~"

STRAY = Rule(
    "S130",
    "stray-file",
    "Only .yaml files and published.txt are read from taxonomy/. Anything else there is read by nobody; most often it "
    "is a topic with the wrong ending, or belongs into docs/. Names that begin with a dot or end with a tilde are an "
    "editor's own and are passed over.",
    wrong="# taxonomy/training-methods/efficient-training/lora.yml\n",
    right="# taxonomy/training-methods/efficient-training/lora.yaml\n",
    severity=Severity.WARNING,
)
NO_DATA = Rule(
    "S131",
    "no-taxonomy",
    "The folder given by --root, or else the working directory, holds a folder taxonomy/ with the data.",
    wrong="# genai-atlas --root taxonomy validate\n",
    right="# genai-atlas --root . validate\n",
)
RULES: Final = (STRAY, NO_DATA)


class FilesError(Exception):
    """The disk refused. Says in one line where and why."""

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        self.path: Final = os.fspath(path)
        self.reason: Final = reason
        super().__init__(f"{self.path}: {reason}")


@contextmanager
def _told(path: str | os.PathLike[str], doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        named = str(error.filename or "")
        place = path if named.endswith(_TEMPORARY) else named or path
        raise FilesError(place, f"cannot {doing}: {reason}") from error


def read(root: Path) -> tuple[tuple[SourceFile, ...], tuple[Diagnostic, ...]]:
    """Everything under taxonomy/, sorted by path. What is refused is not opened; links are not followed."""
    top = Location(DATA_FOLDER)
    found: list[SourceFile] = []
    faults: list[Diagnostic] = []
    if not os.path.lexists(root / DATA_FOLDER):
        message = f"there is no folder taxonomy/ in {root}"
        return (), (NO_DATA.at(top, message, "give the folder that holds it: --root DIR"),)
    for path, entry in _walk(root, DATA_FOLDER, faults):
        if not path.endswith(".yaml") and path != f"{DATA_FOLDER}/published.txt":
            hint = "rename it to .yaml" if path.endswith((".yml", ".YAML", ".YML")) else "move it out of taxonomy/"
            faults.append(STRAY.at(Location(path), "only .yaml files are read here", hint))
            continue
        # One byte more than allowed: source.read() then refuses the file, and its topic keeps its place for links.
        data = _content(path, entry, faults, MAX_FILE_BYTES + 1)
        if data is not None:
            found.append(SourceFile(path, data))
    return tuple(sorted(found, key=lambda file: file.path)), tuple(sorted(faults))


def read_pages(root: Path) -> tuple[tuple[OutputFile, ...], tuple[Diagnostic, ...]]:
    """The hand-written pages and files under docs/, with paths relative to it. Links are refused as in taxonomy/."""
    return _read_below(root, PAGES_FOLDER)


def read_releases(root: Path) -> tuple[tuple[OutputFile, ...], tuple[Diagnostic, ...]]:
    """Those of them that are frozen releases, with the same paths."""
    return _read_below(root, RELEASES_FOLDER)


def _read_below(root: Path, folder: str) -> tuple[tuple[OutputFile, ...], tuple[Diagnostic, ...]]:
    found: list[OutputFile] = []
    faults: list[Diagnostic] = []
    if os.path.lexists(root / folder):
        for path, entry in _walk(root, folder, faults):
            data = _content(path, entry, faults)
            if data is not None:
                found.append(OutputFile(path.removeprefix(f"{PAGES_FOLDER}/"), data))
    return tuple(sorted(found, key=lambda file: file.path)), tuple(sorted(faults))


def _walk(root: Path, folder: str, faults: list[Diagnostic]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Regular files below `root/folder`, as far as names and kinds are good; adds a fault for each that is not."""
    if (root / folder).is_symlink() or not (root / folder).is_dir():
        faults.append(_not_regular(folder))
        return
    waiting = [folder]
    while waiting:
        parent = waiting.pop()
        with _told(root / parent, "read the folder"), os.scandir(root / parent) as entries:
            for entry in entries:
                path = f"{parent}/{entry.name}"
                if entry.name.startswith(".") or entry.name.endswith("~"):
                    continue
                fault = path_fault(path.removeprefix(f"{folder}/")) if folder == DATA_FOLDER else None
                if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                    faults.append(_not_regular(path))
                elif fault:
                    place = Location(f"{folder}/{fault.location.path}")
                    faults.append(Diagnostic(place, fault.code, fault.message, fault.hint, fault.severity))
                elif entry.is_dir():
                    waiting.append(path)
                else:
                    yield path, entry


def _not_regular(path: str) -> Diagnostic:
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    message = "this is a symbolic link or no regular file, and is not read"
    return SYMLINK.at(Location(shown), message, "put the file itself here")


def _content(
    path: str, entry: os.DirEntry[str], faults: list[Diagnostic], limit: int = sys.maxsize
) -> bytes | None:
    """At most `limit` bytes. None where the file is gone again, or has become something else: then with a fault."""
    # The kind is asked again of what was opened: the name may have changed hands since the folder was listed.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with _told(entry.path, "read the file"):
        try:
            handle = os.open(entry.path, flags)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        else:
            with open(handle, "rb") as file:
                status = os.fstat(handle)
                if stat.S_ISREG(status.st_mode):
                    return file.read(min(status.st_size, limit))
        faults.append(_not_regular(path))
        return None


def write(outputs: Iterable[OutputFile], folder: Path) -> tuple[str, ...]:
    """Make the folder hold exactly the outputs; the paths that were written or removed, sorted.

    A file is replaced only where its bytes differ, since a server that watches the folder would start again for
    nothing. The manifest comes last: until it fits, the folder is known to be between two states.
    """
    wanted = {_safe(output.path): output.data for output in outputs}
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(wanted.items())}
    manifest = f"{json.dumps({'files': hashes}, indent=0)}\n".encode()
    with _told(folder, "write the folder"):
        folder.mkdir(parents=True, exist_ok=True)
        present, folders = _present(folder)
        stale = present.keys() - wanted.keys() - {MANIFEST}
        for path in stale:
            os.unlink(folder / path)
        kept = {str(parent) for path in wanted for parent in PurePosixPath(path).parents}
        for path in sorted(folders - kept, reverse=True):
            os.rmdir(folder / path)
        differing = [p for p, data in wanted.items() if not (present.get(p) and _holds(folder / p, data))]
        for parent in sorted({os.path.dirname(path) for path in differing} - folders):
            (folder / parent).mkdir(parents=True, exist_ok=True)
    for path in differing:
        replace_file(folder / path, wanted[path], durable=False)
    if stale or differing or not _holds(folder / MANIFEST, manifest):
        replace_file(folder / MANIFEST, manifest, durable=False)
    return tuple(sorted((*stale, *differing)))


def is_whole(folder: Path) -> bool:
    """Whether the folder holds what one write() left, and not a mixture of two."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"].items()
        return all(hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest for path, digest in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _safe(path: str) -> str:
    parts = path.split("/")
    if "\\" in path or path == MANIFEST or any(part in ("", ".", "..") or part.endswith(_TEMPORARY) for part in parts):
        raise ValueError(f"not a path for an output: {path!r}")
    return path


def _present(folder: Path) -> tuple[dict[str, bool], set[str]]:
    """Each file, with whether it is a regular one, and each folder. Temporary files of a killed run are removed."""
    files: dict[str, bool] = {}
    folders: set[str] = set()
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        with os.scandir(folder / parent) as entries:
            for entry in entries:
                path = f"{parent}/{entry.name}" if parent else entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.add(path)
                    waiting.append(path)
                elif entry.name.endswith(_TEMPORARY):
                    os.unlink(entry.path)
                else:
                    files[path] = entry.is_file(follow_symlinks=False)
    return files, folders


def _holds(path: Path, data: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return os.fstat(file.fileno()).st_size == len(data) and file.read() == data
    except FileNotFoundError:
        return False


def replace_file(path: Path, data: bytes, *, durable: bool) -> None:
    """Old or new, never half. `durable` outlives a loss of power too, and costs ten times as much."""
    with _told(path, "write"):
        temporary = _stage(path, data, durable)
        try:
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        if durable:
            _sync_folder(path.parent)


def _stage(path: Path, data: bytes, durable: bool) -> Path:
    """The data under a temporary name beside `path`."""
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        with open(temporary, "xb") as file:  # x: never through a link that somebody laid there
            if durable and path.exists():
                os.chmod(temporary, stat.S_IMODE(path.stat().st_mode))
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def replace_files(outputs: Iterable[OutputFile], root: Path) -> None:
    """All of them, or none where the disk refuses one. A kill between two leaves each whole, old or new, in order."""
    wanted = {root / _safe(output.path): output.data for output in outputs}
    staged: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    try:
        for path, data in wanted.items():
            with _told(path, "write"):
                _refuse_links(root, path)
                path.parent.mkdir(parents=True, exist_ok=True)
                staged[path] = _stage(path, data, durable=True)
        for path, temporary in staged.items():
            with _told(path, "write"):
                old = path.read_bytes() if path.exists() else None
                os.replace(temporary, path)
                before[path] = old
                _sync_folder(path.parent)
    except BaseException:
        for temporary in staged.values():
            with suppress(OSError):
                os.unlink(temporary)
        for path, old in before.items():
            with suppress(OSError, FilesError):
                path.unlink() if old is None else replace_file(path, old, durable=True)
        raise


def _refuse_links(root: Path, path: Path) -> None:
    """What is read goes through no link below the root, and so does what is written."""
    for place in (path, *path.parents):
        if place == root:
            return
        if place.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link", os.fspath(place))


def put_file(path: Path, data: bytes) -> None:
    """`replace_file`, with the folders above it made where they are missing."""
    with _told(path.parent, "make"):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, data, durable=True)


def put_folder(outputs: Iterable[OutputFile], folder: Path) -> None:
    """A new folder, whole or not at all: it is written beside its place, and takes its name as the last step. What a
    killed run left beside it is removed."""
    new = unfinished(folder)
    remove(new)
    for output in outputs:
        put_file(new / _safe(output.path), output.data)
    with _told(folder, "put the new folder in place"):
        os.rename(new, folder)
        _sync_folder(folder.parent)


def unfinished(folder: Path) -> Path:
    """Where put_folder() writes until it is done; read by nobody."""
    return folder.with_name(f".{folder.name}-new~")


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def exchange(new: Path, live: Path) -> None:
    """`new` takes the place of `live` in one step; what was live stands at `new` afterwards, if there was anything."""
    with _told(live, "put the new folder in place"):
        if not os.path.lexists(live):
            os.rename(new, live)
        elif not _swap(new, live):
            parked = _parked(live)
            os.rename(live, parked)
            os.rename(new, live)
            os.rename(parked, new)


def recover(live: Path) -> None:
    """Put back what a kill between the renames of exchange() left aside."""
    parked = _parked(live)
    if not os.path.lexists(parked):
        return
    with _told(live, "put the old folder back"):
        if os.path.lexists(live):
            shutil.rmtree(parked)
        else:
            os.rename(parked, live)


def _parked(live: Path) -> Path:
    return live.with_name(f".{live.name}-old~")


def _swap(one: Path, other: Path) -> bool:
    """Exchange two names at once; False where system or file system cannot."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if renameat2 is None:
        return False
    here, exchange_flag = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange_flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), os.fspath(other))


def remove(path: Path) -> None:
    """A folder with all it holds, or a link to one; nothing where there is nothing."""
    with _told(path, "remove"):
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            _remove_folder(path)


def _remove_folder(path: Path) -> None:
    """The indexer of a build that was killed may write on for a moment, and fill what has just been emptied."""
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6):
        try:
            shutil.rmtree(path)
            return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        time.sleep(pause)
    shutil.rmtree(path)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Held by one process at a time; ends with the process, however that ends."""
    with _told(path, "lock"):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "ab")  # noqa: SIM115
    with file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise FilesError(path.parent, "another build is writing here; wait until it has ended") from error
        yield
