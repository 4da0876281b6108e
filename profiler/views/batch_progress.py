"""Progress of a batch: live per domain on a terminal, a line a minute where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from pipeline.engines.local.run import RunProgress
from profiler.batch import How
from profiler.measurement import WORK
from profiler.unfinished import FinishedUnits
from profiler.views.progress import run_progress
from profiler.views.terminal.tables import safe


class BatchLines:
    """Tells which domain is worked on, how far it is, and how each ended."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock

    @contextmanager
    def domain(self, name: str, number: int, of: int, run: Path) -> Iterator[RunProgress]:
        """Progress of one domain's run: speed, funnel and CPU so far, and the time left."""
        self._console.print(safe(f"domain {number} of {of}: {name}", style="bold"))
        units = FinishedUnits(run / WORK)
        with run_progress(self._console, name, units.so_far, self._clock) as progress:
            yield progress

    def ended(self, name: str, how: How, reason: str = "") -> None:
        """A domain is on record, or failed."""
        told = f"{name}: {how}{f': {reason}' if reason else ''}"
        self._console.print(safe(told, style="red" if how == "failed" else ""), soft_wrap=True)
