"""`new topic` and `new reference`: what is asked, what is refused, and that what is written is sound."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from genai_atlas import curate, files, schemas
from genai_atlas.checks import strict
from genai_atlas.checks.fields import REQUIRED
from genai_atlas.cli import main
from genai_atlas.diagnostics import Diagnostic
from genai_atlas.model import Kind
from tea import TEA, MakeRoot, files_of, read_atlas, tea_with

Run = Callable[..., Result]
PATH = "brewing/infusion/gongfu-brewing"
FILE = f"taxonomy/{PATH}.yaml"
SUBAREA = "taxonomy/brewing/infusion/subarea.yaml"
SUMMARY = (
    "Gongfu brewing fills a small pot with much leaf and pours off after seconds, again and again. Each cup is strong "
    "and short, and the series shows how the leaf changes. It needs attention at every pour; whether the cups differ "
    "more than chance would have it, few panels have asked."
)
RELATIONS = (
    ("builds_on", "steeping", "many short steepings"),
    ("complements", "cold-brewing", "the other end of the scale of time"),
    ("evaluated_by", "cupping", "each pour is a cup of its own"),
    ("in_tension_with", "astringency", "seconds too many are tasted"),
)
READING = (
    ("moreau2026repeat", "original", "introductory", "measures each pour"),
    ("castro2021steeping", "survey", "introductory", "one chapter on small pots"),
    ("haas2023failed", "critical", "intermediate", "finds that time explains little"),
    ("olsen2026panel", "recent", "advanced", "panels on strength"),
)
FIELDS: Mapping[str, str] = {
    "--kind": "technique",
    "--title": "Gongfu Brewing",
    "--alias": "kung fu tea",
    "--summary": SUMMARY,
    "--reviewed": "2026-11-24",
    "--literature-until": "2026-06",
}


def arguments(
    fields: Mapping[str, str] = FIELDS,
    relations: tuple[tuple[str, ...], ...] = RELATIONS,
    reading: tuple[tuple[str, ...], ...] = READING,
    **changed: str,
) -> list[str]:
    fields = {**fields, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    found = [part for pair in fields.items() if pair[1] for part in pair]
    for option, rows in (("--relation", relations), ("--reading", reading)):
        found += [part for row in rows for part in (option, *row)]
    return found


@pytest.fixture
def root(make_root: MakeRoot) -> Path:
    return make_root(TEA)


@pytest.fixture
def run(root: Path) -> Run:
    def invoke(*given: str, answers: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, ["--root", str(root), *given], input=answers)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curate, "_asks", lambda: True)


def diagnosed(root: Path) -> tuple[Diagnostic, ...]:
    return strict(read_atlas(files_of(root))[1])


def codes(root: Path) -> set[str]:
    return {d.code for d in diagnosed(root)}


# ---------------------------------------------------------------- new topic


@pytest.mark.parametrize("kind", Kind)
def test_new_topic_is_clean_under_strict_and_laid_out(run: Run, root: Path, kind: Kind) -> None:
    result = run("new", "topic", PATH, *arguments(kind=kind.value))
    assert (result.exit_code, result.stdout) == (0, f"written {FILE}\nchanged {SUBAREA}\n")
    assert diagnosed(root) == ()
    assert run("fmt", "--check").exit_code == 0
    text = (root / FILE).read_text("utf-8")
    named = [line[4:].partition(":")[0] for line in text.splitlines() if line.startswith("# - ")]
    assert sorted(named) == sorted(name for name, kinds in REQUIRED.items() if kind in kinds)


def test_new_topic_is_what_was_said(run: Run, root: Path) -> None:
    run("new", "topic", PATH, *arguments())
    topic = read_atlas(files_of(root))[0].topics[PATH]
    assert (topic.title, topic.aliases, topic.kind, topic.summary) == (
        "Gongfu Brewing",
        ("kung fu tea",),
        Kind.TECHNIQUE,
        SUMMARY,
    )
    assert (topic.reviewed.isoformat(), topic.literature_until) == ("2026-11-24", "2026-06")
    assert tuple((r.type.value, r.to, r.note) for r in topic.relations) == RELATIONS
    assert tuple((w.ref, w.role.value, w.level.value, w.why) for w in topic.reading_list) == READING


def test_parent_lists_it_last_and_keeps_its_comments(run: Run, root: Path) -> None:
    before = TEA[SUBAREA].decode()
    assert "topics:\n" in before
    commented = "# Tea.\n\n" + before.replace("topics:\n", "# in the order of difficulty\ntopics:  # four\n")
    (root / SUBAREA).write_text(commented, "utf-8")
    run("new", "topic", PATH, *arguments())
    after = (root / SUBAREA).read_text("utf-8")
    added = [line for line in after.splitlines() if line not in commented.splitlines()]
    assert (added, after.replace("  - gongfu-brewing\n", "")) == (["  - gongfu-brewing"], commented)
    assert read_atlas(files_of(root))[0].subareas["brewing/infusion"].topics[-1] == "gongfu-brewing"


def test_both_files_name_their_schema_where_there_are_schemas(run: Run, root: Path) -> None:
    run("schema", "--write")
    run("new", "topic", PATH, *arguments())
    for file, kind in ((FILE, "topic"), (SUBAREA, "subarea")):
        first = (root / file).read_text("utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../../../schemas/{kind}.schema.json"
    run("fmt")
    assert run("fmt", "--check").exit_code == 0
    assert diagnosed(root) == ()


PLACES = {
    "one part": ("gongfu", "1 part of three", "AREA/SUBAREA/SLUG"),
    "two parts": ("brewing/gongfu", "2 parts of three", "AREA/SUBAREA/SLUG"),
    "four parts": ("a/brewing/infusion/gongfu", "4 parts of three", "AREA/SUBAREA/SLUG"),
    "dots": ("brewing/infusion/../gongfu", "is no path of a topic", "brewing/infusion/gongfu"),
    "dots that leave": ("../../etc/gongfu", "is no path of a topic", "etc/gongfu"),
    "a path of the disk": ("/brewing/infusion/gongfu", "is no path of a topic", "brewing/infusion/gongfu"),
    "capitals": ("brewing/infusion/Gongfu", "is no path of a topic", "brewing/infusion/gongfu"),
    "spaces": ("brewing/infusion/gong fu", "is no path of a topic", "brewing/infusion/gong-fu"),
    "an underscore": ("brewing/infusion/gong_fu", "is no path of a topic", "brewing/infusion/gong-fu"),
    "accents": ("brewing/infusion/göngfu", "is no path of a topic", "brewing/infusion/gongfu"),
    "two hyphens": ("brewing/infusion/gong--fu", "is no path of a topic", "brewing/infusion/gong-fu"),
    "an ending": ("brewing/infusion/gongfu.yaml", "is no path of a topic", "brewing/infusion/gongfu-yaml"),
    "nothing": ("", "is no path of a topic", "a/b/c"),
    "a subarea nearly right": ("brewing/infusoin/gongfu", "no subarea brewing/infusoin", "'brewing/infusion'?"),
    "a subarea of another area": ("judging/infusion/gongfu", "no subarea judging/infusion", "'brewing/infusion'?"),
    "a subarea far off": ("brewing/xyz/gongfu", "no subarea brewing/xyz", "those of brewing are infusion"),
    "an area far off": ("xyz/xyz/gongfu", "no subarea xyz/xyz", "the areas are brewing, judging"),
    "an existing topic": ("brewing/infusion/steeping", "there is a topic", "edit taxonomy/brewing/infusion/st"),
    "a slug of elsewhere": ("brewing/infusion/cupping", "judging/tasting/cupping has the slug", "choose another"),
    "the parent's own file": ("brewing/infusion/subarea", "a subarea's own file", "choose another slug"),
    "an alias": ("brewing/infusion/matcha-making", "is a name of brewing/infusion/whisking", "extend that page"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "told", "fix"), PLACES.values(), ids=PLACES)
def test_place_is_refused_with_the_fix_before_anything_is_asked(
    run: Run, root: Path, terminal: None, path: str, told: str, fix: str
) -> None:
    result = run("new", "topic", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert fix in result.stderr
    assert result.stderr.endswith("nothing is written\n")
    assert files_of(root) == TEA


def test_retired_and_former_paths_stay_free(run: Run, root: Path) -> None:
    atlas, _ = read_atlas(TEA)
    retired = next(path for path in atlas.retired if path.startswith("brewing/infusion/"))
    assert f"{retired} is retired" in run("new", "topic", retired).stderr
    former, successor = next(
        (old, new) for old, new in atlas.successors.items() if old not in atlas.retired and old.startswith("brewing/")
    )
    assert f"{former} leads to {successor}" in run("new", "topic", former).stderr


WRONG: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "a title that is taken": ({"title": "steeping"}, "'steeping' is a name of brewing/infusion/steeping", "extend"),
    "a title that is an alias": ({"title": "Matcha Making"}, "a name of brewing/infusion/whisking", "extend"),
    "an alias that is taken": ({"alias": "tea making"}, "'tea making' is a name of brewing already", "extend"),
    "a title too long": ({"title": "x" * 61}, "F205", "shorten it"),
    "a month that is none": ({"literature_until": "June 2026"}, "F206", "YYYY-MM"),
    "a day that is none": ({"reviewed": "2026-02-30"}, "F206", "YYYY-MM-DD"),
    "literature after the review": ({"literature_until": "2026-12"}, "F218", "newest month"),
    "markup in the summary": ({"summary": f"**{SUMMARY}**"}, "P511", ""),
    "a topic nearly right": ({"relations": (("builds_on", "steping", "x"), *RELATIONS[1:])}, "L301", "'steeping'?"),
    "a relation to itself": ({"relations": (*RELATIONS, ("complements", "gongfu-brewing", "x"))}, "L321", ""),
    "a relation that wants a scope": ({"relations": (*RELATIONS, ("overlaps_with", "whisking", "x"))}, "F214", "scope"),
    "a key nearly right": ({"reading": (("moreau2026repeet", *READING[0][1:]), *READING[1:])}, "R401", "repeat'"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "told", "fix"), WRONG.values(), ids=WRONG)
def test_wrong_answer_is_refused_with_the_fix(
    run: Run, root: Path, changed: dict[str, Any], told: str, fix: str
) -> None:
    result = run("new", "topic", PATH, *arguments(**changed))
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert fix in result.stderr
    assert files_of(root) == TEA


def test_every_wrong_answer_is_told_in_one_run(run: Run) -> None:
    relations = (("builds_on", "steping", "x"), ("complements", "cold-brewng", "y"), *RELATIONS[2:])
    result = run("new", "topic", PATH, *arguments(relations=relations, literature_until="2026-12"))
    assert [code for code in ("F218", "L301", "steping", "cold-brewng") if code not in result.stderr] == []


def test_value_of_a_fixed_list_is_refused_by_the_option(run: Run) -> None:
    result = run("new", "topic", PATH, *arguments(kind="technik"))
    assert result.exit_code == 2
    assert "'technik' is not one of 'technique'" in result.stderr


def test_without_a_terminal_all_that_is_missing_is_told_at_once(run: Run, root: Path) -> None:
    result = run("new", "topic", PATH, *arguments({"--kind": "theory"}, RELATIONS[:1], ()))
    assert (result.exit_code, result.stdout) == (2, "")
    for told in ("--title: ", "--summary: ", "--literature-until: ", "4 are needed, 1 given", "4 are needed, 0 given"):
        assert told in result.stderr
    assert "--kind" not in result.stderr
    assert files_of(root) == TEA


def test_summary_of_another_length_is_a_warning_and_written(run: Run, root: Path) -> None:
    result = run("new", "topic", PATH, *arguments(summary="Too short."))
    assert (result.exit_code, "Q601" in result.stderr) == (0, True)
    assert codes(root) == {"Q601"}


def test_faults_of_other_files_are_no_hindrance(run: Run, root: Path) -> None:
    contents = tea_with(("taxonomy/judging/tasting/cupping.yaml", "to: blind-tasting", "to: blind-tastings"))
    for path, data in contents.items():
        (root / path).write_bytes(data)
    assert run("new", "topic", PATH, *arguments()).exit_code == 0
    assert codes(root) == {"L301"}


def test_parent_that_cannot_be_read_is_left_alone_and_told(run: Run, root: Path) -> None:
    (root / SUBAREA).write_bytes(TEA[SUBAREA] + b"topics: [x]\n")
    before = files_of(root)
    result = run("new", "topic", PATH, *arguments())
    assert (result.exit_code, "S106" in result.stderr) == (2, True)
    assert files_of(root) == before


ANSWERS = "\n".join(
    [
        "technik", "technique",
        "Steeping", "Gongfu Brewing",
        SUMMARY,
        "June", "2026-06",
        "matcha making", "kung fu tea", "",
        *(part for row in (("builds_upon", *RELATIONS[0]),) for part in row),
        *(part for row in RELATIONS[1:3] for part in row),
        "in_tension_with", "astringnecy", "astringency", "seconds too many are tasted",
        "",
        "moreau", *READING[0],
        *(part for row in READING[1:] for part in row),
        "",
    ]
) + "\n"  # fmt: skip


def test_on_a_terminal_it_asks_and_refuses_wrong_answers_at_once(run: Run, root: Path, terminal: None) -> None:
    result = run("new", "topic", PATH, "--reviewed", "2026-11-24", answers=ANSWERS)
    assert (result.exit_code, result.stdout) == (0, f"written {FILE}\nchanged {SUBAREA}\n")
    assert result.stderr.count("Error: ") == 7
    for told in ("a name of brewing/infusion/steeping", "did you mean 'astringency'?", "no reference 'moreau'"):
        assert told in result.stderr
    written = (root / FILE).read_bytes()
    for path, data in TEA.items():
        (root / path).write_bytes(data)
    (root / FILE).unlink()
    run("new", "topic", PATH, *arguments())
    assert (root / FILE).read_bytes() == written


def test_only_what_is_missing_is_asked(run: Run, root: Path, terminal: None) -> None:
    relations = (*RELATIONS[:3], ("overlaps_with", "whisking", "x"))
    given = arguments(relations=relations, title="", scope="")
    result = run("new", "topic", PATH, *given, answers="Gongfu Brewing\nThis page covers pots; [[whisking]] bowls.\n")
    assert result.exit_code == 0
    assert diagnosed(root) == ()


def test_answers_that_are_refused_as_a_whole_are_shown_again(run: Run, root: Path, terminal: None) -> None:
    result = run("new", "topic", PATH, *arguments(title="", literature_until="2026-12"), answers="Gongfu Brewing\n\n")
    assert (result.exit_code, "F218" in result.stderr) == (2, True)
    assert "title: Gongfu Brewing\n" in result.stdout
    assert files_of(root) == TEA


def test_end_of_input_writes_nothing(run: Run, root: Path, terminal: None) -> None:
    result = run("new", "topic", PATH, answers="technique\nGongfu Brewing\n")
    assert result.exit_code == 1
    assert files_of(root) == TEA


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_real_terminal_is_taken_for_one(root: Path) -> None:
    import pty

    child, terminal = pty.fork()
    if not child:
        given = ["--root", str(root), "new", "topic", PATH, *arguments(title="")]
        os.execv(sys.executable, [sys.executable, "-m", "genai_atlas.cli", *given])
    os.write(terminal, b"Gongfu Brewing\n\n")
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError as error:
        assert error.errno == errno.EIO  # how Linux says that the other end is closed
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    assert b"Title (" in shown
    assert (root / FILE).exists()


# ---------------------------------------------------------------- new reference

WORK: Mapping[str, str] = {
    "--title": "On the Pouring of Tea",
    "--author": "Ines Castro",
    "--year": "2022",
    "--venue": "Journal of Infusion",
    "--type": "article",
    "--doi": "10.5555/tea.2022.77",
}
KEY = "castro2022pouring"


def work(**changed: str) -> list[str]:
    fields = {**WORK, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    return [part for pair in fields.items() if pair[1] for part in pair]


def cited(root: Path, *keys: str) -> None:
    """Cites the records where one may, so that what is left to tell is told of the records."""
    path = root / "taxonomy/brewing/area.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("see [[steeping]] first.", f"see [@{'; @'.join(keys)}]."), "utf-8")


def test_new_reference_stands_among_the_others_of_its_year(run: Run, root: Path) -> None:
    file = root / "taxonomy/references/2022.yaml"
    file.write_text("# All of 2022.\n\n# by the panel\n" + file.read_text("utf-8"), "utf-8")
    before = file.read_text("utf-8")
    result = run("new", "reference", *work())
    assert (result.exit_code, result.stdout) == (0, f"added {KEY}\n")
    assert "R402" in result.stderr
    after = file.read_text("utf-8")
    record = (
        f"{KEY}:\n  title: On the Pouring of Tea\n  authors: [Ines Castro]\n  year: 2022\n"
        "  venue: Journal of Infusion\n  type: article\n  doi: 10.5555/tea.2022.77\n"
    )
    assert record in after
    assert after.replace(record, "") == before
    cited(root, KEY)
    assert diagnosed(root) == ()
    assert run("fmt", "--check").exit_code == 0


def test_first_record_of_a_year_makes_its_file(run: Run, root: Path) -> None:
    run("schema", "--write")
    assert run("new", "reference", *work(year="1999")).exit_code == 0
    text = (root / "taxonomy/references/1999.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../schemas/references.schema.json\ncastro1999pouring:\n")


def test_record_goes_to_the_letter_where_a_year_is_split(run: Run, root: Path) -> None:
    folder = root / "taxonomy/references"
    (folder / "2022").mkdir()
    (folder / "2022.yaml").rename(folder / "2022/a.yaml")
    run("new", "reference", *work())
    assert (folder / "2022/c.yaml").read_text("utf-8").startswith(f"{KEY}:\n")


def test_arxiv_identifier_tells_the_rest(run: Run, root: Path) -> None:
    given = work(arxiv="https://arxiv.org/abs/2203.00001v2", year="", venue="", type="", doi="")
    assert run("new", "reference", *given).exit_code == 0
    record = read_atlas(files_of(root))[0].references[KEY]
    assert (record.arxiv, record.year, record.month, record.venue, record.type) == (
        "2203.00001",
        2022,
        3,
        "arXiv preprint",
        "preprint",
    )


SAME = {
    "DOI": ({"doi": "https://doi.org/10.5555/TEA.2021.1"}, "castro2021steeping, with the same doi"),
    "arXiv": ({"arxiv": "2106.99991v3", "year": "", "doi": ""}, "dahl2021cold, with the same arxiv"),
    "title": (
        {"title": "Steeping – a survey", "author": "Inês  Castro", "doi": "", "url": "https://a.org/"},
        "castro2021steeping, with the same title",
    ),
}


@pytest.mark.parametrize(("changed", "told"), SAME.values(), ids=SAME)
def test_work_that_has_a_record_is_told_with_its_key(run: Run, root: Path, changed: dict[str, str], told: str) -> None:
    result = run("new", "reference", *work(**changed))
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert files_of(root) == TEA


KEYS = {
    "stop words are skipped": ({"title": "What Is the Price of Tea?"}, "castro2022price"),
    "hyphens join": ({"title": "Self-Steeping Pots"}, "castro2022selfsteeping"),
    "accents fall": ({"author": "Élodie Müller-Łódź", "title": "Über Tee"}, "mullerlodz2022uber"),
    "particles do not count": ({"author": "Anna van den Berg"}, "berg2022pouring"),
    "organisations": ({"author": "{Guild of Tasters}"}, "guildoftasters2022pouring"),
    "the curator's own": ({"key": "castro2022tea"}, "castro2022tea"),
    "another script, with a key": ({"author": "岩崎, 花", "key": "iwasaki2022pouring"}, "iwasaki2022pouring"),
    "letters of the North": ({"title": "Høj te: the leaf of the hills"}, "castro2022hoj"),
}


@pytest.mark.parametrize(("changed", "key"), KEYS.values(), ids=KEYS)
def test_key_is_family_year_and_first_significant_word(run: Run, root: Path, changed: dict[str, str], key: str) -> None:
    assert run("new", "reference", *work(**changed)).stdout == f"added {key}\n"
    cited(root, key)
    assert diagnosed(root) == ()


def test_key_that_is_taken_takes_one_word_more(run: Run) -> None:
    run("new", "reference", *work())
    other = work(title="Pouring, Again", doi="10.5555/tea.2022.78")
    assert run("new", "reference", *other).stdout == "added castro2022pouringagain\n"


REFUSED = {
    "no Latin letters": ({"author": "岩崎, 花"}, "no key can be made"),
    "a key that is taken": ({"key": "fabre2022astringency"}, "the key 'fabre2022astringency' is taken"),
    "a key of another author": ({"key": "doe2022pouring"}, "R406"),
    "a key of another year": ({"key": "castro2021pouring"}, "R403"),
    "two authors in one": ({"author": "Ines Castro and Bo Li"}, "R407"),
    "an arXiv identifier of another year": ({"arxiv": "1906.00001"}, "R403"),
    "an arXiv identifier that is none": ({"arxiv": "12345"}, "is no arXiv identifier"),
    "a DOI that is none": ({"doi": "10.1/x y"}, "--doi has not"),
    "an address that is none": ({"url": "www.a.org"}, "--url has not"),
    "a note without a month": ({"checked": "looks fine"}, "R409"),
    "a month that is none": ({"month": "13"}, "--month has not"),
}


@pytest.mark.parametrize(("changed", "told"), REFUSED.values(), ids=REFUSED)
def test_record_that_would_be_faulty_is_refused(run: Run, root: Path, changed: dict[str, str], told: str) -> None:
    result = run("new", "reference", *work(**changed))
    assert (result.exit_code, result.stdout, told in result.stderr) == (2, "", True)
    assert files_of(root) == TEA


def test_missing_fields_of_a_record_are_told_at_once(run: Run) -> None:
    result = run("new", "reference", "--title", "T")
    assert result.exit_code == 2
    for told in ("--author: ", "--year: ", "--venue: ", "--type: ", "--arxiv, --doi or --url: one at least"):
        assert told in result.stderr


def test_record_is_asked_for_on_a_terminal(run: Run, root: Path, terminal: None) -> None:
    answers = "\n10.5555/tea.2022.77\nOn the Pouring of Tea\nInes Castro\nBo Li\n\n2022\nTea Days\nbok\nbook\n"
    assert run("new", "reference", answers=answers).stdout == f"added {KEY}\n"
    record = read_atlas(files_of(root))[0].references[KEY]
    assert (record.authors, record.doi, record.venue, record.type) == (
        ("Ines Castro", "Bo Li"),
        "10.5555/tea.2022.77",
        "Tea Days",
        "book",
    )


# ---------------------------------------------------------------- new reference --bibtex

BIB = r"""
@article{one, title = {On Pouring}, author = {M{\"u}ller, Anna}, journal = {Tea}, year = 2021, doi = {10.5555/a}}
@article{two, title = {On Pots}, author = {{Guild of Tasters}}, journal = {Tea}, year = 2024, url = {https://a.org/x}}
@misc{three, title = {Cold Brewing without Bitterness}, author = {Dahl, S{\o}ren}, eprint = {2106.99991v2}, year = 2021}
@article{four, title = {No End, author = {A, B}, year = 2021}
@article{five, title = {On Cups}, author = {岩崎, 花}, journal = {Tea}, year = 2021, doi = {10.5555/e}}
@article{six, title = {Pouring!}, author = {M\"uller, A.}, journal = {Tea}, year = 2021, doi = {10.5555/A}}
@article{li2021seven, title = {The Seven Cups}, author = {Li, Bo}, journal = {Tea}, year = 2021, doi = {10.5555/g}}
"""


def test_good_entries_are_imported_and_the_others_told(run: Run, root: Path, tmp_path: Path) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB, "utf-8")
    result = run("new", "reference", "--bibtex", str(bib))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{bib}:2: one added: muller2021pouring",
        f"{bib}:3: two added: guildoftasters2024pots",
        f"{bib}:4: three is there already: dahl2021cold (same arxiv)",
        f"{bib}:7: six is there already: muller2021pouring (same doi)",
        f"{bib}:8: li2021seven added: li2021seven",
    ]
    told = [line for line in result.stderr.splitlines() if ": error R410 " in line]
    assert [line.partition(": ")[0] for line in told] == [f"{bib}:5:1", f"{bib}:6:1"]
    assert "five: no key can be made of" in told[1]
    assert "3 records added, 2 there already\n" in result.stderr
    assert codes(root) == {"R402"}
    cited(root, "muller2021pouring", "guildoftasters2024pots", "li2021seven")
    assert diagnosed(root) == ()
    assert run("fmt", "--check").exit_code == 0


def test_second_import_adds_nothing(run: Run, root: Path) -> None:
    run("new", "reference", "--bibtex", "-", answers=BIB)
    before = files_of(root)
    result = run("new", "reference", "--bibtex", "-", answers=BIB)
    assert "0 records added, 5 there already\n" in result.stderr
    assert files_of(root) == before


def test_import_of_what_is_all_there_is_no_fault(run: Run) -> None:
    line = next(line for line in BIB.splitlines() if line.startswith("@misc"))
    assert run("new", "reference", "--bibtex", "-", answers=line).exit_code == 0


def test_own_exports_come_back_as_what_is_there(run: Run, root: Path) -> None:
    for format_ in ("bibtex", "biblatex"):
        exported = run("export", format_).stdout
        result = run("new", "reference", "--bibtex", "-", answers=exported)
        known = read_atlas(TEA)[0].references
        assert (result.exit_code, result.stderr) == (0, f"0 records added, {len(known)} there already\n")
        assert all(f" {key} is there already: {key} " in result.stdout for key in known)
    assert files_of(root) == TEA


def test_disk_that_refuses_one_year_leaves_all_years(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def refuse(source: Any, target: Any) -> None:
        if str(target).endswith("2024.yaml"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        real(source, target)

    monkeypatch.setattr(files.os, "replace", refuse)
    result = run("new", "reference", "--bibtex", "-", answers=BIB)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "2024.yaml: cannot write: No space left on device" in result.stderr
    assert files_of(root) == TEA


def test_year_that_cannot_be_read_leaves_all_years(run: Run, root: Path) -> None:
    (root / "taxonomy/references/2024.yaml").write_bytes(b"a: b: c\n")
    before = files_of(root)
    result = run("new", "reference", "--bibtex", "-", answers=BIB)
    assert (result.exit_code, "S105" in result.stderr) == (2, True)
    assert files_of(root) == before


def test_note_of_what_was_checked_holds_for_every_entry(run: Run, root: Path) -> None:
    run("new", "reference", "--checked", "the journal's own pages, 2026-11", "--bibtex", "-", answers=BIB)
    records = read_atlas(files_of(root))[0].references
    assert {records[key].checked for key in ("muller2021pouring", "li2021seven")} == {
        "the journal's own pages, 2026-11"
    }


def test_options_of_one_record_and_a_file_of_many_exclude_each_other(run: Run) -> None:
    result = run("new", "reference", "--bibtex", "-", "--title", "T", answers="")
    assert (result.exit_code, "only --checked" in result.stderr) == (2, True)


def test_file_that_is_not_there_is_wrong_use(run: Run) -> None:
    result = run("new", "reference", "--bibtex", "nothing.bib")
    assert (result.exit_code, "nothing.bib" in result.stderr) == (2, True)


def test_folder_without_a_taxonomy_is_told(tmp_path: Path) -> None:
    for given in (("topic", PATH), ("reference", *work())):
        result = CliRunner().invoke(main, ["--root", str(tmp_path), "new", *given])
        assert (result.exit_code, "S131" in result.stderr) == (1, True)


def test_schema_knows_every_field_of_a_new_record(run: Run, root: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    run("new", "reference", "--bibtex", "-", answers=BIB)
    value = yaml.safe_load((root / "taxonomy/references/2021.yaml").read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(schemas.text("references"))).validate(value)
