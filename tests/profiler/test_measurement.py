"""The main job end to end: truth of the samples, equal results, faults, resume."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from pipeline.engines.local.plan import Workspace
from pipeline.engines.local.run import run_plan
from pipeline.errors import ConfigError, CorpuscostError, RunError, ShardError
from pipeline.recipes.catalog import recipe_text
from profiler.measurement import Options, make_plan, profile
from profiler.processes import UsageKeeper
from profiler.record.build import Circumstances, build_record
from profiler.record.gather import gather
from profiler.record.store import load

TIMES = (
    "cpu_user_seconds",
    "cpu_system_seconds",
    "wall_seconds",
    "peak_rss_bytes",
    "peak_private_bytes",
)
MOVED = ("read_bytes", "written_bytes")


@pytest.fixture(scope="session")
def reference(sample_corpus, tmp_path_factory):
    """One worker, the default recipe, everything kept: (run folder, record, kept folder)."""
    out = tmp_path_factory.mktemp("reference") / "run"
    kept = out.with_name("kept")
    options = Options(workers=1, keep=kept, keep_work=True)
    return out, profile([sample_corpus / "shards"], out, options), kept


def what_lasts(folder: Path) -> dict[str, object]:
    """The parts of a record that may not depend on time, workers or batches."""
    record = load(folder)
    times = ("batches", "filter_costs")
    tables = {name: table for name, table in record.tables.items() if name not in times}
    run = record.run
    return {name: table.to_pylist() for name, table in tables.items()} | {
        "inputs": run.inputs,
        "stages": [
            (s.stage, s.docs_in, s.docs_out, s.bytes_in, s.bytes_out, s.edited_bytes, s.drops)
            for s in run.stages
        ],
        "tokens": (run.totals.tokens_in, run.totals.tokens_out),
        "unreadable": run.totals.unreadable_records,
        "files": [dataclasses.replace(row, bytes=0) for row in run.intermediate_files],
    }


def test_files_between_stages_are_named_and_sized_as_they_lie(reference):
    out, record, _ = reference
    found = {(row.name, row.leg): row for row in record.run.intermediate_files}
    lying = [path for path in (out / "work").glob("**/*") if path.is_file()]
    for name, pattern in (
        ("text.arrow", "text.arrow"),
        ("sketch.parquet", "sketch.parquet"),
        ("rows.npy", "leg-*/*/rows.npy"),
        ("keep.npy", "keep-*.npy"),
        ("members.npy", "members.npy"),
        ("quality.arrays", "models/*.arrays/*"),
    ):
        paths = [path for path in lying if path.match(pattern)]
        rows = [row for (kind, _), row in found.items() if kind == name]
        assert sum(row.files for row in rows) == len(paths) > 0
        assert sum(row.bytes for row in rows) == sum(path.stat().st_size for path in paths)
    stages = {stage.stage: stage for stage in record.run.stages}
    for row in found.values():
        if row.stage in stages and row.leg is not None:
            assert (row.docs, row.text_bytes) == (
                stages[row.stage].docs_in,
                stages[row.stage].bytes_in,
            )
    assert found["text.arrow", 0].text_bytes == stages["exact-dedup"].bytes_in
    last = max(leg for _, leg in found if leg is not None)
    assert found["rows.npy", last].docs == record.run.totals.docs_out


def kept_ids(folder: Path) -> list[str]:
    files = sorted(folder.glob("**/*.parquet"))
    return [row for path in files for row in pq.read_table(path)["id"].to_pylist()]


def resolved(out: Path, leg: int) -> list[tuple[str, int, str, int]]:
    """(shard, position) of each document that a dedup dropped, and of the one kept for it."""
    workspace = Workspace(out / "work")
    plan = json.loads(workspace.plan_file.read_text())
    names = {shard["number"]: shard["name"] for shard in plan["shards"]}
    doc, first = np.load(workspace.resolution(leg) / "members.npy")
    members = pa.table({"doc": doc, "first": first})
    with duckdb.connect() as session:
        session.register("members", members)
        rows = session.execute(
            "WITH s AS (SELECT doc, position, doc >> 32 AS shard FROM "
            f"read_parquet('{workspace.root}/leg-{leg}/*/sketch.parquet')) "
            "SELECT a.shard, a.position, b.shard, b.position FROM members m "
            "JOIN s a USING (doc) JOIN s b ON b.doc = m.first WHERE m.doc <> m.first"
        ).fetchall()
    return [(names[a], p, names[b], q) for a, p, b, q in rows]


def truth_of(corpus: Path) -> dict[tuple[str, int], dict]:
    rows = pq.read_table(corpus / "truth" / "documents.parquet").to_pylist()
    return {(row["shard"], row["position"]): row for row in rows}


def test_the_ledger_closes_and_every_stage_is_there(reference):
    _, record, kept = reference
    run = record.run
    assert run.state == "complete"
    assert run.ledger["documents_closed"]
    assert run.ledger["bytes_closed"]
    assert run.totals.docs_in == sum(each.documents for each in run.inputs)
    assert [stage["name"] for stage in run.recipe["stages"]] == [s.stage for s in run.stages]
    assert run.totals.docs_out == len(kept_ids(kept))
    spent = sum(s.cpu_seconds for s in run.stages) + sum(run.other_cpu_seconds.values())
    assert spent == pytest.approx(run.totals.os_cpu_seconds)
    assert all(s.cpu_seconds > 0 for s in run.stages)


def test_exact_dedup_removes_exactly_the_planted_copies(reference, sample_corpus):
    out, _, _ = reference
    truth = truth_of(sample_corpus)
    removed = resolved(out, 0)
    assert len(removed) > 50
    gone = {(shard, position) for shard, position, _, _ in removed}
    sketches = Workspace(out / "work")
    reached = []
    for shard in json.loads(sketches.plan_file.read_text())["shards"]:
        table = pq.read_table(sketches.shard(0, shard["number"]) / "sketch.parquet")
        reached += [(shard["name"], position) for position in table["position"].to_pylist()]
    seen: set[int] = set()
    expected = set()
    for place in reached:  # in the order of shards and positions
        group = truth[place]["exact_group"]
        if group in seen:
            expected.add(place)
        seen.add(group)
    assert gone == expected


def test_near_dedup_removes_members_of_planted_families(reference, sample_corpus):
    out, _, _ = reference
    truth = truth_of(sample_corpus)
    removed = resolved(out, 1)
    assert len(removed) > 30
    same = [truth[a, p]["family"] == truth[b, q]["family"] for a, p, b, q in removed]
    assert np.mean(same) >= 0.98


def test_probes_have_the_keys_of_the_dedups_that_saw_them(reference):
    _, record, _ = reference
    probes = record.tables["probes"].to_pylist()
    exact, near = (s for s in record.run.stages if s.kind in ("exact-dedup", "near-dedup"))
    assert len(probes) == exact.docs_in
    assert all(len(probe["digest"]) == 16 for probe in probes)
    assert len({probe["digest"] for probe in probes}) == exact.docs_out
    with_bands = [probe for probe in probes if probe["bands"]]
    assert len({probe["digest"] for probe in with_bands}) == near.docs_in
    assert all(len(probe["bands"]) == 14 for probe in with_bands)


@pytest.mark.parametrize(("leg", "kind"), [(0, "exact-dedup"), (1, "near-dedup")])
def test_the_largest_groups_are_those_that_a_dedup_resolved(reference, sample_corpus, leg, kind):
    out, record, _ = reference
    truth = truth_of(sample_corpus)
    (stage,) = (stage.stage for stage in record.run.stages if stage.kind == kind)
    rows = [row for row in record.tables["groups"].to_pylist() if row["stage"] == stage]
    copies: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for shard, position, kept_shard, kept_position in resolved(out, leg):
        copies.setdefault((kept_shard, kept_position), []).append((shard, position))
    sizes = sorted((1 + len(group) for group in copies.values()), reverse=True)[:10]
    assert [row["docs"] for row in rows if row["member"] == 0] == sizes
    kept = {(place[0], truth[place]["id"]): group for place, group in copies.items()}
    for row in rows:
        if row["member"] == 0:
            group = kept[row["shard"], row["id"]]
            assert row["shards_holding"] == len({row["shard"], *(shard for shard, _ in group)})
        else:
            assert (row["shard"], row["id"]) in {(p[0], truth[p]["id"]) for p in group}


def test_what_a_worker_does_around_its_units_is_measured(reference):
    """A run over many small shards is mostly that; waiting for a job takes no CPU."""
    _, record, _ = reference
    rows = [row for row in record.tables["batches"].to_pylist() if row["stage"] == "coordinate"]
    units = {(row["shard"], row["batch"]) for row in rows if row["phase"] == "open unit"}
    opened = [row["shard"] for row in rows if row["phase"] == "open unit"]
    legs = 3
    assert sorted(opened) == sorted([each.path for each in record.run.inputs] * legs)
    assert len(units) == len(record.run.inputs)
    jobs = len(opened) + 1 + 2  # preparing; resolving two dedups
    assert sum(row["phase"] == "next job" for row in rows) == jobs + 1  # the end of the input


def test_workers_and_batches_change_nothing(reference, sample_corpus, tmp_path):
    out, _, kept = reference
    options = Options(workers=2, keep=tmp_path / "kept", batch_bytes=150_000)
    profile([sample_corpus / "shards"], tmp_path / "run", options)
    assert kept_ids(tmp_path / "kept") == kept_ids(kept)
    assert what_lasts(tmp_path / "run") == what_lasts(out)


def test_a_run_that_nobody_watches_keeps_the_same_documents(reference, sample_corpus, tmp_path):
    _, _, kept = reference
    plan = make_plan([sample_corpus / "shards"], Options(workers=1, keep=tmp_path / "kept"))
    plan = dataclasses.replace(plan, observer="", inspector="")
    run_plan(plan, Workspace(tmp_path / "work"))
    assert kept_ids(tmp_path / "kept") == kept_ids(kept)


def test_a_recipe_names_a_model_or_a_labelled_set_of_the_users(sample_corpus, tmp_path):
    text = recipe_text("web-en").replace('"builtin:web-en"', '"labelled.jsonl"')
    (tmp_path / "trains.toml").write_text(text, encoding="utf-8")
    shutil.copy(sample_corpus / "labelled.jsonl", tmp_path)
    shard = sample_corpus / "shards" / "part-00.jsonl"
    options = Options(workers=1, recipe=str(tmp_path / "trains.toml"), keep_work=True)
    trained = profile([shard], tmp_path / "trained", options)
    shutil.copy(tmp_path / "trained" / "work" / "models" / "quality.bin", tmp_path / "mine.bin")
    named = text.replace('labelled_set = "labelled.jsonl"', 'model = "mine.bin"')
    (tmp_path / "named.toml").write_text(named, encoding="utf-8")
    again = profile([shard], tmp_path / "named", Options(recipe=str(tmp_path / "named.toml")))
    assert trained.run.other_cpu_seconds["train"] > 0
    assert "train" not in again.run.other_cpu_seconds
    assert 0 < trained.run.stages[-1].docs_out < trained.run.stages[-1].docs_in
    assert again.run.stages[-1].drops == trained.run.stages[-1].drops
    assert not [warning for warning in again.run.warnings if "labelled set" in warning]


def test_another_seed_draws_other_samples(reference, sample_corpus, tmp_path):
    out, _, _ = reference
    profile([sample_corpus / "shards"], tmp_path / "run", Options(workers=1, seed=2))
    one, other = what_lasts(out), what_lasts(tmp_path / "run")
    assert one["stages"] == other["stages"]
    assert one["dropped"] != other["dropped"]


@pytest.mark.parametrize("leg", ["leg-0", "leg-1", "leg-2"])
def test_killed_in_the_middle_it_goes_on_to_the_same_record(
    reference, sample_corpus, tmp_path, leg
):
    out, _, kept = reference
    target, kept_again = tmp_path / "run", tmp_path / "kept"
    command = [sys.executable, "-m", "profiler.cli.main", "profile", str(sample_corpus / "shards")]
    command += ["--out", str(target), "--workers", "1", "--keep", str(kept_again)]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    finished = target / "work" / leg
    deadline = time.monotonic() + 300
    while len(list(finished.glob("[0-9]*"))) < 3 and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (target / "run.json").exists()
    done = {path.name: path.stat().st_mtime_ns for path in finished.glob("[0-9]*")}

    record = profile([sample_corpus / "shards"], target, Options(workers=1, keep=kept_again))

    assert len(done) >= 3
    assert what_lasts(target) == what_lasts(out)
    assert record.run.intermediate_files == load(out).run.intermediate_files
    assert kept_ids(kept_again) == kept_ids(kept)
    if leg == "leg-0":  # later the last reading may be older than the shards that were finished
        assert record.run.other_cpu_seconds["abandoned"] > 0
    assert any("stopped" in warning for warning in record.run.warnings)


def test_resuming_something_else_is_refused(sample_corpus, tmp_path):
    shards = sorted((sample_corpus / "shards").iterdir())
    out = tmp_path / "run"
    profile(shards[:1], out, Options(workers=1, keep_work=True))
    (out / "run.json").unlink()
    with pytest.raises(RunError, match="another seed"):
        profile(shards[:1], out, Options(workers=1, seed=9))
    with pytest.raises(RunError, match="another recipe"):
        profile(shards[:1], out, Options(workers=1, recipe="web-multi"))
    with pytest.raises(RunError, match="another input"):
        profile(shards[:2], out, Options(workers=1))


def test_a_finished_run_is_not_overwritten(reference, sample_corpus):
    out, _, _ = reference
    with pytest.raises(RunError, match="finished run"):
        profile([sample_corpus / "shards"], out, Options())


def test_a_bad_shard_ends_the_run_or_is_left_out(sample_corpus, tmp_path):
    good = sorted((sample_corpus / "shards").glob("*.parquet"))[0]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.parquet").write_bytes(good.read_bytes())
    pq.write_table(pa.table({"body": ["x"]}), folder / "columns.parquet")
    (folder / "empty.parquet").touch()
    with pytest.raises(ShardError, match=r"--skip-bad-shards"):
        profile([folder], tmp_path / "run", Options(workers=1))
    record = profile([folder], tmp_path / "run2", Options(workers=1, skip_bad_shards=True))
    assert record.run.state == "partial"
    assert sorted(record.run.skipped_shards) == ["columns.parquet", "empty.parquet"]
    assert "body" in record.run.skipped_shards["columns.parquet"]
    assert [each.path for each in record.run.inputs] == ["good.parquet"]
    assert record.run.ledger["documents_closed"]


def test_a_worker_that_is_killed_is_replaced(sample_corpus, tmp_path):
    """SIGKILL to a worker, not to the run: its shard is done again by another."""
    out = tmp_path / "run"
    command = [sys.executable, "-m", "profiler.cli.main", "profile", str(sample_corpus / "shards")]
    process = subprocess.Popen(
        [*command, "--out", str(out), "--workers", "1", "--keep-work", "--recipe", "web-multi"],
        stdout=subprocess.DEVNULL,
    )
    first_shard = out / "work" / "leg-0" / "000000"
    while not first_shard.exists():
        assert process.poll() is None
        time.sleep(0.02)
    usage = json.loads((out / "work" / "processes" / "0001" / "usage.json").read_text())
    os.kill(int(usage["key"].split("-")[0]), signal.SIGKILL)
    assert process.wait(timeout=300) == 0
    record = load(out)
    assert record.run.state == "complete"
    assert record.run.other_cpu_seconds["abandoned"] > 0
    assert len(list((out / "work" / "processes").iterdir())) == 2


def test_unreadable_input_is_counted_and_the_rest_kept(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    text = "The river and the sea are of interest to people who have time. " * 20
    lines = [json.dumps({"text": f"{i} {text}"}).encode() for i in range(3)]
    bad = [b'{"text": "half', b'{"text": "\xff\xfe"}', b'{"text": 5}', b'{"text": "nul \\u0000"}']
    (folder / "a.jsonl").write_bytes(b"\n".join([*lines, *bad]))
    (folder / "b.jsonl").touch()
    record = profile([folder], tmp_path / "run", Options(workers=1, recipe="web-multi"))
    assert record.run.totals.docs_in == 4
    assert record.run.totals.unreadable_records == {
        "malformed-line": 1,
        "invalid-utf8": 1,
        "wrong-type": 1,
    }
    assert any("a.jsonl" in place and "line 4" in place for place in record.run.unreadable_places)


BURNING_METER = """
import time
from profiler.meter import Meter

class BurningMeter(Meter):
    def __enter__(self):
        until = time.process_time() + 0.5
        while time.process_time() < until:
            pass
        return super().__enter__()
"""


def test_cpu_that_no_phase_wraps_is_unattributed_and_fails_the_ledger(tmp_path, monkeypatch):
    """A second burnt outside every phase, in both process and shard books of the one worker."""
    (tmp_path / "burning_meter.py").write_text(BURNING_METER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "in.jsonl").write_text('{"text": "a few words"}\n')
    options = Options(workers=1, recipe="web-multi")
    plan = make_plan([tmp_path / "in.jsonl"], options)
    plan = dataclasses.replace(plan, observer="burning_meter:BurningMeter")
    workspace = Workspace(tmp_path / "work")
    run_plan(plan, workspace, UsageKeeper())
    gathered = gather(plan, workspace, 0.0)
    nothing_known = Circumstances({}, {}, "", 0.0, ())
    record = build_record(plan, workspace, gathered, nothing_known)
    assert record.run.state == "complete"
    lost = dataclasses.replace(gathered, drops={})
    assert build_record(plan, workspace, lost, nothing_known).run.state == "failed"
    assert not record.run.ledger["cpu_closed"]
    assert record.run.ledger["documents_closed"]
    assert record.run.other_cpu_seconds["unattributed"] >= 0.5
    assert "CPU-seconds belong to no measured phase" in record.run.ledger["faults"][0]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 12 MB, and how to enlarge it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield (
        folder,
        lambda: subprocess.run(["mount", "-o", "remount,size=300m", str(folder)], check=True),
    )
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("recipe", ["web-en", "web-multi"])
def test_a_full_disk_is_told_and_the_run_goes_on_afterwards(small_disk, sample_corpus, recipe):
    """web-en fills it with its model, web-multi with text between the passes."""
    folder, enlarge = small_disk
    (folder / "ballast").write_bytes(bytes(0 if recipe == "web-en" else 9_000_000))
    options = Options(workers=1, recipe=recipe)
    with pytest.raises(CorpuscostError, match=r"(disk full|disk is full|is the disk full)"):
        profile([sample_corpus / "shards"], folder / "run", options)
    enlarge()
    record = profile([sample_corpus / "shards"], folder / "run", options)
    assert record.run.state == "complete"
    assert record.run.ledger["documents_closed"]


def test_a_run_whose_documents_do_not_close_is_refused(tmp_path, monkeypatch):
    def without_drops(*arguments):
        return dataclasses.replace(gather(*arguments), drops={})

    monkeypatch.setattr("profiler.measurement.gather", without_drops)
    (tmp_path / "in.jsonl").write_text('{"text": "a few words"}\n')
    with pytest.raises(RunError, match="does not close"):
        profile([tmp_path / "in.jsonl"], tmp_path / "run", Options(workers=1, recipe="web-multi"))
    assert load(tmp_path / "run").run.state == "failed"


def test_tokens_are_measured_with_a_tokenizer(sample_corpus, tmp_path):
    """One token per word and one per mark: the rate of the subsample follows from its text."""
    tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    shards = [sample_corpus / "shards" / "part-00.jsonl"]
    options = Options(workers=1, recipe="web-multi", tokenizer=tmp_path / "tokenizer.json")
    record = profile(shards, tmp_path / "run", options)
    assert record.run.tokens["method"].startswith("measured with tokenizer.json")
    texts = [json.loads(line)["text"] for line in shards[0].read_text("utf-8").splitlines()]
    latin = [text for text in texts if text.isascii()]
    tokens = sum(len(re.findall(r"\w+|[^\w\s]+", text)) for text in latin)
    rate = sum(len(text) for text in latin) / tokens
    assert record.run.tokens["bytes_per_token"]["latin"] == pytest.approx(rate, rel=0.05)
    with pytest.raises(ConfigError, match=r"no tokenizer\.json"):
        profile(shards, tmp_path / "other", dataclasses.replace(options, tokenizer=shards[0]))


def test_real_text_ends_complete(shared, tmp_path):
    files = sorted((shared / "corpora").glob("text-0[0-1].parquet"))
    record = profile(files, tmp_path / "run", Options())
    assert record.run.state == "complete"
    assert record.run.totals.docs_in == sum(pq.read_metadata(path).num_rows for path in files)
    assert record.run.ledger["documents_closed"]
    assert record.run.ledger["bytes_closed"]
