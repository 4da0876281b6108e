"""No row of a price book or of a published table is without a source, or rests on memory."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from profiler.money.prices import BOOKS, built_in_books, load_book
from profiler.published.tables import FOLDER

FILES = sorted([*BOOKS.glob("*.toml"), *FOLDER.glob("*.toml")])
# Rows inside a row that has the source: stages of a funnel, tiers of a price.
PARTS = {"stage", "tiers"}


def rows(data: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of a TOML file that holds figures, with its place."""
    if isinstance(data, list):
        for number, each in enumerate(data):
            name = each.get("id", number) if isinstance(each, dict) else number
            yield from rows(each, f"{place}[{name}]")
    if not isinstance(data, dict):
        return
    if any(_is_figure(value) for value in data.values()) and "." in place:
        yield place, data
        return
    for key, value in data.items():
        if key not in PARTS:
            yield from rows(value, f"{place}.{key}")


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def without_source(data: Any, place: str) -> list[str]:
    """Places of rows that have no source of their own, in a file that has none for all of them."""
    if data.get("source"):
        return []
    return [
        where for where, row in rows(data, place) if not (row.get("source") or row.get("sources"))
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rows_without_a_source(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert list(rows(data, path.stem)), "a table of no rows"
    assert without_source(data, path.stem) == []


def test_a_row_without_a_source_would_be_listed() -> None:
    data = {"price": {"a": {"usd": 1.0, "source": "x"}, "b": {"usd": 2.0}}, "name": "book"}
    assert without_source(data, "own") == ["own.price.b"]
    stage = [{"kept_of_previous": 0.5}]
    first, second = {"id": "a", "year": 1, "source": ""}, {"id": "b", "year": 1, "source": "x"}
    listed = {"funnel": [first, {**second, "stage": stage}]}
    assert without_source(listed, "funnels") == ["funnels.funnel[a]"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_row_rests_on_memory(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    for word in ("memory-unverified", "unverified", "(memory", "common knowledge", "seed 000"):
        assert word not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_source_says_something(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    for place, row in rows(data, path.stem):
        sources = row.get("sources") or [row.get("source") or data["source"]]
        for source in sources:
            assert len(source) > 8, place
            assert source.lower() not in ("same", "see above", "as above"), place


@pytest.mark.parametrize("name", built_in_books())
def test_every_price_of_a_book_has_where_it_holds(name: str) -> None:
    book = load_book(name)
    rows = [(price.id, price.region, price.note) for price in book.prices.values()]
    rows += [(price.id, price.region, price.note) for price in book.foreign.values()]
    assert [each for each in rows if not all(each)] == []
