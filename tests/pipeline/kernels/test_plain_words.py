"""The twin of the tokeniser gives the kernel's words, so that it may stand in for it in oracles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from plain_words import plain_sentences, plain_tokens, plain_words

from pipeline.document import text_view
from pipeline.kernels.sentences import measure_sentences
from pipeline.kernels.stop_words import NO_LIST, NO_STOP_WORDS
from pipeline.kernels.word_hash import python_word_hash
from pipeline.kernels.words import scan_words

texts = (
    st.text(st.sampled_from("aB1’'., \n中ไท้e\u0301#—…\u200b\u00ad\x07.!?。\"}ا"), max_size=40)
    | st.text()
)


@given(texts)
def test_the_twin_finds_the_kernels_words_tokens_and_sentences(text):
    view = text_view(pa.array([text], pa.large_string()))
    alive = np.ones(1, np.bool_)
    words, counts = scan_words(view, alive, NO_STOP_WORDS, np.array([NO_LIST]))
    assert [python_word_hash(word) for word in plain_words(text)] == words.hashes.tolist()
    assert len(plain_tokens(text)) == counts[0, 4] + counts[0, 7]
    assert len(plain_sentences(text)) == measure_sentences(view, alive)[0, 2]
