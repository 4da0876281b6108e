"""rensa (Rust): R-MinHash over 5-word shingles, and its LSH."""

from __future__ import annotations

from rensa import RMinHash, RMinHashLSH
from timed import Groups, Result, Work, documents, run, shingles

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
        sketch.update(shingles(row["text"]))
        sketches.append(sketch)
    banded = [len(row["text"].split()) >= 5 for row in rows]

    def work() -> Result:
        index = RMinHashLSH(0.72, PERMUTATIONS, BANDS)
        groups = Groups(len(rows))
        for number, sketch in enumerate(sketches):
            if not banded[number]:
                continue
            for other in index.query(sketch):
                groups.join(number, other)
            index.insert(number, sketch)
        return {"kept": [rows[number]["id"] for number in groups.kept()]}

    return work


if __name__ == "__main__":
    run({"signatures": signatures, "clusters": clusters})
