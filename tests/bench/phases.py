"""The phases that have a peer: ours and theirs over the same documents."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from running import Timed, run_ours, run_peer
from table import Row, kept_note
from texts import Corpus, fresh, rule_stages, survivors

from pipeline.kernels.minhash import signatures
from pipeline.kernels.words import split_words
from pipeline.recipes.catalog import load_recipe
from pipeline.stages.build import build_dedup
from pipeline.stages.dedup import open_session
from pipeline.stages.sketches import SketchWriter

PROBE_BYTES = 150_000
PEER_CPU_SECONDS = 5.0  # of one run of a slow peer: five runs and a warm one are below a minute
MOST_BYTES = 20_000_000
Ours = Callable[[Corpus], Callable[[], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: its name, our work over a corpus, and (peer, the peer's phase) of each peer."""

    name: str
    ours: Ours
    peers: tuple[tuple[str, str], ...]


def measured(phase: Phase, corpus: Corpus, folder: Path) -> Iterator[Row]:
    """Ours on as much text as the fastest peer gets, then every peer beside ours on its prefix."""
    whole = corpus.prefix(MOST_BYTES)
    own = run_ours(phase.ours(whole))
    yield _row(phase.name, "corpuscost", whole, own)
    for peer, name in phase.peers:
        try:
            yield beside(phase, peer, name, whole, folder)
        except subprocess.CalledProcessError as error:
            print(f"{phase.name}: {peer} failed with status {error.returncode}")


def beside(phase: Phase, peer: str, name: str, corpus: Corpus, folder: Path) -> Row:
    """One peer, and ours again on the very documents that the peer gets."""
    path = folder / "prefix.jsonl"
    probe = corpus.prefix(PROBE_BYTES)
    probe.write_lines(path)
    rate = probe.text_bytes / run_peer(peer, name, path, folder, repeats=2).cpu_seconds
    part = corpus.prefix(rate * PEER_CPU_SECONDS)
    part.write_lines(path)
    theirs = run_peer(peer, name, path, folder)
    ours = run_ours(phase.ours(part))
    note = ""
    if "kept" in theirs.result:
        note = kept_note(ours.result["kept"], theirs.result["kept"], len(part.ids))
        note += _reasons(ours.result["kept"], theirs.result)
    elif theirs.result.get("signatures", len(part.ids)) != len(part.ids):
        note = f"{theirs.result['signatures']:,} signatures of {len(part.ids):,} documents"
    ratio = theirs.cpu_seconds / ours.cpu_seconds
    return _row(phase.name, peer, part, theirs, ratio, note)


def _reasons(kept: list[str], theirs: dict[str, Any]) -> str:
    """Why the peer dropped what we kept, by its own names of its rules."""
    ours = set(kept)
    reasons = Counter(why for one, why in theirs.get("reasons", {}).items() if one in ours)
    said = ", ".join(f"{why} {count}" for why, count in reasons.most_common())
    return f"; dropped there only by {said}" if said else ""


def _row(
    phase: str,
    program: str,
    corpus: Corpus,
    timed: Timed,
    ratio: float | None = None,
    note: str = "",
) -> Row:
    return Row(phase, program, len(corpus.ids), corpus.text_bytes, timed.cpu_seconds, ratio, note)


def rules(corpus: Corpus) -> Callable[[], dict[str, Any]]:
    stages, documents = rule_stages(), corpus.documents()
    return lambda: {"kept": survivors(fresh(documents), stages)}


def digest(corpus: Corpus) -> Callable[[], dict[str, Any]]:
    dedup, documents = build_dedup(_spec("exact-dedup")), corpus.documents()
    ids = corpus.batch.column("id")

    def work() -> dict[str, Any]:
        high, low = (part.to_numpy(zero_copy_only=False) for part in dedup.sketch(documents))
        keys = np.rec.fromarrays((high, low))
        _, first = np.unique(keys, return_index=True)
        return {"kept": ids.take(pa.array(np.sort(first))).to_pylist()}

    return work


def sketches(corpus: Corpus) -> Callable[[], dict[str, Any]]:
    documents = corpus.documents()

    def work() -> dict[str, Any]:
        signature, _ = signatures(split_words(documents.text, documents.alive), 5, 112, 1)
        return {"signatures": len(signature)}

    return work


def clusters(folder: Path) -> Ours:
    """Resolve over the sketch of a corpus; writing the sketch is not timed."""

    def ours(corpus: Corpus) -> Callable[[], dict[str, Any]]:
        dedup = build_dedup(_spec("near-dedup"))
        path = folder / "sketch.parquet"
        documents = corpus.documents()
        with SketchWriter(path, 0, dedup.fields) as sketch:
            sketch.write(documents, dedup.sketch(documents))
        session = open_session(folder, 1_000_000_000, 1)
        ids = pa.array(corpus.ids)

        def work() -> dict[str, Any]:
            dropped = set(dedup.resolve(session, [path]).dropped.tolist())
            return {"kept": [one for row, one in enumerate(ids.to_pylist()) if row not in dropped]}

        return work

    return ours


def _spec(name: str) -> Any:
    return next(spec for spec in load_recipe("web-en").stages if spec.name == name)
