"""Arguments -> pipeline -> exit status. Layer 14; prints, and asks the layers below to read and write."""

from __future__ import annotations

import datetime
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from genai_atlas import (
    __version__,
    balance,
    canonical,
    change_report,
    files,
    frozen,
    release,
    report,
    revisions,
    schemas,
    site,
    stats,
)
from genai_atlas.atlas import Atlas
from genai_atlas.changes import changes
from genai_atlas.checks import RULES
from genai_atlas.console import CLEAN, FAULTS, command, fail, schemas_of, status, summarise, tell
from genai_atlas.curate import new
from genai_atlas.diagnostics import Diagnostic, Severity, counted, did_you_mean
from genai_atlas.export import EXPORTERS, Selection, UnknownPath, nearest, select
from genai_atlas.output import OutputFile
from genai_atlas.parse import parse
from genai_atlas.revisions import RevisionError

_paths = click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
_format = click.option(
    "--format",
    "format_",
    type=click.Choice(tuple(report.FORMATS)),
    default="text",
    show_default=True,
    help="text for people, json for programs, github for annotations in a workflow, sarif for code scanning, "
    "markdown for the summary of a job.",
)
_strict = click.option(
    "--strict",
    "is_strict",
    is_flag=True,
    help="Make the rubric's warnings (Q rules) errors. Brief entries are still accepted.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="genai-atlas")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("."),
    show_default="the working directory",
    help="The folder that holds taxonomy/, docs/ and mkdocs.yml.",
)
@click.pass_context
def main(context: click.Context, root: Path) -> None:
    """Check, render and publish the atlas of generative AI research.

    A curator's round: edit a file under taxonomy/, run `genai-atlas validate`, mend what it names, run `genai-atlas
    fmt`, look at it with `genai-atlas serve`.

    Exit status: 0 clean, 1 faults in the data, 2 wrong use or a disk that refuses.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A pipe on Windows takes one code page, while names are of any script.
            stream.reconfigure(errors="backslashreplace")
    context.obj = root.resolve()


main.add_command(new)


@main.command()
@_paths
@_format
@_strict
@click.pass_obj
@command
def validate(root: Path, paths: Sequence[Path], format_: str, is_strict: bool) -> None:
    """Check the whole taxonomy and tell every fault with its place and its fix.

    With PATHs (files or folders) only their faults are told; the rest is read all the same, since a link is right or
    wrong only in the whole.
    """
    diagnostics = site.examine(root, is_strict=is_strict).diagnostics
    wanted = tuple(_relative(root, path) for path in paths)
    if wanted:
        # A fault of the whole folder, such as that there is none, is told whatever was asked for.
        whole = (files.DATA_FOLDER,)
        diagnostics = tuple(
            d for d in diagnostics if any(_within(d.location.path, path) for path in wanted) or d.location.path in whole
        )
    click.echo(report.FORMATS[format_](diagnostics), nl=False)
    summarise(diagnostics)
    sys.exit(status(diagnostics))


def _relative(root: Path, path: Path) -> str:
    """A path as it stands in diagnostics; a usage error where it is not below the root."""
    found = [full for base in (Path.cwd(), root) if (full := Path(os.path.abspath(base / path))).exists()]
    for full in found:
        full = full.parent.resolve() / full.name  # as the root is; what the path names may be a link that is refused
        if full == root or root in full.parents:
            return full.relative_to(root).as_posix()
    raise click.UsageError(f"{path} is not below {root}" if found else f"there is no {path}")


def _within(path: str, wanted: str) -> bool:
    return wanted == "." or path == wanted or path.startswith(f"{wanted}/")


@main.command()
@click.option(
    "--keep-going", is_flag=True, help="Render the rest where entries have faults; their pages show the faults."
)
@click.pass_obj
@command
def render(root: Path, keep_going: bool) -> None:
    """Write the Markdown pages and assets that a site generator reads, into build/docs/.

    Only files whose content differs are written. `mkdocs build` does the same on its own, through the hook.
    """
    generated = site.generate(root, keep_going=keep_going)
    tell(generated.diagnostics)
    if not generated.written:
        sys.exit(FAULTS)
    click.echo(f"{counted(len(generated.changed), 'file')} written to {site.GENERATED}", err=True)
    sys.exit(status(generated.diagnostics))


@main.command()
@click.option(
    "--site-dir", type=click.Path(path_type=Path), default=None, help="Where the site goes.  [default: ROOT/site]"
)
@click.option(
    "--keep-going", is_flag=True, help="Build the rest where entries have faults; their pages show the faults."
)
@_strict
@click.pass_obj
@command
def build(root: Path, site_dir: Path | None, keep_going: bool, is_strict: bool) -> None:
    """Check, render and build the static site.

    Any error leaves the old site as it was. The new one is built beside it and takes its place in one step.
    """
    result = site.build(
        root, site_dir or root / "site", keep_going=keep_going, is_strict=is_strict, progress=_progress()
    )
    tell(result.diagnostics)
    if not result.built:
        click.echo("not built; the old site is as it was", err=True)
    sys.exit(status(result.diagnostics) if result.built else FAULTS)


def _progress() -> Callable[[str], None]:
    """A line that is written over, on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        return lambda step: None
    return lambda step: click.echo(f"\r\x1b[K{step}", nl=False, err=True)


@main.command()
@click.option("--address", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT", help="Where to listen.")
@click.pass_obj
@command
def serve(root: Path, address: str) -> None:
    """Show the site on this machine, and every edit as it is saved.

    Faults are told here and lie over the pages, which keep the last good text. Stop with Ctrl-C.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"{address} is no HOST:PORT")
    from genai_atlas import preview  # MkDocs takes longer to load than the whole taxonomy to validate

    faults = preview.serve(root, address)
    tell(faults)
    sys.exit(status(faults))


@main.command(name="stats")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option(
    "--balance", "is_balance", is_flag=True, help="Where the atlas leans: names, branches, links, works, age."
)
@click.pass_obj
@command
def stats_(root: Path, format_: str, is_balance: bool) -> None:
    """Count topics by depth and area, references, findings, relations and words."""
    examined = site.examine(root)
    if not examined.sources:
        tell(examined.diagnostics)
        sys.exit(status(examined.diagnostics))
    asked = balance if is_balance else stats
    counted = balance.balance(examined.atlas) if is_balance else stats.count(examined.atlas)
    click.echo(
        json.dumps(counted, ensure_ascii=False, indent=1) if format_ == "json" else asked.table(counted),
        nl=format_ == "json",
    )
    errors = tuple(d for d in examined.diagnostics if d.severity is Severity.ERROR)
    tell(errors)
    sys.exit(status(errors))


class _Nearest(click.Choice[str]):
    """Names the nearest of what may be chosen."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        return f"no format '{value}'; {nearest(str(value), self.choices)} of {', '.join(self.choices)}"


@main.command()
@click.argument("format_", metavar="FORMAT", type=_Nearest(tuple(EXPORTERS)))
@click.option("--topic", metavar="PATH", help="Only this topic.")
@click.option("--area", metavar="PATH", help="Only this area, with all that is below it.")
@click.option("--subarea", metavar="PATH", help="Only this subarea, with all that is below it.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Where to write: a file, or a folder for a format of several files.  [default: standard output]",
)
@click.pass_obj
@command
def export(
    root: Path, format_: str, topic: str | None, area: str | None, subarea: str | None, output: Path | None
) -> None:
    """Write the atlas, or a part of it, in a format of other programs.

    A PATH is one of the atlas, such as AREA/SUBAREA/TOPIC; its last part does where it means one thing.
    """
    given = [(level, name) for level, name in (("topic", topic), ("area", area), ("subarea", subarea)) if name]
    if len(given) > 1:
        raise click.UsageError("give one of --topic, --area and --subarea")
    examined = site.examine(root)
    if not examined.sources or site.has_errors(examined.diagnostics):
        tell(tuple(d for d in examined.diagnostics if d.severity is Severity.ERROR))
        sys.exit(FAULTS)
    try:
        part = select(examined.atlas, *given[0]) if given else Selection()
    except UnknownPath as error:
        raise click.UsageError(str(error)) from error
    facts, complaints = site.about(root, examined.atlas)
    if complaints:
        tell(complaints)
        sys.exit(FAULTS)
    _deliver(EXPORTERS[format_](examined.atlas, part, facts), format_, output)


def _deliver(outputs: Sequence[OutputFile], format_: str, target: Path | None) -> None:
    """One file goes to the file or folder that is named, else to standard output; several go to a folder."""
    if target is None and len(outputs) > 1:
        raise click.UsageError(f"{format_} makes {len(outputs)} files: name a folder for them with -o")
    if target is None:
        sys.stdout.buffer.write(outputs[0].data)
        sys.stdout.buffer.flush()
        return
    is_folder = len(outputs) > 1 or target.is_dir()
    for output in outputs:
        files.put_file(target / output.path if is_folder else target, output.data)
    click.echo(f"{counted(len(outputs), 'file')} written to {target}", err=True)


@main.command()
@click.argument("old", default="HEAD")
@click.argument("new", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(tuple(change_report.FORMATS)),
    default="text",
    show_default=True,
    help="text for people, json for programs, markdown for the comment on a pull request.",
)
@click.option("--exit-code", "tells_by_status", is_flag=True, help="Exit 1 where anything changed.")
@click.pass_obj
@command
def diff(root: Path, old: str, new: str | None, format_: str, tells_by_status: bool) -> None:
    """Tell what changed between two states of the taxonomy, by kind of change.

    OLD and NEW are each a folder that holds taxonomy/, the day of a release, or a git revision. OLD is HEAD unless
    given, NEW the folder as it stands. Layout, comments and the order of fields are no change.

    Exit status: 0 compared, 1 a state has faults and cannot be read (with --exit-code also: something changed), 2 there
    is no such folder or revision.
    """
    shown = "the working folder" if new is None else new
    before = _state(root, old)
    found = changes(before, _state_of_folder(root, shown) if new is None else _state(root, new))
    click.echo(change_report.FORMATS[format_](found, old, shown), nl=False)
    click.echo(change_report.summary(found), err=True)
    sys.exit(FAULTS if tells_by_status and found else CLEAN)


def _state(root: Path, name: str) -> Atlas:
    """A folder where there is one of this name with data in it, else a release, else a revision."""
    folder = Path(name)
    if name and (folder / files.DATA_FOLDER).is_dir():
        return _state_of_folder(folder, name)
    releases, _ = frozen.read(files.read_releases(root)[0])
    if found := next((release for release in releases if release.name == name), None):
        return _parsed(*parse(frozen.sources(found.sources)), name)
    try:
        return _parsed(*parse(revisions.read(root, name)), name)
    except RevisionError as error:
        fail(str(error))


def _state_of_folder(folder: Path, shown: str) -> Atlas:
    sources, refused = files.read(folder)
    atlas, faults = parse(sources)
    return _parsed(atlas, (*refused, *(faults if sources or not refused else ())), shown)


def _parsed(atlas: Atlas, diagnostics: Sequence[Diagnostic], shown: str) -> Atlas:
    errors = tuple(sorted({d for d in diagnostics if d.severity is Severity.ERROR}))
    if errors:
        click.echo(f"genai-atlas: {shown} cannot be compared:", err=True)
        tell(errors)
        sys.exit(FAULTS)
    return atlas


def _day(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise click.BadParameter(f"'{value}' is no day; write it as 2026-11-24") from error


@main.command(name="release")
@click.option("--date", metavar="DAY", callback=_day, help="Its day, YYYY-MM-DD.  [default: that of the newest review]")
@click.pass_obj
@command
def release_(root: Path, date: datetime.date | None) -> None:
    """Freeze the data under docs/data/releases/DAY/, and add every new path to taxonomy/published.txt.

    Refused where validate finds an error, where something is not committed, and for a day that has a release or lies
    before the newest. A run that is killed leaves no release or a whole one.
    """
    examined = site.examine(root)
    if not examined.sources or site.has_errors(examined.diagnostics):
        tell(tuple(d for d in examined.diagnostics if d.severity is Severity.ERROR))
        sys.exit(FAULTS)
    facts, complaints = site.about(root, examined.atlas)
    if complaints:
        tell(complaints)
        sys.exit(FAULTS)
    try:
        made = release.make(root, examined.sources, examined.atlas, facts, examined.releases, date)
    except (release.Refused, RevisionError) as error:
        fail(str(error))
    click.echo(f"{made.folder}: {made.size / 1e6:.1f} MB", err=True)
    click.echo(f"{counted(len(made.published), 'path')} added to published.txt", err=True)
    told = "the first release" if made.changes is None else change_report.summary(made.changes)
    click.echo(f"{told}; commit both, and tag the commit", err=True)
    if made.unread:
        click.echo(f"{counted(made.unread, 'file')} of the release before cannot be read any more", err=True)


@main.command()
@click.argument("name", type=click.Choice(tuple(schemas.SCHEMAS)), default="topic")
@click.option("--write", "is_written", is_flag=True, help="Write all of them into schemas/, where editors look.")
@click.pass_obj
@command
def schema(root: Path, name: str, is_written: bool) -> None:
    """Print the JSON Schema (2020-12) of one kind of file, for editors and other programs.

    With --write all of them go into schemas/. Where that folder is, `fmt` and `new` put a line at the top of each file
    that names its schema, and an editor with a YAML language server completes, explains and checks fields while typing.
    """
    if not is_written:
        click.echo(schemas.text(name), nl=False)
        return
    files.replace_files(schemas.outputs(), root)
    click.echo(f"{counted(len(schemas.SCHEMAS), 'file')} written to {schemas.SCHEMAS_FOLDER}", err=True)


@main.command()
@click.argument("code", required=False)
def rules(code: str | None) -> None:
    """List the rules, or explain the one with this CODE."""
    if code is None:
        for rule in RULES:
            click.echo(f"{rule.code}  {rule.severity:7}  {rule.name}")
        return
    found = next((rule for rule in RULES if rule.code == code.upper()), None)
    if found is None:
        hint = did_you_mean(code.upper(), (rule.code for rule in RULES)) or "`genai-atlas rules` lists them"
        raise click.UsageError(f"no rule {code}; {hint}")
    click.echo(report.explanation(found), nl=False)


@main.command()
@_paths
@click.option(
    "--check", "is_check", is_flag=True, help="Change nothing; name the files that would change, and exit 1 if any."
)
@click.pass_obj
@command
def fmt(root: Path, paths: Sequence[Path], is_check: bool) -> None:
    """Lay out the authored files in the one canonical way. Comments survive; the data stay the same.

    Without PATHs the whole taxonomy. A file with a syntax fault is left alone and told. Where there is a folder
    schemas/, the first line of each file names its JSON Schema to editors.
    """
    sources, unreadable = files.read(root)
    wanted = tuple(_relative(root, path) for path in paths)
    chosen = [
        s for s in sources if s.path.endswith(".yaml") and (not wanted or any(_within(s.path, w) for w in wanted))
    ]
    faults = [d for d in unreadable if not wanted or any(_within(d.location.path, w) for w in wanted)]
    changed, editors = 0, schemas_of(root)
    for source in chosen:
        laid_out, own = canonical.layout(source, editors)
        faults += own
        if laid_out is None or laid_out.data == source.data:
            continue
        changed += 1
        click.echo(f"{'would change' if is_check else 'changed'} {source.path}")
        if not is_check:
            files.replace_file(root / source.path, laid_out.data, durable=True)
    tell(tuple(sorted(faults)))
    done = "to change" if is_check else "changed"
    click.echo(f"{counted(changed, 'file')} {done}, {len(chosen) - changed} as they should be", err=True)
    sys.exit(FAULTS if is_check and changed else status(faults))


if __name__ == "__main__":
    main()
