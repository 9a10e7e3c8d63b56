"""What tests say where a program is missing."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skips the test, or fails it where a browser is required."""
    if os.environ.get("ATLAS_REQUIRE_BROWSER") == "1":
        pytest.fail(f"ATLAS_REQUIRE_BROWSER=1, but {what}", pytrace=False)
    pytest.skip(what)
