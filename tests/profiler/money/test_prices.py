"""Price books: what ships, what a user may write, and every mistake of units."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from profiler.money.prices import (
    UNITS,
    Price,
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


def test_three_books_ship() -> None:
    assert built_in_books() == ["abaka-2024", "aws-us-east-1", "market-2026"]


@pytest.mark.parametrize("name", built_in_books())
def test_every_shipped_price_has_source_date_unit_and_confidence(name: str) -> None:
    book = load_book(name)
    assert book.prices
    for key, row in book.prices.items():
        assert row.id == key
        assert row.book == name
        assert len(row.source) > 8, key
        assert row.unit in UNITS, key
        assert row.confidence in ("primary", "secondary"), key
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
        ("EUR/TB", "USD/TB"),
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
    for unit, tiers in (("USD/TB-month", falling), ("USD/TB-month", closed), ("USD/TB", good)):
        with pytest.raises(ConfigError, match="tiers"):
            load_book(write(tmp_path, head.format(unit, tiers)))
    assert len(load_book(write(tmp_path, head.format("USD/TB-month", good))).prices) == 1


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
