"""What is written about the program is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from genai_atlas import report, schemas
from genai_atlas.atlas import PUBLISHED_FILE, RETIRED_FILE
from genai_atlas.checks import RULES
from genai_atlas.cli import main
from genai_atlas.model import Authored
from genai_atlas.parse import parse
from genai_atlas.render import Settings, render
from genai_atlas.views.guide import DOCUMENTED

ROOT = Path(__file__).parents[1]
README, CLI, CONTRIBUTING, GUIDE = (
    (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/cli.md", "CONTRIBUTING.md", "docs/contributing.md")
)
COMMANDS = {
    f"{name} {below}".rstrip(): inner
    for name, command in main.commands.items()
    for below, inner in (command.commands if isinstance(command, click.Group) else {"": command}).items()
}
"""Each by the words that call it."""


def options(command: click.Command) -> set[str]:
    """Long ones; a short one stands for one of them."""
    names = (name for parameter in command.params if isinstance(parameter, click.Option) for name in parameter.opts)
    return {name for name in names if name.startswith("--")}


def section(name: str) -> str:
    """Of docs/cli.md, what stands under a command's heading."""
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section {name}"
    return found[1]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    outputs = render(parse(())[0], Settings(), tmp_path_factory.mktemp("fonts"))
    return {output.path: output.data.decode() for output in outputs if output.path.endswith(".md")}


def test_commands_of_the_guide_are_those_of_the_program() -> None:
    assert set(re.findall(r"^## ([\w ]+)$", CLI, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_guide_names_every_option_and_no_other(name: str) -> None:
    named = set(re.findall(r"(?<![\w-])(--[a-z-]+)", section(name)))
    assert named == options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_guide_shows_how_to_call_a_command(name: str) -> None:
    (usage,) = re.findall(rf"^`genai-atlas {name}([^`]*)`$", section(name), re.MULTILINE)
    for option in options(COMMANDS[name]):
        assert option in usage
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Argument) and not isinstance(parameter.type, click.Choice):
            assert parameter.human_readable_name.strip("[].").split("]")[0].upper().rstrip("S") in usage
        elif isinstance(parameter.type, click.Choice):
            assert "|".join(parameter.type.choices) in usage


def test_guide_names_the_options_of_the_program_itself() -> None:
    head = CLI[: CLI.index("\n## ")]
    assert all(option in head for option in options(main) | {"--help"})
    assert [line.split("|")[1].strip() for line in head.splitlines() if re.match(r"\| \d", line)] == ["0", "1", "2"]


def called(row: str) -> str:
    """The command that a row of the readme's table is about."""
    found = re.match(r"\| `genai-atlas ([a-z ]+)", row)
    return found[1].strip() if found else ""


def test_readme_names_every_command_and_no_other() -> None:
    assert sorted(filter(None, map(called, README.splitlines()))) == sorted(COMMANDS)
    assert set(re.findall(r"genai-atlas (\w+)", README)) <= set(main.commands)


def test_readme_names_only_options_that_exist() -> None:
    for line in README.splitlines():
        if name := called(line):
            assert set(re.findall(r"(--[a-z-]+)", line)) == options(COMMANDS[name])


@pytest.mark.parametrize("text", [README, CONTRIBUTING, GUIDE], ids=["README", "CONTRIBUTING", "guide"])
def test_make_targets_that_are_named_exist(text: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"^(?:\$ )?make (\w+)|`make (\w+)`", text, re.MULTILINE))
    assert {name for pair in named for name in pair if name} <= targets


@pytest.mark.parametrize("text", [README, CONTRIBUTING, GUIDE], ids=["README", "CONTRIBUTING", "guide"])
def test_commands_codes_and_files_that_are_named_exist(text: str) -> None:
    assert set(re.findall(r"genai-atlas ([a-z]+)", text)) <= set(main.commands)
    assert set(re.findall(r"\b([SFLRPQB]\d{3})\b", text)) <= {rule.code for rule in RULES}
    for path in re.findall(r"`((?:src|tests|docs|taxonomy)/[\w./-]+)`", text):
        is_optional = path in (RETIRED_FILE, PUBLISHED_FILE)
        assert is_optional or (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([\w./-]+)(?:#\w+)?\)", text):
        generated = link in ("schema.md", "rules.md", "changes.md")
        assert generated or (ROOT / link).exists() or (ROOT / "docs" / link).exists(), link


def test_formats_in_the_guide_are_those_of_the_program() -> None:
    assert "|".join(report.FORMATS) in section("validate")


def test_schemas_in_the_guide_are_those_of_the_program() -> None:
    assert "|".join(schemas.SCHEMAS) in section("schema")


@pytest.mark.parametrize("owner", DOCUMENTED, ids=lambda owner: owner.__name__)
def test_every_field_is_on_the_page_of_fields(pages: dict[str, str], owner: type[Authored]) -> None:
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", owner.__name__).capitalize()
    own = re.search(rf"^## {title} (.*?)(?=^## |\Z)", pages["schema.md"], re.MULTILINE | re.DOTALL)
    assert own
    assert re.findall(r'<th role="rowheader" scope="row"><code>(\w+)</code>', own[1]) == list(owner.model_fields)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_on_the_page_of_rules(pages: dict[str, str], rule: object) -> None:
    code, name = rule.code, rule.name  # type: ignore[attr-defined]
    assert f'<h3 id="{code}">{code} {name}' in pages["rules.md"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_a_command_does(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help.strip().split("\n")[0].endswith(".")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "format_":
            assert parameter.help, f"{name} {parameter.opts}"
