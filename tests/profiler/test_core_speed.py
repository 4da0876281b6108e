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
    median_spread,
    save_core_speed,
    score_core,
)
from profiler.core_workload import Part, sorted_keys, synthetic_text, walk, walk_cycle, workload
from profiler.views.terminal.calibration import show_core_ratio, show_core_speed

TEXT_DIGEST = "c5e7885804ae8ca5"  # another text is another workload: change WORKLOAD with it
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
    assert (speed.settled, speed.repeats) == (True, core_speed.LEAST_REPEATS)


def test_the_best_of_the_tries_counts():
    noisy = [0.05, *[0.2] * (core_speed.TRIES - 1)]
    speed = FakeMachine(a=noisy, b=[0.1]).score()
    assert speed.parts[0].mb_per_cpu_second == pytest.approx(20.0)


def test_repeats_go_on_until_the_median_is_known_or_the_time_is_over():
    unsteady = [second for s in (0.05, 0.1) for second in [s] * core_speed.TRIES]
    speed = FakeMachine(a=unsteady, b=[0.1]).score(budget_seconds=60.0)
    assert not speed.settled
    assert speed.spread > core_speed.SPREAD_WANTED
    assert speed.wall_seconds >= 60.0
    assert speed.repeats > core_speed.LEAST_REPEATS


def test_too_few_repeats_have_no_spread():
    speed = FakeMachine(a=[0.05], b=[0.1]).score(budget_seconds=0.1)
    assert (speed.repeats, speed.spread, speed.settled) == (1, None, False)


def test_the_interval_of_a_median_lies_between_order_statistics():
    assert median_spread([1.0] * 8) == math.inf
    assert median_spread([float(n) for n in range(1, 10)]) == pytest.approx(2 / 5)
    assert median_spread([5.0] * 20) == 0.0
    random = np.random.default_rng(3)
    inside = 0
    for _ in range(400):
        values = random.normal(100, 5, 25)
        inside += abs(np.median(values) - 100) <= 1.2 * median_spread(list(values)) * 100
    assert inside > 0.85 * 400


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
    assert 2e6 < len(view.data) < 6e6


def test_keys_are_sorted_and_the_given_ones_stay():
    keys = np.random.default_rng(1).integers(0, 2**64, 5000, np.uint64)
    before = keys.copy()
    assert np.array_equal(sorted_keys(keys), np.sort(before))
    assert np.array_equal(keys, before)


def test_the_walk_is_one_cycle_through_all_lines(monkeypatch):
    monkeypatch.setattr(core_workload, "WALK_LINES", 257)
    cycle = walk_cycle()
    seen = [walk(cycle, steps) for steps in range(257)]
    assert sorted(seen) == list(range(257))
    assert walk(cycle, 257) == 0


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
    assert speed.repeats == 1
    assert 0.05 < speed.score < 50
