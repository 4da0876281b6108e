"""The signature kernel against datasketch, and bands against their definition."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import text_view
from pipeline.kernels.minhash import band_keys, python_shingle_hash, signatures
from pipeline.kernels.words import split_words

WORDS = st.lists(st.sampled_from(["the", "Cat", "sat", "über", "MAT", "x1", "don't", "Ω"]))


def sign(texts: list[str], shingle_words: int, count: int, seed: int):
    view = text_view(pa.array(texts, pa.large_string()))
    words = split_words(view, np.ones(len(texts), np.bool_))
    return signatures(words, shingle_words, count, seed)


def datasketch_signature(words: list[str], shingle_words: int, count: int, seed: int):
    peer = MinHash(count, seed=seed, scheme="affine32", hashfunc=python_shingle_hash)
    for start in range(len(words) - shingle_words + 1):
        peer.update(" ".join(words[start : start + shingle_words]).encode())
    return peer.hashvalues


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(1, 6), st.integers(1, 100))
@settings(max_examples=40, deadline=None)
def test_equals_datasketch_bit_for_bit(documents, shingle_words, seed):
    found, shingles = sign([" ".join(words) for words in documents], shingle_words, 112, seed)
    for row, words in enumerate(documents):
        expected = datasketch_signature(words, shingle_words, 112, seed)
        np.testing.assert_array_equal(found[row], expected)
        assert shingles[row] == max(len(words) - shingle_words + 1, 0)


def test_more_shingles_than_a_block_holds():
    words = [f"w{i % 700}" for i in range(1500)]
    found, _ = sign([" ".join(words)], 5, 112, 1)
    np.testing.assert_array_equal(found[0], datasketch_signature(words, 5, 112, 1))


def test_case_and_punctuation_do_not_part_documents():
    found, _ = sign(["One, two; three four five six.", "one two THREE four five six"], 5, 112, 1)
    np.testing.assert_array_equal(found[0], found[1])


def test_bands_agree_exactly_where_their_rows_do():
    rng = np.random.default_rng(1)
    one = rng.integers(0, 2**32, (1, 112), dtype=np.uint32)
    other = one.copy()
    other[0, 17] ^= np.uint32(1)  # row 1 of band 2
    keys = band_keys(np.concatenate([one, other]), 14, 8)
    differing = np.flatnonzero(keys[0] != keys[1])
    assert differing.tolist() == [2]


def test_equal_rows_in_different_bands_have_different_keys():
    keys = band_keys(np.full((1, 112), 7, np.uint32), 14, 8)
    assert len(set(keys[0].tolist())) == 14


@pytest.mark.parametrize("texts", [["one two three four"], [""]])
def test_no_shingle_leaves_the_empty_signature(texts):
    found, shingles = sign(texts, 5, 112, 1)
    assert shingles.tolist() == [0]
    assert (found == 0xFFFFFFFF).all()
