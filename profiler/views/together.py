"""What several runs measured, side by side and added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from profiler.record.schema import Run
from profiler.views.figures import ABSENT, byte_count, duration, percent, short

Row = tuple[str, tuple[str, ...]]


def measured_rows(runs: Sequence[Run]) -> tuple[Row, ...]:
    """A row per figure with a cell for each run, and one for all of them together.

    What is added is what was measured: bytes, documents and CPU. Shares are of the sums. Empty for
    fewer than two runs.
    """
    if len(runs) < 2:
        return ()

    def row(label: str, of: Callable[[Run], float], text: Callable[[float], str]) -> Row:
        values = [of(run) for run in runs]
        return label, tuple(text(value) for value in (*values, sum(values)))

    return (
        row("stored", lambda run: run.totals.stored_bytes, byte_count),
        row("text read", lambda run: run.totals.bytes_in, byte_count),
        row("text kept", lambda run: run.totals.bytes_out, byte_count),
        row("documents read", lambda run: run.totals.docs_in, short),
        row("documents kept", lambda run: run.totals.docs_out, short),
        ("share of documents kept", _shares(runs)),
        row("CPU time", lambda run: run.totals.os_cpu_seconds, duration),
    )


def _shares(runs: Sequence[Run]) -> tuple[str, ...]:
    pairs = [(run.totals.docs_out, run.totals.docs_in) for run in runs]
    pairs.append((sum(kept for kept, _ in pairs), sum(read for _, read in pairs)))
    return tuple(percent(kept / read) if read else ABSENT for kept, read in pairs)
