from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.kernels.scripts import SCRIPTS
from pipeline.stages.languages import in_scripts, is_one_of, language_codes

TAGS = pa.array(["en", None, "zh-TW", "EN", "", "pt_BR", "en"], pa.string())


def test_codes_tell_languages_apart_by_primary_subtag() -> None:
    codes, names = language_codes(TAGS)
    named = [names[code] if code >= 0 else None for code in codes]
    assert named == ["en", None, "zh", "en", None, "pt", "en"]


@pytest.mark.parametrize("unknown", [True, False])
def test_the_unknown_is_answered_by_the_caller(unknown: bool) -> None:
    found = is_one_of(TAGS, ("en", "pt"), unknown).tolist()
    assert found == [True, unknown, False, True, unknown, True, True]


def test_a_slice_and_an_empty_column() -> None:
    assert is_one_of(TAGS.slice(2, 2), ("zh",), False).tolist() == [True, False]
    assert is_one_of(pa.array([], pa.string()), ("zh",), False).tolist() == []


def test_scripts_by_name():
    codes = np.array([SCRIPTS.index(name) for name in ("latin", "han", "thai", "latin", "none")])
    assert in_scripts(codes, ("latin", "thai")).tolist() == [True, False, True, True, False]
    assert not in_scripts(codes, ()).any()
