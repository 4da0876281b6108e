from __future__ import annotations

import numpy as np

from pipeline.recipes.recipe import LineRules, Recipe, StageSpec
from pipeline.stages.c4_lines import c4_lines


def _rewritten(documents, rules: LineRules) -> list[str]:
    spec = StageSpec("c4-lines", "c4-lines", lines=rules)
    text = c4_lines(spec, Recipe("r", "d", (spec,))).rewrite(documents)
    return [text.text(row) for row in range(len(text))]


PAGE = (
    "Skip to content\n"
    "Bridges were first built of fallen trees.[3]\n"
    "Please enable JavaScript to view this page properly.\n"
    "By using this site you accept our Privacy Policy and more.\n"
    "The oldest arch that still stands is Greek"
)


def test_the_rules_of_c4(sliced_documents) -> None:
    rules = LineRules(policy_phrases=("privacy policy",))
    assert _rewritten(sliced_documents([PAGE]), rules) == [
        "Bridges were first built of fallen trees.\nThe oldest arch that still stands is Greek"
    ]


def test_each_rule_can_be_switched(sliced_documents) -> None:
    everything = LineRules(min_words=0, javascript=False, strip_citations=False)
    assert _rewritten(sliced_documents([PAGE]), everything) == [PAGE]
    punctuated = LineRules(min_words=5, terminal_punctuation=True)
    assert _rewritten(sliced_documents([PAGE]), punctuated) == [
        "Bridges were first built of fallen trees.\n"
        "By using this site you accept our Privacy Policy and more."
    ]


def test_a_document_may_lose_all_its_lines_and_the_dead_come_out_empty(sliced_documents) -> None:
    documents = sliced_documents(["menu\nhome", PAGE, "one two three four five"])
    documents.alive = np.array([True, False, True])
    assert _rewritten(documents, LineRules()) == ["", "", "one two three four five"]


def test_an_empty_batch(sliced_documents) -> None:
    assert _rewritten(sliced_documents([]), LineRules()) == []
