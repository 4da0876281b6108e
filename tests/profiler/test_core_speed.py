"""The score of a core: known answers on fake clocks, the same work everywhere, strict files."""

from __future__ import annotations

import hashlib
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from pipeline.errors import ConfigError, CorpuscostError
from profiler import core_speed, core_workload
from profiler.cli.main import cli
from profiler.core_speed import (
    CoreSpeed,
    Reference,
    core_ratio,
    load_core_speed,
    load_reference,
    relative_spread,
    repeats_of,
    save_core_speed,
    score_core,
)
from profiler.core_workload import Part, sorted_keys, synthetic_text, walk, walk_cycle, workload
from profiler.views.terminal.calibration import show_core_ratio, show_core_speed

TEXT_DIGEST = "df414c457775aaa7"  # another text is another workload: change WORKLOAD with it
REFERENCE = Reference(1, "2026-11-24", "a test", {"processor": "P"}, {"a": 10.0, "b": 40.0})


class FakeMachine:
    """A clock that only the parts move, by seconds that a script gives, in turn."""

    def __init__(self, **seconds: list[float]) -> None:
        self.now = 0.0
        self.seconds = seconds
        self.calls = dict.fromkeys(seconds, 0)

    def clock(self) -> float:
        return self.now

    def part(self, name: str, megabytes: float = 1.0) -> Part:
        def run() -> None:
            script = self.seconds[name]
            self.now += script[self.calls[name] % len(script)]
            self.calls[name] += 1

        return Part(name, name, round(megabytes * 1e6), run)

    def score(self, budget_seconds: float = 1e9) -> CoreSpeed:
        parts = [self.part(name) for name in self.seconds]
        return score_core(budget_seconds, parts, REFERENCE, self.clock, self.clock)


def test_the_score_is_the_geometric_mean_over_the_reference():
    speed = FakeMachine(a=[0.05], b=[0.1]).score()  # 20 and 10 MB/s: twice and a quarter
    assert [part.mb_per_cpu_second for part in speed.parts] == pytest.approx([20.0, 10.0])
    assert [part.relative for part in speed.parts] == pytest.approx([2.0, 0.25])
    assert speed.score == pytest.approx(math.sqrt(0.5))
    assert speed.spread == pytest.approx(0.0)
    assert speed.settled
    assert core_speed.LEAST_SECONDS <= speed.wall_seconds < core_speed.LEAST_SECONDS + 0.2


def test_the_best_try_of_each_stretch_counts():
    noisy = [0.05, *[0.2] * 9]
    speed = FakeMachine(a=noisy, b=[0.1]).score()
    assert speed.parts[0].mb_per_cpu_second == pytest.approx(20.0)
    assert speed.settled


def test_one_lucky_stretch_does_not_move_the_median():
    """A fifth of the time at twice the speed: the score stays, the spread tells."""
    tries = [{"a": 20.0 if 20 <= n < 40 else 10.0} for n in range(100)]
    assert [best["a"] for best in repeats_of(tries)] == [10.0, 20.0, 10.0, 10.0, 10.0]
    assert relative_spread([10.0, 20.0, 10.0, 10.0, 10.0]) == 0.5


def test_tries_go_on_until_the_stretches_agree():
    """A busy spell from 5 to 45 seconds: no stretch may lie in it alone."""
    machine = FakeMachine(a=[0.1], b=[0.1])

    def run():
        machine.now += 0.2 if 5 < machine.now < 45 else 0.1

    parts = [replace(machine.part(name), run=run) for name in ("a", "b")]
    speed = score_core(1e9, parts, REFERENCE, machine.clock, machine.clock)
    assert speed.settled
    assert 60 < speed.wall_seconds < 120
    assert speed.parts[0].mb_per_cpu_second == pytest.approx(10.0)


def test_the_time_given_ends_it_and_the_doubt_is_told():
    machine = FakeMachine(a=[0.1], b=[0.1])
    parts = [machine.part(name) for name in ("a", "b")]

    def slower_and_slower():
        machine.now += 0.05 * 1.02 ** (machine.now / 2)

    parts[0] = replace(parts[0], run=slower_and_slower)
    speed = score_core(60.0, parts, REFERENCE, machine.clock, machine.clock)
    assert not speed.settled
    assert speed.spread > core_speed.SPREAD_WANTED
    assert 60.0 <= speed.wall_seconds < 61.0


def test_too_few_tries_have_no_spread():
    speed = FakeMachine(a=[0.05], b=[0.1]).score(budget_seconds=0.1)
    assert (speed.tries, speed.spread, speed.settled) == (1, None, False)
    assert repeats_of([{"a": 1.0}, {"a": 3.0}]) == [{"a": 1.0}, {"a": 3.0}]


def test_every_try_is_in_one_stretch():
    for count in range(5, 40):
        tries = [{"a": float(n)} for n in range(count)]
        found = repeats_of(tries)
        assert len(found) == core_speed.REPEATS
        assert found[-1] == {"a": count - 1.0}


def test_a_ratio_compares_part_by_part_and_the_reference_cancels():
    here = FakeMachine(a=[0.1], b=[0.1]).score()
    other = FakeMachine(a=[0.05], b=[0.08]).score()
    ratio = core_ratio(other, here)
    assert ratio.parts == pytest.approx({"a": 2.0, "b": 1.25})
    assert ratio.point == pytest.approx(math.sqrt(2.5))
    assert (ratio.low, ratio.high) == pytest.approx((1.25, 2.0))
    assert ratio.point == pytest.approx(other.score / here.score)
    assert core_ratio(here, here).point == 1.0
    assert core_ratio(replace(other, spread=0.03), replace(here, spread=0.04)).spread == 0.05
    assert core_ratio(replace(other, spread=None), here).spread is None


def test_only_the_same_work_is_compared():
    here = FakeMachine(a=[0.1], b=[0.1]).score()
    with pytest.raises(CorpuscostError, match="workload 2, this one workload 1"):
        core_ratio(replace(here, workload=2), here)
    with pytest.raises(CorpuscostError, match="lacks b"):
        core_ratio(replace(here, parts=here.parts[:1]), here)
    stale = replace(REFERENCE, workload=2)
    with pytest.raises(CorpuscostError, match="did workload 2"):
        score_core(1.0, [], stale)


def test_versions_that_differ_are_told():
    here = FakeMachine(a=[0.1], b=[0.1]).score()
    other = replace(here, versions={**here.versions, "numba": "0.1"})
    assert core_ratio(other, here).differences == (
        f"numba 0.1 there, {here.versions['numba']} here",
    )
    assert core_ratio(here, here).differences == ()


def test_a_file_comes_back_as_it_was(tmp_path):
    speed = FakeMachine(a=[0.1], b=[0.1]).score()
    save_core_speed(speed, tmp_path / "core.json")
    assert load_core_speed(tmp_path / "core.json") == speed
    assert [path.name for path in tmp_path.iterdir()] == ["core.json"]
    with pytest.raises(CorpuscostError, match="cannot be written"):
        save_core_speed(speed, tmp_path / "no" / "core.json")


def test_a_file_that_is_no_score_is_a_fault_with_the_next_step(tmp_path):
    path = tmp_path / "core.json"
    with pytest.raises(CorpuscostError, match="calibrate --speed --out"):
        load_core_speed(path)
    speed = FakeMachine(a=[0.1], b=[0.1]).score()
    save_core_speed(speed, path)
    good = json.loads(path.read_text())
    bad_part = {**good["parts"][0], "mb_per_cpu_second": 0}
    for bad in ("{", "[]", {**good, "parts": []}, {**good, "parts": [bad_part]},
                {**good, "schema_version": 9}, {**good, "kind": "calibration"}):  # fmt: skip
        path.write_text(bad if isinstance(bad, str) else json.dumps(bad))
        with pytest.raises(CorpuscostError, match=r"core\.json.*--out"):
            load_core_speed(path)


def test_the_reference_names_its_machine_and_has_every_part():
    reference = load_reference()
    assert reference.workload == core_workload.WORKLOAD
    assert reference.machine["processor"]
    assert reference.measured_at >= "2026-11-24"
    assert set(reference.mb_per_cpu_second) == {part.name for part in workload()}
    assert all(figure > 1 for figure in reference.mb_per_cpu_second.values())


def test_a_faulty_reference_is_told(tmp_path):
    path = tmp_path / "core-speed.toml"
    path.write_text("workload = 1.5\n")
    with pytest.raises(ConfigError, match="fault"):
        load_reference(path)


def test_the_text_is_the_same_everywhere():
    view = synthetic_text()
    assert hashlib.sha256(view.data.tobytes()).hexdigest()[:16] == TEXT_DIGEST
    assert view.offsets[0] == 0
    assert view.offsets[-1] == len(view.data)
    view.data.tobytes().decode("utf-8")
    assert min(view.lengths) > 0
    assert 5e5 < len(view.data) < 1e6


def test_keys_are_sorted_and_the_given_ones_stay():
    keys = np.random.default_rng(1).integers(0, 2**64, 5000, np.uint64)
    before = keys.copy()
    assert np.array_equal(sorted_keys(keys), np.sort(before))
    assert np.array_equal(keys, before)


def test_the_walk_is_one_cycle_through_all_lines(monkeypatch):
    monkeypatch.setattr(core_workload, "WALK_LINES", 256)
    cycle = walk_cycle()
    seen = [walk(cycle, steps) for steps in range(256)]
    assert sorted(seen) == list(range(256))
    assert walk(cycle, 256) == 0


def test_the_terminal_tells_score_parts_and_doubt():
    speed = FakeMachine(a=[0.05], b=[0.1]).score()
    stream = io.StringIO()
    console = Console(file=stream, width=80)
    show_core_speed(speed, console)
    show_core_speed(replace(speed, spread=0.07, settled=False), console)
    show_core_speed(replace(speed, spread=None, settled=False), console)
    show_core_ratio(core_ratio(replace(speed, versions={}), speed), "\x1b[31mother.json", console)
    text = stream.getvalue()
    assert "Speed of a core: 0.707 (± 0.0 %)" in text
    assert "× 2.00" in text
    assert "try again when it is quiet" in " ".join(text.split())
    assert "too few" in text
    assert "target_core_speed = { point = 1, low = 1, high = 1 }" in text
    assert "Not the same: python ? there" in text
    assert "\x1b" not in text


@pytest.fixture
def quick(monkeypatch):
    """The command with work that takes no time, on this machine's name."""
    machine = FakeMachine(a=[0.05], b=[0.1])
    parts = [machine.part(name) for name in machine.seconds]
    monkeypatch.setattr(
        core_speed,
        "score_core",
        lambda budget: score_core(budget, parts, REFERENCE, machine.clock, machine.clock),
    )


def invoke(*arguments):
    return CliRunner().invoke(cli, ["calibrate", *map(str, arguments)], catch_exceptions=False)


def test_the_command_writes_and_compares(quick, tmp_path):
    path = tmp_path / "other.json"
    first = invoke("--speed", "--out", path)
    assert first.exit_code == 0
    assert "Speed of a core: 0.707" in first.stdout
    second = invoke("--speed", "--against", path)
    assert "target_core_speed = { point = 1, low = 1, high = 1 }" in second.stdout
    data = json.loads(invoke("--speed", "--against", path, "--json").stdout)
    assert data["against"]["point"] == pytest.approx(1.0)
    assert data["kind"] == "core-speed"


def test_the_command_is_strict(quick, tmp_path):
    assert invoke().exit_code == 2
    assert invoke("--out", tmp_path / "x").exit_code == 2
    assert invoke(tmp_path, "--against", tmp_path / "x").exit_code == 2
    with pytest.raises(CorpuscostError, match="No such file"):
        invoke("--speed", "--against", tmp_path / "none.json")
    with pytest.raises(CorpuscostError, match=r"no run\.json"):
        invoke(tmp_path, "--speed")


def test_every_part_of_the_real_work_runs_and_is_measured():
    speed = score_core(budget_seconds=0.1)
    assert speed.tries == 1
    assert 0.05 < speed.score < 50
