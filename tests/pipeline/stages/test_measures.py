from __future__ import annotations

import random
import string

import numpy as np
import pytest

from pipeline.recipes.catalog import load_recipe
from pipeline.stages.lexicon import english_transitions, lexicon_of, stop_lists
from pipeline.stages.measures import FAMILIES, MEASURES, measure

ENGLISH = lexicon_of(load_recipe("web-en"))
MULTI = lexicon_of(load_recipe("web-multi"))
PROSE = (
    "The library opens at nine in the morning and closes at six. Most of its visitors are students "
    "who have to write a paper, but there is also a room where children listen to stories. "
)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_of_known_columns_and_defined(name: str) -> None:
    wanted = MEASURES[name]
    assert wanted.definition.endswith(".")
    for place in (wanted.top, *wanted.bottom):
        family, column = place.split(".")
        assert column in FAMILIES[family].columns


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_can_be_taken_of_any_text(name: str, sliced_documents) -> None:
    documents = sliced_documents(["", " \n", PROSE, "中文。", "#"], urls=["https://a.example"] * 5)
    values = measure(documents, name, ENGLISH)
    assert values.shape == (5,)
    assert not np.isinf(values).any()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("words", "one two-three", 3),
        ("mean_word_chars", "ab abcd", 3),
        ("hash_signs_per_word", "# a #b", 2 / 3),
        ("ellipses_per_word", "so... what…", 1),
        ("bullet_line_share", "• a\n- b\nc\n\nd", 0.5),
        ("ellipsis_line_share", "a...\nb…\nc.\nd", 0.5),
        ("alphabetic_word_share", "a 1 2 --", 0.25),
        ("stop_words", "The end of the day, and THE night", 3),
        ("duplicate_line_share", "a\nb\na\na", 0.5),
        ("duplicate_line_char_share", "ab\nab", 2 / 5),
        ("duplicate_paragraph_share", "ab\n\nab", 0.5),
        ("duplicate_paragraph_char_share", "ab\n\nab", 2 / 6),
        ("top_2gram_char_share", "so it so it", 10 / 11),
        ("duplicate_5gram_char_share", "a b c d e a b c d e", 5 / 19),
        ("curly_brackets", "{}", 2),
        ("lorem_ipsum", "Lorem ipsum dolor", 1),
        ("sentences", "One. Two.", 2),
        ("terminal_line_share", "One.\ntwo", 0.5),
        ("short_line_share", "short\n" + "long " * 7, 0.5),
        ("repeated_line_char_share", "ab\nab", 0.5),
        ("newlines_per_word", "a\nb\nc d", 0.5),
        ("special_char_share", "a!b?", 0.5),
        ("longest_unbroken_chars", "ab abc", 3),
        ("unbroken_char_share", "x" * 101 + " " + "y" * 98, 101 / 200),
        ("incomplete_line_share", "x " * 20 + "\n" + "y " * 20 + ".", 0.5),
        ("repeated_word_share", "no no no yes", 0.5),
        ("top_word_share", "cheap cheap a b", 0.5),
        ("blocked_word_share", "Casino night", 0.5),
    ],
)
def test_known_answers(name: str, text: str, value: float, sliced_documents) -> None:
    documents = sliced_documents([text], langs=["en"])
    assert measure(documents, name, ENGLISH).tolist() == [pytest.approx(value)]


def test_chinese_ngrams_hold_no_spaces(sliced_documents) -> None:
    documents = sliced_documents(["你好你好"], langs=["zh"])
    assert measure(documents, "top_2gram_char_share", MULTI).tolist() == [1.0]


def test_a_ratio_to_nothing_does_not_apply(sliced_documents) -> None:
    documents = sliced_documents(["", "###"])
    assert np.isnan(measure(documents, "mean_word_chars", ENGLISH)).all()
    assert np.isnan(measure(documents, "bullet_line_share", ENGLISH)).tolist() == [True, False]


def test_families_are_filled_once_and_forgotten_with_the_text(sliced_documents) -> None:
    documents = sliced_documents(["one two"])
    measure(documents, "words", ENGLISH)
    filled = documents.measures["counts"]
    measure(documents, "mean_word_chars", ENGLISH)
    assert documents.measures["counts"] is filled
    assert set(documents.measures) == {"counts"}
    measure(documents, "repeated_word_share", ENGLISH)
    assert documents.words is not None
    documents.replace_text(sliced_documents(["three"]).text)
    assert documents.words is None
    assert measure(documents, "words", ENGLISH).tolist() == [1]


def test_tokens_are_taken_from_the_counts_or_counted_alone(sliced_documents) -> None:
    alone, after = sliced_documents([PROSE, "* a\n-- b"]), sliced_documents([PROSE, "* a\n-- b"])
    measure(after, "words", ENGLISH)
    found = [measure(each, "newlines_per_word", ENGLISH).tolist() for each in (alone, after)]
    assert found[0] == found[1] == [PROSE.count("\n") / len(PROSE.split()), 1 / 4]
    assert alone.words is None


def test_documents_that_are_not_alive_are_not_measured(sliced_documents) -> None:
    documents = sliced_documents([PROSE, PROSE])
    documents.alive = np.array([False, True])
    for name in set(MEASURES) - {"blocked_host", "blocked_url_word"}:
        assert np.isnan(measure(documents, name, ENGLISH)[0]), name


def test_stop_words_are_those_of_the_language(sliced_documents) -> None:
    texts = ["the und die", "the und die", "the und die", "the und die"]
    documents = sliced_documents(texts, langs=["de", "en", None, "xx"])
    counted = measure(documents, "stop_words", MULTI)
    assert counted[:3].tolist() == [2, 1, 2]
    assert np.isnan(counted[3])


def test_a_document_of_unknown_language_is_read_as_the_recipe_s(sliced_documents) -> None:
    languages = sliced_documents(["a", "a"], langs=[None, "de"]).columns.column("lang")
    english = ENGLISH.stop_words.languages.index("en")
    assert stop_lists(ENGLISH, languages).tolist() == [english, -1]


def test_english_prose_passes_for_language_and_random_letters_do_not(sliced_documents) -> None:
    threshold = next(
        rule.below
        for stage in load_recipe("web-en").stages
        for name, rule in stage.rules.items()
        if name == "gibberish"
    )
    assert threshold is not None
    drawn = random.Random(3)
    mash = " ".join("".join(drawn.choices(string.ascii_lowercase, k=6)) for _ in range(60))
    documents = sliced_documents([PROSE, mash, "Привет, как дела? " * 20])
    prose, noise, russian = measure(documents, "letter_pair_log_probability", ENGLISH)
    assert prose > threshold + 0.3
    assert noise < threshold - 0.3
    assert np.isnan(russian)


def test_the_model_of_english_knows_its_pairs() -> None:
    learnt = np.exp(english_transitions())
    assert learnt[ord("q") - 97].argmax() == ord("u") - 97
    assert learnt[ord("t") - 97].argmax() == ord("h") - 97


def test_blocked_addresses(sliced_documents) -> None:
    urls = ["https://www.casino.example/", "https://a.example/best-casino", "https://a.example/"]
    documents = sliced_documents(["a", "b", "c"], urls=urls)
    assert measure(documents, "blocked_host", ENGLISH).tolist() == [1, 0, 0]
    assert measure(documents, "blocked_url_word", ENGLISH).tolist() == [1, 1, 0]
