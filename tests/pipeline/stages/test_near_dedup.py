"""Near dedup: found pairs follow the banding curve; shingle-less documents are left alone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from pipeline.recipes.recipe import NearDedup as Settings
from pipeline.stages.dedup import keep_mask
from pipeline.stages.joining import Room
from pipeline.stages.near_dedup import NearDedup
from pipeline.stages.sketches import SketchWriter
from samples.pairs import planted_pairs


def members_of(tmp_path, documents_of, texts):
    dedup = NearDedup("near", Settings())
    path = tmp_path / "sketch.parquet"
    with SketchWriter(path, 0, dedup.fields) as writer:
        for start in range(0, len(texts), 1000):
            documents = documents_of(texts[start : start + 1000])
            writer.write(documents, dedup.sketch(documents))
    return dedup.resolve(Room(tmp_path, 500_000_000), [path])


def test_pairs_are_found_as_the_banding_curve_says(tmp_path, documents_of):
    """Per 0.05 bin of exact Jaccard the share found is within 3 points of 1-(1-J^8)^14."""
    count = 20_000
    left, right, similarities = planted_pairs(count, seed=5)
    jaccard = np.asarray(similarities)
    members = members_of(tmp_path, documents_of, [*left, *right])
    first = dict(zip(members.doc.tolist(), members.first.tolist(), strict=True))
    found = np.array(
        [first.get(i) is not None and first.get(i) == first.get(i + count) for i in range(count)]
    )
    expected = 1 - (1 - jaccard**8) ** 14
    bins = np.floor(jaccard / 0.05).astype(int)
    checked = 0
    for number in np.unique(bins):
        rows = bins == number
        if rows.sum() < 500:
            continue
        checked += 1
        assert found[rows].mean() == pytest.approx(expected[rows].mean(), abs=0.03)
    assert checked >= 8


def test_a_chain_of_similar_documents_is_one_group(tmp_path, documents_of):
    words = [f"w{i}" for i in range(300)]
    versions = [" ".join([*words[:i], f"x{i}", *words[i + 1 :]]) for i in (10, 50, 90)]
    members = members_of(
        tmp_path, documents_of, [" ".join(words), *versions, "quite another text " * 9]
    )
    assert members.doc.tolist() == [0, 1, 2, 3]
    assert members.first.tolist() == [0, 0, 0, 0]
    assert keep_mask(members, 0, 5).tolist() == [True, False, False, False, True]


def test_documents_without_a_shingle_are_never_banded(tmp_path, documents_of):
    members = members_of(
        tmp_path, documents_of, ["", "", "one two", "one two", "a b c d", "a b c d"]
    )
    assert len(members.doc) == 0


def test_dead_documents_have_no_sketch(documents_of):
    documents = documents_of(["one two three four five six", "one two three four five six"])
    documents.alive[0] = False
    (bands,) = NearDedup("near", Settings()).sketch(documents)
    assert len(bands) == 1
    assert len(bands[0]) == 14


def test_groups_equal_a_comparison_of_all_pairs(tmp_path, documents_of):
    """Real text where this machine has it, else samples: every band of every pair is compared."""
    texts = real_texts(3000)
    members = members_of(tmp_path, documents_of, texts)
    keys = pq.read_table(tmp_path / "sketch.parquet", columns=["bands"]).column(0).to_pylist()
    bands = np.array([row or [0] * 14 for row in keys], np.uint64)
    alike = np.zeros((len(texts), len(texts)), np.bool_)
    for band in bands.T:
        alike |= (band[:, None] == band[None, :]) & (band != 0)[:, None]
    _, labels = connected_components(csr_array(alike), directed=False)
    _, first = np.unique(labels, return_index=True)
    expected = first[labels]
    found = np.arange(len(texts))
    found[members.doc.astype(np.int64)] = members.first.astype(np.int64)
    np.testing.assert_array_equal(found, expected)
    assert len(members.dropped) > 20


def real_texts(count: int) -> list[str]:
    shared = os.environ.get("CORPUSCOST_SHARED")
    if shared:
        paths = sorted((Path(shared) / "corpora").glob("*.parquet"))[:2]
        tables = [pq.read_table(path, columns=["text"]) for path in paths]
        return [text for table in tables for text in table.column(0).to_pylist()[: count // 2]]
    left, right, _ = planted_pairs(count // 2, seed=8)
    return [*left, *right]
