"""A sample corpus for the tests that need one, made once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import samples

SAMPLE_BYTES = 6_000_000


@pytest.fixture(scope="session")
def sample_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shards/, truth/ and a labelled set; about 2,200 documents."""
    folder = tmp_path_factory.mktemp("corpus")
    samples.generate(folder, SAMPLE_BYTES, seed=11)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real text, spectra and facts, where this machine has it."""
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set")
    return Path(folder)
