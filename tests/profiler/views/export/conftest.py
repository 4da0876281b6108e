"""A budget in which everything is in scope, and one whose every free text is hostile."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pytest
from made_up_estimations import EVERYTHING, made_up_estimation

from profiler.estimation import Estimation

HOSTILE_TEXTS = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|'/c calc'!A1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "a | b",
    "`rm -rf` <script>alert(1)</script> <img src=x onerror=alert(2)>",
    "hello @everyone, see #1 and GH-2 and group/project!3",
    "[click](http://evil.example) ![x](http://evil.example/pixel) www.evil.example",
    'quote " and, comma; semicolon',
    "two\nlines\r\nand \x1b[31mred\x1b[0m \u202eturned\u202c",
    "# heading",
    "1. first",
    "$x^2$ ~~gone~~ **bold** _soft_",
)


@pytest.fixture(scope="session")
def everything() -> Estimation:
    """Two domains and every category."""
    return made_up_estimation(*EVERYTHING, domains=("web", "books"))


@pytest.fixture(scope="session")
def alone() -> Estimation:
    """One corpus under the default scenario."""
    return made_up_estimation()


@pytest.fixture(scope="session")
def hostile(everything: Estimation) -> Estimation:
    """The same with hostile names, sources, notes, units, assumptions and warnings."""
    texts = cycle(HOSTILE_TEXTS)
    lines = tuple(
        replace(
            line,
            item=next(texts),
            domain=next(texts),
            unit=next(texts),
            source=next(texts),
            explanation=next(texts),
            note=next(texts),
        )
        for line in everything.budget.lines
    )
    ages = tuple(replace(age, source=next(texts)) for age in everything.budget.price_ages)
    budget = replace(
        everything.budget,
        lines=lines,
        price_ages=ages,
        assumptions=HOSTILE_TEXTS,
        warnings=HOSTILE_TEXTS,
    )
    domains = tuple(replace(domain, name=next(texts)) for domain in everything.domains)
    return replace(everything, budget=budget, domains=domains)
