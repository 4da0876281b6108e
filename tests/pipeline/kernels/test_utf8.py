"""The vector check of UTF-8 agrees with Python's decoder, wherever a fault lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.blocks import BLOCK
from pipeline.kernels.utf8 import is_utf8, valid_spans

CHARACTERS = ["a", "é", "߿", "ࠀ", "中", "퟿", "\ue000", "\uffff", "😀", "\U00010000", "\U0010ffff"]
BROKEN = [
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xc2",
    b"\xc2a",
    b"\xe0\x9f\xbf",
    b"\xe4\xb8",
    b"\xe4\xb8a",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x9f\x98",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xff",
    b"\xe4\xb8\xad\xad",
]


def agrees(data: bytes) -> bool:
    try:
        data.decode("utf-8")
        expected = True
    except UnicodeDecodeError:
        expected = False
    array = np.frombuffer(b"\xe4" + data + b"\xad", np.uint8)
    return bool(is_utf8(array, 1, 1 + len(data))) == expected


@pytest.mark.parametrize("length", [0, 1, 2, 3, 63, 64, 66, 67, 68, 127, 128, 131, 200])
def test_one_broken_character_at_every_place(length: int) -> None:
    for filler in ("a" * length, ("é" * length)[: length // 2], ("中" * length)[: length // 3]):
        plain = filler.encode()
        assert agrees(plain)
        for broken in BROKEN:
            for at in range(len(filler) + 1):
                data = filler[:at].encode() + broken + filler[at:].encode()
                assert agrees(data), (filler[:1], broken, at)


def test_every_pair_of_bytes_after_a_block() -> None:
    for first in range(0x80, 0x100):
        for second in range(0, 0x100, 5):
            for tail in (b"", b"\x80", b"\x80\x80", b"a"):
                pair = bytes([first, second]) + tail
                assert agrees(b"a" * 66 + pair + b"b" * 70), pair


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(CHARACTERS) | st.text(max_size=70), max_size=12),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=2),
)
def test_text_with_and_without_damage(parts: list[str], damage: list[tuple[int, int]]) -> None:
    data = bytearray("".join(parts).encode("utf-8", "surrogatepass"))
    for at, byte in damage:
        if at < len(data):
            data[at] = byte
    assert agrees(bytes(data))


def test_spans_are_judged_one_by_one() -> None:
    text = ("é" * BLOCK).encode()
    data = np.frombuffer(text + b"ok" + text[:-1] + b"fine\xff" + text, np.uint8)
    ends = np.cumsum([len(text), 2, len(text) - 1, 5, len(text)])
    begins = np.concatenate(([0], ends[:-1]))
    assert valid_spans(data, begins, ends).tolist() == [True, True, False, False, True]
    # A character cut by the border of two spans is in neither, though the whole is sound.
    cut = np.array([0, 3, len(text)])
    assert valid_spans(data, cut[:-1], cut[1:]).tolist() == [False, False]
    assert valid_spans(data, cut[:0], cut[:0]).tolist() == []
