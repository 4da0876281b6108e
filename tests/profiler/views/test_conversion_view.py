"""The terminal view of a conversion: figures, hostile names, and the progress bar."""

from __future__ import annotations

import io

from rich.console import Console

from profiler.conversion.rates import rate_estimate, share_estimate
from profiler.conversion.record import (
    CONVERSION_VERSION,
    ConversionRecord,
    ConvertedFile,
    conversion_totals,
)
from profiler.views.terminal.conversion import MOST_ROWS, ConversionBar, show_conversion


def file(name: str, pages: int, cpu_seconds: float, end_mark: bool = True) -> ConvertedFile:
    return ConvertedFile(name, 2000, pages, 0, 1, 0, 500, cpu_seconds, (cpu_seconds,) * 3, end_mark)


def shown(*files: ConvertedFile) -> str:
    record = ConversionRecord(
        CONVERSION_VERSION,
        "2026-11-24T12:00:00+00:00",
        {},
        {},
        "made up",
        files,
        (),
        conversion_totals(files),
        rate_estimate(files, ()),
        share_estimate(files, ()),
        ("no optical character recognition",),
    )
    out = io.StringIO()
    show_conversion(record, Console(file=out, width=120, highlight=False))
    return out.getvalue()


def test_figures_and_faults_are_all_there() -> None:
    text = shown(
        file("a.pdf", 10, 1.0),
        file("b.pdf", 30, 1.0, end_mark=False),
        ConvertedFile("c.pdf", 5, fault="encrypted"),
        ConvertedFile("d.pdf", 5, fault="damaged", detail="Data format error"),
    )
    flat = " ".join(text.split())
    assert "2 converted, 2 not: 1 needs a password, 1 no PDF, or damaged beyond repair" in flat
    assert "20 (" in flat  # 40 pages in 2 CPU-seconds
    assert "2 pages, 5.0%" in flat
    assert "b.pdf (cut off?)" in flat
    assert "(Data format error)" in flat
    assert "- no optical character recognition" in flat
    assert "the median of 3 pass(es)" in flat


def test_many_files_are_cut_to_the_slowest() -> None:
    text = shown(*(file(f"f{n:03}.pdf", 10, n + 1.0) for n in range(40)))
    assert "f039.pdf" in text
    assert "f000.pdf" not in text
    assert f"The {MOST_ROWS} files that took longest" in text
    failed = (ConvertedFile(f"x{n}.pdf", 5, fault="crashed") for n in range(30))
    assert "and 15 more, in the record" in shown(file("a.pdf", 1, 1.0), *failed)


def test_names_cannot_act_on_the_terminal() -> None:
    bad = ConvertedFile("\x1b]0;owned\x07[bold]x[/bold].pdf", 5, fault="damaged")
    text = shown(file("\x1b[31mred\x1b[0m[link].pdf", 1, 1.0), bad)
    assert "\x1b" not in text
    assert "[bold]x[/bold].pdf" in text
    assert "red[link].pdf" in text


def test_the_bar_draws_on_a_terminal_only() -> None:
    for terminal in (True, False):
        out = io.StringIO()
        console = Console(file=out, force_terminal=terminal, width=100)
        with ConversionBar(console) as bar:
            bar.begin(2, 3)
            for _ in range(6):
                bar.converted(50)
        assert ("300 pages" in out.getvalue()) == terminal
        assert bool(out.getvalue()) == terminal
