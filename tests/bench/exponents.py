"""How our cost grows with the corpus: the exponent of CPU-seconds over bytes, by phase."""

from __future__ import annotations

import gc
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from phases import Ours, clusters, digest, rules, sketches
from texts import Corpus

from pipeline.reading.shard import BATCH_BYTES

PARTS = (16, 8, 4, 2, 1)
ROUNDS = 21
LEAST_CPU_SECONDS = 0.05  # of one timing: shorter work is repeated
MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean, of normal noise


@dataclass(frozen=True, slots=True)
class Fit:
    """The median over rounds of the slope of log CPU-seconds over log bytes; its standard error."""

    phase: str
    exponent: float
    standard_error: float


def fit(
    phase: str,
    text_bytes: Sequence[float],
    rounds: Sequence[Sequence[float]],
    fixed: Sequence[float],
) -> Fit:
    """``rounds`` has the CPU-seconds of every size, ``fixed`` those of next to nothing, by round.

    What a call costs whatever its size is taken off, since it does not grow.
    """
    x = np.log(text_bytes)
    centred = x - x.mean()
    spent = np.log(np.maximum(np.array(rounds) - np.array(fixed)[:, None], 1e-9))
    slopes = spent @ centred / (centred @ centred)
    spread = float(slopes.std(ddof=1)) if len(slopes) > 1 else 0.0
    return Fit(phase, float(np.median(slopes)), MEDIAN_ERROR * spread / len(slopes) ** 0.5)


def scaling(corpus: Corpus, folder: Path) -> list[Fit]:
    """Each phase over 1/16 to the whole of a corpus, whose order is shuffled, in random order."""
    parts = [corpus.prefix(1), *(corpus.prefix(corpus.text_bytes / part) for part in PARTS)]
    sizes = [float(part.text_bytes) for part in parts]
    found = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for name, work in _works(Path(scratch)).items():
            ready = [work(part) for part in parts]
            times = [_times(each) for each in ready]
            seconds = [_round(ready, times, number) for number in range(ROUNDS)]
            grown, fixed = [each[1:] for each in seconds], [each[0] for each in seconds]
            found.append(fit(name, sizes[1:], grown, fixed))
    return found


def _works(scratch: Path) -> dict[str, Ours]:
    def resolve(part: Corpus) -> Callable[[], dict[str, Any]]:
        place = scratch / str(part.text_bytes)
        place.mkdir()
        return clusters(place)(part)

    over_documents = {"rules": rules, "digest": digest, "signatures": sketches}
    return {name: _in_batches(ours) for name, ours in over_documents.items()} | {"resolve": resolve}


def _in_batches(ours: Ours) -> Ours:
    """The same work over batches as large as those of a run."""

    def work(corpus: Corpus) -> Callable[[], dict[str, Any]]:
        each = [ours(batch) for batch in corpus.batches(BATCH_BYTES)]
        return lambda: {"batches": [one() for one in each]}

    return work


def _times(work: Callable[[], Any]) -> int:
    work()
    return max(1, round(LEAST_CPU_SECONDS / max(_cpu_seconds(work, 1), 1e-6)))


def _round(works: list[Callable[[], Any]], times: list[int], number: int) -> list[float]:
    order = list(range(len(works)))
    random.Random(number).shuffle(order)
    spent = {place: _cpu_seconds(works[place], times[place]) for place in order}
    return [spent[place] for place in range(len(works))]


def _cpu_seconds(work: Callable[[], Any], times: int) -> float:
    gc.collect()
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times
