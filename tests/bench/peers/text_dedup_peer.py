"""text-dedup: the function that embeds a document, with its own words and 64-bit settings."""

from __future__ import annotations

import numpy as np
from text_dedup.minhash import RNG, embed_func
from text_dedup.utils import xxh3_32hash
from timed import Result, Work, documents, run

BANDS, ROWS = 14, 8
MAX_HASH = np.uint32((1 << 32) - 1)
PRIME = np.uint64((1 << 61) - 1)


def signatures(path: str) -> Work:
    texts = [row["text"] for row in documents(path)]
    permutations = (
        RNG.randint(1, PRIME, size=BANDS * ROWS, dtype=np.uint64),
        RNG.randint(0, PRIME, size=BANDS * ROWS, dtype=np.uint64),
    )
    ranges = [(band * ROWS, (band + 1) * ROWS) for band in range(BANDS)]

    def work() -> Result:
        for number, text in enumerate(texts):
            embed_func(
                text,
                number,
                num_perm=BANDS * ROWS,
                ngram_size=5,
                min_length=5,
                hashranges=ranges,
                permutations=permutations,
                hash_func=xxh3_32hash,
                dtype=np.uint64,
                max_hash=MAX_HASH,
                modulo_prime=PRIME,
            )
        return {"signatures": len(texts)}

    return work


if __name__ == "__main__":
    run({"signatures": signatures})
