"""The answer in sentences."""

from __future__ import annotations

from profiler.views.answer import headlines, not_counted, sentences, spoken


def test_a_run_alone_claims_nothing_about_the_whole(record):
    kept, burnt, scaled = sentences(record.run, None, None)
    assert "50.0 % of the documents and 60.0 % of the text bytes survive" in kept
    assert "near-dedup took most, 28.2 %" in burnt
    assert "nothing was scaled" in scaled


def test_bounds_read_as_bounds(record, forecast, budget):
    survival, cost, work, sure, missing = sentences(record.run, forecast, budget)
    assert "between 31.7 and 37.8 % of the documents" in survival
    assert "1 PB (stored bytes)" in survival
    assert "1.7 million (1.1–2.4) USD; the largest part is crawling with 80.9 %" in cost
    assert "The point is a plan" in cost
    assert "between 66,000 and 80,000 CPU-hours" in work
    assert "exact-dedup, near-dedup" in sure
    assert missing == "Not in the total: quality model."


def test_a_point_reads_as_a_point(record, forecast_in, budget):
    survival, cost, *_ = sentences(record.run, forecast_in("rough"), budget)
    assert "34.7 % (31.7–37.8) of the documents" in survival
    assert "plan" not in cost


def test_headlines_say_where_no_point_is_known(record, forecast, budget):
    found = {line.name: line for line in headlines(record.run, forecast, budget)}
    assert found["total, USD"].value == "1.7 million"
    assert found["total, USD"].interval == "1.1–2.4 million"
    assert found["documents kept"].value == "31.7–37.8 %"
    assert "no point is known" in found["documents kept"].aside


def test_three_sentences_say_what_survives_what_it_costs_and_how_sure(record, forecast, budget):
    survival, cost, doubt = spoken(record.run, forecast, budget)
    assert survival == sentences(record.run, forecast, budget)[0]
    assert "1.7 million (1.1–2.4) USD, 80.9 % of that for crawling, and takes" in cost
    assert "between 66,000 and 80,000 CPU-hours" in cost
    assert "only bounds for what exact-dedup, near-dedup leave," in doubt
    assert "hangs most on the price of a TB of storage, which moves it" in doubt


def test_with_a_point_nothing_is_planned_between_bounds(record, forecast_in, budget):
    doubt = spoken(record.run, forecast_in("rough"), budget)[-1]
    assert "rough point for what exact-dedup, near-dedup leave" in doubt
    assert "between them" not in doubt


def test_what_is_not_in_the_total_is_said_apart(budget):
    assert not_counted(budget) == "Not in the total: quality model."
    assert not_counted(None) == ""


def test_headlines_per_unit(record, forecast, budget):
    found = {line.name: line for line in headlines(record.run, forecast, budget)}
    assert found["USD per TB raw"].value == "1,700"
    assert "no point is known" in found["USD per billion clean tokens"].aside
    assert "core-hours paid" not in found
