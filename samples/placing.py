"""Where each document goes: shard, position, identifier, address."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.composition import Draft, Unit
from samples.domains import DOMAINS, address
from samples.draws import Draws, Integers, weighted_table
from samples.shards import SHARD_NAMES, is_wet


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the corpus and the truth about it.

    ``unit`` is its row in the list of units and ``member`` its row in that unit; the original,
    member 0, is the earliest of the unit by shard and position.
    """

    id: str
    url: str
    source: str
    stated_language: str | None
    shard: int
    position: int
    unit: int
    member: int
    draft: Draft


def place(units: list[Unit], seed: int) -> list[Document]:
    """All documents in the order of shards and positions."""
    draws = Draws(seed, "places")
    owners = [(u, m) for u, unit in enumerate(units) for m in range(len(unit.members))]
    shards = _shards_of([units[u].members[m].quality == "drop" for u, m in owners], draws)
    order = np.lexsort((draws.order(len(owners)), shards))
    owner_units = np.array([u for u, _ in owners])[order]
    seen = [0] * len(units)
    starts = np.searchsorted(shards[order], np.arange(len(SHARD_NAMES)))
    documents = []
    for rank, unit in enumerate(owner_units.tolist()):
        shard = int(shards[order[rank]])
        documents.append(
            _document(rank, shard, rank - int(starts[shard]), unit, seen[unit], units, draws)
        )
        seen[unit] += 1
    return documents


def _shards_of(is_bad: list[bool], draws: Draws) -> Integers:
    """A shard per document; shards differ in size, and in how many bad documents they hold."""
    sizes = draws.integers(80, 121, len(SHARD_NAMES))
    dirt = draws.integers(70, 131, len(SHARD_NAMES))
    good = weighted_table(sizes.tolist())[draws.shorts(len(is_bad))]
    bad = weighted_table((sizes * dirt).tolist())[draws.shorts(len(is_bad))]
    return np.where(is_bad, bad, good)


def _document(
    rank: int, shard: int, position: int, unit: int, member: int, units: list[Unit], draws: Draws
) -> Document:
    draft = units[unit].members[member]
    stated = draft.language if units[unit].states_language else None
    return Document(
        id=_uuid(draws) if is_wet(SHARD_NAMES[shard]) else f"doc-{rank:07d}",
        url=address(draft.domain, rank, draws),
        source=DOMAINS[draft.domain].name,
        stated_language=stated,
        shard=shard,
        position=position,
        unit=unit,
        member=member,
        draft=draft,
    )


def _uuid(draws: Draws) -> str:
    """A random UUID (RFC 4122, version 4), as it stands in a WARC-Record-ID."""
    h = draws.hexadecimal(32)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
