"""The data files: what they hold, read back by programs that nobody here wrote."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import networkx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from genai_atlas.atlas import Atlas
from genai_atlas.export import EXPORTERS, About, Selection, UnknownPath, about, published, select
from genai_atlas.export.api import KINDS, schema
from genai_atlas.export.csv_tables import guarded
from genai_atlas.export.gather import claims, gather
from genai_atlas.export.tables import number
from genai_atlas.output import OutputFile
from genai_atlas.parse import parse
from tea import CASES, STEEPING, TEA, read_atlas, tea_with

URL = "https://example.org/tea/"
TOPIC = "brewing/infusion/steeping"


def facts(atlas: Atlas) -> About:
    return about(atlas, "tea", URL)


def files(atlas: Atlas, pages: tuple[OutputFile, ...] = ()) -> dict[str, bytes]:
    return {output.path: output.data for output in published(atlas, facts(atlas), pages)}


@pytest.fixture(scope="module")
def outputs(tea: Atlas) -> dict[str, bytes]:
    return files(tea)


@pytest.fixture(scope="module")
def topic(outputs: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outputs[f"data/topics/{TOPIC}.json"])
    return found


# ---------------------------------------------------------------- JSON


def kind_of(path: str) -> str:
    folder, _, rest = path.removeprefix("data/").partition("/")
    return folder.removesuffix("s") if rest else folder.removesuffix(".json")


def test_every_json_file_fits_its_schema(outputs: dict[str, bytes], fabricated: Atlas) -> None:
    seen = set()
    for path, data in (*outputs.items(), *files(fabricated).items()):
        kind = kind_of(path)
        if path.startswith("data/") and path.endswith(".json") and kind in KINDS:
            document = json.loads(data)
            jsonschema.validate(document, json.loads(outputs[f"data/schemas/{kind}.schema.json"]))
            assert document["meta"]["kind"] == kind
            assert document["meta"]["data_url"] == URL + path
            seen.add(kind)
    for line in outputs["data/claims.jsonl"].splitlines():
        jsonschema.validate(json.loads(line), json.loads(outputs["data/schemas/claim.schema.json"]))
    assert seen == set(KINDS) - {"claim"}


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_one_and_refuses_what_it_does_not_know(kind: str, tea: Atlas) -> None:
    made = schema(kind, facts(tea))
    jsonschema.Draft202012Validator.check_schema(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"unknown": 1}, made)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind: str, tea: Atlas) -> None:
    made = schema(kind, facts(tea))
    for name, shape in {kind: made, **made.get("$defs", {})}.items():
        for field, described in shape.get("properties", {}).items():
            assert described.get("description") or "$ref" in described or "allOf" in described, f"{name}.{field}"


def test_openapi_file_is_valid_and_names_files_that_exist(outputs: dict[str, bytes]) -> None:
    spec = json.loads(outputs["data/openapi.json"])
    OpenAPIV31SpecValidator(spec).validate()
    assert spec["servers"] == [{"url": f"{URL}data"}]
    described = {path: re.sub(r"\\{\w+\\}", "[^/.]+", re.escape(f"data{path}")) for path in spec["paths"]}
    files = {name for name in outputs if name.startswith("data/")}
    for path, pattern in described.items():
        assert any(re.fullmatch(pattern, name) for name in files), path
    assert {name for name in files if not any(re.fullmatch(p, name) for p in described.values())} == set()
    media = {f"data/{row['path']}": row["media_type"] for row in json.loads(outputs["data/index.json"])["files"]}
    for name in files - {"data/index.json"}:
        told = {next(iter(spec["paths"][path]["get"]["responses"]["200"]["content"]))
                for path, pattern in described.items() if re.fullmatch(pattern, name)}  # fmt: skip
        assert media[name] in told, name
    operations = [path["get"]["operationId"] for path in spec["paths"].values()]
    assert len(set(operations)) == len(operations)


def test_hash_covers_all_but_meta(outputs: dict[str, bytes]) -> None:
    hashes = set()
    for path, data in outputs.items():
        if re.match(r"data/(topics|subareas|areas)/", path):
            document = json.loads(data)
            meta = document.pop("meta")
            text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            assert meta["hash"] == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", path
            hashes.add(meta["hash"])
    assert len(hashes) == 7 + 2 + 2


def test_hash_does_not_depend_on_where_the_site_stands(tea: Atlas) -> None:
    here, there = (gather(tea, about(tea, "tea", url)).topics[TOPIC].meta for url in (URL, "https://other.example/"))
    assert here.hash == there.hash
    assert here.url != there.url


def test_topic_holds_relations_of_both_directions(tea: Atlas, outputs: dict[str, bytes]) -> None:
    for path in tea.topics:
        document = json.loads(outputs[f"data/topics/{path}.json"])
        found = {(r["type"], r["topic"]["path"]) for r in document["relations"]}
        assert found == {(kind.value, other) for kind, other, _ in tea.relations_of(path)}
    authored = sum(len(topic.relations) for topic in tea.topics.values())
    assert sum(len(tea.relations_of(path)) for path in tea.topics) > authored


def test_topic_holds_what_is_computed(topic: dict[str, Any]) -> None:
    assert topic["depth"] == "full"
    assert topic["evidence"] == {"supports": 1, "mixed": 2, "limits": 2}
    assert topic["review_due"] == "2027-06-01"
    assert topic["findings"][0]["baselines"] == [
        {"value": "4.2", "what": "whole leaf"},
        {"value": "2.9", "what": "rolled leaf"},
    ]
    assert topic["findings"][3]["baselines"] == []
    assert topic["prerequisites"][0]["topics"] == ["brewing/infusion/water-temperature"]
    assert topic["meta"]["source"] == STEEPING
    assert {work["key"] for work in topic["references"]} >= {finding["ref"] for finding in topic["findings"]}


def test_all_authored_values_are_in_the_document(tea: Atlas, topic: dict[str, Any]) -> None:
    """Values of the file, letter by letter; how topics are named there is resolved."""
    said = set(strings(topic))
    authored = tea.topics[TOPIC].model_dump(mode="json", exclude={"relations": {"__all__": {"to"}}})
    del authored["approaches"]["rows"][2]["topic"], authored["approaches"]["rows"][3]["topic"]
    missing = set(strings(authored)) - said - {finding["baseline"] for finding in authored["findings"]}
    assert missing == {authored["review_by"]} - said


def strings(value: Any) -> Any:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def test_graph_is_read_by_networkx(tea: Atlas, outputs: dict[str, bytes]) -> None:
    graph = networkx.node_link_graph(json.loads(outputs["data/graph.json"]), edges="edges")
    assert set(graph.nodes) == set(tea.topics)
    assert set(graph.edges(keys=True)) == {(e.source, e.target, e.type.value) for e in tea.edges}
    assert graph.nodes[TOPIC]["title"] == "Steeping"


def test_lists_hold_every_item_of_every_topic(fabricated: Atlas) -> None:
    made = files(fabricated)
    topics = fabricated.topics.values()
    assert len(json.loads(made["data/findings.json"])["findings"]) == sum(len(t.findings) for t in topics)
    assert len(json.loads(made["data/open-problems.json"])["open_problems"]) == sum(
        len(t.open_problems) for t in topics
    )
    assert [w["key"] for w in json.loads(made["data/references.json"])["references"]] == sorted(fabricated.references)
    whole = json.loads(made["data/atlas.json"])
    assert [t["path"] for t in whole["topics"]] == list(fabricated.topic_paths)
    for document in whole["topics"]:
        assert document == json.loads(made[f"data/topics/{document['path']}.json"])


def test_index_lists_every_file_with_its_hash(outputs: dict[str, bytes]) -> None:
    rows = {row["path"]: row for row in json.loads(outputs["data/index.json"])["files"]}
    assert {f"data/{path}" for path in rows} | {"data/index.json"} == {p for p in outputs if p.startswith("data/")}
    for path, row in rows.items():
        data = outputs[f"data/{path}"]
        assert (row["bytes"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert row["media_type"] != "application/octet-stream"


def test_two_builds_give_the_same_bytes(outputs: dict[str, bytes]) -> None:
    again, _ = read_atlas(dict(reversed(TEA.items())))
    assert files(again) == outputs


def test_unreadable_topic_is_left_out_and_the_rest_stands(tea: Atlas) -> None:
    broken, _ = parse(read_sources(tea_with((STEEPING, "kind: technique", "kind: technik"))))
    made = files(broken)
    assert f"data/topics/{TOPIC}.json" not in made
    assert len(json.loads(made["data/atlas.json"])["topics"]) == len(tea.topics) - 1


def read_sources(contents: Mapping[str, bytes]) -> Any:
    from genai_atlas.source import SourceFile

    return [SourceFile(path, data) for path, data in sorted(contents.items()) if path.startswith("taxonomy/")]


# ---------------------------------------------------------------- tables


HOSTILE = (
    '=cmd|"/c calc"!A1', "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "＝1", "'quoted", "a,b", 'say "x"', "two\r\nlines",
    "lone\rreturn", "plain", "", "{Braces} & <script>alert(1)</script>", "Ærøskøbing — 浸す", "−3", "-25.5",
    "1,234", "+5",
)  # fmt: skip


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_is_a_formula_and_each_is_given_back(cell: str) -> None:
    shown = guarded(cell)
    assert shown[:1] not in tuple("=+-@\t\r＝＋－＠") or not shown or number(shown) is not None
    assert (shown[1:] if shown.startswith("'") else shown) == cell


@pytest.fixture(scope="module")
def hostile() -> Atlas:
    """Every text that may hold anything holds it."""
    title = 'Stra\\u00dfe & Söhne, \\"x\\" {A} </script> 100% #1'
    edits = [
        (STEEPING, "title: Steeping", f'title: "{title}"'),
        (STEEPING, "aliases: [hot infusion,", "aliases: ['=cmd|A1', '@SUM', hot infusion,"),
    ]
    contents = tea_with(*edits)
    text = contents["taxonomy/references/2019.yaml"].decode()
    authors = ", ".join(f'"Ünsal {n} O\'Brien"' for n in range(400))
    text = re.sub(r"authors: \[.*?\]", f"authors: ['{{Ministry of Tea, Leaves & Water}}', {authors}]", text, flags=re.S)
    text = re.sub(r"title: .*", 'title: "=HYPERLINK(1), {Case} & <b> \\"q\\" — a, b"', text, count=1)
    contents["taxonomy/references/2019.yaml"] = text.encode()
    return parse(read_sources(contents))[0]


def works(atlas: Atlas) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files(atlas)["data/references.json"])["references"]
    return found


def test_hostile_records_reach_json_whole(hostile: Atlas) -> None:
    (work,) = [w for w in works(hostile) if w["year"] == 2019]
    authored = next(r for r in hostile.references.values() if r.year == 2019)
    assert work["title"] == authored.title == '=HYPERLINK(1), {Case} & <b> "q" — a, b'
    assert len(work["authors"]) == 401
    assert work["organisations"] == ["Ministry of Tea, Leaves & Water"]


@pytest.mark.parametrize("name", ["tea", "fabricated", "hostile"])
def test_csv_package_is_read_by_frictionless(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    atlas: Atlas = request.getfixturevalue(name)
    for output in EXPORTERS["csv"](atlas, Selection(), facts(atlas)):
        (tmp_path / output.path).write_bytes(output.data)
    package = frictionless.Package(str(tmp_path / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])[:5]
    read = {resource.name: resource.read_rows() for resource in package.resources}
    assert len(read["topics"]) == len(atlas.topics)
    assert len(read["relations"]) == len(atlas.edges)
    titles = {row["key"]: row["title"].removeprefix("'") for row in read["works"]}
    assert titles == {key: work.title for key, work in atlas.references.items()}
    years = {row["key"]: (row["year"], row["doi"], row["arxiv"]) for row in read["works"]}
    assert years == {key: (work.year, work.doi, work.arxiv) for key, work in atlas.references.items()}


def test_sqlite_holds_what_csv_holds(hostile: Atlas, tmp_path: Path) -> None:
    (output,) = EXPORTERS["sqlite"](hostile, Selection(), facts(hostile))
    (tmp_path / output.path).write_bytes(output.data)
    with sqlite3.connect(tmp_path / output.path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in EXPORTERS["csv"](hostile, Selection(), facts(hostile)):
            if table.path.endswith(".csv"):
                rows = list(csv.reader(io.StringIO(table.data.decode(), newline="")))
                name = table.path.removesuffix(".csv")
                stored = database.execute(f"SELECT * FROM {name}").fetchall()
                assert [len(rows) - 1, rows[0]] == [
                    len(stored),
                    [c[1] for c in database.execute(f"PRAGMA table_info({name})")],
                ]
        hits = database.execute(
            "SELECT id FROM passages JOIN passages_fts ON number = passages_fts.rowid "
            "WHERE passages_fts MATCH 'calcium binds' ORDER BY rank"
        ).fetchall()
        assert (f"{TOPIC}#overview",) in hits


@pytest.mark.parametrize("path", ["brewing", "brewing/infusion", TOPIC])
@pytest.mark.parametrize("format_", EXPORTERS)
def test_part_of_the_atlas_exports_in_every_format(tea: Atlas, format_: str, path: str) -> None:
    for output in EXPORTERS[format_](tea, Selection(path), facts(tea)):
        assert output.data
        assert b"blind-tasting.yaml" not in output.data


def test_csv_of_one_topic_is_valid_by_itself(tea: Atlas, tmp_path: Path) -> None:
    for output in EXPORTERS["csv"](tea, Selection(TOPIC), facts(tea)):
        (tmp_path / output.path).write_bytes(output.data)
    package = frictionless.Package(str(tmp_path / "datapackage.json"))
    assert package.validate().valid
    assert [row["path"] for row in package.get_resource("topics").read_rows()] == [TOPIC]


# ---------------------------------------------------------------- selection


def test_selection_by_whole_path_and_by_last_part(tea: Atlas) -> None:
    assert select(tea, "topic", TOPIC) == select(tea, "topic", "steeping") == select(tea, "topic", f"{TOPIC}/")
    assert select(tea, "subarea", "tasting") == Selection("judging/tasting")
    assert select(tea, "area", "brewing").level == "area"


@pytest.mark.parametrize(
    ("level", "name", "nearest"),
    [("topic", "steping", "steeping"), ("area", "brew", "brewing"), ("subarea", "judging/taste", "judging/tasting")],
)
def test_unknown_path_names_the_nearest(tea: Atlas, level: str, name: str, nearest: str) -> None:
    with pytest.raises(UnknownPath, match=re.escape(f"no {level} '{name}'; the nearest is '{nearest}'")):
        select(tea, level, name)


def test_references_of_a_part_are_those_that_it_cites(tea: Atlas) -> None:
    brief = "brewing/infusion/whisking"
    keys = set(Selection(brief).references(tea))
    assert keys == {key for key, _, _ in tea.citations_of(brief)}
    assert keys < set(Selection().references(tea))


# ---------------------------------------------------------------- Markdown and claims


def test_claim_ids_are_anchors_that_the_twin_has_too(tea: Atlas, outputs: dict[str, bytes]) -> None:
    twin = outputs[f"{TOPIC}/index.md.txt"].decode()
    found = [claim for claim in claims(tea, Selection(TOPIC), facts(tea)) if claim.type != "summary"]
    assert len(found) == 3 + 5 + 5 + 3 + 6
    for claim in found:
        path, _, anchor = claim.id.partition("#")
        assert path == TOPIC
        assert f'<a id="{anchor}"></a>' in twin


def test_claim_of_a_finding_stands_alone(tea: Atlas) -> None:
    claim = next(c for c in claims(tea, Selection(TOPIC), facts(tea)) if c.type == "finding")
    assert claim.text == (
        "Broken leaf gave up its caffeine in a third of the time that whole leaf needed. Value: 1.4 minutes to 95% of "
        "the final value (lower is faster), against 4.2 (whole leaf); 2.9 (rolled leaf). Setting: one black tea, 2 g "
        "to 100 g of water at $95$ °C, n = 12 cups."
    )
    assert [(c.key, c.locator) for c in claim.citations] == [("arden2019leaf", "Table 2, §4")]
    assert claim.url == f"{URL}{TOPIC}/#finding-arden2019leaf"
    assert 60 < claim.tokens < 90


def test_claims_are_one_object_a_line(outputs: dict[str, bytes], tea: Atlas) -> None:
    lines = outputs["data/claims.jsonl"].decode().split("\n")
    assert lines.pop() == ""
    ids = [json.loads(line)["id"] for line in lines]
    assert len(set(ids)) == len(ids) == len(claims(tea, Selection(), facts(tea)))


def test_llms_files_lead_to_every_topic(tea: Atlas, outputs: dict[str, bytes]) -> None:
    short, full = outputs["llms.txt"].decode(), outputs["llms-full.txt"].decode()
    assert short.startswith("# tea\n\n> ")
    for path in tea.topics:
        assert f"]({URL}{path}/index.md)" in short
        assert f"\n# {tea.title(path)}\n" in full
    for address in re.findall(rf"\({re.escape(URL)}([\w./-]+)\)", short):
        assert address.replace(".md", ".md.txt") in outputs, address


def test_handwritten_page_has_a_twin_with_whole_addresses(tea: Atlas) -> None:
    links = b"[a](b.md#c) [d](data/e.json) [f](https://g.example/h.md) [i](#j) [k](../about.md)"
    source = b"---\ntitle: X\n---\n# X\n\n" + links + b"\n"
    made = files(tea, (OutputFile("guide/x.md", source), OutputFile("index.md", b"# Home"), OutputFile("x.png", b"")))
    assert made["guide/x/index.md.txt"].decode() == (
        f"# X\n\n[a]({URL}guide/b/#c) [d]({URL}guide/data/e.json) [f](https://g.example/h.md) [i](#j) "
        f"[k]({URL}about/)\n"
    )
    assert not any(path.startswith("x") for path in made)


def test_version_of_the_format_is_said_in_every_document(tea: Atlas) -> None:
    later = replace(facts(tea), format_version="1.9")
    for output in published(tea, later):
        if output.path.startswith("data/topics/"):
            assert json.loads(output.data)["meta"]["format_version"] == "1.9"


@pytest.mark.parametrize("format_", EXPORTERS)
def test_export_has_the_same_bytes_in_another_process(format_: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "genai_atlas.cli", "--root", str(CASES / "base"), "export", format_, "-o"]
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Kiritimati")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        subprocess.run([*command, str(tmp_path / seed)], env=environment, check=True, capture_output=True)
    assert tree(tmp_path / "1") == tree(tmp_path / "2") != {}


def tree(path: Path) -> dict[str, bytes]:
    """The files of a folder, or the one that it is."""
    found = path.rglob("*") if path.is_dir() else (path,)
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in found if file.is_file()}
