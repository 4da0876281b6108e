"""Two records side by side: stages paired by name, and what differs in how they were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from profiler.record.schema import Run
from profiler.views.funnel import CpuRow, FunnelRow, cpu, funnel
from profiler.views.provenance import Pair

Row = TypeVar("Row", FunnelRow, CpuRow)


@dataclass(frozen=True, slots=True)
class StagePair:
    """One stage in two runs; None where a run does not have it."""

    stage: str
    funnel_a: FunnelRow | None
    funnel_b: FunnelRow | None
    cpu_a: CpuRow | None
    cpu_b: CpuRow | None


def stage_pairs(run_a: Run, run_b: Run) -> tuple[StagePair, ...]:
    """Stages of both runs by name: those of A in its order, then what only B has."""
    funnel_a, funnel_b = _by_stage(funnel(run_a)), _by_stage(funnel(run_b))
    cpu_a, cpu_b = _by_stage(cpu(run_a)), _by_stage(cpu(run_b))
    names = dict.fromkeys([*cpu_a, *cpu_b])
    return tuple(
        StagePair(name, funnel_a.get(name), funnel_b.get(name), cpu_a.get(name), cpu_b.get(name))
        for name in names
    )


def setting_differences(run_a: Run, run_b: Run) -> tuple[tuple[str, str, str], ...]:
    """Settings that differ: name, value in A, value in B. Nothing when the runs are comparable."""
    a, b = dict(_settings(run_a)), dict(_settings(run_b))
    return tuple(
        (name, a.get(name, "absent"), b.get(name, "absent"))
        for name in dict.fromkeys([*a, *b])
        if a.get(name) != b.get(name)
    )


def _by_stage(rows: tuple[Row, ...]) -> dict[str, Row]:
    return {row.stage: row for row in rows}


def _settings(run: Run) -> Iterator[Pair]:
    yield "state", run.state
    yield "design", run.design
    yield "seed", str(run.seed)
    yield "workers", str(run.workers)
    yield "shards", str(len(run.inputs))
    yield from _leaves("recipe", _named_stages(run.recipe))
    yield from _leaves("machine", run.machine)
    yield from _leaves("versions", run.versions)


def _named_stages(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Stages as a mapping, so that one more stage is one difference."""
    stages = recipe.get("stages") or ()
    return {**recipe, "stages": {str(stage.get("name")): stage for stage in stages}}


def _leaves(name: str, value: Any) -> Iterator[Pair]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(f"{name}.{key}", part)
    else:
        yield name, str(value)
