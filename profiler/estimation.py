"""From a record to what the whole would cost: the forecast, and the budget made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from pipeline.errors import ConfigError, CorpuscostError
from profiler.calibration import load_calibration, resolve_timings
from profiler.census.counts import probe_counts
from profiler.census.estimate import neighbour_gap, retentions
from profiler.census.store import Census, load_census
from profiler.compression import bytes_per_text_byte
from profiler.domains import Corpus, Profiled, volume_faults
from profiler.money.budget import Budget, make_budget
from profiler.money.lines import Domain
from profiler.money.prices import PriceBook, default_book
from profiler.money.scenario import Scenario, load_scenario, resolve_prices
from profiler.money.sections.volumes import DomainPlan
from profiler.record.schema import Design
from profiler.record.store import Record, load
from profiler.scaling.evidence import DEDUP_KINDS, CountedCopies, Evidence
from profiler.scaling.size import parse_size
from profiler.scaling.spectrum import spectrum_from_pairs
from profiler.scaling.volumes import Basis, Forecast


@dataclass(frozen=True, slots=True)
class Estimation:
    """Forecasts and the budget over them; ``records`` belong to the domains by position.

    ``forecast`` is that of the first domain.
    """

    domains: tuple[Domain, ...]
    budget: Budget
    records: tuple[Record, ...] = ()

    @property
    def forecast(self) -> Forecast:
        return self.domains[0].forecast


@dataclass(frozen=True, slots=True)
class Plans:
    """What the user plans; ``scale`` is a size such as "1PB" in ``basis`` bytes.

    "" and None leave both to the scenario's [target]. ``like`` names a reference class that the
    whole is assumed to be of; ``design`` overrides how the record says that its documents were
    drawn.
    """

    scale: str = ""
    basis: Basis | None = None
    scenario: Path | None = None
    overrides: Sequence[str] = ()
    prices: Sequence[str] = ()
    seed: int = 1
    like: str | None = None
    design: Design | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """All that an estimate is made from but the size of the whole.

    Domain number i (from 0) is drawn with ``seed`` + i: samples that were drawn apart err apart.
    """

    corpus: Corpus
    scenario: Scenario
    book: PriceBook
    seed: int
    today: date
    _fixed: dict[int, Domain] = field(default_factory=dict, repr=False, compare=False)

    def domains_at(self, whole: float | None) -> tuple[Domain, ...]:
        """Forecasts of the domains of a whole of so many bytes."""
        sizes = self.corpus.sizes(whole)
        return tuple(self._domain(place, size) for place, size in enumerate(sizes))

    def priced(self, domains: tuple[Domain, ...]) -> Estimation:
        """The budget over forecasts."""
        budget = make_budget(domains, self.scenario, self.book, self.today)
        return Estimation(domains, budget, tuple(each.record for each in self.corpus.domains))

    def _domain(self, place: int, size: float) -> Domain:
        profiled = self.corpus.domains[place]
        if profiled.bytes is None:
            return profiled.scaled(size, self.seed + place)
        if place not in self._fixed:
            self._fixed[place] = profiled.scaled(size, self.seed + place)
        return self._fixed[place]


def estimate(
    record: Record, plans: Plans, today: date, evidence: Evidence | None = None, run: str = ""
) -> Estimation:
    """Scale a record to the target and price it; the same seed gives the same figures.

    ``evidence`` is what lies beside the record (``evidence_beside``); what ``plans`` assume is
    added to it; ``run`` is the record's name. Raises CorpuscostError for a size, basis, class,
    scenario or price book that cannot be used.
    """
    found = prospect(record, plans, today, evidence, run)
    return found.priced(found.domains_at(_whole(plans, found.scenario)))


def estimate_domains(scenario: Scenario, book: PriceBook, plans: Plans, today: date) -> Estimation:
    """Scale the run of every domain of a scenario to its volume, and price them together.

    A domain without a volume of its own takes the share of ``plans.scale``, or of the scenario's,
    that its sample has of all such samples. Raises CorpuscostError for what cannot be used.
    """
    found = domain_prospect(scenario, book, plans, today)
    return found.priced(found.domains_at(_whole(plans, scenario)))


def prospect(
    record: Record, plans: Plans, today: date, evidence: Evidence | None = None, run: str = ""
) -> Prospect:
    """A record of the whole corpus, ready to be scaled to any size; ``run`` is its name."""
    scenario = load_scenario(plans.scenario, plans.overrides)
    basis = plans.basis or scenario.wanted.basis
    known = replace(evidence or Evidence(), like=plans.like, design=plans.design)
    profiled = Profiled("", run, record, known, basis, None, stored_per_text_byte(record))
    corpus = Corpus("plan", (profiled,), basis)
    return Prospect(corpus, scenario, default_book(*plans.prices), plans.seed, today)


def domain_prospect(scenario: Scenario, book: PriceBook, plans: Plans, today: date) -> Prospect:
    """The domains of a scenario, ready to be scaled to any size of the whole.

    Raises ConfigError that lists all faults of the domains at once.
    """
    basis = plans.basis or scenario.wanted.basis
    records, unreadable = domain_records(scenario)
    faults = [*volume_faults(scenario, basis), *unreadable]
    if not scenario.domains:
        faults = ["no domain; add [[domain]] with name and run, or name a RUN on the command line"]
    if faults:
        raise ConfigError(_listed(f"scenario {scenario.name}", faults))
    profiled = tuple(
        _profiled(scenario.folder / plan.run, plan, record, plans, basis)
        for plan, record in zip(scenario.domains, records, strict=True)
    )
    corpus = Corpus(f"scenario {scenario.name}", profiled, basis)
    return Prospect(corpus, scenario, book, plans.seed, today)


def checked_scenario(path: Path, book: PriceBook) -> Scenario:
    """A scenario whose prices, volumes and runs were looked at; ConfigError that lists all faults.

    A fault of its keys or units hides those of what they would name.
    """
    scenario = load_scenario(path)
    faults = [*volume_faults(scenario), *domain_records(scenario)[1]]
    try:
        resolve_prices(scenario, book)
    except ConfigError as error:
        faults += [line.strip() for line in str(error).splitlines()[1:]]
    if faults:
        raise ConfigError(_listed(f"scenario {path}", faults))
    return scenario


def domain_records(scenario: Scenario) -> tuple[tuple[Record, ...], list[str]]:
    """The records of a scenario's domains, and a fault for each that cannot be read."""
    records, faults = [], []
    for plan in scenario.domains:
        try:
            records.append(load(scenario.folder / plan.run))
        except CorpuscostError as error:
            faults.append(f"domain {plan.name!r}: {error}")
    return tuple(records), faults


def stored_per_text_byte(record: Record) -> float | None:
    """Bytes on disk per byte of kept text, as measured on the sample; None where it was not."""
    return bytes_per_text_byte(record.run.compression)


def _listed(place: str, faults: Sequence[str]) -> str:
    return "\n".join([f"{place}: {len(faults)} fault(s)", *(f"  {fault}" for fault in faults)])


def _whole(plans: Plans, scenario: Scenario) -> float | None:
    text = plans.scale or scenario.wanted.scale
    return float(parse_size(text)) if text else None


def _profiled(
    folder: Path, plan: DomainPlan, record: Record, plans: Plans, whole_basis: Basis
) -> Profiled:
    """A domain; what ``plans`` assume serves where its own plan says nothing."""
    known = replace(
        evidence_beside(folder, record),
        like=plan.like or plans.like,
        design=plan.design or plans.design,
    )
    return Profiled(
        plan.name,
        plan.run,
        record,
        known,
        plan.basis if plan.scale else whole_basis,
        float(parse_size(plan.scale)) if plan.scale else None,
        stored_per_text_byte(record),
    )


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
