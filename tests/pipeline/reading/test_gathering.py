"""Chunks become one read-only block, few or many."""

from __future__ import annotations

import pytest

from pipeline.reading.gathering import Gathering


@pytest.mark.parametrize("count", [0, 1, 2, 64, 65, 66, 200])
def test_block_is_what_was_added(count: int) -> None:
    gathering = Gathering()
    for _ in range(2):
        chunks = [bytes([i]) * (i % 7) for i in range(count)]
        for chunk in chunks:
            gathering.add(chunk)
        assert gathering.size == sum(map(len, chunks))
        block = gathering.take()
        assert block.tobytes() == b"".join(chunks)
        assert not block.flags.writeable
        assert gathering.size == 0
