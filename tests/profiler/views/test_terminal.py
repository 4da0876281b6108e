"""The terminal: 80 columns, plain when piped, nothing hostile acts, no forbidden point."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from rich.cells import cell_len
from rich.console import Console

from profiler.views.terminal import show_budget, show_comparison, show_forecast, show_run


def piped(show, *arguments, width=80) -> str:
    """What a file or pipe receives."""
    stream = io.StringIO()
    show(*arguments, Console(file=stream, width=width))
    return stream.getvalue()


def shown(show, *arguments) -> str:
    """What a terminal with colours receives."""
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system="truecolor")
    show(*arguments, console)
    return stream.getvalue()


def row(text: str, name: str) -> str:
    """The first line that starts with ``name``."""
    return next(line for line in text.splitlines() if line.startswith(name))


@pytest.fixture
def everything(record, forecast, budget):
    return (
        piped(show_run, record)
        + piped(show_forecast, forecast)
        + piped(show_budget, budget)
        + piped(show_comparison, record, record)
    )


def test_lines_fit_80_columns_and_carry_no_escape(everything):
    assert max(cell_len(line) for line in everything.splitlines()) <= 80
    assert "\x1b" not in everything
    assert "…" not in everything.replace("… and", "")


def test_the_funnel_shows_documents_bytes_tokens_and_both_retentions(record):
    text = piped(show_run, record)
    assert row(text, "near-dedup").split() == [
        "near-dedup", "5,000", "24.0", "6.00", "M",
        "86.2", "%", "88.9", "%", "50.0", "%", "60.0", "%",
    ]  # fmt: skip
    assert "c4-lines cut 1.5 MB" in text


def test_the_cpu_table_keeps_phases_and_fixed_rows_apart(record):
    text = piped(show_run, record)
    table = text[text.index("What burns the CPU") :]
    assert row(table, "gopher-quality").split() == [
        "gopher-quality", "1.25", "17.6", "%", "32.0", "210.0"
    ]  # fmt: skip
    assert row(table, "· resolve").split() == ["·", "resolve", "0.200", "2.8", "%"]
    assert row(table, "(start-up)").split()[1] == "1.10"
    assert row(table, "read").split()[1] == "0.800"


def test_a_run_tells_what_was_lost_and_how_it_was_measured(record):
    text = " ".join(piped(show_run, record).split())
    for said in (
        "malformed line: 3 (420 B)",
        "2024/shard-0.jsonl.gz:17: malformed line",
        "skipped shard 2024/broken.jsonl.gz: truncated archive",
        "Ledger: closed",
        "closed: 10,000 in = 5,000 out + 5,000 dropped",
        "operating system 7.10 s = rows 7.05 s + unattributed 0.05 s",
        "published bytes per token by script",
        "120 calls × 20.0 µs = 0.002 CPU-seconds",
        "two shards only",
        "memory 8 GB",
    ):
        assert said in text


def test_a_sum_of_records_says_that_its_duplicates_are_apart(record, record_with):
    assert "sum of" not in piped(show_run, record)
    assert "copies of a document across them are not seen" in piped(show_run, record_with(parts=3))


def test_an_open_ledger_is_said_aloud(record_with):
    ledger = {
        "documents_closed": False,
        "bytes_closed": True,
        "cpu_closed": True,
        "faults": ["shard a, stage b: 3 documents expected, 2 enter"],
    }
    text = piped(show_run, record_with(state="failed", ledger=ledger))
    assert "failed" in text.splitlines()[0]
    assert "Ledger: DOES NOT CLOSE" in text
    assert "3 documents expected, 2 enter" in text


def test_a_forecast_prints_no_point_that_its_state_forbids(forecast):
    text = piped(show_forecast, forecast)
    assert "72–86 %" in row(text, "exact-dedup")
    assert "80 %" not in text
    assert "62 % (56–66)" in row(text, "gopher-quality")
    cpu = text[text.index("CPU-hours\n") :]
    assert re.search(r"near-dedup +30,000–42,000 ", cpu)
    assert "36,000" not in cpu


def test_a_budget_tells_counted_from_memo_from_unknown(budget):
    text = piped(show_budget, budget)
    counted = text[: text.index("Memo:")]
    memo = text[text.index("Memo:") : text.index("Not in the total")]
    assert "published rule" not in counted
    assert "28,000" in memo
    assert "screening, quality model: not priced" in text
    assert "Lows" in counted
    assert "115 days old" in text
    assert "dated after today" in text
    assert "storage.raw_months = 12: a plan" in text


def test_a_comparison_shows_differences_in_points_and_speed(record, record_with):
    fast = record.run.stages[0].__class__(
        "gopher-quality", "rules", 10_000, 7_200, 40_000_000, 34_000_000, 0,
        None, None, 0.625, {}, None, {},
    )  # fmt: skip
    text = piped(show_comparison, record, record_with(stages=(fast,), workers=4))
    kept, speed = (line for line in text.splitlines() if line.startswith("gopher-quality"))
    assert "+10.0" in kept
    assert "× 2.00" in speed
    assert row(text, "workers").split() == ["workers", "A:", "2;", "B:", "4"]


@pytest.mark.parametrize("write", [piped, shown])
def test_hostile_text_does_not_act(write, hostile_plan):
    record, forecast, budget = hostile_plan
    text = (
        write(show_run, record)
        + write(show_forecast, forecast)
        + write(show_budget, budget)
        + write(show_comparison, record, record)
    )
    ours = re.sub(r"\x1b\[[0-9;]*m", "", text)  # colours that rich itself wrote
    assert "evil.example" in ours
    assert not [c for c in ours if c != "\n" and unicodedata.category(c)[0] == "C"]
    assert "\x1b[31m" not in text
    assert "\x1b]8" not in text
    assert "[bold red]rich[/bold red]" in "".join(ours.split("\n")).replace("  ", "")
    assert max(cell_len(line) for line in ours.splitlines()) <= 80


def test_a_terminal_gets_style_and_the_same_words(record):
    assert "\x1b[1m" in shown(show_run, record)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown(show_run, record))
    assert plain == piped(show_run, record)


def test_a_large_corpus_fits_too(record_with):
    run = record_with().run
    big = tuple(
        type(s)(
            f"a-stage-with-a-long-name-{n}", s.kind, s.docs_in * 10**8, s.docs_out * 10**8,
            s.bytes_in * 10**8, s.bytes_out * 10**8, 0, 1e13, 1e13, 1e9, {}, 10**11, {},
        )
        for n, s in enumerate(run.stages)
    )  # fmt: skip
    text = piped(show_run, record_with(stages=big))
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "620.0 bn" in text or "620 bn" in text
