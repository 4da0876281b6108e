"""The parts of what a run measured, by the names that the command line and the docs use."""

from __future__ import annotations

from typing import Literal, get_args

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
PARTS: tuple[Part, ...] = get_args(Part)
WHOLE: tuple[Part, ...] = PARTS[: PARTS.index("dropped")]  # sampled documents are for who asks
TABLES: tuple[TablePart, ...] = get_args(TablePart)
