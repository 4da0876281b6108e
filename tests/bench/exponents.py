"""How our cost grows with the corpus: the exponent of CPU-seconds over bytes, by phase."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from phases import clusters, digest, rules, sketches
from running import run_ours
from texts import Corpus

PARTS = (16, 8, 4, 2, 1)


@dataclass(frozen=True, slots=True)
class Fit:
    """Slope of log CPU-seconds over log bytes by least squares, with its standard error."""

    phase: str
    exponent: float
    standard_error: float


def fit(phase: str, text_bytes: list[float], cpu_seconds: list[float]) -> Fit:
    x, y = np.log(text_bytes), np.log(cpu_seconds)
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    residual = y - y.mean() - slope * centred
    variance = float(residual @ residual) / (len(x) - 2)
    return Fit(phase, slope, math.sqrt(variance / float(centred @ centred)))


def scaling(corpus: Corpus, folder: Path) -> list[Fit]:
    """Each phase over 1/16 to the whole of a corpus, whose order is shuffled."""
    parts = [corpus.prefix(corpus.text_bytes / part) for part in PARTS]
    sizes = [float(part.text_bytes) for part in parts]
    found = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        works = {
            "rules": rules,
            "digest": digest,
            "signatures": sketches,
        }
        for name, work in works.items():
            found.append(fit(name, sizes, [run_ours(work(part)).cpu_seconds for part in parts]))
        seconds = []
        for number, part in enumerate(parts):
            place = Path(scratch) / str(number)
            place.mkdir()
            seconds.append(run_ours(clusters(place)(part)).cpu_seconds)
        found.append(fit("resolve", sizes, seconds))
    return found
