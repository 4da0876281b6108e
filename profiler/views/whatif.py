"""What-if: costs over sizes as coefficients of the prices and months that a reader may change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiler.estimation import Prospect
from profiler.money.budget_draws import with_budget_draws
from profiler.money.lines import BudgetLine, Domain, Inputs, price_source
from profiler.money.prices import Price, Tier
from profiler.money.products import Names, Product, products
from profiler.money.ranges import Amount, Ranged
from profiler.money.scenario import Scenario, resolve_prices
from profiler.money.terms import Term
from profiler.scaling.quantity import Draws, Quantity
from profiler.scaling.volumes import Forecast

SIZES = 25
LARGEST_DECADE = 16  # 10 PB
STEPS = (1, 2, 5)
MONTHS = tuple(f"storage.{name}_months" for name in ("raw", "extracted", "filtered", "cleaned"))
RENTED, BOUGHT, EGRESS = "storage.rented_usd", "storage.capacity_usd", "storage.egress_usd"
OF_STORES = (RENTED, EGRESS, "storage.requests_usd")
OF_VOLUMES = (RENTED, BOUGHT, "storage.requests_usd")  # not paid for a volume that is not kept
SUM = "sum"
TIERS = "tiers:"


@dataclass(frozen=True, slots=True)
class Field:
    """An input that a reader may change; ``draws`` is None where it has no range.

    ``tiers`` names the input whose price is in tiers, of which this is one.
    """

    key: str
    label: str
    unit: str
    point: float
    draws: Draws | None
    tiers: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What a part costs is its value at a size × its inputs.

    It counts under ``method`` of storage ("" for both), and while ``kept``, a key of months, is
    above 0. An input that begins with "tiers:" is the mean of a price in tiers.
    """

    category: str
    inputs: tuple[str, ...]
    method: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class At:
    """One size: values of the parts, the point first, then the draws that budgets are made from."""

    forecast: Forecast
    values: Mapping[Part, Draws]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """All that the page recomputes from. ``share`` of the sum is added as contingency.

    ``tiers`` are by the name of the input that is their mean: of the rented volume that is kept in
    all, or of what leaves the store.
    """

    fields: tuple[Field, ...]
    tiers: Mapping[str, tuple[Tier, ...]]
    method: str
    share: Draws
    sizes: tuple[At, ...]


def what_if_sizes(smallest: float, target: float, count: int = SIZES) -> tuple[float, ...]:
    """The sample's own size, round ones (1, 2, 5) from there to 10 PB, and the target."""
    decades = range(LARGEST_DECADE - math.ceil(count / len(STEPS)), LARGEST_DECADE)
    steps = [*(step * 10.0**decade for decade in decades for step in STEPS), 10.0**LARGEST_DECADE]
    larger = [size for size in steps[-count:] if size > smallest]
    return tuple(sorted({smallest, *larger, target}))


def what_if(prospect: Prospect, sizes: Sequence[tuple[Domain, ...]]) -> WhatIf:
    """Gather what the page carries, from ``prospect.domains_at`` each size; of a single domain.

    An input that any line is not linear in is left as it is planned.
    """
    prices = resolve_prices(prospect.scenario, prospect.book)
    names = _Names(prices, frozenset())
    gathered, faults = _gathered(prospect, sizes, names)
    while faults:
        names = _Names(prices, names.refused | faults)
        gathered, faults = _gathered(prospect, sizes, names)
    used = {name for at, _ in gathered for part in at.values for name in (*part.inputs, part.kept)}
    tiers = {name: price for name, price in names.tiers.items() if name in used}
    inputs = Inputs(with_budget_draws(sizes[0]), prospect.scenario, prices)
    fields = (
        *_price_fields(inputs, used),
        *_tier_fields(tiers),
        *(_months_field(inputs, key) for key in MONTHS if key in used),
    )
    return WhatIf(
        fields,
        {name: price.tiers for name, price in tiers.items()},
        str(prospect.scenario.storage.method),
        gathered[0][1],
        tuple(at for at, _ in gathered),
    )


def _gathered(
    prospect: Prospect, sizes: Sequence[tuple[Domain, ...]], names: _Names
) -> tuple[list[tuple[At, Draws]], set[str]]:
    """For each size its costs and the share that is added, and the inputs that are not linear.

    One size is priced after the other, and its budget let go: its terms are many.
    """
    everything = replace(prospect, scenario=_with_all_kept(prospect.scenario))
    gathered: list[tuple[At, Draws]] = []
    faults: set[str] = set()
    for domains in sizes:
        values, share, wrong = _parts(everything.priced(domains).budget.lines, names)
        gathered.append((At(domains[0].forecast, values), share))
        faults |= wrong
    return gathered, faults


class _Names:
    """Names of the inputs among the leaves of a budget's terms."""

    def __init__(self, prices: Mapping[str, Price], refused: frozenset[str]) -> None:
        self.single = {price_source(each): each for each in prices.values() if not each.tiers}
        self.tiers = {
            f"{TIERS}{key}": prices[f"storage.{key}_price"]
            for key in ("rented", "egress")
            if prices[f"storage.{key}_price"].tiers
        }
        self.refused = refused

    def of(self, line: BudgetLine) -> Names:
        """The names of the leaves of a line."""
        function = line.term.function if line.term else ""
        tiers = {RENTED: f"{TIERS}rented", EGRESS: f"{TIERS}egress"}.get(function, "")

        def name(leaf: Term) -> str | None:
            if leaf.origin.kind == "computed":
                return SUM if line.category == "contingency" else None
            found = self._name(leaf, tiers)
            return None if found in self.refused else found

        return name

    def _name(self, leaf: Term, tiers: str) -> str | None:
        kind, where = leaf.origin.kind, leaf.origin.where
        if kind == "price":
            if where in self.single:
                return f"price.{self.single[where].id}"
            return tiers if tiers in self.tiers else None
        key = where.partition(";")[0]
        return key if kind in ("scenario", "default") and key in MONTHS else None


def _with_all_kept(scenario: Scenario) -> Scenario:
    """A scenario with every volume kept, so that each has its lines."""
    storage = scenario.storage
    month = Amount(Ranged(1.0, 1.0, 1.0))

    def kept(months: Amount) -> Amount:
        return months if months.high > 0 else month

    storage = replace(
        storage,
        raw_months=kept(storage.raw_months),
        extracted_months=kept(storage.extracted_months),
        filtered_months=kept(storage.filtered_months),
        cleaned_months=kept(storage.cleaned_months),
    )
    return replace(scenario, storage=storage)


def _parts(lines: Sequence[BudgetLine], names: _Names) -> tuple[dict[Part, Draws], Draws, set[str]]:
    """Values by part, the share of the sum that is added, and inputs that a line is not linear in.

    Parts that are alike in all but the line are added up.
    """
    kept = dict(_months_of_volumes(lines))
    values: dict[Part, Draws] = {}
    share = np.zeros(1)
    faults: set[str] = set()
    for line in lines:
        if line.term is None or not (line.counted or line.category == "storage"):
            continue
        found = products(line.term, names.of(line))
        if found is None:
            inputs = {names.of(line)(leaf) for leaf in line.term.leaves()}
            faults |= {name for name in inputs if name}
            continue
        if line.category == "contingency":
            share = share + sum(each.values for each in found)
            continue
        for each in found:
            part = _part(line, line.term, each, kept)
            values[part] = values.get(part, 0.0) + each.values
    return values, share, faults


def _months_of_volumes(lines: Sequence[BudgetLine]) -> Iterator[tuple[str, str]]:
    """Beginnings of the titles of the lines of a volume, with the key of its months."""
    for line in lines:
        if line.term is None or line.term.function != RENTED:
            continue
        for leaf in line.term.leaves():
            key = leaf.origin.where.partition(";")[0]
            if key in MONTHS and leaf.origin.kind in ("scenario", "default"):
                yield line.title.removesuffix("rented"), key


def _part(line: BudgetLine, term: Term, found: Product, kept: Mapping[str, str]) -> Part:
    if line.category != "storage":
        return Part(line.category, found.inputs)
    method = "rented" if term.function in OF_STORES else "bought"
    months = ""
    if term.function in OF_VOLUMES:
        months = next(key for title, key in kept.items() if line.title.startswith(title))
    return Part(line.category, found.inputs, method, months)


def _price_fields(inputs: Inputs, used: set[str]) -> Iterator[Field]:
    """Prices without tiers, each once."""
    keys = {price.id: key for key, price in inputs.prices.items()}
    for price_id, key in keys.items():
        if f"price.{price_id}" in used:
            price = inputs.prices[key]
            value = inputs.price("", key).value
            yield _field(f"price.{price_id}", price.note or price_id, price.unit, value)


def _tier_fields(tiers: Mapping[str, Price]) -> Iterator[Field]:
    for name, price in tiers.items():
        start = ""
        for number, tier in enumerate(price.tiers, 1):
            end = "" if tier.up_to_tb is None else f"{tier.up_to_tb:,.10g}"
            places = (start and f"above {start} TB", end and f"to {end} TB")
            label = "; ".join((price.note or price.id, " ".join(filter(None, places))))
            yield Field(f"price.{price.id}.{number}", label, price.unit, tier.usd, None, name)
            start = end


def _months_field(inputs: Inputs, key: str) -> Field:
    term = inputs.plan("", key)
    return _field(key, term.meaning, "months", term.value)


def _field(key: str, label: str, unit: str, value: Quantity) -> Field:
    certain = value.draws.min() == value.draws.max()
    return Field(key, label, unit, value.point, None if certain else value.draws)
