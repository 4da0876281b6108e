"""Conversion of documents: formulas, the published examples that do not close, and the lines."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError, RunError
from profiler.conversion.rates import rate_estimate, share_estimate
from profiler.conversion.record import (
    CONVERSION_VERSION,
    ConversionRecord,
    ConvertedFile,
    conversion_totals,
    save_conversion,
)
from profiler.money.conversion import (
    conversion_lines,
    convert_mix_usd,
    convert_self_usd,
    convert_third_party_usd,
    converting_cpu_hours,
)
from profiler.money.lines import BudgetLine, Domain, Inputs
from profiler.money.pages import last_tier_pages, tier_pages
from profiler.money.prices import default_book, load_book
from profiler.money.scenario import load_scenario, resolve_prices
from profiler.scaling.volumes import Forecast

PRINTED_USD = 14_000
PAGES, OWN_SHARE = 10_000_000, 0.8


def shared_example(example_id: str) -> dict[str, Any]:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set: no shared facts to compare with")
    facts = tomllib.loads((Path(folder) / "facts/seed_examples.toml").read_text(encoding="utf-8"))
    return next(row for row in facts["example"] if row["id"] == example_id)


def published_mix(third_usd_per_page: float) -> float:
    own = load_book("abaka-2024").prices["ocr-abaka-own"].usd / 1000
    return float(convert_mix_usd(PAGES, OWN_SHARE, own, third_usd_per_page))


def third_party_range() -> tuple[float, float]:
    price = load_book("abaka-2024").prices["ocr-mathpix-abaka"].ranged()
    return price.low / 1000, price.high / 1000


def test_convert_14k_low() -> None:
    usd = published_mix(third_party_range()[0])
    assert usd == pytest.approx(20_280)
    assert usd != pytest.approx(PRINTED_USD, rel=0.4)  # the printed sum does not close
    assert usd - PRINTED_USD == pytest.approx(6_280)


def test_convert_14k_high() -> None:
    usd = published_mix(third_party_range()[1])
    assert usd == pytest.approx(50_280)
    assert usd / PRINTED_USD == pytest.approx(3.591, abs=0.001)  # the printed sum does not close
    assert usd - PRINTED_USD == pytest.approx(36_280)


def test_convert_14k_implied() -> None:
    assert published_mix(0.00686) == pytest.approx(PRINTED_USD)
    assert third_party_range()[0] > 0.00686  # below the published prices: an assumption


@pytest.mark.parametrize("example_id", ["convert_14k_low", "convert_14k_high"])
def test_shared_mismatches(example_id: str) -> None:
    row = shared_example(example_id)
    usd = convert_mix_usd(**_mix_arguments(row))
    assert row["kind"] == "MISMATCH"
    assert usd == pytest.approx(row["actual"])
    assert usd != pytest.approx(row["expected"], rel=0.4)


def test_shared_implied_price() -> None:
    row = shared_example("convert_14k_implied")
    assert convert_mix_usd(**_mix_arguments(row)) == pytest.approx(row["expected"])


def _mix_arguments(row: dict[str, Any]) -> dict[str, float]:
    given_values = row["inputs"]
    return {
        "pages": given_values["pages"],
        "own_share": given_values["own_share"],
        "own_usd_per_page": given_values["own_usd"],
        "third_usd_per_page": given_values["third_usd"],
    }


def test_self_built_by_hand() -> None:
    # 2 million pages at 100,000 pages per node-day: 20 node-days of 96 USD, a quarter more
    assert convert_self_usd(2e6, 1e5, 96.0, 0.25, 5_000) == pytest.approx(20 * 96 * 1.25 + 5_000)
    assert convert_self_usd(0, 1e5, 96.0, 0.25, 5_000) == 5_000


def test_third_party_by_hand() -> None:
    assert convert_third_party_usd([(0.005, 1e6), (0.0035, 2e6)], 1_000) == pytest.approx(13_000)
    assert convert_third_party_usd([]) == 0


def test_cpu_hours_by_hand() -> None:
    assert converting_cpu_hours(3.6e6, 100.0) == pytest.approx(10.0)


@given(
    st.floats(0, 1e9),
    st.floats(0.1, 60),
    st.lists(st.floats(1, 1e7), min_size=1, max_size=4, unique=True),
)
def test_tiers_share_out_all_pages(pages: float, months: float, limits: list[float]) -> None:
    ends = [0.0, *sorted(limits)]
    parts = [tier_pages(pages, months, begin, end) for begin, end in pairwise(ends)]
    parts.append(last_tier_pages(pages, months, ends[-1]))
    assert all(part >= -1e-6 for part in parts)
    assert sum(parts) == pytest.approx(pages, rel=1e-9, abs=1e-6)
    assert parts[0] <= months * ends[1] * (1 + 1e-9)


# The lines


Conversion = Callable[..., list[BudgetLine]]


@pytest.fixture
def lines_of(make_forecast: Callable[..., Forecast]) -> Conversion:
    def lines(*overrides: str) -> list[BudgetLine]:
        scenario = load_scenario(None, [f"conversion.{text}" for text in overrides])
        prices = resolve_prices(scenario, default_book())
        return conversion_lines(Inputs((Domain("", make_forecast()),), scenario, prices))

    return lines


def counted(lines: list[BudgetLine]) -> list[BudgetLine]:
    return [line for line in lines if line.counted]


def point(lines: list[BudgetLine]) -> float:
    return sum(line.usd.point for line in lines if line.usd and line.usd.point is not None)


def test_no_documents_are_one_line_without_a_cost(lines_of: Conversion) -> None:
    lines = lines_of()
    assert [line.usd for line in lines] == [None]
    assert lines[0].note == "no documents to convert planned: conversion.pages = 0"


def test_self_built_at_the_planned_rate(lines_of: Conversion) -> None:
    lines = lines_of(
        "pages=10e6",
        'method="self-built"',
        "pages_per_node_day=250_000",
        "complexity=0.5",
        "engineer_usd_per_day=500",
        "own_integration_days=3",
        "gpus_per_node=2",
        "hours_per_day=12",
    )
    line, integration = counted(lines)
    node_usd = 2 * 12 * default_book().prices["lambda-h100"].usd
    assert point([line]) == pytest.approx(40 * node_usd * 1.5, abs=0.01)
    assert line.quantity == pytest.approx(40)
    assert line.unit == "node-day"
    assert point([integration]) == 1_500
    assert point(counted(lines)) == pytest.approx(
        convert_self_usd(10e6, 250_000, node_usd, 0.5, 1_500), abs=0.02
    )
    assert "planned, not measured" in line.note
    assert "not in the volumes of storage and cleaning" in line.note


@pytest.mark.parametrize("method", ["self-built", "third-party", "mix"])
def test_one_method_is_counted_and_the_others_are_beside_it(
    lines_of: Conversion, method: str
) -> None:
    lines = lines_of("pages=1e6", f'method="{method}"')
    items = {line.item: line.counted for line in lines}
    assert items == {
        "all pages, own converter": method == "self-built",
        "all pages, third party": method == "third-party",
        "in a mix, own converter": method == "mix",
        "in a mix, third party": method == "mix",
        "own converter, integration": method != "third-party",
        "third party, integration": method != "self-built",
        "all pages, own converter, published price": False,
    }
    assert all(line.usd is not None for line in lines)


def test_a_mix_is_a_part_of_each(lines_of: Conversion) -> None:
    usd = {line.item: point([line]) for line in lines_of("pages=4e6", "own_share=0.25")}
    assert usd["in a mix, own converter"] == pytest.approx(
        0.25 * usd["all pages, own converter"], abs=0.02
    )
    assert usd["in a mix, third party"] == pytest.approx(
        0.75 * usd["all pages, third party"], abs=0.02
    )


@pytest.mark.parametrize(("share", "kind"), [("0", "third party"), ("1", "own converter")])
def test_a_mix_of_one_has_one_line(lines_of: Conversion, share: str, kind: str) -> None:
    lines = counted(lines_of("pages=4e6", f"own_share={share}"))
    assert [line.item for line in lines] == [f"in a mix, {kind}", f"{kind}, integration"]
    memo = lines_of("pages=4e6", f"own_share={share}", 'method="third-party"')
    assert not any(line.item.startswith("in a mix") for line in memo)


def test_tiers_go_by_the_pages_of_a_month(lines_of: Conversion) -> None:
    plan = ('method="third-party"', 'third_party_price="ocr-textract"')
    at_once = counted(lines_of("pages=5e6", *plan))[0]
    assert point([at_once]) == pytest.approx(1e3 * 1.5 + 4e3 * 0.6)
    assert "tiers go by the pages of a month" in at_once.note
    slowly = counted(lines_of("pages=5e6", "third_party_months=2", *plan))[0]
    assert point([slowly]) == pytest.approx(2e3 * 1.5 + 3e3 * 0.6)
    trickling = counted(lines_of("pages=5e6", "third_party_months=10", *plan))[0]
    assert point([trickling]) == pytest.approx(5e3 * 1.5)


def test_a_price_range_moves_the_interval_and_not_the_point(lines_of: Conversion) -> None:
    line = counted(lines_of("pages=2e6", 'method="third-party"'))[0]
    assert line.usd is not None
    assert line.usd.point == 10_000  # the list price of 5 USD per 1,000 pages
    assert 7_000 <= line.usd.low < 9_500


def test_every_line_explains_itself(lines_of: Conversion) -> None:
    for line in lines_of("pages=3e6"):
        assert line.term is not None
        assert line.formula in line.explanation
        assert "ABAKA" in line.source
        kinds = {leaf.origin.kind for leaf in line.term.leaves()}
        assert "price" in kinds or line.item.endswith("integration")
        assert kinds <= {"scenario", "default", "price", "constant", "measured"}


def test_wrong_plans_are_refused() -> None:
    for text, told in (
        ("conversion.complexity=1.5", "at most 1"),
        ('conversion.method="magic"', "method"),
        ("conversion.pages=-1", "at least 0"),
        ("conversion.page=1", "did you mean 'pages'"),
    ):
        with pytest.raises(ConfigError, match=told):
            load_scenario(None, [text])
    scenario = load_scenario(None, ['conversion.third_party_price="lambda-h100"'])
    with pytest.raises(ConfigError, match="USD/1000pages"):
        resolve_prices(scenario, default_book())


# The measured rate


def file(pages: int, cpu_seconds: float, scans: int = 0) -> ConvertedFile:
    return ConvertedFile("a.pdf", 9, pages, 0, scans, 0, 100 * pages, cpu_seconds, (cpu_seconds,))


def record_of(*files: ConvertedFile) -> ConversionRecord:
    return ConversionRecord(
        CONVERSION_VERSION,
        "2026-11-24T12:00:00+00:00",
        {"processor": "made up", "vcpus": 2},
        {"pypdfium2": "5.15.2"},
        "made up",
        files,
        (),
        conversion_totals(files),
        rate_estimate(files, ()),
        share_estimate(files, ()),
        (),
    )


def measured(folder: Path, *files: ConvertedFile) -> str:
    save_conversion(record_of(*files), folder / "conversion.json")
    return f'measured="{folder / "conversion.json"}"'


BILLED = (
    "cleaning.cluster_utilisation=0.5",
    "cleaning.passes=2",
    "cleaning.retries=0.1",
    "cleaning.target_core_speed=2",
)


def test_measured_hours_are_billed_like_those_of_cleaning(
    tmp_path: Path, make_forecast: Callable[..., Forecast]
) -> None:
    sample = measured(tmp_path, *[file(100, 1.0)] * 12)
    overrides = [
        "conversion.pages=36e6",
        'conversion.method="self-built"',
        f"conversion.{sample}",
        *BILLED,
    ]
    scenario = load_scenario(None, overrides)
    prices = resolve_prices(scenario, default_book())
    lines = conversion_lines(Inputs((Domain("", make_forecast()),), scenario, prices))
    own, scans, _ = counted(lines)
    hours = 36e6 / 100 / 3600 / 0.5 * 2 * 1.1 / 2
    usd_per_hour = prices["cleaning.compute_price"].usd
    assert own.quantity == pytest.approx(hours)
    assert own.unit == "vCPU-hour"
    assert point([own]) == pytest.approx(hours * usd_per_hour, abs=0.01)
    assert "text layer only" in own.note
    assert own.term is not None
    leaves = [leaf for leaf in own.term.leaves() if leaf.origin.kind == "measured"]
    assert [leaf.symbol for leaf in leaves] == ["r"]
    assert "conversion.json of 2026-11-24: pypdfium2 5.15.2 on 12 files" in leaves[0].origin.where
    assert scans.item == "all pages, own recognition of scans"


def test_scans_are_priced_apart_and_never_for_nothing(lines_of: Conversion, tmp_path: Path) -> None:
    sample = measured(tmp_path, *[file(10, 1.0, scans=10)] * 3, *[file(10, 1.0)] * 9)
    plan = ("pages=8e6", 'method="self-built"', sample, "complexity=0")
    _, scans, _ = counted(lines_of(*plan, "pages_per_node_day=100_000"))
    node_usd = 24 * default_book().prices["lambda-h100"].usd
    assert scans.quantity == pytest.approx(2e6)
    assert point([scans]) == pytest.approx(20 * node_usd, abs=0.01)
    assert "30 of 120 pages of the sample have no text layer" in scans.note
    none_seen = measured(tmp_path, *[file(10, 1.0)] * 4)
    _, unseen, _ = counted(lines_of("pages=8e6", 'method="self-built"', none_seen))
    assert unseen.usd is not None
    assert unseen.usd.point == 0
    assert unseen.usd.high > 100  # four files without a scan do not say that there are none


def test_the_planned_rate_is_beside_the_measured_one(lines_of: Conversion, tmp_path: Path) -> None:
    lines = lines_of("pages=1e6", measured(tmp_path, *[file(10, 1.0)] * 4))
    beside = [line for line in lines if line.item.endswith("planned rate")]
    assert [line.counted for line in beside] == [False]


def test_an_uncertain_rate_widens_the_line(lines_of: Conversion, tmp_path: Path) -> None:
    widths = []
    for files in ([file(10, 1.0)] * 6, [file(10, 0.2), file(10, 1.8)] * 3):
        plan = ("pages=1e9", 'method="self-built"', measured(tmp_path, *files))
        usd = counted(lines_of(*plan))[0].usd
        assert usd is not None
        widths.append(usd.high / usd.low)
    assert widths[1] > 1.5 * widths[0]


def test_what_failed_in_the_sample_is_told(lines_of: Conversion, tmp_path: Path) -> None:
    bad = ConvertedFile("b.pdf", 9, fault="encrypted")
    sample = measured(tmp_path, *[file(10, 1.0)] * 4, bad)
    line = counted(lines_of("pages=1e6", 'method="self-built"', sample))[0]
    assert "1 of 5 files" in line.note


def test_a_missing_record_stops_the_budget(lines_of: Conversion) -> None:
    with pytest.raises(RunError, match="corpuscost convert"):
        lines_of("pages=1e6", 'measured="nowhere.json"')


def test_the_same_seed_gives_the_same_draws(lines_of: Conversion, tmp_path: Path) -> None:
    sample = measured(tmp_path, *[file(10, 0.5), file(10, 1.5)] * 3)
    first, second = (lines_of("pages=1e6", sample) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert one.draws is not None
        assert other.draws is not None
        assert np.array_equal(one.draws, other.draws)
