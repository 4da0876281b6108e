"""Progress of a batch: live per domain on a terminal, a line a minute where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from pipeline.engines.local.run import RunProgress
from profiler.batch import How
from profiler.views.progress import LiveProgress, MinuteLines
from profiler.views.terminal.tables import safe


class BatchLines:
    """Tells which domain is worked on, how far it is, and how each ended."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock

    @contextmanager
    def domain(self, name: str, number: int, of: int) -> Iterator[RunProgress]:
        """Progress of one domain's run."""
        self._console.print(safe(f"domain {number} of {of}: {name}", style="bold"))
        if not self._console.is_terminal:
            yield MinuteLines(self._console, name, self._clock)
            return
        with LiveProgress(self._console) as progress:
            yield progress

    def ended(self, name: str, how: How, reason: str = "") -> None:
        """A domain is on record, or failed."""
        told = f"{name}: {how}{f': {reason}' if reason else ''}"
        self._console.print(safe(told, style="red" if how == "failed" else ""), soft_wrap=True)
