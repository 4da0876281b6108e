"""What every peer's runner does: read documents, prepare, time the work, print what came of it.

A runner is called as ``python NAME.py PHASE FILE REPEATS`` in a virtual environment of the peer. It
needs nothing of this project. FILE has one JSON object with "id" and "text" per line; phases of
reading take a shard. Printed: JSON with cpu_seconds of each repeat, and the result of the last.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

Result = dict[str, Any]
Work = Callable[[], Result]
Document = dict[str, str]


def run(phases: dict[str, Callable[[str], Work]]) -> None:
    """Time one phase; what a phase does before it returns its work is not timed."""
    phase, path, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = phases[phase](path)
    cpu_seconds = []
    result: Result = {}
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        cpu_seconds.append(time.process_time() - started)
    print(json.dumps({"cpu_seconds": cpu_seconds, **result}))


def documents(path: str) -> list[Document]:
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def shingles(text: str) -> list[str]:
    """Five white-space tokens each: what peers without a tokeniser of their own are given."""
    words = text.split()
    return [" ".join(words[at : at + 5]) for at in range(len(words) - 4)]


class Index(Protocol):
    """What the LSH of the peers in Python offers."""

    def query(self, sketch: Any) -> list[int]: ...

    def insert(self, key: int, sketch: Any) -> None: ...


def kept_by(index: Index, sketches: Sequence[Any], ids: Sequence[str]) -> list[str]:
    """The earliest of each group of sketches that the index calls similar; None is in no group."""
    groups = Groups(len(sketches))
    for number, sketch in enumerate(sketches):
        if sketch is None:
            continue
        for other in index.query(sketch):
            groups.join(number, other)
        index.insert(number, sketch)
    return [ids[number] for number in groups.kept()]


class Groups:
    """Union-find over documents by number; the earliest of a group stays."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def root(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low

    def kept(self) -> list[int]:
        return [number for number, above in enumerate(self._above) if number == above]
