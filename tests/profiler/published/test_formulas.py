"""Every formula of the published model by its id: known answers, and units that must fit."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from profiler.money.units import UnitError, check
from profiler.published.check import formula_function
from profiler.published.model import formulas

BY_ID = {row.id: row for row in formulas()}
USD = "USD"
# Inputs with units in the order of our function; what comes out, reckoned by hand.
KNOWN: dict[str, tuple[list[tuple[float, str]], float, str]] = {
    "crawl_dev": ([(500, "USD/day"), (30, "day"), (10, "day")], 20_000, USD),
    "crawl_ops": ([(400, "USD/day"), (90, "day"), (0.5, "1")], 18_000, USD),
    "crawl_ip": ([(5e9, "request"), (1e5, "request/IP"), (1.75, "USD/IP")], 87_500, USD),
    "crawl_mat": (
        [(200, "USD/membership"), (6, "membership"), (90, "day"), (360, "day")],
        300,
        USD,
    ),
    "crawl_total": ([(20_000, USD), (18_000, USD), (87_500, USD), (300, USD)], 125_800, USD),
    "convert_self": (
        [(1e7, "page"), (5e5, "page/node-day"), (20, "USD/node-day"), (0.5, "1"), (1_000, USD)],
        1_600,
        USD,
    ),
    "clean_engineer": ([(700, "USD/day"), (10, "day"), (4, "day")], 9_800, USD),
    "clean_storage": ([(23, "USD/TB-month"), (40, "TB"), (6, "month")], 5_520, USD),
    "clean_compute": (
        [
            (0.04, "USD/vCPU-hour"),
            (100, "TB"),
            (0.002, "TB/vCPU-hour"),
            (1, "1"),
            (0.1, "1"),
            (0.15, "1"),
        ],
        2_500,
        USD,
    ),
    "clean_quality": (
        [
            (4, "USD/GPU-hour"),
            (50, "GPU-hour"),
            (1_500, USD),
            (4, "USD/GPU-hour"),
            (100, "TB"),
            (0.005, "TB/GPU-hour"),
        ],
        81_700,
        USD,
    ),
    "clean_simple": (
        [(250, "TB"), (2_800, "USD/100TB"), (7_000, USD), (100, "TB/100TB")],
        14_000,
        USD,
    ),
    "sft_rules": (
        [
            (20, "day"),
            (0.5, "1"),
            (800, "USD/day"),
            (1, "1"),
            (500, "USD/day"),
            (0.1, "1"),
            (200, "USD/day"),
        ],
        18_400,
        USD,
    ),
    "sft_instruction": (
        [
            (1_000, "entry"),
            (2, "entry/hour"),
            (20, "USD/hour"),
            (0.5, "1"),
            (10, "entry/hour"),
            (30, "USD/hour"),
        ],
        11_500,
        USD,
    ),
    "rlhf": (
        [
            (10, "GPU-hour"),
            (30, "USD/GPU-hour"),
            (1_000, "entry"),
            (2, "1"),
            (5, "entry/hour"),
            (20, "USD/hour"),
            (400, USD),
        ],
        8_700,
        USD,
    ),
    "rlhf_pairwise": (
        [(1_000, "entry"), (4, "1"), (5, "pair/hour"), (20, "USD/hour"), (1, "pair/entry")],
        24_000,
        USD,
    ),
    "flops": ([(7e9, "parameter"), (2e12, "token"), (6, "FLOP/parameter-token")], 8.4e22, "FLOP"),
    "chinchilla": ([(7e10, "parameter"), (20, "token/parameter")], 1.4e12, "token"),
    "train_cost": ([(8.4e22, "FLOP"), (4, "USD/GPU-hour"), (4e17, "FLOP/GPU-hour")], 840_000, USD),
}
# Powers that are no whole numbers have no units; the sum over tiers takes pairs.
# Kaplan: ((4/1)^(0.5/0.5) + 21/1)^0.5 = 5. Hoffmann: 1 + 8/4^0.5 + 27/27^(1/3) = 14.
WITHOUT_UNITS: dict[str, tuple[Sequence[object], float]] = {
    "convert_third_party": (([(0.01, 1e5), (0.005, 4e5)], 250.0), 3_250),
    "openai_scaling": ((1.0, 1.0, 4.0, 21.0, 0.5, 0.5), 5),
    "chinchilla_loss": ((4.0, 27.0, 1.0, 8.0, 27.0, 0.5, 1 / 3), 14),
}


@pytest.mark.parametrize("formula_id", BY_ID)
def test_formula(formula_id: str) -> None:
    function = formula_function(BY_ID[formula_id])
    if formula_id in WITHOUT_UNITS:
        inputs, expected = WITHOUT_UNITS[formula_id]
        assert function(*inputs) == pytest.approx(expected)
        return
    points, known, unit = KNOWN[formula_id]
    assert function(*(value for value, _ in points)) == pytest.approx(known)
    check(function, BY_ID[formula_id].expression, points, unit)


@pytest.mark.parametrize("formula_id", KNOWN)
def test_another_unit_of_the_first_input_does_not_fit(formula_id: str) -> None:
    points, _, unit = KNOWN[formula_id]
    wrong = [(points[0][0], "TiB"), *points[1:]]
    with pytest.raises(UnitError):
        check(formula_function(BY_ID[formula_id]), formula_id, wrong, unit)


def test_there_are_the_21_formulas_of_the_shared_facts() -> None:
    assert len(BY_ID) == 21 == len(KNOWN) + len(WITHOUT_UNITS)
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set: no shared facts to compare with")
    facts = tomllib.loads((Path(folder) / "facts/seed_examples.toml").read_text(encoding="utf-8"))
    assert {row["id"] for row in facts["formula"]} == set(BY_ID)


@pytest.mark.parametrize("formula_id", BY_ID)
def test_our_function_names_its_source(formula_id: str) -> None:
    doc = formula_function(BY_ID[formula_id]).__doc__ or ""
    assert "Source" in doc
