"""Chunks become one read-only block, in the buffer that is kept or a larger one."""

from __future__ import annotations

import pytest

from pipeline.reading import gathering
from pipeline.reading.gathering import Gathering


@pytest.mark.parametrize("count", [0, 1, 2, 30, 33, 34, 35, 200])
def test_block_is_what_was_added(count: int, monkeypatch) -> None:
    monkeypatch.setattr(gathering, "_KEPT_BYTES", 100)
    chunks = [bytes([i]) * (i % 7) for i in range(count)]
    gathered = Gathering()
    for _ in range(2):
        for chunk in chunks:
            gathered.add(chunk)
        assert gathered.size == sum(map(len, chunks))
        block = gathered.take()
        assert block.tobytes() == b"".join(chunks)
        assert not block.flags.writeable
        assert gathered.size == 0


def test_a_larger_block_is_left_alone_by_the_next(monkeypatch) -> None:
    monkeypatch.setattr(gathering, "_KEPT_BYTES", 4)
    gathered = Gathering()
    gathered.add(b"larger")
    block = gathered.take()
    gathered.add(b"next")
    assert block.tobytes() == b"larger"
    assert gathered.take().tobytes() == b"next"
