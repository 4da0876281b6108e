"""Price books: what ships, what a user may write, and every mistake of units."""

from __future__ import annotations

import json
import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.errors import ConfigError
from profiler.money.price_units import UNITS
from profiler.money.prices import (
    Price,
    PriceBook,
    age_days,
    built_in_books,
    default_book,
    layered,
    load_book,
)

GOOD = {"usd": 1.0, "unit": "USD/TB", "as_of": "2026-01", "source": "a list"}


def price(**changes: object) -> Price:
    return Price(**{**GOOD, **changes})  # type: ignore[arg-type]


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_books_that_ship() -> None:
    shipped = ["abaka-2024", "aws-us-east-1", "azure", "gcp", "hetzner", "market-2026"]
    assert built_in_books() == shipped


@pytest.mark.parametrize("name", built_in_books())
def test_every_shipped_price_has_source_date_unit_and_confidence(name: str) -> None:
    book = load_book(name)
    assert book.prices
    for key, row in book.prices.items():
        assert row.id == key
        assert row.book == name
        assert len(row.source) > 8, key
        assert row.unit in UNITS, key
        assert row.confidence in ("primary", "secondary", "assumption"), key
        assert 0 <= age_days(row, date(2026, 11, 24)) < 5 * 365, key
        assert "memory" not in row.source, key


def test_default_book_has_the_published_model_and_a_cloud() -> None:
    book = default_book()
    assert book.prices["abaka-capacity-full"].usd == 99
    assert book.prices["ec2-c6i"].usd == 0.0425
    assert any("yuan" in note for note in book.notes)


def test_an_own_book_replaces_single_prices(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[price.ec2-c6i]\nusd = 0.03\nunit = "USD/vCPU-hour"\nas_of = "2026-11-01"\n'
        'source = "our contract"\n[price.ours]\nusd = 7\nunit = "USD/TB"\nas_of = "2026"\n'
        'source = "our contract"\n',
    )
    book = default_book(path)
    assert book.prices["ec2-c6i"].usd == 0.03
    assert (book.prices["ec2-c6i"].book, book.prices["ec2-c6i"].confidence) == ("own", "own")
    assert book.prices["ours"].usd == 7
    assert book.prices["ec2-c7i"] == load_book("aws-us-east-1").prices["ec2-c7i"]


def test_a_replacement_in_another_unit_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[price.abaka-capacity-full]\nusd = 9\nunit = "USD/TB-month"\nas_of = "2026"\n'
        'source = "our contract"\n',
    )
    with pytest.raises(ConfigError, match=r"abaka-capacity-full\.unit.*expected 'USD/TB'"):
        layered([load_book("abaka-2024"), load_book(path)])


def test_all_faults_of_a_book_come_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[price.a]\nusd = 1\nunit = "USD/TiB"\nas_of = "2026"\nsource = "x"\n'
        '[price.b]\nusd = -1\nunit = "USD/TB"\nas_of = "last year"\nsource = ""\n'
        '[price.c]\nusd = "1"\nunit = "USD/TB"\nas_of = "2026"\nsource = "x"\n'
        '[price.d]\nusd = 1\nunit = "USD/TB"\nas_of = "2026"\nsource = "x"\nregoin = "eu"\n'
        '[price.e]\nunit = "USD/TB"\nas_of = "2026"\nsource = "x"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load_book(path)
    text = str(caught.value)
    for part in (
        str(path),
        "price['a']",
        "divide the price by 1.0995",
        "price['b']",
        "usd: expected a number of at least 0",
        "as_of: expected 2025",
        "source: empty",
        "price['c'].usd: expected a number, found '1'",
        "price['d'].regoin: unknown key, did you mean 'region'?",
        "price['e'].usd: required, but missing",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("unit", "hint"),
    [
        ("USD/TiB-month", "USD/TB-month"),
        ("USD/GiB", "USD/GB"),
        ("USD/vCPU-h", "USD/vCPU-hour"),
        ("USD/days", "USD/day"),
        ("EUR/TB", r"USD/TB.*\[foreign\.ID\]"),
        ("EUR/TB-moth", "USD/TB-month"),
        ("USD/TB-moth", "USD/TB-month"),
    ],
)
def test_an_unknown_unit_is_refused_with_the_nearest(unit: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        price(unit=unit)


@pytest.mark.parametrize(
    "changes",
    [
        {"low": 0.5},
        {"low": 2.0, "high": 3.0},
        {"low": 0.1, "high": 0.5},
        {"usd": float("nan")},
        {"usd": float("inf")},
        {"as_of": "2026-13"},
        {"as_of": "2026-02-30"},
        {"as_of": "24-02"},
        {"confidence": "memory-unverified"},
        {"source": "  "},
        {"reckoned": 1.0},
        {"reckoned_in": "CNY/TB"},
        {"reckoned": 7.0, "reckoned_in": "CNY/TB-month"},
        {"reckoned": -7.0, "reckoned_in": "CNY/TB"},
        {"reckoned": 1.0, "reckoned_in": "USD/TiB"},
    ],
)
def test_a_price_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        price(**changes)


def test_tiers_must_rise_and_end_open(tmp_path: Path) -> None:
    head = '[price.a]\nusd = 2\nunit = "{}"\nas_of = "2026"\nsource = "x"\ntiers = {}\n'
    falling = "[{ up_to_tb = 5, usd = 2 }, { up_to_tb = 4, usd = 1 }, { usd = 1 }]"
    closed = "[{ up_to_tb = 5, usd = 2 }]"
    good = "[{ up_to_tb = 5, usd = 2 }, { usd = 1 }]"
    by_pages = "[{ up_to_pages = 5, usd = 2 }, { usd = 1 }]"
    wrong = (
        ("USD/TB-month", falling),
        ("USD/TB-month", closed),
        ("USD/TB", good),
        ("USD/TB-moved", by_pages),
        ("USD/1000pages", good),
        ("USD/1000requests", good),
    )
    for unit, tiers in wrong:
        with pytest.raises(ConfigError, match="tiers"):
            load_book(write(tmp_path, head.format(unit, tiers)))
    right = (("USD/TB-month", good), ("USD/TB-moved", good), ("USD/1000pages", by_pages))
    for unit, tiers in right:
        assert len(load_book(write(tmp_path, head.format(unit, tiers))).prices) == 1


@pytest.mark.parametrize(
    ("as_of", "days"),
    [("2026-11-24", 0), ("2026-11", 23), ("2026-Q4", 54), ("2026", 327), ("2024-09", 814)],
)
def test_age_counts_from_the_first_day_that_as_of_can_mean(as_of: str, days: int) -> None:
    assert age_days(price(as_of=as_of), date(2026, 11, 24)) == days


def test_a_price_in_the_wrong_unit_names_place_and_expected_unit() -> None:
    book = default_book()
    with pytest.raises(ConfigError) as caught:
        book.price("s3-standard", "USD/TB", "storage.bought_price")
    text = str(caught.value)
    assert "storage.bought_price" in text
    assert "is in USD/TB-month" in text
    assert "expected a price in USD/TB" in text


def test_an_unknown_price_or_book_has_a_hint() -> None:
    with pytest.raises(ConfigError, match="did you mean 's3-standard'"):
        default_book().price("s3-standart", "USD/TB-month", "storage.rented_price")
    with pytest.raises(ConfigError, match="did you mean 'abaka-2024'"):
        load_book("abaka-2025")
    with pytest.raises(ConfigError, match="no such file"):
        load_book("nowhere.toml")


def test_a_file_without_prices_and_a_row_that_names_itself_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[price\.ID\]"):
        load_book(write(tmp_path, 'name = "x"\n'))
    row = '[price.a]\nid = "b"\nusd = 1\nunit = "USD/TB"\nas_of = "2026"\nsource = "x"\n'
    with pytest.raises(ConfigError, match="the id is the name of the table"):
        load_book(write(tmp_path, row))


def test_egress_is_priced_by_tier() -> None:
    tiers = load_book("aws-us-east-1").prices["aws-egress"].tiers
    assert [(tier.up_to_tb, tier.usd) for tier in tiers] == [(10, 90), (50, 85), (None, 70)]


def test_binary_volumes_are_converted_in_the_row() -> None:
    book = load_book("gcp")
    standard, coldline = book.prices["gcs-standard-multi"], book.prices["gcs-coldline"]
    assert standard.usd == pytest.approx(26.624 / 1.099511627776, rel=1e-4)
    assert coldline.usd == pytest.approx(8.94 / 1.099511627776, rel=1e-3)
    for row in book.prices.values():
        assert "TiB" not in row.unit
        assert "GiB" not in row.unit


def test_a_binary_price_left_as_it_is_is_refused_with_the_right_one() -> None:
    """The amount for a TiB under the unit of a TB: 9.95 % too dear, and not seen by the unit."""
    good = {"unit": "USD/TB-month", "reckoned": 26.624, "reckoned_in": "USD/TiB-month"}
    assert price(usd=24.2144, **good).usd == 24.2144
    with pytest.raises(ValueError, match=r"26\.624 USD/TiB-month is 24\.2144 USD/TB-month"):
        price(usd=26.624, **good)


def test_yuan_of_the_published_model_are_its_dollars_at_its_rate() -> None:
    book = load_book("abaka-2024")
    reckoned = {key: row for key, row in book.prices.items() if row.reckoned_in.startswith("CNY/")}
    assert len(reckoned) >= 5
    for key, row in reckoned.items():
        assert row.reckoned is not None
        assert row.usd == pytest.approx(row.reckoned * book.rates["CNY"].usd, rel=0.08), key
    for key in ("abaka-large-site-year", "abaka-cleaning"):
        row = book.prices[key]
        assert row.usd == pytest.approx((row.reckoned or 0) * book.rates["CNY"].usd)


FACTS_BY_OUR_ID = {
    "s3-int-ia": "s3-standard-ia",
    "s3-onezone-ia": "s3-one-zone-ia",
    "s3-glacier-fr": "s3-glacier-flexible",
    "aws-egress-10": "aws-egress",
    "abaka-dist-capex": "abaka-capacity",
    "abaka-dist-capex-full": "abaka-capacity-full",
    "proxy-dc-gb": "proxy-datacenter-gb",
    "proxy-dc-ip": "proxy-datacenter-ip",
    "swe-us-bls": "software-developer-day",
}
ENDS = {  # rows that are an end of a range, or a tier, of one price of ours
    "aws-egress-50": ("aws-egress", "tier 2"),
    "aws-egress-150": ("aws-egress", "tier 3"),
    "proxy-residential-low": ("proxy-residential-gb", "low"),
    "proxy-residential-high": ("proxy-residential-gb", "high"),
    "rlhf-comparison-low": ("rlhf-comparison", "low"),
    "rlhf-comparison-high": ("rlhf-comparison", "high"),
    "ocr-mathpix-seed-low": ("ocr-mathpix-abaka", "low"),
    "ocr-mathpix-seed-high": ("ocr-mathpix-abaka", "high"),
}


def shared_prices() -> list[dict[str, Any]]:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set: no shared facts to compare with")
    text = (Path(folder) / "facts/prices.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["price"]
    return rows


def our_amount(row: dict[str, Any], book: PriceBook) -> float | None:
    """What we have for a row of the shared facts, in its unit."""
    if row["id"] in ENDS:
        key, which = ENDS[row["id"]]
        found = book.prices[key]
        tier = which.removeprefix("tier ")
        return found.tiers[int(tier) - 1].usd if tier != which else getattr(found, which)
    if row["unit"].startswith("EUR/"):
        return book.foreign[row["id"]].amount
    if row["category"] == "llm":
        name = row["id"].replace("(", "-").replace(")", "")
        return book.prices[f"{name}-in"].usd
    found = book.prices[FACTS_BY_OUR_ID.get(row["id"], row["id"])]
    return found.usd * 1.099511627776 if "TiB" in row["unit"] else found.usd


def test_every_checked_price_of_the_shared_facts_is_in_a_book() -> None:
    book = layered([load_book(name) for name in built_in_books()])
    for row in shared_prices():
        if row["category"] in ("power", "grid") or row["confidence"] == "memory-unverified":
            continue
        assert our_amount(row, book) == pytest.approx(row["usd"], rel=1e-3), row["id"]
        if "output_usd_per_million" in row:
            name = row["id"].replace("(", "-").replace(")", "")
            assert book.prices[f"{name}-out"].usd == row["output_usd_per_million"]
            cached = row.get("cached_input_usd_per_million")
            ours = book.prices.get(f"{name}-cached-in")
            assert (ours and ours.usd) == cached, row["id"]


def test_no_unchecked_price_of_the_shared_facts_is_in_a_book() -> None:
    book = layered([load_book(name) for name in built_in_books()])
    unchecked = [row for row in shared_prices() if row["confidence"] == "memory-unverified"]
    assert unchecked
    assert not {row["id"] for row in unchecked} & set(book.prices)


def test_prices_print_and_carry_everything() -> None:
    from profiler.cli.main import cli

    whole = json.loads(CliRunner().invoke(cli, ["prices", "--json"]).output)
    assert [book["name"] for book in whole] == built_in_books()
    for name in built_in_books():
        book, told = load_book(name), CliRunner().invoke(cli, ["prices", name]).output
        data = json.loads(CliRunner().invoke(cli, ["prices", name, "--json"]).output)
        assert data in whole
        assert set(data["prices"]) == set(book.prices)
        assert set(data["foreign"]) == set(book.foreign)
        for key, row in data["prices"].items():
            given = {
                field: getattr(book.prices[key], field) for field in row if field != "age_days"
            }
            assert json.loads(json.dumps(row)) == row
            assert {k: v for k, v in row.items() if k != "age_days" and k != "tiers"} == {
                k: v for k, v in given.items() if k != "tiers"
            }
            assert len(row["tiers"]) == len(book.prices[key].tiers)
        flat = told.replace("\n", " ").split()
        assert "days" in flat
        for note in book.notes:
            assert note.split()[0] in flat
