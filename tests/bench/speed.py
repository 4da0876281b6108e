"""``make bench``: every phase beside its peers, the whole recipe, and how our cost scales.

Prints the table; writes bench.json and bench.md into --out. Text: the corpora under
CORPUSCOST_SHARED, else samples. No figure is asserted; docs/speed.md says what a row means.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from exponents import Fit, scaling
from models import classifying, languages
from phases import Phase, clusters, digest, measured, rules, sketches
from readers import reading
from recipes import whole_recipe
from running import reuse_memory
from table import Row, as_json, markdown
from texts import Corpus, english, rule_stages, survivors

import samples

SAMPLE_BYTES = 40_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--only", default="", help="phases whose name has this in it")
    arguments = parser.parse_args()
    reuse_memory()
    folder = arguments.out / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    corpus = english(_inputs(folder))
    rows = []
    for row in _rows(corpus, folder, arguments.only):
        rows.append(row)
        print(markdown([row]).splitlines()[-1], flush=True)
    fits = scaling(corpus, folder) if arguments.only in "scaling" else []
    for fit in fits:
        print(f"{fit.phase}: exponent {fit.exponent:.3f} ± {fit.standard_error:.3f}")
    _write(arguments.out, rows, fits)


def _inputs(folder: Path) -> list[Path]:
    shared = os.environ.get("CORPUSCOST_SHARED")
    if shared:
        return sorted((Path(shared) / "corpora").glob("*.parquet"))
    if not (folder / "samples").exists():
        samples.generate(folder / "samples", SAMPLE_BYTES, seed=3)
    return [folder / "samples" / "shards"]


def _rows(corpus: Corpus, folder: Path, only: str) -> Iterator[Row]:
    stages = rule_stages()
    kept = corpus.chosen(survivors(corpus.documents(), stages))
    minhash = ("datatrove", "text_dedup", "datasketch", "rensa", "daft")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        grouping = clusters(Path(scratch))
        phases = (
            (Phase("rules, survivors", rules, (("datatrove", "rules"),)), kept),
            (Phase("rules, short cut", rules, (("datatrove", "rules"),)), corpus),
            (Phase("normalise and digest", digest, (("datatrove", "digest"),)), corpus),
            (Phase("signatures", sketches, tuple((p, "signatures") for p in minhash)), corpus),
            (
                Phase(
                    "LSH and clusters",
                    grouping,
                    tuple((p, "clusters") for p in ("datatrove", "datasketch", "rensa")),
                ),
                corpus,
            ),
        )
        for phase, texts in phases:
            if only in phase.name:
                yield from measured(phase, texts, folder)
    if only in "fastText":
        yield from classifying(corpus, folder)
    if only in "language id":
        yield from languages(corpus, folder)
    if only in "read":
        yield from reading(corpus, folder)
    if only in "whole recipe":
        yield from whole_recipe(corpus, kept, folder)


def _write(out: Path, rows: list[Row], fits: list[Fit]) -> None:
    told = {
        "rows": [as_json(row) for row in rows],
        "scaling": [
            {"phase": f.phase, "exponent": f.exponent, "standard_error": f.standard_error}
            for f in fits
        ],
    }
    (out / "bench.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (out / "bench.md").write_text(markdown(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
