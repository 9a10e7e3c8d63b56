"""BibTeX of the wild: what a record is made of, and that no entry is lost in silence."""

from __future__ import annotations

import string
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_atlas.bibtex import Candidate, plain, read
from genai_atlas.diagnostics import Diagnostic
from genai_atlas.export.bibtex import encoded, escaped


def readings(text: str) -> tuple[tuple[Candidate, ...], tuple[str, ...], tuple[Diagnostic, ...]]:
    return read("refs.bib", dedent(text).encode())


def record(text: str) -> dict[str, object]:
    """Of a file whose last entry is sound, as are the others."""
    found, _, faults = readings(text)
    assert faults == ()
    return found[-1].reference.model_dump(mode="json", exclude_none=True)


def entry(kind: str = "article", **fields: str) -> str:
    """A sound entry with some fields otherwise; None leaves one out."""
    whole = {"author": "{Doe, Jane}", "title": "{A Title}", "journal": "{Tea}", "year": "2019", "doi": "{10.1000/1}"}
    written = ", ".join(f"{name} = {value}" for name, value in (whole | fields).items() if value)
    return f"@{kind}{{doe, {written}}}\n"


def other(name: str, kind: str = "article", **fields: str) -> str:
    """A sound entry like no other."""
    return entry(kind, **{"doi": f"{{10.1000/{name}}}", **fields}).replace("doe,", f"{name},")


def test_entry_becomes_a_record() -> None:
    assert record(
        """\
        % a comment
        @string{acl = {Proceedings of the } # "58th Annual Meeting of the Association for Computational Linguistics"}
        @InProceedings(doe:2020,
          author    = "Doe, Jane and M{\\"u}ller, J{\\"o}rg",
          title     = {{BLEU} Is Not Enough},
          booktitle = acl, year = 2020, month = jul,
          url = {https://aclanthology.org/2020.acl-main.1}, doi = "10.18653/v1/2020.acl-main.1",
        )
        """
    ) == {
        "title": "BLEU Is Not Enough",
        "authors": ["Jane Doe", "Jörg Müller"],
        "year": 2020,
        "month": 7,
        "venue": "ACL",
        "type": "inproceedings",
        "doi": "10.18653/v1/2020.acl-main.1",
        "url": "https://aclanthology.org/2020.acl-main.1",
    }


TITLES = {
    r"{G{\"o}del, {\'E}variste \& {\L}{\'o}d{\'z}}": "Gödel, Évariste & Łódź",
    r'"na{\"\i}ve {\c c}a \v{S}{\aa}"': "naïve ça Šå",
    r'"a {"}word{"} in quotes"': 'a "word" in quotes',
    r"{$\beta$-VAE and $O(n^2)$}": "β-VAE and O(n^2)",
    r"{50% of {LLM}s, a ``test'' -- and more}": "50% of LLMs, a “test” – and more",
    r"{A\_B \textit{in vivo} {\textsc{Foo}} $5}".replace("$5", r"\$5"): "A_B in vivo Foo $5",
    "{Two\n   lines~here}": "Two lines here",
    r"{O(n{\textasciicircum}2), see \url{a.org}}": "O(n^2), see a.org",
    '"Over " # acl # { and} # " out"': "Over Annual and out",
    "{Naïve 日本語}": "Naïve 日本語",
}


@pytest.mark.parametrize(("written", "title"), TITLES.items(), ids=TITLES.values())
def test_title_is_text_without_latex(written: str, title: str) -> None:
    assert record("@string(acl = {Annual})\n" + entry(title=written))["title"] == title


AUTHORS = {
    "Doe, Jane": ["Jane Doe"],
    "Jane Doe and John Q. Public": ["Jane Doe", "John Q. Public"],
    "{DeepSeek-AI}": ["{DeepSeek-AI}"],
    "{{Barnes and Noble}} and Doe, Jane": ["{Barnes and Noble}", "Jane Doe"],
    "OpenAI": ["{OpenAI}"],
    "Gemini Team and Anil, Rohan": ["{Gemini Team}", "Rohan Anil"],
    'van den Oord, A{\\"a}ron': ["Aäron van den Oord"],
    "L{\\'o}pez de Prado, Jos{\\'e}": ["López de Prado, José"],
    "{van der Berg}, Jan": ["van der Berg, Jan"],
    "Garc{\\'\\i}a M{\\'a}rquez, Gabriel": ["García Márquez, Gabriel"],
    "Daum{\\'e}, III, Hal": ["Hal Daumé III"],
    "Doe, Jane and others": ["Jane Doe", "et al."],
    "Doe,   Jane\nAND {\\L}ukasz Kaiser": ["Jane Doe", "Łukasz Kaiser"],
    " and ".join(f"Author{n}, A." for n in "abcdefghijk"): ["A. Authora", "A. Authorb", "A. Authorc", "et al."],
}


@pytest.mark.parametrize(("written", "authors"), AUTHORS.items(), ids=[a[0] for a in AUTHORS.values()])
def test_authors_are_named_as_records_have_them(written: str, authors: list[str]) -> None:
    assert record(entry(author=f"{{{written}}}"))["authors"] == authors


def test_guess_at_an_organisation_is_told() -> None:
    (found,), _, _ = readings(entry(author="{OpenAI}"))
    assert found.notes == ("'OpenAI' is taken for an organisation; if it is a person, take the braces out",)


PREPRINT = {"arxiv": "1906.03762"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"doi": "{https://doi.org/10.1000/a\\_b}"}, {"doi": "10.1000/a_b"}, id="DOI as URL, escaped"),
        pytest.param({"doi": "{doi: 10.1000/1}"}, {"doi": "10.1000/1"}, id="DOI with its name"),
        pytest.param({"doi": "", "url": "{http://dx.doi.org/10.1000/2}"}, {"doi": "10.1000/2"}, id="DOI in the URL"),
        pytest.param({"doi": "", "eprint": "{1906.03762v5}", "eprinttype": "{arXiv}"}, PREPRINT, id="v5"),
        pytest.param({"doi": "", "eprint": "{arXiv:1906.03762}"}, PREPRINT, id="eprint with its name"),
        pytest.param({"doi": "{10.48550/arXiv.1906.03762}"}, PREPRINT, id="DOI of arXiv"),
        pytest.param({"doi": "", "url": "{https://arxiv.org/pdf/1906.03762v1.pdf}"}, PREPRINT, id="PDF"),
        pytest.param({"doi": "", "journal": "{CoRR}", "volume": "{abs/1906.03762}"}, PREPRINT, id="DBLP"),
        pytest.param({"doi": "", "journal": "{arXiv preprint arXiv:1906.03762}"}, PREPRINT, id="Scholar"),
        pytest.param({"doi": "", "eprint": "{hep-th/9901001}", "year": "1999"}, {"arxiv": "hep-th/9901001"}, id="old"),
        pytest.param({"doi": "", "url": "{\\url{https://a.org/\\%20\\_z}}"}, {"url": "https://a.org/%20_z"}, id="URL"),
        pytest.param({"doi": "", "howpublished": "{\\url{https://a.org/}}"}, {"url": "https://a.org/"}, id="how"),
        pytest.param({"eprint": "{12345}", "eprinttype": "{pmid}"}, {"doi": "10.1000/1"}, id="eprint of elsewhere"),
    ],
)  # fmt: skip
def test_identifiers_are_bare(fields: dict[str, str], expected: dict[str, str]) -> None:
    found = record(entry(**fields))
    assert {name: found[name] for name in ("doi", "arxiv", "url") if name in found} == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"month": "jan"}, {"year": 2019, "month": 1}, id="macro"),
        pytest.param({"month": '10 # "~" # FEB'}, {"year": 2019, "month": 2}, id="day and macro"),
        pytest.param({"month": "{September}"}, {"year": 2019, "month": 9}, id="name"),
        pytest.param({"month": "{06}"}, {"year": 2019, "month": 6}, id="number"),
        pytest.param({"year": "", "date": "{2018-11-05}"}, {"year": 2018, "month": 11}, id="biblatex"),
        pytest.param(
            {"year": "", "date": "2020", "origdate": "{2018-02}"},
            {"year": 2018, "published_year": 2020},
            id="biblatex, reissued",
        ),
        pytest.param({"year": "{(2018)}"}, {"year": 2018}, id="parentheses"),
        pytest.param(
            {"eprint": "{1711.00001}"}, {"year": 2017, "month": 11, "published_year": 2019}, id="preprint first"
        ),
        pytest.param(
            {"eprint": "{1911.00001}", "month": "jan"}, {"year": 2019, "month": 11}, id="month of the preprint"
        ),
    ],
)
def test_date_is_that_of_the_first_public_version(fields: dict[str, str], expected: dict[str, int]) -> None:
    found = record(entry(**fields))
    assert {name: found[name] for name in ("year", "month", "published_year") if name in found} == expected


def test_month_that_cannot_be_read_is_told() -> None:
    (found,), _, _ = readings(entry(month="{Winter}"))
    assert (found.reference.month, found.notes) == (None, ("`month` is left out, since it cannot be read: Winter",))


EPRINT = "{1906.03762}"
NEURIPS = "{Advances in Neural Information Processing Systems 32}"


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        pytest.param("article", {}, ("article", "Tea"), id="article"),
        pytest.param("inproceedings", {"journal": "", "booktitle": NEURIPS}, ("inproceedings", "NeurIPS"), id="short"),
        pytest.param("inproceedings", {"journal": "", "booktitle": "{NeurIPS Workshop on Neural Information Processing "
                     "Systems}"}, ("inproceedings", "NeurIPS Workshop on Neural Information Processing Systems"),
                     id="workshop"),
        pytest.param("inproceedings", {"journal": "", "booktitle": "{Findings of the Association for Computational "
                     "Linguistics: EMNLP 2020}"}, ("inproceedings", "EMNLP Findings"), id="findings"),
        pytest.param("article", {"journal": "{CoRR}", "eprint": EPRINT}, ("preprint", "arXiv preprint"), id="CoRR"),
        pytest.param("misc", {"journal": "", "eprint": "{1906.03762}"}, ("preprint", "arXiv preprint"), id="eprint"),
        pytest.param("article", {"eprint": "{1906.03762}"}, ("article", "Tea"), id="published preprint"),
        pytest.param("misc", {"journal": "", "url": "{https://www.a.org/x}"}, ("online", "a.org"), id="page"),
        pytest.param("phdthesis", {"journal": "", "school": "{MIT}"}, ("thesis", "MIT"), id="thesis"),
        pytest.param("techreport", {"journal": "", "institution": "{INRIA}"}, ("report", "INRIA"), id="report"),
        pytest.param("techreport", {"journal": "", "eprint": EPRINT}, ("report", "arXiv preprint"), id="report, arXiv"),
        pytest.param("software", {"journal": "", "organization": "{GitHub}"}, ("software", "GitHub"), id="software"),
    ],
)  # fmt: skip
def test_type_and_venue(kind: str, fields: dict[str, str], expected: tuple[str, str]) -> None:
    found = record(entry(kind, **fields))
    assert (found["type"], found["venue"]) == expected


def test_crossref_gives_venue_and_year_and_its_target_is_no_record() -> None:
    child = entry("inproceedings", journal="", year="", crossref="{par}")
    found, remarks, faults = readings(child + "@proceedings{par, title = {Tea Days}, year = 2020, doi = {10.1000/9}}\n")
    assert faults == ()
    assert [(c.name, c.reference.venue, c.reference.year, c.reference.doi) for c in found] == [
        ("doe", "Tea Days", 2020, "10.1000/1")
    ]
    assert remarks == ("refs.bib:2: par holds other works, and is no record itself",)


def test_editors_and_organisations_stand_in_for_authors() -> None:
    assert record(entry("book", author="", editor="{Doe, Jane}", publisher="{P}"))["authors"] == ["Jane Doe"]
    assert record(entry("manual", author="", organization="{ISO}"))["authors"] == ["{ISO}"]


def test_abbreviation_holds_from_its_definition_on_and_may_be_changed() -> None:
    text = (
        "@string{x = {One}}\n" + entry(journal="X") + "@string{x = {Two}}\n" + entry(journal="x").replace("doe,", "b,")
    )
    found, _, faults = readings(text)
    assert ([c.reference.venue for c in found], faults) == (["One", "Two"], ())


def test_comments_are_passed_over() -> None:
    text = 'Made by hand.\n% @article{old, title = {x}}\n@comment{@article{older, title = {x}}}\n@preamble{"\\x"}\n'
    found, remarks, faults = readings(text + entry(note="{x}").replace("note", "%note"))
    assert ([c.line for c in found], remarks, faults) == ([5], (), ())


def test_file_of_another_encoding_is_told_with_its_line() -> None:
    found, _, (fault,) = read("refs.bib", entry(title="{M\xfcller}").replace("doe,", "\n\ndoe,").encode("latin-1"))
    assert (found, fault.location.line, fault.message) == ((), 3, "the file is not UTF-8 text")
    assert "iconv" in fault.hint


BROKEN = {
    "a brace of a value is not closed": ('@article{b, title = {A, year = 2019,\n}', 1, "is broken"),
    "the entry is not closed": ("@article{b, title = {A}, year = 2019", 1, "is broken"),
    "a quote is not closed": ('@article{b, title = "A, year = 2019}', 1, "is broken"),
    "a brace too many ends it early": ("@article{b,\n title = {A}},\n year = 2019,\n}", 3, "had ended"),
    "no equals sign": ("@article{b, title {A}, year = 2019}", 1, "is broken"),
    "no comma between fields": ("@article{b,\n title = {A}\n year = 2019}", 2, "follows the value"),
    "no comma after the key": ("@article{b\n title = {A}, year = 2019}", 1, "is broken"),
    "no @": ("article{b, title = {A}, year = 2019}", 1, "begins no entry"),
    "a blank behind @": ("@ article{b, title = {A}, year = 2019}", 1, "begins no entry"),
    "an assignment that is none of BibTeX": ("With x + y = z this is no field.", 1, "belongs to no entry"),
    "a title of braces": (f"@article{{b, title = {{{'{' * 3000}A{'}' * 3000}}}, year = 2019}}", 1, "are too deep"),
    "no brace behind the type": ("@article b, title = {A}, year = 2019}", 1, "begins no entry"),
    "no key": (other(""), 1, "no key"),
    "a type that is none": (other("b", "artcle"), 1, "'@artcle' is no type"),
    "a field twice": ("@article{b, title = {A}, title = {B}, year = 2019}", 1, "`title` twice"),
    "a field twice in other case": ("@article{b, title = {A},\n Title = {B}, year = 2019}", 2, "`title` stands twice"),
    "the key of another": ("@article{good0, title = {A}, year = 2019}", 1, "the key 'good0' stands in line"),
    "no value": ("@article{b,\n title = , year = 2019}", 2, "there is no value"),
    "an abbreviation that is none": ("@article{b,\n journal = tods, year = 2019}", 2, "no abbreviation"),
    "nothing behind #": ('@article{b,\n title = "A" #, year = 2019}', 2, "nothing follows #"),
    "two values": ('@article{b,\n title = "A" {B}, year = 2019}', 2, "follows the value"),
    "no title": (other("b", title=""), 1, "there is no `title`"),
    "no author": (other("b", author=""), 1, "there is no `author`"),
    "no year": (other("b", year=""), 1, "there is no `year`"),
    "a year in words": ("@article{b, title = {A},\n year = {in press}}", 2, "`year` is no year: in press"),
    "no venue": (other("b", journal=""), 1, "where it was published"),
    "no identifier": (other("b", doi=""), 1, "no identifier"),
    "a DOI that is none": ("@article{b, title = {A},\n doi = {10.1}, year = 2019}", 2, "`doi` is no DOI: 10.1"),
    "an arXiv identifier that is none": ("@misc{b, title = {A},\n archiveprefix = {arXiv},\n eprint = {17063762}}", 3,
                                         "`eprint` is no arXiv identifier"),
    "an address that is none": ("@misc{b, title = {A},\n url = {www.a.org}}", 2, "`url` is no address"),
    "arXiv after the venue": ("@article{b, title = {A},\n year = 2009, eprint = {1706.03762}}", 2, "is of 2017"),
    "authors parted by commas": ("@article{b,\n author = {A, B., C, D., E, F.}, year = 2019}", 2, "is no name"),
    "authors that are nobody": ("@article{b,\n author = {others}, year = 2019}", 2, "names nobody"),
    "a command that is not known": ("@article{b,\n title = {A \\foo{B}}, year = 2019}", 2, "\\foo is not known"),
    "a formula that is not closed": ("@article{b,\n title = {A $x}, year = 2019}", 2, "LaTeX cannot be read"),
    "a crossref to nothing": ("@inproceedings{b, title = {A},\n crossref = {goood0}}", 2, "not in this file"),
    "an abbreviation that cannot be read": ("@string{b = unknown}", 1, "the abbreviation 'b'"),
}  # fmt: skip
"""Each with the line of the fault, counted from its own first, and a part of the message."""


def test_every_broken_entry_is_told_with_its_line_and_every_good_one_imported() -> None:
    text, expected = "", []
    for number, (broken, line, message) in enumerate(BROKEN.values()):
        text += other(f"good{number}")
        expected.append((text.count("\n") + line, message))
        text += broken.replace("{b,", f"{{b{number},", 1).rstrip() + "\n"
    text += other(f"good{len(BROKEN)}")
    assert len(BROKEN) >= 30
    found, _, faults = readings(text)
    assert [c.name for c in found] == [f"good{number}" for number in range(len(BROKEN) + 1)]
    told = [(fault.location.line, fault.message) for fault in faults]
    for line, message in expected:
        assert any(line == told_line and message in text for told_line, text in told), (line, message)
    spans = [(line - BROKEN[name][1] + 1, line + BROKEN[name][0].count("\n")) for name, (line, _) in
             zip(BROKEN, expected, strict=True)]  # fmt: skip
    assert all(any(first <= line <= last for first, last in spans) for line, _ in told)
    assert all(fault.code == "R410" and fault.hint for fault in faults)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_entry_alone_is_told(name: str) -> None:
    broken, line, message = BROKEN[name]
    found, _, faults = readings(other("good0") + broken + "\n")
    assert [c.name for c in found] == ["good0"]
    assert any(fault.location.line == line + 1 and message in fault.message for fault in faults)


def test_entry_inside_a_broken_one_is_told_too() -> None:
    _, _, faults = readings("@article{a, title = {A, note = {x} @book{b, title = {B}}\n" + entry())
    assert len(faults) == 2
    assert any("`@book{b` stands inside the broken entry of line 1" in fault.message for fault in faults)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_slip_of_the_pen_loses_no_entry_in_silence(data: st.DataObject) -> None:
    sound = "".join(map(other, ("aa", "bb", "cc")))
    text = list(sound.replace(", title", ",\n  title"))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(text) - 1))
        sign = data.draw(st.sampled_from(["", "{", "}", '"', ",", "=", "@", "\n", "#", "(", ")", "\\", "$", "x"]))
        text[place : place + data.draw(st.integers(0, 1))] = sign
    found, _, faults = readings("".join(text))
    assert len(found) == 3 or faults


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from('@{}(),="#\\$%\n abartcle0')))
def test_any_text_is_read(text: str) -> None:
    found, _, faults = read("refs.bib", f"@article{{x, title = {{{text}}}\n{text}".encode())
    assert found or faults


@pytest.mark.parametrize("text", ["", "\n", "Only remarks.\n"])
def test_file_without_entries_has_no_fault(text: str) -> None:
    assert readings(text) == ((), (), ())


@pytest.mark.parametrize("sign", string.punctuation + "éŁßøçñ–“”‘’…°µ×±€™")
def test_every_sign_of_our_own_exports_comes_back(sign: str) -> None:
    assert {plain(encoded(f"a{sign}b")), plain(escaped(f"a{sign}b"))} == {f"a{sign}b"}


def test_text_is_in_composed_form() -> None:
    assert plain(r"\'{e}") == "é"
