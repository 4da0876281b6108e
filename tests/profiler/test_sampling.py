"""Drawing a document sample: who is drawn, into which files, and what the manifest says."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import CorpuscostError, RunError, ShardError
from pipeline.reading.draw import draw_of
from pipeline.reading.inputs import find_shards
from profiler import sampling
from profiler.record.sample import load_sample
from profiler.sampling import Options, draw_sample, parse_fraction

ONE = Options(workers=1)


def write(path, texts, **columns):
    count = len(texts)
    ids = [f"{path.stem}-{i}" for i in range(count)]
    table = {"id": ids, "url": [f"http://x/{i}" for i in ids], "source": ["web"] * count}
    pq.write_table(pa.table(table | {"lang": ["en"] * count, "text": texts} | columns), path)


def rows(folder):
    files = sorted(folder.glob("*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


@pytest.fixture
def three(tmp_path):
    """Three shards of 300, 200 and 100 documents, one of them JSON lines."""
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "a.parquet", [f"first {i}" for i in range(300)])
    lines = [json.dumps({"id": f"b-{i}", "text": f"second {i} é"}) for i in range(200)]
    (folder / "b.jsonl").write_text("\n".join([*lines, "{broken"]), encoding="utf-8")
    write(folder / "c.parquet", [f"third {i}" for i in range(100)])
    return folder


def test_the_documents_of_small_rank_are_drawn_whole_and_in_order(three, tmp_path):
    sample = draw_sample([three], tmp_path / "out", fraction=0.25, options=ONE)
    expected = []
    for name, length in (("a.parquet", 300), ("b.jsonl", 200), ("c.parquet", 100)):
        chosen = draw_of(1, 0.25).chosen(name, np.arange(length, dtype=np.uint32))
        expected += [f"{name[0]}-{i}" for i in np.flatnonzero(chosen)]
    found = rows(tmp_path / "out")
    assert [row["id"] for row in found] == expected
    first = found[0]
    assert first["text"] == f"first {first['id'][2:]}"
    assert (first["url"], first["source"], first["lang"]) == (
        f"http://x/{first['id']}",
        "web",
        "en",
    )
    assert sample.totals.drawn_documents == len(expected)
    assert sample.totals.drawn_text_bytes == sum(len(row["text"].encode()) for row in found)


def test_the_manifest_tells_what_was_read_and_comes_back(three, tmp_path):
    sample = draw_sample([three], tmp_path / "out", fraction=0.25, options=ONE)
    assert load_sample(tmp_path / "out") == sample
    assert (sample.design, sample.fraction, sample.seed) == ("documents", 0.25, 1)
    assert [(s.path, s.documents) for s in sample.inputs] == [
        ("a.parquet", 300),
        ("b.jsonl", 200),
        ("c.parquet", 100),
    ]
    second = sample.inputs[1]
    assert second.bytes == (three / "b.jsonl").stat().st_size
    assert second.sha256 == hashlib.sha256((three / "b.jsonl").read_bytes()).hexdigest()
    assert second.text_bytes == sum(len(f"second {i} é".encode()) for i in range(200))
    assert sample.totals.documents == 600
    assert sample.totals.unreadable_records == {"malformed-line": 1}
    assert "line 201" in sample.unreadable_places[0]
    assert [each.name for each in find_shards([tmp_path / "out"])] == [
        f"part-0000{n}.parquet" for n in range(3)
    ]


def test_workers_change_nothing(three, tmp_path):
    draw_sample([three], tmp_path / "one", fraction=0.3, options=ONE)
    draw_sample([three], tmp_path / "two", fraction=0.3, options=Options(workers=2))
    draw_sample([three], tmp_path / "other", fraction=0.3, options=Options(workers=1, seed=2))
    one, two, other = (
        {p.name: p.read_bytes() for p in (tmp_path / name).iterdir()}
        for name in ("one", "two", "other")
    )
    assert one == two
    assert one != other


@pytest.mark.parametrize("documents", [1, 17, 600])
def test_a_number_is_drawn_exactly(three, tmp_path, documents):
    sample = draw_sample([three], tmp_path / "out", documents=documents, options=ONE)
    found = [row["id"] for row in rows(tmp_path / "out")]
    assert len(found) == documents
    assert sample.fraction == documents / 600
    assert sample.documents_asked == documents
    if documents == 17:
        draw_sample([three], tmp_path / "more", documents=40, options=ONE)
        assert set(found) < {row["id"] for row in rows(tmp_path / "more")}


def test_pairs_of_copies_survive_with_the_square(tmp_path):
    """Copies side by side and in other shards: both ways p² of the pairs, and p of the rest."""
    folder = tmp_path / "in"
    folder.mkdir()
    pairs, p = 4_000, 0.2
    beside = [f"beside {i // 2}" for i in range(2 * pairs)]
    write(folder / "a.parquet", beside + [f"apart {i}" for i in range(pairs)])
    write(folder / "b.parquet", [f"apart {i}" for i in reversed(range(pairs))])
    draw_sample([folder], tmp_path / "out", fraction=p, options=ONE)
    texts, counts = np.unique([row["text"] for row in rows(tmp_path / "out")], return_counts=True)
    for kind in ("beside", "apart"):
        own = counts[[text.startswith(kind) for text in texts]]
        for size, share in ((2, p * p), (1, 2 * p * (1 - p))):
            error = (own == size).sum() - pairs * share
            assert abs(error) < 4 * math.sqrt(pairs * share * (1 - share)), (kind, size)


def test_many_shards_make_few_files_in_the_same_order(tmp_path, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(20):
        write(folder / f"{i:02d}.parquet", [f"{i} {j}" for j in range(30)])
    draw_sample([folder], tmp_path / "each", fraction=0.5, options=ONE)
    monkeypatch.setattr(sampling, "MOST_FILES", 4)
    sample = draw_sample([folder], tmp_path / "few", fraction=0.5, options=ONE)
    assert len(list((tmp_path / "each").glob("*.parquet"))) == 20
    assert len(list((tmp_path / "few").glob("*.parquet"))) == 4
    assert rows(tmp_path / "few") == rows(tmp_path / "each")
    by_file = [each.file for each in sample.inputs]
    assert by_file == sorted(by_file)
    counts = [by_file.count(name) for name in sorted(set(by_file))]
    assert all(abs(n - want) <= 1 for n, want in zip(counts, [2.5, 7.5, 2.5, 7.5], strict=True))


def test_a_bad_shard_is_named_or_left_out(three, tmp_path):
    (three / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ShardError, match=r"(?s)bad\.parquet.*--skip-bad-shards"):
        draw_sample([three], tmp_path / "out", fraction=0.25, options=ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    options = Options(workers=1, skip_bad_shards=True)
    for settings in ({"fraction": 0.25}, {"documents": 150}):
        out = tmp_path / next(iter(settings))
        sample = draw_sample([three], out, options=options, **settings)
        assert list(sample.skipped_shards) == ["bad.parquet"]
        assert "--skip" not in sample.skipped_shards["bad.parquet"]
        assert sample.totals.documents == 600


def test_what_cannot_be_drawn_is_told_and_leaves_nothing(three, tmp_path):
    with pytest.raises(CorpuscostError, match="hold 600"):
        draw_sample([three], tmp_path / "out", documents=601, options=ONE)
    with pytest.raises(CorpuscostError, match="none of 600 documents was drawn"):
        draw_sample([three], tmp_path / "out", fraction=1e-9, options=ONE)
    with pytest.raises(CorpuscostError, match="at most 1"):
        draw_sample([three], tmp_path / "out", fraction=1.5, options=ONE)
    with pytest.raises(CorpuscostError, match="or their number"):
        draw_sample([three], tmp_path / "out", options=ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(RunError, match="not empty"):
        draw_sample([three], tmp_path / "out", fraction=0.5, options=ONE)


@pytest.mark.parametrize(("text", "share"), [("1%", 0.01), ("0.5 %", 0.005), ("0.25", 0.25)])
def test_a_share_is_read(text, share):
    assert parse_fraction(text) == share


@pytest.mark.parametrize("text", ["0", "1.1", "-1%", "101%", "one", "nan", ""])
def test_no_share_is_refused(text):
    with pytest.raises(CorpuscostError, match="no share"):
        parse_fraction(text)
