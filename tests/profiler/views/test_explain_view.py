"""Explanations and comparisons of budgets in the terminal; hostile text in a file cannot act."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from written_budgets import Json, budget, capacity, document, leaf, line, made, read

from profiler.money.compare import difference
from profiler.money.explain import explained, footing
from profiler.money.written import WrittenBudget
from profiler.views.differences import budget_setting_differences
from profiler.views.terminal.budget_comparison import show_budget_comparison
from profiler.views.terminal.explain import show_explanation, show_footing, show_lines

HOSTILE = (
    "[bold red]rich[/bold red] [link=http://evil.example]here[/link] "
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b2J "
    "\u202eleft \u2066isolate\u2069 nul\x00 bell\x07 =HYPERLINK(1)"
)


def printed(show: Callable[..., None], *arguments: Any, width: int = 80) -> str:
    stream = io.StringIO()
    show(*arguments, Console(file=stream, width=width))
    return stream.getvalue()


def words(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def hostile(data: Json) -> Json:
    """The same file with every text in it hostile that need not be a name."""

    def spoilt(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: spoilt(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [spoilt(part) for part in value]
        return f"{value} {HOSTILE}" if isinstance(value, str) and key != "kind" else value

    found: Json = spoilt(data)
    return found


@pytest.fixture
def disks() -> WrittenBudget:
    free = made(
        "C", 12.5, "USD/TB", "terms.product", "L × d", leaf("L", 25.0, "USD/TB"), leaf("d", 0.5)
    )
    tree = made(
        "usd",
        2500.0,
        "USD",
        "storage.capacity_usd",
        "V × C × n",
        leaf("V", 100.0, "TB", "forecast", "run runs/web"),
        free,
        leaf("n", 2.0, "1", "scenario", "storage.copies"),
    )
    return budget(
        line("disks", tree, domain="web", payment="monthly", months=3.0),
        line("tape", capacity(1.0, 3.0), counted=False),
        line("robots", None),
    )


def test_a_line_shows_formula_values_result_and_origins(disks: WrittenBudget) -> None:
    text = words(printed(show_explanation, explained(disks, 1)))
    for said in (
        "1. storage: web: disks",
        "formula usd = V × C × n",
        "with values 100 TB × 12.5 USD/TB × 2",
        "result 2,500.00 USD (90 %: 2,250.00 to 2,750.00)",
        "paid monthly, 3 months",
        "V = 100 TB (90 to 110): meaning of V forecast: run runs/web",
        "C = 12.5 USD/TB (11.25 to 13.75): meaning of C computed: L × d = 25 USD/TB × 0.5",
        "L = 25 USD/TB (22.5 to 27.5)",
        "n = 2 (1.8 to 2.2): meaning of n scenario: storage.copies",
        "the formula gives 2,500.000000 USD",
        "Reckoned again from these values by storage.capacity_usd: the same cents.",
    ):
        assert said in text


def test_a_line_without_usd_says_why(disks: WrittenBudget) -> None:
    text = words(printed(show_explanation, explained(disks, 3)))
    assert "no USD and not in the total: not priced: nobody sells it" in text
    assert "formula" not in text


def test_a_line_that_does_not_hold_warns() -> None:
    data = document([line("disks", capacity(100.0, 12.5))])
    data["lines"][0]["term"]["parts"][0]["point"] = 50.0
    text = words(printed(show_explanation, explained(read(data), 1)))
    assert (
        "Warning: reckoning again does not give this line: storage.capacity_usd gives 625.00"
        in text
    )


def test_lines_are_listed_with_numbers_and_marks(disks: WrittenBudget) -> None:
    rows = printed(show_lines, disks).splitlines()
    assert any(row.split() == ["1", "·", "web:", "disks", "2,500.00"] for row in rows)
    assert any(row.split() == ["2", "·", "tape", "3.00", "memo"] for row in rows)
    assert any(row.split() == ["3", "·", "robots", "–", "no", "USD"] for row in rows)


def test_the_sum_is_shown_with_its_verdict(disks: WrittenBudget) -> None:
    text = words(printed(show_footing, footing(disks)))
    assert "sum 2,500.00 total of the budget 2,500.00" in text
    assert "The sum of 1 counted lines is 2,500.00 USD: the total, to the cent." in text
    assert "tape" not in text


def compared(a: WrittenBudget, b: WrittenBudget, width: int = 80) -> str:
    settings = budget_setting_differences(a, b)
    return printed(show_budget_comparison, difference(a, b), settings, width=width)


def priced(usd: float, age_days: int) -> Json:
    return {
        "key": "storage.bought_price",
        "id": "disks",
        "book": "book",
        "usd": usd,
        "unit": "USD/TB",
        "as_of": "2024-09",
        "age_days": age_days,
        "source": "a list",
        "confidence": "own",
    }


def test_a_comparison_says_what_moved_and_why() -> None:
    a = budget(
        line("disks", capacity(100.0, 10.0)),
        line("same", capacity(1.0, 1.0)),
        line("tape", None),
        assumptions=["storage.copies = 1; ours", "taxes are not included"],
        prices=[priced(10.0, 20), {**priced(3.0, 20), "id": "aged"}],
    )
    b = budget(
        line("disks", capacity(200.0, 12.0, 3.0, "scenario")),
        line("same", capacity(1.0, 1.0)),
        line("racks", capacity(1.0, 5.0)),
        target={"bytes": 2e15, "basis": "stored"},
        prices=[priced(12.0, 30), {**priced(3.0, 50), "id": "aged"}],
    )
    text = words(compared(a, b, 120))
    for said in (
        "1,001.00 7,206.00 +6,205.00",
        "disks volume +1,000.00; price +400.00; plan +4,800.00 1,000.00 7,200.00 +6,200.00",
        "1 more is the same.",
        "storage: tape: only A has this line",
        "storage: racks: only B has this line (5.00 USD in B, counted)",
        "volume: V, meaning of V: 100 → 200 TB, in 1 line; forecast: where V is from",
        "plan: n, meaning of n: 1 → 3, in 1 line; default: storage.copies; then scenario: st",
        "target.bytes: A: 1000000000000000.0; B: 2000000000000000.0",
        "price disks (book): A: 10 USD/TB, as of 2024-09, 20 days old; B: 12 USD/TB, as of",
    ):
        assert said in text, said
    assert "aged" not in text  # older on another day, but the same price


def test_a_budget_beside_itself_has_nothing_to_say(disks: WrittenBudget) -> None:
    text = words(compared(disks, disks))
    assert "2,500.00 2,500.00 0.00" in text
    assert "Values that moved" not in text
    assert text.endswith("differ None.")


def test_assumptions_of_a_section_that_is_not_planned_are_one_row() -> None:
    a = budget(assumptions=["training.in_scope = false; ours", "storage.copies = 1; ours"])
    values = ["storage.copies = 2; ours", "training.gpus = 8; ours", "training.days = 9; ours"]
    b = budget(assumptions=values)
    assert budget_setting_differences(a, b) == (
        ("storage.copies", "1; ours", "2; ours"),
        ("training.*", "not planned", "values assumed: 2"),
    )


@pytest.mark.parametrize("width", [80, 100])
def test_hostile_text_does_not_act(width: int, disks: WrittenBudget) -> None:
    clean = document(
        [line("disks", capacity(100.0, 10.0)), line("tape", None)], prices=[priced(10.0, 20)]
    )
    a = read(hostile(clean))
    assert a.lines[0].term is not None
    assert "\x1b" in a.lines[0].item
    texts = [
        *(printed(show_explanation, explained(a, number), width=width) for number in (1, 2)),
        printed(show_lines, a, width=width),
        printed(show_footing, footing(a), width=width),
        compared(a, disks, width),
        compared(disks, a, width),
    ]
    for text in texts:
        assert "[bold red]rich" in words(text)
        assert "rich" not in words(text).replace("[bold red]rich", "")  # no markup acted
        bad = {c for c in text if unicodedata.category(c)[0] == "C" and c != "\n"}
        assert not bad
        assert "\x1b" not in text
        assert max(cell_len(row) for row in text.splitlines()) <= width
