"""MinHash signatures over word shingles, and the keys of their bands.

A shingle is ``shingle_words`` words in a row; its 32-bit hash folds the 64-bit hashes of its words
(``pipeline.kernels.word_hash``): s = 0; s = (s xor w) × 0x9E3779B97F4A7C15 mod 2**64 for each word;
the upper half of fmix64(s). ``python_shingle_hash`` is the twin over the words joined by spaces.
Permutations are datasketch's scheme "affine32": fmix32 of the hash, then a·h + b mod 2**32 with
odd a, minimum over all shingles; a signature equals ``datasketch.MinHash`` bit for bit.
Bands: Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.
"""

from __future__ import annotations

import functools
from importlib import metadata

import numpy as np
import numpy.typing as npt

from pipeline.kernels.characters import kept_table
from pipeline.kernels.compiled import kernel
from pipeline.kernels.mixing import fmix32, fmix64, python_fmix64
from pipeline.kernels.word_hash import python_word_hash
from pipeline.kernels.words import Words

GOLDEN = 0x9E3779B97F4A7C15
_BLOCK = 512  # shingle hashes that stay in the first-level cache under all permutations


@functools.cache
def permutations(count: int, seed: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Factors a and offsets b of datasketch's "affine32" permutations.

    Kept on disk: to import the library takes longer than to sign 100 MB of text.
    """
    name = f"permutations-{count}-{seed}-datasketch-{metadata.version('datasketch')}"
    a, b = kept_table(name, lambda: _drawn_permutations(count, seed))
    return a, b


def _drawn_permutations(count: int, seed: int) -> npt.NDArray[np.uint32]:
    from datasketch import MinHash

    drawn = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    return np.ascontiguousarray(drawn, np.uint32)


def signatures(
    words: Words, shingle_words: int, count: int, seed: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Signatures (n, count), and the number of shingles of each document (n,).

    A document with fewer words than a shingle has no shingle; its signature is all ones.
    """
    a, b = permutations(count, seed)
    documents = len(words.first) - 1
    out = np.full((documents, count), 0xFFFFFFFF, np.uint32)
    shingles = np.maximum(np.diff(words.first) - shingle_words + 1, 0)
    _sign(words.first, words.hashes, shingle_words, a, b, np.empty(_BLOCK, np.uint32), out)
    return out, shingles


def band_keys(signature: npt.NDArray[np.uint32], bands: int, rows: int) -> npt.NDArray[np.uint64]:
    """One 64-bit key per band of each signature, shape (n, bands)."""
    out = np.empty((len(signature), bands), np.uint64)
    _band(signature, rows, out)
    return out


def python_shingle_hash(shingle: bytes) -> int:
    """The documented 32-bit hash of a shingle given as UTF-8 words joined by single spaces."""
    value = 0
    for word in shingle.decode("utf-8").split(" "):
        value = (value ^ python_word_hash(word)) * GOLDEN & 0xFFFFFFFFFFFFFFFF
    return python_fmix64(value) >> 32


@kernel
def _sign(first, hashes, shingle_words, a, b, block, out):  # type: ignore[no-untyped-def]
    golden = np.uint64(0x9E3779B97F4A7C15)
    for document in range(len(first) - 1):
        at = first[document]
        last = first[document + 1] - shingle_words + 1
        while at < last:
            size = min(len(block), last - at)
            for i in range(size):
                value = np.uint64(0)
                for word in range(shingle_words):
                    value = (value ^ hashes[at + i + word]) * golden
                block[i] = fmix32(np.uint32(fmix64(value) >> np.uint64(32)))
            for permutation in range(len(a)):
                factor = a[permutation]
                offset = b[permutation]
                least = out[document, permutation]
                for i in range(size):
                    candidate = np.uint32(np.uint32(factor * block[i]) + offset)
                    least = min(least, candidate)
                out[document, permutation] = least
            at += size


@kernel
def _band(signature, rows, out):  # type: ignore[no-untyped-def]
    golden = np.uint64(0x9E3779B97F4A7C15)
    for document in range(out.shape[0]):
        for band in range(out.shape[1]):
            key = np.uint64(band + 1)
            for row in range(rows):
                key = fmix64((key ^ np.uint64(signature[document, band * rows + row])) * golden)
            out[document, band] = key
