"""The estimation of several domains, for a terminal."""

from __future__ import annotations

from rich.console import Console

from profiler.estimation import Estimation
from profiler.views.answer import sentences
from profiler.views.terminal.batch import show_domains
from profiler.views.terminal.budget import show_budget
from profiler.views.terminal.forecast import show_forecast
from profiler.views.terminal.tables import bullets, heading
from profiler.views.whole import sum_sentences


def show_estimation(estimation: Estimation, console: Console) -> None:
    """Print what all domains leave and cost, the forecast of each, and the budget over all."""
    bullets(console, sum_sentences(estimation))
    show_domains(estimation, console)
    for domain, record in zip(estimation.domains, estimation.records, strict=True):
        heading(console, f"Domain {domain.name}")
        bullets(console, sentences(record.run, domain.forecast, None))
        show_forecast(domain.forecast, console, record.run)
    show_budget(estimation.budget, console)
