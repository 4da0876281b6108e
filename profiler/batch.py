"""Many corpora in one plan: profile each domain of a scenario, then one budget over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from pipeline.engines.local.run import RunProgress
from pipeline.errors import ConfigError, CorpuscostError
from pipeline.recipes.catalog import built_in, load_recipe
from profiler.batch_budget import Failure, batch_estimation
from profiler.domains import volume_faults
from profiler.estimation import Estimation
from profiler.measurement import Options, profile
from profiler.money.prices import PriceBook, default_book
from profiler.money.scenario import Scenario, load_scenario, resolve_prices
from profiler.money.sections.volumes import DomainPlan
from profiler.record.store import RUN_FILE, load
from profiler.same_run import check_same_run
from profiler.sampling import parse_fraction

How = Literal["profiled", "on record", "failed"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario whose domains are profiled and priced; ``workers`` None: as many as vCPUs."""

    scenario: Scenario
    book: PriceBook
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a plan: how each domain ended, and the budget.

    ``estimation`` is None where no domain has figures.
    """

    ended: dict[str, How]
    estimation: Estimation | None
    failures: tuple[Failure, ...]


class BatchProgress(Protocol):
    """Told how far a batch is; for people, not for the record."""

    def domain(
        self, name: str, number: int, of: int, run: Path
    ) -> AbstractContextManager[RunProgress]:
        """The domain ``number`` of ``of`` is profiled into the folder ``run`` meanwhile."""

    def ended(self, name: str, how: How, reason: str = "") -> None:
        """A domain is on record, or failed for a reason."""


def load_plan(
    path: Path,
    overrides: Sequence[str] = (),
    prices: Sequence[str] = (),
    workers: int | None = None,
) -> Plan:
    """Read a plan, and refuse one that cannot end in a budget before any work is done.

    Raises ConfigError that lists the faults of the scenario, of its prices, or of its domains.
    """
    plan = Plan(load_scenario(path, overrides), default_book(*prices), workers)
    resolve_prices(plan.scenario, plan.book)
    faults = _plan_faults(plan)
    if faults:
        raise ConfigError("\n".join([f"{path}: {len(faults)} fault(s)", *faults]))
    return plan


def run_batch(plan: Plan, progress: BatchProgress, today: date) -> Batch:
    """Profile what is not on record yet, then price all domains together.

    A domain that fails is left behind: its lines of the budget are unknown, and the others keep
    their volumes. A stopped batch goes on where it was with the same call. Raises CorpuscostError
    where the budget itself cannot be made; the records stay.
    """
    failures = []
    ended: dict[str, How] = {}
    for number, domain in enumerate(plan.scenario.domains, 1):
        try:
            ended[domain.name] = _put_on_record(plan, domain, number, progress)
            progress.ended(domain.name, ended[domain.name])
        except (CorpuscostError, OSError) as error:
            failures.append(Failure(domain.name, str(error)))
            progress.ended(domain.name, "failed", str(error))
    estimation, failed = batch_estimation(plan.scenario, plan.book, failures, today)
    for failure in failed[len(failures) :]:
        progress.ended(failure.domain, "failed", failure.reason)
    return Batch(
        ended | dict.fromkeys((each.domain for each in failed), "failed"), estimation, failed
    )


def _put_on_record(plan: Plan, domain: DomainPlan, number: int, progress: BatchProgress) -> How:
    """See to it that the domain's folder holds the record that the plan asks for."""
    folder = plan.scenario.folder / domain.run
    shards = [plan.scenario.folder / pattern for pattern in domain.shards]
    if not shards:
        load(folder)
        return "on record"
    options = _options(plan, domain)
    if (folder / RUN_FILE).exists():
        check_same_run(folder, load(folder).run, shards, options)
        return "on record"
    of = len(plan.scenario.domains)
    with progress.domain(domain.name, number, of, folder) as watch:
        profile(shards, folder, options, watch)
    return "profiled"


def _options(plan: Plan, domain: DomainPlan) -> Options:
    """How a domain is profiled; its design is left to the estimate, which reads the plan too."""
    return Options(
        recipe=_recipe(plan, domain),
        workers=plan.workers,
        seed=domain.seed,
        sample=1.0 if domain.sample is None else parse_fraction(domain.sample),
    )


def _recipe(plan: Plan, domain: DomainPlan) -> str:
    """A built-in recipe's name, or a file beside the plan."""
    own = plan.scenario.folder / domain.recipe
    is_file = own.suffix == ".toml" or own.is_file()
    return str(own) if is_file and domain.recipe not in built_in() else domain.recipe


def _plan_faults(plan: Plan) -> list[str]:
    scenario = plan.scenario
    if not scenario.domains:
        return ["  domain: none; add [[domain]] with name, run, shards and scale"]
    folders = [(scenario.folder / domain.run).resolve() for domain in scenario.domains]
    faults = [f"  {fault}" for fault in volume_faults(scenario)]
    for domain, folder in zip(scenario.domains, folders, strict=True):
        own = _domain_faults(plan, domain)
        if not domain.run or folders.count(folder) > 1:
            own.append(f"run: found {domain.run!r}, expected a folder of its own")
        if not (domain.scale or scenario.wanted.scale):
            own.append("scale: none; give the domain one, or [target] scale for all of them")
        faults += [f"  domain {domain.name!r}: {fault}" for fault in own]
    return faults


def _domain_faults(plan: Plan, domain: DomainPlan) -> list[str]:
    faults = []
    try:
        if domain.shards:
            load_recipe(_recipe(plan, domain))
    except CorpuscostError as error:
        faults.append(f"recipe: {error}")
    try:
        if domain.sample is not None:
            parse_fraction(domain.sample)
    except CorpuscostError as error:
        faults.append(f"sample: {error}")
    return faults
