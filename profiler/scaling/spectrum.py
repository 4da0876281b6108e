"""The spectrum of a dedup stage: how many duplicate groups have which size.

Deduplication does not scale in proportion: a sample of fraction p sees a pair of duplicates with
probability p². What a spectrum says of the whole is in ``dedup``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import CorpuscostError
from profiler.scaling.quantity import Draws, Estimate

BOOTSTRAP_DRAWS = 2000
MOST_DOCUMENTS = 10**18  # that whole numbers of 64 bits can count


@dataclass(frozen=True, slots=True)
class Spectrum:
    """How many duplicate groups have which size; both arrays of shape (m,), sizes ascending."""

    sizes: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]

    @property
    def documents(self) -> int:
        return int((self.sizes * self.groups).sum())

    @property
    def distinct(self) -> int:
        return int(self.groups.sum())

    def groups_of(self, size: int) -> int:
        return int(self.groups[self.sizes == size].sum())


def spectrum_from_pairs(
    pairs: Iterable[tuple[int, int]], where: str | Path = "spectrum"
) -> Spectrum:
    """A spectrum from (size, groups) in any order; equal sizes add up.

    Raises CorpuscostError that names ``where`` on a size below 1, a negative number of groups, and
    more documents than can be counted.
    """
    sums: dict[int, int] = {}
    for size, groups in pairs:
        if size < 1 or groups < 0:
            raise CorpuscostError(
                f"{where}: found {groups} groups of size {size}; "
                "expected sizes from 1 and counts from 0"
            )
        sums[size] = sums.get(size, 0) + groups
    sizes = sorted(size for size, groups in sums.items() if groups)
    if sum(size * sums[size] for size in sizes) > MOST_DOCUMENTS:
        raise CorpuscostError(f"{where}: its groups hold more than {MOST_DOCUMENTS:,} documents")
    return Spectrum(np.array(sizes, np.int64), np.array([sums[s] for s in sizes], np.int64))


def spectrum_of(table: pa.Table, stage: str) -> Spectrum:
    """The spectrum of one dedup stage, from spectrum.parquet."""
    rows = table.filter(pc.equal(table["stage"], stage))
    return spectrum_from_pairs(
        zip(rows["size"].to_pylist(), rows["groups"].to_pylist(), strict=True)
    )


def retention_apart(table: pa.Table, stage: str, total: float) -> Estimate:
    """Bounds for records that were added up: copies across them were never looked for.

    High: as if there were none. Low: as if each of the ``total`` documents were a copy of one in
    the part with the most groups.
    """
    rows = table.filter(pc.equal(table["stage"], stage))
    parts = rows.group_by("part", use_threads=False).aggregate([("groups", "sum"), ("docs", "sum")])
    groups, docs = parts["groups_sum"].to_numpy(), parts["docs_sum"].to_numpy()
    if docs.sum() == 0:
        return Estimate(None, 0.0, 1.0, "no document reached this stage", "bounds")
    high = float(groups.sum() / docs.sum())
    low = min(high, float(groups.max() / total))
    method = (
        f"{len(groups)} records added up: copies across them are unseen; resolve them in one run"
    )
    return Estimate(None, low, high, method, "bounds")


def resampled_groups(spectrum: Spectrum, seed: int) -> Draws:
    """Smoothed Poisson bootstrap of the spectrum: Gamma(f_j) for f_j groups, (draws, m)."""
    random = np.random.default_rng([seed, 2])
    groups = spectrum.groups.astype(np.float64)
    return random.gamma(groups, size=(BOOTSTRAP_DRAWS, len(groups)))


def read_spectrum(path: Path) -> Spectrum:
    """A spectrum from a JSON file {"spectrum": [[size, groups], …]}, or that list alone.

    Raises CorpuscostError that names the file and what was found.
    """
    wanted = '{"spectrum": [[size, groups], ...]} of whole numbers'
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise CorpuscostError(f"{path}: no JSON ({error}); expected {wanted}") from error
    rows = data.get("spectrum") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(map(_is_pair, rows)):
        raise CorpuscostError(f"{path}: expected {wanted}")
    return spectrum_from_pairs(((int(size), int(groups)) for size, groups in rows), path)


def _is_pair(row: object) -> bool:
    if not isinstance(row, list) or len(row) != 2:
        return False
    return all(
        isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
        for value in row
    )
