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


def held_without_each(
    incidence: pa.Table, stage: str, shards: Sequence[str], held: int, part: int = 0
) -> npt.NDArray[np.int64]:
    """Groups that exactly ``held`` (from 1) shards would hold without each of ``shards``.

    Shape (len(shards),): what ``without_shard`` says of each, in one pass over the table.
    """
    rows = _rows(incidence, stage, part)
    left = np.full(len(shards), groups_by_shards(incidence, stage, part).get(held, 0), np.int64)
    mine = rows.filter(pc.is_in(rows["shard"], value_set=pa.array(shards, pa.string())))
    for holding, sign in ((held, -1), (held + 1, 1)):
        chosen = mine.filter(pc.equal(mine["shards_holding"], holding))
        places = pc.index_in(chosen["shard"], value_set=pa.array(shards, pa.string()))
        np.add.at(left, places.to_numpy(), sign * chosen["groups"].to_numpy())
    return left


def _rows(incidence: pa.Table, stage: str, part: int) -> pa.Table:
    mine = pc.and_(pc.equal(incidence["stage"], stage), pc.equal(incidence["part"], part))
    return incidence.filter(mine)


def _groups(rows: pa.Table) -> dict[int, int]:
    sums = rows.group_by("shards_holding", use_threads=False).aggregate([("groups", "sum")])
    pairs = zip(sums["shards_holding"].to_pylist(), sums["groups_sum"].to_pylist(), strict=True)
    return dict(sorted(pairs))
