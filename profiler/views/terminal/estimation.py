"""The estimation of several domains, for a terminal."""

from __future__ import annotations

from rich.console import Console

from profiler.estimation import Estimation
from profiler.inversion import VOLUMES, clean_tokens, state_of, total
from profiler.views.answer import said, sentences
from profiler.views.figures import BYTES, COUNTS, HOURS, MONEY_WORDS
from profiler.views.terminal.batch import show_domains
from profiler.views.terminal.budget import show_budget
from profiler.views.terminal.forecast import show_forecast
from profiler.views.terminal.tables import bullets, heading


def show_estimation(estimation: Estimation, console: Console) -> None:
    """Print what all domains leave and cost, the forecast of each, and the budget over all."""
    bullets(console, sum_sentences(estimation))
    show_domains(estimation, console)
    for domain, record in zip(estimation.domains, estimation.records, strict=True):
        heading(console, f"Domain {domain.name}")
        bullets(console, sentences(record.run, domain.forecast, None))
        show_forecast(domain.forecast, console, record.run)
    show_budget(estimation.budget, console)


def sum_sentences(estimation: Estimation) -> tuple[str, ...]:
    """What all domains together leave and cost."""
    domains, state = estimation.domains, state_of(estimation.domains)
    text = total(domains, VOLUMES["clean_text_bytes"]).estimate("", state)
    hours = total(domains, VOLUMES["cpu_hours"]).estimate("", state)
    tokens = clean_tokens(domains)
    left = f"{len(domains)} domains together leave {said(text, BYTES)} of clean text"
    if tokens is not None:
        left += f", which is {said(tokens.estimate('', state), COUNTS)} tokens"
    return (
        f"{left}. Cleaning takes {said(hours, HOURS)} CPU-hours.",
        f"Preparing it costs {said(estimation.budget.total_usd, MONEY_WORDS, 2)} USD.",
    )
