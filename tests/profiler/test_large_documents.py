"""Documents far larger than the others: bounded memory, and the others' results are the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from made_up_text import write_shard

from pipeline.recipes.catalog import recipe_text
from profiler.measurement import Options, profile
from profiler.record.store import Record

OVERSIZE = 30_000_000  # of a limit of 20 MB
LARGE = 8_000_000  # goes through every stage, and stays
ORDINARY = 150


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> list[str]:
    path = tmp_path_factory.mktemp("texts") / "shard.jsonl"
    write_shard(path, ORDINARY, 3)
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    """The default recipe, whose rules drop nothing."""
    text = recipe_text("web-en").replace("threshold = 0.5", "threshold = 0.0")
    path = tmp_path_factory.mktemp("recipe") / "all.toml"
    path.write_text(re.sub(r"(\[stages\.rules\.[^\]]+\]\n)", r"\1enabled = false\n", text))
    return path


def long_text(texts: list[str], size: int) -> str:
    """Ordinary text one after another, with a number between so that no two are equal."""
    parts, length = [], 0
    while length < size:
        parts.append(f"{texts[len(parts) % len(texts)]}\nPart {len(parts)} of a very long text.")
        length += len(parts[-1]) + 1
    return "\n".join(parts)[:size]


def write_shards(folder: Path, texts: list[str], large: dict[str, str]) -> None:
    """The same documents as zstd JSON lines and as Parquet, the large ones in the middle."""
    folder.mkdir()
    halves = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    for name, half in zip(("lines", "table"), halves, strict=True):
        rows = [(f"{name}-{n}", text) for n, text in enumerate(half)]
        rows[40:40] = [(f"{name}-{key}", f"{text} In {name}.") for key, text in large.items()]
        if name == "lines":
            with zstandard.open(folder / "lines.jsonl.zst", "wt", encoding="utf-8") as file:
                file.writelines(json.dumps({"id": i, "text": t}) + "\n" for i, t in rows)
        else:
            columns = {"id": [i for i, _ in rows], "text": [t for _, t in rows]}
            pq.write_table(pa.table(columns), folder / "table.parquet", compression="zstd")


@pytest.fixture(scope="module")
def runs(texts, recipe, tmp_path_factory) -> dict[str, tuple[Record, list[str]]]:
    """Records and kept ids of the same documents without and with large ones among them."""
    folder = tmp_path_factory.mktemp("runs")
    large = {"oversize": long_text(texts, OVERSIZE), "large": long_text(texts, LARGE)}
    found = {}
    for name, among in (("without", {}), ("with", large)):
        write_shards(folder / name, texts, among)
        kept = folder / f"{name}-kept"
        options = Options(recipe=str(recipe), workers=1, keep=kept)
        record = profile([folder / name], folder / f"{name}-run", options)
        tables = [pq.read_table(path, columns=["id"]) for path in sorted(kept.glob("*.parquet"))]
        found[name] = record, [row for table in tables for row in table["id"].to_pylist()]
    return found


def test_the_others_are_kept_and_dropped_as_without_them(runs):
    (without, ids), (record, ids_with) = runs["without"], runs["with"]
    assert [i for i in ids_with if not i.endswith("-large")] == ids
    assert [i for i in ids_with if i.endswith("-large")] == ["lines-large"]  # the other is its copy
    for before, after in zip(without.run.stages, record.run.stages, strict=True):
        new = {"admission": {"oversize": 2}}.get(after.stage, {})
        if after.stage == "near-dedup":
            new = {"duplicate": 1}
        sums = {reason: before.drops.get(reason, 0) + new.get(reason, 0) for reason in new}
        assert after.drops == before.drops | sums


def test_memory_is_that_of_the_largest_that_stays_and_of_what_is_read(runs):
    """While reading, a document is there before its size can drop it; later it is not."""
    without, record = (runs[name][0].tables["batches"].to_pylist() for name in ("without", "with"))
    usual = max(row["peak_private_bytes"] for row in without if row["peak_private_bytes"])

    def largest(*stages: str) -> int:
        return max(row["peak_private_bytes"] for row in record if row["stage"] in stages)

    assert largest("read", "admission") < usual + 4 * OVERSIZE
    assert largest("exact-dedup", "near-dedup", "c4-lines") < usual + 4 * OVERSIZE
    assert usual < 700_000_000
