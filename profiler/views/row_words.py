"""What the rows of a run are that no recipe names, in words that need no code."""

from __future__ import annotations

from collections.abc import Iterable

ROW_WORDS: dict[str, str] = {
    "read": "opening shards, decompressing, parsing",
    "intermediate": "texts and rows between passes, written and read again",
    "sample": "drawing documents on the fly",
    "start-up": "starting processes",
    "jit": "compiling, once on a machine",
    "exit": "ending processes",
    "coordinate": "sharing out the work",
    "train": "training the sample's classifier",
    "profiling": "the profiler's own notes and trials",
    "unattributed": "what no row accounts for",
    "abandoned": "attempts that were stopped",
}
"""Rows beside the stages; the names are those of the record."""


def in_words(names: Iterable[str]) -> str:
    """Those of some rows that no recipe names, explained: ``read: opening …; jit: …``."""
    return "; ".join(f"{name}: {ROW_WORDS[name]}" for name in names if name in ROW_WORDS)


def row_words(name: str) -> str:
    """What a row is, or "" for a stage of the recipe."""
    return ROW_WORDS.get(name, "")
