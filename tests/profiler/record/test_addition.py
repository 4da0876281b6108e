"""Records add: associative, by name, spectra apart."""

from __future__ import annotations

import dataclasses

import pytest
from drawn_records import records
from hypothesis import given, settings

from pipeline.errors import RunError
from profiler.record.addition import add
from profiler.record.sample import source_inputs
from profiler.record.schema import IntermediateFiles


def plain(record):
    run = dataclasses.asdict(record.run)
    run["meter"].pop("seconds_per_call")  # a quotient: equal but for rounding
    return run, {name: table.to_pylist() for name, table in record.tables.items()}


@given(records(), records(), records())
@settings(deadline=None, max_examples=60)
def test_addition_is_associative(a, b, c):
    left, right = add(add(a, b), c), add(a, add(b, c))
    assert plain(left) == plain(right)


@given(records(), records())
@settings(deadline=None, max_examples=30)
def test_sums_are_sums(a, b):
    both = add(a, b)
    assert both.run.totals.docs_in == a.run.totals.docs_in + b.run.totals.docs_in
    docs = [sum(each.tables["drops"]["docs"].to_pylist()) for each in (a, b, both)]
    assert docs[2] == docs[0] + docs[1]
    assert both.run.parts == 2
    assert both.tables["spectrum"]["part"].to_pylist() == [0, 1]
    assert both.tables["incidence"]["part"].to_pylist() == [0, 0, 1, 1]


@given(records())
@settings(deadline=None, max_examples=5)
def test_other_recipes_do_not_add(a):
    other = dataclasses.replace(a, run=dataclasses.replace(a.run, recipe={"name": "other"}))
    with pytest.raises(RunError, match="same recipe"):
        add(a, other)


@given(records(), records())
@settings(deadline=None, max_examples=30)
def test_the_source_of_a_sum_holds_the_sources_of_both(a, b):
    both = add(a, b).run
    if a.run.sampled is None and b.run.sampled is None:
        assert both.sampled is None
        return
    texts = [
        sum(each.text_bytes for each in run.inputs)
        if run.sampled is None
        else run.sampled.text_bytes
        for run in (a.run, b.run)
    ]
    assert both.sampled.text_bytes == sum(texts)
    assert source_inputs(both) == source_inputs(a.run) + source_inputs(b.run)
    fractions = {1.0 if run.sampled is None else run.sampled.fraction for run in (a.run, b.run)}
    assert both.sampled.fraction == (fractions.pop() if len(fractions) == 1 else None)


@given(records(), records())
@settings(deadline=None, max_examples=10)
def test_a_sum_is_no_better_designed_than_its_parts(a, b):
    order = ["documents", "shards", "block"]
    designs = [each.run.design for each in (a, b, add(a, b))]
    assert designs[2] == max(designs[:2], key=order.index)


@given(records())
@settings(deadline=None, max_examples=3)
def test_files_of_one_kind_and_pass_are_one_row_of_a_sum(a):
    text = IntermediateFiles("text.arrow", "intermediate", 0, 2, 700, 9, 1500)
    rows = IntermediateFiles("rows.npy", "intermediate", 1, 2, 50, 4, 800)
    one, other = (
        dataclasses.replace(a, run=dataclasses.replace(a.run, intermediate_files=files))
        for files in ((text,), (rows, text))
    )
    assert add(one, other).run.intermediate_files == (
        IntermediateFiles("text.arrow", "intermediate", 0, 4, 1400, 18, 3000),
        rows,
    )
