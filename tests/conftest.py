"""Fixtures that every suite may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("hub", deadline=None, max_examples=60)
settings.load_profile("hub")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The shared folder of real-world documents, named by TRACEHUB_CORPUS."""
    folder = Path(os.environ.get("TRACEHUB_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "manifest.csv").is_file():
        pytest.skip(f"no corpus at {folder}; set TRACEHUB_CORPUS to its folder")
    return folder
