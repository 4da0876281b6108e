"""The largest groups, and copies apart from other dropped documents."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from profiler.views.duplicates import LargeGroups, dedup_stages, largest_groups
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
