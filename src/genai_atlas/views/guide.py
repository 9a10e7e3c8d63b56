"""The pages for curators that are made from the code: the rules and the fields. Layer 7; no effects."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from genai_atlas import model
from genai_atlas.checks import RULES
from genai_atlas.checks.fields import REQUIRED
from genai_atlas.diagnostics import FAMILIES, Rule
from genai_atlas.model import FULL_FIELDS, Kind
from genai_atlas.prose import Profile
from genai_atlas.views.page import safe


@dataclass(frozen=True)
class RuleView:
    code: str
    name: str
    severity: str
    explanation: Markup
    wrong: Markup
    right: Markup


@dataclass(frozen=True)
class FamilyView:
    letter: str
    name: str
    rules: tuple[RuleView, ...]


@dataclass(frozen=True)
class FieldView:
    name: str
    type: Markup
    required: Markup
    doc: Markup


@dataclass(frozen=True)
class ModelView:
    title: str
    anchor: str
    doc: Markup
    fields: tuple[FieldView, ...]


def rule_families() -> tuple[FamilyView, ...]:
    return tuple(
        FamilyView(letter, name, tuple(map(_rule, (rule for rule in RULES if rule.code[0] == letter))))
        for letter, name in FAMILIES.items()
    )


def _rule(rule: Rule) -> RuleView:
    return RuleView(
        rule.code,
        rule.name,
        rule.severity,
        _coded(rule.explanation),
        _lines(rule.wrong),
        _lines(rule.right),
    )


def _lines(example: str) -> Markup:
    """No blank line may stand within an HTML block of a Markdown file."""
    return safe(example.strip("\n")).replace("\n\n", "\n&#8203;\n")


def _coded(text: str) -> Markup:
    """Escaped, with `code` as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(safe(p)) if i % 2 else safe(p) for i, p in enumerate(parts))


DOCUMENTED: tuple[type[BaseModel], ...] = (
    model.Topic, model.Mechanism, model.Symbol, model.Approaches, model.Approach, model.Guidance, model.Milestone,
    model.Finding, model.OpenProblem, model.Benchmark, model.Implementation, model.Relation, model.SameAs,
    model.ReadingItem, model.Subarea, model.Comparison, model.ComparisonRow, model.Area, model.AtlasFile,
    model.Reference, model.Retired,
)  # fmt: skip


def model_views() -> tuple[ModelView, ...]:
    return tuple(map(_model, DOCUMENTED))


def _model(owner: type[BaseModel]) -> ModelView:
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", owner.__name__).capitalize()
    has_own_doc = "__doc__" in owner.__dict__ and owner.__doc__
    fields = tuple(_field(owner, name, info) for name, info in owner.model_fields.items())
    return ModelView(
        title, title.lower().replace(" ", "-"), _coded(owner.__doc__ or "") if has_own_doc else Markup(), fields
    )


def _field(owner: type[BaseModel], name: str, info: FieldInfo) -> FieldView:
    required = "yes" if info.is_required() else "no"
    if owner is model.Topic and (name in FULL_FIELDS or name == "prerequisites"):
        required = f"full entries: {_listed(REQUIRED.get(name, ()))}"
    profile = next((m for m in info.metadata if isinstance(m, Profile)), None)
    shown = f"text ({profile})" if profile else _type(info.annotation)
    return FieldView(name, safe(shown), safe(required), _coded(info.description or ""))


def _listed(kinds: Iterable[Kind]) -> str:
    names = tuple(kinds)
    return "all kinds" if len(names) == len(Kind) else ", ".join(names) or "none"


def _type(annotation: typing.Any) -> str:
    """A type as a curator would say it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        profile = next((m for m in arguments[1:] if isinstance(m, Profile)), None)
        return f"text ({profile})" if profile else _type(arguments[0])
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(a) for a in arguments if a is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "one of: " + ", ".join(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", annotation.__name__).lower()
    return {"str": "text", "int": "whole number", "float": "number", "date": "day"}.get(annotation.__name__, "text")
