"""Mistakes of units, each refused with its place and the unit that was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario, resolve_prices

DATED = 'as_of = "2026-11"\nsource = "our contract"\n'
# What is wrong; the row of a user's book; its place; the unit that the message names.
IN_A_BOOK = [
    ("TiB for TB", "ours", 26.6, "USD/TiB-month", "price['ours']", "'USD/TB-month'"),
    ("GiB for GB", "ours", 0.6, "USD/GiB", "price['ours']", "'USD/GB'"),
    ("euro for dollars", "ours", 85, "EUR/TB", "price['ours']", "'USD/TB'"),
    ("a month's price as capacity", "s3-standard", 23, "USD/TB", "s3-standard", "'USD/TB-month'"),
    ("capacity as a month's price", "abaka-capacity-full", 99, "USD/TB-month", "full", "'USD/TB'"),
    ("a core for a vCPU", "ec2-c6i", 0.085, "USD/core-hour", "ec2-c6i", "'USD/vCPU-hour'"),
    ("a day for an hour", "annotator-abaka", 160, "USD/day", "annotator-abaka", "'USD/hour'"),
    ("once for a month", "proxy-datacenter-ip", 2, "USD/IP", "datacenter-ip", "'USD/IP-month'"),
    ("once for a year", "abaka-large-site-year", 9, "USD/site", "site-year", "'USD/site-year'"),
    ("GB for TB", "aws-egress", 0.09, "USD/GB", "aws-egress", "'USD/TB-moved'"),
    ("TB for 100 TB", "abaka-cleaning", 28, "USD/TB", "abaka-cleaning", "'USD/100TB'"),
    ("pages for lots", "ocr-mathpix", 0.005, "USD/page", "ocr-mathpix", "'USD/1000pages'"),
]
# A scenario that names a price of another unit: the key, the price, the unit of the key.
IN_A_SCENARIO = [
    ("storage.bought_price", "s3-standard", "USD/TB "),
    ("storage.rented_price", "abaka-capacity-full", "USD/TB-month"),
    ("storage.egress_price", "proxy-residential-gb", "USD/TB-moved"),
    ("crawling.update_price", "abaka-large-site", "USD/site-year"),
    ("crawling.video_factor", "abaka-large-site", "factor"),
    ("cleaning.compute_price", "modal-cpu", "USD/vCPU-hour"),
    ("cleaning.rule_price", "abaka-capacity", "USD/100TB"),
    ("screening.teacher_input_price", "ocr-mathpix", "USD/1e6tokens"),
    ("annotation.annotator_price", "software-developer-day", "USD/hour"),
    ("training.gpu_price", "aws-p5-node", "USD/GPU-hour"),
]


@pytest.mark.parametrize("case", IN_A_BOOK, ids=lambda case: case[0])
def test_a_wrong_unit_in_a_book(
    case: tuple[str, str, float, str, str, str], tmp_path: Path
) -> None:
    _, price_id, usd, unit, place, expected = case
    path = tmp_path / "own.toml"
    path.write_text(f'[price.{price_id}]\nusd = {usd}\nunit = "{unit}"\n{DATED}', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        default_book(path)
    text = str(caught.value)
    assert "own" in text
    assert place in text
    assert f"{unit!r}" in text
    assert expected in text


def test_a_binary_amount_under_a_decimal_unit(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    rows = '[price.ours]\nusd = 26.624\nunit = "USD/TB-month"\n'
    reckoned = 'reckoned = 26.624\nreckoned_in = "USD/TiB-month"\n'
    path.write_text(rows + reckoned + DATED, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"price\['ours'\].* is 24\.2144 USD/TB-month"):
        default_book(path)


@pytest.mark.parametrize("case", IN_A_SCENARIO, ids=lambda case: case[0])
def test_a_price_of_another_unit_in_a_scenario(case: tuple[str, str, str]) -> None:
    key, price_id, expected = case
    scenario = load_scenario(None, [f"{key}={price_id}"])
    with pytest.raises(ConfigError) as caught:
        resolve_prices(scenario, default_book())
    text = str(caught.value)
    assert f"{key}: price {price_id!r}" in text
    assert f"expected a price in {expected}" in text


def test_the_same_prices_in_their_own_units_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    rows = [
        f'[price.{price_id}]\nusd = 1\nunit = "{expected[1:-1]}"\n{DATED}'
        for _, price_id, _, _, _, expected in IN_A_BOOK
        if price_id != "ours"
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    book = default_book(path)
    assert len(rows) == 9
    assert sum(price.usd == 1 and price.book == "own" for price in book.prices.values()) == 9
