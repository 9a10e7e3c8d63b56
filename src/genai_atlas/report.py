"""Diagnostics -> text | json | github | sarif | markdown. Layer 7; no effects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from genai_atlas import __version__
from genai_atlas.checks import RULES
from genai_atlas.diagnostics import Diagnostic, Rule, Severity, counted
from genai_atlas.excerpts import inert

SUMMARY_LIMIT = 200_000
"""Characters. GitHub refuses a summary of more than 1 MiB."""
GITHUB_LIMIT = 10
"""GitHub shows that many errors, and as many warnings, of one step; the rest is dropped in silence."""


def text(diagnostics: Sequence[Diagnostic]) -> str:
    """A line each, and a second one with the way to mend it."""
    lines = []
    for diagnostic in diagnostics:
        lines.append(str(diagnostic))
        if diagnostic.hint:
            lines.append(f"    hint: {diagnostic.hint}")
    return "".join(f"{line}\n" for line in lines)


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    records = [
        {
            "code": d.code,
            "severity": d.severity.value,
            "path": d.location.path,
            "line": d.location.line,
            "column": d.location.column,
            "message": d.message,
            "hint": d.hint,
        }
        for d in diagnostics
    ]
    return json.dumps(records, ensure_ascii=False, indent=1) + "\n"


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands for the worst, and one notice that counts what GitHub would not show."""
    lines: list[str] = []
    for severity in Severity:
        own = [d for d in diagnostics if d.severity is severity]
        lines += map(_github_line, own[:GITHUB_LIMIT])
        if len(own) > GITHUB_LIMIT:
            rest = counted(len(own) - GITHUB_LIMIT, f"more {severity}")
            lines.append(f"::notice::{rest}; the summary of the job or `genai-atlas validate` has all")
    return "".join(f"{line}\n" for line in lines)


def _github_line(diagnostic: Diagnostic) -> str:
    place = diagnostic.location
    message = _data(f"{diagnostic.message}. {diagnostic.hint}" if diagnostic.hint else diagnostic.message)
    return (
        f"::{diagnostic.severity} file={_property(place.path)},line={place.line},col={place.column},"
        f"title={_property(diagnostic.code)}::{message}"
    )


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def markdown(diagnostics: Sequence[Diagnostic]) -> str:
    """A table for the summary of a job, the worst first; whatever the data say stands in it as plain words."""
    numbers = [(severity, sum(d.severity is severity for d in diagnostics)) for severity in Severity]
    lines = [f"### {', '.join(counted(number, severity.value) for severity, number in numbers)}"]
    if diagnostics:
        lines += ["", "| Place | Rule | Fault | Fix |", "|---|---|---|---|"]
    room = SUMMARY_LIMIT
    rows = [_markdown_row(d) for severity in Severity for d in diagnostics if d.severity is severity]
    for number, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            lines += ["", f"… and {len(rows) - number} more; `genai-atlas validate` tells all."]
            break
        lines.append(row)
    return "".join(f"{line}\n" for line in lines)


def _markdown_row(diagnostic: Diagnostic) -> str:
    place = inert(f"{diagnostic.location.path}:{diagnostic.location.line}")
    kind = f"{diagnostic.severity} {diagnostic.code}"
    return f"| {place} | {kind} | {inert(diagnostic.message)} | {inert(diagnostic.hint)} |"


def sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """SARIF 2.1.0, for code scanning."""
    used = {d.code for d in diagnostics}
    rules = [_sarif_rule(rule) for rule in RULES if rule.code in used]
    run = {
        "tool": {"driver": {"name": "genai-atlas", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(d) for d in diagnostics],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _sarif_rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.name.replace("-", " ")},
        "fullDescription": {"text": rule.explanation},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _sarif_result(diagnostic: Diagnostic) -> dict[str, object]:
    place = diagnostic.location
    region = {"startLine": place.line, "startColumn": place.column}
    message = f"{diagnostic.message}. {diagnostic.hint}" if diagnostic.hint else diagnostic.message
    return {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity.value,
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(place.path)}, "region": region}}],
    }


FORMATS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif,
    "markdown": markdown,
}


def explanation(rule: Rule) -> str:
    """What `genai-atlas rules CODE` prints."""

    def indented(example: str) -> str:
        return "\n".join(f"    {line}" for line in example.strip("\n").splitlines())

    return (
        f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.explanation}\n\n"
        f"Wrong:\n{indented(rule.wrong)}\n\nRight:\n{indented(rule.right)}\n"
    )
