"""Exact dedup: which documents count as equal, and which of them stays."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import text_view
from pipeline.recipes.recipe import ExactDedup as Settings
from pipeline.stages import exact_dedup
from pipeline.stages.dedup import keep_mask
from pipeline.stages.exact_dedup import ExactDedup
from pipeline.stages.joining import Room
from pipeline.stages.sketches import SketchWriter


@pytest.fixture
def resolve(tmp_path, documents_of):
    """Sketch shards of texts, resolve, and say which rows stay."""

    def run(shards: list[list[str]], settings: Settings) -> list[list[bool]]:
        dedup = ExactDedup("exact", settings)
        paths = []
        for number, texts in enumerate(shards):
            path = tmp_path / f"{number}.parquet"
            with SketchWriter(path, number, dedup.fields) as writer:
                for text in texts:  # a batch each
                    documents = documents_of([text])
                    writer.write(documents, dedup.sketch(documents))
            paths.append(path)
        members = dedup.resolve(Room(tmp_path, 500_000_000), paths)
        return [keep_mask(members, i, len(texts)).tolist() for i, texts in enumerate(shards)]

    return run


def test_the_earliest_by_shard_and_row_stays(resolve):
    shards = [["a", "b"], ["b", "c", "a"], ["c", "c", "d"]]
    assert resolve(shards, Settings()) == [
        [True, True],
        [False, True, False],
        [False, False, True],
    ]


def test_white_space_and_normal_form_do_not_part(resolve):
    shards = [["caf\u00e9  au lait\n", "cafe\u0301 au lait", "Café au lait"]]
    assert resolve(shards, Settings()) == [[True, False, True]]
    assert resolve(shards, Settings(normal_form="none")) == [[True, True, True]]


def test_without_folding_white_space_parts(resolve):
    shards = [["a b", "a  b", "a b"]]
    assert resolve(shards, Settings(fold_white_space=False)) == [[True, True, False]]


def test_nothing_repeated_drops_nothing(resolve):
    assert resolve([["x"], [], ["y"]], Settings()) == [[True], [], [True]]


@given(
    st.lists(st.text(st.sampled_from("ab \n\u0301\u0308\u00e9\u1100\u1161\u0344中"), max_size=40))
)
def test_long_texts_are_normalised_in_parts_as_in_one(texts):
    view = text_view(pa.array(texts, pa.large_string()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact_dedup, "_PART_BYTES", 3)
        patch.setattr(exact_dedup, "_SEARCHED_BYTES", 2)
        parts = exact_dedup._in_nfc(view)
    expected = [unicodedata.normalize("NFC", text) for text in texts]
    assert [parts.text(row) for row in range(len(parts))] == expected
