"""The largest groups, and copies apart from other dropped documents."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from profiler.views.duplicates import (
    GROUPS_SHOWN,
    LargeGroups,
    dedup_stages,
    groups,
    largest_groups,
    sampled_groups,
)
from profiler.views.samples import parted, samples


def test_the_largest_sizes_of_each_dedup_come_first(record):
    found = largest_groups(record, 2)
    assert [(row.stage, row.size, row.groups) for row in found] == [
        ("exact-dedup", 50, 1),
        ("exact-dedup", 7, 10),
        ("near-dedup", 50, 1),
        ("near-dedup", 7, 10),
    ]
    assert found[0] == LargeGroups("exact-dedup", 50, 1, 200_000, 4_000)


def test_documents_without_a_copy_are_no_group(record):
    assert {row.size for row in largest_groups(record, 99)} == {2, 3, 4, 7, 50}


def test_parts_of_a_sum_add(record):
    spectrum = record.tables["spectrum"]
    both = {**record.tables, "spectrum": pa.concat_tables([spectrum, spectrum])}
    assert largest_groups(replace(record, tables=both), 1)[0].groups == 2


def test_copies_stand_apart_from_other_samples(record):
    found = samples(record)
    others, copies = parted(found, dedup_stages(record))
    assert {stage for (stage, _), _ in copies} == {"near-dedup"}
    assert {stage for (stage, _), _ in others} == {"gopher-quality"}
    assert len(others) + len(copies) == len(found)
    assert parted(found, ()) == (found, ())


def many_groups(record, sizes):
    """The record with groups of these sizes at exact dedup, each of two parts."""
    (one, *_) = record.tables["groups"].to_pylist()
    rows = [
        one | {"stage": "exact-dedup", "part": part, "rank": rank, "docs": docs, "member": 0}
        for part in (0, 1)
        for rank, docs in enumerate(sizes, 1)
    ]
    table = pa.Table.from_pylist(rows, record.tables["groups"].schema)
    return replace(record, tables={**record.tables, "groups": table})


def test_groups_of_parts_are_listed_by_size(record):
    found = groups(many_groups(record, [9, 4, 2]))
    assert [(g[0].docs, g[0].part) for g in found] == [
        *((9, 0), (9, 1)),
        *((4, 0), (4, 1)),
        *((2, 0), (2, 1)),
    ]


def test_only_so_many_groups_are_shown_to_people(record):
    assert len(sampled_groups(many_groups(record, range(30, 20, -1)))) == GROUPS_SHOWN
    assert len(groups(many_groups(record, range(30, 20, -1)))) == 20


def test_samples_of_groups_name_size_role_and_shard(record):
    (key, members), *rest = sampled_groups(record)
    assert key == ("exact-dedup", "1,250 documents, 5.0 MB, in 2 shards")
    assert len(rest) == 3
    assert [member.id.split(" · ")[0] for member in members] == ["kept", "dropped", "dropped"]
    assert members[1].id.startswith("dropped · 2024/shard-1.jsonl.gz · ")
