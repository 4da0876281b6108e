"""A forecast as it may be printed: no point where a state forbids it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from profiler.scaling.quantity import Quantity
from profiler.scaling.volumes import STATES
from profiler.views.outlook import outlook, ratio, worst


def test_nothing_after_bounds_has_a_point(forecast):
    view = outlook(forecast)
    gopher, exact, near = view.stages
    assert gopher.docs_in.point is not None
    assert gopher.docs_out.point is not None
    assert exact.docs_in.point is not None
    assert exact.cpu_hours.point is not None
    assert exact.retention.point is None
    hidden = (exact.docs_out, near.docs_in, near.bytes_in, near.cpu_hours, view.clean_docs)
    hidden += (view.clean_text_bytes, view.clean_tokens, view.docs_kept, view.cpu_hours)
    assert [one.point for one in hidden] == [None] * len(hidden)
    assert view.state == "bounds"


def test_rough_figures_keep_their_points(forecast_in):
    view = outlook(forecast_in("rough"))
    assert view.state == "rough"
    assert view.clean_docs.point is not None
    assert view.docs_kept.point == pytest.approx(0.62 * 0.80 * 0.70)


def test_a_ratio_is_taken_draw_by_draw():
    whole = Quantity(2.0, np.array([1.0, 2.0, 4.0]))
    estimate = ratio(whole * 0.5, whole, "estimate")
    assert (estimate.point, estimate.low, estimate.high) == pytest.approx((0.5, 0.5, 0.5))


def test_the_worst_state_counts():
    assert worst() == "estimate"
    assert worst("estimate", "rough") == "rough"
    assert worst(*STATES) == "bounds"
    assert worst("a state of a later version") == "bounds"


def test_reading_decides_nothing(forecast):
    reading = replace(forecast.stages[0], stage="read", kind="read")
    view = outlook(replace(forecast, stages=(reading, *forecast.stages)))
    assert len(view.stages) == 4
    assert [stage.stage for stage in view.deciding] == [s.stage for s in forecast.stages]


def test_a_dedup_resolves_apart_from_its_documents(forecast_in):
    near = forecast_in("rough").stages[2]
    over, resolve = near.cpu_hours * 0.75, near.cpu_hours * 0.25
    told = replace(near, per_document_cpu_hours=over, resolve_cpu_hours=resolve)
    found = forecast_in("rough")
    *others, shown = outlook(replace(found, stages=(*found.stages[:2], told))).stages
    assert [name for name, _ in shown.phases] == [
        "sketch and apply, over documents",
        "resolve, over all keys",
    ]
    assert [hours.point for _, hours in shown.phases] == [over.point, resolve.point]
    assert not any(stage.phases for stage in others)
