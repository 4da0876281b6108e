"""Joining on keys: the same groups as a plain join, whatever the memory, spilled or not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.errors import RunError
from pipeline.kernels.components import NOBODY
from pipeline.recipes.recipe import ExactDedup as ExactSettings
from pipeline.recipes.recipe import NearDedup as NearSettings
from pipeline.stages.dedup import keep_mask, save_members
from pipeline.stages.exact_dedup import ExactDedup
from pipeline.stages.joining import (
    MOST_PARTITION_BITS,
    SPILL_FILE,
    KeyJoin,
    Room,
    partition_bits,
)
from pipeline.stages.near_dedup import NearDedup
from pipeline.stages.sketches import DOCUMENT_BITS, SketchWriter, row_of
from profiler.calibration_keys import GroupLaw, Layout, band_keys, draw_groups, write_sketches

DOCUMENTS = 200_000
SHARD = 9_000
LAW = GroupLaw(np.array([1, 2, 3, 7, 200]), np.array([4e5, 9e4, 3e4, 9e3, 50]))


def plainly_joined(keys: np.ndarray) -> np.ndarray:
    """The smallest document of each one's component, from a sorted join on keys (n, bands)."""
    documents, bands = keys.shape
    owners = np.repeat(np.arange(documents), bands)
    flat = keys.ravel()
    order = np.lexsort((owners, flat))
    flat, owners = flat[order], owners[order]
    same = flat[1:] == flat[:-1]
    edges = coo_array(
        (np.ones(same.sum()), (owners[1:][same], owners[:-1][same])), (documents,) * 2
    )
    _, labels = connected_components(edges, directed=False)
    _, first = np.unique(labels, return_index=True)  # documents ascend: the first is the smallest
    return first[labels]


@pytest.fixture(scope="module")
def groups():
    return draw_groups(LAW, DOCUMENTS, 5)


@pytest.fixture(scope="module")
def near_sketches(groups, tmp_path_factory):
    folder = tmp_path_factory.mktemp("near")
    layout = Layout(SHARD, 1500)
    return write_sketches(groups, 14, layout, lambda n: folder / str(n) / "sketch.parquet", id)


def shard_of(numbers: np.ndarray) -> np.ndarray:
    return (numbers >> np.uint64(DOCUMENT_BITS)).astype(np.int64)


def dense(numbers: np.ndarray) -> np.ndarray:
    """Documents numbered through all shards."""
    return shard_of(numbers) * SHARD + row_of(numbers)


def room(folder, memory_bytes):
    folder.mkdir()
    return Room(folder, memory_bytes)


def test_spilling_finds_the_groups_of_a_plain_join(groups, near_sketches, tmp_path):
    expected = plainly_joined(band_keys(groups, 0, 14))
    small = room(tmp_path / "small", 16_000_000)  # the keys alone take 34 MB
    members = NearDedup("near", NearSettings()).resolve(small, near_sketches)
    spilled = (small.directory / SPILL_FILE).stat().st_size
    assert 0.5 < spilled / (DOCUMENTS * 14 * 12) < 1
    found = np.arange(DOCUMENTS)
    found[dense(members.doc)] = dense(members.first)
    np.testing.assert_array_equal(found, expected)
    shared = np.bincount(expected)[expected] > 1
    np.testing.assert_array_equal(dense(members.doc), np.flatnonzero(shared))


def test_members_do_not_hang_on_memory_or_on_the_order_of_files(near_sketches, tmp_path):
    dedup = NearDedup("near", NearSettings())
    plenty = room(tmp_path / "plenty", 2_000_000_000)
    expected = dedup.resolve(plenty, near_sketches)
    assert not (plenty.directory / SPILL_FILE).exists()
    for place, memory_bytes in enumerate((300_000, 60_000_000)):
        small = room(tmp_path / str(place), memory_bytes)
        members = dedup.resolve(small, near_sketches[::-1])
        np.testing.assert_array_equal(members.doc, expected.doc)
        np.testing.assert_array_equal(members.first, expected.first)


def test_digests_that_share_one_word_are_not_equal(tmp_path):
    join = KeyJoin(room(tmp_path / "room", 1_000), 5, 5, 2)
    keys = np.array([[5, 1], [5, 2], [6, 1], [5, 1], [6, 2]], np.uint64)
    join.add(keys, np.arange(5, dtype=np.uint32))
    roots, shared = join.roots()
    assert roots.tolist() == [0, 1, 2, 0, 4]
    assert shared.tolist() == [True, False, False, True, False]


def test_nothing_is_a_member_where_nothing_was_sketched(tmp_path):
    dedup = ExactDedup("exact", ExactSettings())
    path = tmp_path / "sketch.parquet"
    with SketchWriter(path, 0, dedup.fields):
        pass
    members = dedup.resolve(room(tmp_path / "room", 1_000), [path])
    save_members(members, tmp_path / "members.npy")
    assert np.load(tmp_path / "members.npy").shape == (2, 0)
    assert keep_mask(members, 0, 0).tolist() == []


def test_one_key_that_every_document_has_takes_no_memory(tmp_path):
    """A million times the same key: one slot of the table, whatever its partition holds."""
    small = room(tmp_path / "room", 1_000_000)
    join = KeyJoin(small, 1_000_000, 1_000_000, 1)
    for start in range(0, 1_000_000, 50_000):
        owners = np.arange(start, start + 50_000, dtype=np.uint32)
        join.add(np.full((50_000, 1), 7, np.uint64), owners)
    roots, shared = join.roots()
    assert (roots == 0).all()
    assert shared.all()


def test_more_distinct_keys_in_a_partition_than_foreseen_make_the_table_grow(tmp_path):
    join = KeyJoin(room(tmp_path / "room", 10_000_000), 50_000, 10, 1)
    owners = np.arange(50_000, dtype=np.uint32)
    join.add((owners // 2).astype(np.uint64).reshape(-1, 1), owners)
    roots, _ = join.roots()
    np.testing.assert_array_equal(roots, owners // 2 * 2)


def test_saved_members_and_masks_are_those_found(near_sketches, tmp_path):
    found = room(tmp_path / "room", 2_000_000)
    members = NearDedup("near", NearSettings()).resolve(found, near_sketches)
    save_members(members, tmp_path / "members.npy")
    doc, first = np.load(tmp_path / "members.npy")
    np.testing.assert_array_equal(doc, members.doc)
    np.testing.assert_array_equal(first, members.first)
    masks = [keep_mask(members, n, min(SHARD, DOCUMENTS - n * SHARD)) for n in range(23)]
    dropped = np.flatnonzero(~np.concatenate(masks))
    np.testing.assert_array_equal(dropped, dense(members.dropped))


def test_partitions_grow_with_the_keys_up_to_what_their_buffers_may_take():
    bits = [partition_bits(10**power, 10**8) for power in range(13)]
    assert bits[0] == 0
    assert bits == sorted(bits)
    assert bits[-1] == MOST_PARTITION_BITS
    assert partition_bits(10**9, 1000) == 1
    assert partition_bits(10**9, 1) == 0


def test_more_documents_than_can_be_numbered_are_refused(tmp_path):
    with pytest.raises(RunError, match="split the input"):
        KeyJoin(Room(tmp_path, 10**9), NOBODY, 10, 1)
