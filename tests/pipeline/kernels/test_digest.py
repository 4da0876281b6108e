"""Digests against mmh3, and the white-space and normal-form rules."""

from __future__ import annotations

import unicodedata

import mmh3
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import text_view
from pipeline.kernels.characters import SPACE, class_table
from pipeline.kernels.digest import digests, not_nfc

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text(
    st.sampled_from("ab \t\n\u00a0\u3000é日"), max_size=60
)


def digest(texts: list[str], fold: bool = True) -> list[tuple[int, int]]:
    view = text_view(pa.array(texts, pa.large_string()))
    found = digests(view, np.ones(len(texts), np.bool_), fold)
    return [(int(high), int(low)) for high, low in found]


def folded(text: str) -> bytes:
    table = class_table()
    spaced = "".join(" " if ord(c) < 0x20000 and table[ord(c)] == SPACE else c for c in text)
    return " ".join(part for part in spaced.split(" ") if part).encode()


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(deadline=None)
def test_equals_mmh3_over_the_folded_text(texts):
    expected = [mmh3.hash64(folded(text), 0, x64arch=True, signed=False) for text in texts]
    assert digest(texts) == expected


def test_equals_mmh3_at_the_edges_of_blocks(at_edges):
    expected = [mmh3.hash64(folded(text), 0, x64arch=True, signed=False) for text in at_edges]
    assert digest(at_edges) == expected


@given(TEXT)
@settings(deadline=None)
def test_without_folding_it_is_the_hash_of_the_bytes(text):
    assert digest([text], fold=False) == [mmh3.hash64(text.encode(), 0, x64arch=True, signed=False)]


def test_white_space_is_folded_and_case_kept():
    plain, spaced, upper = digest(["a b c", "\n a \t\u00a0b\n\nc  ", "A b c"])
    assert plain == spaced
    assert plain != upper


def test_documents_that_are_not_alive_have_no_digest():
    view = text_view(pa.array(["x", "x"], pa.large_string()))
    found = digests(view, np.array([False, True]), True)
    assert (found[0] == 0).all()
    assert (found[1] != 0).any()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8))
@settings(deadline=None)
def test_what_is_not_flagged_is_in_normal_form(texts):
    view = text_view(pa.array(texts, pa.large_string()))
    flagged = not_nfc(view, np.ones(len(texts), np.bool_))
    for text, flag in zip(texts, flagged, strict=True):
        assert flag or unicodedata.is_normalized("NFC", text)


def test_latin_and_chinese_are_not_flagged():
    view = text_view(pa.array(["plain café", "中文。", "cafe\u0301", "각".encode().decode()]))
    flagged = not_nfc(view, np.ones(4, np.bool_))
    assert flagged.tolist() == [False, False, True, False]
