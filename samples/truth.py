"""The truth about a corpus, in files that the profiler never reads."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from samples.composition import Unit
from samples.placing import Document
from samples.shards import SHARD_NAMES

DOCUMENTS_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("shard", pa.string()),
        ("position", pa.int32()),
        ("source", pa.string()),
        ("language", pa.string()),
        ("stated_language", pa.string()),
        ("kind", pa.string()),
        ("quality", pa.string()),
        ("exact_group", pa.int32()),
        ("family", pa.int32()),
        ("change", pa.string()),
        ("is_exact_copy", pa.bool_()),
        ("is_near_copy", pa.bool_()),
        ("copy_of", pa.string()),
        ("text_bytes", pa.int32()),
    ]
)

PAIRS_SCHEMA = pa.schema(
    [
        ("family", pa.int32()),
        ("family_documents", pa.int32()),
        ("id_a", pa.string()),
        ("id_b", pa.string()),
        ("url_a", pa.string()),
        ("url_b", pa.string()),
        ("planted", pa.bool_()),
        ("change", pa.string()),
        ("jaccard", pa.float64()),
    ]
)


def write_truth(directory: Path, documents: list[Document], units: list[Unit]) -> int:
    """Write documents.parquet and pairs.parquet; returns the number of pairs."""
    directory.mkdir(parents=True, exist_ok=True)
    by_unit: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        by_unit[document.unit].append(document)
    groups = _exact_groups(documents, units)
    rows = [_document_row(d, by_unit[d.unit][0], units, groups[i]) for i, d in enumerate(documents)]
    pairs = [row for unit in sorted(by_unit) for row in _pair_rows(by_unit[unit], units[unit])]
    _write(directory / "documents.parquet", rows, DOCUMENTS_SCHEMA)
    _write(directory / "pairs.parquet", pairs, PAIRS_SCHEMA)
    return len(pairs)


def _exact_groups(documents: list[Document], units: list[Unit]) -> list[int]:
    """A number per document: one for all members of a unit of exact copies, else its own."""
    numbers: dict[tuple[int, int], int] = {}
    groups = []
    for document in documents:
        is_exact = units[document.unit].relation == "exact"
        key = (document.unit, 0 if is_exact else document.member)
        groups.append(numbers.setdefault(key, len(numbers)))
    return groups


def _document_row(
    document: Document, original: Document, units: list[Unit], exact_group: int
) -> dict[str, Any]:
    is_copy = document.member > 0
    relation = units[document.unit].relation
    return {
        "id": document.id,
        "url": document.url,
        "shard": SHARD_NAMES[document.shard],
        "position": document.position,
        "source": document.source,
        "language": document.draft.language,
        "stated_language": document.stated_language,
        "kind": document.draft.kind,
        "quality": document.draft.quality,
        "exact_group": exact_group,
        "family": document.unit,
        "change": document.draft.change,
        "is_exact_copy": is_copy and relation == "exact",
        "is_near_copy": is_copy and relation == "near",
        "copy_of": original.id if is_copy else None,
        "text_bytes": len(document.draft.text.encode()),
    }


def _pair_rows(members: list[Document], unit: Unit) -> list[dict[str, Any]]:
    return [
        {
            "family": members[0].unit,
            "family_documents": len(members),
            "id_a": members[pair.a].id,
            "id_b": members[pair.b].id,
            "url_a": members[pair.a].url,
            "url_b": members[pair.b].url,
            "planted": pair.a == 0,
            "change": members[pair.b].draft.change if pair.a == 0 else "both",
            "jaccard": pair.jaccard,
        }
        for pair in unit.likenesses
    ]


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")
