"""Every exact example of the published model for storage, crawling and cleaning, by its id.

The numbers are carried here, and checked against the shared facts where these are at hand.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from profiler.money.cleaning import rule_usd
from profiler.money.crawling import sites_usd
from profiler.money.prices import PriceBook, load_book
from profiler.money.storage import capacity_usd

PRINTED_ACQUISITION_USD = 706_000


@pytest.fixture(scope="module")
def abaka() -> PriceBook:
    return load_book("abaka-2024")


def shared_example(example_id: str) -> dict[str, Any]:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set: no shared facts to compare with")
    facts = tomllib.loads((Path(folder) / "facts/seed_examples.toml").read_text(encoding="utf-8"))
    return next(row for row in facts["example"] if row["id"] == example_id)


def test_storage_1pb(abaka: PriceBook) -> None:
    assert capacity_usd(1000, abaka.prices["abaka-capacity"].usd) == 85_000


def test_storage_full(abaka: PriceBook) -> None:
    assert capacity_usd(1000, abaka.prices["abaka-capacity-full"].usd) == 99_000


def test_clean_100tb(abaka: PriceBook) -> None:
    assert rule_usd(100, abaka.prices["abaka-cleaning"].usd) == 2_800


def test_clean_1pb(abaka: PriceBook) -> None:
    assert rule_usd(1000, abaka.prices["abaka-cleaning"].usd) == 28_000


def acquisition_usd(large_usd: float | None, vertical_usd: float | None) -> float:
    assert large_usd is not None
    assert vertical_usd is not None
    return float(sites_usd(8, large_usd) + sites_usd(15, vertical_usd))


def test_acq_706k_low(abaka: PriceBook) -> None:
    large, vertical = abaka.prices["abaka-large-site"], abaka.prices["abaka-vertical-site"]
    low = acquisition_usd(large.low, vertical.low)
    assert low == 403_000
    assert low < PRINTED_ACQUISITION_USD


def test_acq_706k_high(abaka: PriceBook) -> None:
    large, vertical = abaka.prices["abaka-large-site"], abaka.prices["abaka-vertical-site"]
    high = acquisition_usd(large.high, vertical.high)
    assert high == 774_000
    assert high > PRINTED_ACQUISITION_USD


def test_acq_706k_mid(abaka: PriceBook) -> None:
    large, vertical = abaka.prices["abaka-large-site"], abaka.prices["abaka-vertical-site"]
    middle = acquisition_usd(large.usd, vertical.usd)
    assert middle == 588_500
    updates = 8 * abaka.prices["abaka-large-site-year"].usd
    assert middle + updates == pytest.approx(PRINTED_ACQUISITION_USD, rel=0.01)
    assert middle + updates != PRINTED_ACQUISITION_USD  # the printed figures do not close


def test_video_factor(abaka: PriceBook) -> None:
    factor = abaka.prices["abaka-video-factor"]
    assert (factor.low, factor.high) == (3, 5)
    assert sites_usd(1, 1.0, video_share=1.0, video_factor=5.0) == 5


def test_overseas_factor(abaka: PriceBook) -> None:
    factor = abaka.prices["abaka-overseas-factor"]
    assert (factor.low, factor.high) == (2, 3)
    assert sites_usd(1, 1.0, overseas_share=1.0, overseas_factor=3.0) == 3


@pytest.mark.parametrize("example_id", ["storage_1pb", "storage_full"])
def test_shared_storage_examples(example_id: str) -> None:
    row = shared_example(example_id)
    assert capacity_usd(row["inputs"]["tb"], row["inputs"]["usd_per_tb"]) == row["expected"]


@pytest.mark.parametrize("example_id", ["clean_100tb", "clean_1pb"])
def test_shared_cleaning_examples(example_id: str) -> None:
    row = shared_example(example_id)
    given = row["inputs"]
    assert rule_usd(given["v_tb"], given["c_base"], given["s_eng"]) == row["expected"]


@pytest.mark.parametrize("example_id", ["acq_706k_low", "acq_706k_high", "acq_706k_mid"])
def test_shared_acquisition_examples(example_id: str) -> None:
    row = shared_example(example_id)
    given = row["inputs"]
    large = sites_usd(given["big"], given["big_usd"])
    vertical = sites_usd(given["vertical"], given["vertical_usd"])
    assert large + vertical == row["expected"]
