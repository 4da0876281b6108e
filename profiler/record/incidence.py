"""What incidence.parquet tells of shards: groups by their holders, with and without one shard.

The counts without a shard serve a jackknife over shards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def groups_by_shards(incidence: pa.Table, stage: str, part: int = 0) -> dict[int, int]:
    """Groups of a stage that exactly j shards hold, by j."""
    rows = _rows(incidence, stage, part)
    return _groups(rows.filter(pc.is_null(rows["shard"])))


def groups_in_shard(incidence: pa.Table, stage: str, shard: str, part: int = 0) -> dict[int, int]:
    """Groups that ``shard`` holds and that exactly j shards hold, itself among them, by j.

    Empty for a shard of which no document reached the stage.
    """
    rows = _rows(incidence, stage, part)
    return _groups(rows.filter(pc.equal(rows["shard"], shard)))


def without_shard(incidence: pa.Table, stage: str, shard: str, part: int = 0) -> dict[int, int]:
    """Groups that exactly j shards would hold if ``shard`` had not been read, by j.

    G_j - g_j + g_{j+1}, where G are all groups and g those that the shard holds: each of these
    loses one of its shards, and those that no other shard holds are gone. Counts of 0 are left
    out. The groups themselves are taken as they were found: near duplicates that only a document
    of this shard links stay one group.
    """
    left = groups_by_shards(incidence, stage, part)
    for held, groups in groups_in_shard(incidence, stage, shard, part).items():
        left[held] = left.get(held, 0) - groups
        left[held - 1] = left.get(held - 1, 0) + groups
    return {held: groups for held, groups in sorted(left.items()) if groups and held}


def held_by_each(
    incidence: pa.Table,
    stage: str,
    shards: Sequence[str],
    holding: Sequence[int],
    part: int = 0,
) -> npt.NDArray[np.int64]:
    """Groups that each of ``shards`` holds and that exactly ``holding[j]`` shards hold.

    Shape (len(shards), len(holding)), of different numbers: what ``groups_in_shard`` says of each
    shard, in one pass over the table.
    """
    rows = _rows(incidence, stage, part)
    places = pc.index_in(rows["shard"], value_set=pa.array(shards, pa.string()))
    columns = pc.index_in(rows["shards_holding"], value_set=pa.array(holding, pa.int64()))
    mine = pc.and_(pc.is_valid(places), pc.is_valid(columns))
    found = np.zeros((len(shards), len(holding)), np.int64)
    at = places.filter(mine).to_numpy(), columns.filter(mine).to_numpy()
    np.add.at(found, at, rows["groups"].filter(mine).to_numpy())
    return found


def _rows(incidence: pa.Table, stage: str, part: int) -> pa.Table:
    mine = pc.and_(pc.equal(incidence["stage"], stage), pc.equal(incidence["part"], part))
    return incidence.filter(mine)


def _groups(rows: pa.Table) -> dict[int, int]:
    sums = rows.group_by("shards_holding", use_threads=False).aggregate([("groups", "sum")])
    pairs = zip(sums["shards_holding"].to_pylist(), sums["groups_sum"].to_pylist(), strict=True)
    return dict(sorted(pairs))
