from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from profiler.record.store import Record
from profiler.scaling.dedup_shares import dedup_shares
from profiler.scaling.evidence import ChainLink, Evidence

Fabricate = Callable[..., Record]
NEAR = ChainLink("near", "near-dedup", "near", None, "near")
RANKS = (np.arange(500) + 0.5) / 500


def test_shares_have_the_answers_interval_and_move_together(
    fabricate: Fabricate, sample: Any
) -> None:
    record, total, _ = sample(fabricate, 16, design="documents")
    found = dedup_shares(record, NEAR, total, Evidence(), 1, RANKS)
    estimate = found.answer.estimate
    assert np.quantile(found.documents, (0.05, 0.95)) == pytest.approx(
        [estimate.low, estimate.high], abs=1e-3
    )
    assert (np.diff(found.documents) >= 0).all()
    assert found.tokens is not None
    for draws, planned in (
        (found.bytes, found.bytes_planned),
        (found.tokens, found.tokens_planned),
    ):
        assert draws == pytest.approx(found.documents, abs=0.05)  # lengths do not go with copies
        assert planned == pytest.approx(found.answer.planned, abs=0.02)
    assert -1 < found.slope < 0  # a larger whole keeps a smaller share, and more documents


@pytest.mark.parametrize("times", [4, 4000])
def test_no_more_bytes_are_left_than_the_sample_kept(
    fabricate: Fabricate, sample: Any, times: int
) -> None:
    """Between bounds too, where documents reach as high as their own ceiling."""
    record, total, _ = sample(fabricate, 16, design="documents")
    totals = record.run.stages[0]
    found = dedup_shares(record, NEAR, times * total, Evidence(), 1, RANKS)
    assert found.answer.estimate.state == ("bounds" if times > 4 else found.answer.estimate.state)
    kept = totals.bytes_out / totals.bytes_in
    assert kept < found.bytes_at_most < kept + 0.05
    assert found.bytes.max() <= found.bytes_at_most
    assert found.bytes_planned <= found.bytes_at_most
    assert found.tokens is not None
    assert found.tokens.max() <= kept + 0.05


def test_a_measured_share_weighs_bytes_as_they_were_measured(
    fabricate: Fabricate, sample: Any
) -> None:
    record, _, _ = sample(fabricate, 16, design="documents")
    totals = record.run.stages[0]
    found = dedup_shares(record, NEAR, float(totals.docs_in), Evidence(), 1, RANKS)
    assert found.bytes_planned == pytest.approx(totals.bytes_out / totals.bytes_in)
    assert found.slope == 0.0


def test_unknown_tokens_stay_unknown(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 16, design="documents")
    blind = replace(record.run.stages[0], tokens_in=None, tokens_out=None)
    record = Record(replace(record.run, stages=(blind,)), record.tables)
    found = dedup_shares(record, NEAR, total, Evidence(), 1, RANKS)
    assert found.tokens is None
    assert found.tokens_planned is None
