"""Which documents enter at all: not too large, not empty, not in another language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.document import Mask
from pipeline.kernels.edges import blank
from pipeline.recipes.recipe import Recipe, StageSpec
from pipeline.stages.languages import is_one_of
from pipeline.stages.stage import Documents, Failures


@dataclass(frozen=True, slots=True)
class Admission:
    """Drops what is over the size limit, known to be in another language, or empty.

    A text that is over the limit is not read. ``language`` "" admits every language.
    """

    name: str
    max_document_bytes: int
    language: str

    @property
    def reasons(self) -> tuple[str, ...]:
        return ("oversize", "language", "empty")

    def failures(self, documents: Documents) -> Failures:
        oversize = documents.alive & (documents.text.lengths > self.max_document_bytes)
        empty = blank(documents.text, documents.alive & ~oversize)
        return np.stack([oversize, self._other_language(documents), empty], axis=1)

    def _other_language(self, documents: Documents) -> Mask:
        if self.language == "":
            return np.zeros(len(documents), np.bool_)
        languages = documents.columns.column("lang")
        return documents.alive & ~is_one_of(languages, (self.language,), unknown=True)


def admission(spec: StageSpec, recipe: Recipe) -> Admission:
    """The filter of a stage of kind "admission"."""
    return Admission(spec.name, recipe.max_document_bytes, recipe.language)
