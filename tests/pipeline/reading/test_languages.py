"""Language tags to ISO 639-1."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.reading.languages import _TO_ISO_639_1, iso_639_1, language_code


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        (" eng ", "en"),
        ("en-US", "en"),
        ("en_GB.UTF-8", "en"),
        ("eng_Latn", "en"),
        ("zho", "zh"),
        ("chi", "zh"),
        ("cmn_Hani", "zh"),
        ("zh-Hant-TW", "zh"),
        ("zho,eng", "zh"),
        ("deu, eng", "de"),
        ("ger", "de"),
        ("fre", "fr"),
        ("iw", "he"),
        ("in", "id"),
        ("srp", "sr"),
        ("rum", "ro"),
        ("ceb", "ceb"),
        ("und", None),
        ("", None),
        (" ", None),
        ("mul", None),
        ("zxx", None),
        ("qaa", None),
        ("xx", None),
        ("english language", None),
        ("e1", None),
        ("\0", None),
        ("中文", None),
        (None, None),
    ],
)
def test_code(tag: str | None, code: str | None) -> None:
    assert language_code(tag) == code


def test_table_has_all_two_letter_codes_once() -> None:
    codes = set(_TO_ISO_639_1.values())
    assert len(codes) == 185  # 183 of ISO 639-1 and the withdrawn bh and sh
    assert all(len(code) == 2 and _TO_ISO_639_1[code] == code for code in codes)
    assert all(len(tag) in (2, 3) for tag in _TO_ISO_639_1)


def test_column() -> None:
    tags = pa.array(["eng", None, "en-US", "und", "zho,eng", "eng"])
    assert iso_639_1(tags).to_pylist() == ["en", None, "en", None, "zh", "en"]
    assert iso_639_1(tags.slice(1, 2)).to_pylist() == [None, "en"]
    assert iso_639_1(pa.nulls(2, pa.string())).to_pylist() == [None, None]
    assert iso_639_1(pa.array([], pa.string())).to_pylist() == []
