"""Reference classes: corpora that share a law of group sizes, as far as published spectra tell.

A law is told by the share of groups with more than one document and by the sizes at which the
survival of those groups has fallen to equal steps of its logarithm, down to one group in a
thousand, where the published spectra end. Over the languages these numbers are normal around a
mean that moves with the size of the crawl.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from pipeline.config import did_you_mean
from pipeline.errors import ConfigError
from profiler.scaling.laws import Floats
from profiler.scaling.spectrum import Spectrum

PUBLISHED = Path(__file__).parent.parent / "published"
CLASSES = {"common-crawl": PUBLISHED / "common-crawl-spectra.parquet"}

LEAST_RATIO = 30.0  # of the whole to the sample; below, the sample alone is better
STEPS = 16
CUT_SHARE = 0.001  # of all groups, beyond the largest published size
KERNEL_DECADES = 0.7
SHRINKAGE = 0.1
CENTRES = np.arange(6.0, 9.8, 0.25)  # decades of documents at which the prior is fitted
FARTHEST_CENTRE = 9.3  # few languages are larger: the slope is not carried farther


@dataclass(frozen=True, slots=True)
class Member:
    """A population of a class: its spectrum up to the cut."""

    name: str
    spectrum: Spectrum


@dataclass(frozen=True, slots=True)
class LawPrior:
    """Normal laws over (logit of the share of groups above one, STEPS log sizes), by centre.

    ``means`` has shape (c, 1 + STEPS), ``roots`` (c, 1 + STEPS, 1 + STEPS).
    """

    means: Floats
    roots: Floats

    def numbers(self, z: Floats, decades: Floats, scale: Floats) -> Floats:
        """The law's numbers for normal deviates ``z``, shape (p, 1 + STEPS)."""
        step = CENTRES[1] - CENTRES[0]
        nearest = np.clip(np.round((decades - CENTRES[0]) / step), 0, len(CENTRES) - 1)
        at = nearest.astype(np.int64)
        found = np.empty_like(z)
        for centre in np.unique(at):
            mine = at == centre
            spread = z[mine] @ self.roots[centre].T
            found[mine] = self.means[centre] + scale[mine, None] * spread
        return found


@dataclass(frozen=True, slots=True)
class ReferenceClass:
    """Populations that share a law, with their source and licence."""

    name: str
    what: str
    source: str
    licence: str
    members: tuple[Member, ...]

    def prior(self, without: str | None = None) -> LawPrior:
        """The prior over laws; ``without`` leaves out one member, to test on it."""
        return fit_prior([each for each in self.members if each.name != without])


@cache
def load_class(name: str) -> ReferenceClass:
    """A reference class by name; ConfigError with the known names."""
    if name not in CLASSES:
        raise ConfigError(f"--like {name}: no such class; {did_you_mean(name, list(CLASSES))}")
    table = pq.read_table(CLASSES[name])
    about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    languages = table.column("language").cast("string").to_pylist()
    starts = [i for i, each in enumerate(languages) if i == 0 or each != languages[i - 1]]
    sizes = table.column("size").to_numpy().astype(np.int64)
    groups = table.column("groups").to_numpy()
    members = tuple(
        Member(languages[low], Spectrum(sizes[low:high], groups[low:high]))
        for low, high in zip(starts, [*starts[1:], len(languages)], strict=True)
    )
    return ReferenceClass(name, about["what"], about["source"], about["licence"], members)


@cache
def class_prior(name: str) -> LawPrior:
    """The prior of a whole class, fitted once."""
    return load_class(name).prior()


def law_numbers(spectrum: Spectrum) -> Floats:
    """A published (cut) spectrum as the numbers of its law, shape (1 + STEPS,)."""
    groups = spectrum.groups.astype(np.float64)
    total = groups.sum() * (1 + CUT_SHARE)
    survival = np.append(1.0, (total - np.cumsum(groups)) / total)
    several = survival[1] if spectrum.sizes[0] == 1 else 1 - 1e-4
    several = max(several, 2 * CUT_SHARE)
    levels = -np.log(np.maximum(survival[1:], 1e-9) / several)
    logs = np.log(spectrum.sizes.astype(np.float64))
    steps = np.log(several * (1 + CUT_SHARE) / CUT_SHARE) * np.arange(1, STEPS + 1) / STEPS
    at = np.interp(steps, levels, logs)
    at[-1] = logs[-1]
    return np.append(np.log(several / (1 - several)), at)


def fit_prior(members: Sequence[Member]) -> LawPrior:
    """Mean and covariance of the laws, local-linear in the logarithm of documents."""
    laws = np.array([law_numbers(each.spectrum) for each in members])
    decades = np.log10([each.spectrum.documents for each in members])
    means, roots = [], []
    for centre in CENTRES:
        weights = np.exp(-0.5 * np.square((decades - centre) / KERNEL_DECADES))
        weights /= weights.sum()
        design = np.column_stack([np.ones(len(decades)), decades - min(centre, FARTHEST_CENTRE)])
        root = np.sqrt(weights)[:, None]
        fitted = np.linalg.lstsq(design * root, laws * root, rcond=None)[0]
        rest = laws - design @ fitted
        spread = (rest * weights[:, None]).T @ rest / (1 - np.square(weights).sum())
        spread = (1 - SHRINKAGE) * spread + SHRINKAGE * np.diag(np.diag(spread))
        means.append(fitted[0])
        roots.append(np.linalg.cholesky(spread + 1e-5 * np.eye(1 + STEPS)))
    return LawPrior(np.array(means), np.array(roots))
