from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc
import pytest

from pipeline.errors import CorpuscostError
from profiler.record.addition import add
from profiler.record.schema import TABLES, joint_stage
from profiler.record.store import Record
from profiler.scaling.dedup import dedup_retention
from profiler.scaling.forecast import make_forecast
from profiler.scaling.forecast_json import forecast_to_json
from profiler.scaling.quantity import Quantity
from profiler.scaling.spectrum import spectrum_of
from profiler.scaling.volumes import Forecast, StageForecast

Fabricate = Callable[..., Record]


def volumes(stage: StageForecast) -> tuple[Quantity, ...]:
    return stage.docs_in, stage.docs_out, stage.bytes_in, stage.bytes_out


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.argsort().argsort(), second.argsort().argsort())[0, 1])


def of_kind(forecast: Forecast, kind: str) -> StageForecast:
    return next(stage for stage in forecast.stages if stage.kind == kind)


@pytest.mark.parametrize("shards", [1, 2, 6])
def test_the_sample_forecasts_itself(fabricate: Fabricate, shards: int) -> None:
    record = fabricate(shards=shards, empty_shards=1)
    found = make_forecast(record, record.run.totals.stored_bytes, "stored", draws=100)
    stages = {stage.stage: stage for stage in found.stages}
    for totals in record.run.stages:
        stage = stages[totals.stage]
        expected = (totals.docs_in, totals.docs_out, totals.bytes_in, totals.bytes_out)
        assert [quantity.point for quantity in volumes(stage)] == pytest.approx(expected, rel=1e-9)
        assert stage.cpu_hours.point * 3600 == pytest.approx(totals.cpu_seconds)
        assert stage.retention.point == pytest.approx(totals.docs_out / totals.docs_in)
    spent = record.tables["batches"]
    measured = pc.sum(pc.add(spent["cpu_user_seconds"], spent["cpu_system_seconds"])).as_py()
    assert found.cpu_hours.point * 3600 == pytest.approx(measured - 7.0)  # profiling's own 7 s
    assert found.target.ratio == pytest.approx(1.0)
    assert found.clean_docs.point == pytest.approx(record.run.totals.docs_out)
    assert found.clean_tokens is not None
    assert found.clean_tokens.point == pytest.approx(record.run.totals.tokens_out)
    assert found.state in ("estimate", "rough")


def test_stages_stand_in_order_with_carriers(fabricate: Fabricate) -> None:
    found = make_forecast(fabricate(), 1e12, "stored", draws=100)
    kinds = [stage.kind for stage in found.stages]
    assert kinds == [
        "read",
        "rules",
        "c4-lines",
        "intermediate",
        "exact-dedup",
        "near-dedup",
        "quality",
    ]
    for before, after in pairwise(found.stages):
        assert after.docs_in is before.docs_out
        assert after.bytes_in is before.bytes_out


def test_filters_keep_their_share_and_far_dedup_has_bounds(fabricate: Fabricate) -> None:
    record = fabricate()
    found = make_forecast(record, 1e12, "stored", draws=2000)
    rules, exact = of_kind(found, "rules"), of_kind(found, "exact-dedup")
    measured = record.run.stages[0]
    assert rules.retention.point == measured.docs_out / measured.docs_in
    assert rules.retention.state == "estimate"
    assert exact.retention.point is None
    assert exact.retention.state == found.state == "bounds"
    assert exact.retention.outer_low is not None
    assert exact.retention.outer_high is not None
    kept = exact.docs_out.draws / exact.docs_in.draws
    assert kept.min() >= exact.retention.outer_low * 0.5  # the size of the whole moves them, too
    assert kept.max() <= min(1.0, exact.retention.outer_high * 2)
    low, high = np.quantile(kept, (0.05, 0.95))
    assert low <= exact.docs_out.point / exact.docs_in.point <= high


def test_two_dedups_in_a_row_keep_what_their_joint_groups_say(fabricate: Fabricate) -> None:
    record = fabricate()
    found = make_forecast(record, 4 * record.run.totals.stored_bytes, "stored", draws=2000)
    exact, near = of_kind(found, "exact-dedup"), of_kind(found, "near-dedup")
    joint = spectrum_of(record.tables["spectrum"], joint_stage("near"))
    alone = dedup_retention(joint, joint.documents, exact.docs_in.point, None, 1)
    assert near.docs_out.point / exact.docs_in.point == pytest.approx(alone.planned)
    assert near.chain_retention == alone.estimate
    assert (near.docs_out.draws <= near.docs_in.draws).all()


def test_the_whole_keeps_at_least_what_the_sample_kept(fabricate: Fabricate) -> None:
    record = fabricate()
    found = make_forecast(record, 1e15, "stored", draws=2000)
    for kind in ("exact-dedup", "near-dedup"):
        kept = of_kind(found, kind).docs_out.draws.min()
        assert kept >= record.run.stages[3].docs_out * (1 - 1e-9)


def test_a_transform_edits_bytes_and_keeps_documents(fabricate: Fabricate) -> None:
    lines = of_kind(make_forecast(fabricate(), 1e12, "stored", draws=500), "c4-lines")
    assert lines.docs_out is lines.docs_in
    assert lines.retention.point == lines.retention.low == lines.retention.high == 1.0
    share = lines.bytes_out.draws / lines.bytes_in.draws
    assert lines.bytes_out.point / lines.bytes_in.point == pytest.approx(0.9, abs=0.001)
    assert (share < 1).all()


def test_cpu_follows_the_volume_at_scale(fabricate: Fabricate) -> None:
    """The classifier works on what dedup leaves at scale, not on the sample's share of the pool."""
    record = fabricate()
    found = make_forecast(record, 1e13, "stored", draws=500)
    quality = of_kind(found, "quality")
    totals = record.run.stages[-1]
    rate = (totals.cpu_seconds - 2.0) / totals.bytes_in / 3600
    assert quality.cpu_hours.point == pytest.approx(
        rate * quality.bytes_in.point + 2.0 / 3600, rel=1e-9
    )
    assert quality.per_document_cpu_hours is not None
    assert (quality.per_document_cpu_hours.draws > 0).all()


def test_training_and_start_up_are_not_scaled(fabricate: Fabricate) -> None:
    record = fabricate(duplicate_share=0.0)
    found = [make_forecast(record, size, "stored", draws=100) for size in (1e12, 2e12)]
    once = (2.0 + 9.0 + 4.0) / 3600
    hours = [each.cpu_hours.point - once - _after_dedup(each) for each in found]
    assert hours[1] == pytest.approx(2 * hours[0], rel=1e-3)


def _after_dedup(forecast: Forecast) -> float:
    """Hours of stages whose volume dedup sets, which is not in proportion to the whole; and of
    resolving. Without the training of the last stage, which is paid once."""
    near, quality = of_kind(forecast, "near-dedup"), of_kind(forecast, "quality")
    exact = of_kind(forecast, "exact-dedup")
    assert exact.resolve_cpu_hours is not None
    resolve = exact.resolve_cpu_hours.point
    return near.cpu_hours.point + quality.cpu_hours.point - 2.0 / 3600 + resolve


def test_volumes_grow_with_the_target(fabricate: Fabricate) -> None:
    record = fabricate()
    stored = record.run.totals.stored_bytes
    found = [
        make_forecast(record, stored * ratio, "stored", draws=400)
        for ratio in (1, 1.5, 4, 100, 1e5, 1e9)
    ]
    for small, large in pairwise(found):
        assert large.cpu_hours.point > small.cpu_hours.point
        for first, second in zip(small.stages, large.stages, strict=True):
            if first.kind in ("near-dedup", "quality"):
                continue  # planned from bounds at far sizes: any value between them may be
            assert second.docs_in.point >= first.docs_in.point * 0.999


def test_same_seed_same_figures(fabricate: Fabricate) -> None:
    record = fabricate()
    first, again, other = (
        make_forecast(record, 1e13, "stored", seed=seed, draws=300) for seed in (4, 4, 5)
    )
    assert json.dumps(forecast_to_json(first)) == json.dumps(forecast_to_json(again))
    for one, two in zip(first.stages, again.stages, strict=True):
        assert (one.cpu_hours.draws == two.cpu_hours.draws).all()
    assert (first.cpu_hours.draws != other.cpu_hours.draws).any()
    # Volumes after bounds are planned by the mean of so many draws, which differs a little.
    assert first.cpu_hours.point == pytest.approx(other.cpu_hours.point, rel=2e-2)


def test_draws_are_joint(fabricate: Fabricate) -> None:
    """Draw i of the CPU total is the sum of draw i of the stages; more volume is more CPU."""
    found = make_forecast(fabricate(), 1e13, "stored", draws=1000)
    stages = sum(stage.cpu_hours.draws for stage in found.stages)
    assert found.cpu_hours.draws == pytest.approx(stages + 13.0 / 3600)
    quality = of_kind(found, "quality")
    assert spearman(quality.bytes_in.draws, quality.cpu_hours.draws) > 0.9


def test_retentions_of_stages_are_joint(fabricate: Fabricate) -> None:
    """Shards that pass more of one filter pass more of the next, and more of its bytes."""
    found = make_forecast(fabricate(shards=12, shard_spread=True), 1e13, "stored", draws=2000)
    rules, quality = of_kind(found, "rules"), of_kind(found, "quality")
    docs = [stage.docs_out.draws / stage.docs_in.draws for stage in (rules, quality)]
    assert np.corrcoef(*docs)[0, 1] > 0.5
    in_bytes = rules.bytes_out.draws / rules.bytes_in.draws
    assert np.corrcoef(docs[0], in_bytes)[0, 1] > 0.9


def test_dedup_weighs_bytes_by_the_lengths_of_what_is_kept(fabricate: Fabricate) -> None:
    """Duplicates are shorter here, so that more is left in bytes than a plain share of documents
    would leave; at the sample's own size it is what the sample kept."""
    record = fabricate()
    totals = record.run.stages[2]
    same = make_forecast(record, record.run.totals.stored_bytes, "stored", draws=200)
    twice = make_forecast(record, 2 * record.run.totals.stored_bytes, "stored", draws=200)
    own, larger = of_kind(same, "exact-dedup"), of_kind(twice, "exact-dedup")
    measured = totals.bytes_out / totals.bytes_in
    assert own.bytes_out.point / own.bytes_in.point == pytest.approx(measured)
    assert larger.bytes_retention is not None
    assert larger.bytes_retention.point is not None
    assert 0.6 * measured < larger.bytes_retention.point < measured
    assert larger.bytes_retention.low < larger.bytes_retention.point


def test_records_that_were_added_up_have_bounds_only(fabricate: Fabricate) -> None:
    record = fabricate()
    both = add(record, fabricate(seed=6))
    size = both.run.totals.stored_bytes
    found = of_kind(make_forecast(both, size, "stored", draws=100), "exact-dedup").retention
    own = record.run.totals.stored_bytes
    alone = of_kind(make_forecast(record, own, "stored", draws=100), "exact-dedup").retention
    assert (found.state, found.point) == ("bounds", None)
    assert alone.state == "estimate"
    assert found.low < 0.6 * found.high
    assert "records added up" in found.method


def test_text_basis_gives_stored_bytes_back(fabricate: Fabricate) -> None:
    record = fabricate()
    found = make_forecast(record, 1e12, "text", draws=500).target
    assert found.text_bytes.interval() == (1e12, 1e12)
    per_byte = sum(shard.bytes for shard in record.run.inputs) / sum(
        shard.text_bytes for shard in record.run.inputs
    )
    assert found.stored_bytes.point == pytest.approx(1e12 * per_byte)
    low, high = found.stored_bytes.interval()
    assert low < found.stored_bytes.point < high


def test_published_basis_is_wide_and_warned_of(fabricate: Fabricate) -> None:
    found = make_forecast(fabricate(), 1e15, "warc-gz", draws=500)
    low, high = found.target.text_bytes.interval()
    assert (low, high) == pytest.approx((1.475e14, 2.146e14), rel=0.01)
    assert found.target.stored_bytes.point == 1e15
    assert any("published ratio" in warning for warning in found.warnings)
    assert any("DCLM" in assumption for assumption in found.assumptions)


def test_warnings_name_what_is_weak(fabricate: Fabricate) -> None:
    weak = fabricate(run={"state": "partial", "design": "block"}, shards=2)
    text = "\n".join(make_forecast(weak, 1e15, "stored", draws=50).warnings)
    for words in (
        "Only 2 shards hold documents",
        "sample is small",
        "across snapshots",
        "built-in set 'builtin:web-en'",
        "run is partial",
        "one block",
        "What would help",
    ):
        assert words in text


def test_a_sound_sample_has_few_warnings(fabricate: Fabricate) -> None:
    recipe = {"stages": [{"name": "q", "kind": "quality", "quality": {"labelled_set": "mine.txt"}}]}
    record = fabricate(run={"recipe": recipe}, docs=800)
    assert make_forecast(record, record.run.totals.stored_bytes, "stored", draws=50).warnings == ()


def test_a_model_of_the_users_is_not_the_built_in_set(fabricate: Fabricate) -> None:
    quality = {"labelled_set": "builtin:web-en", "model": "mine.bin"}
    recipe = {"stages": [{"name": "q", "kind": "quality", "quality": quality}]}
    found = make_forecast(fabricate(run={"recipe": recipe}), 1e12, "stored", draws=50)
    assert not any("built-in" in warning for warning in found.warnings)


def test_assumptions_say_what_is_planned_and_what_is_not_scaled(fabricate: Fabricate) -> None:
    text = "\n".join(make_forecast(fabricate(), 1e15, "stored", draws=50).assumptions)
    for words in ("the sample gives bounds only", "start-up", "Tokens"):
        assert words in text


def test_an_assumed_spread_is_listed(fabricate: Fabricate) -> None:
    lone = make_forecast(fabricate(shards=1, batches=1), 1e12, "stored", draws=50)
    assert any("factor of 1.5 either way is assumed" in line for line in lone.assumptions)
    many = make_forecast(fabricate(shards=4), 1e12, "stored", draws=50)
    assert not any("either way is assumed" in line for line in many.assumptions)


def test_unknown_tokens_stay_unknown(fabricate: Fabricate) -> None:
    record = fabricate()
    totals = type(record.run.totals)
    known = {name: getattr(record.run.totals, name) for name in totals.__dataclass_fields__}
    blind = fabricate(run={"totals": totals(**{**known, "tokens_out": None})})
    found = make_forecast(blind, 1e12, "stored", draws=50)
    assert found.clean_tokens is None
    assert any("Tokens of the clean text are not known" in line for line in found.assumptions)


def test_a_stage_that_nothing_reached_does_not_break(fabricate: Fabricate) -> None:
    found = make_forecast(fabricate(docs=1, batches=1, shards=4), 1e12, "stored", draws=50)
    for stage in found.stages:
        for quantity in (*volumes(stage), stage.cpu_hours):
            assert np.isfinite(quantity.draws).all()
    json.dumps(forecast_to_json(found), allow_nan=False)


def test_json_has_the_shape_of_the_design(fabricate: Fabricate) -> None:
    data = forecast_to_json(make_forecast(fabricate(), 1e15, "stored", draws=200))
    json.dumps(data, allow_nan=False)
    assert data["target"]["bytes"] == 1e15
    for stage in data["stages"]:
        assert {"stage", "docs_in", "bytes_in", "retention", "cpu_hours"} <= set(stage)
        bounds = {"outer_low", "outer_high"}
        assert set(stage["retention"]) - bounds == {"point", "low", "high", "method", "state"}
        assert bounds <= set(stage["retention"]) or "dedup" not in stage["kind"]
        assert set(stage["cpu_hours"]) == {"point", "low", "high"}
        assert (stage["retention"]["point"] is None) == (stage["retention"]["state"] == "bounds")
    planned = {stage["stage"]: stage["planned"] for stage in data["stages"]}
    assert not planned["exact"]
    assert planned["near"]
    assert planned["quality"]


@pytest.mark.parametrize("size", [0, -1.0, float("nan")])
def test_a_size_must_be_positive(fabricate: Fabricate, size: float) -> None:
    with pytest.raises(CorpuscostError, match="more than 0 bytes"):
        make_forecast(fabricate(), size, "stored", draws=50)


def test_a_record_without_reading_is_refused(fabricate: Fabricate) -> None:
    record = fabricate()
    blank = Record(record.run, {**record.tables, "batches": TABLES["batches"].empty_table()})
    with pytest.raises(CorpuscostError, match="no row of stage 'read'"):
        make_forecast(blank, 1e12, "stored", draws=50)


def test_a_record_that_lacks_a_stage_is_refused(fabricate: Fabricate) -> None:
    record = fabricate()
    batches = record.tables["batches"]
    without = batches.filter(pc.not_equal(batches["stage"], "near"))
    with pytest.raises(CorpuscostError, match=r"'near' is in run\.json but has no row"):
        make_forecast(Record(record.run, {**record.tables, "batches": without}), 1e12, "stored")
