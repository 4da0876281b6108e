"""Prices in another currency: unusable without a rate, exact with one, never one to one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from profiler.money.currencies import ForeignPrice, Rate
from profiler.money.prices import built_in_books, default_book, layered, load_book

PRICE = {"amount": 2.0, "unit": "EUR/TB", "as_of": "2026-01", "source": "a list"}
RATE = '[currency.EUR]\nusd = 1.25\nas_of = "2026-11-24"\nsource = "our bank"\n'


def own(folder: Path, text: str, name: str = "own") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_rate_a_foreign_price_says_what_is_missing() -> None:
    book = default_book("hetzner")
    assert "hetzner-ax162" not in book.prices
    with pytest.raises(ConfigError) as caught:
        book.price("hetzner-ax162", "USD/vCPU-hour", "cleaning.compute_price")
    text = str(caught.value)
    for part in ("cleaning.compute_price", "0.0034 EUR/vCPU-hour", "[currency.EUR]", "--prices"):
        assert part in text


def test_no_rate_of_the_euro_ships() -> None:
    for name in built_in_books():
        assert "EUR" not in load_book(name).rates


def test_a_rate_of_an_own_book_makes_it_a_price(tmp_path: Path) -> None:
    book = default_book("hetzner", own(tmp_path, RATE))
    price = book.price("hetzner-ax162", "USD/vCPU-hour", "cleaning.compute_price")
    assert price.usd == pytest.approx(0.0034 * 1.25)
    assert (price.reckoned, price.reckoned_in) == (0.0034, "EUR/vCPU-hour")
    assert "hetzner.com" in price.source
    assert "1 EUR = 1.25 USD as of 2026-11-24, our bank" in price.source
    assert price.as_of == "2026-06"  # the older of the price and the rate
    assert price.book == "hetzner"


def test_the_last_rate_counts(tmp_path: Path) -> None:
    later = own(tmp_path, RATE.replace("1.25", "2"), "later")
    book = default_book("hetzner", own(tmp_path, RATE), later)
    assert book.prices["hetzner-ax162"].usd == pytest.approx(0.0068)


def test_a_rate_holds_under_later_books_that_have_none(tmp_path: Path) -> None:
    row = '[price.ours]\nusd = 7\nunit = "USD/TB"\nas_of = "2026"\nsource = "x"\n'
    book = default_book("hetzner", own(tmp_path, RATE), own(tmp_path, row, "later"))
    assert book.prices["hetzner-ax162"].usd == pytest.approx(0.0034 * 1.25)


def test_a_book_may_have_a_price_and_its_rate(tmp_path: Path) -> None:
    row = (
        '[foreign.ours]\namount = 4\nlow = 2\nhigh = 8\nunit = "EUR/TB"\n'
        'as_of = "2026"\nsource = "x list"\n'
    )
    price = load_book(own(tmp_path, RATE + row)).prices["ours"]
    assert (price.low, price.usd, price.high, price.unit) == (2.5, 5, 10, "USD/TB")


def test_an_own_price_in_dollars_replaces_a_foreign_one(tmp_path: Path) -> None:
    row = (
        '[price.hetzner-ax162]\nusd = 0.005\nunit = "USD/vCPU-hour"\nas_of = "2026"\nsource = "x"\n'
    )
    book = default_book("hetzner", own(tmp_path, RATE + row))
    assert book.prices["hetzner-ax162"].usd == 0.005
    assert "hetzner-ax162" not in book.foreign


def test_a_foreign_price_replaces_one_in_dollars_only_in_its_unit(tmp_path: Path) -> None:
    head = '[foreign.s3-standard]\namount = 20\nas_of = "2026"\nsource = "x"\nunit = '
    good = default_book(own(tmp_path, RATE + head + '"EUR/TB-month"\n'))
    assert good.prices["s3-standard"].usd == 25
    with pytest.raises(ConfigError, match=r"s3-standard\.unit.*expected 'USD/TB-month'"):
        default_book(own(tmp_path, RATE + head + '"EUR/TB"\n', "wrong"))


def test_a_foreign_price_without_rate_hides_the_one_it_replaces(tmp_path: Path) -> None:
    """A price that is not known is not the price below it."""
    row = (
        '[foreign.s3-standard]\namount = 20\nas_of = "2026"\nsource = "x"\nunit = "EUR/TB-month"\n'
    )
    book = default_book(own(tmp_path, row))
    with pytest.raises(ConfigError, match=r"\[currency\.EUR\]"):
        book.price("s3-standard", "USD/TB-month", "storage.rented_price")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[currency.EUR]\nusd = 0\n", "more than 0"),
        ("[currency.euro]\nusd = 1\n", "three capital letters"),
        ("[currency.USD]\nusd = 1\n", "another currency than USD"),
        ('[foreign.a]\namount = 1\nunit = "USD/TB"\n', "another currency than USD"),
        ('[foreign.a]\namount = 1\nunit = "EUR"\n', "a currency per something"),
        ('[foreign.a]\namount = -1\nunit = "EUR/TB"\n', "at least 0"),
        ('[foreign.a]\namount = 1\nunit = "EUR/TB"\nid = "b"\n', "the id is the name"),
        ("[foreign]\na = 1\n", "expected a table"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    dated = text if text.startswith("[foreign]") else f'{text}as_of = "2026"\nsource = "x"\n'
    with pytest.raises(ConfigError, match=fault):
        load_book(own(tmp_path, dated))


def test_a_unit_that_is_none_in_dollars_is_refused_with_its_place(tmp_path: Path) -> None:
    row = '[foreign.a]\namount = 1\nunit = "EUR/TiB-month"\nas_of = "2026"\nsource = "x"\n'
    with pytest.raises(ConfigError, match=r"foreign.*a.*divide the price by 1\.0995"):
        load_book(own(tmp_path, row))


def test_an_id_twice_in_a_book_is_refused(tmp_path: Path) -> None:
    rest = 'as_of = "2026"\nsource = "x"\n'
    text = f'[price.a]\nusd = 1\nunit = "USD/TB"\n{rest}[foreign.a]\namount = 1\nunit = "EUR/TB"\n'
    with pytest.raises(ConfigError, match=r"foreign\.a: the book has price\.a too"):
        load_book(own(tmp_path, text + rest))


@given(amount=st.floats(0, 1e9), usd=st.floats(1e-6, 1e6))
def test_a_price_is_its_amount_times_the_rate(amount: float, usd: float) -> None:
    from profiler.money.prices import PriceBook, _with_rates

    row = ForeignPrice(**{**PRICE, "amount": amount}, id="a", book="b")  # type: ignore[arg-type]
    rates = {"EUR": Rate(usd, "2026", "a bank")}
    book = _with_rates(PriceBook("b", {}, rates=rates, foreign={"a": row}))
    assert book.prices["a"].usd == pytest.approx(amount * usd)
    assert layered([book]).prices == book.prices
