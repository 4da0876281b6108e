"""The domains of a plan together, as a page prints them: sentences, a row for each, the budget."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.estimation import Estimation
from profiler.inversion import VOLUMES, clean_tokens, state_of, total
from profiler.views.account import Account, account
from profiler.views.answer import not_counted, said
from profiler.views.domains import COLUMNS, EXPLANATION, domain_cells, domain_rows
from profiler.views.figures import BYTES, COUNTS, HOURS, MONEY_WORDS
from profiler.views.printable import printable
from profiler.views.sureness import NarrowingRow

MOST_TREES = 3  # domains, from where on lines do not open down to their leaves


@dataclass(frozen=True, slots=True)
class Whole:
    """All domains; ``rows`` are under ``columns``, the last of them the total.

    ``narrowing`` is empty: what more shards would do is said of each domain.
    """

    id: str
    sentences: tuple[str, ...]
    not_counted: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    explanation: str
    account: Account
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    narrowing: tuple[NarrowingRow, ...] = ()


def whole(estimation: Estimation) -> Whole:
    """What the domains of a plan leave and cost together."""
    budget = estimation.budget
    named = (
        ("Warnings of the budget", budget.warnings),
        ("Assumptions of the budget", budget.assumptions),
    )
    rows = tuple(
        tuple(printable(cell) for cell in domain_cells(row)) for row in domain_rows(estimation)
    )
    return Whole(
        "plan",
        sum_sentences(estimation),
        not_counted(budget),
        COLUMNS,
        rows,
        EXPLANATION,
        account(budget, len(estimation.domains) <= MOST_TREES),
        tuple((title, tuple(texts)) for title, texts in named if texts),
    )


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
