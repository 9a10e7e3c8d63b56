"""The list of files that a browser keeps for reading offline. Layer 3; reads and writes one folder, the built site."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Final

WORKER: Final = "sw.js"
LIST: Final = "assets/offline.json"
LEFT_OUT: Final = frozenset({WORKER, LIST, "sitemap.xml", "sitemap.xml.gz", "llms.txt", "llms-full.txt"})
"""The worker is kept by the browser itself, the list by the worker; nobody reads the sitemap. What is for programs says
again what the pages say, and would double the copy; see `_is_kept`."""
_UNVERSIONED: Final = 'const VERSION = "";'


def keep_offline(site: Path) -> None:
    """Write the list, and its version into the worker: any change of the site is a change of the worker, which browsers
    look for at each load. To be called when nothing else in the site will change."""
    worker = site / WORKER
    if not worker.is_file():
        return
    paths = (path for path in sorted(site.rglob("*")) if path.is_file())
    files = [_row(site, path) for path in paths if _is_kept(path.relative_to(site).as_posix())]
    version = _digest(json.dumps([files, _digest(worker.read_bytes())]).encode())
    listed = {"version": version, "bytes": sum(row[2] for row in files), "files": files}
    (site / LIST).write_text(json.dumps(listed, separators=(",", ":")) + "\n", "utf-8", newline="\n")
    code = worker.read_text("utf-8").replace(_UNVERSIONED, f'const VERSION = "{version}";')
    worker.write_text(code, "utf-8", newline="\n")


def _is_kept(path: str) -> bool:
    """Not the data files and feeds, nor the Markdown beside each page. A page under data/ is kept like any other."""
    of_data = path.startswith("data/") and not path.endswith(".html")
    of_feeds = path.startswith("changes/") and path.endswith(".xml")
    return path not in LEFT_OUT and not of_data and not of_feeds and not path.endswith(".md")


def _row(site: Path, path: Path) -> tuple[str, str, int]:
    data = path.read_bytes()
    return path.relative_to(site).as_posix(), _digest(data), len(data)


def _digest(data: bytes) -> str:
    """72 bits: enough to tell two builds of one file apart, and the list stays short."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()[:12]
