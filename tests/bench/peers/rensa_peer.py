"""rensa (Rust): R-MinHash over 5-word shingles, and its LSH."""

from __future__ import annotations

from rensa import RMinHash, RMinHashLSH
from timed import Result, Work, documents, kept_by, run, shingles

PERMUTATIONS, BANDS = 112, 14


def signatures(path: str) -> Work:
    texts = [row["text"] for row in documents(path)]

    def work() -> Result:
        sets = [shingles(text) for text in texts]
        matrix = RMinHash.digest_matrix_from_token_sets(sets, PERMUTATIONS, 1)
        return {"signatures": matrix.len()}

    return work


def clusters(path: str) -> Work:
    rows = documents(path)
    sketches = []
    for row in rows:
        sketch = RMinHash(PERMUTATIONS, 1)
        parts = shingles(row["text"])
        sketch.update(parts)
        sketches.append(sketch if parts else None)
    ids = [row["id"] for row in rows]

    def work() -> Result:
        return {"kept": kept_by(RMinHashLSH(0.72, PERMUTATIONS, BANDS), sketches, ids)}

    return work


if __name__ == "__main__":
    run({"signatures": signatures, "clusters": clusters})
