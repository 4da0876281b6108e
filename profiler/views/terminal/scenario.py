"""What a scenario sets, for a terminal."""

from __future__ import annotations

import dataclasses

from rich.console import Console

from profiler.money.scenario import Scenario, value_text
from profiler.views.terminal.tables import definitions, heading, note, safe


def show_scenario(scenario: Scenario, console: Console) -> None:
    """Print what the user's file sets; the rest are defaults."""
    console.print(safe(f"Scenario {scenario.name}: no faults", style="bold"))
    wanted = dataclasses.asdict(scenario.wanted)
    definitions(console, [(f"target.{name}", text) for name, text in wanted.items() if text])
    if scenario.domains:
        heading(console, "Domains")
        definitions(
            console,
            [
                (plan.name, f"{plan.run}, {plan.scale or 'a share of the whole'}")
                for plan in scenario.domains
            ],
        )
    heading(console, "Set by you")
    given = sorted(scenario.given)
    definitions(console, [(key, value_text(scenario.value(key))) for key in given])
    note(console, "Nothing: all is default." if not given else "All else is default.")
