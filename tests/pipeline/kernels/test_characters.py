from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.characters import (
    CONTROL,
    DIGIT,
    IDEOGRAPH,
    LETTER,
    MARK,
    SPACE,
    SYLLABLE,
    SYMBOL,
    class_of,
    class_table,
    decode,
    lower_of,
    lower_table,
)
from pipeline.kernels.compiled import kernel


@kernel
def _decode_all(data, found):  # type: ignore[no-untyped-def]
    at = 0
    count = 0
    while at < len(data):
        code_point, size = decode(data, at, len(data))
        found[count] = code_point
        at += size
        count += 1
    return count


def _decoded(encoded: bytes) -> list[int]:
    data = np.frombuffer(encoded, np.uint8)
    found = np.zeros(len(data) + 1, np.int64)
    return found[: _decode_all(data, found)].tolist()


@given(st.text())
def test_decodes_as_python_does(text: str) -> None:
    assert _decoded(text.encode()) == [ord(character) for character in text]


@pytest.mark.parametrize("character", ["é", "中", "😀"])
def test_a_sequence_that_is_cut_off_reads_as_replacement_characters(character: str) -> None:
    cut = character.encode()[:-1]
    assert _decoded(b"a" + cut)[:2] == [ord("a"), 0xFFFD]


@pytest.mark.parametrize(
    ("character", "kind"),
    [
        ("a", LETTER),
        ("ß", LETTER),
        ("한", LETTER),
        ("7", DIGIT),
        ("٣", DIGIT),
        ("\u0301", MARK),
        ("\u200d", MARK),
        ("\u200b", SPACE),
        ("\xa0", SPACE),
        ("\u3000", SPACE),
        ("\n", SPACE),
        ("中", IDEOGRAPH),
        ("カ", IDEOGRAPH),
        ("〇", IDEOGRAPH),
        ("𠀀", IDEOGRAPH),
        ("ก", SYLLABLE),
        ("。", SYMBOL),
        ("😀", SYMBOL),
        ("\x00", CONTROL),
    ],
)
def test_classes(character: str, kind: int) -> None:
    assert class_of(class_table(), np.uint32(ord(character))) == kind


def test_lower_case_beyond_the_table_is_the_character_itself() -> None:
    assert lower_of(lower_table(), np.uint32(ord("É"))) == ord("é")
    assert lower_of(lower_table(), np.uint32(0x20000)) == 0x20000
    assert lower_of(lower_table(), np.uint32(ord("İ"))) == ord("İ")  # its lower case is two
