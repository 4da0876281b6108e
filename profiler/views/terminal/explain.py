"""``corpuscost explain``: the lines of a budget, one line down to its leaves, or the whole sum."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from profiler.money.explain import Explanation, Footing, range_text
from profiler.money.terms import with_unit
from profiler.money.written import WrittenBudget, WrittenLine, WrittenTerm
from profiler.views.figures import ABSENT
from profiler.views.terminal.tables import definitions, heading, note, safe, table

LONGEST_TITLE = 48
HOW = "corpuscost explain BUDGET NUMBER explains one; explain BUDGET total adds them up."
MARKS = {"counted": "", "memo": "memo", "unknown": "no USD"}


def show_lines(budget: WrittenBudget, console: Console) -> None:
    """Print every line with its number, under its category."""
    grid = table("no.", "line", "USD", "", names=2)
    category = ""
    for number, line in enumerate(budget.lines, 1):
        if line.category != category:
            category = line.category
            grid.add_row("", safe(category, style="bold"), "", "")
        title = safe(f"· {line.title}", LONGEST_TITLE)
        grid.add_row(str(number), title, _usd(line), MARKS[line.kind])
    grid.add_row("", safe("total", style="bold"), f"{budget.total_usd.point:,.2f}", "")
    console.print(grid)
    note(console, HOW)


def show_explanation(explanation: Explanation, console: Console) -> None:
    """Print a line's formula, values and result, then where every value comes from."""
    line = explanation.line
    title = f"{explanation.number}. {line.category}: {line.title}"
    console.print(safe(title, style="bold"))
    definitions(console, [pair for pair in _facts(explanation) if pair[1]])
    if line.term is None:
        return
    heading(console, "Where each value comes from")
    console.print(_tree(line.term))
    note(console, "In parentheses: the 90 % range; a value without one is certain.")
    _show_check(explanation, console)


def show_footing(footed: Footing, console: Console) -> None:
    """Print the counted lines, to the cent, and whether they are the total."""
    console.print(safe("Counted lines, to the cent", style="bold"))
    grid = table("no.", "line", "USD", names=2)
    for number, line in footed.counted:
        title = safe(f"{line.category}: {line.title}", LONGEST_TITLE + 12)
        grid.add_row(str(number), title, _usd(line))
    grid.add_row("", safe("sum", style="bold"), f"{footed.sum_usd:,.2f}")
    grid.add_row("", safe("total of the budget", style="bold"), f"{footed.total_usd:,.2f}")
    console.print(grid)
    console.print(safe(f"{footed.verdict[:1].upper()}{footed.verdict[1:]}."))
    note(
        console,
        "Points add up; low and high do not, since the total's interval comes from joint draws.",
    )


def _facts(explanation: Explanation) -> list[tuple[str, str]]:
    line, term = explanation.line, explanation.line.term
    return [
        ("formula", f"{term.symbol} = {term.formula or term.symbol}" if term else ""),
        ("with values", term.substituted() if term else ""),
        ("result", _result(line)),
        ("that is", explanation.about),
        ("quantity", "" if line.quantity is None else with_unit(line.quantity, line.unit)),
        ("unit price", _unit_price(line)),
        ("paid", _paid(line)),
        ("status", explanation.why),
        ("rounding", explanation.rounding),
        ("source", line.source),
        ("note", line.note if line.usd is not None else ""),
    ]


def _result(line: WrittenLine) -> str:
    if line.usd is None:
        return ""
    usd = line.usd
    return f"{usd.point:,.2f} USD (90 %: {usd.low:,.2f} to {usd.high:,.2f})"


def _unit_price(line: WrittenLine) -> str:
    if line.unit_price_usd is None:
        return ""
    return f"{with_unit(line.unit_price_usd, f'USD for each {line.unit}')}"


def _paid(line: WrittenLine) -> str:
    if line.usd is None:
        return ""
    return line.payment if line.months is None else f"{line.payment}, {line.months:g} months"


def _tree(term: WrittenTerm) -> Tree:
    tree = Tree(_told(term), guide_style="dim")
    _grow(tree, term)
    return tree


def _grow(tree: Tree, term: WrittenTerm) -> None:
    for part in term.parts:
        _grow(tree.add(_told(part)), part)


def _told(term: WrittenTerm) -> Text:
    """A term in two lines: its value and meaning, then its formula or where it comes from."""
    between = range_text(term)
    value = f"{term.symbol} = {term.text()}{f' ({between})' if between else ''}"
    told = safe(value, style="bold")
    if term.meaning:
        told.append_text(safe(f": {term.meaning}", style="not bold"))
    told.append("\n")
    told.append_text(safe(_origin(term), style="dim not bold"))
    return told


def _origin(term: WrittenTerm) -> str:
    if not term.parts:
        return f"{term.origin.kind}: {term.origin.where}"
    return f"computed: {term.formula} = {term.substituted()}"


def _show_check(explanation: Explanation, console: Console) -> None:
    function = explanation.line.term.function if explanation.line.term else ""
    if explanation.holds:
        note(console, f"Reckoned again from these values by {function}: the same cents.")
        return
    found = explanation.fault or f"{function} gives {explanation.reckoned_usd:,.2f} USD"
    console.print(
        safe(
            f"Warning: reckoning again does not give this line: {found}. The file was changed, or "
            "another version of corpuscost wrote it.",
            style="bold",
        )
    )


def _usd(line: WrittenLine) -> str:
    return ABSENT if line.usd is None else f"{line.usd.point:,.2f}"
