"""Progress of a run: what is told, how often, and that a run without a terminal tells it too."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from profiler.unfinished import FinishedUnits, SoFar
from profiler.views.progress import LiveProgress, MinuteLines, run_progress, so_far_text

SO_FAR = SoFar(14_400, 9_879, {"read": 1.0, "quality [x]": 2.5, "c4": 0.5, "fineweb": 1.0})


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(clock: Clock, reading=None) -> tuple[MinuteLines, io.StringIO]:
    out = io.StringIO()
    return MinuteLines(Console(file=out, width=80), "runs/web", clock, reading), out


def live(clock: Clock, reading=None) -> tuple[LiveProgress, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, width=160, force_terminal=True)
    return LiveProgress(console, reading, clock), out


def test_the_funnel_so_far_and_the_dearest_stages():
    assert so_far_text(SO_FAR) == (
        "kept 9,879 of 14,400 docs (68.6 %); CPU: quality [x] 50 %, read 20 %, fineweb 20 %"
    )


@pytest.mark.parametrize(
    ("so_far", "told"),
    [
        (None, ""),
        (SoFar(0, 0, {}), ""),
        (SoFar(0, 0, {"read": 0.0}), ""),
        (SoFar(0, 0, {"read": 1.0}), "CPU: read 100 %"),
        (SoFar(10, 0, {}), "kept 0 of 10 docs (0.0 %)"),
    ],
)
def test_what_is_not_known_yet_is_not_told(so_far, told):
    assert so_far_text(so_far) == told


def test_a_minute_line_has_speed_funnel_and_time_left():
    clock = Clock()
    progress, out = lines(clock, lambda: SO_FAR)
    progress.leg("pass 1 of 2", {0: 100, 1: 300})
    clock.now = 30.0
    progress.moved({"text_bytes": 60_000_000})
    clock.now = 60.0
    progress.shard_done(0)
    first, second = out.getvalue().splitlines()
    assert first == "runs/web: pass 1 of 2, 0/2 shards"
    assert second == (
        "runs/web: pass 1 of 2, 1/2 shards, 60 MB text 1.0 MB/s; "
        f"{so_far_text(SO_FAR)}; about 3 min left in this pass"
    )


def test_finished_shards_are_read_once_a_minute_at_most():
    clock, asked = Clock(), []
    progress, _ = lines(clock, lambda: asked.append(clock.now))
    progress.leg("pass 1 of 2", dict.fromkeys(range(300), 10))
    for shard in range(300):
        clock.now += 1.0
        progress.shard_done(shard)
    assert asked == [60.0, 120.0, 180.0, 240.0, 300.0]


def test_a_terminal_shows_the_funnel_below_the_bar():
    clock = Clock()
    progress, out = live(clock, lambda: SO_FAR)
    with progress:
        progress.leg("pass 1 of 2", {0: 100, 1: 300})
        clock.now = 5.0
        progress.moved({"text_bytes": 50_000_000})
        progress.shard_done(0)
    text = out.getvalue()
    assert "1/2 shards" in text
    assert "50 MB text 10.0 MB/s" in text
    assert "kept 9,879 of 14,400 docs (68.6 %)" in text
    assert "quality [x] 50 %" in text


def test_a_terminal_reads_finished_shards_every_other_second_at_most():
    clock, asked = Clock(), []
    progress, _ = live(clock, lambda: asked.append(clock.now))
    progress.leg("pass 1 of 2", dict.fromkeys(range(100), 10))
    for shard in range(100):
        clock.now += 0.1
        progress.shard_done(shard)
    assert 4 <= len(asked) <= 5


def test_the_console_decides():
    piped, terminal = Console(file=io.StringIO()), Console(file=io.StringIO(), force_terminal=True)
    assert isinstance(run_progress(piped, "web", lambda: None), MinuteLines)
    assert isinstance(run_progress(terminal, "web", lambda: None), LiveProgress)


def test_names_do_not_act():
    clock = Clock()
    progress, out = lines(clock)
    progress.leg("pass \x1b[31m1", {})
    assert out.getvalue() == "runs/web: pass 1\n"


def test_nothing_is_known_before_the_first_shard(tmp_path):
    assert FinishedUnits(tmp_path / "nowhere").so_far() is None
