"""The rules that hold between and within entries. Layer 6; no effects.

Each module yields diagnostics for one family; a new check is one function here and one case folder in tests/cases/.
"""

from __future__ import annotations

from dataclasses import replace

from genai_atlas import canonical, files, finish, frozen, parse, prose, source
from genai_atlas.atlas import Atlas
from genai_atlas.checks import fields, links, references, relations, rubric, texts
from genai_atlas.diagnostics import Diagnostic, Rule, Severity

CHECKS = (
    *fields.CHECKS,
    *links.CHECKS,
    *relations.CHECKS,
    *references.CHECKS,
    *texts.CHECKS,
    *rubric.CHECKS,
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *source.RULES,
            *files.RULES,
            *canonical.RULES,
            *frozen.RULES,
            *parse.RULES,
            *fields.RULES,
            *links.RULES,
            *relations.RULES,
            *references.RULES,
            *prose.RULES,
            *texts.RULES,
            *rubric.RULES,
            *finish.RULES,
        ),
        key=lambda rule: rule.code,
    )
)


def check(atlas: Atlas) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostic for run in CHECKS for diagnostic in run(atlas)))


def strict(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The same with the rubric's warnings as errors."""
    return tuple(replace(d, severity=Severity.ERROR) if d.code.startswith("Q") else d for d in diagnostics)
