"""The arrays of a model: written once, anew when the model changes, whole or not at all."""

from __future__ import annotations

import os
import struct

import fasttext
import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import text_view
from pipeline.errors import ConfigError, RunError
from pipeline.models import fasttext_export
from pipeline.models.fasttext_export import mapped_model
from pipeline.models.fasttext_model import open_model, predict_labels
from pipeline.models.label_tree import label_tree


@pytest.fixture
def model_file(tmp_path):
    lines = [f"__label__{'ab'[i % 2]} word{i % 2} river{i % 7}" for i in range(60)]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    model = fasttext.train_supervised(
        str(tmp_path / "train.txt"), dim=5, wordNgrams=2, bucket=100, thread=1, verbose=0
    )
    model.save_model(str(tmp_path / "model.bin"))
    return tmp_path / "model.bin"


def test_a_second_call_writes_nothing(model_file, tmp_path, monkeypatch):
    first = mapped_model(model_file, tmp_path / "arrays")
    monkeypatch.setattr(fasttext_export, "_write", lambda *_: pytest.fail("written again"))
    assert mapped_model(model_file, tmp_path / "arrays") == first
    assert [path.name for path in (tmp_path / "arrays").iterdir()] == [first.name]


def test_a_model_that_changed_is_exported_anew(model_file, tmp_path):
    first = mapped_model(model_file, tmp_path)
    changed = model_file.stat().st_mtime_ns + 1_000_000
    os.utime(model_file, ns=(changed, changed))
    assert mapped_model(model_file, tmp_path) != first


def test_arrays_are_mapped_and_cannot_be_written_to(model_file, tmp_path):
    model = open_model(mapped_model(model_file, tmp_path))
    for array in (*model.arrays.lexicon, *model.arrays.table):
        assert not array.flags.writeable
    assert isinstance(model.arrays.table.rows.base, np.memmap | np.ndarray)


def test_fewer_labels_than_columns_fold_the_rows(model_file, tmp_path):
    model = open_model(mapped_model(model_file, tmp_path))
    assert model.arrays.table.rows.shape[1] == 2
    assert len(model.arrays.outputs.rows) == 0


def test_an_export_that_fails_leaves_nothing(model_file, tmp_path, monkeypatch):
    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fasttext_export, "_write_rows", full_disk)
    with pytest.raises(RunError, match="No space left"):
        mapped_model(model_file, tmp_path / "arrays")
    assert list((tmp_path / "arrays").iterdir()) == []


def test_another_process_may_be_faster(model_file, tmp_path, monkeypatch):
    write = fasttext_export._write

    def write_twice(model, folder):
        write(model, folder)
        target = folder.with_name(folder.name.removeprefix(".").rsplit(".", 1)[0])
        if not target.exists():
            target.mkdir()
            write(model, target)

    monkeypatch.setattr(fasttext_export, "_write", write_twice)
    assert open_model(mapped_model(model_file, tmp_path / "arrays")).labels == ("a", "b")


def test_arrays_that_are_damaged_are_named(model_file, tmp_path):
    folder = mapped_model(model_file, tmp_path)
    (folder / "rows.npy").unlink()
    with pytest.raises(RunError, match="damaged"):
        open_model(folder)


def test_a_value_that_is_no_number_is_a_fault(model_file, tmp_path):
    data = bytearray(model_file.read_bytes())
    struct.pack_into("<f", data, len(data) - 4, float("nan"))
    model_file.write_bytes(data)
    with pytest.raises(ConfigError, match="no finite number"):
        mapped_model(model_file, tmp_path)


def test_results_do_not_depend_on_the_cut_of_batches(model_file, tmp_path):
    model = open_model(mapped_model(model_file, tmp_path))
    texts = pa.array([f"word{i % 2} river{i % 9} unknown{i}" for i in range(40)], pa.large_string())
    labels, shown = predict_labels(model, text_view(texts), np.ones(40, np.bool_))
    for row in range(40):
        one = predict_labels(model, text_view(texts.slice(row, 1)), np.ones(1, np.bool_))
        assert (one[0][0], one[1][0]) == (labels[row], shown[row])


def test_the_tree_of_three_labels():
    children, parents = label_tree(np.array([5, 3, 2]))
    assert children.tolist() == [[-1, -1], [-1, -1], [-1, -1], [2, 1], [3, 0]]
    assert parents.tolist() == [4, 3, 3, 4, -1]


def test_no_tree_without_counts():
    children, parents = label_tree(None)
    assert children.shape == (0, 2)
    assert len(parents) == 0
