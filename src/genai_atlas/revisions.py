"""The authored files as they were at a git revision. Layer 4; asks git, and writes nothing."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from genai_atlas.source import MAX_FILE_BYTES, SourceFile

TIMEOUT_S: Final = 120


class RevisionError(Exception):
    """Says in one line why there is nothing to read."""


def read(root: Path, revision: str) -> tuple[SourceFile, ...]:
    """Everything under taxonomy/ at the revision, sorted by path; `root` may be a folder within the repository."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    if not commit:
        raise RevisionError(f"'{revision}' is neither a folder with a taxonomy/ nor a git revision in {root}")
    data = _git(root, "archive", "--format=tar", commit.decode("ascii"), "--", "taxonomy")
    if not data:
        raise RevisionError(f"revision '{revision}' has no folder taxonomy/ in {root}")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return tuple(sorted(_files(archive), key=lambda file: file.path))


def _files(archive: tarfile.TarFile) -> Iterator[SourceFile]:
    """What files.read() would read of the same folder; links are not followed."""
    for member in archive:
        is_data = member.name.endswith(".yaml") or member.name == "taxonomy/published.txt"
        is_own = any(part.startswith(".") or part.endswith("~") for part in member.name.split("/"))
        if member.isfile() and is_data and not is_own and (file := archive.extractfile(member)):
            yield SourceFile(member.name, file.read(MAX_FILE_BYTES + 1))


def dirty(root: Path) -> tuple[str, ...]:
    """What differs from the last commit below `root`, or is in none, as paths from there; ignored files are none of
    it."""
    if not _git(root, "rev-parse", "--verify", "--quiet", "HEAD"):
        raise RevisionError(f"{root} is in no git repository with a commit")
    prefix = _git(root, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip("\n")
    # Renames are told as two files, so that each record is one path.
    told = _git(root, "status", "--porcelain", "--no-renames", "--untracked-files=all", "-z", "--", ".")
    records = told.decode("utf-8", "surrogateescape").split("\0")
    return tuple(record[3:].removeprefix(prefix) for record in records if record)


def committed(root: Path, path: str) -> bytes:
    """A file as it is in the last commit; empty where it is not."""
    return _git(root, "show", f"HEAD:./{path}")


def _git(root: Path, *arguments: str) -> bytes:
    """What git prints; nothing where it refuses."""
    command = ["git", "-C", os.fspath(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)
    except FileNotFoundError as error:
        raise RevisionError("git is not installed; name two folders") from error
    except (OSError, ValueError) as error:
        raise RevisionError(f"git cannot be asked: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise RevisionError(f"git did not answer within {TIMEOUT_S} seconds") from error
    return done.stdout if done.returncode == 0 else b""
