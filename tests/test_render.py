"""Pages: golden ones, every authored field on its page, and no text that becomes markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import html5lib
import markdown
import pytest
import yaml
from pydantic import BaseModel

from genai_atlas import prose
from genai_atlas.atlas import Atlas
from genai_atlas.model import Loc, Match, RelationType, SameAs, texts
from genai_atlas.output import OutputFile
from genai_atlas.prose import Profile
from genai_atlas.render import Settings, render
from genai_atlas.views.page import full_name, show_date
from genai_atlas.views.topic import PHRASES, baseline_parts, show_value
from tea import TEA, edited, read_atlas, tea_with

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = Settings("Atlas of tea", "https://tea.example.org/atlas/", "https://example.org/tea")
STEEP, WHISK, CUP = "brewing/infusion/steeping", "brewing/infusion/whisking", "judging/tasting/cupping"
BLIND = "taxonomy/judging/tasting/blind-tasting.yaml"

Render = Callable[[Atlas], dict[str, str]]


@pytest.fixture(scope="session")
def render_pages(tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Every page of an atlas by its path; the fonts are cut once for all."""
    cache = tmp_path_factory.mktemp("fonts")

    def pages(atlas: Atlas) -> dict[str, str]:
        outputs = render(atlas, SETTINGS, cache)
        texts = (output for output in outputs if output.path.endswith((".md", ".json", ".html")))
        return {output.path: output.data.decode() for output in texts}

    return pages


@pytest.fixture(scope="session")
def faulty(render_pages: Render) -> dict[str, str]:
    """The pages of the atlas of tea with one topic that cannot be read."""
    return render_pages(
        read_atlas(tea_with((BLIND, "kind: evaluation", "kind: evalation"), (BLIND, "-11-24", "-11-31")))[0]
    )


@pytest.fixture(scope="session")
def pages(tea: Atlas, render_pages: Render) -> dict[str, str]:
    return render_pages(tea)


GOLDEN_PAGES = {
    "a full entry": f"{STEEP}.md",
    "a brief entry": f"{WHISK}.md",
    "an area": "brewing/index.md",
    "a subarea": "brewing/infusion/index.md",
    "a faulty entry": "judging/tasting/blind-tasting.md",
    "an entry that moved": "brewing/infusion/infusing/index.html",
    "an entry that ended": "brewing/infusion/sun-tea/index.html",
}


@pytest.mark.parametrize("path", GOLDEN_PAGES.values(), ids=GOLDEN_PAGES)
def test_golden_page(faulty: dict[str, str], path: str, is_update: bool) -> None:
    golden = GOLDEN / path
    if is_update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(faulty[path], "utf-8", newline="\n")
    assert faulty[path] == golden.read_text("utf-8")


def test_golden_folder_holds_nothing_else() -> None:
    found = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file()}
    assert found == set(GOLDEN_PAGES.values())


# ---------------------------------------------------------------- as a browser sees it


def _settings() -> dict[str, Any]:
    text = (Path(__file__).parents[1] / "mkdocs.yml").read_text("utf-8").replace("!ENV ", "")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def as_html(page: str) -> Element:
    """The page without its front matter, through Markdown as the site has it."""
    extensions, options = [], {}
    for item in _settings()["markdown_extensions"]:
        name, own = (item, {}) if isinstance(item, str) else next(iter(item.items()))
        extensions.append(name)
        options[name] = own
    body = page.split("---\n", 2)[2] if page.startswith("---\n") else page
    html = markdown.markdown(body, extensions=extensions, extension_configs=options)
    parsed: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return parsed


def front_matter(page: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(page.split("---\n", 2)[1])
    return found


def shown(tree: Element) -> str:
    """All text in one line."""

    def walk(element: Element) -> Iterator[str]:
        yield " " if element.tag == "br" else element.text or ""
        for child in element:
            yield from walk(child)
            yield child.tail or ""

    return " ".join("".join(walk(tree)).split())


def pages_of(outputs: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in outputs.items() if path.endswith(".md")}


# ---------------------------------------------------------------- every field shows


def leaves(value: Any, way: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    """Every authored value below an object, with the way to it."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), (*way, name))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from leaves(item, (*way, i))
    elif value is not None:
        yield way, value


def pieces(text: str, profile: Profile, atlas: Atlas) -> Iterator[str]:
    """What a reader sees of a text, formulas and citations aside."""

    def walk(tokens: tuple[prose.Inline, ...]) -> Iterator[str]:
        for token in tokens:
            match token:
                case prose.Text() | prose.Code() | prose.Link():
                    yield token.text
                case prose.TopicLink():
                    yield token.text or atlas.title(atlas.resolve(token.slug) or "").lower()
                case prose.Emphasis() | prose.Strong():
                    yield from walk(token.children)

    for block in prose.parse(text, profile).blocks:
        match block:
            case prose.Paragraph():
                yield from walk(block.children)
            case prose.List():
                for item in block.items:
                    yield from walk(item)


def expected_of(atlas: Atlas, owner: BaseModel) -> Iterator[tuple[Loc, str]]:
    """For every authored value the words that have to stand on its page. A field that is not named here is shown as it
    is; so a new field fails until its page shows it."""
    profiles = {loc: profile for loc, profile, _ in texts(owner)}
    for loc, value in leaves(owner):
        field = next(step for step in reversed(loc) if isinstance(step, str))
        if field in ("refs", "ref"):
            yield loc, atlas.references[value].title
        elif field in ("to", "topic", "see", "topics", "subareas", "areas"):
            yield loc, _title(atlas, value)
        elif field == "baseline":
            yield from ((loc, word) for number, what in baseline_parts(value) for word in (show_value(number), what))
        elif field in ("reviewed", "literature_until", "date"):
            yield loc, show_date(value)
        elif field == "review_by":
            yield loc, show_date(value.isoformat()[:7])
        elif field == "concept":
            yield loc, SameAs(concept=value, label="any", match=Match.CLOSE, checked="any").url
        elif field == "basis":
            yield loc, "derived" if value == "derived" else ""
        elif isinstance(value, RelationType):
            yield loc, PHRASES[value]
        elif field == "level":
            yield loc, value.capitalize()
        elif loc in profiles and not isinstance(value, int | float):
            yield from ((loc, piece) for piece in pieces(value, profiles[loc], atlas))
        else:
            yield loc, show_value(value)


def _title(atlas: Atlas, name: str) -> str:
    named = {path.rsplit("/", 1)[-1]: entry.title for _, path, entry in atlas.entries()}
    return named[name]


def addresses(tree: Element) -> set[str]:
    return attributes(tree, "href")


def attributes(tree: Element, *names: str) -> set[str]:
    return {value for element in tree.iter() for name, value in element.attrib.items() if name in names}


def assert_shown(atlas: Atlas, owner: BaseModel, tree: Element, also: str = "") -> None:
    visible = f"{shown(tree)} {also}".casefold()
    told = attributes(tree, "href", "datetime", "title")
    missing = [
        (loc, words)
        for loc, words in expected_of(atlas, owner)
        if " ".join(words.split()).casefold() not in visible and words not in told
    ]
    assert missing == []


def test_every_field_of_a_full_entry_is_on_its_page(tea: Atlas, render_pages: Render) -> None:
    topic = tea.topics[STEEP].model_copy(update={"thin": "Few people measure tea."})
    assert {name for name in type(topic).model_fields if not getattr(topic, name)} == set()
    atlas = replace(tea, topics={**tea.topics, STEEP: topic})
    tree = as_html(render_pages(atlas)[f"{STEEP}.md"])
    assert_shown(atlas, topic, tree)
    formulas = sum(sum(1 for _ in prose.parse(text, profile).formulas()) for _, profile, text in texts(topic))
    assert sum(element.tag.endswith("math") for element in tree.iter()) == formulas


@pytest.mark.parametrize("number", range(6))
def test_every_field_is_shown_whatever_the_kind(fabricated: Atlas, render_pages: Render, number: int) -> None:
    path, topic = list(fabricated.topics.items())[number]
    assert_shown(fabricated, topic, as_html(render_pages(fabricated)[f"{path}.md"]))


def test_every_field_of_areas_and_subareas_is_on_their_pages(tea: Atlas, pages: dict[str, str]) -> None:
    for path, entry in (*tea.areas.items(), *tea.subareas.items()):
        assert_shown(tea, entry, as_html(pages[f"{path}/index.md"]))


def test_every_field_of_a_record_is_in_the_list_of_references(tea: Atlas, pages: dict[str, str]) -> None:
    tree = as_html(pages["references.md"])
    items = {element.attrib["id"]: element for element in tree.iter("li") if "id" in element.attrib}
    assert set(items) == set(tea.references)
    for key, reference in tea.references.items():
        # The month orders the works of a year; the page says the year.
        named = reference.model_copy(update={"authors": tuple(map(full_name, reference.authors)), "month": None})
        assert_shown(tea, named, items[key])


def test_every_field_of_the_atlas_is_on_the_home_page(tea: Atlas, pages: dict[str, str]) -> None:
    assert_shown(tea, tea.file, as_html(pages["index.md"]), also=front_matter(pages["index.md"])["title"])


def test_every_field_of_a_retired_topic_is_at_its_old_address(tea: Atlas, pages: dict[str, str]) -> None:
    page = html5lib.parse(pages["brewing/infusion/sun-tea/index.html"], namespaceHTMLElements=False)
    assert_shown(tea, tea.retired["brewing/infusion/sun-tea"], page)


# ---------------------------------------------------------------- text stays text

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script> \"q\" 'r' & &amp; {: onclick=alert(3) } {{ config }} "
    '[x](javascript:alert(4)) ![y](z) --8<-- "mkdocs.yml" <!-- c --> *e* `f` | # g ]]> \\ https://evil.example.org'
)


def put(value: Any, way: Loc, text: str) -> Any:
    """The value with another text at the end of the way."""
    if not way:
        return text
    step, *rest = way
    if isinstance(value, tuple):
        assert isinstance(step, int)
        return (*value[:step], put(value[step], tuple(rest), text), *value[step + 1 :])
    return value.model_copy(update={str(step): put(getattr(value, str(step)), tuple(rest), text)})


def hostile(owner: Any) -> Any:
    """The same with markup in every text that holds prose."""
    for number, (loc, _, text) in enumerate(list(texts(owner))):
        owner = put(owner, loc, f"{HOSTILE} {number} {text}")
    return owner


@pytest.fixture(scope="session")
def hostile_pages(tea: Atlas, render_pages: Render) -> dict[str, str]:
    def all_of(entries: Any) -> Any:
        return {key: hostile(entry) for key, entry in entries.items()}

    return render_pages(
        replace(
            tea,
            file=hostile(tea.file),
            areas=all_of(tea.areas),
            subareas=all_of(tea.subareas),
            topics=all_of(tea.topics),
            references=all_of(tea.references),
            retired=all_of(tea.retired),
        )
    )


def test_markup_in_every_text_is_shown_and_not_obeyed(hostile_pages: dict[str, str], pages: dict[str, str]) -> None:
    assert set(hostile_pages) == set(pages)
    without = ("rules.md", "schema.md", "yours.md")   # no authored text stands on them
    marked = [path for path in pages if path not in without and path.endswith(".md")]
    for path in marked:
        page = hostile_pages[path]
        assert not re.search(r"<(img|script|iframe|!--)\b", page), path
        assert "{{ config" not in page, path
        assert "--8<--" not in page, path
        tree = as_html(page)
        for element in tree.iter():
            assert element.tag not in ("img", "script", "iframe", "object"), path
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"], path
            assert not element.attrib.get("href", "").lower().startswith("javascript"), path
            assert "evil.example.org" not in element.attrib.get("href", ""), path
        assert "<img src=x onerror=alert(1)><script>alert(2)</script>" in shown(tree), path


def test_markup_in_front_matter_is_escaped_since_the_theme_prints_it_raw(hostile_pages: dict[str, str]) -> None:
    for path, page in pages_of(hostile_pages).items():
        for name, value in front_matter(page).items():
            active = r"[<>&]" if name == "json_ld" else r"[<>\"]"
            assert not isinstance(value, str) or not re.search(active, value), (path, name)


def test_pages_have_the_same_elements_whatever_the_texts_say(
    hostile_pages: dict[str, str], pages: dict[str, str]
) -> None:
    """But for emphasis and code, which the texts ask for where they may."""
    for path in (f"{WHISK}.md", "brewing/index.md", "references.md", "search.md", "index.md"):
        found, usual = (Counter(element.tag for element in as_html(p[path]).iter()) for p in (hostile_pages, pages))
        for tag in ("em", "code", "{http://www.w3.org/2000/svg}tspan"):  # a long title takes more lines
            del found[tag], usual[tag]
        assert found == usual, path


# ---------------------------------------------------------------- facts about all pages


@pytest.mark.parametrize("which", ["tea", "fabricated"])
def test_ids_are_unique(request: pytest.FixtureRequest, render_pages: Render, which: str) -> None:
    outputs = pages_of(render_pages(request.getfixturevalue(which)))
    for path in sorted(outputs)[::5]:
        ids = Counter(element.attrib["id"] for element in as_html(outputs[path]).iter() if "id" in element.attrib)
        assert [id_ for id_, count in ids.items() if count > 1] == [], path


def test_links_within_a_page_lead_to_an_id_of_it(pages: dict[str, str]) -> None:
    for path, page in pages_of(pages).items():
        tree = as_html(page)
        ids = {element.attrib["id"] for element in tree.iter() if "id" in element.attrib}
        wanted = {href[1:] for href in addresses(tree) if href.startswith("#")}
        assert wanted - ids == set(), path


def test_second_finding_of_a_source_has_an_anchor_of_its_own(tea: Atlas, render_pages: Render) -> None:
    first, *others = tea.topics[STEEP].findings
    twice = (first, *others, first.model_copy(update={"claim": "The same source once more."}))
    atlas = replace(tea, topics={**tea.topics, STEEP: tea.topics[STEEP].model_copy(update={"findings": twice})})
    tree = as_html(render_pages(atlas)[f"{STEEP}.md"])
    rows = {element.attrib["id"]: shown(element) for element in tree.iter("tr") if "id" in element.attrib}
    assert "The same source once more." in rows["finding-arden2019leaf-2"]
    assert "#finding-arden2019leaf-2" in addresses(tree)


def test_bars_stand_only_where_numbers_are_plain(tea: Atlas, pages: dict[str, str]) -> None:
    tree = as_html(pages[f"{STEEP}.md"])
    rows = [element for element in tree.iter("tr") if element.attrib.get("id", "").startswith("finding-")]
    bars = [sum(e.attrib.get("class", "").startswith("atlas-meter") for e in row.iter()) for row in rows]
    assert bars == [3, 2, 0, 0, 2]


def test_relations_stand_on_both_pages(pages: dict[str, str]) -> None:
    here, there = (as_html(pages[f"{path}.md"]) for path in (STEEP, CUP))
    assert "Is measured by Cupping the protocol is a steep of five minutes" in shown(here)
    assert "Measures Steeping the protocol is a steep of five minutes" in shown(there)
    assert "../../../judging/tasting/cupping/" in addresses(here)
    assert "../../../brewing/infusion/steeping/" in addresses(there)


def test_numbers_of_citations_are_those_of_the_references(pages: dict[str, str]) -> None:
    tree = as_html(pages[f"{STEEP}.md"])
    links = [e for e in tree.iter("a") if e.attrib.get("class") == "atlas-cite"]
    assert links
    assert all(link.attrib["href"] == f"#ref-{link.text}" for link in links)
    references = [e for e in tree.iter("li") if e.attrib.get("id", "").startswith("ref-")]
    assert [e.attrib["id"] for e in references] == [f"ref-{n}" for n in range(1, 15)]


def test_same_atlas_gives_the_same_bytes(tea: Atlas, tmp_path: Path) -> None:
    def outputs() -> tuple[OutputFile, ...]:
        return render(read_atlas(TEA)[0], SETTINGS, tmp_path)

    first = outputs()
    assert first == outputs()
    assert len({output.path for output in first}) == len(first)


def test_every_page_has_a_title_a_description_and_a_layout(pages: dict[str, str]) -> None:
    for path, page in pages_of(pages).items():
        found = front_matter(page)
        assert found["title"], path
        assert found["description"], path
        assert found["layout"], path


LISTS = (
    "index", "references", "names", "search", "rules", "schema", "explore", "open-problems", "findings", "benchmarks",
    "implementations", "map", "timeline", "compare", "paths", "yours", "changes",
)  # fmt: skip
DATA = tuple(f"assets/{name}.json" for name in ("names", "summaries", "evidence", "paths", "state"))
OWN_PAGES = frozenset((*(f"{name}.md" for name in LISTS), *DATA))
"""What every atlas has, an empty one too."""


def test_pages_are_those_of_the_atlas(tea: Atlas, pages: dict[str, str]) -> None:
    assert set(pages) == {
        *(f"{path}/index.md" for path in (*tea.areas, *tea.subareas)),
        *(f"{path}.md" for path in tea.topic_paths),
        "brewing/infusion/infusing/index.html",
        "brewing/infusion/sun-tea/index.html",
        *OWN_PAGES,
    }


def test_lines_have_no_blanks_at_their_ends_and_files_end_once(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        assert page.endswith("\n"), path
        assert not page.endswith("\n\n"), path
        assert "\r" not in page, path


def test_settings_reach_the_pages(pages: dict[str, str]) -> None:
    page = pages[f"{STEEP}.md"]
    assert "https://example.org/tea/edit/main/taxonomy/brewing/infusion/steeping.yaml" in addresses(as_html(page))
    assert "). Atlas of tea. https://tea.example.org/atlas/brewing/infusion/steeping/" in shown(as_html(page))


def test_page_of_a_faulty_entry_names_every_fault(faulty: dict[str, str]) -> None:
    text = shown(as_html(faulty["judging/tasting/blind-tasting.md"]))
    assert "blind-tasting.yaml:3:7 F204 `kind` cannot be 'evalation' did you mean 'evaluation'?" in text
    assert "blind-tasting.yaml:8:11 F206 `reviewed` has not the right form: '2026-11-31' write a day" in text


def test_links_to_a_faulty_entry_stay(faulty: dict[str, str]) -> None:
    assert "../../../judging/tasting/blind-tasting/" in addresses(as_html(faulty[f"{CUP}.md"]))


def test_formula_that_does_not_convert_is_shown_as_its_source(render_pages: Render) -> None:
    atlas, _ = read_atlas(
        tea_with(("taxonomy/brewing/infusion/steeping.yaml", "as $k = A", "as $\\frac{a$ and $k = A"))
    )
    assert "\\frac{a" in shown(as_html(render_pages(atlas)[f"{STEEP}.md"]))


def test_empty_atlas_has_its_lists(render_pages: Render) -> None:
    assert set(render_pages(read_atlas({})[0])) == OWN_PAGES


@pytest.mark.parametrize(
    ("url", "name", "short"),
    [
        ("https://tea.example.org/atlas/", "Atlas of tea", "Atlas of tea"),
        ("http://127.0.0.1:8000/", "Tea & <Coffee>, and Cocoa", "Tea & <Coffee>,"),
    ],
)
def test_browsers_are_told_how_to_search(tea: Atlas, tmp_path: Path, url: str, name: str, short: str) -> None:
    outputs = {output.path: output.data for output in render(tea, Settings(name, url), tmp_path)}
    tree = fromstring(outputs["opensearch.xml"])
    found = {element.tag.rpartition("}")[2]: element.text for element in tree if element.text}
    assert (found["ShortName"], found["InputEncoding"]) == (short, "UTF-8")
    assert found["Description"]
    assert [element.attrib["template"] for element in tree if element.tag.endswith("}Url")] == [
        f"{url}search/?q={{searchTerms}}",
        f"{url}opensearch.xml",
    ]
    assert found["Image"] == f"{url}assets/icon.svg"


def test_browsers_are_told_nothing_of_search_where_the_address_is_not_known(tea: Atlas, tmp_path: Path) -> None:
    assert "opensearch.xml" not in {output.path for output in render(tea, Settings(url="/"), tmp_path)}


def test_names_of_any_script_are_shown(render_pages: Render) -> None:
    path = f"taxonomy/{WHISK}.yaml"
    files = {**TEA, path: edited(TEA[path], [("title: Whisking", "title: 抹茶を点てる")])}
    outputs = render_pages(read_atlas(files)[0])
    assert front_matter(outputs[f"{WHISK}.md"])["title"] == "抹茶を点てる"
    assert all("抹茶を点てる" in outputs[name] for name in ("names.md", "search.md", "assets/names.json"))


def test_stylesheet_has_the_classes_of_the_formulas_and_the_font_their_characters(
    fabricated: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy forbids the style attributes that the converter writes: each became a class."""
    asked: list[tuple[str, frozenset[str]]] = []

    def no_assets(css: str, characters: frozenset[str], **_: object) -> tuple[OutputFile, ...]:
        asked.append((css, characters))
        return ()

    monkeypatch.setattr("genai_atlas.render.assets", no_assets)
    outputs = render(fabricated, SETTINGS)
    ((css, characters),) = asked
    drawn = "".join("".join(re.findall(r"<math.*?</math>", output.data.decode())) for output in outputs)
    assert set(re.findall(r"atlas-m-\w+", drawn)) == set(re.findall(r"atlas-m-\w+", css)) != set()
    assert characters >= set("𝔼∑θ√⊤≈") | {"𝑛", "𝑑"}


def test_search_page_lists_every_topic_with_its_subarea(tea: Atlas, pages: dict[str, str]) -> None:
    tree = as_html(pages["search.md"])
    (listed,) = (element for element in tree.iter("ul") if element.attrib.get("class") == "atlas-az")
    rows = [shown(row) for row in listed]
    assert rows[0] == "Astringency Tasting"
    assert "Steeping Infusion" in rows
    assert len(rows) == len(tea.topic_paths)
