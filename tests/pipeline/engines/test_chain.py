"""One leg over one shard: attribution, verdicts, and that nobody watching changes nothing."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import pytest

from pipeline.engines.local.chain import Chain, ShardSource, run_chain
from pipeline.engines.local.files import read_text
from pipeline.inspector import Uninspected
from pipeline.observer import Unobserved
from pipeline.reading.inputs import find_shards
from pipeline.reading.shard import open_shard
from pipeline.recipes.recipe import ExactDedup as Settings
from pipeline.stages.exact_dedup import ExactDedup
from profiler.meter import Meter


@dataclass
class LengthFilter:
    """Drops short texts, and burns CPU in a thread of its own."""

    name: str = "length"
    burn_cpu_seconds: float = 0.0
    reasons: tuple[str, ...] = ("short",)

    def failures(self, documents):
        thread = threading.Thread(target=self._burn)
        thread.start()
        thread.join()
        return (documents.alive & (documents.text.lengths < 5))[:, None]

    def _burn(self):
        until = time.thread_time() + self.burn_cpu_seconds
        while time.thread_time() < until:
            sum(range(1000))


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "long enough"}\n{"text": "no"}\n{"text": "this stays too"}\n')
    return path


def run(shard, directory, stages, observer, batch_bytes=8_000_000):
    directory.mkdir(exist_ok=True)
    (file,) = find_shards([shard])
    source = ShardSource(open_shard(file), file.name, batch_bytes)
    dedup = ExactDedup("exact", Settings())
    chain = Chain(directory, 0, file.name, stages, dedup, True, None)
    inspector = Uninspected(directory, file.name, 1, 0, stages, {})
    run_chain(chain, source, observer, inspector, lambda text_bytes: None)
    rows = [row for batch in read_text(directory / "text.arrow") for row in batch.positions]
    return rows, (directory / "sketch.parquet").read_bytes()


def test_a_second_burnt_in_a_hidden_thread_is_in_its_own_row(shard, tmp_path):
    meter = Meter(tmp_path)
    stages = [LengthFilter("quiet"), LengthFilter("hidden", 1.0)]
    run(shard, tmp_path / "warm", stages[:1], Unobserved(tmp_path))
    run(shard, tmp_path / "out", stages, meter)
    spent: dict[str, float] = {}
    for row in meter.table().to_pylist():
        cpu_seconds = row["cpu_user_seconds"] + row["cpu_system_seconds"]
        spent[row["stage"]] = spent.get(row["stage"], 0.0) + cpu_seconds
    assert spent["hidden"] >= 1.0
    assert spent["quiet"] < 0.2
    assert sum(spent.values()) - spent["hidden"] < 0.5


def test_without_a_meter_the_run_is_the_same(shard, tmp_path):
    stages = [LengthFilter()]
    metered = run(shard, tmp_path / "a", stages, Meter(tmp_path))
    plain = run(shard, tmp_path / "b", stages, Unobserved(tmp_path))
    assert metered == plain
    assert metered[0] == [0, 2]


def test_batches_of_one_document_give_the_same_rows(shard, tmp_path):
    stages = [LengthFilter()]
    whole, _ = run(shard, tmp_path / "a", stages, Unobserved(tmp_path))
    single, _ = run(shard, tmp_path / "b", stages, Unobserved(tmp_path), batch_bytes=1)
    assert single == whole


def test_volumes_carry_documents_and_bytes(shard, tmp_path):
    meter = Meter(tmp_path)
    run(shard, tmp_path / "out", [LengthFilter()], meter)
    rows = {
        (row["stage"], row["phase"]): row for row in meter.table().to_pylist() if row["docs_in"]
    }
    judged = rows["length", "judge"]
    assert (judged["docs_in"], judged["docs_out"]) == (3, 2)
    assert judged["bytes_in"] - judged["bytes_out"] == len("no")
    assert rows["exact", "sketch"]["docs_in"] == 2
