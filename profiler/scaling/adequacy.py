"""Is the sample large enough: how wide an interval is now, and how many more shards narrow it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from profiler.scaling.cputime import CpuLaw
from profiler.scaling.quantity import Estimate
from profiler.scaling.ratio import t_95

NARROW = 0.01  # a half width, relative or as a share, that needs no more shards
MOSTLY_WITHIN = 0.75  # of the variance lies between batches of one shard
MAX_SHARDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Advice:
    """``half_width`` now, and with ``more_shards``; both None where no number would be honest."""

    half_width: float
    more_shards: int | None
    half_width_then: float | None
    text: str


def shards_for_half_width(half_width: float, shards: int, wanted: float) -> int | None:
    """Shards in all that bring a half width down to ``wanted``, at least ``shards``.

    A half width is t(shards - 1) × spread / √shards: more shards lower both t and the root. None
    where one shard shows no spread, or where more than a million shards would not do.
    """
    if shards < 2 or wanted <= 0 or not math.isfinite(half_width):
        return None
    if half_width <= wanted:
        return shards
    low, high = shards, MAX_SHARDS
    if half_width_with(half_width, shards, high) > wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = half_width_with(half_width, shards, middle) <= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high


def half_width_with(half_width: float, shards: int, then: int) -> float:
    """What a half width from ``shards`` shards would be from ``then`` shards alike."""
    now = t_95(shards - 1) / math.sqrt(shards)
    return half_width * t_95(then - 1) / math.sqrt(then) / now


def advise(
    half_width: float,
    shards: int,
    *,
    clusters: str = "shards",
    within: float = 0.0,
    wanted: float | None = None,
    unit: str = "%",
) -> Advice:
    """Say how wide an interval is and what would halve it, or bring it to ``wanted``.

    Half widths are relative (unit "%") or differences of shares (unit "points"). ``within`` is
    the part of the variance between batches of one shard, which more text of the same shards
    lowers as well. Batches that stand in for shards say nothing of more shards.
    """
    now = f"± {_percent(half_width)} {unit} now"
    if clusters != "shards":
        text = f"{now}, from batches of too few shards: profile at least 3 shards, better 20"
        return Advice(half_width, None, None, text)
    if shards < 2:
        text = "one shard shows no spread: profile at least 3 shards, better 20"
        return Advice(half_width, None, None, text)
    goal = half_width / 2 if wanted is None else wanted
    if half_width <= (NARROW if wanted is None else wanted):
        return Advice(half_width, None, None, f"{now}: narrow enough")
    needed = shards_for_half_width(half_width, shards, goal)
    if needed is None:
        text = f"{now}; ± {_percent(goal)} {unit} is out of reach by adding shards"
        return Advice(half_width, None, None, text)
    more = needed - shards
    then = half_width_with(half_width, shards, needed)
    noun, verb = ("shard", "gives") if more == 1 else ("shards", "give")
    text = f"{now}; {more:,} more {noun} {verb} ± {_percent(then)} {unit}"
    if within >= MOSTLY_WITHIN:
        text += " (batches differ as much as shards do: more text of each shard serves as well)"
    return Advice(half_width, more, then, text)


def advise_cpu(law: CpuLaw, wanted: float | None = None) -> Advice | None:
    """Advice on a stage's CPU; None where it was not measured."""
    if law.fit is None:
        return None
    rate = law.rate
    return advise(
        relative_half_width(rate),
        law.fit.clusters,
        clusters=law.clusters,
        within=law.fit.within,
        wanted=wanted,
    )


def advise_retention(
    retention: Estimate, shards: int, clusters: str = "shards", wanted: float | None = None
) -> Advice | None:
    """Advice on a retention, in points; None between bounds, which more shards alone may not mend.

    ``wanted`` is a difference of shares: 0.02 for ± 2 points.
    """
    if retention.state == "bounds":
        return None
    half_width = (retention.high - retention.low) / 2
    return advise(half_width, shards, clusters=clusters, wanted=wanted, unit="points")


def relative_half_width(estimate: Estimate) -> float:
    """Half the interval over the point; infinite where the point is 0 or missing."""
    if not estimate.point:
        return math.inf
    return (estimate.high - estimate.low) / 2 / estimate.point


def _percent(share: float) -> str:
    """A share in hundredths, to two figures, never as 0."""
    hundredths = 100 * share
    return f"{hundredths:.0f}" if hundredths >= 9.95 else f"{max(hundredths, 0.01):.2g}"
