"""Diagnostics as text, JSON, workflow commands and SARIF."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from genai_atlas import __version__, report
from genai_atlas.checks import RULES
from genai_atlas.diagnostics import Diagnostic, Location, Severity, counted, did_you_mean

ERROR = Diagnostic(Location("taxonomy/a/b/dpo.yaml", 3, 11), "L301", "no topic 'rlhff'", "did you mean 'rlhf'?")
WARNING = Diagnostic(Location("taxonomy/a/b/dpo.yaml", 1, 1), "Q603", "the entry has 9 words", "", Severity.WARNING)
NASTY = Diagnostic(Location("taxonomy/a,b:c.yaml", 2, 5), "S105", "100% of\nlines, a: b\r", "write “ä” & <b>")


def test_text_has_a_line_for_the_fault_and_one_for_the_fix() -> None:
    assert report.text([ERROR, WARNING]) == (
        "taxonomy/a/b/dpo.yaml:3:11: error L301 no topic 'rlhff'\n"
        "    hint: did you mean 'rlhf'?\n"
        "taxonomy/a/b/dpo.yaml:1:1: warning Q603 the entry has 9 words\n"
    )


def test_json_is_a_list_of_flat_records() -> None:
    assert json.loads(report.as_json([ERROR, WARNING])) == [
        {
            "code": "L301",
            "severity": "error",
            "path": "taxonomy/a/b/dpo.yaml",
            "line": 3,
            "column": 11,
            "message": "no topic 'rlhff'",
            "hint": "did you mean 'rlhf'?",
        },
        {
            "code": "Q603",
            "severity": "warning",
            "path": "taxonomy/a/b/dpo.yaml",
            "line": 1,
            "column": 1,
            "message": "the entry has 9 words",
            "hint": "",
        },
    ]


def test_json_keeps_what_is_not_ascii() -> None:
    assert json.loads(report.as_json([NASTY]))[0]["message"] == NASTY.message
    assert "“ä”" in report.as_json([NASTY])


def test_workflow_commands_escape_what_would_end_them() -> None:
    assert report.github([NASTY]) == (
        "::error file=taxonomy/a%2Cb%3Ac.yaml,line=2,col=5,title=S105::"
        "100%25 of%0Alines, a: b%0D. write “ä” & <b>\n"
    )  # fmt: skip
    assert report.github([WARNING]) == (
        "::warning file=taxonomy/a/b/dpo.yaml,line=1,col=1,title=Q603::the entry has 9 words\n"
    )


@pytest.mark.parametrize(
    ("errors", "warnings", "notices"),
    [
        (10, 10, []),
        (11, 0, ["::notice::1 more error; the summary of the job or `genai-atlas validate` has all"]),
        (
            12,
            13,
            [
                "::notice::2 more errors; the summary of the job or `genai-atlas validate` has all",
                "::notice::3 more warnings; the summary of the job or `genai-atlas validate` has all",
            ],
        ),
    ],
)
def test_workflow_commands_count_what_github_would_drop(errors: int, warnings: int, notices: list[str]) -> None:
    lines = report.github([ERROR] * errors + [WARNING] * warnings).splitlines()
    assert [line for line in lines if line.startswith("::notice")] == notices
    assert sum(line.startswith("::error ") for line in lines) == min(errors, 10)
    assert sum(line.startswith("::warning ") for line in lines) == min(warnings, 10)


def test_sarif_names_the_tool_the_rules_and_the_places() -> None:
    log = json.loads(report.sarif([ERROR, ERROR, WARNING]))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("genai-atlas", __version__)
    # Each rule that was broken, once.
    assert [rule["id"] for rule in driver["rules"]] == ["L301", "Q603"]
    assert driver["rules"][0] == {
        "id": "L301",
        "name": "unknown-topic",
        "shortDescription": {"text": "unknown topic"},
        "fullDescription": {"text": "A link or relation names a topic that does not exist."},
        "defaultConfiguration": {"level": "error"},
    }
    assert run["results"][0] == {
        "ruleId": "L301",
        "level": "error",
        "message": {"text": "no topic 'rlhff'. did you mean 'rlhf'?"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "taxonomy/a/b/dpo.yaml"},
                    "region": {"startLine": 3, "startColumn": 11},
                }
            }
        ],
    }
    assert len(run["results"]) == 3


def test_sarif_writes_paths_as_addresses() -> None:
    (result,) = json.loads(report.sarif([Diagnostic(Location("taxonomy/Iced tea.yaml"), "S121", "m")]))["runs"][0][
        "results"
    ]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "taxonomy/Iced%20tea.yaml"


def test_sarif_levels_are_those_that_sarif_knows() -> None:
    assert {severity.value for severity in Severity} <= {"none", "note", "warning", "error"}


def test_markdown_is_a_table_with_the_worst_first_in_which_nothing_is_obeyed() -> None:
    lines = report.markdown([WARNING, NASTY]).splitlines()
    assert lines[:4] == ["### 1 error, 1 warning", "", "| Place | Rule | Fault | Fix |", "|---|---|---|---|"]
    assert [line.split(" | ")[1] for line in lines[4:]] == ["error S105", "warning Q603"]
    assert "<b>" not in lines[4]
    assert lines[4].count("|") == 5


def test_markdown_stays_below_the_limit_of_a_summary() -> None:
    text = report.markdown([ERROR] * 5_000)
    shown = text.count("error L301")
    assert len(text) < report.SUMMARY_LIMIT + 1_000 < 1_048_576
    assert f"… and {5_000 - shown} more" in text


EMPTY = {"text": "", "json": "[]\n", "github": "", "markdown": "### 0 errors, 0 warnings\n"}


@pytest.mark.parametrize("name", report.FORMATS)
def test_nothing_to_tell(name: str) -> None:
    said = report.FORMATS[name]([])
    if name == "sarif":
        assert json.loads(said)["runs"][0]["results"] == []
    else:
        assert said == EMPTY[name]


@pytest.mark.parametrize("name", report.FORMATS)
@pytest.mark.parametrize("diagnostics", [[ERROR], [ERROR, WARNING, NASTY]], ids=["one", "three"])
def test_every_format_ends_its_last_line_and_says_the_same_twice(name: str, diagnostics: Sequence[Diagnostic]) -> None:
    said = report.FORMATS[name](diagnostics)
    assert said.endswith("\n")
    assert not said.endswith("\n\n")
    assert said == report.FORMATS[name](diagnostics)


def test_explanation_of_a_rule_shows_it_wrong_and_right() -> None:
    rule = next(rule for rule in RULES if rule.code == "F220")
    assert report.explanation(rule) == (
        f"F220 repeated-item (error)\n\n{rule.explanation}\n\n"
        "Wrong:\n    aliases: [MQA, mqa]\n\nRight:\n    aliases: [MQA]\n"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_explanation_holds_all_of_a_rule(rule: object) -> None:
    said = report.explanation(rule)  # type: ignore[arg-type]
    for example in (rule.wrong, rule.right):  # type: ignore[attr-defined]
        assert all(f"    {line}\n" in said for line in example.strip("\n").splitlines())


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("rlhff", ["rlhf", "dpo"], "did you mean 'rlhf'?"),
        ("quantisation", ["quantization", "pruning"], "did you mean 'quantization'?"),
        ("cake", ["rlhf", "dpo"], ""),
        ("rlhf", [], ""),
        ("kind", ["kinds", "kind"], "did you mean 'kind'?"),
    ],
)
def test_nearest_of_what_exists_is_named(word: str, candidates: list[str], expected: str) -> None:
    assert did_you_mean(word, candidates) == expected
    assert did_you_mean(word, reversed(candidates)) == expected


@pytest.mark.parametrize(("number", "expected"), [(0, "0 items"), (1, "1 item"), (2, "2 items")])
def test_counted(number: int, expected: str) -> None:
    assert counted(number, "item") == expected


def test_diagnostics_sort_by_place_then_code() -> None:
    def at(path: str, line: int, column: int, code: str) -> Diagnostic:
        return Diagnostic(Location(path, line, column), code, "m")

    ordered = [
        at("a.yaml", 2, 9, "S101"), at("a.yaml", 10, 1, "F201"), at("a.yaml", 10, 2, "F201"),
        at("a.yaml", 10, 2, "L301"), at("b.yaml", 1, 1, "F201"),
    ]  # fmt: skip
    assert sorted(ordered[i] for i in (3, 0, 4, 1, 2)) == ordered
