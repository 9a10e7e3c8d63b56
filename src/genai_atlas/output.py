"""What the pipeline wants written. Layer 0; no effects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutputFile:
    """`path` is relative to the folder it will be written to, with forward slashes."""

    path: str
    data: bytes

    @classmethod
    def text(cls, path: str, text: str) -> OutputFile:
        return cls(path, text.encode("utf-8"))
