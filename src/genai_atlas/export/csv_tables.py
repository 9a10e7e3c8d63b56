"""Exporter `csv`: every table as CSV, with a Frictionless data package. Layer 9; no effects.

A cell that a spreadsheet would take for a formula gets an apostrophe before it; numbers do not. See `guarded`.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from typing import Any, Final

from genai_atlas.atlas import Atlas
from genai_atlas.export.gather import all_tables
from genai_atlas.export.selection import About, Selection
from genai_atlas.export.tables import Cell, Table, number, references
from genai_atlas.output import OutputFile

FORMULA_SIGNS: Final = frozenset("=+-@\t\r＝＋－＠'")


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    tables = all_tables(atlas, selection, about)
    package = json.dumps(_package(tables, selection, about), ensure_ascii=False, indent=1)
    return (
        *(OutputFile.text(f"{table.name}.csv", text(table)) for table in tables),
        OutputFile.text("datapackage.json", package + "\n"),
    )


def text(table: Table) -> str:
    """RFC 4180: comma, CRLF, every cell in quotes, so that a lone CR in a cell splits no row."""
    out = io.StringIO()
    write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow
    write([column.name for column in table.columns])
    for row in table.rows:
        write([_shown(cell) for cell in row])
    return out.getvalue()


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, str):
        return guarded(cell)
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def guarded(cell: str) -> str:
    """With an apostrophe where a formula, or an apostrophe, would stand first. Taking away a first apostrophe gives the
    cell back."""
    return f"'{cell}" if cell[:1] in FORMULA_SIGNS and cell and number(cell) is None else cell


def _package(tables: tuple[Table, ...], selection: Selection, about: About) -> dict[str, Any]:
    return {
        "name": selection.name if selection.path else "genai-atlas",
        "title": about.title,
        "description": f"{about.description} In text cells a first apostrophe is a guard against formulas: drop it.",
        "version": about.released.isoformat(),
        "formatVersion": about.format_version,
        "homepage": about.page(selection.path),
        "licenses": [{"name": about.licence, "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": [
            {
                "name": table.name,
                "title": table.doc,
                "path": f"{table.name}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
                "schema": _schema(table, tables),
            }
            for table in tables
        ],
    }


def _schema(table: Table, tables: tuple[Table, ...]) -> dict[str, Any]:
    foreign = [
        {"fields": [column], "reference": {"resource": other, "fields": [field]}}
        for column, other, field in references(table, tables)
    ]
    return {
        "fields": [
            {"name": c.name, "type": c.type, "description": c.doc, "constraints": {"required": c.required}}
            for c in table.columns
        ],
        "primaryKey": list(table.key),
        **({"foreignKeys": foreign} if foreign else {}),
        "missingValues": [""],
    }
