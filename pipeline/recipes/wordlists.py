"""List files of words and hosts: one entry per line, "#" begins a comment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.document import text_view
from pipeline.kernels.words import split_words
from pipeline.recipes.recipe import WordLists

BUILT_IN = "builtin:"  # before the name of a list that comes with the recipes
_FOLDER = Path(__file__).parent


def read_list(path: Path) -> tuple[str, ...]:
    """Entries of a list file, comments and blank lines left out.

    Raises ValueError that names the file when it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"list file {path}: cannot be read ({error})") from error
    entries = (line.partition("#")[0].strip() for line in lines)
    return tuple(entry for entry in entries if entry)


def with_files(lists: WordLists, folder: Path) -> WordLists:
    """The lists with what their files hold put in; files are relative to ``folder``.

    Raises an ExceptionGroup of ValueErrors when files cannot be read.
    """
    faults: list[ValueError] = []
    words = _joined(lists.blocked_words, lists.blocked_words_file, folder, faults)
    hosts = _joined(lists.blocked_hosts, lists.blocked_hosts_file, folder, faults)
    if faults:
        raise ExceptionGroup("list files", faults)
    return replace(lists, blocked_words=words, blocked_hosts=hosts)


def not_one_word(words: tuple[str, ...]) -> list[str]:
    """Those that are not exactly one word of our tokeniser, and so could never be found."""
    if not words:
        return []
    split = split_words(
        text_view(pa.array(words, pa.large_string())), np.ones(len(words), np.bool_)
    )
    return [word for word, count in zip(words, np.diff(split.first), strict=True) if count != 1]


def _joined(
    listed: tuple[str, ...], file: str, folder: Path, faults: list[ValueError]
) -> tuple[str, ...]:
    """Entries of the recipe and of its file, each once; a file that cannot be read is a fault."""
    try:
        return tuple(dict.fromkeys((*listed, *_entries(file, folder))))
    except ValueError as fault:
        faults.append(fault)
        return listed


def _entries(file: str, folder: Path) -> tuple[str, ...]:
    if not file:
        return ()
    if file.startswith(BUILT_IN):
        return read_list(_FOLDER / f"{file.removeprefix(BUILT_IN)}.txt")
    return read_list(folder / file)
