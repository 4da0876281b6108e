"""From a record to what the whole would cost: the forecast, and the budget made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from profiler.calibration import load_calibration, resolve_timings
from profiler.census.counts import probe_counts
from profiler.census.estimate import neighbour_gap, retentions
from profiler.census.store import Census, load_census
from profiler.money.budget import Budget, make_budget
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.record.schema import Design
from profiler.record.store import Record
from profiler.scaling.evidence import DEDUP_KINDS, CountedCopies, Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.size import parse_size
from profiler.scaling.spectrum import spectrum_from_pairs
from profiler.scaling.volumes import Basis, Forecast


@dataclass(frozen=True, slots=True)
class Estimation:
    """A forecast and its budget."""

    forecast: Forecast
    budget: Budget


@dataclass(frozen=True, slots=True)
class Plans:
    """What the user plans; ``scale`` is a size such as "1PB" in ``basis`` bytes.

    ``like`` names a reference class that the whole is assumed to be of; ``design`` overrides how
    the record says that its documents were drawn.
    """

    scale: str
    basis: Basis = "stored"
    scenario: Path | None = None
    overrides: Sequence[str] = ()
    prices: Sequence[str] = ()
    seed: int = 1
    like: str | None = None
    design: Design | None = None


def estimate(
    record: Record, plans: Plans, today: date, evidence: Evidence | None = None
) -> Estimation:
    """Scale a record to the target and price it; the same seed gives the same figures.

    ``evidence`` is what lies beside the record (``evidence_beside``); what ``plans`` assume is
    added to it. Raises CorpuscostError for a size, basis, class, scenario or price book that
    cannot be used.
    """
    known = replace(evidence or Evidence(), like=plans.like, design=plans.design)
    size = parse_size(plans.scale)
    forecast = make_forecast(record, size, plans.basis, plans.seed, evidence=known)
    scenario = load_scenario(plans.scenario, plans.overrides)
    budget = make_budget(forecast, scenario, default_book(*plans.prices), today)
    return Estimation(forecast, budget)


def evidence_beside(run_directory: Path, record: Record) -> Evidence:
    """The census and the calibration in a run's folder, as evidence for its forecasts."""
    calibration = load_calibration(run_directory)
    stages = [stage.stage for stage in record.run.stages if stage.kind in DEDUP_KINDS]
    timed = {stage: resolve_timings(calibration, stage) for stage in stages}
    census = load_census(run_directory)
    return Evidence(
        timings={stage: found for stage, found in timed.items() if found is not None},
        census={} if census is None else counted_copies(census),
    )


def counted_copies(census: Census) -> dict[str, CountedCopies]:
    """A census as evidence, by name of the stage."""
    found = {}
    gap = neighbour_gap(census)
    for counts, kept in zip(probe_counts(census), retentions(census), strict=True):
        if not kept.probes:
            continue
        pairs = zip(counts.copies.tolist(), counts.probes.tolist(), strict=True)
        note = f"Counted by a census of {kept.probes:,} documents."
        if gap is not None and counts.kind == "near-dedup":
            note += (
                f" It sees direct neighbours, not whole groups: in the run that says "
                f"{gap.points:.2f} points more than is kept."
            )
        found[counts.stage] = CountedCopies(
            spectrum_from_pairs(pairs),
            float(counts.documents_read),
            kept.combined,
            kept.combined_bytes,
            note,
        )
    return found
