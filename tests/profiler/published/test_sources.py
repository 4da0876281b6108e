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
    if any(not isinstance(value, dict | list) for value in data.values()) and "." in place:
        yield place, data
        return
    for key, value in data.items():
        if key not in PARTS:
            yield from rows(value, f"{place}.{key}")


def without_source(data: Any, place: str) -> list[str]:
    return [
        where
        for where, row in rows(data, place)
        if not (row.get("source") or row.get("sources")) and "inputs" not in where
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rows_without_a_source(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert list(rows(data, path.stem)), "a table of no rows"
    assert without_source(data, path.stem) == []


def test_a_row_without_a_source_would_be_listed() -> None:
    data = {"price": {"a": {"usd": 1.0, "source": "x"}, "b": {"usd": 2.0}}, "name": "book"}
    assert without_source(data, "own") == ["own.price.b"]
    listed = {"funnel": [{"id": "a", "source": ""}, {"id": "b", "source": "x", "stage": [{}]}]}
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
        sources = row["sources"] if "sources" in row else [row["source"]]
        for source in sources:
            assert len(source) > 8, place
            assert source.lower() not in ("same", "see above", "as above"), place


@pytest.mark.parametrize("name", built_in_books())
def test_every_price_of_a_book_has_where_it_holds(name: str) -> None:
    book = load_book(name)
    for key, price in {**book.prices, **book.foreign}.items():
        assert price.region, key
        assert price.note, key
