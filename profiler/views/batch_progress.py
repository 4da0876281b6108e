"""Progress of a batch: live per domain on a terminal, a line a minute where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from pipeline.engines.local.run import RunProgress
from profiler.batch import How
from profiler.views.progress import LiveProgress
from profiler.views.terminal.tables import safe

SECONDS_BETWEEN_LINES = 60.0


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


class MinuteLines:
    """A line when a part of a run begins, and one a minute while it goes on."""

    def __init__(self, console: Console, name: str, clock: Callable[[], float]) -> None:
        self._console = console
        self._name = name
        self._clock = clock
        self._title = ""
        self._todo: Mapping[int, int] = {}
        self._done: set[int] = set()
        self._text_bytes = 0
        self._last = clock()

    def leg(self, title: str, todo: Mapping[int, int]) -> None:
        """A part begins."""
        again = title == self._title
        self._title, self._todo, self._done, self._text_bytes = title, todo, set(), 0
        if not again:
            self._tell()

    def shard_done(self, shard: int) -> None:
        """All of a shard is behind us."""
        self._done.add(shard)
        self._tell_each_minute()

    def moved(self, message: dict[str, Any]) -> None:
        """A worker read or finished some bytes."""
        self._text_bytes += message.get("text_bytes", 0)
        self._tell_each_minute()

    def _tell_each_minute(self) -> None:
        if self._clock() - self._last >= SECONDS_BETWEEN_LINES:
            self._tell()

    def _tell(self) -> None:
        self._last = self._clock()
        shards = f", {len(self._done)}/{len(self._todo)} shards" if self._todo else ""
        volume = f", {self._text_bytes / 1e6:,.0f} MB text" if self._text_bytes else ""
        self._console.print(safe(f"{self._name}: {self._title}{shards}{volume}"), soft_wrap=True)
