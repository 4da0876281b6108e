"""The classifier: the same training gives the same bytes, and faults name what to mend."""

from __future__ import annotations

import gzip
import json

import fasttext
import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.recipes.recipe import Quality
from pipeline.stages.quality import load_quality_filter, train_quality_model


@pytest.fixture
def labelled(tmp_path):
    path = tmp_path / "set.jsonl.gz"
    rows = []
    for i in range(200):
        rows.append({"label": "keep", "text": f"a calm and careful account of river {i}\nand sea"})
        rows.append({"label": "drop", "text": f"cheap pills buy now winner {i} casino click"})
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def train(labelled, out, **changes):
    settings = Quality(labelled_set=labelled.name, buckets=1000, epochs=10, **changes)
    return settings, train_quality_model("quality", settings, labelled.parent, out)


def test_training_twice_gives_the_same_bytes(labelled, tmp_path):
    train(labelled, tmp_path / "one.bin")
    train(labelled, tmp_path / "two.bin")
    assert (tmp_path / "one.bin").read_bytes() == (tmp_path / "two.bin").read_bytes()


def test_it_learns_what_it_was_taught(labelled, tmp_path, documents_of):
    settings, count = train(labelled, tmp_path / "model.bin")
    assert count == 400
    stage = load_quality_filter("quality", settings, tmp_path / "model.bin")
    documents = documents_of(
        ["a careful account of\nthe sea", "buy pills now casino", "buy casino pills"]
    )
    documents.alive[2] = False
    assert stage.failures(documents)[:, 0].tolist() == [False, True, False]


def test_a_label_that_the_model_has_not_is_a_fault(labelled, tmp_path):
    settings, _ = train(labelled, tmp_path / "model.bin", keep_label="kep")
    with pytest.raises(ConfigError, match="did you mean 'keep'"):
        load_quality_filter("quality", settings, tmp_path / "model.bin")


def test_a_file_that_is_no_model_is_a_fault(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"not a model")
    with pytest.raises(ConfigError, match="no fastText model"):
        load_quality_filter("quality", Quality(), path)


@pytest.mark.parametrize("line", ['{"label": "keep"}', "[]", "not json", '{"label":1,"text":2}'])
def test_a_bad_line_of_the_set_is_named(tmp_path, line):
    path = tmp_path / "set.jsonl"
    path.write_text('{"label": "keep", "text": "fine"}\n' + line + "\n")
    with pytest.raises(ConfigError, match="line 2"):
        train(path, tmp_path / "model.bin")


def test_a_set_that_is_missing_or_empty_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        train(tmp_path / "none.jsonl", tmp_path / "model.bin")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(ConfigError, match="empty"):
        train(tmp_path / "empty.jsonl", tmp_path / "model.bin")


def test_ideographs_are_words_of_their_own(tmp_path, documents_of):
    path = tmp_path / "set.jsonl"
    rows = [{"label": "keep", "text": f"山水画的历史第{i}章"} for i in range(60)]
    rows += [{"label": "drop", "text": f"点击购买便宜药品{i}"} for i in range(60)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings, _ = train(path, tmp_path / "model.bin")
    stage = load_quality_filter("quality", settings, tmp_path / "model.bin")
    documents = documents_of(["山水的画和历史", "购买药品请点击"])
    assert stage.failures(documents)[:, 0].tolist() == [False, True]


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("dimensions", [1, 8])
def test_verdicts_are_those_of_the_library(labelled, tmp_path, documents_of, threshold, dimensions):
    settings, _ = train(
        labelled, tmp_path / "model.bin", threshold=threshold, dimensions=dimensions
    )
    stage = load_quality_filter("quality", settings, tmp_path / "model.bin")
    words = ["calm", "careful", "river", "sea", "pills", "now", "casino", "水", "a\nb\t", "\0"]
    draw = np.random.default_rng(3)
    texts = ["", "  \n", *(" ".join(draw.choice(words, draw.integers(1, 9))) for _ in range(300))]
    library = fasttext.load_model(str(tmp_path / "model.bin"))
    labels, shown = library.predict([text.replace("\n", " ") for text in texts], k=-1)
    kept = [
        dict(zip(names, values, strict=True)).get("__label__keep", 0.0) >= threshold
        for names, values in zip(labels, shown, strict=True)
    ]
    assert stage.failures(documents_of(texts))[:, 0].tolist() == [not each for each in kept]
    assert 0 < sum(kept) < len(kept) or threshold != 0.5


def test_a_model_of_the_user_is_exported_elsewhere(labelled, tmp_path, documents_of):
    settings, _ = train(labelled, tmp_path / "model.bin")
    model = fasttext.load_model(str(tmp_path / "model.bin"))
    model.quantize(qnorm=True)
    given = tmp_path / "given"
    given.mkdir()
    model.save_model(str(given / "model.ftz"))
    given.chmod(0o500)
    stage = load_quality_filter("quality", settings, given / "model.ftz", tmp_path / "exports")
    documents = documents_of(["a careful account of\nthe sea", "buy pills now casino"])
    assert stage.failures(documents)[:, 0].tolist() == [False, True]
    assert [path.name for path in given.iterdir()] == ["model.ftz"]


def test_a_batch_of_which_nothing_is_alive(labelled, tmp_path, documents_of):
    settings, _ = train(labelled, tmp_path / "model.bin")
    stage = load_quality_filter("quality", settings, tmp_path / "model.bin")
    documents = documents_of(["sea", "pills"])
    documents.alive[:] = False
    assert not stage.failures(documents).any()
