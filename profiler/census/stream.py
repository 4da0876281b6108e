"""One shard of a census: keys of every document, and the whole way to dedup for the hits alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.document import Mask, TextView, text_array, text_view
from pipeline.engines.local.chain import ShardSource
from pipeline.kernels.mixing import document_ranks, shard_salt
from pipeline.observer import Unobserved
from pipeline.reading.shard import Shard
from pipeline.stages.stage import KEEP, Documents, Transform, first_reason
from profiler.census.keys import NOWHERE, Counts, Keys, Places, ProbeKeys, sketch_keys
from profiler.census.route import Barrier, Route

SAMPLED_SHARE = 1 / 64
"""Part of the stream that goes the whole way whether it hits or not, to see how much arrives."""

_SAMPLED_BELOW = np.uint64(int(2.0**64 * SAMPLED_SHARE))


@dataclass(slots=True)
class Found:
    """What one shard held. Counts are per dedup: ``copies[d]`` has one entry per probe.

    ``candidates`` are documents with a key of a probe, ``hits[d]`` those of them that reach dedup
    d and still have one there; ``sampled`` documents went the whole way unasked, and
    ``arrived[d]`` of them reached dedup d.
    """

    copies: list[Counts]
    hits: list[int]
    arrived: list[int]
    documents: int = 0
    text_bytes: int = 0
    candidates: int = 0
    sampled: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """What is sought, and on which way."""

    route: Route
    probes: ProbeKeys
    probe_count: int
    seed: int
    batch_bytes: int = 8_000_000


def count_shard(
    search: Search, shard: Shard, name: str, report: Callable[[int], None] = lambda _: None
) -> Found:
    """Read a shard and count the copies of every probe in it; ``report`` is told text bytes."""
    dedups = len(search.route.barriers)
    found = Found(
        copies=[np.zeros(search.probe_count, np.int64) for _ in range(dedups)],
        hits=[0] * dedups,
        arrived=[0] * dedups,
    )
    salt = shard_salt(search.seed, f"census\0{name}")
    for documents in _batches(search, shard, name):
        volume = documents.live_bytes
        sampled = document_ranks(salt, documents.positions) < _SAMPLED_BELOW
        found.documents += len(documents)
        found.text_bytes += volume
        _count_batch(search, documents, sampled, found)
        report(volume)
    return found


def _batches(search: Search, shard: Shard, name: str) -> Iterator[Documents]:
    source = ShardSource(shard, name, search.batch_bytes)
    for _, documents in source.batches(_NOBODY):
        yield documents


def _count_batch(search: Search, documents: Documents, sampled: Mask, found: Found) -> None:
    raw = documents.text
    candidates = _candidates(search, documents)
    found.candidates += int(np.count_nonzero(candidates))
    found.sampled += int(np.count_nonzero(sampled))
    chosen = candidates | sampled
    if not chosen.any():
        return
    whole = _taken(documents, raw, chosen)
    earlier: list[Places] = []
    for barrier, alive, places in _way(search, whole):
        earlier.append(places)
        met = np.concatenate(earlier, axis=1)
        met[~alive] = NOWHERE
        ones = np.ones(len(met), np.int64)
        found.copies[barrier.number] += search.probes.count(met, ones)
        found.hits[barrier.number] += int(np.count_nonzero((met != NOWHERE).any(axis=1)))
        found.arrived[barrier.number] += int(np.count_nonzero(alive & sampled[chosen]))


def _candidates(search: Search, documents: Documents) -> Mask:
    """Documents that have a key of some probe, whether or not a filter would drop them."""
    hit = np.zeros(len(documents), np.bool_)
    for step in search.route.steps:
        if isinstance(step, Barrier):
            hit |= (_places(search.probes, step, documents) != NOWHERE).any(axis=1)
        elif isinstance(step, Transform):
            documents.replace_text(step.rewrite(documents))
        elif step.name in search.route.early:
            documents.alive = documents.alive & (first_reason(step.failures(documents)) == KEEP)
    return hit


def _way(search: Search, documents: Documents) -> Iterator[tuple[Barrier, Mask, Places]]:
    """All stages on a batch: at each dedup, who arrives and the places of the keys there."""
    for step in search.route.steps:
        if isinstance(step, Barrier):
            yield step, documents.alive, _places(search.probes, step, documents)
        elif isinstance(step, Transform):
            documents.replace_text(step.rewrite(documents))
        else:
            documents.alive = documents.alive & (first_reason(step.failures(documents)) == KEEP)


def _places(probes: ProbeKeys, barrier: Barrier, documents: Documents) -> Places:
    """Numbers of the probes' keys that each document has; NOWHERE for those not alive."""
    alive: Keys = sketch_keys(barrier.kind, barrier.dedup.sketch(documents))
    out = np.full((len(documents), alive.values.shape[1]), NOWHERE, np.int64)
    out[documents.alive] = probes.places(barrier.number, alive)
    return out


def _taken(documents: Documents, text: TextView, chosen: Mask) -> Documents:
    mask = pa.array(chosen)
    view = text_view(text_array(text).filter(mask))
    return Documents(
        documents.columns.filter(mask),
        view,
        np.ones(len(view), np.bool_),
        documents.script[chosen],
        documents.positions[chosen],
    )


class _Nobody(Unobserved):
    """An observer that needs no folder."""

    def __init__(self) -> None:
        return None


_NOBODY = _Nobody()
