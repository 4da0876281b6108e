"""Our rules give the verdicts of datatrove's filters, rule by rule, on 99.9 % of documents.

datatrove gets our words (``datatrove_filters``). Text is brought to a form where both see the same
lines, because datatrove differs there on purpose, and not the same in each filter:

- its Gopher filter counts blank lines, and splits at U+2028, form feeds and the like; FineWeb's and
  the repetition filter do not strip white space from lines: compared on trimmed lines, without
  blank ones (with one at most for the rules on paragraphs);
- its stop words are English for every language: compared on English documents;
- an n-gram has spaces between its words in every script: compared where the script has them;
- a token of symbols outside its list of punctuation (± → ©) is a word to its Gopher filter: it
  gets our list; FineWeb's and C4's filter get our terminal punctuation, which has ’ ” and others;
- a curly bracket is only {: compared with } read as {;
- whether a line with a bracket is cut before the bracket is seen depends on the order of its tests,
  and it counts the words of a line with citation marks: these stay, inside the 0.1 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.document import SCHEMA, Mask, TextView, text_array
from pipeline.kernels.line_rules import phrases_of
from pipeline.kernels.lines import TERMINAL, role_table
from pipeline.kernels.scripts import SCRIPTS, UNSPACED_SCRIPTS, main_scripts
from pipeline.reading.shard import find_shards, open_shard
from pipeline.recipes.catalog import build_stage, load_recipe
from pipeline.recipes.recipe import LineRules
from pipeline.stages.c4_lines import C4Lines
from pipeline.stages.rules import RuleFilter
from pipeline.stages.stage import Documents, Transform, text_of

datatrove_filters = pytest.importorskip("datatrove_filters", reason="datatrove is not installed")

AGREEMENT = 0.999
EVERY = 28  # document of the real text: about 1,000
EVERY_SAMPLE = 4  # of the samples: about 500
LONGEST_CHARS = 4_000  # datatrove takes most of a second per megabyte and rule
TERMINALS = "".join(map(chr, np.flatnonzero(role_table() == TERMINAL)))  # and … in FineWeb's rule
RECIPE = load_recipe("web-en")
RULES = {
    "gopher-quality": datatrove_filters.quality_rules(),
    "gopher-repetition": datatrove_filters.repetition_rules(),
    "fineweb": datatrove_filters.fineweb_rules(TERMINALS + "…"),
}
NAMES = [(stage, rule) for stage, rules in RULES.items() for rule in rules]


@pytest.fixture(scope="module", autouse=True)
def our_words():
    with pytest.MonkeyPatch.context() as patches:
        datatrove_filters.inject_our_words(TERMINALS, patches.setattr)
        yield


@pytest.fixture(scope="module", params=["samples", "real"])
def corpus(request) -> pa.Table:
    if request.param == "samples":
        folder, every = request.getfixturevalue("sample_corpus") / "shards", EVERY_SAMPLE
    else:
        folder, every = request.getfixturevalue("shared") / "corpora" / "*.parquet", EVERY
    files = find_shards([folder])
    table = pa.Table.from_batches(batch for file in files for batch in open_shard(file).batches())
    table = table.filter(pc.less(pc.utf8_length(table["text"]), LONGEST_CHARS))
    return table.take(np.arange(0, len(table), every))


def documents_of(table: pa.Table, form: Callable[[str], str]) -> tuple[Documents, list[str]]:
    """The documents of a table that have a word, with their texts in a form, and the texts."""
    texts = [form(text) for text in table["text"].to_pylist()]
    rows = [row for row, text in enumerate(texts) if any(map(str.isalnum, text))]
    texts = [texts[row] for row in rows]
    place = table.schema.get_field_index("text")
    changed = table.take(rows).set_column(
        place, SCHEMA.field("text"), pa.array(texts, "large_string")
    )
    batch = changed.combine_chunks().to_batches()[0]
    text, alive = text_of(batch), np.ones(len(texts), np.bool_)
    columns = batch.select(["id", "url", "source", "lang"])
    positions = np.arange(len(texts), dtype=np.uint32)
    return Documents(columns, text, alive, main_scripts(text, alive), positions), texts


@pytest.fixture(scope="module")
def tidied(corpus) -> tuple[Documents, list[str]]:
    return documents_of(corpus, datatrove_filters.tidy)


@pytest.fixture(scope="module")
def dense(corpus) -> tuple[Documents, list[str]]:
    return documents_of(corpus, datatrove_filters.dense)


@pytest.fixture(scope="module")
def theirs(tidied, dense) -> dict[tuple[str, str], Mask]:
    """What datatrove's rules drop. Documents outside, so that words are split once for all."""
    found = {name: np.zeros(len(dense[1]), np.bool_) for name in NAMES}
    for row, (tidy_text, dense_text) in enumerate(zip(tidied[1], dense[1], strict=True)):
        for stage, rule in NAMES:
            text = tidy_text if "paragraph" in rule else dense_text
            found[stage, rule][row] = RULES[stage][rule](text)
    return found


def our_drops(documents: Documents, stage: str, rule: str) -> Mask:
    spec = next(spec for spec in RECIPE.stages if spec.name == stage)
    judge = build_stage(spec, RECIPE)
    assert isinstance(judge, RuleFilter)
    columns = [judge.reasons.index(name) for name in rule.split("+")]
    return judge.failures(documents)[:, columns].any(axis=1)


def compared(documents: Documents, rule: str) -> Mask:
    """Documents where a rule means the same to datatrove and to us."""
    if rule == "stop-words":
        return pc.equal(documents.columns["lang"], "en").fill_null(True).to_numpy(False)
    if rule.startswith("top-"):
        return ~np.isin(documents.script, [SCRIPTS.index(name) for name in UNSPACED_SCRIPTS])
    return np.ones(len(documents), np.bool_)


@pytest.mark.parametrize(("stage", "rule"), NAMES, ids=[f"{s}/{r}" for s, r in NAMES])
def test_a_rule_drops_what_datatrove_drops(tidied, dense, theirs, stage, rule):
    documents = (tidied if "paragraph" in rule else dense)[0]
    ours = our_drops(documents, stage, rule)
    among = compared(documents, rule)
    assert np.mean(ours[among] == theirs[stage, rule][among]) >= AGREEMENT


def test_the_rules_have_something_to_drop(theirs):
    """Else agreement would say little: most rules drop some documents of either corpus."""
    assert sum(dropped.any() for dropped in theirs.values()) >= 20


def only(rule: str) -> C4Lines:
    """C4's rules for lines with one of them on, as the recipe has it."""
    spec = next(spec for spec in RECIPE.stages if spec.kind == "c4-lines")
    off = LineRules(0, 1 << 40, False, False, (), False)
    value = True if rule == "terminal_punctuation" else getattr(spec.lines, rule)
    rules = replace(off, **{rule: value})
    phrases = (*(("javascript",) if rules.javascript else ()), *rules.policy_phrases)
    return C4Lines("c4-lines", rules, phrases_of(phrases))


def texts_of(view: TextView) -> list[str]:
    return text_array(view).to_pylist()


@pytest.mark.parametrize("rule", datatrove_filters.c4_line_rules())
def test_a_rule_for_lines_keeps_the_lines_that_datatrove_keeps(dense, rule):
    judge = datatrove_filters.c4_line_rules()[rule]
    ours = map(datatrove_filters.dense, texts_of(only(rule).rewrite(dense[0])))
    theirs = (datatrove_filters.rewritten(judge, text) for text in dense[1])
    same = [datatrove_filters.dense(text) == own for text, own in zip(theirs, ours, strict=True)]
    assert np.mean(same) >= AGREEMENT


def c4_edited(documents: Documents) -> Documents:
    spec = next(spec for spec in RECIPE.stages if spec.kind == "c4-lines")
    stage = build_stage(spec, RECIPE)
    assert isinstance(stage, Transform)
    return replace(documents, text=stage.rewrite(documents), measures={}, words=None)


@pytest.mark.parametrize("rule", datatrove_filters.c4_rules())
def test_a_rule_of_c4_drops_what_datatrove_drops(dense, rule):
    documents, texts = dense
    ours = our_drops(c4_edited(documents), "c4", rule)
    judge = datatrove_filters.c4_rules()[rule]
    theirs = np.array([judge(text) for text in texts])
    assert np.mean(ours == theirs) >= AGREEMENT


def test_all_filters_in_a_row_keep_what_datatrove_keeps(dense):
    documents, texts = dense
    english = np.flatnonzero(pc.equal(documents.columns["lang"], "en").fill_null(False))
    documents = replace(documents, alive=np.isin(np.arange(len(texts)), english))
    judges = datatrove_filters.chain(TERMINALS + "…")
    theirs = np.array([survives(judges, texts[row]) for row in english])
    for spec in RECIPE.stages:
        if spec.name in ("gopher-quality", "gopher-repetition", "c4-lines", "c4", "fineweb"):
            stage = build_stage(spec, RECIPE)
            if isinstance(stage, Transform):
                documents.replace_text(stage.rewrite(documents))
            else:
                documents.alive = documents.alive & ~stage.failures(documents).any(axis=1)
    ours = documents.alive[english]
    assert 0.1 < np.mean(theirs) < 0.9
    assert np.mean(ours == theirs) >= AGREEMENT


def survives(judges: list, text: str | None) -> bool:
    for judge in judges:
        text = datatrove_filters.rewritten(judge, text)
        if text is None:
            return False
    return True
