"""The finder: what its engine answers, by itself, and what a reader gets from it on the pages of a small atlas."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import genai_atlas

STATIC = Path(genai_atlas.__file__).parent / "static"
ENGINE = "".join((STATIC / name).read_text("utf-8") for name in ("fold.js", "finder.js"))

# [title, [aliases], url, parent, area, kind, full]
ROWS = [
    ["Multi-Query Attention", ["MQA", "one-write-head attention"], "a/b/mqa/", "Attention", 1, "technique", 1],
    ["Linear Attention", ["kernel attention"], "a/b/linear/", "Attention", 1, "technique", 0],
    ["Sparse Attention", [], "a/b/sparse/", "Attention", 1, "technique", 1],
    ["Rotary Position Embeddings", ["RoPE", "YaRN", "position interpolation"], "a/b/rope/", "Attention", 1,
     "technique", 0],
    ["Mixture of Experts", ["MoE", "expert choice"], "a/c/moe/", "Architectures", 1, "technique", 0],
    ["Memory Optimization", ["LoRA", "adapters"], "d/e/memory/", "Training", 2, "technique", 0],
    ["Inference Techniques", ["KV cache", "speculative decoding"], "f/g/inference/", "Theory", 6, "technique", 0],
    ["Image Synthesis", ["diffusion models", "Stable Diffusion", "GAN", "VAE"], "h/i/image/", "Vision", 5,
     "application", 0],
    ["Audio-Visual Fusion", [], "j/k/fusion/", "Cross-Modal", 3, "technique", 1],
    ["Quantization", [], "l/m/quantization/", "Efficiency", 4, "technique", 0],
    ["Quantum Computing", [], "n/o/quantum/", "Applications", 8, "outlook", 0],
    ["Factual Accuracy", ["retrieval-augmented generation", "hallucination"], "l/p/facts/", "Quality", 4,
     "problem", 0],
    ["Feedback Integration", ["reinforcement learning from human feedback", "RLHF"], "q/r/feedback/", "People", 7,
     "evaluation", 0],
    ["3D Generation", [], "j/s/3d-generation/", "Modalities", 3, "application", 0],
    ["3D Modeling", ["NeRF"], "h/i/3d-modeling/", "Vision", 5, "application", 0],
    ["User Studies", [], "q/r/user-studies/", "People", 7, "evaluation", 1],
    ["β-VAE", ["Müller's method", "Pré-entraînement", "Łukasz", "浸す", "обучение с подкреплением"], "t/u/beta/",
     "Names", 2, "theory", 0],
    ["Attention Mechanisms", [], "a/b/", "Model Architecture", 1, "subarea", 1],
    ["Model Architecture", ["self-attention"], "a/", "Atlas", 1, "area", 1],
]  # fmt: skip
AT = {row[0]: i for i, row in enumerate(ROWS)}
SUMMARIES = ["" for _ in ROWS]
SUMMARIES[AT["Quantum Computing"]] = (
    "Machines of qubits; compilers for them. Hallucinated circuits are checked by a simulator."
)
EVIDENCE = {
    "methods": [[AT["Multi-Query Attention"], "Grouped-query attention"], [AT["Image Synthesis"], "Latent diffusion"]],
    "works": [
        ["Chinchilla: Training Compute-Optimal Models", AT["Memory Optimization"], 2, AT["Linear Attention"], 5],
        ["Do Transformers Dream of Behavioural Sheep?", AT["User Studies"], 1, AT["Attention Mechanisms"], 1],
        ["Adam - A Method", AT["Memory Optimization"], 1],
    ],
    "words": [["vLLM", AT["Inference Techniques"], AT["Mixture of Experts"]]],
}

FIRST = [
    ("MQA", "Multi-Query Attention"),
    ("mqa", "Multi-Query Attention"),
    ("multi query", "Multi-Query Attention"),
    ("multi-query", "Multi-Query Attention"),
    ("multiquery", "Multi-Query Attention"),
    ("mult query", "Multi-Query Attention"),
    ("multiqery", "Multi-Query Attention"),
    ("attention multi query", "Multi-Query Attention"),
    ("kvcache", "Inference Techniques"),
    ("kv-cache", "Inference Techniques"),
    ("difusion", "Image Synthesis"),
    ("diffusoin models", "Image Synthesis"),
    ("stable difusion", "Image Synthesis"),
    ("gans", "Image Synthesis"),
    ("attenion", "Attention Mechanisms"),
    ("linear attenion", "Linear Attention"),
    ("qunatization", "Quantization"),
    ("quantisation", "Quantization"),
    ("quant", "Quantization"),
    ("retreival augmented", "Factual Accuracy"),
    ("retrieval augmented generation", "Factual Accuracy"),
    ("reinforcment learning", "Feedback Integration"),
    ("3d gen", "3D Generation"),
    ("3dgeneration", "3D Generation"),
    ("user study", "User Studies"),
    ("user studies", "User Studies"),
    ("moe", "Mixture of Experts"),
    ("mixture experts", "Mixture of Experts"),
    ("rope", "Rotary Position Embeddings"),
    ("LoRA", "Memory Optimization"),
    ("self attention", "Model Architecture"),
    ("the MQA", "Multi-Query Attention"),
    ("what is attention", "Linear Attention"),
    ("why do models hallucinate", "Factual Accuracy"),
    ("how is reinforcement learned from human feedback", "Feedback Integration"),
    ("quantised", "Quantization"),
    ("memory optimisations", "Memory Optimization"),
    ("3D modelling", "3D Modeling"),
    ("RPE", "Rotary Position Embeddings"),
    ("adapter", "Memory Optimization"),
    ("beta vae", "β-VAE"),
    ("β-vae", "β-VAE"),
    ("muller's", "β-VAE"),
    ("mullers method", "β-VAE"),
    ("pre entrainement", "β-VAE"),
    ("lukasz", "β-VAE"),
    ("浸す", "β-VAE"),
    ("ОБУЧЕНИЕ", "β-VAE"),
]

LEARNT = [
    ("latent diffusion", "Image Synthesis", "method", "Latent diffusion"),
    ("grouped query", "Multi-Query Attention", "method", "Grouped-query attention"),
    ("chinchilla", "Linear Attention", "work", "Chinchilla: Training Compute-Optimal Models"),
    ("chinchila", "Linear Attention", "work", "Chinchilla: Training Compute-Optimal Models"),
    ("training compute optimal models", "Linear Attention", "work", "Chinchilla: Training Compute-Optimal Models"),
    ("do transformers dream", "User Studies", "work", "Do Transformers Dream of Behavioural Sheep?"),
    ("behavioral sheep", "User Studies", "work", "Do Transformers Dream of Behavioural Sheep?"),
    ("Adam", "Memory Optimization", "work", "Adam - A Method"),
    ("vllm", "Inference Techniques", "word", "vLLM"),
    ("compiling for qubits", "Quantum Computing", "summary", SUMMARIES[AT["Quantum Computing"]]),
    ("how does latent diffusion work", "Image Synthesis", "method", "Latent diffusion"),
    ("what is the MQA", "Multi-Query Attention", "alias", "MQA"),
]

NEAREST = [
    ("quantum blockchain", ["Quantum Computing"]),
    ("blockchain", []),
    ("zxqvw", []),
    ("of the", []),
    ("", []),
    ("?!", []),
]

Answers = Callable[[str], Any]


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Answers:
    """Evaluates an expression over AtlasFinder, `rows`, and `learnt`, the same rows with all else that is known."""
    program = f"const rows = {json.dumps(ROWS)}, learnt = structuredClone(rows);"
    program += f"AtlasFinder.learn(learnt, {json.dumps(SUMMARIES)}, {json.dumps(EVIDENCE)});"
    node = shutil.which("node")
    if not node:
        page = request.getfixturevalue("browser").new_page()
        page.add_script_tag(content=ENGINE)
        return lambda expression: page.evaluate(f"() => {{ {program} return {expression} }}")

    def in_node(expression: str) -> Any:
        script = f"{ENGINE}{program}console.log(JSON.stringify({expression}))"
        return json.loads(subprocess.run([node, "-"], input=script.encode(), capture_output=True, check=True).stdout)

    return in_node


@pytest.fixture(scope="session")
def found(engine: Answers) -> dict[str, list[str]]:
    queries = json.dumps([query for query, _ in (*FIRST, *NEAREST)])
    return engine(f"Object.fromEntries({queries}.map(q => [q, AtlasFinder.find(rows, q).map(h => h.row[0])]))")


@pytest.mark.parametrize(("query", "title"), FIRST)
def test_the_first_answer(found: dict[str, list[str]], query: str, title: str) -> None:
    assert found[query][:1] == [title]


@pytest.mark.parametrize(("query", "titles"), NEAREST)
def test_what_has_no_answer_gets_the_nearest_names_or_none(
    found: dict[str, list[str]], engine: Answers, query: str, titles: list[str]
) -> None:
    near = engine(f"AtlasFinder.nearest(rows, {json.dumps(query)}).map(h => h.row[0])")
    assert (found[query], near) == ([], titles)


def test_a_guess_is_not_mixed_with_what_was_spelled_right(engine: Answers) -> None:
    assert engine("AtlasFinder.find(rows, 'rope').map(h => h.row[0])") == ["Rotary Position Embeddings"]


def test_full_entries_come_before_brief_ones_of_the_same_rank_and_topics_before_their_area(engine: Answers) -> None:
    rows = [
        ["Green tea", [], "a/", "", 1, "area", 1],
        ["Black tea", [], "a/b/", "", 1, "technique", 0],
        ["White tea", [], "a/c/", "", 1, "technique", 1],
    ]
    titles = engine(f"AtlasFinder.find({json.dumps(rows)}, 'tea').map(h => h.row[0])")
    assert titles == ["White tea", "Black tea", "Green tea"]


def test_of_two_that_answer_alike_the_one_with_more_such_names_comes_first(engine: Answers) -> None:
    rows = [
        ["Moving arms", ["tea policy"], "a/b/", "", 1, "technique", 1],
        ["Making leaves", ["tea making", "black tea", "tea leaf"], "a/c/", "", 1, "technique", 0],
    ]
    assert engine(f"AtlasFinder.find({json.dumps(rows)}, 'tea').map(h => h.row[0])") == ["Making leaves", "Moving arms"]


@pytest.mark.parametrize(("query", "title", "by", "via"), LEARNT, ids=[row[0] for row in LEARNT])
def test_what_a_page_is_found_by_besides_its_names(engine: Answers, query: str, title: str, by: str, via: str) -> None:
    hit = engine(f"AtlasFinder.find(learnt, {json.dumps(query)})[0]")
    assert (hit["row"][0], hit["by"], hit["via"]) == (title, by, via)


def test_a_work_leads_first_to_the_page_that_says_most_of_it_then_to_the_others(engine: Answers) -> None:
    titles = engine("AtlasFinder.find(learnt, 'chinchilla').map(h => h.row[0])")
    assert titles == ["Linear Attention", "Memory Optimization"]


def test_a_name_beats_a_work_and_a_title_an_alias(engine: Answers) -> None:
    rows = [["Adam", [], "a/", "", 1, "technique", 0], ["Eve", ["Adam"], "b/", "", 1, "technique", 1]]
    evidence = {"methods": [], "words": [], "works": [["Adam", 2, 1]]}
    rows.append(["Seth", [], "c/", "", 1, "technique", 1])
    program = f"(r => (AtlasFinder.learn(r, ['', '', ''], {json.dumps(evidence)}), AtlasFinder.find(r, 'adam')))"
    assert [hit["row"][0] for hit in engine(f"{program}({json.dumps(rows)})")] == ["Adam", "Eve", "Seth"]


def test_of_a_topic_and_a_group_of_one_name_the_topic_is_meant(engine: Answers) -> None:
    rows = [["Tea", [], "a/", "", 1, "area", 1], ["Leaf", ["tea"], "a/b/c/", "", 1, "technique", 0]]
    assert engine(f"AtlasFinder.find({json.dumps(rows)}, 'tea').map(h => h.row[0])") == ["Leaf", "Tea"]


@pytest.mark.parametrize(
    ("query", "via", "by", "answered", "reason"),
    [
        ("linear attention", "", "title", "linear attention", ["Title", ""]),
        ("kernel", "kernel attention", "alias", "kernel", ["Alias", "kernel attention"]),
        ("speculative decodng", "speculative decoding", "alias", "speculative decoding",
         ["Alias", "speculative decoding"]),
        ("chinchilla optimality", "Chinchilla: Training Compute-Optimal Models", "work", "chinchilla optimal",
         ["Cites", "Chinchilla: Training Compute-Optimal Models"]),
        ("hallucinating circuit", SUMMARIES[AT["Quantum Computing"]], "summary", "hallucinated circuit",
         ["Summary", "Hallucinated circuits are checked by a simulator."]),
    ],
)  # fmt: skip
def test_a_hit_says_why_it_was_found_and_in_which_words(
    engine: Answers, query: str, via: str, by: str, answered: str, reason: list[str]
) -> None:
    hit = engine(f"AtlasFinder.find(learnt, {json.dumps(query)})[0]")
    assert (hit["via"], hit["by"], hit["query"]) == (via, by, answered)
    assert engine(f"AtlasFinder.reason({json.dumps(hit)})") == reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [("One. Two.", "One."), ("One", "One"), ("One.", "One."), ("v1.5 is one. Two", "v1.5 is one."), ("", "")],
)
def test_first_sentence(engine: Answers, text: str, expected: str) -> None:
    assert engine(f"AtlasFinder.blurb({json.dumps(text)})") == expected


@pytest.mark.parametrize(
    ("query", "right"),
    [("atention", "attention"), ("what is rotery", "what is rotary"), ("attentio", "attentio"), ("zxqvw", "zxqvw")],
)
def test_a_mistyped_word_is_put_right_and_one_in_the_making_left(engine: Answers, query: str, right: str) -> None:
    assert engine(f"AtlasFinder.correct(rows, {json.dumps(query)})") == right


def test_the_known_words_of_a_query_are_those_that_some_page_has(engine: Answers) -> None:
    assert engine("AtlasFinder.known(rows, 'what is the quantum of blockchain')") == ["quantum"]


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("attention", "attenion", 1),
        ("quantization", "qunatization", 1),
        ("a", "", 1),
        ("abc", "xyz", 3),
        ("", "abcd", 3),
    ],
)
def test_distance_counts_swaps_once_and_is_cut_off(engine: Answers, one: str, other: str, distance: int) -> None:
    assert engine(f"AtlasFinder.near({json.dumps(one)}, {json.dumps(other)}, 2)") == distance


@pytest.mark.parametrize(
    ("text", "query", "pieces"),
    [
        ("KV cache size", "kvcache", [["KV cache", True], [" size", False]]),
        ("Pré-entraînement", "entrai", [["Pré-", False], ["entraî", True], ["nement", False]]),
        ("β-VAE", "beta", [["β", True], ["-VAE", False]]),
        ("Reformat", "form", [["Re", False], ["form", True], ["at", False]]),
        ("<b>bold</b>", "b", [["<", False], ["b", True], [">", False], ["b", True], ["old</", False], ["b", True],
                              [">", False]]),
        ("plain", "", [["plain", False]]),
    ],
)  # fmt: skip
def test_what_was_found_is_marked_in_the_text_as_it_is_written(
    engine: Answers, text: str, query: str, pieces: list[list[object]]
) -> None:
    assert engine(f"AtlasFinder.mark({json.dumps(text)}, {json.dumps(query)})") == pieces


@pytest.mark.parametrize(
    ("words", "query", "covered"),
    [
        (["optimizers", "of"], "optimizing", True),
        (["Diffusion-based"], "diffusion", True),
        (["block", "blocks"], "blockchain", False),
        (["quantum"], "quantum blockchain", False),
        (["running"], "run", True),
        (["z"], "zxqvw", False),
        (["the", "attention"], "what is attention", True),
    ],
)
def test_a_page_answers_a_query_with_its_words_up_to_their_endings(
    engine: Answers, words: list[str], query: str, covered: bool
) -> None:
    assert engine(f"AtlasFinder.covers({json.dumps(words)}, {json.dumps(query)})") is covered


# On the pages.

Site = Callable[[str], str]
"""The address of the atlas of tea, built for a base path."""
OpenTab = Callable[..., Any]
DESKTOP, PHONE = (1440, 900), (390, 844)
BASES = ("/", "/genai-atlas/")
STEEPING = "brewing/infusion/steeping/"
RESULTS = "[data-atlas-search=results]"


def results(tab: Any) -> list[str]:
    return tab.page.locator(f"{RESULTS} a").all_inner_texts()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_home_by_search_to_a_topic(tea_site: Site, open_tab: OpenTab, base: str, size: tuple[int, int]) -> None:
    tab = open_tab(tea_site(base), size)
    tab.page.locator("main [data-finder]").fill("steping")
    tab.page.locator("[role=option]", has_text="Search the full text").wait_for()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search/?q=steping")
    tab.page.locator(f"{RESULTS} h2", has_text="In the text").wait_for()
    assert results(tab)[0] == "Steeping"
    tab.page.locator(f"{RESULTS} a").first.click()
    tab.page.wait_for_url(f"**{base}{STEEPING}")
    assert (tab.said, tab.foreign(tab.page.url)) == ([], [])


def test_the_combobox_is_worked_by_keys(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/") + "about/").page
    page.keyboard.press("/")
    page.keyboard.type("infusi")
    page.locator("[role=option]").first.wait_for()
    box = page.locator("#q")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowUp")
    assert page.locator("[aria-selected=true]").inner_text() == "Search the full text for “infusi”"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == page.locator("[aria-selected=true]").get_attribute("id")
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.type("on")
    page.locator("[role=option]", has_text="Search the full text for “infusion”").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/brewing/infusion/")


def test_each_result_holds_one_link_and_the_element_no_other(tea_site: Site, open_tab: OpenTab) -> None:
    tab = open_tab(tea_site("/") + "search/?q=water")
    tab.page.locator(f"{RESULTS} h2", has_text="In the text").wait_for()
    counts = tab.page.locator(f"{RESULTS} li").evaluate_all("items => items.map(li => li.querySelectorAll('a').length)")
    assert len(counts) > 2
    assert set(counts) == {1}
    assert len(results(tab)) == len(counts)
    assert tab.page.title() == "water - Search - Tea"
    assert tab.page.locator("[role=status]").inner_text().endswith("in the text")
    assert tab.said == []


@pytest.mark.parametrize(
    ("query", "heading", "links"),
    [("whisking robots", "Nearest names", ["Whisking", "Steeping"]), ("zxqvw", "", [])],
)
def test_an_unknown_query_gets_the_nearest_names_or_a_plain_answer(
    tea_site: Site, open_tab: OpenTab, query: str, heading: str, links: list[str]
) -> None:
    tab = open_tab(f"{tea_site('/')}search/?q={query}")
    tab.page.locator("[data-atlas-search=propose]").wait_for()
    assert results(tab) == links
    text = tab.page.locator(RESULTS).inner_text()
    assert (heading or f"“{query}” is not covered") in text
    proposed = tab.page.locator("[data-atlas-search=propose] a").get_attribute("href")
    assert proposed and proposed.startswith("https://github.com/example/tea/issues/new?title=Missing")


def test_a_query_of_markup_is_shown_as_text(tea_site: Site, open_tab: OpenTab) -> None:
    query = "<img src=x onerror=alert(1)> zxqvw"
    tab = open_tab(tea_site("/") + "search/")
    tab.page.locator("[data-atlas-search=input]").fill(query)
    tab.page.keyboard.press("Enter")
    tab.page.locator("[data-atlas-search=propose]").wait_for()
    assert query in tab.page.locator(RESULTS).inner_text()
    assert (tab.page.locator("img").count(), tab.said) == (0, [])


def test_the_address_keeps_the_query_and_the_back_button_returns_to_it(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/") + "search/?q=whisking").page
    page.locator(f"{RESULTS} a", has_text="Whisking").first.wait_for()
    page.locator("[data-atlas-search=input]").fill("cupping")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=cupping")
    page.locator(f"{RESULTS} a", has_text="Cupping").first.click()
    page.wait_for_url("**/cupping/**")
    page.go_back()
    page.locator(f"{RESULTS} a", has_text="Cupping").first.wait_for()
    page.go_back()
    page.locator(f"{RESULTS} a", has_text="Whisking").first.wait_for()
    assert page.locator("[data-atlas-search=input]").input_value() == "whisking"


def test_results_do_not_push_what_is_in_view(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/") + "search/?q=tea").page
    page.locator(f"{RESULTS} h2", has_text="In the text").wait_for()
    shift = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
                .observe({type: "layout-shift", buffered: true});
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift < 0.02


def test_without_scripts_all_topics_stand_on_the_search_page(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/") + "search/?q=tea", scripts=False).page
    assert page.get_by_text("needs JavaScript").is_visible()
    assert page.locator("#all ~ ul a").count() == 7


@pytest.mark.parametrize("base", BASES)
def test_a_page_that_is_not_there_offers_the_nearest_names(tea_site: Site, open_tab: OpenTab, base: str) -> None:
    site = tea_site(base)
    tab = open_tab(f"{site}brewing/infusion/whisknig/")
    tab.page.locator("[data-atlas-nearest] a").first.wait_for()
    assert tab.page.locator("[data-atlas-nearest] a").all_inner_texts() == ["Whisking"]
    hrefs = tab.page.locator("a[href]").evaluate_all("links => links.map(a => a.href)")
    assert all(href.startswith(site) for href in hrefs)
    assert tab.page.locator("body").evaluate("b => getComputedStyle(b).display") == "flex"  # the stylesheet is there
    tab.page.locator("[data-atlas-nearest] a").first.click()
    tab.page.wait_for_url("**/whisking/")


def test_a_page_that_is_not_there_lists_the_areas_without_scripts(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/genai-atlas/") + "no/such/page/", scripts=False).page
    assert page.locator(".atlas-areas h3 a").all_inner_texts() == ["Brewing", "Judging"]


def test_a_citation_shows_its_work_until_escape(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/") + STEEPING).page
    cite = page.locator(".atlas-cite").first
    cite.hover()
    note = page.locator("#atlas-preview")
    note.wait_for()
    assert cite.get_attribute("aria-describedby") == "atlas-preview"
    shown = page.locator(str(cite.get_attribute("href")) + " .atlas-ref").inner_text()
    assert note.inner_text().startswith(shown)
    page.keyboard.press("Escape")
    assert not note.is_visible()
    assert cite.get_attribute("aria-describedby") is None


def test_the_chosen_colours_are_kept(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/")).page
    page.get_by_role("button", name="Dark colours").click()
    page.goto(tea_site("/") + STEEPING)
    assert page.locator("html").get_attribute("data-scheme") == "dark"
    assert page.get_by_role("button", name="Dark colours").get_attribute("aria-pressed") == "true"
    assert page.locator("body").evaluate("b => getComputedStyle(b).backgroundColor") == "rgb(21, 24, 27)"


def test_the_filter_narrows_the_list_and_the_address_keeps_it(tea_site: Site, open_tab: OpenTab) -> None:
    page = open_tab(tea_site("/") + "names/").page
    page.locator("form[data-facets] [name=q]").fill("whisk")
    page.get_by_role("status").filter(has_text="3 of ").wait_for()
    assert page.locator("#atlas-names li:visible").all_inner_texts() == [
        "ground-leaf tea see Whisking",
        "matcha making see Whisking",
        "Whisking Infusion",
    ]
    page.reload()
    page.get_by_role("status").filter(has_text="3 of ").wait_for()
    assert page.locator("#atlas-names li:visible").count() == 3


def test_a_topic_needs_six_requests_and_a_brief_one_five(tea_site: Site, open_tab: OpenTab) -> None:
    full, brief = (open_tab(f"{tea_site('/')}brewing/infusion/{slug}/") for slug in ("steeping", "whisking"))
    for tab in (full, brief):
        tab.page.wait_for_load_state("networkidle")
    kinds = sorted(url.rsplit(".", 1)[-1].rsplit("/", 1)[-1] or "html" for url in full.asked)
    assert kinds == ["css", "html", "js", "svg", "woff2", "woff2"]
    assert len(brief.asked) == 5
