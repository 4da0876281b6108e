"""fastText in kernels against its library: the same labels and probabilities, text by text."""

from __future__ import annotations

import os
import random
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import text_view
from pipeline.models.fasttext_export import mapped_model
from pipeline.models.fasttext_model import label_probabilities, open_model, predict_labels

_WORDS = [
    *("river", "sea", "calm", "stone", "häuser", "straße", "été", "où", "東京", "水", "река"),
    *("море", "😀", "don't", "e.g.", "a", "b", "I", "buy", "pills", "casino", "click", "winner"),
    *("cheap", "free", "naïve", "x1", "…", "«mot»", "__label__odd", "</s>"),
]
_LABELS = ("calm", "loud", "été", "third", "fourth")

# How each model is trained, and how it is quantised.
MODELS = {
    "softmax-bigrams": ({"wordNgrams": 2, "dim": 20}, None),
    "softmax-many-columns": ({"wordNgrams": 3, "dim": 4}, None),
    "words-only": ({"dim": 10}, None),
    "subwords": ({"minn": 2, "maxn": 4, "dim": 16}, None),
    "one-letter-subwords": ({"minn": 1, "maxn": 2, "dim": 16, "wordNgrams": 2}, None),
    "tree": ({"loss": "hs", "dim": 16, "wordNgrams": 2}, None),
    "tree-subwords": ({"loss": "hs", "dim": 3, "minn": 2, "maxn": 3}, None),
    "one-vs-all": ({"loss": "ova", "dim": 12, "wordNgrams": 2, "minn": 2, "maxn": 3}, None),
    "negative-sampling": ({"loss": "ns", "dim": 12}, None),
    "quantised": ({"wordNgrams": 2, "dim": 10, "minn": 2, "maxn": 3}, {}),
    "quantised-odd": ({"dim": 7, "wordNgrams": 2}, {"dsub": 3, "qnorm": True}),
    "pruned": ({"wordNgrams": 2, "dim": 10, "minn": 2, "maxn": 4}, {"cutoff": 400, "qnorm": True}),
    "pruned-retrained": ({"wordNgrams": 2, "dim": 10}, {"cutoff": 300, "retrain": True}),
    "pruned-words": ({"dim": 10}, {"cutoff": 280}),
    "pruned-one-vs-all": (
        {"loss": "ova", "dim": 10, "minn": 1, "maxn": 3},
        {"cutoff": 500, "qnorm": True},
    ),
}


def _lines(count: int) -> list[tuple[str, str]]:
    draw = random.Random(7)
    lines = []
    for number in range(count):
        label = number % len(_LABELS)
        words = draw.choices(_WORDS[label * 4 : label * 4 + 12], k=draw.randint(1, 12))
        words += [f"w{draw.randint(0, 300)}"]
        lines.append((_LABELS[label], " ".join(word for word in words if word[:2] != "__")))
    return lines


@pytest.fixture(scope="session")
def training_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("fasttext") / "train.txt"
    with path.open("w", encoding="utf-8") as out:
        out.writelines(f"__label__{label} {line}\n" for label, line in _lines(600))
    return path


@pytest.fixture(scope="session")
def model_of(training_file, tmp_path_factory):
    """The library's model and ours of a kind in MODELS, trained once."""
    made = {}

    def make(kind: str):
        if kind not in made:
            settings_, quantised = MODELS[kind]
            path = tmp_path_factory.mktemp("model") / f"{kind}.bin"
            common = {"thread": 1, "verbose": 0, "seed": 1, "epoch": 4, "lr": 0.5, "bucket": 2000}
            model = fasttext.train_supervised(str(training_file), **common | settings_)
            if quantised is not None:
                retrain = {"input": str(training_file), "thread": 1, "verbose": 0, "epoch": 1}
                more = retrain if quantised.get("retrain") else {}
                model.quantize(**quantised, **more)
            model.save_model(str(path))
            made[kind] = (
                fasttext.load_model(str(path)),
                open_model(mapped_model(path, path.parent)),
            )
        return made[kind]

    return make


def predicted(library, texts: list[str]) -> tuple[list[str], np.ndarray]:
    """The best label of each text, "" for none, and its probability, by the library."""
    labels, shown = library.predict([text.replace("\n", " ") for text in texts])
    names = [label[0].removeprefix("__label__") if label else "" for label in labels]
    return names, np.array([each[0] if len(each) else 0.0 for each in shown])


def assert_same(library, ours, texts: list[str]) -> None:
    view = text_view(pa.array(["before", *texts, "after"], pa.large_string()).slice(1, len(texts)))
    alive = np.ones(len(texts), np.bool_)
    names, shown = predicted(library, texts)
    labels, probabilities = predict_labels(ours, view, alive)
    np.testing.assert_allclose(probabilities, shown, atol=1e-5)
    unlike = [i for i, name in enumerate(names) if (name or None) != _name(ours, labels[i])]
    for i in unlike:  # two labels of one probability may change places
        other = label_probabilities(ours, view, alive, names[i])[i]
        assert abs(other - shown[i]) < 2e-6, (texts[i], names[i], _name(ours, labels[i]))


def _name(model, label: int) -> str | None:
    return model.labels[label] if label >= 0 else None


ODD_TEXTS = [
    "",
    " ",
    "\n",
    "\t\v\f\r\0 \n",
    "unseen",
    "unseen words only zzzz",
    "river",
    "river\0sea\vcalm\fstone\rhäuser\nbuy",
    "</s>",
    "calm </s> buy pills casino click",
    "</s>x calm",
    "__label__calm",
    "__label__calm __label__unknown __label__ buy __labe",
    "a" * 5000,
    "東京水" * 400,
    "😀😀 😀\u0301",
    "I",
    "é",
    " leading and trailing ",
]


@pytest.mark.parametrize("kind", MODELS)
def test_labels_and_probabilities_are_those_of_the_library(model_of, kind):
    library, ours = model_of(kind)
    texts = ODD_TEXTS + [line for _, line in _lines(400)]
    texts += ["\n".join(line for _, line in _lines(400))]
    assert_same(library, ours, texts)


@pytest.mark.parametrize("kind", ["one-vs-all", "pruned-one-vs-all", "negative-sampling"])
def test_the_table_of_sigmoids_is_read_where_the_library_reads_it(model_of, kind):
    library, ours = model_of(kind)  # a step of the table is up to 0.008
    texts = [" ".join(line for _, line in _lines(400)[i:]) for i in range(400)]
    view = text_view(pa.array(texts, pa.large_string()))
    _, shown = predicted(library, texts)
    _, probabilities = predict_labels(ours, view, np.ones(len(texts), np.bool_))
    np.testing.assert_allclose(probabilities, shown, atol=5e-7)


_RANDOM = st.lists(
    st.sampled_from([*_WORDS, *(" " * 6), *"\n\t\0\v", "w12", "__label__calm"])
    | st.text(max_size=9),
    max_size=40,
).map("".join)


@pytest.mark.parametrize("kind", ["softmax-bigrams", "tree-subwords", "pruned", "one-vs-all"])
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(_RANDOM, max_size=4))
def test_random_texts(model_of, kind, texts):
    library, ours = model_of(kind)
    assert_same(library, ours, texts)


@pytest.mark.parametrize("kind", ["softmax-bigrams", "tree", "one-vs-all", "pruned"])
def test_the_probability_of_every_label(model_of, kind):
    library, ours = model_of(kind)
    texts = [line for _, line in _lines(60)] + ODD_TEXTS
    view = text_view(pa.array(texts, pa.large_string()))
    alive = np.ones(len(texts), np.bool_)
    found, shown = library.predict([text.replace("\n", " ") for text in texts], k=-1)
    for label in ours.labels:
        wanted = [
            dict(zip(names, values, strict=True)).get(f"__label__{label}", 0.0)
            for names, values in zip(found, shown, strict=True)
        ]
        ours_of = label_probabilities(ours, view, alive, label)
        np.testing.assert_allclose(ours_of, wanted, atol=1e-5)


def test_documents_that_are_not_alive_get_no_label(model_of):
    _, ours = model_of("subwords")
    view = text_view(pa.array(["river sea", "buy pills", "calm"], pa.large_string()))
    alive = np.array([True, False, True])
    labels, shown = predict_labels(ours, view, alive)
    assert labels[1] == -1
    assert shown[1] == 0
    alone = predict_labels(ours, view, np.array([False, False, True]))
    assert labels[2] == alone[0][2]
    assert shown[2] == alone[1][2]  # whatever the memo of words holds


@pytest.mark.parametrize("loss", ["softmax", "hs", "ova"])
def test_a_quantised_output_of_many_labels(tmp_path, loss):
    lines = [f"__label__l{i % 300} word{i % 300} river{i % 7} sea{i % 11}" for i in range(1200)]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    common = {"thread": 1, "verbose": 0, "dim": 9, "wordNgrams": 2, "bucket": 500}
    model = fasttext.train_supervised(str(tmp_path / "train.txt"), loss=loss, lr=1.0, **common)
    model.quantize(qout=True, qnorm=True)
    model.save_model(str(tmp_path / "model.ftz"))
    library = fasttext.load_model(str(tmp_path / "model.ftz"))
    ours = open_model(mapped_model(tmp_path / "model.ftz", tmp_path))
    assert len(ours.labels) == 300
    texts = [f"word{i} river{i % 5} sea{i % 7}" for i in range(300)]
    assert_same(library, ours, [*texts, "", "unseen"])


_LONG = 45  # times a text of 120 kB


def test_a_document_of_many_megabytes(model_of):
    library, ours = model_of("softmax-many-columns")
    text = " ".join(line for _, line in _lines(3000)) * _LONG
    assert len(text.encode()) > 5_000_000
    assert_same(library, ours, [text, "calm"])


def test_sums_of_folded_rows_lose_nothing_in_a_long_document(model_of):
    library, ours = model_of("pruned")  # where the library's own sum is off by 0.0005
    text = " ".join(line for _, line in _lines(3000)) + " "
    view = text_view(pa.array([text, text * _LONG], pa.large_string()))
    labels, shown = predict_labels(ours, view, np.ones(2, np.bool_))
    names, probabilities = predicted(library, [text, text * _LONG])
    assert [ours.labels[label] for label in labels] == names
    assert abs(shown[0] - probabilities[0]) < 1e-5
    assert abs(shown[1] - shown[0]) < 1e-5


def test_ideographs_stand_apart_where_that_is_asked_for(model_of):
    library, ours = model_of("softmax-bigrams")
    texts = ["東京水calm水", "カナかな漢字 river", "ー々〇", "𠀀𠀁river", "한글水", "“calm” — …"]
    spaced = ["".join(f" {c} " if _apart(c) else c for c in text) for text in texts]
    view = text_view(pa.array(texts, pa.large_string()))
    labels, shown = predict_labels(ours, view, np.ones(len(texts), np.bool_), True)
    names, probabilities = predicted(library, spaced)
    assert [ours.labels[label] for label in labels] == names
    np.testing.assert_allclose(shown, probabilities, atol=1e-5)


def _apart(character: str) -> bool:
    import pyarrow.compute as pc

    return pc.match_substring_regex(pa.array([character]), r"[\p{Han}\p{Hiragana}\p{Katakana}]")[
        0
    ].as_py()


@pytest.mark.slow
@pytest.mark.skipif("CORPUSCOST_SHARED" not in os.environ, reason="no real text at hand")
@pytest.mark.parametrize("kind", ["softmax-bigrams", "tree-subwords", "pruned"])
def test_real_text(model_of, kind):
    library, ours = model_of(kind)
    folder = Path(os.environ["CORPUSCOST_SHARED"]) / "corpora"
    texts = pa.concat_arrays(
        [
            pq.read_table(path, columns=["text"])["text"].combine_chunks().cast(pa.large_string())
            for path in sorted(folder.glob("text-*.parquet"))
        ]
    )[::20]
    view = text_view(texts)
    labels, shown = predict_labels(ours, view, np.ones(len(view), np.bool_))
    names, probabilities = predicted(library, texts.to_pylist())
    agree = np.mean(
        [_name(ours, label) == (name or None) for label, name in zip(labels, names, strict=True)]
    )
    assert agree >= 0.9999
    np.testing.assert_allclose(shown, probabilities, atol=1e-4)
