"""Pages per CPU-second, and the share of pages without a text layer, with their uncertainty.

Files are the sampling clusters: pages of one document are alike. A lone file leaves only its
pages, and an interval that says nothing of other documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from profiler.conversion.record import ConversionRecord, ConvertedFile
from profiler.scaling.quantity import Draws, Estimate, Quantity
from profiler.scaling.ratio import (
    bootstrap_ranks,
    bootstrap_weights,
    log_draws,
    ratio_estimate,
)

ESTIMATE_DRAWS = 4000
SEED = 1
FEW_FILES = 10


@dataclass(frozen=True, slots=True)
class ConversionRates:
    """Draws of both belong together: a resample of files gives both.

    ``recognition_share`` is the share of the pages that have no text layer and are not blank.
    """

    pages_per_cpu_second: Quantity
    recognition_share: Quantity


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Sums per cluster, each of shape (k,), and what the clusters are."""

    kind: str
    pages: npt.NDArray[np.float64]
    cpu_seconds: npt.NDArray[np.float64]
    scanned: npt.NDArray[np.float64]


def conversion_rates(record: ConversionRecord, draws: int, seed: int) -> ConversionRates:
    """Both rates of a record, with ``draws`` draws each."""
    return _rates(_clusters(record.files, record.page_cpu_seconds), draws, seed)


def rate_estimate(files: Sequence[ConvertedFile], page_cpu_seconds: Sequence[float]) -> Estimate:
    """Pages per CPU-second with its 90 % interval.

    Σ pages / Σ CPU-seconds; the spread is the jackknife's between files with Student's t, on the
    logarithmic scale (``profiler.scaling.ratio``). Without a second file or page: a factor of 1.5.
    """
    clusters = _clusters(files, page_cpu_seconds)
    estimate = ratio_estimate(clusters.pages, clusters.cpu_seconds, clusters.kind)
    return replace(estimate, method=_method(clusters))


def share_estimate(files: Sequence[ConvertedFile], page_cpu_seconds: Sequence[float]) -> Estimate:
    """The share of pages that need optical recognition, with its 90 % interval.

    Quantiles of resamples of the files; where no page or every page needs it, the far one is that
    of the Jeffreys posterior of a share over files (Brown, Cai and DasGupta, 2001, section 4.3).
    """
    clusters = _clusters(files, page_cpu_seconds)
    share = _rates(clusters, ESTIMATE_DRAWS, SEED).recognition_share
    return share.estimate(f"share of pages, {len(clusters.pages)} {clusters.kind} resampled")


def _clusters(files: Sequence[ConvertedFile], page_cpu_seconds: Sequence[float]) -> _Clusters:
    done = [file for file in files if file.fault is None]
    if len(done) == 1 and len(page_cpu_seconds) > 1:
        return _page_clusters(done[0], np.asarray(page_cpu_seconds, np.float64))
    return _Clusters(
        "files",
        np.array([file.pages for file in done], np.float64),
        np.array([file.cpu_seconds or 0.0 for file in done], np.float64),
        np.array([file.pages_for_recognition for file in done], np.float64),
    )


def _page_clusters(file: ConvertedFile, page_seconds: npt.NDArray[np.float64]) -> _Clusters:
    """Pages of one file; opening it is spread over them."""
    count = len(page_seconds)
    rest = max(0.0, (file.cpu_seconds or 0.0) - float(page_seconds.sum()))
    scanned = np.zeros(count)
    scanned[: file.pages_for_recognition] = 1.0  # which pages they are moves no sum of shares
    return _Clusters("pages of one file", np.ones(count), page_seconds + rest / count, scanned)


def _rates(clusters: _Clusters, draws: int, seed: int) -> ConversionRates:
    random = np.random.default_rng([seed, len(clusters.pages)])
    weights = bootstrap_weights(len(clusters.pages), draws, random)
    estimate = ratio_estimate(clusters.pages, clusters.cpu_seconds, clusters.kind)
    ranks = bootstrap_ranks(clusters.pages, clusters.cpu_seconds, weights, random)
    rate = Quantity(estimate.point or 0.0, log_draws(estimate, ranks))
    share = float(clusters.scanned.sum() / clusters.pages.sum())
    return ConversionRates(rate, Quantity(share, _share_draws(clusters, share, weights, random)))


def _share_draws(
    clusters: _Clusters, share: float, weights: Draws, random: np.random.Generator
) -> Draws:
    count = len(clusters.pages)
    if 0.0 < share < 1.0 and count > 1:
        folded = [_folded(values, weights) for values in (clusters.scanned, clusters.pages)]
        return np.asarray(folded[0] / folded[1], np.float64)
    drawn = random.beta(0.5 + share * count, 0.5 + (1 - share) * count, len(weights))
    nearer = np.abs(drawn - share) <= np.median(np.abs(drawn - share))
    return np.where(nearer, share, drawn)  # half of them at the point, so that no interval lacks it


def _folded(values: npt.NDArray[np.float64], weights: Draws) -> Draws:
    columns = weights.shape[1]
    places = np.arange(len(values)) % columns
    return np.asarray(weights @ np.bincount(places, values, minlength=columns), np.float64)


def _method(clusters: _Clusters) -> str:
    count = len(clusters.pages)
    if clusters.kind != "files":
        return (
            f"pages over CPU-seconds; spread between {count} pages of one file: optimistic, since "
            "it says nothing of other documents"
        )
    if count == 1:
        return "pages over CPU-seconds of one page: no spread seen, a factor of 1.5 assumed"
    few = f"; fewer than {FEW_FILES} files: convert more for a safer interval"
    return f"pages over CPU-seconds, spread between {count} files" + few * (count < FEW_FILES)
