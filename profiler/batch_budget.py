"""The budget of a batch in which domains may have failed: the others keep their volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.errors import ConfigError, CorpuscostError
from pipeline.reading.inputs import find_shards
from profiler.estimation import Estimation, Plans, estimate_domains
from profiler.money.lines import BudgetLine, Category, unknown_line
from profiler.money.prices import PriceBook
from profiler.money.scenario import Scenario
from profiler.money.sections.volumes import DomainPlan
from profiler.record.store import load
from profiler.scaling.size import parse_size

OWN_LINES: tuple[tuple[Category, str], ...] = (
    ("storage", "raw shards and cleaned text"),
    ("cleaning", "compute"),
)
"""What each domain has lines of its own for, whatever the scenario."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A domain without figures, and why."""

    domain: str
    reason: str


def batch_estimation(
    scenario: Scenario, book: PriceBook, failures: Sequence[Failure], today: date
) -> tuple[Estimation | None, tuple[Failure, ...]]:
    """Forecasts and budget of the domains that did not fail, and all failures.

    A domain that cannot be scaled fails here. Lines of failed domains are unknown, never 0. None
    where no domain is left; raises CorpuscostError for a fault that is no domain's.
    """
    failed = tuple(failures)
    if len(failed) == len(scenario.domains):
        return None, failed
    try:
        estimation = _estimated(scenario, book, failed, today)
    except CorpuscostError:
        found = _estimate_failures(scenario, book, failed, today)
        if not found:
            raise
        return batch_estimation(scenario, book, (*failed, *found), today)
    return with_unknown(estimation, failed), failed


def with_unknown(estimation: Estimation, failures: Sequence[Failure]) -> Estimation:
    """The estimation with unknown lines and a warning for each domain that failed."""
    if not failures:
        return estimation
    lines = tuple(line for failure in failures for line in _unknown_lines(failure))
    warnings = tuple(
        f"not in the total: domain {failure.domain}, {_note(failure)}" for failure in failures
    )
    budget = estimation.budget
    shown = replace(budget, lines=(*budget.lines, *lines), warnings=(*warnings, *budget.warnings))
    return replace(estimation, budget=shown)


def remaining(scenario: Scenario, failures: Sequence[Failure]) -> Scenario:
    """The scenario without the domains that failed, and without their part of the volume.

    Domains without a volume of their own share what is left of the target by the bytes of their
    shards, the failed ones too: they do not grow because another one failed. Raises ConfigError
    where the bytes of a failed domain are not known.
    """
    lost = {failure.domain for failure in failures}
    if not lost or not scenario.wanted.scale:
        return replace(scenario, domains=_others(scenario, lost))
    kept = _others(scenario, lost)
    scale = ""
    if not all(domain.scale for domain in kept):
        whole = parse_size(scenario.wanted.scale)
        scale = str(whole - _taken(scenario, lost, whole))
    return replace(scenario, domains=kept, wanted=replace(scenario.wanted, scale=scale))


def _estimated(
    scenario: Scenario, book: PriceBook, failures: Sequence[Failure], today: date
) -> Estimation:
    return estimate_domains(remaining(scenario, failures), book, Plans(), today)


def _estimate_failures(
    scenario: Scenario, book: PriceBook, failures: Sequence[Failure], today: date
) -> tuple[Failure, ...]:
    """The domains that cannot be estimated even alone."""
    found = []
    for domain in remaining(scenario, failures).domains:
        others = [Failure(each.name, "") for each in scenario.domains if each.name != domain.name]
        try:
            _estimated(scenario, book, others, today)
        except CorpuscostError as error:
            found.append(Failure(domain.name, str(error)))
    return tuple(found)


def _others(scenario: Scenario, lost: set[str]) -> tuple[DomainPlan, ...]:
    return tuple(domain for domain in scenario.domains if domain.name not in lost)


def _unknown_lines(failure: Failure) -> list[BudgetLine]:
    return [
        unknown_line(category, item, _note(failure), domain=failure.domain)
        for category, item in OWN_LINES
    ]


def _note(failure: Failure) -> str:
    first, *_ = failure.reason.splitlines() or ["no reason is known"]
    return f"not measured: {first}"


def _taken(scenario: Scenario, lost: set[str], whole: int) -> int:
    """Bytes of the target that the failed domains stand for."""
    given = {each.name: parse_size(each.scale) for each in scenario.domains if each.scale}
    shards = {
        each.name: _shard_bytes(scenario, each) for each in scenario.domains if not each.scale
    }
    rest = max(whole - sum(given.values()), 0)
    of_open = sum(size for name, size in shards.items() if name in lost) / sum(shards.values())
    return sum(size for name, size in given.items() if name in lost) + round(rest * of_open)


def _shard_bytes(scenario: Scenario, domain: DomainPlan) -> int:
    try:
        if not domain.shards:
            return load(scenario.folder / domain.run).run.totals.stored_bytes
        files = find_shards([scenario.folder / pattern for pattern in domain.shards])
    except CorpuscostError as error:
        raise ConfigError(
            f"scenario {scenario.name}: domain {domain.name!r} failed, and what part of the target "
            f"it stands for is not known ({error}); give the domains a scale of their own"
        ) from error
    return sum(file.bytes for file in files)
