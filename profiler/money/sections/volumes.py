"""The scenario's volumes: how much is wanted in all, and of which domains it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Basis = Literal["stored", "text", "warc-gz", "wet-gz", "parquet-zstd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The whole: raw volume ``scale`` in ``basis`` bytes, or ``clean_tokens`` to end with.

    Sizes are texts such as "1PB", counts such as "1T". ``available`` is all that the source has;
    "" where that is not known. Domains with a ``scale`` of their own need no other.
    """

    scale: str = ""
    basis: Basis = "stored"
    clean_tokens: str = ""
    available: str = ""

    def __post_init__(self) -> None:
        if self.scale and self.clean_tokens:
            raise ValueError("scale and clean_tokens: expected one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPlan:
    """A domain: the folder of its ``run``, and its volume.

    ``shards``, ``recipe`` and ``sample`` are what ``corpuscost batch`` profiles into ``run``.
    Paths are relative to the scenario's file.
    """

    name: str
    run: str
    scale: str = ""
    basis: Basis = "stored"
    like: str | None = None
    design: Literal["documents", "shards", "block"] | None = None
    shards: tuple[str, ...] = ()
    recipe: str = "web-en"
    sample: str | None = None
    seed: int = 1
