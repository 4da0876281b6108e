"""The domains of a corpus: the record behind each, and how the whole is divided among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import ConfigError, CorpuscostError
from profiler.money.lines import Domain
from profiler.money.scenario import Scenario
from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.scaling.clusters import clusters_of
from profiler.scaling.evidence import Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.simulation import simulate
from profiler.scaling.size import parse_count, parse_size
from profiler.scaling.target import convert_target
from profiler.scaling.volumes import Basis

SAME_SIZE = 1e-6  # relative: sizes that are written with few digits


@dataclass(frozen=True, slots=True)
class Profiled:
    """A domain before it is scaled: its record, and what is known or assumed beside it.

    ``bytes`` is its volume in ``basis``, None where it takes its share of the whole.
    """

    name: str
    run: str
    record: Record
    evidence: Evidence
    basis: Basis = "stored"
    bytes: float | None = None
    stored_per_text_byte: float | None = None  # as measured on what the sample kept

    def scaled(self, size: float, seed: int) -> Domain:
        """The forecast at ``size`` bytes."""
        forecast = make_forecast(self.record, size, self.basis, seed, evidence=self.evidence)
        used = run_utilisation(self.record.run)
        return Domain(self.name, forecast, self.run, self.stored_per_text_byte, used)


def run_utilisation(run: Run) -> float | None:
    """Share of the workers' wall time that the profiled run spent on CPU; None without a clock."""
    available = run.workers * run.totals.wall_seconds
    return run.totals.os_cpu_seconds / available if available > 0 else None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Domains that make up a whole of so many ``basis`` bytes.

    Domains without a volume share what the others leave, in proportion to what their samples
    hold on disk.
    """

    name: str
    domains: tuple[Profiled, ...]
    basis: Basis = "stored"

    @property
    def open_ended(self) -> tuple[Profiled, ...]:
        return tuple(each for each in self.domains if each.bytes is None)

    @property
    def fixed_bytes(self) -> float:
        """What the domains with a volume of their own take together."""
        return sum(each.bytes for each in self.domains if each.bytes is not None)

    def sizes(self, whole: float | None) -> tuple[float, ...]:
        """Bytes of each domain, each in its basis, of a whole that is None where none is given.

        Raises ConfigError for a whole that the domains with a volume do not leave room in, or do
        not add up to.
        """
        self._check(whole)
        rest = (whole or 0.0) - self.fixed_bytes
        return tuple(
            rest * share if each.bytes is None else each.bytes
            for each, share in zip(self.domains, self._shares(), strict=True)
        )

    def smallest(self) -> float:
        """The whole at which the first of the open-ended domains is as large as its sample."""
        least = [
            _sample_size(each) / share
            for each, share in zip(self.domains, self._shares(), strict=True)
            if each.bytes is None
        ]
        return self.fixed_bytes + max(least)

    def _shares(self) -> tuple[float, ...]:
        """Of what the domains with a volume leave, in proportion to the samples on disk."""
        held = [
            each.record.run.totals.stored_bytes if each.bytes is None else 0
            for each in self.domains
        ]
        return tuple(each / (sum(held) or 1) for each in held)

    def _check(self, whole: float | None) -> None:
        names = ", ".join(each.name for each in self.open_ended)
        if self.open_ended and whole is None:
            raise ConfigError(
                f"{self.name}: no volume{' for ' + names if names else ''}; give --scale, or scale "
                "in [target], or one to every [[domain]]"
            )
        if whole is None:
            return
        if self.open_ended and whole <= self.fixed_bytes:
            raise ConfigError(
                f"{self.name}: the whole is {whole:,.0f} bytes, and the domains with a scale of "
                f"their own take {self.fixed_bytes:,.0f}; nothing is left for {names}"
            )
        if not self.open_ended and abs(whole - self.fixed_bytes) > SAME_SIZE * whole:
            raise ConfigError(
                f"{self.name}: the whole is {whole:,.0f} bytes, but its domains add up to "
                f"{self.fixed_bytes:,.0f}; leave the scale of the whole away, or that of a domain"
            )


def volume_faults(scenario: Scenario, whole_basis: Basis | None = None) -> list[str]:
    """What is wrong with the volumes of a scenario; it may have no domain."""
    wanted, basis = scenario.wanted, whole_basis or scenario.wanted.basis
    faults = [
        *_unreadable("target.scale", wanted.scale, parse_size),
        *_unreadable("target.available", wanted.available, parse_size),
        *_unreadable("target.clean_tokens", wanted.clean_tokens, parse_count),
    ]
    is_open = any(not plan.scale for plan in scenario.domains)
    for plan in scenario.domains:
        place = f"domain {plan.name!r}"
        faults += _unreadable(f"{place}: scale", plan.scale, parse_size)
        if not plan.scale and plan.basis not in ("stored", basis):
            faults.append(
                f"{place}: basis {plan.basis!r} without scale; its share of the whole is in "
                f"{basis!r} bytes: give it a scale, or leave basis away"
            )
        if plan.scale and is_open and plan.basis != basis:
            faults.append(
                f"{place}: basis {plan.basis!r}, but the whole, of which other domains take the "
                f"rest, is in {basis!r} bytes: give both in one basis, or every domain a scale"
            )
    return faults


def _sample_size(profiled: Profiled) -> float:
    """Bytes in the domain's basis that hold as much text as its sample."""
    simulation = simulate(clusters_of(profiled.record), 1, 1)
    return 1e15 / convert_target(profiled.record.run, 1e15, profiled.basis, simulation).ratio


def _unreadable(place: str, text: str, parse: Callable[[str], int]) -> list[str]:
    try:
        if text:
            parse(text)
    except CorpuscostError as error:
        return [f"{place}: {error}"]
    return []
