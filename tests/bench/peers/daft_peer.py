"""daft (Rust): its minhash expression over 5-word shingles."""

from __future__ import annotations

import daft
from daft.functions import minhash
from timed import Result, Work, documents, run


def signatures(path: str) -> Work:
    frame = daft.from_pydict({"text": [row["text"] for row in documents(path)]}).collect()

    def work() -> Result:
        sketch = minhash(frame["text"], num_hashes=112, ngram_size=5, hash_function="xxhash3_64")
        return {"signatures": len(frame.select(sketch.alias("signature")).collect())}

    return work


if __name__ == "__main__":
    run({"signatures": signatures})
