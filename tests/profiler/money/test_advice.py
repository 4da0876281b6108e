"""Stage order advice: on known costs, and on the samples with every document tried."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import pyarrow.parquet as pq
import pytest
from tried_records import FILTERS, Tried

from pipeline.engines.local.plan import Workspace
from pipeline.engines.local.run import run_plan
from pipeline.recipes.catalog import load_recipe, recorded_recipe
from pipeline.recipes.recipe import DEDUP_KINDS
from pipeline.recipes.writing import recipe_toml
from profiler.inspection import TRIAL_SHARE
from profiler.measurement import Options, make_plan, profile
from profiler.money.advice import (
    ScaledAdvice,
    advice_to_json,
    advise_order,
    advised_forecast,
    advised_recipe,
    at_scale,
    blocks_to_order,
    spared_usd,
)
from profiler.money.budget import make_budget
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.processes import UsageKeeper
from profiler.record.build import Circumstances, build_record
from profiler.record.gather import gather
from profiler.record.schema import TABLES
from profiler.record.store import Record, load, save
from profiler.scaling.quantity import Estimate

TODAY = date(2026, 11, 24)


def test_the_cheaper_order_and_its_cost_are_those_of_the_truth():
    tried = Tried()
    advice = advise_order(tried.record(), draws=100)
    (block,) = advice.blocks
    costs = {order: sum(tried.cost(order).values()) for order in (FILTERS, block.advised)}
    assert block.worth
    assert advice.worth
    assert block.cpu_seconds == pytest.approx(costs[FILTERS])
    assert block.cheapest_cpu_seconds.point == pytest.approx(costs[block.advised])
    assert block.saving.point == pytest.approx(1 - costs[block.advised] / costs[FILTERS])
    assert block.saving.low <= block.saving.point <= block.saving.high
    assert [load.stage for load in block.present] == list(FILTERS)
    assert advice.run_cpu_seconds == pytest.approx(costs[FILTERS])


def test_where_nothing_is_dropped_the_order_stays():
    tried = Tried()
    tried.mask[:] = 0
    (block,) = advise_order(tried.record(), draws=50).blocks
    assert not block.worth
    assert block.cheapest == block.present
    assert block.saving.point == pytest.approx(0)


def test_one_batch_of_one_shard_is_enough_to_advise():
    (block,) = advise_order(Tried(shards=1, batches=1, docs=3000).record(), draws=200).blocks
    assert block.worth
    assert 0.8 * block.saving.point < block.saving.low < block.saving.high < 1


def unsure():
    """One document of one shard is dropped by the last filter: putting it first spares a little."""
    tried = Tried(shards=3, batches=1, docs=12)
    tried.mask[:] = 0
    tried.mask[0] = 4
    return tried.record()


def test_a_saving_within_its_interval_is_not_advised():
    (block,) = advise_order(unsure()).blocks
    assert block.cheapest != block.present
    assert block.saving.low <= 0 < block.saving.point <= block.saving.high
    assert not block.worth
    assert block.advised == FILTERS


def test_the_same_seed_gives_the_same_advice():
    record = Tried(sampled=0.1).record()
    one, two, other = (advise_order(record, seed, 50).blocks[0] for seed in (1, 1, 2))
    assert one.saving == two.saving
    assert one.saving != other.saving


def test_filters_with_something_between_them_have_no_order():
    record = Tried().record()
    tables = record.tables | {"joint_verdicts": TABLES["joint_verdicts"].empty_table()}
    for kinds, expected in (
        (("rules", "quality", "rules"), (FILTERS,)),
        (("rules", "near-dedup", "rules"), ()),
        (("admission", "rules", "rules"), (("b", "c"),)),
        (("rules", "rules", "c4-lines"), (("a", "b"),)),
    ):
        stages = tuple(
            dataclasses.replace(stage, kind=kind)
            for stage, kind in zip(record.run.stages, kinds, strict=True)
        )
        bare = Record(dataclasses.replace(record.run, stages=stages), tables)
        assert blocks_to_order(bare) == expected
        advice = advise_order(bare, draws=10)
        assert advice.blocks == ()
        assert len(advice.unmeasured) == len(expected)
        assert all("profile again" in text for text in advice.unmeasured)


def test_an_older_record_says_profile_again(tmp_path):
    save(Tried().record(), tmp_path)
    for name in ("joint_verdicts", "filter_costs"):
        (tmp_path / f"{name}.parquet").unlink()
    advice = advise_order(load(tmp_path))
    assert advice.blocks == ()
    assert "profile again" in advice.unmeasured[0]
    assert not advice.worth


def kept_ids(folder):
    files = sorted(folder.glob("**/*.parquet"))
    return [row for path in files for row in pq.read_table(path)["id"].to_pylist()]


def badly_ordered():
    """web-multi with the dear filters first; its second block comes after a dedup."""
    recipe = load_recipe("web-multi")
    names = ("admission", "surface", "gopher-repetition", "gopher-quality", "blocklist")
    names = (*names, "c4-lines", "exact-dedup", "fineweb", "c4")
    specs = {spec.name: spec for spec in recipe.stages}
    return dataclasses.replace(recipe, stages=tuple(specs[name] for name in names))


@pytest.fixture(scope="module")
def all_tried(sample_corpus, tmp_path_factory):
    """A run of a recipe in a bad order in which every document was tried: record, kept folder."""
    folder = tmp_path_factory.mktemp("tried")
    path = folder / "badly.toml"
    path.write_text(recipe_toml(badly_ordered()), encoding="utf-8")
    options = Options(recipe=str(path), workers=1, keep=folder / "kept")
    plan = make_plan([sample_corpus / "shards"], options)
    plan = dataclasses.replace(plan, inspector_settings={TRIAL_SHARE: "1"})
    workspace = Workspace(folder / "work")
    run_plan(plan, workspace, UsageKeeper())
    nothing_known = Circumstances({}, {}, "", 0.0, ())
    return build_record(plan, workspace, gather(plan, workspace, 0.0), nothing_known), (
        folder / "kept"
    )


def test_the_advised_order_keeps_the_same_documents_and_meets_those_predicted(
    all_tried, sample_corpus, tmp_path
):
    record, kept = all_tried
    advice = advise_order(record, draws=50)
    assert [len(block.present) for block in advice.blocks] == [4, 2]
    assert advice.unmeasured == ()
    sure = dataclasses.replace(
        advice, blocks=tuple(dataclasses.replace(block, worth=True) for block in advice.blocks)
    )
    recipe = advised_recipe(recorded_recipe(record.run.recipe, "run"), sure)
    path = tmp_path / "advised.toml"
    path.write_text(recipe_toml(recipe), encoding="utf-8")
    again = profile(
        [sample_corpus / "shards"],
        tmp_path / "run",
        Options(recipe=str(path), workers=1, keep=tmp_path / "kept"),
    )
    assert kept_ids(tmp_path / "kept") == kept_ids(kept)
    came = {stage.stage: (stage.docs_in, stage.bytes_in) for stage in again.run.stages}
    loads = [each for block in advice.blocks for each in block.cheapest]
    assert any(block.cheapest != block.present for block in advice.blocks)
    for each in loads:
        assert (round(each.docs), round(each.bytes)) == came[each.stage]
    moved = [stage.stage for stage in again.run.stages if stage.kind not in DEDUP_KINDS]
    order = [each.stage for each in loads]
    assert [name for name in moved if name in order] == order


def test_trying_filters_is_paid_by_a_row_of_its_own(all_tried):
    record, _ = all_tried
    spent = sum(record.tables["filter_costs"]["cpu_seconds"].to_pylist())
    assert 0 < spent < record.run.other_cpu_seconds["profiling"]
    assert record.run.ledger["documents_closed"]
    assert record.run.ledger["cpu_closed"]
    judged = sum(record.tables["joint_verdicts"]["docs"].to_pylist())
    reached = [
        stage.docs_in for stage in record.run.stages if stage.stage in ("surface", "fineweb")
    ]
    assert judged == sum(reached)


STAGES = (
    ("read", "read", 500.0),
    *((name, "rules", hours) for name, hours in zip(FILTERS, (1e5, 2e4, 3e3), strict=True)),
)


def test_at_scale_the_saving_is_a_part_of_what_the_filters_cost(make_forecast):
    advice = advise_order(Tried().record(), draws=50)
    (block,) = advice.blocks
    (scaled,) = at_scale(advice, make_forecast(stages=STAGES))
    assert scaled.filters == FILTERS
    assert scaled.cpu_hours.point == pytest.approx(123_000)
    assert scaled.spared_cpu_hours.point == pytest.approx(123_000 * block.saving.point)
    low, high = scaled.spared_cpu_hours.interval()
    assert low < scaled.spared_cpu_hours.point < high


def test_the_forecast_of_the_advised_order_spares_that_and_no_more(make_forecast):
    advice = advise_order(Tried().record(), draws=50)
    forecast = make_forecast(stages=STAGES, fixed_cpu_hours=10.0)
    (scaled,) = at_scale(advice, forecast)
    advised = advised_forecast(advice, forecast)
    parts = [stage.cpu_hours.point for stage in advised.stages]
    assert parts[0] == 500.0
    assert sum(parts[1:]) == pytest.approx(123_000 - scaled.spared_cpu_hours.point)
    assert advised.cpu_hours.point == pytest.approx(sum(parts) + 10.0)
    assert advised.cpu_hours.draws == pytest.approx(
        forecast.cpu_hours.draws - scaled.spared_cpu_hours.draws
    )
    unsure_advice = advise_order(unsure(), draws=50)
    assert advised_forecast(unsure_advice, forecast).stages == forecast.stages


def test_usd_spared_are_those_of_the_compute_lines(make_forecast):
    advice = advise_order(Tried().record(), draws=50)
    forecast = make_forecast(stages=STAGES, spread=0.0)
    advised = advised_forecast(advice, forecast)
    scenario, book = load_scenario(None, ("cleaning.distributed_kinds=[]",)), default_book()
    present, cheaper = (make_budget(each, scenario, book, TODAY) for each in (forecast, advised))
    spared = spared_usd(present, cheaper)
    compute = sum(
        line.usd.point
        for line in present.lines
        if line.counted and line.item in {f"compute: {name}" for name in FILTERS}
    )
    assert compute > 1000
    assert spared.point == pytest.approx(compute * advice.blocks[0].saving.point, abs=0.05)
    assert spared.low < spared.point < spared.high


def test_as_json(make_forecast):
    advice = advise_order(Tried().record(), draws=50)
    usd = Estimate(10.0, 9.0, 11.0, "by hand")
    scaled = ScaledAdvice(at_scale(advice, make_forecast(stages=STAGES)), usd, usd)
    data = json.loads(json.dumps(advice_to_json(advice, scaled), allow_nan=False))
    first = data["blocks"][0]
    assert first["at_scale"]["cpu_hours"]["point"] == pytest.approx(123_000)
    assert data["at_scale"]["spared_usd"]["point"] == 10.0
    assert sorted(first["advised"]) == [load["stage"] for load in first["present"]]
    bare = advice_to_json(advice)
    assert bare["at_scale"] is None
    assert bare["blocks"][0]["at_scale"] is None
