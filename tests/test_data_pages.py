"""The data of the published atlas, held against its pages: whatever a page shows is in its JSON and in its Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from genai_atlas.atlas import Atlas
from genai_atlas.export.gather import sayer
from genai_atlas.export.twins import FORMS
from genai_atlas.site import examine
from genai_atlas.views.page import grouped, show_date

PROJECT = Path(__file__).parents[1]


def chosen() -> Iterator[str]:
    """A full and a brief topic of each kind, a subarea with a table, and an area."""
    found: dict[tuple[str, bool], str] = {}
    for file in sorted((PROJECT / "taxonomy").glob("*/*/*.yaml")):
        text = file.read_text("utf-8")
        if kind := re.search(r"^kind: (\w+)", text, re.MULTILINE):
            path = file.relative_to(PROJECT / "taxonomy").with_suffix("").as_posix()
            found.setdefault((kind[1], "\noverview:" in text), path)
    yield from found.values()
    yield from ("model-architecture-research/attention-mechanisms", "model-architecture-research")


TEMPLATE = frozenset(
    re.findall(
        r"\S+",
        """
    a against as of the it to see in is not be when use with where what what's atlas atlas's all and or by whole
    path overview scope read first confused avoid findings each row one measured result was compared bars share zero
    within support mixed limit idea baseline baselines setting source approach approaches side limitations limits
    open problems problem known settled milestones benchmarks benchmark measures mind that implementations related
    topics reading list introductory intermediate advanced references cited comparison topic state page kind depth
    reviewed compare literature until review due evidence thin formerly at also area subarea brief entry full words
    finding reference number states derived shown areas more subareas results places comparator notation says how
    relates its neighbours subject still written are elsewhere exact close
        """,
    )
)
"""What the templates say themselves."""


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return examine(PROJECT).atlas


@cache
def article(file: Path) -> Element:
    tree = html5lib.parse(file.read_text("utf-8"), namespaceHTMLElements=False)
    found = tree.find(".//article")
    assert found is not None
    return found


@pytest.fixture(scope="module", params=chosen())
def page(request: pytest.FixtureRequest, published: Path) -> tuple[str, Element, dict[str, Any]]:
    path: str = request.param
    folder = ("areas", "subareas", "topics")[path.count("/")]
    return (
        path,
        article(published / path / "index.html"),
        json.loads((published / f"data/{folder}/{path}.json").read_bytes()),
    )


def classes(element: Element) -> set[str]:
    return set((element.get("class") or "").split())


SKIPPED = (
    "atlas-crumbs", "atlas-actions", "atlas-nb", "headerlink", "atlas-anchor", "atlas-due", "atlas-sr",
    "atlas-works-of",
)  # fmt: skip
"""Ways to other pages, tools, drawings that a list repeats, and what only this day decides."""


def shown(element: Element) -> Iterator[str]:
    if element.tag.rpartition("}")[2] in ("math", "svg", "select") or classes(element).intersection(SKIPPED):
        return
    yield element.text or ""
    for child in element:
        yield from shown(child)
        yield " "
        yield child.tail or ""


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w\u202f%×−-]+", text.casefold()))


def said(value: Any, say: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "meta":
                yield from said(item, say)
    elif isinstance(value, list):
        for item in value:
            yield from said(item, say)
    elif isinstance(value, str):
        yield value
        yield say(value)
        if re.fullmatch(r"\d{4}(-\d\d){1,2}", value):
            yield show_date(value)
            yield show_date(value[:7])
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
        yield grouped(value)
    elif value is not None:
        yield str(value)


def test_every_word_of_a_page_is_in_its_json(page: tuple[str, Element, dict[str, Any]], atlas: Atlas) -> None:
    _, element, document = page
    known = words(" ".join(said(document, sayer(atlas))))
    counts = {str(n) for n in range(100)}  # of items in a list, and numbers of citations: see the tests below
    assert words("".join(shown(element))) - known - TEMPLATE - counts == set()


def all_of(element: Element, tag: str, name: str) -> list[Element]:
    return [found for found in element.iter(tag) if name in classes(found)]


def test_items_of_a_page_are_those_of_its_json(page: tuple[str, Element, dict[str, Any]]) -> None:
    """Counted from the HTML, with the anchors of those that have one."""
    path, element, document = page
    references = [item for found in all_of(element, "ol", "atlas-refs") for item in found]
    assert [item.get("id") for item in references] == [f"ref-{work['number']}" for work in document["references"]]
    for item, work in zip(references, document["references"], strict=True):
        back = next(found for found in item.iter("span") if "atlas-back" in classes(found))
        assert [a.get("href") for a in back.iter("a")] == [f"#{at['anchor']}" for at in work["cited_in"]]
    if path.count("/") < 2:
        return
    rows = [row for table in all_of(element, "table", "atlas-findings") for row in table.iter("tr") if row.get("id")]
    assert [row.get("id") for row in rows] == [item["id"] for item in document["findings"]]
    assert [len(all_of(row, "ul", "atlas-base")[0]) for row in rows] == [
        len(item["baselines"]) or 1 for item in document["findings"]
    ]
    for name, tag, inner in (("limitations", "ol", "atlas-limits"), ("milestones", "ol", "atlas-milestones")):
        items = [item for found in all_of(element, tag, inner) for item in found]
        assert [item.get("id") for item in items] == [item["id"] for item in document[name]]
    problems = all_of(element, "article", "atlas-problem")
    assert [problem.get("id") for problem in problems] == [item["id"] for item in document["open_problems"]]
    relations = all_of(element, "dl", "atlas-relations")[0]
    links = [next(item.iter("a")).get("href", "") for item in relations.iter("dd")]
    assert len(links) == len(document["relations"])
    targets = [f"/{item['topic']['path']}/" for item in document["relations"]]
    assert all(href.endswith(target) for href, target in zip(links, targets, strict=True))
    reading = all_of(element, "div", "atlas-reading")[0]
    assert len(list(reading.iter("li"))) == len(document["reading_list"])
    implementations = [item for found in all_of(element, "ul", "atlas-impl") for item in found]
    assert len(implementations) == len(document["implementations"])
    aliases = "".join(all_of(element, "p", "atlas-aka")[0].itertext()).partition("also: ")[2]
    assert [name for name in aliases.split(" · ") if name] == document["aliases"]


def listed(element: Element, tag: str, name: str, item: str) -> list[Element]:
    """The items, at any depth, of every element of this tag and class."""
    return [found for outer in all_of(element, tag, name) for found in outer.iter(item)]


ITEMS = {
    "findings": ("table", "atlas-findings", "tr"),
    "milestones": ("ol", "atlas-milestones", "li"),
    "limitations": ("ol", "atlas-limits", "li"),
    "open_problems": ("div", "atlas-problems", "article"),
    "implementations": ("ul", "atlas-impl", "li"),
    "relations": ("dl", "atlas-relations", "dd"),
    "references": ("ol", "atlas-refs", "li"),
}


def test_each_item_says_what_its_json_says(page: tuple[str, Element, dict[str, Any]], atlas: Atlas) -> None:
    """Item by item, so that no field of one is made up for by the words of another."""
    _, element, document = page
    say, own = sayer(atlas), TEMPLATE - {"derived", "limits", "mixed"}
    digits = {str(n) for n in range(100)}
    for name, (tag, class_, item) in ITEMS.items():
        rows = [row for row in listed(element, tag, class_, item) if row.get("id") or item in ("li", "dd")]
        for row, data in zip(rows, document.get(name, []), strict=True):
            assert words("".join(shown(row))) - words(" ".join(said(data, say))) - own - digits == set(), name


def test_what_is_computed_is_what_the_page_shows(page: tuple[str, Element, dict[str, Any]]) -> None:
    path, element, document = page
    siblings = all_of(element, "nav", "atlas-siblings")[0]
    assert ["".join(li.itertext()) for li in siblings.iter("li")] == [place["title"] for place in document["siblings"]]
    if path.count("/") == 2:
        facts = " ".join("".join(all_of(element, "div", "atlas-facts")[0].itertext()).split())
        assert f"Depth {document['depth']}: {grouped(document['words'])} words" in facts
        assert f"Reviewed {show_date(document['reviewed'])}" in facts
        if document["findings"]:
            counts = document["evidence"]
            assert f"{counts['supports']} support, {counts['mixed']} mixed, {counts['limits']} limit" in facts
        levels = {h3.text: len(list(section.iter("li"))) for section in element.iter("section") for h3 in section
                  if h3.tag == "h3" and (h3.get("id") or "").startswith("level-")}  # fmt: skip
        items = [item["level"].capitalize() for item in document["reading_list"]]
        assert levels == {level: items.count(level) for level in dict.fromkeys(items)}


def test_every_word_of_a_page_is_in_its_markdown(page: tuple[str, Element, dict[str, Any]], published: Path) -> None:
    path, element, _ = page
    twin = (published / path / "index.md").read_text("utf-8").replace("\\", "")
    counts = {str(n) for n in range(100)}
    lost = words("".join(shown(element))) - words(twin) - TEMPLATE - counts
    assert {word for word in lost if word not in twin.casefold()} == set()


def test_every_page_but_the_forms_has_a_twin(published: Path) -> None:
    pages = {path.parent for path in published.rglob("index.html")}
    twins = {path.parent for path in published.rglob("index.md")}
    assert pages - twins == {published / form for form in FORMS}


def test_every_claim_is_an_element_of_its_page(published: Path) -> None:
    ids: dict[str, set[str]] = {}
    for line in (published / "data/claims.jsonl").read_text("utf-8").splitlines():
        path, _, anchor = json.loads(line)["id"].partition("#")
        ids.setdefault(path, set()).add(anchor)
    assert len(ids) == 120
    for path, anchors in ids.items():
        text = (published / path / "index.html").read_text("utf-8")
        twin = (published / path / "index.md").read_text("utf-8")
        assert anchors <= set(re.findall(r'\sid="([^"]+)"', text)), path
        assert anchors - {"content"} <= set(re.findall(r'<a id="([^"]+)">', twin)), path


def test_copy_for_reading_offline_holds_no_data(published: Path) -> None:
    kept = [path for path, _, _ in json.loads((published / "assets/offline.json").read_bytes())["files"]]
    assert "data/index.html" in kept
    assert [path for path in kept if path.startswith("data/")] == ["data/index.html"]
    assert not any(path.endswith((".md", ".txt")) and path != "assets/OFL.txt" for path in kept)


# ---------------------------------------------------------------- recipes


RECIPES = (PROJECT / "docs/recipes.md").read_text("utf-8")


def recipe(heading: str, language: str = "python") -> list[str]:
    part = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", RECIPES, re.MULTILINE | re.DOTALL)
    assert part
    return re.findall(rf"```{language}\n(.*?)```", part[1], re.DOTALL)


def run(code: str, published: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(published / "data")
        exec(compile(code, "recipe", "exec"), {"__name__": "recipe"})
    return capsys.readouterr().out


def test_recipe_of_techniques(published: Path, capsys: pytest.CaptureFixture[str], atlas: Atlas) -> None:
    found = run(recipe("All techniques that address memory usage")[0], published, capsys).splitlines()
    target = "performance-optimization/resource-optimization/memory-usage"
    edges = [e for e in atlas.edges if e.type == "addresses" and e.target == target]
    wanted = {atlas.title(e.source) for e in edges if atlas.topics[e.source].kind == "technique"}
    assert found == sorted(wanted)
    assert wanted


def test_recipe_of_open_problems(published: Path, capsys: pytest.CaptureFixture[str], atlas: Atlas) -> None:
    import csv
    import io

    out = run(recipe("Every open problem with its citations, as CSV")[0], published, capsys)
    rows = list(csv.reader(io.StringIO(out)))
    assert len(rows) - 1 == sum(len(topic.open_problems) for topic in atlas.topics.values())
    assert all(len(row) == 6 and row[4] and row[5].startswith("https://") for row in rows[1:])


def test_recipe_of_the_graph(published: Path, capsys: pytest.CaptureFixture[str], atlas: Atlas) -> None:
    lines = run(recipe("The graph in networkx")[0], published, capsys).splitlines()
    titles = {topic.title for topic in atlas.topics.values()}
    assert len(lines) == 5
    assert all(line.partition(" ")[2] in titles for line in lines)


def test_recipes_in_sql(published: Path, atlas: Atlas) -> None:
    import sqlite3

    contested, passages = recipe("SQL on the findings", "sql")
    with sqlite3.connect(f"file:{published}/data/atlas.sqlite?mode=ro", uri=True) as database:
        rows = database.execute(contested).fetchall()
        limits = [row[3] for row in rows]
        assert limits == sorted(limits, reverse=True)
        most = max(sum(f.reading == "limits" for f in topic.findings) for topic in atlas.topics.values())
        assert limits[0] == most
        assert all("[" in passage for _, passage in database.execute(passages))
        assert database.execute(passages).fetchone()


def test_recipe_of_retrieval(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(recipe("A retrieval index")[0], published, capsys).splitlines()
    assert 2 <= len(lines) <= 20
    assert any("cache" in line and "memory" in line for line in lines)


def test_guide_names_only_files_that_exist(published: Path) -> None:
    guide = (PROJECT / "docs/data.md").read_text("utf-8")
    for path in re.findall(r"\]\(([\w./-]+\.(?:jsonl?|sqlite|txt))\)", guide):
        assert (published / path).is_file(), path
    snippet = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert snippet
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(published / "data/topics/model-architecture-research/attention-mechanisms")
        exec(compile(snippet[1], "guide", "exec"), {})
