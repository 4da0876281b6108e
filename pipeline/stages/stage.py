"""What a stage is: three protocols, and the batch that they work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, TextView, text_view
from pipeline.kernels.words import Words

KEEP = -1

Verdicts = npt.NDArray[np.int16]
Failures = npt.NDArray[np.bool_]
Measures = npt.NDArray[np.float64]


@dataclass(slots=True)
class Documents:
    """A batch on its way through a chain of stages.

    ``columns`` holds id, url, source and lang of n documents; ``text`` is their text as the last
    transform left it; ``alive`` marks those that no stage has dropped. ``script`` is the main
    script of each document (a row of ``pipeline.kernels.scripts.SCRIPTS``) and ``positions`` its
    place in the shard. ``measures`` and ``words`` cache what kernels found in the present text: by
    family, and the words of the documents that were alive when they were counted.
    """

    columns: pa.RecordBatch
    text: TextView
    alive: Mask
    script: npt.NDArray[np.uint8]
    positions: npt.NDArray[np.uint32]
    measures: dict[str, Measures] = field(default_factory=dict)
    words: Words | None = None

    def __len__(self) -> int:
        return len(self.text)

    @property
    def live_docs(self) -> int:
        return int(np.count_nonzero(self.alive))

    @property
    def live_bytes(self) -> int:
        return int(self.text.lengths[self.alive].sum())

    def replace_text(self, text: TextView) -> None:
        """Put in what a transform wrote; measures and words of the old text are forgotten."""
        self.text = text
        self.measures.clear()
        self.words = None


@runtime_checkable
class Filter(Protocol):
    """Gives a verdict per document."""

    @property
    def name(self) -> str: ...

    @property
    def reasons(self) -> tuple[str, ...]:
        """Names of the rules, in the order in which they are tried."""

    def failures(self, documents: Documents) -> Failures:
        """Which rules fire on which documents that are alive, shape (n, len(reasons)).

        Rows of documents that are not alive are False.
        """


@runtime_checkable
class Transform(Protocol):
    """Gives new text for every document that is alive; it drops none."""

    @property
    def name(self) -> str: ...

    def rewrite(self, documents: Documents) -> TextView:
        """The new text, n documents; those that are not alive come out empty."""


def first_reason(failures: Failures) -> Verdicts:
    """Per document the first rule that fired, else KEEP."""
    if failures.shape[1] == 0:
        return np.full(len(failures), KEEP, np.int16)
    fired = failures.argmax(axis=1).astype(np.int16)
    fired[~failures.any(axis=1)] = KEEP
    return fired


def text_of(batch: pa.RecordBatch) -> TextView:
    """The text buffers of a batch in the schema of ``pipeline.document``."""
    return text_view(batch.column("text"))
