"""Lines as sums of products of inputs that a reader may change; all else is a coefficient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from profiler.money.formulas import formula
from profiler.money.terms import Term
from profiler.scaling.quantity import Draws

Names = Callable[[Term], str | None]
"""The name of the input that a leaf is, or None where it is not one that may be changed."""

TOLERANCE = 1e-9  # of the largest value: what floating point leaves of terms that cancel


@dataclass(frozen=True, slots=True)
class Product:
    """``values`` × each of the named ``inputs``. The first value is the point, draws follow."""

    inputs: tuple[str, ...]
    values: Draws


def products(term: Term, names: Names) -> tuple[Product, ...] | None:
    """The products that add up to a term; None where it is not linear in each of its inputs.

    Each coefficient is found by inclusion and exclusion over the inputs at 0 and 1, and the sum is
    then tried at another place.
    """
    inputs = sorted({name for leaf in term.leaves() if (name := names(leaf)) is not None})
    corners = {
        chosen: reckoned_draws(term, names, _corner(inputs, chosen)) for chosen in _subsets(inputs)
    }
    tried = {name: 2.0 + 1.5 * place for place, name in enumerate(inputs)}
    truth = reckoned_draws(term, names, tried)
    largest = max(float(np.abs(values).max()) for values in (truth, *corners.values()))
    found = [Product(chosen, _coefficient(corners, chosen)) for chosen in corners]
    again = sum((valued(each, tried) for each in found), start=np.zeros_like(truth))
    if not np.allclose(again, truth, rtol=TOLERANCE, atol=TOLERANCE * largest):
        return None
    return tuple(each for each in found if np.abs(each.values).max() > TOLERANCE * largest)


def reckoned_draws(term: Term, names: Names, given: Mapping[str, float]) -> Draws:
    """Point and draws of a term with ``given`` values for its inputs."""
    if not term.parts:
        name = names(term)
        own = np.concatenate([[term.value.point], term.value.draws])
        return own if name is None else np.full_like(own, given[name])
    function = formula(term.function)
    if function is None:
        raise ValueError(f"{term.meaning}: no formula {term.function!r}")
    return np.asarray(function(*(reckoned_draws(part, names, given) for part in term.parts)))


def valued(product: Product, given: Mapping[str, float]) -> Draws:
    """A product at ``given`` values of its inputs."""
    values = product.values
    for name in product.inputs:
        values = values * given[name]
    return values


def _coefficient(corners: Mapping[tuple[str, ...], Draws], chosen: tuple[str, ...]) -> Draws:
    """What the inputs ``chosen`` add together beyond what fewer of them add."""
    parts = [(-1.0) ** (len(chosen) - len(part)) * corners[part] for part in _subsets(list(chosen))]
    return np.asarray(np.sum(parts, axis=0))


def _subsets(inputs: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(inputs) + 1):
        yield from combinations(inputs, size)


def _corner(inputs: list[str], chosen: tuple[str, ...]) -> dict[str, float]:
    return {name: float(name in chosen) for name in inputs}
