from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import samples
from samples.composition import compose
from samples.placing import Document, place

SIZE_BYTES = 2_000_000
SEED = 7


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk, and the documents that it was written from."""

    directory: Path
    manifest: samples.Manifest
    documents: list[Document]

    @property
    def truth(self) -> list[dict[str, Any]]:
        return pq.read_table(self.directory / "truth" / "documents.parquet").to_pylist()

    @property
    def pairs(self) -> list[dict[str, Any]]:
        return pq.read_table(self.directory / "truth" / "pairs.parquet").to_pylist()

    @property
    def texts(self) -> dict[str, str]:
        return {document.id: document.draft.text for document in self.documents}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    directory = tmp_path_factory.mktemp("corpus")
    manifest = samples.generate(directory, SIZE_BYTES, SEED)
    return Corpus(directory, manifest, place(compose(SIZE_BYTES, SEED), SEED))
