"""Lines of a block are those of Python, without the blank ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.json_lines import line_spans


def expected(block: bytes) -> tuple[list[tuple[bytes, int]], int]:
    lines = block.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return [(line, i) for i, line in enumerate(lines) if line.strip(b" \t\r")], len(lines)


def found(block: bytes) -> tuple[list[tuple[bytes, int]], int]:
    begins, ends, numbers, total = line_spans(np.frombuffer(block, np.uint8))
    spans = zip(begins, ends, numbers, strict=True)
    return [(block[begin:end], int(number)) for begin, end, number in spans], total


def test_line_feeds_at_every_place_of_a_block() -> None:
    for length in (0, 1, 63, 64, 65, 130):
        for at in range(length):
            block = b"x" * at + b"\n" + b"y" * (length - at - 1)
            assert found(block) == expected(block)
        assert found(b"\n" * length) == expected(b"\n" * length)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([b"\n", b" ", b"\t", b"\r", b"\x0b", b"x", b"y" * 61]), max_size=90)
)
def test_lines_are_those_of_split(parts: list[bytes]) -> None:
    block = b"".join(parts)
    assert found(block) == expected(block)
