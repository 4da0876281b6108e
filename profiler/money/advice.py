"""Stage order: which order of a recipe's filters would cost less CPU, and how much less.

Only orders that keep the same documents are weighed: filters change places inside a block, between
transforms, dedups and admission. A filter that went past a dedup would change which copy is kept,
one that went past a transform would read another text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from pipeline.recipes.recipe import Recipe
from profiler.money.budget import Budget
from profiler.record.schema import BLOCK_JOIN, MOST_BLOCK_FILTERS
from profiler.record.store import Record
from profiler.scaling.filter_blocks import MeasuredBlock, measured_blocks
from profiler.scaling.forecast_json import estimate_to_json, quantity_to_json
from profiler.scaling.order import best_order, order_cpu_seconds
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, Estimate, Quantity
from profiler.scaling.volumes import Forecast

DRAWS = 1000
MOVABLE_KINDS = ("rules", "quality")
RULE = (
    "Filters change places only between transforms, dedups and admission, where any order keeps "
    "the same documents."
)


@dataclass(frozen=True, slots=True)
class Load:
    """What reaches a filter in some order, in the profiled run, and what it costs there."""

    stage: str
    docs: float
    bytes: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class BlockAdvice:
    """A block in its own order and in the cheapest one; CPU-seconds are of the profiled run.

    ``saving`` is the part of the block's CPU that the cheapest order spares, with its interval and
    ``draws``. ``worth``: there is a cheaper order, and its saving is more than nothing at the low
    end of the interval.
    """

    present: tuple[Load, ...]
    cheapest: tuple[Load, ...]
    cpu_seconds: float
    cheapest_cpu_seconds: Estimate
    saving: Estimate
    draws: Draws
    sampled_docs: int
    worth: bool

    @property
    def advised(self) -> tuple[str, ...]:
        """The order to run: the cheapest where it is worth the change, else the present one."""
        return tuple(load.stage for load in (self.cheapest if self.worth else self.present))


@dataclass(frozen=True, slots=True)
class Advice:
    """Blocks in the order of the recipe, and what could not be weighed.

    ``run_cpu_seconds`` is what all stages of the run cost, these filters among them.
    """

    recipe: str
    blocks: tuple[BlockAdvice, ...]
    unmeasured: tuple[str, ...]
    run_cpu_seconds: float

    @property
    def worth(self) -> bool:
        return any(block.worth for block in self.blocks)


def advise_order(record: Record, seed: int = 1, draws: int = DRAWS) -> Advice:
    """The cheapest order of each block; pure, deterministic by ``seed``."""
    measured = measured_blocks(record, seed, draws)
    done = {BLOCK_JOIN.join(each.measured.filters) for each in measured}
    missing = [block for block in blocks_to_order(record) if BLOCK_JOIN.join(block) not in done]
    return Advice(
        str(record.run.recipe["name"]),
        tuple(_block_advice(block) for block in measured),
        tuple(_why_unmeasured(block) for block in missing),
        sum(stage.cpu_seconds for stage in record.run.stages),
    )


def blocks_to_order(record: Record) -> tuple[tuple[str, ...], ...]:
    """Names of the filters of each block of a recipe that has an order to choose."""
    found: list[list[str]] = [[]]
    for stage in record.run.stages:
        if stage.kind in MOVABLE_KINDS:
            found[-1].append(stage.stage)
        else:
            found.append([])
    return tuple(tuple(block) for block in found if len(block) > 1)


def predicted_loads(measured: MeasuredBlock, order: tuple[int, ...]) -> tuple[Load, ...]:
    """What reaches each filter of a block in an order, and what it costs there."""
    block = measured.measured
    costs = order_cpu_seconds(block, order)
    loads, before = [], 0
    for place, number in enumerate(order):
        docs, volume = float(block.docs[before]), float(block.bytes[before])
        loads.append(Load(block.filters[number], docs, volume, float(costs[place])))
        before |= 1 << number
    return tuple(loads)


def _block_advice(measured: MeasuredBlock) -> BlockAdvice:
    own = tuple(range(len(measured.measured)))
    best = best_order(measured.measured)
    present, cheapest = predicted_loads(measured, own), predicted_loads(measured, best)
    cost, least = (sum(load.cpu_seconds for load in loads) for loads in (present, cheapest))
    drawn, drawn_least = (
        order_cpu_seconds(measured.drawn, order).sum(axis=-1) for order in (own, best)
    )
    spared = 1 - np.divide(drawn_least, drawn, out=np.ones_like(drawn), where=drawn > 0)
    point = 1 - least / cost if cost > 0 else 0.0
    method = f"{measured.sampled_docs:,} documents on all filters; spread between "
    method += f"{measured.clusters} {measured.kind} (bootstrap), and of what a part of a filter "
    method += f"costs ± {measured.misfit:.0%}, as trials and run differ"
    saving = _estimate(point, spared, method)
    return BlockAdvice(
        present,
        cheapest,
        cost,
        _estimate(least, cost * (1 - spared), method),
        saving,
        spared,
        measured.sampled_docs,
        worth=best != own and saving.low > 0,
    )


def _estimate(point: float, draws: Draws, method: str) -> Estimate:
    low, high = np.quantile(draws, (LOW_QUANTILE, HIGH_QUANTILE))
    return Estimate(point, min(float(low), point), max(float(high), point), method)


def _why_unmeasured(block: tuple[str, ...]) -> str:
    named = ", ".join(block)
    if len(block) > MOST_BLOCK_FILTERS:
        return (
            f"{named}: {len(block)} filters in a row, and orders are searched up to "
            f"{MOST_BLOCK_FILTERS}; join some of them into one stage"
        )
    return (
        f"{named}: not measured how their verdicts hang together; profile again with this "
        "version (a record of an older one, or no document reached them in the subsample)"
    )


@dataclass(frozen=True, slots=True)
class ScaledBlock:
    """CPU-hours of a block's filters at the target: in its own order, and what is spared."""

    filters: tuple[str, ...]
    cpu_hours: Quantity
    spared_cpu_hours: Quantity


@dataclass(frozen=True, slots=True)
class ScaledAdvice:
    """The advice at a target: of every block, and USD that the advised order spares of a budget."""

    blocks: tuple[ScaledBlock, ...]
    total_usd: Estimate
    spared_usd: Estimate


def at_scale(advice: Advice, forecast: Forecast) -> tuple[ScaledBlock, ...]:
    """Each block at the target: its CPU-hours grow with what reaches it, and the saving too.

    The part that is spared is drawn apart from the volumes.
    """
    scaled = []
    for block in advice.blocks:
        names = tuple(load.stage for load in block.present)
        total = Quantity.certain(0.0, len(forecast.cpu_hours.draws))
        for stage in forecast.stages:
            total = total + stage.cpu_hours if stage.stage in names else total
        scaled.append(ScaledBlock(names, total, total * _part(block, total, spared=True)))
    return tuple(scaled)


def advised_forecast(advice: Advice, forecast: Forecast) -> Forecast:
    """The forecast with the CPU-hours of the advised order; its volumes are those at the ends.

    Every filter of a block is given the block's saving, so that the block's sum is right.
    """
    stages, total = list(forecast.stages), forecast.cpu_hours
    for block in advice.blocks:
        names = {load.stage for load in block.present} if block.worth else set()
        for place, stage in enumerate(stages):
            if stage.stage in names:
                hours = stage.cpu_hours * _part(block, stage.cpu_hours, spared=False)
                total = total + hours + stage.cpu_hours * -1.0
                stages[place] = replace(stage, cpu_hours=hours)
    return replace(forecast, stages=tuple(stages), cpu_hours=total)


def spared_usd(present: Budget, advised: Budget) -> Estimate:
    """What the counted lines of a budget come to less in the advised order."""
    assert present.total_usd.point is not None
    assert advised.total_usd.point is not None
    point = present.total_usd.point - advised.total_usd.point
    return _estimate(point, present.total_draws - advised.total_draws, "difference of two budgets")


def _part(block: BlockAdvice, like: Quantity, spared: bool) -> Quantity:
    """The part of a block's CPU that the cheapest order spares, or the rest of it."""
    draws = block.draws[np.arange(len(like.draws)) % len(block.draws)]
    part = Quantity(block.saving.point or 0.0, draws)
    return part if spared else Quantity(1 - part.point, 1 - part.draws)


def advised_recipe(recipe: Recipe, advice: Advice) -> Recipe:
    """The recipe with the stages of each block in the advised order."""
    specs = {spec.name: spec for spec in recipe.stages}
    moved: dict[str, str] = {}
    for block in advice.blocks:
        moved |= dict(zip((load.stage for load in block.present), block.advised, strict=True))
    names = [moved.get(spec.name, spec.name) for spec in recipe.stages]
    return replace(recipe, stages=tuple(specs[name] for name in names))


def advice_to_json(advice: Advice, scaled: ScaledAdvice | None = None) -> dict[str, Any]:
    """The advice as plain data; what is "at_scale" is null where no target was given."""
    targets: Sequence[ScaledBlock | None] = scaled.blocks if scaled else [None] * len(advice.blocks)
    return {
        "recipe": advice.recipe,
        "worth": advice.worth,
        "blocks": [
            _block_to_json(block, target)
            for block, target in zip(advice.blocks, targets, strict=True)
        ],
        "unmeasured": list(advice.unmeasured),
        "run_cpu_seconds": advice.run_cpu_seconds,
        "at_scale": scaled
        and {
            "total_usd": estimate_to_json(scaled.total_usd),
            "spared_usd": estimate_to_json(scaled.spared_usd),
        },
        "rule": RULE,
    }


def _block_to_json(block: BlockAdvice, target: ScaledBlock | None) -> dict[str, Any]:
    return {
        "present": [asdict(load) for load in block.present],
        "cheapest": [asdict(load) for load in block.cheapest],
        "advised": list(block.advised),
        "worth": block.worth,
        "cpu_seconds": block.cpu_seconds,
        "cheapest_cpu_seconds": estimate_to_json(block.cheapest_cpu_seconds),
        "saving": estimate_to_json(block.saving),
        "sampled_docs": block.sampled_docs,
        "at_scale": target
        and {
            "cpu_hours": quantity_to_json(target.cpu_hours),
            "spared_cpu_hours": quantity_to_json(target.spared_cpu_hours),
        },
    }
