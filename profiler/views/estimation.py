"""An estimation as plain data, of one run or of the domains of a scenario."""

from __future__ import annotations

from typing import Any

from profiler.estimation import Estimation
from profiler.inversion import VOLUMES, Answers, clean_tokens, state_of, total
from profiler.money.budget import budget_to_json
from profiler.scaling.forecast_json import forecast_to_json, quantity_to_json
from profiler.views.bands import bands_json, forecast_bands
from profiler.views.document import estimate_json
from profiler.views.inverse import answers_to_json


def estimation_json(
    estimation: Estimation | None, answers: Answers | None = None
) -> dict[str, Any]:
    """What ``estimate --json`` prints: the estimate, and the answers under "inverse".

    Where a question has no estimate (out of reach), only the answers. Named domains stand under
    "domains"; "target", "clean" and "cpu_hours" are then their sums, and every row of "stages" has
    its "domain".
    """
    inverse = {} if answers is None else {"inverse": answers_to_json(answers)}
    if estimation is None:
        return inverse
    if any(domain.name for domain in estimation.domains):
        return {**domains_json(estimation), **inverse}
    run = estimation.records[0].run
    return {**estimate_json(estimation.forecast, estimation.budget, run), **inverse}


def domains_json(estimation: Estimation) -> dict[str, Any]:
    """The forecasts of all domains, their sums, and the budget over them."""
    parts = [
        {
            "name": domain.name,
            "run": domain.run,
            **forecast_to_json(domain.forecast),
            "bands": bands_json(forecast_bands(record.run, domain.forecast)),
            "assumptions": list(domain.forecast.assumptions),
            "warnings": list(domain.forecast.warnings),
        }
        for domain, record in zip(estimation.domains, estimation.records, strict=True)
    ]
    money = budget_to_json(estimation.budget)
    return {
        **_sums(estimation),
        "domains": parts,
        "stages": [{"domain": part["name"], **row} for part in parts for row in part["stages"]],
        **money,
        "assumptions": [*_of_domains(parts, "assumptions"), *money["assumptions"]],
        "warnings": [*_of_domains(parts, "warnings"), *money["warnings"]],
    }


def _sums(estimation: Estimation) -> dict[str, Any]:
    domains = estimation.domains
    sums = {name: quantity_to_json(total(domains, of)) for name, of in VOLUMES.items()}
    docs = total(domains, lambda forecast: forecast.clean_docs)
    tokens, state = clean_tokens(domains), state_of(domains)
    return {
        "target": {name: sums[name] for name in ("stored_bytes", "text_bytes", "documents")},
        "clean": {
            "docs": quantity_to_json(docs),
            "bytes": sums["clean_text_bytes"],
            "tokens": None if tokens is None else quantity_to_json(tokens),
            "planned": state == "bounds",
        },
        "cpu_hours": sums["cpu_hours"],
        "state": state,
        "seed": estimation.forecast.seed,
    }


def _of_domains(parts: list[dict[str, Any]], name: str) -> list[str]:
    """Texts of all domains, each after the domain it is about; the same text of all once."""
    texts: dict[str, list[str]] = {}
    for part in parts:
        for text in part[name]:
            texts.setdefault(text, []).append(part["name"])
    return [
        text if len(names) == len(parts) else f"{', '.join(names)}: {text}"
        for text, names in texts.items()
    ]
