"""Curves over scale are the forecast itself, at more sizes."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pyarrow as pa
import pytest

from profiler.record.schema import TABLES
from profiler.record.store import Record
from profiler.scaling.curves import (
    CurvePoint,
    carries_until,
    curve_sizes,
    curve_to_json,
    forecast_curve,
)
from profiler.scaling.evidence import Evidence
from profiler.scaling.forecast import make_forecast

Fabricate = Callable[..., Record]
FAR_APART = [(1, 0.9), (2, 0.03), (3, 0.008), (7, 0.002)]


@pytest.fixture
def natural(fabricate: Fabricate) -> Record:
    """A record whose groups have many sizes, as those of real text: it carries to no 1e13 bytes."""
    record = fabricate(docs=800)
    documents = record.run.stages[2].docs_in
    singles = documents - sum(k * int(share * documents) for k, share in FAR_APART[1:])
    groups = [(1, singles), *((k, int(share * documents)) for k, share in FAR_APART[1:])]
    rows = [
        {"part": 0, "stage": stage, "size": size, "groups": number, "docs": size * number}
        | {"bytes": size * number * 900, "kept_bytes": number * 900, "kept_tokens": number * 225.0}
        | {"kept_bytes_squares": 1.5 * 900**2 * number}
        for stage in ("exact", "near", "near+before")
        for size, number in groups
    ]
    spectrum = pa.Table.from_pylist(rows, TABLES["spectrum"])
    return Record(record.run, {**record.tables, "spectrum": spectrum})


def test_a_point_of_the_curve_is_the_forecast_of_that_size(fabricate: Fabricate) -> None:
    record, size = fabricate(), 4e7
    (point,) = forecast_curve(record, [size], "stored", seed=5, evidence=Evidence(), draws=150)
    whole = make_forecast(record, size, "stored", 5, 150, Evidence())
    assert point.target_bytes == size
    assert point.ratio == whole.target.ratio
    dedups = [stage for stage in whole.stages if stage.kind.endswith("dedup")]
    assert [each.retention for each in point.dedups] == [stage.retention for stage in dedups]
    assert point.dedup == dedups[-1].chain_retention
    assert point.cpu_hours.point == whole.cpu_hours.point
    assert point.cpu_hours.interval() == whole.cpu_hours.interval()
    kept = whole.clean_docs.draws / whole.target.documents.draws
    assert point.docs_kept.low == pytest.approx(sorted(kept)[7], rel=0.05)
    assert point.state == whole.state


def test_together_is_of_what_entered_the_first(fabricate: Fabricate) -> None:
    (point,) = forecast_curve(fabricate(docs=800), [2e7], "stored", draws=100)
    exact, near = point.dedups
    assert (exact.first, near.first) == ("exact", "exact")
    assert exact.together == exact.retention
    assert near.together.high <= exact.retention.high
    assert near.together.outer_low is not None


def test_sizes_go_from_the_sample_to_ten_petabytes(fabricate: Fabricate) -> None:
    record = fabricate()
    sizes = curve_sizes(record, "stored", 25)
    assert len(sizes) == 25
    assert sizes[-1] == pytest.approx(1e16)
    steps = [after / before for before, after in pairwise(sizes)]
    assert steps == pytest.approx([steps[0]] * 24)
    first = make_forecast(record, sizes[0], "stored", draws=20)
    assert first.target.ratio == pytest.approx(1.0)
    assert curve_sizes(record, "stored", 25, largest=10.0)[0] > 10.0


def test_where_the_sample_stops_to_carry_is_between_two_sizes(natural: Record) -> None:
    stored = float(natural.run.totals.stored_bytes)
    points = forecast_curve(natural, [1e13, stored], "stored", draws=50)
    assert carries_until(points) == (stored, 1e13)
    assert carries_until(points[:1]) == (0.0, 1e13)
    assert carries_until(points[1:]) is None


def no_point_where_forbidden(estimate: dict[str, object]) -> bool:
    return (estimate["point"] is None) == (estimate["state"] == "bounds")


def test_the_json_has_no_point_that_the_state_forbids(natural: Record) -> None:
    points = forecast_curve(
        natural, [float(natural.run.totals.stored_bytes), 1e13], "stored", draws=50
    )
    near, far = json.loads(json.dumps(curve_to_json(points), allow_nan=False))
    assert far["state"] == "bounds"
    assert far["planned"]
    assert not near["planned"]
    for point in (near, far):
        for share in (point["docs_kept"], point["bytes_kept"], point["tokens_kept"]):
            assert no_point_where_forbidden(share)
        for dedup in point["dedups"]:
            assert no_point_where_forbidden(dedup["retention"])
            assert no_point_where_forbidden(dedup["together"])
    assert far["dedups"][-1]["together"]["point"] is None


def test_a_recipe_without_dedup_has_a_curve_without(fabricate: Fabricate) -> None:
    record = fabricate()
    stages = tuple(s for s in record.run.stages if not s.kind.endswith("dedup"))
    (point,) = forecast_curve(fabricate(run={"stages": stages}), [1e12], "stored", draws=50)
    assert isinstance(point, CurvePoint)
    assert point.dedup is None
    assert point.docs_kept.point is not None
