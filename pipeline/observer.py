"""Who is told when a phase of work begins and ends. The pipeline itself knows no clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

RESERVED_STAGES = (
    "read",
    "sample",
    "intermediate",
    "start-up",
    "jit",
    "profiling",
    "coordinate",
    "train",
    "exit",
    "abandoned",
    "unattributed",
)
"""Names of rows that are no stage of a recipe: a recipe may not use them."""

T_co = TypeVar("T_co", covariant=True)


class Phase(NamedTuple):
    """A piece of work: one phase of one stage, on one batch of one shard where there is one.

    A tuple, as ``Volume``: one is made for every phase, at a third of what a dataclass takes.
    """

    stage: str
    phase: str
    shard: str | None = None
    batch: int | None = None


class Volume(NamedTuple):
    """What went through a phase; bytes are UTF-8 text.

    ``edited_bytes`` is what a transform removed from documents that it kept.
    """

    docs_in: int = 0
    docs_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    edited_bytes: int = 0


class Observer(Protocol):
    """Told in turn, never nested: begin(phase), then end(volume) of that phase."""

    def begin(self, phase: Phase) -> None: ...

    def end(self, volume: Volume) -> None: ...


class Session(Protocol[T_co]):
    """Something that lasts for one unit of work and keeps what it saw when that ends well."""

    def __enter__(self) -> T_co: ...

    def __exit__(self, *failure: object) -> None: ...


class ObserverFactory(Protocol):
    """Opens an observer for one unit of work; what it saw is in ``directory`` at exit."""

    def __call__(self, directory: Path) -> Session[Observer]: ...


class Unobserved:
    """The default observer: a run that nobody watches is the same run."""

    def __init__(self, directory: Path) -> None:
        del directory

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *failure: object) -> None:
        return None

    def begin(self, phase: Phase) -> None:
        return None

    def end(self, volume: Volume) -> None:
        return None


@contextmanager
def during(observer: Observer, phase: Phase) -> Iterator[None]:
    """A phase that ends also where its work fails, so that the next one can begin."""
    observer.begin(phase)
    try:
        yield
    finally:
        observer.end(Volume())
