"""Documents of the run by how many copies lie in the run itself: probes are weighed by them.

All documents of the run are known by their copies inside it, and only some of them are probes. A
document with copies in the run is one of a group, so that these classes tell a good part of how
probes differ (Neyman, JASA 33, 1938: two-phase sampling; here the strata are set afterwards).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.record.store import Record
from profiler.scaling.evidence import chains
from profiler.scaling.spectrum import Spectrum, spectrum_of

Numbers = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

FEWEST_PROBES = 20  # of a stratum, so that its mean and its spread are known
LOWER_EDGES = np.array([1, 2, 3, *(2**power + 1 for power in range(2, 40))], np.int64)


@dataclass(frozen=True, slots=True)
class Strata:
    """The stratum of each probe, shape (q,); per stratum the share of the run's documents, (h,).

    ``documents`` are those of the run.
    """

    places: Numbers
    shares: Values
    documents: float

    def of(self, chosen: npt.NDArray[np.bool_]) -> Strata:
        return Strata(self.places[chosen], self.shares, self.documents)


def stratum_documents(spectrum: Spectrum) -> tuple[tuple[int, int], ...]:
    """(smallest group size, documents) of each stratum that has documents, ascending."""
    places = np.searchsorted(LOWER_EDGES, spectrum.sizes, side="right") - 1
    sums = np.zeros(len(LOWER_EDGES), np.int64)
    np.add.at(sums, places, spectrum.sizes * spectrum.groups)
    return tuple((int(LOWER_EDGES[at]), int(sums[at])) for at in np.flatnonzero(sums))


def run_strata(record: Record, stage: str, first: str) -> tuple[tuple[int, int], ...]:
    """``stratum_documents`` of what entered ``first`` in the run, by the groups after ``stage``.

    Empty where the record does not tell: other stages lie between the two, or records were added.
    """
    link = chains(record.run.stages).get(stage)
    if link is None or link.first != first or record.run.parts > 1:
        return ()
    return stratum_documents(spectrum_of(record.tables["spectrum"], link.name))


def strata_of(copies: Numbers, documents: Sequence[tuple[int, int]]) -> Strata | None:
    """Strata of probes by their ``copies`` in the run, themselves included; shape (q,).

    Neighbours are put together until each has ``FEWEST_PROBES``. None where fewer than two are
    left, or where nearly every document is a probe, so that there is nothing more to know.
    """
    if not documents:
        return None
    edges = np.array([low for low, _ in documents], np.int64)
    held = np.array([count for _, count in documents], np.float64)
    places = np.maximum(np.searchsorted(edges, copies, side="right") - 1, 0)
    merged = _merged(np.bincount(places, minlength=len(edges)))
    count = int(merged[-1]) + 1
    if count < 2 or held.sum() <= len(copies):
        return None
    shares = np.bincount(merged, held, minlength=count) / held.sum()
    return Strata(merged[places], shares, float(held.sum()))


def _merged(probes: Numbers) -> Numbers:
    """A number for each stratum, neighbours alike until they hold enough probes together."""
    numbers = np.zeros(len(probes), np.int64)
    number, inside = 0, 0
    for at in range(len(probes)):
        numbers[at] = number
        inside += int(probes[at])
        if inside >= FEWEST_PROBES and probes[at + 1 :].sum() >= FEWEST_PROBES:
            number, inside = number + 1, 0
    return numbers
