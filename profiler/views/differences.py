"""Two records, or two budgets, side by side: what differs in how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from profiler.money.ranges import plain
from profiler.money.written import WrittenBudget, WrittenPrice
from profiler.record.schema import Run
from profiler.views.funnel import CpuRow, FunnelRow, cpu, funnel
from profiler.views.provenance import Pair

Row = TypeVar("Row", FunnelRow, CpuRow)
Setting = tuple[str, str, str]
ASSUMED_NOTHING = "not assumed: given, or not used"


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


def budget_setting_differences(
    a: WrittenBudget, b: WrittenBudget
) -> tuple[tuple[str, str, str], ...]:
    """What two budgets were made for and with: target, assumptions, prices with their age."""
    return (*_target_rows(a, b), *_assumption_rows(a, b), *_price_rows(a, b))


def _target_rows(a: WrittenBudget, b: WrittenBudget) -> Iterator[Setting]:
    before, after = dict(_leaves("target", a.target)), dict(_leaves("target", b.target))
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, "absent"), after.get(name, "absent")
        if old != new and not name.endswith((".low", ".high")):  # they move with the point
            yield name.removesuffix(".point"), old, new


def _assumption_rows(a: WrittenBudget, b: WrittenBudget) -> Iterator[Setting]:
    """Assumptions by key; those of a section that one budget does not plan are told in one row."""
    before, after = _assumptions(a), _assumptions(b)
    sections_a, sections_b = _sections(before), _sections(after)
    apart = sorted(set(sections_a) ^ set(sections_b))
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, ASSUMED_NOTHING), after.get(name, ASSUMED_NOTHING)
        if old != new and name.partition(".")[0] not in apart:
            yield name, old, new
    for section in apart:
        counts = [found.get(section, 0) for found in (sections_a, sections_b)]
        old, new = (f"values assumed: {n}" if n else "not planned" for n in counts)
        yield f"{section}.*", old, new


def _price_rows(a: WrittenBudget, b: WrittenBudget) -> Iterator[Setting]:
    before, after = _prices(a), _prices(b)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or _priced(old) != _priced(new):
            yield f"price {name}", _price_text(old), _price_text(new)


def _assumptions(budget: WrittenBudget) -> dict[str, str]:
    """Assumed values by their key; other assumptions stand for themselves."""
    found = {}
    for text in budget.assumptions:
        key, equals, value = text.partition(" = ")
        if equals and "." in key and " " not in key:
            found[key] = value
        else:
            found[text] = "assumed"
    return found


def _sections(assumptions: Mapping[str, str]) -> Counter[str]:
    """How many values each section has, beside whether it is in scope."""
    keys = [key for key in assumptions if "." in key and " " not in key]
    return Counter(k.partition(".")[0] for k in keys if not k.endswith(".in_scope"))


def _prices(budget: WrittenBudget) -> dict[str, WrittenPrice]:
    return {f"{price.id} ({price.book})": price for price in budget.prices}


def _priced(price: WrittenPrice) -> tuple[float, str, str]:
    return price.usd, price.unit, price.as_of


def _price_text(price: WrittenPrice | None) -> str:
    if price is None:
        return "not used"
    return f"{plain(price.usd)} {price.unit}, as of {price.as_of}, {price.age_days:,.0f} days old"
