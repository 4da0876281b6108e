"""Model files: what the library wrote is read, and a damaged file is named with the place."""

from __future__ import annotations

import struct

import fasttext
import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.models.fasttext_file import read_fasttext_file


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Paths of a dense and of a pruned, quantised model, and the library's dense model."""
    folder = tmp_path_factory.mktemp("models")
    lines = [f"__label__{'ab'[i % 2]} word{i} other{i % 50} river" for i in range(600)]
    (folder / "train.txt").write_text("\n".join(lines) + "\n")
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=6, wordNgrams=2, bucket=500, thread=1, verbose=0
    )
    model.save_model(str(folder / "dense.bin"))
    model.quantize(cutoff=300, qnorm=True)
    model.save_model(str(folder / "pruned.ftz"))
    return folder / "dense.bin", folder / "pruned.ftz"


def test_matrices_and_words_are_those_of_the_library(trained):
    library = fasttext.load_model(str(trained[0]))
    model = read_fasttext_file(trained[0])
    rows = np.arange(model.input.rows)
    np.testing.assert_array_equal(model.input.directions(rows), library.get_input_matrix())
    np.testing.assert_array_equal(
        model.output.directions(np.arange(model.labels)), library.get_output_matrix()
    )
    entries = [model.entry(i).decode() for i in range(model.words + model.labels)]
    assert entries == [*library.get_words(), *library.get_labels()]
    _, counts = library.get_words(include_freq=True)
    np.testing.assert_array_equal(model.entries.counts[: model.words], counts)


def test_codes_decode_to_the_rows_of_the_library(trained):
    library = fasttext.load_model(str(trained[1]))
    model = read_fasttext_file(trained[1])
    rows = np.arange(model.input.rows)
    decoded = model.input.directions(rows) * model.input.scales(rows)[:, None]
    theirs = np.array([library.get_input_vector(int(row)) for row in rows])
    np.testing.assert_array_equal(decoded, theirs.astype(np.float32))
    assert model.pruned is not None
    assert model.words + len(model.pruned) == 300


@pytest.mark.parametrize("which", [0, 1])
def test_a_file_cut_anywhere_is_a_fault_that_names_the_place(trained, tmp_path, which):
    whole = trained[which].read_bytes()
    path = tmp_path / "cut.bin"
    for size in [0, 3, 7, 40, 70, 84, 100, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(ConfigError, match=r"cut\.bin is no fastText model") as fault:
            read_fasttext_file(path)
        assert size == 0 or "byte" in str(fault.value)


@pytest.mark.parametrize(
    ("at", "value", "named"),
    [
        (0, 1, "magic"),
        (4, 99, "version"),
        (8, 7, "columns"),
        (32, 9, "loss"),
        (36, 1, "a classifier"),
        (40, 0, "bucket"),
        (40, 5000, "rows of the input matrix"),
        (48, -1, "maxn"),
        (68, 3, "words and"),
    ],
)
def test_a_wrong_number_is_named(trained, tmp_path, at, value, named):
    damaged = bytearray(trained[0].read_bytes())
    struct.pack_into("<i", damaged, at, value)
    path = tmp_path / "damaged.bin"
    path.write_bytes(damaged)
    with pytest.raises(ConfigError, match=named):
        read_fasttext_file(path)


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_fasttext_file(tmp_path / "none.bin")


def test_word_vectors_are_no_classifier(tmp_path):
    (tmp_path / "text.txt").write_text("one two three\n" * 50)
    model = fasttext.train_unsupervised(
        str(tmp_path / "text.txt"), dim=4, minCount=1, bucket=100, thread=1, verbose=0
    )
    model.save_model(str(tmp_path / "vectors.bin"))
    with pytest.raises(ConfigError, match="a classifier"):
        read_fasttext_file(tmp_path / "vectors.bin")
