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
    best_of_tries,
    core_ratio,
    load_core_speed,
    load_reference,
    median_spread,
    save_core_speed,
    score_core,
)
from profiler.core_workload import Part, sorted_keys, synthetic_text, walk, walk_cycle, workload
from profiler.views.terminal.calibration import show_core_ratio, show_core_speed

TEXT_DIGEST = "df414c457775aaa7"  # another text is another workload: change WORKLOAD with it
REFERENCE = Reference(2, "2026-11-24", "a test", {"processor": "P"}, {"a": 10.0, "b": 40.0})


class FakeMachine:
    """Repeats of given speeds in turn, ten seconds each, on a clock that only they move."""

    def __init__(self, **speeds: list[float]) -> None:
        self.now = 0.0
        self.speeds = speeds
        self.repeats = 0

    def clock(self) -> float:
        return self.now

    def repeat(self) -> dict[str, float]:
        self.now += 10.0
        turn, self.repeats = self.repeats, self.repeats + 1
        return {name: listed[turn % len(listed)] for name, listed in self.speeds.items()}

    def score(self, budget_seconds: float = 1e9) -> CoreSpeed:
        return score_core(budget_seconds, self.repeat, REFERENCE, self.clock)


def test_the_score_is_the_geometric_mean_over_the_reference():
    speed = FakeMachine(a=[20.0], b=[10.0]).score()  # twice, and a quarter
    assert [part.mb_per_cpu_second for part in speed.parts] == [20.0, 10.0]
    assert [part.relative for part in speed.parts] == [2.0, 0.25]
    assert speed.score == pytest.approx(math.sqrt(0.5))
    assert (speed.spread, speed.settled, speed.repeats) == (0.0, True, core_speed.LEAST_REPEATS)


def test_repeats_go_on_until_the_median_is_known():
    """One odd repeat in five: with nine it lies outside the interval of the median."""
    speed = FakeMachine(a=[6.0, 10.0, 10.0, 10.0, 10.0], b=[10.0]).score()
    assert speed.settled
    assert speed.repeats > core_speed.LEAST_REPEATS
    assert speed.parts[0].mb_per_cpu_second == 10.0


def test_the_time_given_ends_it_and_the_doubt_is_told():
    speed = FakeMachine(a=[8.0, 10.0, 12.0], b=[10.0]).score(budget_seconds=95.0)
    assert (speed.settled, speed.repeats, speed.wall_seconds) == (False, 10, 100.0)
    assert speed.spread > core_speed.SPREAD_WANTED


def test_too_few_repeats_have_no_spread():
    speed = FakeMachine(a=[20.0], b=[10.0]).score(budget_seconds=0.1)
    assert (speed.repeats, speed.spread, speed.settled) == (1, None, False)


def test_the_interval_of_a_median_lies_between_order_statistics():
    assert median_spread([1.0] * 4) == math.inf
    assert median_spread([4.0, 5.0, 5.0, 5.0, 6.0]) == 0.2
    assert median_spread([float(n) for n in range(1, 10)]) == pytest.approx(2 / 5)
    random = np.random.default_rng(3)
    samples = random.normal(100, 5, (400, 25))
    inside = [abs(np.median(v) - 100) <= median_spread(list(v)) * np.median(v) for v in samples]
    assert np.mean(inside) > 0.85


def test_the_third_best_try_counts_and_parts_take_turns():
    """A try that the clock skips, and tries of a busy spell, move nothing."""
    now, calls = [0.0], []
    seconds = {"a": [9.0, 0.1, 1e-6, 0.1, 0.1, 0.4], "b": [9.0, 0.2, 0.2, 0.2, 0.8, 0.8]}

    def part(name: str) -> Part:
        def run() -> None:
            now[0] += seconds[name][calls.count(name)]
            calls.append(name)

        return Part(name, name, 1_000_000, run)

    found = best_of_tries([part("a"), part("b")], 2.3, lambda: now[0], lambda: now[0])
    assert found == pytest.approx({"a": 10.0, "b": 5.0})
    assert calls == ["a", "b"] * 6


def test_a_repeat_that_fails_is_told(monkeypatch):
    monkeypatch.setattr(core_speed.sys, "executable", "/bin/false")
    with pytest.raises(CorpuscostError, match="exit code 1: no message"):
        core_speed.fresh_repeat()


def test_a_ratio_compares_part_by_part_and_the_reference_cancels():
    here = FakeMachine(a=[10.0], b=[10.0]).score()
    other = FakeMachine(a=[20.0], b=[12.5]).score()
    ratio = core_ratio(other, here)
    assert ratio.parts == pytest.approx({"a": 2.0, "b": 1.25})
    assert ratio.point == pytest.approx(math.sqrt(2.5))
    assert (ratio.low, ratio.high) == pytest.approx((1.25, 2.0))
    assert ratio.point == pytest.approx(other.score / here.score)
    assert core_ratio(here, here).point == 1.0
    assert core_ratio(replace(other, spread=0.03), replace(here, spread=0.04)).spread == 0.05
    assert core_ratio(replace(other, spread=None), here).spread is None


def test_only_the_same_work_is_compared():
    here = FakeMachine(a=[10.0], b=[10.0]).score()
    with pytest.raises(CorpuscostError, match="workload 1, this one workload 2"):
        core_ratio(replace(here, workload=1), here)
    with pytest.raises(CorpuscostError, match="lacks b"):
        core_ratio(replace(here, parts=here.parts[:1]), here)
    stale = replace(REFERENCE, workload=1)
    with pytest.raises(CorpuscostError, match="did workload 1"):
        score_core(1.0, None, stale)


def test_versions_that_differ_are_told():
    here = FakeMachine(a=[10.0], b=[10.0]).score()
    other = replace(here, versions={**here.versions, "numba": "0.1"})
    assert core_ratio(other, here).differences == (
        f"numba 0.1 there, {here.versions['numba']} here",
    )
    assert core_ratio(here, here).differences == ()


def test_a_file_comes_back_as_it_was(tmp_path):
    speed = FakeMachine(a=[10.0], b=[10.0]).score()
    save_core_speed(speed, tmp_path / "core.json")
    assert load_core_speed(tmp_path / "core.json") == speed
    assert [path.name for path in tmp_path.iterdir()] == ["core.json"]
    with pytest.raises(CorpuscostError, match="cannot be written"):
        save_core_speed(speed, tmp_path / "no" / "core.json")


def test_a_file_that_is_no_score_is_a_fault_with_the_next_step(tmp_path):
    path = tmp_path / "core.json"
    with pytest.raises(CorpuscostError, match="calibrate --speed --out"):
        load_core_speed(path)
    speed = FakeMachine(a=[10.0], b=[10.0]).score()
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
    speed = FakeMachine(a=[20.0], b=[10.0]).score()
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
    machine = FakeMachine(a=[20.0], b=[10.0])
    monkeypatch.setattr(
        core_speed,
        "score_core",
        lambda budget: score_core(budget, machine.repeat, REFERENCE, machine.clock),
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


def test_the_real_work_is_measured_in_a_process_of_its_own():
    speed = score_core(budget_seconds=0.1)
    assert speed.repeats == 1
    assert 0.05 < speed.score < 50
