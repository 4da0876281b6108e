"""Progress of a run: live on a terminal, a line a minute where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from profiler.unfinished import SoFar
from profiler.views.figures import duration, percent, short
from profiler.views.terminal.tables import safe

SECONDS_BETWEEN_LINES = 60.0
SECONDS_BETWEEN_READINGS = 2.0  # of what finished shards have on file, on a terminal
STAGES_SHOWN = 3
Reading = Callable[[], SoFar | None]


@dataclass(slots=True)
class Pass:
    """One part of a run, as the engine tells of it."""

    title: str = "starting"
    todo: Mapping[int, int] = field(default_factory=dict)
    began: float = 0.0
    text_bytes: int = 0
    done: int = 0
    behind: dict[int, int] = field(default_factory=dict)  # stored bytes by shard

    def shard_done(self, shard: int) -> None:
        """All of a shard is behind us."""
        self.behind[shard] = self.todo.get(shard, 0)
        self.done += 1

    def moved(self, message: Mapping[str, Any]) -> None:
        """A worker read or finished some bytes."""
        self.text_bytes += message.get("text_bytes", 0)
        if "stored_bytes" in message and "shard" in message:
            self.behind[message["shard"]] = message["stored_bytes"]

    @property
    def total_bytes(self) -> int:
        """Stored bytes of all shards."""
        return sum(self.todo.values())

    @property
    def behind_bytes(self) -> int:
        """Stored bytes that are behind us."""
        return min(sum(self.behind.values()), self.total_bytes)

    def shards(self) -> str:
        """``3/10 shards``."""
        return f"{self.done}/{len(self.todo)} shards" if self.todo else ""

    def volume(self, now: float) -> str:
        """``40 MB text 12.3 MB/s``; the speed once there is one to tell."""
        if not self.text_bytes:
            return ""
        elapsed = now - self.began
        speed = f" {self.text_bytes / 1e6 / elapsed:,.1f} MB/s" if elapsed > 1 else ""
        return f"{self.text_bytes / 1e6:,.0f} MB text{speed}"

    def time_left(self, now: float) -> str:
        """``about 3 min left in this pass``; nothing before a first part of it is done."""
        behind, total = self.behind_bytes, self.total_bytes
        if not behind or behind >= total:
            return ""
        return f"about {duration((now - self.began) * (total - behind) / behind)} left in this pass"


def so_far_text(so_far: SoFar | None) -> str:
    """``kept 9,879 of 14,400 docs (68.6 %); CPU: quality 31 %, read 12 %``, of finished shards."""
    if so_far is None:
        return ""
    total = sum(so_far.cpu_seconds.values())
    by_share = sorted(so_far.cpu_seconds.items(), key=lambda spent: -spent[1])[:STAGES_SHOWN]
    stages = ", ".join(f"{name} {100 * spent / total:.0f} %" for name, spent in by_share if total)
    part = percent(so_far.docs_kept / so_far.docs_read) if so_far.docs_read else ""
    kept = f"kept {short(so_far.docs_kept)} of {short(so_far.docs_read)} docs ({part})"
    return "; ".join(([kept] if part else []) + ([f"CPU: {stages}"] if stages else []))


class _Bars(Progress):
    """Bars with a line below."""

    footer = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.footer:
            yield safe(f"  {self.footer}", style="dim")


class LiveProgress:
    """Draws what the engine tells; nothing at all when the console is no terminal.

    ``reading`` tells of finished shards, for a line of funnel and CPU below the bar.
    """

    def __init__(
        self,
        console: Console,
        reading: Reading | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bars = _Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[shards]}"),
            TextColumn("{task.fields[volume]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._reading = reading if console.is_terminal else None
        self._clock = clock
        self._read_at = clock()
        self._pass = Pass(began=clock())
        self._task = self._bars.add_task("starting", total=None, shards="", volume="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def leg(self, title: str, todo: Mapping[int, int]) -> None:
        """Begin a new line of progress."""
        self._bars.remove_task(self._task)
        self._pass = Pass(title, todo, self._clock())
        total = self._pass.total_bytes or None
        self._task = self._bars.add_task(title, total=total, shards="", volume="")
        self._draw()

    def shard_done(self, shard: int) -> None:
        """All of a shard is behind us."""
        self._pass.shard_done(shard)
        self._read()
        self._draw()

    def moved(self, message: dict[str, Any]) -> None:
        """A worker read or finished some bytes."""
        self._pass.moved(message)
        self._draw()

    def _read(self) -> None:
        now = self._clock()
        if self._reading is not None and now - self._read_at >= SECONDS_BETWEEN_READINGS:
            self._read_at = now
            self._bars.footer = so_far_text(self._reading())

    def _draw(self) -> None:
        self._bars.update(
            self._task,
            completed=self._pass.behind_bytes,
            shards=self._pass.shards(),
            volume=self._pass.volume(self._clock()),
        )


class MinuteLines:
    """A line when a part of a run begins, and one a minute while it goes on."""

    def __init__(
        self,
        console: Console,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        reading: Reading | None = None,
    ) -> None:
        self._console = console
        self._name = name
        self._clock = clock
        self._reading = reading
        self._pass = Pass("", began=clock())
        self._last = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def leg(self, title: str, todo: Mapping[int, int]) -> None:
        """A part begins."""
        again = title == self._pass.title
        self._pass = Pass(title, todo, self._clock())
        if not again:
            self._tell()

    def shard_done(self, shard: int) -> None:
        """All of a shard is behind us."""
        self._pass.shard_done(shard)
        self._tell_each_minute()

    def moved(self, message: dict[str, Any]) -> None:
        """A worker read or finished some bytes."""
        self._pass.moved(message)
        self._tell_each_minute()

    def _tell_each_minute(self) -> None:
        if self._clock() - self._last >= SECONDS_BETWEEN_LINES:
            self._tell(self._reading)

    def _tell(self, reading: Reading | None = None) -> None:
        self._last = now = self._clock()
        parts = (self._pass.title, self._pass.shards(), self._pass.volume(now))
        told = f"{self._name}: {', '.join(part for part in parts if part)}"
        more = (so_far_text(reading()) if reading else "", self._pass.time_left(now))
        self._console.print(safe("; ".join([told, *filter(None, more)])), soft_wrap=True)


def run_progress(
    console: Console,
    name: str,
    reading: Reading,
    clock: Callable[[], float] = time.monotonic,
) -> LiveProgress | MinuteLines:
    """Live on a terminal, else lines that begin with ``name``."""
    if console.is_terminal:
        return LiveProgress(console, reading, clock)
    return MinuteLines(console, name, clock, reading)
