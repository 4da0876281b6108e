"""What several runs measured, added up."""

from __future__ import annotations

from dataclasses import replace

from profiler.views.together import measured_rows


def test_runs_are_added_and_shares_are_of_the_sums(record):
    one = record.run
    totals = replace(one.totals, docs_in=3000, docs_out=1000, stored_bytes=2_000_000_000)
    other = replace(one, totals=totals)
    rows = dict(measured_rows([one, other]))
    read = one.totals.docs_in + 3000
    kept = one.totals.docs_out + 1000
    assert rows["documents read"] == (f"{one.totals.docs_in:,}", "3,000", f"{read:,}")
    assert rows["share of documents kept"][1:] == ("33.3 %", f"{100 * kept / read:.1f} %")
    assert rows["stored"][1] == "2 GB"
    assert all(len(cells) == 3 for cells in rows.values())


def test_of_one_run_nothing_is_added_up(record):
    assert measured_rows([record.run]) == ()
