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
