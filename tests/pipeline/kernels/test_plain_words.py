"""The twin of the tokeniser gives the kernel's words, so that it may stand in for it in oracles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from plain_words import plain_sentences, plain_tokens, plain_words

from pipeline.document import text_view
from pipeline.kernels.counts import NO_LIST, count, stop_word_table
from pipeline.kernels.sentences import measure_sentences
from pipeline.kernels.words import python_word_hash, split_words

texts = (
    st.text(st.sampled_from("aB1’'., \n中ไท้e\u0301#—…\u200b\u00ad\x07.!?。\"}ا"), max_size=40)
    | st.text()
)


@given(texts)
def test_the_twin_finds_the_kernels_words_tokens_and_sentences(text):
    view = text_view(pa.array([text], pa.large_string()))
    alive = np.ones(1, np.bool_)
    assert [python_word_hash(word) for word in plain_words(text)] == split_words(
        view, alive
    ).hashes.tolist()
    counts = count(view, alive, stop_word_table({"en": ("the",)}), np.array([NO_LIST]))
    assert len(plain_tokens(text)) == counts[0, 4] + counts[0, 7]
    assert len(plain_sentences(text)) == measure_sentences(view, alive)[0, 2]
