"""What text takes on disk: the sample of a shard, and sums over shards and runs."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.document import text_view
from profiler.compression import MOST_BYTES, TextSample, bytes_per_text_byte, compression_of


def view(*texts: str):
    return text_view(pa.array(list(texts), pa.large_string()))


def test_repeated_text_takes_little_and_noise_takes_all() -> None:
    sample = TextSample()
    sample.add(view("the same words again and again. " * 2000))
    ((packed, size),) = sample.compressed().values()
    assert size == 64_000
    assert packed < size / 50
    digits = "".join(chr(33 + (i * i * 7919 + i * 104729) % 89) for i in range(5000))
    noise = TextSample()
    noise.add(view(digits))
    ((packed, size),) = noise.compressed().values()
    assert packed < size * 1.1


def test_a_sample_ends_after_the_document_that_fills_it() -> None:
    sample = TextSample()
    long = "x" * (MOST_BYTES - 10)
    sample.add(view(long, "y" * 100, "z" * 100))
    assert sample.text_bytes == MOST_BYTES + 90
    sample.add(view("more"))
    assert sample.text_bytes == MOST_BYTES + 90


def test_batches_do_not_matter() -> None:
    texts = [f"document {i} of many, with words of its own {i * i}" for i in range(500)]
    at_once, one_by_one = TextSample(), TextSample()
    at_once.add(view(*texts))
    for text in texts:
        one_by_one.add(view(text))
    assert at_once.compressed() == one_by_one.compressed()


def test_nothing_taken_is_not_known() -> None:
    assert TextSample().compressed() == {}
    assert compression_of({}) == {}
    assert bytes_per_text_byte({}) is None
    assert bytes_per_text_byte(compression_of({("zstd",): [30, 100]})) == pytest.approx(0.3)
