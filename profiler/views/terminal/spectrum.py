"""The answer of ``corpuscost spectrum`` as lines of text."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from profiler.scaling.dedup import DedupRetention
from profiler.views.figures import PERCENT, figure_of

STATES = {
    "estimate": "estimate",
    "rough": "rough: trust the interval before the point",
    "bounds": "bounds only: the sample carries no point",
}


def answer_lines(found: DedupRetention, sampled: float, total: float) -> Group:
    """Retention, its interval and outer bounds, the state, and every note."""
    estimate = found.estimate
    figure = figure_of(estimate, PERCENT)
    lines = [
        f"{sampled:,.0f} documents sampled of {total:,.0f} (1 in {total / sampled:,.4g})",
        f"dedup keeps of the whole: {figure.middle}"
        + ("" if figure.point is None else f"  (90 % interval {figure.interval})"),
    ]
    if estimate.outer_low is not None and estimate.outer_high is not None:
        lines.append(
            f"outer bounds, whatever the law: {estimate.outer_low:.1%} to {estimate.outer_high:.1%}"
        )
    lines += [f"state: {STATES[estimate.state]}", f"method: {estimate.method}"]
    return Group(*(Text(line) for line in [*lines, *found.notes]))
