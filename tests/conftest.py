"""What the tests share: folders made from mappings, the atlas of tea, and a fabricated one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from fabricate import Fabricator
from genai_atlas.atlas import Atlas
from genai_atlas.site import build
from tea import PROJECT, TEA, MakeRoot, read_atlas


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update",
        action="store_true",
        help="Rewrite tests/cases/*/expected.txt and tests/golden/ from what the engine says now. Review the diff like "
        "code.",
    )


@pytest.fixture
def is_update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


@pytest.fixture
def make_root(tmp_path: Path) -> MakeRoot:
    """Writes `{path: text or bytes}` into a folder of its own, and returns the folder."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "root"
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return make


@pytest.fixture(scope="session")
def tea() -> Atlas:
    """The small atlas of tests/cases/base: one full entry, six brief ones."""
    atlas, diagnostics = read_atlas(TEA)
    assert diagnostics == ()
    return atlas


@pytest.fixture(scope="session")
def fabricated() -> Atlas:
    """Thirty full entries of random words: every kind five times."""
    atlas, diagnostics = read_atlas({path: text.encode() for path, text in Fabricator(30, seed=1).files()})
    assert diagnostics == ()
    return atlas


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The atlas itself, built for a host with a base path: /genai-atlas/."""
    root = tmp_path_factory.mktemp("atlas")
    for folder in ("taxonomy", "docs"):
        shutil.copytree(PROJECT / folder, root / folder)
    settings = (PROJECT / "mkdocs.yml").read_text("utf-8")
    package = (PROJECT / "src/genai_atlas").as_posix()
    (root / "mkdocs.yml").write_text(settings.replace("src/genai_atlas", package), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", "https://example.org/genai-atlas/")
        result = build(root, root / "site")
    assert result.built, "\n".join(map(str, result.diagnostics))
    return root / "site"
