from __future__ import annotations

import numpy as np

from pipeline.recipes.recipe import Recipe, StageSpec
from pipeline.stages.admission import admission
from pipeline.stages.stage import first_reason

SPEC = StageSpec("admission", "admission")


def _reasons(documents, language: str = "en", max_document_bytes: int = 20) -> list[str]:
    recipe = Recipe("r", "d", (SPEC,), language, max_document_bytes)
    stage = admission(SPEC, recipe)
    fired = first_reason(stage.failures(documents))
    return ["kept" if row < 0 else stage.reasons[row] for row in fired]


def test_each_reason(sliced_documents) -> None:
    documents = sliced_documents(
        ["x" * 20, "x" * 21, " \n\u3000", "", "bonjour", "hello", "hallo"],
        langs=["en", "en", "en", None, "fr", None, "EN-gb"],
    )
    assert _reasons(documents) == [
        "kept",
        "oversize",
        "empty",
        "empty",
        "language",
        "kept",
        "kept",
    ]


def test_a_recipe_for_every_language_drops_none_for_it(sliced_documents) -> None:
    documents = sliced_documents(["bonjour", "x" * 21], langs=["fr", "fr"])
    assert _reasons(documents, language="") == ["kept", "oversize"]


def test_documents_that_are_not_alive_do_not_fail(sliced_documents) -> None:
    documents = sliced_documents(["x" * 21, "", "bonjour"], langs=[None, None, "fr"])
    documents.alive = np.zeros(3, np.bool_)
    assert _reasons(documents) == ["kept"] * 3


def test_a_huge_document_is_not_read(sliced_documents, monkeypatch) -> None:
    read: list[list[bool]] = []

    def blank(view, alive):  # type: ignore[no-untyped-def]
        read.append(alive.tolist())
        return np.zeros(len(view), np.bool_)

    monkeypatch.setattr("pipeline.stages.admission.blank", blank)
    _reasons(sliced_documents(["x" * 21, "short"], langs=["en", "en"]))
    assert read == [[False, True]]
