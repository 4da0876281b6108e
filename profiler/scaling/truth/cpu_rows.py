"""CPU-seconds of a whole run held to forecasts from parts of it, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from profiler.record.store import Record
from profiler.scaling.batch_costs import batch_costs
from profiler.scaling.clusters import ONCE_ROWS, clusters_of
from profiler.scaling.evidence import DEDUP_KINDS, Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.resolving import SECONDS_PER_HOUR

LEAST_REPEATS, MOST_REPEATS = 5, 60
LEAST_CPU_SECONDS = 2.0  # over all repeats of the whole: less is noise
STAGE_WITHIN = 0.10
WHOLE_WITHIN = 0.15
RESOLVE = " (resolve)"
ONCE = "once (start-up, compiling, exit)"
PARENT = "coordinate"  # the parent's own: goes by the number of shards, which here are tiny


@dataclass(frozen=True, slots=True)
class CpuRepeats:
    """Runs over the whole, and over a part by each design, taken in turn; timings of resolving.

    ``spent`` is what ``measured_cpu`` says of each whole.
    """

    parts: dict[str, list[Record]]
    wholes: list[Record] = field(default_factory=list)
    spent: list[dict[str, float]] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def add_whole(self, record: Record) -> None:
        self.wholes.append(record)
        self.spent.append(measured_cpu(record))


@dataclass(frozen=True, slots=True)
class CpuLine:
    """Medians of one row: measured in the whole, forecast, and the part's scaled by bytes."""

    name: str
    measured_cpu_seconds: float
    sum_cpu_seconds: float  # over all repeats of the whole
    forecast_cpu_seconds: float
    naive_cpu_seconds: float

    @property
    def error(self) -> float:
        return self.forecast_cpu_seconds / self.measured_cpu_seconds - 1

    @property
    def naive_error(self) -> float:
        return self.naive_cpu_seconds / self.measured_cpu_seconds - 1

    @property
    def held(self) -> bool:
        """Whether it is a per-document stage with enough CPU to be held to the goal."""
        apart = self.name.endswith(RESOLVE) or self.name == ONCE
        return not apart and self.sum_cpu_seconds >= LEAST_CPU_SECONDS


def enough(spent: Sequence[Mapping[str, float]]) -> bool:
    """Whether the smallest stage over documents took CPU enough to be held to the goal."""
    if len(spent) < LEAST_REPEATS or len(spent) >= MOST_REPEATS:
        return len(spent) >= MOST_REPEATS
    stages = [name for name in spent[0] if name != ONCE and not name.endswith(RESOLVE)]
    return min(sum(each[name] for each in spent) for name in stages) >= LEAST_CPU_SECONDS


def measured_cpu(record: Record) -> dict[str, float]:
    """CPU-seconds of stages and carriers over documents, of each resolve, and spent once."""
    costs = batch_costs(record.tables["batches"], clusters_of(record), record.run.workers)
    found = {name: float(cost.cpu_seconds.sum()) for name, cost in costs.items()}
    rows = record.tables["batches"].filter(pc.equal(record.tables["batches"]["phase"], "resolve"))
    spent = pc.add(rows["cpu_user_seconds"], rows["cpu_system_seconds"])
    for name, cpu_seconds in zip(rows["stage"].to_pylist(), spent.to_pylist(), strict=True):
        found[name + RESOLVE] = found.get(name + RESOLVE, 0.0) + cpu_seconds
    other = record.run.other_cpu_seconds
    found[ONCE] = sum(other.get(row, 0.0) for row in ONCE_ROWS if row != PARENT)
    return found


def forecast_cpu(part: Record, whole: Record, evidence: Evidence | None) -> dict[str, float]:
    """The same rows, forecast for the whole's text from a part."""
    volume = whole.run.totals.bytes_in
    found = {}
    for stage in make_forecast(part, volume, "text", evidence=evidence).stages:
        assert stage.per_document_cpu_hours is not None
        found[stage.stage] = stage.per_document_cpu_hours.point * SECONDS_PER_HOUR
        if stage.kind in DEDUP_KINDS and stage.resolve_cpu_hours is not None:
            found[stage.stage + RESOLVE] = stage.resolve_cpu_hours.point * SECONDS_PER_HOUR
    other = part.run.other_cpu_seconds
    found[ONCE] = sum(other.get(row, 0.0) for row in ONCE_ROWS if row != PARENT)
    return found


def naive_cpu(part: Record, whole: Record) -> dict[str, float]:
    """The part's own CPU-seconds times the ratio of text bytes."""
    source = part.run.sampled
    ratio = whole.run.totals.bytes_in / part.run.totals.bytes_in
    own = measured_cpu(part)
    read = 1.0 if source is not None and not source.inputs else ratio  # drawn on the fly
    return {name: cpu * (read if name == "read" else ratio) for name, cpu in own.items()}


def cpu_lines(repeats: CpuRepeats, design: str) -> list[CpuLine]:
    """Every row, and their total last."""
    measured = repeats.spent
    whole, evidence = repeats.wholes[0], repeats.evidence.get(design)
    forecasts = [forecast_cpu(part, whole, evidence) for part in repeats.parts[design]]
    naive = [naive_cpu(part, whole) for part in repeats.parts[design]]
    lines = []
    for name in [*measured[0], "total"]:
        real, told, plain = (
            [sum(run.values()) if name == "total" else run.get(name, 0.0) for run in runs]
            for runs in (measured, forecasts, naive)
        )
        lines.append(
            CpuLine(
                name,
                float(np.median(real)),
                float(np.sum(real)),
                float(np.median(told)),
                float(np.median(plain)),
            )
        )
    return [line for line in lines if line.measured_cpu_seconds > 0]


def cpu_checks(tables: Mapping[str, Sequence[CpuLine]]) -> list[tuple[str, bool]]:
    """Per design: stages over documents within 10 %, all of it within 15 %."""
    found = []
    for design, (*stages, total) in tables.items():
        held = [line for line in stages if line.held]
        worst = max(held, key=lambda line: abs(line.error))
        off = [line for line in held if abs(line.error) > STAGE_WITHIN]
        found.append(
            (
                f"CPU-seconds from {design} 1/16: {len(held) - len(off)} of {len(held)} stages "
                f"over documents within {STAGE_WITHIN:.0%}; the worst is {worst.name}, "
                f"{worst.error:+.1%} (bytes alone: {worst.naive_error:+.0%})",
                not off,
            )
        )
        found.append(
            (
                f"CPU-seconds from {design} 1/16, all of it: {total.error:+.1%} "
                f"(bytes alone: {total.naive_error:+.0%}), within {WHOLE_WITHIN:.0%}",
                abs(total.error) <= WHOLE_WITHIN,
            )
        )
    return found


def cpu_markdown(tables: Mapping[str, Sequence[CpuLine]], runs: int) -> str:
    """A table of every row for each design."""
    parts = [
        f"""### CPU-seconds

From 1/16 with web-multi. Parts and the whole ran in turn, {runs} times,
each time other parts; a figure is the median. "naive" is the part's CPU-seconds in proportion
to bytes. A row with less than {LEAST_CPU_SECONDS:g} CPU-seconds over all runs of the whole is not
held. Left out is what the parent spends ("{PARENT}"): it goes by the number of shards, which are
tiny here."""
    ]
    for design, rows in tables.items():
        lines = [
            f"| from {design} 1/16 | whole, CPU s | forecast | error | naive | |",
            "| --- | ---: | ---: | ---: | ---: | --- |",
        ]
        for line in rows:
            cells = [
                line.name,
                f"{line.measured_cpu_seconds:.3g}",
                f"{line.forecast_cpu_seconds:.3g}",
                f"{line.error:+.1%}",
                f"{line.naive_error:+.1%}",
                _remark(line),
            ]
            lines.append("| " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _remark(line: CpuLine) -> str:
    limit = WHOLE_WITHIN if line.name == "total" else STAGE_WITHIN
    if line.name != "total" and not line.held:
        return "not held"
    outcome = "" if abs(line.error) <= limit else f"**more than {limit:.0%} off**"
    if abs(line.naive_error) <= limit:
        outcome += " uninformative: bytes alone pass too"
    return outcome.strip()
