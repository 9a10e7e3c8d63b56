"""What a curator sees in an editor: the YAML language server itself, over its protocol, with our schemas and settings.

`npm ci --prefix tests/editor` installs it. Without it these tests skip; with ATLAS_REQUIRE_PROGRAMS=1 they fail.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_atlas import canonical, schemas
from genai_atlas.model import MEANINGS, Kind, ReferenceType, RelationType, Topic
from genai_atlas.source import SourceFile
from tea import PROJECT, STEEPING, TEA, WHISKING, edited, place

SERVER = PROJECT / "tests/editor/node_modules/yaml-language-server/bin/yaml-language-server"
SUBAREA = "taxonomy/brewing/infusion/subarea.yaml"
AREA = "taxonomy/brewing/area.yaml"
REFERENCES = "taxonomy/references/2021.yaml"
ERROR = 1
Message = dict[str, Any]


class Editor:
    """The part of an editor that speaks with the server."""

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        self.root, self.settings, self.number = root, settings, 0
        self.versions: dict[str, int] = {}
        self.messages: queue.Queue[Message] = queue.Queue()
        self.process = subprocess.Popen(
            ["node", str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=self.listen, daemon=True).start()
        folder = {"uri": root.as_uri(), "name": "atlas"}
        self.ask("initialize", processId=os.getpid(), rootUri=root.as_uri(), workspaceFolders=[folder], capabilities={
            "workspace": {"configuration": True, "workspaceFolders": True},
            "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                             "hover": {"contentFormat": ["markdown"]}},
        })  # fmt: skip
        self.send("initialized")
        self.send("workspace/didChangeConfiguration", settings=self.nested())

    def nested(self) -> dict[str, Any]:
        """`yaml.format.enable` of settings.json as the protocol has it."""
        found: dict[str, Any] = {}
        for name, value in self.settings.items():
            *above, last = name.split(".")
            place = found
            for part in above:
                place = place.setdefault(part, {})
            place[last] = value
        return found

    def send(self, method: str, **parameters: Any) -> None:
        self.write({"method": method, "params": parameters})

    def write(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def listen(self) -> None:
        stream = self.process.stdout
        assert stream
        while header := stream.readline():
            if match := re.match(rb"Content-Length: (\d+)", header):
                while stream.readline().strip():
                    pass
                self.messages.put(json.loads(stream.read(int(match[1]))))

    def receive(self) -> Message:
        """What the server asks of an editor is answered on the way."""
        while True:
            message = self.messages.get(timeout=30)
            if "id" not in message or "method" not in message:
                return message
            asked = message["params"].get("items", []) if message["params"] else []
            sections = [self.nested().get(item["section"], {}) for item in asked]
            self.write({"id": message["id"], "result": sections or None})

    def ask(self, method: str, **parameters: Any) -> Any:
        self.number += 1
        self.write({"id": self.number, "method": method, "params": parameters})
        while True:
            message = self.receive()
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]

    def open(self, path: str, text: str) -> list[Message]:
        """The faults that the server finds."""
        uri = (self.root / path).as_uri()
        self.versions[uri] = version = self.versions.get(uri, 0) + 1
        if version == 1:
            document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
            self.send("textDocument/didOpen", textDocument=document)
        else:
            document = {"uri": uri, "version": version}
            self.send("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])
        return self.published(uri)

    def published(self, uri: str) -> list[Message]:
        while True:
            message = self.receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                return list(message["params"]["diagnostics"])

    def at(self, path: str, text: str, mark: str) -> dict[str, Any]:
        """The place of the bar in the one place where `mark` stands."""
        assert text.count(mark.replace("|", "")) == 1
        index = text.index(mark.replace("|", "")) + mark.index("|")
        position = {"line": text.count("\n", 0, index), "character": index - text.rfind("\n", 0, index) - 1}
        return {"textDocument": {"uri": (self.root / path).as_uri()}, "position": position}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    if not shutil.which("node") or not SERVER.exists():
        what = "there is no language server: npm ci --prefix tests/editor"
        if os.environ.get("ATLAS_REQUIRE_PROGRAMS"):
            pytest.fail(what, pytrace=False)
        pytest.skip(what)
    root = tmp_path_factory.mktemp("atlas")
    shutil.copytree(PROJECT / "schemas", root / "schemas")
    settings = json.loads((PROJECT / ".vscode/settings.json").read_text("utf-8"))
    found = Editor(root, settings | {"yaml.schemaStore.enable": False})  # the store is on the network
    yield found
    found.process.kill()
    found.process.communicate()


def named(path: str) -> str:
    """A file of the atlas of tea with the line for editors."""
    out, _ = canonical.layout(SourceFile(path, TEA[path]), schemas.SCHEMAS_FOLDER)
    assert out
    return out.data.decode()


ALL = sorted(path for path in TEA if path.endswith(".yaml"))


@pytest.mark.parametrize("path", ALL)
def test_sound_file_has_no_fault(editor: Editor, path: str) -> None:
    assert editor.open(path, named(path)) == []


@pytest.mark.parametrize("path", ALL)
def test_settings_know_a_file_without_the_line(editor: Editor, path: str) -> None:
    text = TEA[path].decode()
    assert editor.open(path, text) == []
    wrong = editor.open(path, text + "zzz: 1\n")
    assert any(fault["severity"] == ERROR and fault["range"]["start"]["line"] == text.count("\n") for fault in wrong)


def test_year_without_quotes_is_no_fault_as_it_is_none_to_us(editor: Editor) -> None:
    data = edited(named(STEEPING).encode(), [('date: "2019"', "date: 2019")])
    assert editor.open(STEEPING, data.decode()) == []


FAULTS = {
    "a kind that is none": (WHISKING, "kind: technique", "kind: technik", "technique"),
    "a field that is none": (WHISKING, "literature_until:", "literatur_until:", "literatur_until"),
    "a relation type": (WHISKING, "type: builds_on", "type: builds_upon", "builds_on"),
    "a month": (WHISKING, "literature_until: 2026-06", "literature_until: June", "pattern"),
    "a title too long": (WHISKING, "title: Whisking", f"title: {'x' * 61}", "60"),
    "a year as text": (REFERENCES, "year: 2021\n  month: 6", 'year: "2021"\n  month: 6', "integer"),
    "a number as a topic": (SUBAREA, "  - steeping", "  - 12", "string"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "told"), FAULTS.values(), ids=FAULTS)
def test_fault_is_marked_in_its_line(editor: Editor, path: str, old: str, new: str, told: str) -> None:
    data = edited(named(path).encode(), [(old, new)])
    line = int(place(data, new).partition(":")[0]) - 1
    faults = editor.open(path, data.decode())
    assert any(f["range"]["start"]["line"] == line and told in f["message"] for f in faults), faults


OFFERED = {
    "kind": (WHISKING, "kind: technique", "\nkind: |\n", Kind),
    "relation type": (WHISKING, "{type: builds_on,", "{type: |,", RelationType),
    "type of a work": (REFERENCES, "type: preprint", "  type: |\n", ReferenceType),
}


@pytest.mark.parametrize(("path", "old", "new", "values"), OFFERED.values(), ids=OFFERED)
def test_fixed_values_are_offered(editor: Editor, path: str, old: str, new: str, values: type[Kind]) -> None:
    text = edited(named(path).encode(), [(old, new.replace("|", "").strip("\n").lstrip(" "))]).decode()
    assert set(values) <= offered(editor, path, text, new)


def offered(editor: Editor, path: str, text: str, mark: str) -> set[str]:
    editor.open(path, text)
    found = editor.ask("textDocument/completion", **editor.at(path, text, mark))
    return {item["label"] for item in found["items"]}


def test_fields_that_are_missing_are_offered(editor: Editor) -> None:
    text = named(WHISKING).replace("\nrelations:", "\no\nrelations:")
    found = offered(editor, WHISKING, text, "\no|\n")
    assert {"overview", "scope", "findings"} <= found
    assert "title" not in found


def test_fixed_value_is_explained_where_it_is_offered(editor: Editor) -> None:
    text = edited(named(WHISKING).encode(), [("kind: technique", "kind:")]).decode().replace("kind:", "kind: ")
    editor.open(WHISKING, text)
    found = editor.ask("textDocument/completion", **editor.at(WHISKING, text, "\nkind: |\n"))
    told = {item["label"]: item.get("documentation") for item in found["items"]}
    assert {kind: MEANINGS[kind] for kind in Kind}.items() <= told.items()


@pytest.mark.parametrize("name", ["kind", "literature_until", "reading_list"])
def test_field_is_explained_where_the_pointer_rests(editor: Editor, name: str) -> None:
    text = named(WHISKING)
    editor.open(WHISKING, text)
    found = editor.ask("textDocument/hover", **editor.at(WHISKING, text, f"\n|{name}:"))
    assert str(Topic.model_fields[name].description) in found["contents"]["value"].replace("\\", "")
