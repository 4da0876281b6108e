"""A scenario as plain data."""

from __future__ import annotations

import dataclasses
from typing import Any

from profiler.money.scenario import Scenario, value_text


def scenario_json(scenario: Scenario) -> dict[str, Any]:
    """Target, domains and what the user's file sets, as texts."""
    return {
        "name": scenario.name,
        "target": dataclasses.asdict(scenario.wanted),
        "domains": [dataclasses.asdict(plan) for plan in scenario.domains],
        "given": {key: value_text(scenario.value(key)) for key in sorted(scenario.given)},
        "faults": [],
    }
