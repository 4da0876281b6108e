from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError, CorpuscostError
from profiler.record.schema import Input
from profiler.scaling.basis import (
    PUBLISHED_RATIOS,
    input_format,
    published_ratios,
    stored_conversion,
    text_conversion,
)
from profiler.scaling.volumes import BASES


def inputs(*paths: str, text_bytes: int = 3000, stored_bytes: int = 1000) -> list[Input]:
    return [Input(path, stored_bytes, None, 0, 10, text_bytes) for path in paths]


JSONL = inputs("a.jsonl.zst", "b.jsonl.zst", "c.jsonl.zst")


@pytest.mark.parametrize(
    ("path", "basis"),
    [
        ("CC-MAIN-1.warc.wet.gz", "wet-gz"),
        ("CC-MAIN-1.WARC.gz", "warc-gz"),
        ("part/0.parquet", "parquet-zstd"),
        ("a.jsonl.gz", None),
        ("wet.gz.jsonl", None),
    ],
)
def test_format_by_name(path: str, basis: str | None) -> None:
    assert input_format(path) == basis


def test_stored_is_the_ratio_of_the_run() -> None:
    shards = [Input("a", 100, None, 0, 1, 300), Input("b", 300, None, 0, 1, 500)]
    found = text_conversion(shards, "stored")
    assert found.text_per_byte.point == 2.0
    assert found.text_per_byte.low < 2.0 < found.text_per_byte.high
    assert found.measured
    assert "measured in the run" in found.explanation


def test_text_is_exact() -> None:
    found = text_conversion(JSONL, "text").text_per_byte
    assert (found.low, found.point, found.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("path", "basis"), [("{}.wet.gz", "wet-gz"), ("{}.parquet", "parquet-zstd")]
)
def test_a_format_that_was_read_is_measured(path: str, basis: str) -> None:
    found = text_conversion(inputs(*map(path.format, "abc")), basis)  # type: ignore[arg-type]
    assert found.measured
    assert found.text_per_byte.point == 3.0


@pytest.mark.parametrize("basis", ["warc-gz", "wet-gz", "parquet-zstd"])
def test_a_format_that_was_not_read_is_published(basis: str) -> None:
    found = text_conversion(JSONL, basis)  # type: ignore[arg-type]
    assert not found.measured
    assert found.explanation.startswith("published: ")
    assert "Sources: " in found.explanation
    assert found.text_per_byte.point == published_ratios()[basis].point


def test_mixed_inputs_measure_no_format() -> None:
    mixed = inputs("a.wet.gz", "b.parquet")
    assert not text_conversion(mixed, "wet-gz").measured


def test_warc_from_wet_files_goes_through_what_was_measured() -> None:
    found = text_conversion(inputs("a.wet.gz", "b.wet.gz", "c.wet.gz"), "warc-gz")
    wet_per_warc = published_ratios()["wet-gz-per-warc-gz"]
    assert found.text_per_byte.point == pytest.approx(3.0 * wet_per_warc.point)
    assert found.text_per_byte.low == pytest.approx(3.0 * wet_per_warc.low)
    assert "measured in the run" in found.explanation
    assert not found.measured


def test_no_ratio_is_an_error_with_the_next_step() -> None:
    with pytest.raises(CorpuscostError, match=r"'warc-gz'.*--basis stored or text"):
        text_conversion(JSONL, "warc-gz", published={})


def test_unknown_basis_lists_the_known() -> None:
    with pytest.raises(CorpuscostError, match=r"'zip': expected one of stored, text"):
        text_conversion(JSONL, "zip")  # type: ignore[arg-type]


def test_a_run_without_text_cannot_be_scaled() -> None:
    with pytest.raises(CorpuscostError, match="0 bytes of text from 3000 stored"):
        stored_conversion(inputs("a", "b", "c", text_bytes=0))


def test_published_ratios_are_named_and_in_order() -> None:
    ratios = published_ratios()
    assert set(BASES) - {"stored", "text"} <= set(ratios)
    for ratio in ratios.values():
        assert 0 < ratio.low < ratio.point < ratio.high
        assert ratio.point == pytest.approx((ratio.low * ratio.high) ** 0.5, rel=0.01)
        assert ratio.sources
        assert ratio.derivation
        assert "memory" not in ratio.confidence


def test_published_ratios_follow_from_the_figures_that_they_cite() -> None:
    ratios = published_ratios()
    warc_kb_per_page = 25.5
    assert ratios["warc-gz"].high == pytest.approx(240e12 / 200e9 * 4.56 / 25.5e3, rel=0.01)
    assert ratios["warc-gz"].low == pytest.approx(3.76 / warc_kb_per_page, rel=0.01)
    assert ratios["wet-gz-per-warc-gz"].high == pytest.approx(4.54 / 28.94, rel=0.01)
    assert ratios["wet-gz-per-warc-gz"].low == pytest.approx(9e12 / (3.19e9 * 25.5e3), rel=0.01)
    assert ratios["wet-gz"].high == pytest.approx(24 / (1600 * 5e-3), rel=0.01)
    assert ratios["wet-gz"].low == pytest.approx(3.76e3 / (370e12 / 200e9), rel=0.01)
    assert ratios["parquet-zstd"].low == pytest.approx(4.56 / (44e12 / 15e12), rel=0.01)
    assert ratios["parquet-zstd"].high == pytest.approx(4.56 / (895e9 / 627e9), rel=0.01)


def test_a_faulty_file_of_ratios_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ratios.toml"
    path.write_text(PUBLISHED_RATIOS.read_text().replace("confidence", "confidense", 1))
    with pytest.raises(ConfigError, match=r"ratios\.toml"):
        published_ratios(path)
