from __future__ import annotations

from profiler.scaling.truth.repeats_rows import hits_told
from profiler.scaling.truth.tables import Trial


def trial(what: str, planned: float, doubt: str = "") -> Trial:
    return Trial(0.4, None, planned, 0.35, 0.45, 0.1, 0.9, 1.0, "", doubt, what)


def test_hits_and_errors_with_and_without_a_warning() -> None:
    trials = [
        trial("20% in 8 copies", 0.42, "about 8 times"),
        trial("20% in 8 copies", 0.38, "about 8 times"),
        trial("20% in 9 copies", 0.48),
        trial("20% in 3 copies", 0.40),
    ]
    assert hits_told(trials, 4) == (
        "warned 50% (2 of 4)",
        "warned 67% (2 of 3) where k ≥ 2 × ratio",
        "with a warning: RMSE 2.00, coverage 100%",
        "without one: RMSE 5.66, coverage 100%",
    )
    assert hits_told(trials[3:], 4) == (
        "warned 0% (0 of 1)",
        "without one: RMSE 0.00, coverage 100%",
    )
