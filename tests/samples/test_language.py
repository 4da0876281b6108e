from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import text_view
from pipeline.kernels.word_hash import python_word_hash
from pipeline.kernels.words import split_words
from samples.chinese import chinese
from samples.draws import Draws
from samples.english import english
from samples.language import (
    Language,
    jaccard,
    render,
    sentences,
    shingle_codes,
    sprinkle,
    write,
)


def documents(language: Language, count: int, words: int) -> list[str]:
    return render(language, write(language, np.full(count, words), Draws(5, "language test")))


def shingles(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[i:] for i in range(5)), strict=False))


def test_vocabularies_are_large_enough() -> None:
    assert len(english().words) > 4000
    assert len(chinese().words) > 2000
    assert all(re.fullmatch("[a-zà-ÿ]+", word) for word in english().words)


def test_english_words_are_those_of_the_house_tokeniser() -> None:
    texts = documents(english(), 30, 300)
    found = split_words(text_view(pa.array(texts, pa.large_string())), np.ones(30, np.bool_))
    expected = [re.findall("[a-z]+", text.lower()) for text in texts]
    assert np.diff(found.first).tolist() == [len(words) for words in expected]
    hashes = [python_word_hash(word) for words in expected for word in words]
    assert found.hashes.tolist() == hashes


def test_words_follow_zipf() -> None:
    """Frequency falls about as 1 / rank over two decades of ranks."""
    words = re.findall("[a-z]+", " ".join(documents(english(), 400, 500)).lower())
    counts = np.array([count for _, count in Counter(words).most_common(1000)])
    ranks = np.arange(10, 1000)
    slope = np.polyfit(np.log(ranks), np.log(counts[ranks]), 1)[0]
    assert -1.3 < slope < -0.7


@pytest.mark.parametrize("tables", [english, chinese])
def test_lengths_come_near_the_counts_asked_for(tables) -> None:  # type: ignore[no-untyped-def]
    counts = Draws(1, "counts").integers(40, 900, 200)
    tokens = write(tables(), counts, Draws(1, "lengths"))
    assert np.abs(tokens.counts - counts).max() < 37
    assert tokens.counts.min() > 0
    assert abs(tokens.counts.sum() - counts.sum()) < 37


def test_lines_end_with_stops_and_sentences_begin_with_capitals() -> None:
    for text in documents(english(), 20, 300):
        assert all(line[-1] in ".?!" and line[0].isupper() for line in text.split("\n"))
        assert all(part[0].isupper() for part in re.split(r"[.?!]\s", text))
        assert "  " not in text


def test_chinese_has_no_spaces() -> None:
    for text in documents(chinese(), 5, 200):
        assert re.fullmatch(r"[\u4e00-\u9fff，。？！\n]+", text)


def test_sentences_are_as_many_as_asked_for() -> None:
    texts = sentences(english(), 25, Draws(1, "sentences"))
    assert len(texts) == 25
    assert all(re.fullmatch(r"[A-Z][^.?!\n]+[.?!]", text) for text in texts)
    assert sentences(english(), 0, Draws(1, "sentences")) == []


def test_shingle_codes_are_exact() -> None:
    """Jaccard of codes equals Jaccard of word 5-grams, also where texts share words."""
    tokens = write(english(), np.full(2, 40), Draws(2, "codes"))
    texts = render(english(), tokens)
    grams = [shingles(re.findall("[a-z]+", text.lower())) for text in texts]
    codes = [shingle_codes(english(), tokens, row) for row in range(2)]
    assert [len(code) for code in codes] == [len(gram) for gram in grams]
    assert jaccard(codes[0], codes[1]) == 0.0
    assert jaccard(codes[0], codes[0]) == 1.0
    assert jaccard({1, 2, 3}, {2, 3, 4}) == 0.5
    assert jaccard(set(), set()) == 0.0


def test_five_largest_word_numbers_fit_into_a_code() -> None:
    assert max(len(english().words), len(chinese().words)) ** 5 < 2**64


def test_sprinkle_exchanges_content_words_only() -> None:
    language = english()
    tokens = write(language, np.full(2, 400), Draws(1, "before"))
    rates = np.array([0.2, 0.0])
    after = sprinkle(language, tokens, rates, language.promotional, Draws(1, "after"))
    changed = after.words != tokens.words
    assert not changed[tokens.first[1] :].any()
    assert 0.05 < changed[: tokens.first[1]].mean() < 0.2
    assert np.isin(after.words[changed], language.promotional).all()
    # the second word of a document is exchanged whatever it is, so that each has one
    assert language.is_content[tokens.words[np.flatnonzero(changed)[1:]]].all()
