"""Filters on trial: joint verdicts of a block, and each part timed once, by a clock of our own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import SCHEMA
from pipeline.inspector import Step
from pipeline.kernels.scripts import main_scripts
from pipeline.recipes.catalog import build_stage, load_recipe
from pipeline.stages.c4_lines import C4Lines
from pipeline.stages.stage import Documents, first_reason, text_of
from profiler.record.schema import MOST_BLOCK_FILTERS
from profiler.trial import (
    MOST_TIMED_SHARDS,
    MOST_TRIED_SHARDS,
    TIMED_UP_TO,
    TRIED_PART,
    TRIED_UP_TO,
    Trials,
    blocks,
    chosen_shards,
    families_of,
    trial_salt,
)

TEXTS = ["a", "abc", "abcdef", "xyz", "xy", "x" * 20]


@dataclass
class Clock:
    """Moves on only while work is done."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Longer:
    """Drops texts over some bytes; judging takes 2 s, and 1 s a document that is alive."""

    name: str
    limit: int
    clock: Clock = field(default_factory=Clock)
    reasons: tuple[str, ...] = ("long",)

    def failures(self, documents):
        self.clock.now += 2 + documents.live_docs
        return (documents.text.lengths > self.limit)[:, None] & documents.alive[:, None]


@dataclass
class Beginning:
    """Drops texts that begin with a letter."""

    name: str
    letter: str
    reasons: tuple[str, ...] = ("letter",)

    def failures(self, documents):
        hit = [documents.text.text(row)[:1] == self.letter for row in range(len(documents))]
        return np.array(hit, np.bool_)[:, None] & documents.alive[:, None]


def batch(texts, urls=None):
    count = len(texts)
    rows = [[str(i) for i in range(count)], urls or [None] * count, [None] * count, ["en"] * count]
    arrays = [pa.array(row, each.type) for row, each in zip([*rows, texts], SCHEMA, strict=True)]
    record = pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
    text, alive = text_of(record), np.ones(count, np.bool_)
    columns = record.select(["id", "url", "source", "lang"])
    positions = np.arange(count, dtype=np.uint32)
    return Documents(columns, text, alive, main_scripts(text, alive), positions)


def steps_of(documents, stages):
    """What a leg tells of a batch that went through the stages."""
    steps = []
    for stage in stages:
        before = documents.alive
        if hasattr(stage, "rewrite"):
            old = documents.text
            documents.replace_text(stage.rewrite(documents))
            steps.append(Step(stage.name, (), before, None, old, documents.text))
            continue
        verdicts = first_reason(stage.failures(documents))
        documents.alive = before & (verdicts == -1)
        text = documents.text
        steps.append(Step(stage.name, stage.reasons, before, verdicts, text, text))
    return steps


def held(stages, *batches, clock=None, timed=True):
    by_name = {stage.name: stage for stage in stages}
    trials = Trials("s", by_name, clock or Clock(), timed)
    for documents in batches:
        steps = steps_of(documents, stages)
        ranks = documents.positions.astype(np.uint64)  # of document i, part i
        trials.hold(documents, steps, np.ones(len(documents), np.bool_), ranks)
    return trials


def by_mask(trials, block):
    found = defaultdict(lambda: [0, 0])
    for (name, _, _, mask), (docs, volume) in trials.verdicts.items():
        if name == block:
            found[mask][0] += docs
            found[mask][1] += volume
    return dict(found)


def test_every_filter_judges_every_document_of_the_block():
    """The second filter would not have seen in the run what the first dropped."""
    trials = held([Longer("long", 4), Beginning("x", "x")], batch(TEXTS))
    assert by_mask(trials, "long+x") == {0: [2, 4], 1: [1, 6], 2: [2, 5], 3: [1, 20]}
    assert {key[2]: values[0] for key, values in trials.verdicts.items()} == dict.fromkeys(
        range(6), 1
    )


def test_batches_change_no_verdict():
    filters = [Longer("long", 4), Beginning("x", "x")]
    one = held(filters, batch(TEXTS))
    two = held(filters, batch(TEXTS[:3]), batch(TEXTS[3:]))
    assert by_mask(one, "long+x") == by_mask(two, "long+x")


def test_only_documents_that_reached_a_block_are_tried_on_its_text():
    """The transform parts two blocks: the second has what the first left, as rewritten."""
    recipe = load_recipe("web-multi")
    lines = next(build_stage(s, recipe) for s in recipe.stages if s.kind == "c4-lines")
    assert isinstance(lines, C4Lines)
    prose = "one two three four five six"
    texts = [f"{prose}\nshort", f"x{prose}", prose * 9]
    stages = [
        *(Longer("a", 100), Beginning("b", "x"), lines, Longer("c", len(prose)), Longer("d", 5)),
    ]
    trials = held(stages, batch(texts))
    assert by_mask(trials, "a+b") == {
        0: [1, len(texts[0])],
        1: [1, len(texts[2])],
        2: [1, len(texts[1])],
    }
    assert sum(docs for docs, _ in by_mask(trials, "c+d").values()) == 1
    ((mask, (_, size)),) = by_mask(trials, "c+d").items()
    assert size <= len(prose) + 1
    assert mask & 2


def test_admission_transforms_dedups_and_lone_filters_part_blocks():
    recipe = load_recipe("web-en")
    admission = build_stage(recipe.stages[0], recipe)
    many = [Longer(f"f{number}", 1) for number in range(MOST_BLOCK_FILTERS + 1)]
    lone = [admission, Longer("a", 1), Longer("b", 1), admission, Longer("c", 1)]
    for stages, expected in ((lone, [("a", "b")]), (many, []), (many[1:], [12])):
        steps = steps_of(batch(["x"]), stages)
        found = blocks(steps, {stage.name: stage for stage in stages})
        names = [tuple(step.stage for step in block) for block in found]
        assert names == expected or [len(each) for each in names] == expected
    steps = steps_of(batch(["x"]), [Longer("a", 1), Longer("dedup", 1), Longer("b", 1)])
    assert blocks(steps, {"a": Longer("a", 1), "b": Longer("b", 1)}) == ()


def test_costs_are_timed_on_what_is_kept_and_dropped_and_on_one():
    clock = Clock()
    trials = held([Longer("long", 4, clock), Beginning("x", "x")], batch(TEXTS), clock=clock)
    costs = {key[1:4]: values for key, values in trials.costs.items()}
    own = "own work"
    assert costs["long", own, "kept"] == [1, 6, 2, 4, 4.0]
    assert costs["long", own, "dropped"] == [1, 6, 4, 31, 6.0]
    assert costs["long", own, "single"] == [1, 6, 1, 1, 3.0]
    assert costs["long", own, "lone"] == [1, 1, 1, 1, 3.0]
    assert costs["x", own, "kept"] == [1, 6, 2, 4, 0.0]


@pytest.fixture(scope="module")
def rules():
    recipe = load_recipe("web-en")
    return [build_stage(spec, recipe) for spec in recipe.stages if spec.kind == "rules"][:4]


def test_families_are_paid_by_the_first_filter_that_needs_them(rules):
    assert families_of(rules[0]) == ("urls",)
    assert set(families_of(rules[1])) == {"counts", "lines"}
    assert families_of(rules[2]) == ("lines", "counts", "repetition")  # words come from counting
    prose = "The river and the sea are of interest to people who have time to look at them. " * 5
    documents = batch([prose, prose + "#"], ["https://example.org/a", None])
    trials = held(rules, documents)
    calls = {key[1:3]: values[0] for key, values in trials.costs.items() if key[3] == "lone"}
    assert calls["gopher-quality", "counts"] == 1
    assert calls["gopher-repetition", "counts"] == 0
    assert calls["gopher-repetition", "repetition"] == 1
    assert calls["surface", "counts"] == 0
    assert calls["surface", "vocabulary"] == 1
    assert ("blocklist", "counts") not in calls


def test_a_shard_that_is_not_timed_has_its_verdicts_all_the_same():
    stages = [Longer("long", 4), Beginning("x", "x")]
    timed, other = (held(stages, batch(TEXTS), timed=choice) for choice in (True, False))
    assert timed.costs
    assert other.costs == {}
    assert other.verdicts == timed.verdicts


def test_trials_of_many_shards_are_bounded_by_seeded_salt():
    shards = [f"part-{number:04d}" for number in range(4 * MOST_TRIED_SHARDS)]
    settings = chosen_shards(7, shards)
    salts = {shard: trial_salt(7, shard) for shard in shards}
    tried = [shard for shard in shards if salts[shard] <= int(settings[TRIED_UP_TO])]
    timed = [shard for shard in shards if salts[shard] <= int(settings[TIMED_UP_TO])]
    assert len(tried) == MOST_TRIED_SHARDS
    assert len(timed) == MOST_TIMED_SHARDS
    assert set(timed) <= set(tried)
    assert float(settings[TRIED_PART]) == 1 / 4
    assert chosen_shards(7, shards[::-1]) == settings
    assert chosen_shards(8, shards) != settings
    assert chosen_shards(7, shards[:MOST_TIMED_SHARDS]) == {}
