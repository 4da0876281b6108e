"""Dedups that directly follow one another: what each keeps, at scale, of what entered the first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from profiler.record.store import Record
from profiler.scaling.dedup_shares import DedupShares, chain_shares
from profiler.scaling.evidence import ChainLink, Evidence, chains
from profiler.scaling.extrapolation import state_of
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Estimate, Quantity
from profiler.scaling.simulation import Simulation
from profiler.scaling.volumes import StageForecast, worst


@dataclass(frozen=True, slots=True)
class Volume:
    docs: Quantity
    bytes: Quantity


@dataclass(frozen=True, slots=True)
class Known:
    """What the answers are made from."""

    record: Record
    evidence: Evidence
    simulation: Simulation


@dataclass(frozen=True, slots=True)
class Chained:
    """Dedup stages without another stage between: the volume that entered, what is left of it.

    ``shares`` are those after the stage that was last; ``all_shares`` of every stage by name.
    """

    entered: Volume
    shares: DedupShares
    all_shares: Mapping[str, DedupShares]


def with_dedup(
    known: Known, stage: StageForecast, link: ChainLink, chained: Chained | None
) -> tuple[StageForecast, Chained]:
    """Retention at scale: what is left of a chain after this stage, over what came before it."""
    entered = chained.entered if chained else Volume(stage.docs_in, stage.bytes_in)
    all_shares = chained.all_shares if chained else _chain(known, link, entered)
    shares = all_shares[link.stage]
    moved = np.ones_like(entered.docs.draws)
    if entered.docs.point > 0:
        moved = np.power(entered.docs.draws / entered.docs.point, shares.slope)
    kept_draws = np.clip(shares.documents * moved, 0.0, 1.0)
    before_docs = stage.docs_in.draws / np.maximum(entered.docs.draws, 1e-300)
    before_bytes = stage.bytes_in.draws / np.maximum(entered.bytes.draws, 1e-300)
    left = Quantity(
        min(shares.answer.planned, stage.docs_in.point / max(entered.docs.point, 1e-300)),
        np.minimum(kept_draws, before_docs),
    )
    left_bytes = Quantity(
        min(shares.bytes_planned, stage.bytes_in.point / max(entered.bytes.point, 1e-300)),
        np.minimum(np.clip(shares.bytes * moved, 0.0, shares.bytes_at_most), before_bytes),
    )
    retention = _own_retention(shares, chained)
    found = replace(
        stage,
        docs_out=entered.docs * left,
        bytes_out=entered.bytes * left_bytes,
        retention=retention,
        bytes_retention=_own_share(
            _bytes_left(shares),
            None if chained is None else _bytes_left(chained.shares),
            retention,
        ),
        tokens_retention=_tokens_share(shares, chained, retention),
        chain_retention=shares.answer.estimate,
        notes=shares.answer.notes,
    )
    return found, Chained(entered, shares, all_shares)


def _chain(known: Known, first: ChainLink, entered: Volume) -> dict[str, DedupShares]:
    links = [link for link in chains(known.record.run.stages).values() if link.first == first.stage]
    simulation = known.simulation
    return chain_shares(
        known.record,
        links,
        entered.docs.point,
        known.evidence,
        simulation.seed,
        simulation.dedup_ranks,
    )


def _own_retention(shares: DedupShares, chained: Chained | None) -> Estimate:
    """The stage's own share: the answer, or its ratio to that of the chain before it.

    At the planned size of the whole: how sure that size is shows in the volumes.
    """
    answer = shares.answer.estimate
    if chained is None:
        return answer
    before = chained.shares.answer.estimate
    own = _own_share(
        Quantity(shares.answer.planned, shares.documents),
        Quantity(chained.shares.answer.planned, chained.shares.documents),
        answer,
    )
    state = worst(answer.state, before.state, state_of(own.low, own.high, math.inf))
    own = replace(own, point=None if state == "bounds" else own.point, state=state)
    outer_low, outer_high = answer.outer_low, answer.outer_high
    if outer_low is None or outer_high is None or not before.outer_high or not before.outer_low:
        return own
    return replace(
        own,
        method=f"{answer.method}; with the dedup before it, over that one's",
        outer_low=min(own.low, outer_low / before.outer_high),
        outer_high=max(own.high, min(1.0, outer_high / before.outer_low)),
    )


def _bytes_left(shares: DedupShares) -> Quantity:
    return Quantity(shares.bytes_planned, shares.bytes)


def _own_share(left: Quantity, before: Quantity | None, like: Estimate) -> Estimate:
    """What is left over what was left before, as an estimate in another's state and method.

    The two were extrapolated apart, and how they move together is not known: drawn as independent
    they give the wider interval.
    """
    came = before or Quantity.certain(1.0, len(left.draws))
    apart = np.random.default_rng(len(left.draws)).permutation(came.draws)
    draws = np.minimum(left.draws / np.maximum(apart, 1e-300), 1.0)
    point = min(1.0, left.point / came.point) if came.point else 0.0
    low, high = np.quantile(draws, (LOW_QUANTILE, HIGH_QUANTILE))
    return Estimate(
        None if like.state == "bounds" else float(point),
        min(float(low), float(point)),
        max(float(high), float(point)),
        like.method,
        like.state,
    )


def _tokens_share(
    shares: DedupShares, chained: Chained | None, retention: Estimate
) -> Estimate | None:
    if shares.tokens is None or shares.tokens_planned is None:
        return None
    before: Quantity | None = None
    if chained is not None:
        if chained.shares.tokens is None or chained.shares.tokens_planned is None:
            return None
        before = Quantity(chained.shares.tokens_planned, chained.shares.tokens)
    return _own_share(Quantity(shares.tokens_planned, shares.tokens), before, retention)
