"""Every worked example of the published model by its id, against our formulas.

What each must give is carried here too, and compared with the shared facts where these are at hand.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from profiler.money.prices import load_book
from profiler.published.check import check, checked, computed
from profiler.published.model import Example, examples, issues, price_ranges
from profiler.published.programme import step_ranges

COMPUTED = {
    "storage_1pb": 85_000,
    "storage_full": 99_000,
    "sft_cpt": 12_000,
    "clean_100tb": 2_800,
    "clean_1pb": 28_000,
    "imo_annotation": 20_000,
    "imo_total": 28_000,
    "imo_rlhf_low": 20_000 / 6,
    "imo_rlhf_high": 5_000,
    "pairs_4": 6,
    "cpt_42k": 42_800,
    "cpt_sites": 28_000 / 12,
    "cpt_below_table": 42_000,
    "acq_706k_low": 403_000,
    "acq_706k_high": 774_000,
    "acq_706k_mid": 588_500,
    "acq_706k": 588_500,
    "convert_14k_low": 20_280,
    "convert_14k_high": 50_280,
    "convert_14k_implied": 14_000,
    "video_factor": 5,
    "overseas_factor": 3,
    "llama2_7b": 760_320,
    "gpt3_flops": 3.15e23,
    "llama2_7b_flops": 8.4e22,
    "chinchilla_70b": 1.4e12,
    "chinchilla_quadratic": 100,
    "chinchilla_double": 4,
    "gemini_vs_2017": 192_000_000 / 670,
    "rlaif_saving_low": 100,
    "rlaif_saving_high": 500,
    "core_month": 720_000,
    "usd28_as_core_hours": 28 / 0.0425,
}
OFF_BY = {  # of the printed figure, and of which the source's own numbers do not give it
    "cpt_42k": 800 / 42_000,
    "cpt_below_table": -28_000 / 70_000,
    "acq_706k": -117_500 / 706_000,
    "convert_14k_low": 6_280 / 14_000,
    "convert_14k_high": 36_280 / 14_000,
}
FROM_BOOKS = {  # inputs of examples that are prices of a book: (book, price, which)
    ("storage_1pb", "usd_per_tb"): ("abaka-2024", "abaka-capacity", "usd"),
    ("storage_full", "usd_per_tb"): ("abaka-2024", "abaka-capacity-full", "usd"),
    ("sft_cpt", "usd_per_entry"): ("abaka-2024", "sft-entry-abaka", "usd"),
    ("clean_100tb", "usd_per_100_tb"): ("abaka-2024", "abaka-cleaning", "usd"),
    ("imo_annotation", "annotator_usd_per_hour"): ("abaka-2024", "annotator-abaka", "usd"),
    ("acq_706k_low", "large_usd"): ("abaka-2024", "abaka-large-site", "low"),
    ("acq_706k_low", "vertical_usd"): ("abaka-2024", "abaka-vertical-site", "low"),
    ("acq_706k_high", "large_usd"): ("abaka-2024", "abaka-large-site", "high"),
    ("acq_706k_high", "vertical_usd"): ("abaka-2024", "abaka-vertical-site", "high"),
    ("acq_706k", "large_usd"): ("abaka-2024", "abaka-large-site", "usd"),
    ("acq_706k", "vertical_usd"): ("abaka-2024", "abaka-vertical-site", "usd"),
    ("video_factor", "low"): ("abaka-2024", "abaka-video-factor", "low"),
    ("video_factor", "high"): ("abaka-2024", "abaka-video-factor", "high"),
    ("overseas_factor", "low"): ("abaka-2024", "abaka-overseas-factor", "low"),
    ("overseas_factor", "high"): ("abaka-2024", "abaka-overseas-factor", "high"),
    ("rlaif_saving_low", "dividend"): ("market-2026", "rlhf-comparison", "low"),
    ("rlaif_saving_high", "dividend"): ("market-2026", "rlhf-comparison", "high"),
    ("rlaif_saving_low", "divisor"): ("market-2026", "rlaif-comparison", "usd"),
    ("usd28_as_core_hours", "divisor"): ("aws-us-east-1", "ec2-c6i", "usd"),
}
PER_THOUSAND_PAGES = {
    ("convert_14k_low", "own_usd_per_page"): ("ocr-abaka-own", "usd"),
    ("convert_14k_low", "third_usd_per_page"): ("ocr-mathpix-abaka", "low"),
    ("convert_14k_high", "third_usd_per_page"): ("ocr-mathpix-abaka", "high"),
}
BY_ID = {row.id: row for row in examples()}


def shared(table: str) -> dict[str, dict[str, Any]]:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set: no shared facts to compare with")
    facts = tomllib.loads((Path(folder) / "facts/seed_examples.toml").read_text(encoding="utf-8"))
    return {row.get("id", row.get("label")): row for row in facts[table]}


@pytest.mark.parametrize("example", examples(), ids=lambda row: row.id)
def test_example(example: Example) -> None:
    done = checked(example)
    assert done.computed == pytest.approx(COMPUTED[example.id], rel=1e-9)
    assert done.agrees, done


def test_every_example_is_expected_here() -> None:
    assert set(BY_ID) == set(COMPUTED)


@pytest.mark.parametrize("example_id", OFF_BY)
def test_a_mismatch_does_not_close(example_id: str) -> None:
    done = checked(BY_ID[example_id])
    assert done.example.kind == "mismatch"
    assert done.difference == pytest.approx(OFF_BY[example_id])
    assert abs(done.difference) > 0.01


def test_no_other_example_is_a_mismatch() -> None:
    assert {row.id for row in examples() if row.kind == "mismatch"} == set(OFF_BY)


@pytest.mark.parametrize("example", examples(), ids=lambda row: row.id)
def test_a_wrong_figure_is_seen(example: Example) -> None:
    """A formula that is off by 1 % agrees with no example."""
    if example.actual is None:
        wrong = replace(example, expected=example.expected * 1.01)
    else:
        wrong = replace(example, actual=example.actual * 1.01)
    assert not checked(wrong).agrees


def test_a_mismatch_that_closes_is_seen() -> None:
    closing = replace(BY_ID["cpt_42k"], expected=42_800)
    assert not checked(closing).agrees


@pytest.mark.parametrize("place", FROM_BOOKS, ids="-".join)
def test_inputs_are_the_prices_of_the_book(place: tuple[str, str]) -> None:
    book, price_id, which = FROM_BOOKS[place]
    price = load_book(book).prices[price_id]
    assert BY_ID[place[0]].inputs[place[1]] == getattr(price, which)


@pytest.mark.parametrize("place", PER_THOUSAND_PAGES, ids="-".join)
def test_prices_per_page_are_those_of_the_book(place: tuple[str, str]) -> None:
    price_id, which = PER_THOUSAND_PAGES[place]
    price = load_book("abaka-2024").prices[price_id]
    assert BY_ID[place[0]].inputs[place[1]] == pytest.approx(getattr(price, which) / 1000)


def test_sites_of_the_acquisition_bracket_what_is_printed() -> None:
    low, high = computed(BY_ID["acq_706k_low"]), computed(BY_ID["acq_706k_high"])
    printed = BY_ID["acq_706k"].expected
    assert low < printed < high
    assert (printed - low) / (high - low) == pytest.approx(0.82, abs=0.005)
    updates = 8 * load_book("abaka-2024").prices["abaka-large-site-year"].usd
    assert computed(BY_ID["acq_706k_mid"]) + updates == 700_500 != printed


def test_the_example_below_the_table_is_below_its_range() -> None:
    ranges = {row.id: row for row in price_ranges()}
    example = BY_ID["cpt_below_table"]
    assert ranges["continued-pre-training"].low_usd == example.expected
    assert ranges["continued-pre-training-example"].low_usd == example.actual


def test_in_yuan_the_example_of_continued_pre_training_closes() -> None:
    book = load_book("abaka-2024")
    rate = book.rates["CNY"]
    yuan = 200_000 + 20_000 + 2_000 * (book.prices["sft-entry-abaka"].reckoned or 0)
    assert yuan * rate.usd == pytest.approx(BY_ID["cpt_42k"].expected)
    assert rate.confidence == "assumption"


def test_an_example_says_what_its_kind_needs() -> None:
    row = BY_ID["storage_1pb"]
    for changes in ({"kind": "mismatch"}, {"actual": 1.0}, {"kind": "exact-by-assumption"}):
        with pytest.raises(ValueError, match="expected"):
            replace(row, **changes)


def test_examples_agree_with_the_shared_facts() -> None:
    theirs = shared("example")
    assert set(theirs) == set(BY_ID) - {"acq_706k"}
    for example_id, row in theirs.items():
        ours = BY_ID[example_id]
        assert ours.expected == row["expected"], example_id
        assert ours.actual == row.get("actual"), example_id
        assert ours.kind == row["kind"].lower(), example_id
        assert ours.rel_tol == row["rel_tol"], example_id


def test_ranges_agree_with_the_shared_facts() -> None:
    """All but the row that nobody could check; the steps are in the table of the programme."""
    theirs = [row for label, row in shared("range_row").items() if "unverified" not in label]
    ours = [(row.low_usd, row.high_usd) for row in price_ranges()]
    ours += [(row.low, row.high) for row in step_ranges() if not row.of]
    assert sorted((row["low_usd"], row["high_usd"]) for row in theirs) == sorted(ours)


def test_issues_are_those_of_the_shared_facts() -> None:
    assert {row.id for row in issues()} == set(shared("issue"))


def test_check_has_every_example_once() -> None:
    assert [row.example.id for row in check()] == [row.id for row in examples()]
