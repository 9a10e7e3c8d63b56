"""Exporter `sqlite`: every table in one database, with an index of the full text. Layer 9; works in memory alone."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterable
from typing import Final

from genai_atlas.atlas import Atlas
from genai_atlas.export.gather import all_tables, claims
from genai_atlas.export.selection import About, Selection
from genai_atlas.export.tables import Cell, Table, references
from genai_atlas.output import OutputFile

TYPES: Final = {"string": "TEXT", "integer": "INTEGER", "number": "NUMERIC", "boolean": "INTEGER", "date": "TEXT"}
PASSAGES: Final = """
CREATE TABLE passages (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
  topic TEXT NOT NULL REFERENCES topics (path), title TEXT NOT NULL, text TEXT NOT NULL, url TEXT NOT NULL
);
CREATE VIRTUAL TABLE passages_fts USING fts5 (
  title, text, content='passages', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
);
"""


def export(atlas: Atlas, selection: Selection, about: About) -> tuple[OutputFile, ...]:
    """The same rows give the same bytes: they are inserted in order, and the file is vacuumed."""
    with sqlite3.connect(":memory:", isolation_level=None) as database:
        database.execute("BEGIN")
        tables = all_tables(atlas, selection, about)
        for table in tables:
            database.execute(created(table, tables))
            marks = ", ".join("?" * len(table.columns))
            database.executemany(f"INSERT INTO {table.name} VALUES ({marks})", map(_values, table.rows))
        _facts(database, about)
        database.executescript(PASSAGES)
        found = enumerate(claims(atlas, selection, about), start=1)
        rows = ((n, c.id, c.type, c.topic, c.title, c.text, c.url) for n, c in found)
        database.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute("INSERT INTO passages_fts (rowid, title, text) SELECT number, title, text FROM passages")
        database.execute("INSERT INTO passages_fts (passages_fts) VALUES ('optimize')")
        if database.in_transaction:
            database.execute("COMMIT")
        database.execute("VACUUM")
        data = database.serialize()
    database.close()
    return (OutputFile(f"{selection.name}.sqlite", data),)


def created(table: Table, tables: tuple[Table, ...]) -> str:
    """The statement that makes the table, with what each column holds as comments."""
    lines = [f"{c.name} {TYPES[c.type]}{' NOT NULL' if c.required else ''}, -- {c.doc}" for c in table.columns]
    rules = [f"PRIMARY KEY ({', '.join(table.key)})"]
    rules += [f"FOREIGN KEY ({own}) REFERENCES {other} ({field})" for own, other, field in references(table, tables)]
    body = "\n  ".join((*lines, ",\n  ".join(rules)))
    return f"CREATE TABLE {table.name} ( -- {table.doc}\n  {body}\n)"


def _values(row: Iterable[Cell]) -> tuple[str | int | float | None, ...]:
    return tuple(
        cell.isoformat() if isinstance(cell, datetime.date) else int(cell) if isinstance(cell, bool) else cell
        for cell in row
    )


def _facts(database: sqlite3.Connection, about: About) -> None:
    facts = {
        "title": about.title,
        "url": about.url,
        "released": about.released.isoformat(),
        "format_version": about.format_version,
        "licence": about.licence,
        "generator": f"genai-atlas {about.version}",
    }
    database.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    database.executemany("INSERT INTO about VALUES (?, ?)", facts.items())
