from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.recipes.recipe import WordLists
from pipeline.recipes.wordlists import not_one_word, read_list, with_files


def test_comments_and_blank_lines_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# ours\none\n\n two  # why\n", encoding="utf-8")
    assert read_list(file) == ("one", "two")


def test_files_are_relative_and_add_to_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one\ntwo\n", encoding="utf-8")
    lists = WordLists(blocked_words=("zero", "one"), blocked_words_file="words.txt")
    assert with_files(lists, tmp_path).blocked_words == ("zero", "one", "two")


def test_a_list_of_ours_can_be_named(tmp_path: Path) -> None:
    lists = WordLists(blocked_hosts_file="builtin:blocked-hosts")
    assert "spam.example" in with_files(lists, tmp_path).blocked_hosts


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe")
    lists = WordLists(blocked_words_file="none.txt", blocked_hosts_file="bad.txt")
    with pytest.raises(ExceptionGroup) as raised:
        with_files(lists, tmp_path)
    assert [
        name in str(error)
        for name, error in zip(("none.txt", "bad.txt"), raised.value.exceptions, strict=True)
    ] == [True, True]


def test_entries_that_are_no_single_word() -> None:
    assert not_one_word(("one", "don't", "two words", "中", "中文", "", "--")) == [
        "two words",
        "中文",
        "",
        "--",
    ]
    assert not_one_word(()) == []
