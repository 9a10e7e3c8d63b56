"""What reference managers get, read back by programs that know nothing of us."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import latexcodec  # noqa: F401  (registers the codec `ulatex`)
import pytest
import rispy
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import BibliographyData, Person, parse_string

from genai_atlas import __version__
from genai_atlas.atlas import Atlas
from genai_atlas.export import EXPORTERS, about, bibtex, csl_json, published, ris
from genai_atlas.export.gather import gather
from genai_atlas.export.selection import WHOLE, Selection
from genai_atlas.model import Reference, ReferenceType
from genai_atlas.works import Name, Work, split_name, work, works
from tea import TEA, files_of, read_atlas

PROJECT = Path(__file__).parents[1]
URL = "https://tea.example.org/atlas/"


def needs(program: str) -> str:
    """The program's path. Where it is missing the test skips and says so; in CI it fails."""
    found = shutil.which(program)
    if not found and os.environ.get("ATLAS_REQUIRE_PROGRAMS"):
        pytest.fail(f"{program} is not installed")
    return found or pytest.skip(f"{program} is not installed: apt-get install pandoc texlive-latex-base biber")


# ---------------------------------------------------------------- what is exported


def reference(title: str = "Of tea", authors: Sequence[str] = ("Lu Yu",), **fields: Any) -> Reference:
    common = {"title": title, "authors": tuple(authors), "year": 2024, "venue": "Tea", "type": "article"}
    return Reference(**{**common, **fields})


HOSTILE = {
    "accents2024of": reference("Über Çay, øre & Łódź: naïve café “quoted” – “ß” — ‘one’ ™",
                               ["Ólafur Ğüneş", "Žižek, Slavoj"]),
    "braces2024of": reference("A {B} }{ {{ C", ["{Tea {Board}", "Yu} Lu"], venue="} , note={injected"),
    "signs2024of": reference(r"R&D at 100% of $5 #1 a_b ~x ^y <z> | \write18{rm} \input{x} 'q' `r`"),
    "quotes2024of": reference('"Quoted", with commas, "twice"', ['Lu "The Sage" Yu']),
    "ligatures2024of": reference("Scale -- them --- all, 'so' ''twice'' and ``once``, ?`a"),
    "formula2024of": reference("=cmd|' /C calc'!A0", ["=cmd Yu", "+SUM Yu", "@x Yu"]),
    "script2024of": reference("</script><script>alert(1)</script> <!-- ]]> &amp;"),
    "many2024of": reference("Of four hundred", [f"Given{n} Family{n}" for n in range(400)]),
    "organisation2024of": reference("Of boards", ["{Tea Board}", "{Leaf, Bud and Sons}", "{and others}"]),
    "left2024of": reference("Of many hands", ["Lu Yu", "et al."]),
    "particles2024of": reference("Of names", ["Aaron van den Oord", "van den Oord, Aaron", "d'Avila Garcez, Artur",
                                 "Van den Broeck, Guy", "Hal Daumé III", "López de Prado, José", "Plato", "koray kav",
                                 "Diego de Las Casas", "Sammy Davis Jr.", "Jean And Others"]),
    "ris2024of": reference("TY  - JOUR ER  - ", ["AU  - Yu"], venue="ER  - "),
    "chinese2024of": reference("茶經 of 陸羽, α and Ω", ["陸羽 Lu Yu"]),
    "address2024of": reference(doi="10.1000/a{b}c\\d%20e", url="https://example.org/a_b~c%20d/{x}"),
    "bib2024of": reference("@article{x, title = {y}} # z", ["Lu, Yu @book{k}"]),
    "old1900hepth": reference("Old", arxiv="hep-th/9901001", type="preprint", month=12, year=1999),
    "venue2019of": reference(type="inproceedings", year=2019, published_year=2020, month=3, arxiv="1903.11027"),
}  # fmt: skip
KINDS = {f"{kind}2024of": reference(type=kind, month=2, url="https://example.org/x") for kind in ReferenceType}


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    """The atlas itself."""
    return read_atlas({f"taxonomy/{path}": data for path, data in files_of(PROJECT / "taxonomy").items()})[0]


@pytest.fixture(scope="module")
def all_works(atlas: Atlas) -> tuple[Work, ...]:
    return works({**atlas.references, **HOSTILE, **KINDS})


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Noam Shazeer", Name("Shazeer", "Noam")),
        ("Shazeer, Noam", Name("Shazeer", "Noam")),
        ("{Leaf, Bud}", Name("Leaf, Bud", is_organisation=True)),
        ("Aaron van den Oord", Name("Oord", "Aaron", "van den")),
        ("van den Oord, Aaron", Name("Oord", "Aaron", "van den")),
        ("Van den Broeck, Guy", Name("Van den Broeck", "Guy")),
        ("Diego de Las Casas", Name("Las Casas", "Diego", "de")),
        ("koray kavukcuoglu", Name("kavukcuoglu", "koray")),
        ("Hal Daumé III", Name("Daumé", "Hal", suffix="III")),
        ("Daumé III, Hal", Name("Daumé", "Hal", suffix="III")),
        ("Plato", Name("Plato")),
    ],
    ids=str,
)
def test_names_are_parted(author: str, name: Name) -> None:
    assert split_name(author) == name


# ---------------------------------------------------------------- BibTeX

COMMANDS = {
    "textbraceleft": "{", "textbraceright": "}", "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^",
    "textless": "<", "textgreater": ">", "textbar": "|", "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’",
}  # fmt: skip
"""Those of LaTeX's own manual that the decoder leaves as they are."""
MATHS = {r"\pi": "π", r"\tau": "τ", "_0": "₀", r"\alpha": "α", r"\Omega": "Ω"}


def plain(tex: str) -> str:
    """Text as TeX would print it. Braces group and print nothing; printed ones stand aside until they are gone."""
    for command, sign in COMMANDS.items():
        tex = re.sub(rf"\\{command}(?![A-Za-z]) ?", lambda _, sign=sign: chr(0xF0000 + ord(sign)), tex)
    tex = re.sub(r"\\ensuremath\{(.*?)\}", lambda found: MATHS[found[1]], tex)
    tex = re.sub(r"\\([&%$#_])", lambda found: chr(0xF0000 + ord(found[1])), tex)
    tex = re.sub(r"([`'])", lambda found: chr(0xF0000 + ord(found[1])) if not accent(found) else found[1], tex)
    decoded = codecs.decode(tex, "ulatex") if "\\" in tex else tex
    assert "\\" not in decoded, decoded
    bare = decoded.replace("{", "").replace("}", "")
    return unicodedata.normalize("NFC", re.sub("[\U000f0000-\U000fffff]", lambda f: chr(ord(f[0]) - 0xF0000), bare))


def accent(found: re.Match[str]) -> bool:
    return found.string[found.start() - 1 : found.start()] == "\\"


def person(read: Person) -> str:
    parts = (read.first_names, read.middle_names, read.prelast_names, read.last_names, read.lineage_names)
    return plain(" ".join(" ".join(part) for part in parts if part))


def read_bib(text: str) -> BibliographyData:
    return parse_string(text, "bibtex")


@pytest.mark.parametrize("write", [bibtex.bibtex, bibtex.biblatex], ids=["bibtex", "biblatex"])
def test_pybtex_reads_every_record_back(all_works: tuple[Work, ...], write: Any) -> None:
    read = read_bib("\n".join(map(write, all_works)))
    assert list(read.entries) == [work.key for work in all_works]
    for work_, entry in zip(all_works, read.entries.values(), strict=True):
        fields = entry.fields
        people = [person(read) for read in entry.persons["author"]]
        assert plain(fields["title"]) == work_.title
        assert people == [author.full for author in work_.authors] + ["others"] * work_.more_authors
        assert fields.get("year") or fields["date"][:4] == str(work_.year)
        assert unquote(fields.get("doi", "")) == unquote(work_.doi or "")
        assert unquote(fields.get("url", "")) == unquote(work_.url or "")
        assert fields.get("eprint") == work_.arxiv
        assert [plain(fields[name]) for name in fields if name.lower() in VENUES] == [work_.venue]


VENUES = {"journal", "journaltitle", "booktitle", "howpublished", "organization", "institution", "publisher", "school"}
SIGNS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "M"), max_codepoint=0x24F) | st.just(" "))


@settings(deadline=None)
@given(SIGNS)
def test_no_title_ends_its_field(text: str) -> None:
    """Whatever it holds, the file has one entry with the fields that were written."""
    for write in (bibtex.bibtex, bibtex.biblatex):
        written = write(work("a2024b", reference(text.strip() or "x")))
        read = read_bib(written)
        assert list(read.entries) == ["a2024b"]
        assert {"title", "author"} <= {*read.entries["a2024b"].fields, *read.entries["a2024b"].persons}


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("One Write-Head is All You Need", "One Write-Head is All You Need"),
        ("DeepSeek-V3 Technical Report", "{DeepSeek-V3} Technical Report"),
        ("nuScenes: driving around in Paris", "{nuScenes}: driving around in {Paris}"),
        ("BERT", "{BERT}"),
        ("A study of Q learning", "A study of {Q} learning"),
    ],
)
def test_capitals_that_matter_are_kept(title: str, written: str) -> None:
    assert bibtex.title(title, bibtex.encoded) == written


def test_work_without_a_year_and_month_is_valid() -> None:
    bare = Work("a", "Of tea", (), ReferenceType.ONLINE, "Tea", None)
    assert read_bib(bibtex.bibtex(bare)).entries["a"].fields == {"title": "Of tea", "howpublished": "Tea"}
    assert read_bib(bibtex.biblatex(bare)).entries["a"].fields == {"title": "Of tea", "organization": "Tea"}
    assert csl_json.item(bare) == {"id": "a", "type": "webpage", "title": "Of tea", "container-title": "Tea"}
    assert rispy.loads(ris.ris(bare)) == [
        {"type_of_reference": "ELEC", "id": "a", "title": "Of tea", "secondary_title": "Tea"}
    ]


# ---------------------------------------------------------------- RIS and CSL


def test_rispy_reads_every_record_back(all_works: tuple[Work, ...]) -> None:
    read = rispy.loads(ris.text(all_works))
    assert [entry["id"] for entry in read] == [work.key for work in all_works]
    for work_, entry in zip(all_works, read, strict=True):
        people = [author.inverted for author in work_.authors] + ["et al."] * work_.more_authors
        assert entry["title"] == work_.title
        assert entry["authors"] == people
        assert entry["year"] == str(work_.year)
        assert (entry.get("doi"), entry.get("urls", [None])) == (work_.doi, [work_.url])
        assert entry.get("accession_number") == (f"arXiv:{work_.arxiv}" if work_.arxiv else None)
        assert (entry.get("secondary_title") or entry["publisher"]) == work_.venue


NAME = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        part: {"type": "string", "minLength": 1}
        for part in ("family", "given", "non-dropping-particle", "suffix", "literal")
    },
    "oneOf": [{"required": ["family"]}, {"required": ["literal"]}],
}  # fmt: skip
DATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["date-parts"],
    "properties": {
        "date-parts": {
            "type": "array", "minItems": 1, "maxItems": 1,
            "items": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "integer"}},
        }
    },
}  # fmt: skip
CSL_TYPES = [
    "article", "article-journal", "paper-conference", "report", "book", "thesis", "standard", "software", "dataset",
    "webpage",
]  # fmt: skip
TEXTS = ("id", "title", "container-title", "publisher", "DOI", "URL", "number", "note")
CSL_DATA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "type"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": CSL_TYPES},
            "author": {"type": "array", "items": NAME},
            "issued": DATE,
            "original-date": DATE,
            **{name: {"type": "string", "minLength": 1} for name in TEXTS},
        },
    },
}
"""What we use of CSL 1.0.2's data model; narrower than its own schema, which takes more."""


def test_csl_json_fits_its_schema_and_says_the_same(all_works: tuple[Work, ...]) -> None:
    items = json.loads(csl_json.text(all_works))
    jsonschema.validate(items, CSL_DATA, jsonschema.Draft7Validator)
    assert [item["id"] for item in items] == [work.key for work in all_works]
    for work_, item in zip(all_works, items, strict=True):
        people = [
            name.get("literal")
            or " ".join(name[p] for p in ("given", "non-dropping-particle", "family", "suffix") if p in name)
            for name in item["author"]
        ]
        assert item["title"] == work_.title
        assert people == [author.full for author in work_.authors] + ["others"] * work_.more_authors
        assert item["issued"]["date-parts"][0][0] == work_.year
        assert (item.get("DOI"), item.get("URL")) == (work_.doi, work_.url)
        assert (item.get("container-title") or item["publisher"]) == work_.venue
        assert (work_.arxiv or "") in item.get("number", "") + item.get("note", "")


# ---------------------------------------------------------------- the real programs


def test_bibtex_sets_every_record(all_works: tuple[Work, ...], tmp_path: Path) -> None:
    (tmp_path / "all.bib").write_text(bibtex.text(all_works), "utf-8")
    aux = "\\relax\n\\citation{*}\n\\bibstyle{plain}\n\\bibdata{all}\n"
    (tmp_path / "t.aux").write_text(aux, "utf-8")
    done = subprocess.run([needs("bibtex"), "t"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "error" in done.stdout) == (0, False), done.stdout[-2000:]
    assert (tmp_path / "t.bbl").read_text("utf-8").count("\\bibitem{") == len(all_works)


def test_biber_accepts_records_of_every_kind(all_works: tuple[Work, ...], tmp_path: Path) -> None:
    """Every twentieth of the atlas, since biber takes its time, and all hostile ones."""
    chosen = [work for n, work in enumerate(all_works) if n % 20 == 0 or work.key in {**HOSTILE, **KINDS}]
    (tmp_path / "all.bib").write_text("\n".join(map(bibtex.biblatex, chosen)), "utf-8")
    command = [needs("biber"), "--tool", "--validate-datamodel", "--nolog", "all.bib", "--output-file", "out.bib"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, re.findall(r"(?:WARN|ERROR) - .*", done.stdout)) == (0, [])
    assert len(re.findall(r"^@", (tmp_path / "out.bib").read_text("utf-8"), re.MULTILINE)) == len(chosen)


def pandoc(text: str, *arguments: str) -> str:
    command = [needs("pandoc"), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def test_pandoc_reads_the_same_titles_and_years_from_bibtex(atlas: Atlas) -> None:
    records = works(atlas.references)
    read = {item["id"]: item for item in json.loads(pandoc(bibtex.text(records), "-f", "bibtex", "-t", "csljson"))}
    assert set(read) == {work.key for work in records}
    for work_ in records:
        title = re.sub(r"</?(span|sub)[^>]*>", "", read[work_.key]["title"]).replace("\\pi_", "π").replace("\\tau", "τ")
        assert title.translate(ASIDE).casefold() == work_.title.translate(ASIDE).casefold()
        assert str(read[work_.key]["issued"]["date-parts"][0][0]) == str(work_.year)


ASIDE = str.maketrans({"₀": "0", "\u00a0": " ", "’": "'", "“": '"', "”": '"'})
r"""What Pandoc says in another way: a lowered digit by a tag, quotation marks by straight ones. It writes titles as
sentences, as BibTeX's styles do, hence the comparison without case."""


def test_citeproc_prints_what_was_left_out_as_et_al() -> None:
    record = csl_json.text(works({"left": HOSTILE["left2024of"]}))
    printed = pandoc(record, "-f", "csljson", "-t", "plain", "--citeproc")
    assert printed.startswith("Yu, Lu et al. 2024.")


# ---------------------------------------------------------------- the command's files


@pytest.mark.parametrize("format_", ["bibtex", "biblatex", "ris", "csl-json"])
def test_part_of_the_atlas_has_the_records_that_it_cites(tea: Atlas, format_: str) -> None:
    facts = about(tea, "Atlas of tea", URL)
    part = Selection("brewing/infusion/whisking")
    cited = {key for key, _, _ in tea.citations_of(part.path)}
    assert 0 < len(cited) < len(tea.references)
    for selection, keys in ((WHOLE, sorted(tea.references)), (part, sorted(cited))):
        (file,) = EXPORTERS[format_](tea, selection, facts)
        assert keys_of(format_, file.data.decode()) == keys
        assert EXPORTERS[format_](tea, selection, facts) == (file,)


def keys_of(format_: str, text: str) -> list[str]:
    if format_ == "ris":
        return [entry["id"] for entry in rispy.load(io.StringIO(text))]
    return [item["id"] for item in json.loads(text)] if format_ == "csl-json" else list(read_bib(text).entries)


# ---------------------------------------------------------------- citing a page


@pytest.fixture(scope="module")
def site_files(tea: Atlas) -> dict[str, str]:
    outputs = published(tea, about(tea, "Atlas of tea", URL))
    return {
        output.path: output.data.decode() for output in outputs if output.path.startswith(("data/cite/", "data/works/"))
    }


@pytest.mark.parametrize("path", ["brewing/infusion/steeping", "brewing/infusion/whisking"])
def test_page_is_cited_alike_in_every_form(tea: Atlas, site_files: dict[str, str], path: str) -> None:
    """With its release and the hash of its data."""
    facts = about(tea, "Atlas of tea", URL)
    digest = gather(tea, facts).topics[path].meta.hash
    released = facts.released
    (entry,) = read_bib(site_files[f"data/cite/{path}.bib"]).entries.values()
    (record,) = rispy.loads(site_files[f"data/cite/{path}.ris"])
    items = json.loads(site_files[f"data/cite/{path}.csl.json"])
    jsonschema.validate(items, CSL_DATA, jsonschema.Draft7Validator)
    title, url = tea.title(path), f"{URL}{path}/"
    assert {plain(entry.fields["title"]), record["title"], items[0]["title"]} == {title}
    assert {entry.fields["url"], record["urls"][0], items[0]["URL"]} == {url}
    assert {plain(entry.fields["note"]), record["notes"][0], items[0]["note"]} == {
        f"Release {released}, reviewed {tea.topics[path].reviewed}, content {digest}"
    }
    assert (entry.fields["year"], entry.fields["month"]) == (str(released.year), f"{released:%B}")
    assert items[0]["issued"]["date-parts"] == [[released.year, released.month, released.day]]
    assert record["date"] == f"{released:%Y/%m/%d}/"
    assert site_files[f"data/cite/{path}.txt"] == (
        f"Atlas of tea contributors. ({released.year}, {released:%B} {released.day}). {title} "
        f"(Release {released}, {str(digest)[:19]}). Atlas of tea. {url}\n"
    )


def test_every_page_has_its_works_for_reference_managers(tea: Atlas, site_files: dict[str, str]) -> None:
    """And those of what is below it."""
    for path in WHOLE.pages(tea):
        below = [page for page in WHOLE.pages(tea) if page == path or page.startswith(f"{path}/")]
        cited = {key for page in below for key, _, _ in tea.citations_of(page)}
        assert set(read_bib(site_files[f"data/works/{path}.bib"]).entries) == cited
    assert len(site_files) == 4 * len(tea.topics) + len(list(WHOLE.pages(tea)))


# ---------------------------------------------------------------- the project itself


def test_project_says_how_it_is_cited() -> None:
    """CITATION.cff has what version 1.2.0 of the format requires, and agrees with the project."""
    said = yaml.safe_load((PROJECT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(said) <= CFF
    assert (said["cff-version"], said["type"], str(said["version"])) == ("1.2.0", "dataset", __version__)
    assert said["license"] == about(read_atlas(TEA)[0], "x", URL).licence
    assert all(set(author) == {"name"} for author in said["authors"])


CFF = {
    "cff-version", "message", "title", "authors", "type", "version", "license", "abstract", "keywords", "url", "doi",
    "date-released", "repository-code", "identifiers", "contact", "preferred-citation", "references", "commit",
    "license-url", "repository", "repository-artifact",
}  # fmt: skip
