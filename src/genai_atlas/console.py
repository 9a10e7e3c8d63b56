"""What every command shares: how it speaks, and the status it ends with. Layer 8; prints."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from genai_atlas import report, schemas
from genai_atlas.diagnostics import Diagnostic, Severity, counted
from genai_atlas.files import FilesError

CLEAN, FAULTS, USAGE = 0, 1, 2


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    """What the disk refuses is one line and exit status 2."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except FilesError as error:
            fail(str(error))

    return guarded


def fail(message: str) -> NoReturn:
    click.echo(f"genai-atlas: {message}", err=True)
    sys.exit(USAGE)


def tell(diagnostics: Sequence[Diagnostic]) -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    click.echo(report.text(diagnostics), nl=False, err=True)
    if diagnostics:
        summarise(diagnostics)


def summarise(diagnostics: Sequence[Diagnostic]) -> None:
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    warnings = len(diagnostics) - errors
    hint = "; `genai-atlas rules CODE` explains a code" if diagnostics else ""
    click.echo(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}{hint}", err=True)


def status(diagnostics: Sequence[Diagnostic]) -> int:
    return FAULTS if any(d.severity is Severity.ERROR for d in diagnostics) else CLEAN


def schemas_of(root: Path) -> str | None:
    """The folder that the line for editors points into: none where there is none, since the line would be a fault."""
    return schemas.SCHEMAS_FOLDER if (root / schemas.SCHEMAS_FOLDER).is_dir() else None
