"""datasketch: MinHash over 5-word shingles, LSH with the bands of recipe web-en."""

from __future__ import annotations

from datasketch import MinHash, MinHashLSH
from timed import Result, Work, documents, kept_by, run, shingles

PERMUTATIONS, BANDS, ROWS = 112, 14, 8


def _sketches(texts: list[str]) -> list[MinHash]:
    found = []
    for text in texts:
        sketch = MinHash(PERMUTATIONS, seed=1, scheme="affine32")
        sketch.update_batch([part.encode() for part in shingles(text)])
        found.append(sketch)
    return found


def signatures(path: str) -> Work:
    texts = [row["text"] for row in documents(path)]
    return lambda: {"signatures": len(_sketches(texts))}


def clusters(path: str) -> Work:
    rows = documents(path)
    made = _sketches([row["text"] for row in rows])
    sketches = [None if sketch.is_empty() else sketch for sketch in made]
    ids = [row["id"] for row in rows]

    def work() -> Result:
        index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
        return {"kept": kept_by(index, sketches, ids)}

    return work


if __name__ == "__main__":
    run({"signatures": signatures, "clusters": clusters})
