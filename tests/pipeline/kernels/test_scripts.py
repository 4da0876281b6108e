from __future__ import annotations

import numpy as np
import pytest

from pipeline.kernels.scripts import PREFIX_BYTES, SCRIPTS, main_scripts


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("", "none"),
        ("123 !? 😀", "none"),
        ("Plain English", "latin"),
        ("Größe œuvre", "latin"),
        ("Καλημέρα", "greek"),
        ("Привет", "cyrillic"),
        ("שלום", "hebrew"),
        ("مرحبا", "arabic"),
        ("नमस्ते", "devanagari"),
        ("สวัสดี", "thai"),
        ("中文，很好", "han"),
        ("これは日本語です", "kana"),
        ("大日本帝国憲法第一条の", "han"),  # one kana in eleven
        ("大日本帝国憲法一条の", "kana"),  # one in ten
        ("한국어", "hangul"),
        ("বাংলা", "other"),
        ("𠀀𠀁 a", "han"),
        ("Python ist eine Sprache 中", "latin"),
        ("日本語の文章と some", "kana"),
    ],
)
def test_main_script(text: str, script: str, view_of, all_alive) -> None:
    view = view_of([text])
    assert SCRIPTS[main_scripts(view, all_alive(view))[0]] == script


def test_only_the_beginning_is_read(view_of, all_alive) -> None:
    view = view_of(["abc" + " " * PREFIX_BYTES + "中" * 1000])
    assert SCRIPTS[main_scripts(view, all_alive(view))[0]] == "latin"


def test_documents_that_are_not_alive_have_no_script(view_of) -> None:
    view = view_of(["latin", "привет"])
    assert main_scripts(view, np.array([False, True])).tolist() == [0, SCRIPTS.index("cyrillic")]
