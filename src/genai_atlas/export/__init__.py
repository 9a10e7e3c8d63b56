"""The atlas in every format people use. Layer 10; no effects.

A new format is one module with a function `export` and one row of EXPORTERS. The command and the published data both
go through this mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from genai_atlas.export import csv_tables, json_data, sqlite_database
from genai_atlas.export.selection import About, Exporter, Selection, UnknownPath, about, nearest, select

__all__ = ["EXPORTERS", "About", "Exporter", "Selection", "UnknownPath", "about", "nearest", "select"]

EXPORTERS: Final[Mapping[str, Exporter]] = {
    "json": json_data.export,
    "csv": csv_tables.export,
    "sqlite": sqlite_database.export,
}
