"""What ``estimate --json`` prints: of one run or of the domains of a scenario, and the answers."""

from __future__ import annotations

from typing import Any

from profiler.estimation import Estimation
from profiler.inversion import VOLUMES, Answers, clean_tokens, state_of, total
from profiler.scaling.forecast_json import quantity_to_json
from profiler.views.document import estimate_json
from profiler.views.export.json import estimation_json
from profiler.views.inverse import answers_to_json


def answered_json(estimation: Estimation | None, answers: Answers | None = None) -> dict[str, Any]:
    """The estimate, and the answers under "inverse".

    A question without an estimate (out of reach, or no money for any volume) has the answers alone.
    Of domains "clean", "cpu_hours" and "state" are of all together.
    """
    inverse = {} if answers is None else {"inverse": answers_to_json(answers)}
    if estimation is None:
        return inverse
    if any(domain.name for domain in estimation.domains):
        return {**_sums(estimation), **estimation_json(estimation), **inverse}
    run = estimation.records[0].run
    return {**estimate_json(estimation.forecast, estimation.budget, run), **inverse}


def _sums(estimation: Estimation) -> dict[str, Any]:
    domains = estimation.domains
    docs = total(domains, lambda forecast: forecast.clean_docs)
    text = total(domains, VOLUMES["clean_text_bytes"])
    tokens, state = clean_tokens(domains), state_of(domains)
    return {
        "clean": {
            "docs": quantity_to_json(docs),
            "bytes": quantity_to_json(text),
            "tokens": None if tokens is None else quantity_to_json(tokens),
            "planned": state == "bounds",
        },
        "cpu_hours": quantity_to_json(total(domains, VOLUMES["cpu_hours"])),
        "state": state,
        "seed": estimation.forecast.seed,
    }
