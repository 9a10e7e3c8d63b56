"""Each module says its layer in its docstring and imports only from strictly lower ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "genai_atlas"
MODULES = {
    ".".join(("genai_atlas", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def layer(name: str) -> int | None:
    """The root package holds the version only and stands below all layers."""
    found = re.search(r"\bLayer (\d+)", ast.get_docstring(TREES[name]) or "")
    return -1 if name == "genai_atlas" else int(found[1]) if found else None


def imports(name: str) -> list[tuple[int, str]]:
    """Line and full name of every module of this package that `name` imports, wherever the import stands."""
    found = []
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names if alias.name in MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "genai_atlas":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.append((node.lineno, full if full in MODULES else node.module))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: relative imports hide the layer"
    return [(line, each) for line, full in found for each in (full, *packages(full)) if not name.startswith(each)]


def packages(name: str) -> list[str]:
    """What Python runs before the module: the packages that hold it, but for the root."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(2, len(parts))]


@pytest.mark.parametrize("name", MODULES)
def test_module_states_its_layer(name: str) -> None:
    assert layer(name) is not None, f"{MODULES[name]} does not say `Layer N` in its docstring"


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_only_from_lower_layers(name: str) -> None:
    own = layer(name)
    too_high = [
        f"{MODULES[name]}:{line}: layer {own} imports {other} of layer {layer(other)}"
        for line, other in imports(name)
        if own is not None and (layer(other) or 0) >= own
    ]
    assert too_high == []


ENDS = ("files", "finish", "offline", "site", "preview", "assets", "canonical")


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[-1] not in ENDS])
def test_only_the_ends_of_the_pipeline_touch_the_disk(name: str) -> None:
    calls = [
        f"{MODULES[name]}:{node.lineno}"
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "open")
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in ("read_text", "write_text", "read_bytes", "write_bytes")
            )
        )
    ]
    assert calls == []
