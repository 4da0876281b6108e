"""From a record to what the whole would cost: the forecast, and the budget made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipeline.errors import ConfigError
from profiler.calibration import load_calibration, resolve_timings
from profiler.census.counts import probe_counts
from profiler.census.estimate import neighbour_gap, retentions
from profiler.census.store import Census, load_census
from profiler.money.budget import Budget, make_budget
from profiler.money.lines import Domain
from profiler.money.prices import PriceBook, default_book
from profiler.money.scenario import Scenario, load_scenario
from profiler.money.sections.volumes import DomainPlan
from profiler.record.schema import Design
from profiler.record.store import Record, load
from profiler.scaling.evidence import DEDUP_KINDS, CountedCopies, Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.size import parse_size
from profiler.scaling.spectrum import spectrum_from_pairs
from profiler.scaling.volumes import Basis, Forecast


@dataclass(frozen=True, slots=True)
class Estimation:
    """Forecasts and the budget over them. ``forecast`` is that of the first domain."""

    domains: tuple[Domain, ...]
    budget: Budget

    @property
    def forecast(self) -> Forecast:
        return self.domains[0].forecast


@dataclass(frozen=True, slots=True)
class Profiled:
    """A domain before it is scaled: its record, what lies beside it, and the plan for it."""

    plan: DomainPlan
    record: Record
    evidence: Evidence


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
    scenario = load_scenario(plans.scenario, plans.overrides)
    plan = DomainPlan(name=" ", run="", like=plans.like, design=plans.design)
    domain = scaled(Profiled(plan, record, evidence or Evidence()), parse_size(plans.scale), plans)
    domains = (replace(domain, name=""),)
    budget = make_budget(domains, scenario, default_book(*plans.prices), today)
    return Estimation(domains, budget)


def estimate_domains(scenario: Scenario, book: PriceBook, plans: Plans, today: date) -> Estimation:
    """Scale the run of every domain of a scenario to its volume, and price them together.

    A domain without a volume of its own takes the share of ``plans.scale``, or of the scenario's,
    that its sample has of all such samples. Raises CorpuscostError for what cannot be used.
    """
    profiled = profiled_domains(scenario)
    sizes = domain_sizes(scenario, profiled, plans)
    domains = tuple(
        scaled(each, size, replace(plans, basis=each.plan.basis))
        for each, size in zip(profiled, sizes, strict=True)
    )
    return Estimation(domains, make_budget(domains, scenario, book, today))


def profiled_domains(scenario: Scenario) -> tuple[Profiled, ...]:
    """The record behind every domain of a scenario, and what lies beside it."""
    found = []
    for plan in scenario.domains:
        folder = scenario.folder / plan.run
        record = load(folder)
        found.append(Profiled(plan, record, evidence_beside(folder, record)))
    if not found:
        raise ConfigError(
            f"scenario {scenario.name}: no domain; add [[domain]] with name and run, or name a "
            "RUN on the command line"
        )
    return tuple(found)


def domain_sizes(
    scenario: Scenario, profiled: Sequence[Profiled], plans: Plans
) -> tuple[float, ...]:
    """Bytes of every domain, each in its basis."""
    whole = plans.scale or scenario.wanted.scale
    open_ended = [each for each in profiled if not each.plan.scale]
    if open_ended and not whole:
        names = ", ".join(each.plan.name for each in open_ended)
        raise ConfigError(
            f"scenario {scenario.name}: no volume for {names}; give the domain a scale, or "
            "[target] scale, or --scale"
        )
    sampled = sum(each.record.run.totals.stored_bytes for each in open_ended)
    given = sum(parse_size(each.plan.scale) for each in profiled if each.plan.scale)
    rest = parse_size(whole) - given if whole else 0.0
    if open_ended and rest <= 0:
        raise ConfigError(
            f"scenario {scenario.name}: the domains with a scale of their own take all of {whole}"
        )
    return tuple(
        parse_size(each.plan.scale)
        if each.plan.scale
        else rest * each.record.run.totals.stored_bytes / sampled
        for each in profiled
    )


def scaled(profiled: Profiled, size: float, plans: Plans) -> Domain:
    """The forecast of a domain at ``size`` bytes in the basis of ``plans``."""
    plan, record = profiled.plan, profiled.record
    known = replace(profiled.evidence, like=plan.like, design=plan.design)
    forecast = make_forecast(record, size, plans.basis, plans.seed, evidence=known)
    return Domain(plan.name, forecast, plan.run, stored_per_text_byte(record))


def stored_per_text_byte(record: Record) -> float | None:
    """Bytes on disk per byte of kept text, as measured on the sample; None where it was not."""
    return None


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
