"""Retention in bytes and tokens beside retention in documents: duplicates have other lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from profiler.scaling.deconvolution import Posterior
from profiler.scaling.laws import Draw, Floats, times_edges
from profiler.scaling.quantity import Draws
from profiler.scaling.ratio import NORMAL_95

SMALLEST_SHARE = 0.05  # of the mean: no kept document is planned shorter


@dataclass(frozen=True, slots=True)
class KeptLengths:
    """Kept documents by times seen, each shape (m,): amounts (bytes or tokens) over groups.

    ``mean`` is the amount per document that reaches the stage; ``variation`` the squared
    coefficient of variation of a kept document's length.
    """

    times: Floats
    groups: Floats
    amounts: Floats
    variation: Floats
    mean: float


def kept_lengths(
    spectrum: pa.Table, stage: str, column: str, amount_in: float, documents: float
) -> KeptLengths | None:
    """From spectrum.parquet: column "kept_bytes" or "kept_tokens"; None where it is not known."""
    rows = spectrum.filter(pc.equal(spectrum["stage"], stage))
    if not len(rows) or rows[column].null_count or amount_in <= 0 or documents <= 0:
        return None
    groups = rows["groups"].to_numpy().astype(np.float64)
    size = rows["kept_bytes"].to_numpy().astype(np.float64)
    if size.sum() <= 0 or (pc.sum(rows[column]).as_py() or 0) <= 0:
        return None
    squares = rows["kept_bytes_squares"].to_numpy().astype(np.float64)
    mean = size / groups
    pooled = float(squares.sum() / groups.sum()) / max(float(size.sum() / groups.sum()), 1.0) ** 2
    own = np.where(groups > 10, squares / groups / np.maximum(mean, 1.0) ** 2, pooled)
    return KeptLengths(
        rows["size"].to_numpy().astype(np.float64),
        groups,
        rows[column].to_numpy().astype(np.float64),
        np.maximum(own - 1, 0.05),
        amount_in / documents,
    )


def kept_at_most(lengths: KeptLengths) -> float:
    """The whole keeps no larger share, in the lengths' unit: what the sample kept, and noise.

    More of the same documents hold more copies of each, so retention falls from the sample to the
    whole. The noise is the upper end of a 90 % interval of the sample's ratio: every document adds
    its length where it is kept, less the ratio; the copies of a document are as long as it.
    """
    squares = np.square(lengths.amounts) / lengths.groups * (1 + lengths.variation)
    came = lengths.mean * float(lengths.groups @ lengths.times)
    kept = float(lengths.amounts.sum()) / came
    residuals = np.square(1 - kept) + (lengths.times - 1) * np.square(kept)
    error = float(np.sqrt((squares * residuals).sum())) / came
    return min(1.0, kept + NORMAL_95 * error)


def weighted_retention(lengths: KeptLengths, posterior: Posterior, draw: Draw, seed: int) -> Draws:
    """Retention in the lengths' unit, per law of the posterior: shape (particles,).

    The kept document of a group of size m has mean length c0 + c1 (1 - 1/m): a line through what
    was seen, each number of times seen standing for the sizes that the laws put behind it. The
    line's coefficients are drawn with their errors, and meet the sample's total.
    """
    random = np.random.default_rng([seed, 7])
    edges = times_edges(float(lengths.times.max()))
    at = np.searchsorted(edges, lengths.times, side="right") - 1
    groups = np.bincount(at, lengths.groups, minlength=len(edges) - 1)
    amounts = np.bincount(at, lengths.amounts, minlength=len(edges) - 1)
    noise = np.bincount(at, lengths.variation * lengths.groups, minlength=len(edges) - 1)
    seen = groups > 0
    grid = posterior.grid
    several = 1 - grid.groups_per_document  # mean of 1 - 1/m over a bin's documents
    expected = grid.per_bin(draw.expected(edges, grid.sizes))
    behind = posterior.shares.mean(axis=0) * expected
    place = (behind @ several)[seen] / np.maximum(behind.sum(axis=1)[seen], 1e-300)
    means = amounts[seen] / groups[seen]
    shortest = SMALLEST_SHARE * lengths.mean  # empty documents are no less certain than others
    error = np.maximum(means, shortest) * np.sqrt(noise[seen] / groups[seen] / groups[seen])
    line, spread = _line(place, means, error)
    drawn = random.multivariate_normal(line, spread, len(posterior.shares), method="cholesky")
    longest = 10 * means.max()
    kept = np.clip(drawn[:, :1] + drawn[:, 1:] * several, shortest, longest)
    fitted = np.clip(line[0] + line[1] * place, shortest, longest)
    meets = float(amounts[seen].sum() / (groups[seen] @ fitted))
    per_document = (posterior.shares * kept * grid.groups_per_document).sum(axis=1)
    return np.clip(per_document * meets / lengths.mean, 0.0, 1.0)


def _line(x: Floats, y: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares of y on 1 and x, with a weak prior that the slope is nothing."""
    scale = float(np.abs(y).max())
    design = np.column_stack([np.ones(len(x)), x]) / error[:, None]
    prior = np.diag([0.0, 1 / scale**2])
    spread = np.linalg.inv(design.T @ design + prior + 1e-12 * np.eye(2) / scale**2)
    return np.asarray(spread @ (design.T @ (y / error))), np.asarray(spread, np.float64)


def beside(weighted: Draws, documents: Draws, wanted: Draws, at_most: float = 1.0) -> Draws:
    """For other draws ``wanted`` of the retention in documents: those in the weighted unit.

    Keeps the ratio of the law that has the nearest retention in documents, as far as ``at_most``.
    """
    order = np.argsort(documents)
    ratios = (weighted / np.maximum(documents, 1e-12))[order]
    near = np.clip(np.searchsorted(documents[order], wanted), 0, len(order) - 1)
    return np.clip(wanted * ratios[near], 0.0, at_most)
