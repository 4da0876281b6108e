"""What is left of a chain of dedups in documents, bytes and tokens: joint draws of one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiler.record.schema import StageTotals
from profiler.record.store import Record
from profiler.scaling.dedup import DedupRetention
from profiler.scaling.evidence import ChainLink, Evidence, dedup_answer
from profiler.scaling.laws import RandomDocuments
from profiler.scaling.quantity import Draws
from profiler.scaling.weights import (
    KeptLengths,
    beside,
    kept_at_most,
    kept_lengths,
    weighted_retention,
)

SMALLER_PART = 0.8  # at which the slope over the size of the whole is taken


@dataclass(frozen=True, slots=True)
class DedupShares:
    """What is left of the documents that entered a chain, after one of its stages; joint draws.

    ``bytes`` and ``tokens`` are shares of those units; tokens are None where unknown. ``slope`` is
    how the logarithm of the share in documents moves with that of the whole's size. Whatever that
    size, no more than ``bytes_at_most`` is left.
    """

    answer: DedupRetention
    documents: Draws
    bytes_planned: float
    bytes: Draws
    bytes_at_most: float
    tokens_planned: float | None
    tokens: Draws | None
    slope: float


def chain_shares(
    record: Record,
    links: Sequence[ChainLink],
    total: float,
    evidence: Evidence,
    seed: int,
    ranks: Draws,
) -> dict[str, DedupShares]:
    """What is left after every stage of one chain, by stage; ``links`` in order.

    A stage leaves at least what the stages after it leave, so that a surer answer on the whole
    chain (of a class, of a census) lifts the low end of those before it.
    """
    found: dict[str, DedupShares] = {}
    later: DedupShares | None = None
    for link in reversed(links):
        shares = dedup_shares(record, link, total, evidence, seed, ranks)
        later = found[link.stage] = shares if later is None else _at_least(shares, later)
    return found


def _at_least(shares: DedupShares, later: DedupShares) -> DedupShares:
    estimate, after = shares.answer.estimate, later.answer.estimate
    lifted = replace(
        estimate,
        point=None if estimate.point is None else max(estimate.point, later.answer.planned),
        low=max(estimate.low, after.low),
        high=max(estimate.high, after.high),
    )
    tokens, tokens_planned = shares.tokens, shares.tokens_planned
    if tokens is not None and later.tokens is not None:
        tokens = np.maximum(tokens, later.tokens)
        tokens_planned = max(tokens_planned or 0.0, later.tokens_planned or 0.0)
    return replace(
        shares,
        answer=replace(
            shares.answer,
            estimate=lifted,
            planned=max(shares.answer.planned, later.answer.planned),
        ),
        documents=np.maximum(shares.documents, later.documents),
        bytes_planned=max(shares.bytes_planned, later.bytes_planned),
        bytes=np.maximum(shares.bytes, later.bytes),
        bytes_at_most=max(shares.bytes_at_most, later.bytes_at_most),
        tokens=tokens,
        tokens_planned=tokens_planned,
    )


def dedup_shares(
    record: Record, link: ChainLink, total: float, evidence: Evidence, seed: int, ranks: Draws
) -> DedupShares:
    """Documents, bytes and tokens left after one stage of a chain, at the given ranks.

    Where the state forbids a point, plans go by the mean of the draws: costs add up in the mean.
    """
    answer = dedup_answer(record, link, total, evidence, seed)
    if answer.estimate.state == "bounds":
        answer = replace(answer, planned=float(answer.draws.mean()))
    documents = answer.draws_at(ranks)
    first = next(stage for stage in record.run.stages if stage.stage == link.first)
    mine = next(stage for stage in record.run.stages if stage.stage == link.stage)
    in_bytes, at_most = _weighted(record, link, answer, documents, first, mine, "bytes", seed)
    in_tokens = None
    planned_tokens = None
    if first.tokens_in and mine.tokens_out is not None:
        in_tokens, _ = _weighted(record, link, answer, documents, first, mine, "tokens", seed)
        planned_tokens = _planned(in_tokens, documents, answer)
    return DedupShares(
        answer,
        documents,
        _planned(in_bytes, documents, answer),
        in_bytes,
        at_most,
        planned_tokens,
        in_tokens,
        _slope(answer),
    )


def _weighted(
    record: Record,
    link: ChainLink,
    answer: DedupRetention,
    documents: Draws,
    first: StageTotals,
    mine: StageTotals,
    unit: str,
    seed: int,
) -> tuple[Draws, float]:
    """Draws of the share in bytes or tokens, in step with those in documents; its ceiling."""
    came = float(first.bytes_in if unit == "bytes" else first.tokens_in or 0.0)
    left = float(mine.bytes_out if unit == "bytes" else mine.tokens_out or 0.0)
    lengths: KeptLengths | None = None
    law = answer.extrapolation.posterior if answer.extrapolation else None
    if law is not None and not answer.counted:
        lengths = kept_lengths(
            record.tables["spectrum"], link.name, f"kept_{unit}", came, float(first.docs_in)
        )
    if lengths is None or law is None:
        kept = mine.docs_out / first.docs_in if first.docs_in else 0.0
        ratio = left / came / kept if came and kept else 1.0
        return np.clip(documents * ratio, 0.0, 1.0), 1.0
    assert answer.extrapolation is not None
    draw = RandomDocuments(answer.extrapolation.total, float(lengths.groups @ lengths.times))
    weighted = weighted_retention(lengths, law, draw, seed)
    at_most = kept_at_most(lengths)
    return beside(weighted, law.retention(), documents, at_most), at_most


def _planned(weighted: Draws, documents: Draws, answer: DedupRetention) -> float:
    """The weighted share that belongs to the planned share of documents.

    Between bounds that is planned by the mean of the draws, and so is this: a middle value would
    leap where the draws lie in two heaps.
    """
    if answer.estimate.state == "bounds":
        return float(weighted.mean())
    ratio = float(np.median(weighted / np.maximum(documents, 1e-12)))
    return min(float(weighted.max()), answer.planned * ratio)


def _slope(answer: DedupRetention) -> float:
    law = answer.extrapolation.posterior if answer.extrapolation else None
    if law is None:
        return 0.0
    smaller, whole = law.retention(SMALLER_PART), law.retention()
    return float(np.median(np.log(whole / smaller)) / -np.log(SMALLER_PART))
