"""The parts of what a run measured, by the names that the command line and the docs use."""

from __future__ import annotations

from typing import Literal

Part = Literal[
    "input",
    "funnel",
    "reasons",
    "alone",
    "duplicates",
    "cpu",
    "files",
    "published",
    "ledger",
    "method",
    "warnings",
    "dropped",
    "groups",
]
TablePart = Literal["funnel", "reasons", "alone", "duplicates", "cpu", "files", "dropped", "groups"]
WHOLE: tuple[Part, ...] = (
    "input",
    "funnel",
    "reasons",
    "alone",
    "duplicates",
    "cpu",
    "files",
    "published",
    "ledger",
    "method",
    "warnings",
)
PARTS: tuple[Part, ...] = (
    *WHOLE,
    "dropped",
    "groups",
)  # sampled documents are shown to who asks for them
TABLES: tuple[TablePart, ...] = (
    "funnel",
    "reasons",
    "alone",
    "duplicates",
    "cpu",
    "files",
    "dropped",
    "groups",
)
