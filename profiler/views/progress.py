"""Live progress of a run on a terminal: shards, text, speed, time left. Quiet elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn


class LiveProgress:
    """Draws what the engine tells; nothing at all when the console is no terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[shards]}"),
            TextColumn("{task.fields[volume]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._todo: Mapping[int, int] = {}
        self._partial: dict[int, int] = {}
        self._done = 0
        self._text_bytes = 0
        self._task = self._progress.add_task("starting", total=None, shards="", volume="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def leg(self, title: str, todo: Mapping[int, int]) -> None:
        """Begin a new line of progress."""
        self._progress.remove_task(self._task)
        self._todo, self._partial, self._done, self._text_bytes = todo, {}, 0, 0
        total = sum(todo.values()) or None
        self._task = self._progress.add_task(title, total=total, shards="", volume="")
        self._draw()

    def shard_done(self, shard: int) -> None:
        """All of a shard is behind us."""
        self._partial[shard] = self._todo.get(shard, 0)
        self._done += 1
        self._draw()

    def moved(self, message: dict[str, Any]) -> None:
        """A worker read or finished some bytes."""
        self._text_bytes += message.get("text_bytes", 0)
        if "stored_bytes" in message and "shard" in message:
            self._partial[message["shard"]] = message["stored_bytes"]
        self._draw()

    def _draw(self) -> None:
        task = self._progress.tasks[-1]
        elapsed = task.elapsed or 0.0
        speed = f" {self._text_bytes / 1e6 / elapsed:,.1f} MB/s" if elapsed > 1 else ""
        self._progress.update(
            self._task,
            completed=min(sum(self._partial.values()), task.total or 0),
            shards=f"{self._done}/{len(self._todo)} shards" if self._todo else "",
            volume=f"{self._text_bytes / 1e6:,.0f} MB text{speed}" if self._text_bytes else "",
        )
