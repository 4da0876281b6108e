"""The published cost model on the terminal: formulas, worked examples, ranges, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from profiler.money.ranges import plain
from profiler.money.units import NO_UNIT
from profiler.published.check import Checked, checked
from profiler.published.model import Example, Formula, Issue, PriceRange
from profiler.published.programme import StepRange
from profiler.views.figures import ABSENT
from profiler.views.terminal.tables import definitions, heading, note, safe, table

LARGE = 1e9  # from here a figure is written with its power of ten


def show_formulas(rows: Sequence[Formula], console: Console) -> None:
    """One paragraph per formula, with its source."""
    heading(console, "Formulas of the published cost model")
    definitions(console, [(row.id, f"{row.what}: {row.expression}; {row.source}") for row in rows])


def show_formula(row: Formula, console: Console) -> None:
    """One formula, with our function."""
    heading(console, row.id)
    pairs = [("what", row.what), ("formula", row.expression), ("domain", row.domain)]
    pairs += [("our function", f"profiler.money.{row.function}"), ("source", row.source)]
    definitions(console, [(term, text) for term, text in [*pairs, ("note", row.note)] if text])


def show_examples(rows: Sequence[Example], console: Console) -> None:
    """One line per worked example, with its source."""
    heading(console, "Worked examples of the published cost model")
    definitions(
        console,
        [(row.id, f"{_figure(row.expected, row.unit)}, {row.kind}; {row.source}") for row in rows],
    )
    note(console, "`corpuscost published --check` holds our formulas against them.")


def show_example(row: Example, console: Console) -> None:
    """One worked example with its inputs, and what our formula gives."""
    done = checked(row)
    heading(console, row.id)
    inputs = ", ".join(f"{name} {plain(value)}" for name, value in row.inputs.items())
    pairs = [
        ("formula", row.formula),
        ("inputs", inputs),
        ("published", _figure(row.expected, row.unit)),
        ("computed", f"{_figure(done.computed, row.unit)}{_off(done)}"),
        ("kind", row.kind),
        ("agrees", verdict(done)),
        ("assumption", row.assumption),
        ("source", row.source),
        ("note", row.note),
    ]
    definitions(console, [(term, text) for term, text in pairs if text])


def show_ranges(ranges: Sequence[PriceRange], console: Console) -> None:
    """Published prices of whole jobs."""
    heading(console, "Published prices of whole jobs, USD")
    definitions(console, [(row.id, f"{row.what}: {_usd(row)}; {row.source}") for row in ranges])


def show_steps(rows: Sequence[StepRange], console: Console) -> None:
    """Published bounds of the steps around pre-training."""
    heading(console, "Published bounds of the steps around pre-training")
    definitions(console, [(row.id, f"{row.what}: {_step(row)}; {row.source}") for row in rows])


def show_range(row: PriceRange | StepRange, console: Console) -> None:
    """One range, with its source."""
    heading(console, row.what)
    bounds = _usd(row) + " USD" if isinstance(row, PriceRange) else _step(row)
    pairs = [("range", bounds), ("source", row.source), ("note", row.note)]
    definitions(console, [(term, text) for term, text in pairs if text])


def show_issues(rows: Sequence[Issue], console: Console) -> None:
    """What does not fit in the published model, and how it is read here."""
    heading(console, "What does not fit in the published cost model, and how it is read here")
    definitions(
        console, [(row.id, f"{row.what}. Here: {row.reading}; {row.source}") for row in rows]
    )


def show_issue(row: Issue, console: Console) -> None:
    """One fault of the published model."""
    heading(console, row.id)
    definitions(console, [("what", row.what), ("here", row.reading), ("source", row.source)])


def show_check(rows: Sequence[Checked], console: Console) -> None:
    """Worked examples of the published model against what our formulas give."""
    heading(console, "Published examples against our formulas")
    grid = table("example", "kind", "published", "computed", "off by", "agrees", names=2)
    for row in rows:
        example = row.example
        published, computed = _figure(example.expected, example.unit), _figure(row.computed)
        off = f"{row.difference:+.1%}" if abs(row.difference) >= 5e-4 else ABSENT
        cells = (example.kind, published, computed, off, verdict(row))
        grid.add_row(*(safe(cell) for cell in (example.id, *cells)))
    console.print(grid)
    note(console, "mismatch: the source's own figures do not close; kept as they are, not forced.")
    for row in rows:
        if row.example.assumption:
            note(console, f"{row.example.id}: it closes if {row.example.assumption}.")


def verdict(row: Checked) -> str:
    """Whether an example agrees as its kind says."""
    if not row.agrees:
        return "NO"
    return "no, as known" if row.example.kind == "mismatch" else "yes"


def _figure(value: float, unit: str = NO_UNIT) -> str:
    """A figure to read, without what floating point adds, with its unit if it has one."""
    number = f"{value:.6g}" if abs(value) >= LARGE else plain(float(f"{value:.9g}"))
    return number if unit == NO_UNIT else f"{number} {unit}"


def _off(row: Checked) -> str:
    return f", {row.difference:+.1%}" if abs(row.difference) >= 5e-4 else ""


def _usd(row: PriceRange) -> str:
    low, high = plain(row.low_usd), plain(row.high_usd)
    return low if low == high else f"{low} to {high}"


def _step(row: StepRange) -> str:
    low, high = plain(row.low), plain(row.high)
    bounds = low if low == high else f"{low} to {high}"
    return f"{bounds} times the compute of {row.of}" if row.of else f"{bounds} USD"
