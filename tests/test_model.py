"""The authored data: relation types, prose fields, and what makes an entry full."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from genai_atlas import model
from genai_atlas.atlas import Atlas
from genai_atlas.model import (
    FULL_FIELDS,
    MECHANISM_HEADING,
    Authored,
    Kind,
    Reference,
    RelationType,
    Topic,
    texts,
)
from genai_atlas.prose import Profile

MODELS = tuple(
    value
    for value in vars(model).values()
    if isinstance(value, type) and issubclass(value, Authored) and value is not Authored
)
SYMMETRIC = {"alternative_to", "complements", "in_tension_with", "overlaps_with", "distinct_from"}


@pytest.mark.parametrize("type_", RelationType)
def test_inverse_of_the_inverse_is_the_type(type_: RelationType) -> None:
    assert type_.inverse.inverse is type_
    assert (type_.inverse is type_) == (type_ in SYMMETRIC)


@pytest.mark.parametrize("type_", RelationType)
def test_a_type_and_its_inverse_have_one_canonical_type(type_: RelationType) -> None:
    assert type_.canonical is type_.inverse.canonical
    assert type_.canonical in (type_, type_.inverse)
    assert type_.canonical.canonical is type_.canonical


def test_there_are_twelve_types_of_relation() -> None:
    assert sorted({type_.canonical.value for type_ in RelationType}) == [
        "addresses", "alternative_to", "applied_in", "builds_on", "complements", "distinct_from", "evaluated_by",
        "explained_by", "in_tension_with", "overlaps_with", "part_of", "specializes",
    ]  # fmt: skip


def test_every_kind_names_its_mechanism() -> None:
    assert set(MECHANISM_HEADING) == set(Kind)
    assert len(set(MECHANISM_HEADING.values())) == len(Kind)


@pytest.mark.parametrize("owner", MODELS, ids=lambda owner: owner.__name__)
def test_every_field_says_what_it_is(owner: type[Authored]) -> None:
    for name, field in owner.model_fields.items():
        assert field.description, f"{owner.__name__}.{name}"
        assert field.description.endswith("."), f"{owner.__name__}.{name}"


@pytest.mark.parametrize("owner", MODELS, ids=lambda owner: owner.__name__)
def test_unknown_fields_are_refused_and_objects_do_not_change(owner: type[Authored], tea: Atlas) -> None:
    assert owner.model_config["extra"] == "forbid"
    assert owner.model_config["frozen"] is True


def test_text_with_no_profile_is_a_key_an_address_or_a_date() -> None:
    """Whoever adds a text says what markup it may hold: without a profile it escapes the checks and the word counts."""
    bare = {
        f"{owner.__name__}.{name}"
        for owner in MODELS
        for name, field in owner.model_fields.items()
        if str in set(_leaves(field.annotation)) and not _profiles(field)
    }
    assert bare == {
        "Approach.refs", "Approach.topic", "Area.formerly", "Area.subareas", "AtlasFile.areas", "Benchmark.url",
        "ComparisonRow.topic", "Finding.ref", "Implementation.url", "Milestone.date", "ReadingItem.ref",
        "Reference.arxiv", "Reference.doi", "Reference.url", "Relation.to", "Retired.see", "SameAs.concept",
        "Subarea.formerly", "Subarea.topics", "Topic.formerly", "Topic.literature_until",
    }  # fmt: skip


def _leaves(annotation: Any) -> Iterator[Any]:
    arguments = [a for a in get_args(annotation) if a is not Ellipsis]
    if get_origin(annotation) is Annotated:
        yield from _leaves(arguments[0])
    elif arguments:
        for argument in arguments:
            yield from _leaves(argument)
    else:
        yield annotation


def _profiles(field: Any) -> set[Profile]:
    """Of a field's type, wherever in it they stand."""
    found = {m for m in field.metadata if isinstance(m, Profile)}
    waiting = [field.annotation]
    while waiting:
        annotation = waiting.pop()
        arguments = get_args(annotation)
        found |= {a for a in arguments if isinstance(a, Profile)}
        waiting += [a for a in arguments if typing.get_args(a)]
    return found


def _filled(owner: type[BaseModel], marks: dict[str, str], way: str = "") -> dict[str, Any]:
    """A value for every field; each text is one that no other field has."""
    return {name: _value(field.annotation, field, marks, f"{way}.{name}") for name, field in owner.model_fields.items()}


def _value(annotation: Any, field: Any, marks: dict[str, str], way: str) -> Any:
    arguments = [a for a in get_args(annotation) if a not in (Ellipsis, type(None))]
    if get_origin(annotation) is tuple:
        return [_value(arguments[0], None, marks, f"{way}[{i}]") for i in range(2)]
    own = {m for m in (*getattr(field, "metadata", ()), *arguments) if isinstance(m, Profile)}
    own |= {p for a in arguments for p in get_args(a) if isinstance(p, Profile)}
    if own:
        marks[way] = f"mark{len(marks)}end"
        return marks[way]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _filled(annotation, marks, way)
    if arguments and get_origin(annotation) is not Annotated:
        return _value(arguments[-1], field, marks, way)
    return None


@pytest.mark.parametrize("owner", MODELS, ids=lambda owner: owner.__name__)
def test_texts_reach_every_field_that_holds_prose(owner: type[Authored]) -> None:
    marks: dict[str, str] = {}
    value = _construct(owner, _filled(owner, marks))
    found = {text: loc for loc, _, text in texts(value)}
    assert set(found) == set(marks.values())
    for way, mark in marks.items():
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in found[mark])
        assert steps == way
    assert [text for _, _, text in texts(value)] == sorted(found, key=lambda mark: int(mark[4:-3]))


def _construct(owner: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    """The object with these values, unchecked: keys and dates are left empty."""
    return owner.model_construct(**{name: _constructed(owner, name, value) for name, value in values.items()})


def _constructed(owner: type[BaseModel], name: str, value: Any) -> Any:
    inner = [leaf for leaf in _leaves(owner.model_fields[name].annotation) if issubclass(leaf, BaseModel)]
    if isinstance(value, dict):
        return _construct(inner[0], value)
    if isinstance(value, list):
        return tuple(_construct(inner[0], item) if isinstance(item, dict) else item for item in value)
    return value


def test_texts_of_an_object_within_another_say_where_it_stands(tea: Atlas) -> None:
    finding = tea.topics["brewing/infusion/steeping"].findings[1]
    locs = [loc for loc, _, _ in texts(finding, ("findings", 1))]
    # The value is a number and no prose.
    assert locs == [("findings", 1, name) for name in ("claim", "baseline", "unit", "setting", "locator")]


@pytest.mark.parametrize("name", Topic.model_fields)
def test_depth_follows_from_the_fields(tea: Atlas, name: str) -> None:
    steeping, whisking = tea.topics["brewing/infusion/steeping"], tea.topics["brewing/infusion/whisking"]
    assert whisking.model_copy(update={name: getattr(steeping, name)}).is_full == (name in FULL_FIELDS)


def test_only_articles_and_papers_are_peer_reviewed(tea: Atlas) -> None:
    types = {r.type.value for r in tea.references.values() if r.is_peer_reviewed}
    assert types == {"article", "inproceedings"}
    assert {r.type.value for r in tea.references.values() if not r.is_peer_reviewed} == {"preprint", "report"}


FORMS = {
    model.Slug: (["a", "rlhf", "kv-cache", "3d-generation"], ["", "A", "-a", "a-", "a--b", "a/b", "é", "a\n", "a b"]),
    model.TopicName: (["a", "b/a"], ["c/b/a", "/a", "a/", "a//b"]),
    model.PagePath: (["c/b/a", "a", "b/a"], ["d/c/b/a", "a/", "/a", "A", "a//b", "../a", "a" * 183]),
    model.Key: (
        ["vaswani2017attention", "a2017b", "a20173d"],
        ["2017attention", "vaswani2017", "Vaswani2017x", "a17b", ""],
    ),
    model.YearMonth: (["2026-06", "1999-12"], ["2026", "2026-13", "2026-00", "2026-6", "2026-06-01", "26-06"]),
    model.YearOrMonth: (["2026-06", "2026", 2026], ["2026-13", "2026-06-01", "soon", 26]),
    model.Day: (["2026-11-24", "2024-02-29"], ["2026-11-31", "2025-02-29", "24.11.2026", "2026-11", 20261124, True]),
    model.Url: (
        ["https://example.org", "http://a.example.org/x?y=1#z", "https://example.org/a_(b)"],
        ["example.org", "ftp://example.org", "https://localhost", "javascript:alert(1)", "https://a.org:80/",
         "https://a@b.org/", "https://a.org/ b", "https://bücher.example"],
    ),
    model.Year: ([1700, 2026], [1699, 2101, "2026", 2026.0, True]),
    model.Month: ([1, 12], [0, 13, "1"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("form", "value", "is_right"),
    [
        (form, value, is_right)
        for form, (right, wrong) in FORMS.items()
        for is_right, values in ((True, right), (False, wrong))
        for value in values
    ],
)
def test_form_of_a_value(form: Any, value: object, is_right: bool) -> None:
    adapter = TypeAdapter(form)
    if is_right:
        assert str(adapter.validate_python(value)) == str(value)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


@pytest.mark.parametrize(
    ("arxiv", "is_right"),
    [
        *((right, True) for right in ("1706.03762", "0704.0001", "cs/0112017", "math.GT/0309136", "hep-th/9901001")),
        *((wrong, False) for wrong in ("1706.03762v5", "arXiv:1706.03762", "1706.3762000", "17060.3762")),
    ],
)
def test_form_of_an_arxiv_identifier(tea: Atlas, arxiv: str, is_right: bool) -> None:
    record = tea.references["dahl2021cold"].model_dump() | {"arxiv": arxiv}
    if is_right:
        assert Reference.model_validate(record).arxiv == arxiv
    else:
        with pytest.raises(ValidationError):
            Reference.model_validate(record)


@pytest.mark.parametrize(
    ("doi", "is_right"),
    [
        *((right, True) for right in ("10.18653/v1/2020.inlg-1.23", "10.1000/182")),
        *((wrong, False) for wrong in ("https://doi.org/10.1000/182", "10.1000", "doi:10.1000/182", "10.1000/a b")),
    ],
)
def test_form_of_a_doi(tea: Atlas, doi: str, is_right: bool) -> None:
    record = tea.references["arden2019leaf"].model_dump() | {"doi": doi}
    if is_right:
        assert Reference.model_validate(record).doi == doi
    else:
        with pytest.raises(ValidationError):
            Reference.model_validate(record)


def test_fields_stand_in_the_order_in_which_they_are_laid_out() -> None:
    """A cut-off file is noticed by its missing end: so the longest required field comes last."""
    assert list(Topic.model_fields)[-1] == "reading_list"
    assert Topic.model_fields["reading_list"].is_required()


@pytest.mark.parametrize("length", [60, 61])
def test_titles_have_at_most_60_characters(tea: Atlas, length: int) -> None:
    for _, _, entry in tea.entries():
        fields = {name: value for name, value in entry.model_dump().items() if value} | {"title": "x" * length}
        if length <= 60:
            assert len(type(entry).model_validate(fields).title) == length
        else:
            with pytest.raises(ValidationError):
                type(entry).model_validate(fields)
