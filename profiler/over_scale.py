"""The whole at growing sizes: each a forecast and a budget, reckoned on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from profiler.estimation import Prospect
from profiler.money.budget_json import usd_to_json
from profiler.money.lines import Domain
from profiler.scaling.curves import CurvePoint, curve_point, curve_to_json
from profiler.scaling.quantity import Estimate

SIZES_PER_PROCESS = 4  # fewer are done before another process has started

_taken: list[Prospect] = []  # of a process that forecasts: what it was started for


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One size of the whole: its forecast, and the total of its budget."""

    forecast: CurvePoint
    usd: Estimate


def domains_over(
    prospect: Prospect, sizes: Sequence[float], processes: int | None = None
) -> Iterator[tuple[Domain, ...]]:
    """``prospect.domains_at`` each size, in their order; the same whatever the number of processes.

    Without ``processes`` as many as there are cores, and work for them.
    """
    cores = processes or min(len(os.sched_getaffinity(0)), len(sizes) // SIZES_PER_PROCESS)
    if cores < 2:
        yield from map(prospect.domains_at, sizes)
        return
    # The largest sizes take longest, so that they go first.
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, spawning, _take, (prospect,)) as pool:
        running = {place: pool.submit(_domains_at, sizes[place]) for place in order}
        for place in range(len(sizes)):
            yield running.pop(place).result()


def scale_point(prospect: Prospect, domains: tuple[Domain, ...]) -> ScalePoint:
    """The point of a curve that the forecast of a single domain is, with what it costs."""
    priced = prospect.priced(domains)
    return ScalePoint(curve_point(priced.records[0], priced.forecast), priced.budget.total_usd)


def scale_to_json(points: Sequence[ScalePoint]) -> list[dict[str, Any]]:
    """The "curve" of ``estimate --curve --json``: forecasts, each with the total of its budget."""
    forecasts = curve_to_json([point.forecast for point in points])
    return [
        {**forecast, "total_usd": usd_to_json(point.usd)}
        for forecast, point in zip(forecasts, points, strict=True)
    ]


def _take(prospect: Prospect) -> None:
    _taken[:] = [prospect]


def _domains_at(size: float) -> tuple[Domain, ...]:
    return _taken[0].domains_at(size)
