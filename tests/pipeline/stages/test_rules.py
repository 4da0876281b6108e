from __future__ import annotations

import numpy as np
import pytest

from pipeline.recipes.recipe import Recipe, Rule, StageSpec, WordLists
from pipeline.stages.rules import rule_filter
from pipeline.stages.stage import first_reason


def _filter(rules: dict[str, Rule], language: str = "en"):  # type: ignore[no-untyped-def]
    spec = StageSpec("rules", "rules", rules)
    lists = WordLists(stop_words={"en": ("the", "of")})
    return rule_filter(spec, Recipe("r", "d", (spec,), language, lists=lists))


def _reasons(documents, rules: dict[str, Rule], language: str = "en") -> list[str]:
    stage = _filter(rules, language)
    fired = first_reason(stage.failures(documents))
    return ["kept" if row < 0 else stage.reasons[row] for row in fired]


def test_the_first_rule_that_fires_is_the_reason(sliced_documents) -> None:
    documents = sliced_documents(["a", "a b c", "#", "a b c d #"])
    rules = {
        "short": Rule("words", below=2),
        "signs": Rule("hash_signs_per_word", above=0),
        "long": Rule("words", above=3),
    }
    assert _reasons(documents, rules) == ["short", "kept", "short", "signs"]


def test_bounds_are_strict_and_may_both_be_given(sliced_documents) -> None:
    documents = sliced_documents(["a", "a b", "a b c", "a b c d"])
    rules = {"length": Rule("words", below=2, above=3)}
    assert _reasons(documents, rules) == ["length", "kept", "kept", "length"]


def test_a_rule_that_is_off_is_not_a_reason(sliced_documents) -> None:
    rules = {"off": Rule("words", below=9, enabled=False), "on": Rule("words", below=2)}
    assert _filter(rules).reasons == ("on",)
    assert _reasons(sliced_documents(["a", "a b"]), rules) == ["on", "kept"]


def test_a_measure_that_does_not_apply_fires_no_rule(sliced_documents) -> None:
    rules = {"bad": Rule("letter_pair_log_probability", below=0)}
    assert _reasons(sliced_documents(["中文" * 100, "abc " * 100]), rules) == ["kept", "bad"]


@pytest.mark.parametrize(
    ("language", "unknown"), [("en", "few"), ("de", "few"), ("fr", "kept"), ("", "kept")]
)
def test_rules_hold_for_their_languages(language: str, unknown: str, sliced_documents) -> None:
    documents = sliced_documents(["a"] * 4, langs=["en", "de-AT", "fr", None])
    rules = {"few": Rule("words", below=2, languages=("en", "de"))}
    assert _reasons(documents, rules, language) == ["few", "few", "kept", unknown]


def test_rules_hold_for_their_scripts(sliced_documents) -> None:
    documents = sliced_documents(["a", "中", "か", "1"])
    rules = {"few": Rule("words", below=2, scripts=("latin", "han"))}
    assert _reasons(documents, rules) == ["few", "few", "kept", "kept"]


def test_documents_that_are_not_alive_never_fail(sliced_documents) -> None:
    documents = sliced_documents(["a", "a", "a b"], urls=["https://a.example"] * 3)
    documents.alive = np.array([False, True, True])
    failed = _filter({"few": Rule("words", below=2), "url": Rule("blocked_host", below=1)})
    assert failed.failures(documents).tolist() == [[False, False], [True, True], [False, True]]


def test_all_rules_are_tried_on_every_document(sliced_documents) -> None:
    stage = _filter({"a": Rule("words", below=9), "b": Rule("chars", below=9)})
    assert stage.failures(sliced_documents(["x"])).tolist() == [[True, True]]


def test_an_empty_batch(sliced_documents) -> None:
    stage = _filter({"a": Rule("top_2gram_char_share", above=0.5), "b": Rule("blocked_host", 1)})
    assert stage.failures(sliced_documents([])).shape == (0, 2)
