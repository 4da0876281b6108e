"""``corpuscost compare A B``, of two budgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from profiler.money.compare import (
    GROUPS,
    MEANINGS,
    ORDER,
    BudgetDifference,
    Change,
    Group,
    LineDifference,
)
from profiler.money.ranges import plain
from profiler.money.terms import with_unit
from profiler.money.written import WrittenLine
from profiler.views.figures import ABSENT
from profiler.views.printable import printable
from profiler.views.terminal.tables import bullets, heading, note, safe, table

LONGEST_TITLE = 60
LONGEST_ORIGIN = 160
CHANGES_SHOWN = 40
SETTINGS_SHOWN = 40


def show_budget_comparison(
    found: BudgetDifference, settings: Sequence[tuple[str, str, str]], console: Console
) -> None:
    """Print two budgets line by line: what moved, why, and what else differs."""
    console.print(safe("Budget A beside budget B, in USD", style="bold"))
    bullets(console, [f"warning: {text}" for text in found.notes])
    _show_total(found, console)
    counted = [each for each in found.lines if _counted(each.before) or _counted(each.after)]
    _show_lines("Lines of the total that differ", counted, console)
    memo = [each for each in found.lines if each not in counted]
    _show_lines("Memo lines that differ", [x for x in memo if x.parts], console)
    _show_notes([each for each in found.lines if each.note], console)
    _show_changes(found, console)
    _show_settings(settings, console)


def _show_total(found: BudgetDifference, console: Console) -> None:
    heading(console, "Why the total moved")
    grid = _money_table("total")
    whole = found.after_cents - found.before_cents
    grid.add_row("", _usd(found.before_cents), _usd(found.after_cents), _signed(whole))
    console.print(grid)
    grid = table("part", "what it is", "USD", names=2)
    for group in GROUPS:
        grid.add_row(safe(group), safe(MEANINGS[group]), _signed(found.parts[group]))
    console.print(grid)
    note(console, f"{ORDER[:1].upper()}{ORDER[1:]}.")


def _show_lines(title: str, lines: Sequence[LineDifference], console: Console) -> None:
    moved = [each for each in lines if each.differs]
    heading(console, title)
    same = len(lines) - len(moved)
    if moved:
        grid = _money_table("line and what moved it")
        for each in moved:
            grid.add_row(
                _title(each), _side(each.before), _side(each.after), _signed_or_absent(each)
            )
        console.print(grid)
    if same or not moved:
        note(console, f"{same} more {'is' if same == 1 else 'are'} the same." if same else "None.")


def _show_notes(lines: Sequence[LineDifference], console: Console) -> None:
    if not lines:
        return
    heading(console, "Lines that only one has, counts or prices")
    bullets(console, [f"{_name(each)}: {each.note}{_amounts(each)}" for each in lines])


def _show_changes(found: BudgetDifference, console: Console) -> None:
    """Each value that moved, once, with the number of lines that it moved."""
    lines: Counter[Change] = Counter()
    for each in found.lines:
        lines.update(set(each.changes))
    if not lines:
        return
    heading(console, "Values that moved, A → B")
    ordered = sorted(lines, key=lambda change: (GROUPS.index(change.group), change.meaning))
    bullets(console, [_change_text(change, lines[change]) for change in ordered[:CHANGES_SHOWN]])
    _show_more(len(ordered) - CHANGES_SHOWN, console)


def _change_text(change: Change, lines: int) -> str:
    values = f"{plain(change.before)} → {with_unit(change.after, change.unit)}"
    origins = (printable(x, LONGEST_ORIGIN) for x in (change.where_before, change.where_after))
    origin = "; then ".join(dict.fromkeys(origins))
    counted = f"in {lines} line{'' if lines == 1 else 's'}"
    return f"{change.group}: {change.symbol}, {change.meaning}: {values}, {counted}; {origin}"


def _show_settings(settings: Sequence[tuple[str, str, str]], console: Console) -> None:
    heading(console, "Target, prices and assumptions that differ")
    if not settings:
        note(console, "None.")
        return
    bullets(
        console,
        [
            f"{printable(name, LONGEST_ORIGIN)}: A: {printable(old, LONGEST_ORIGIN)}; "
            f"B: {printable(new, LONGEST_ORIGIN)}"
            for name, old, new in settings[:SETTINGS_SHOWN]
        ],
    )
    _show_more(len(settings) - SETTINGS_SHOWN, console)


def _show_more(more: int, console: Console) -> None:
    if more > 0:
        note(console, f"… and {more} more: --json has all.")


def _money_table(what: str) -> Table:
    return table(what, "A", "B", "B − A")


def _title(each: LineDifference) -> Text:
    told = safe(_name(each))
    why = _why(each.parts)
    if why:
        told.append("\n")
        told.append_text(safe(why, style="dim"))
    return told


def _name(each: LineDifference) -> str:
    return printable(f"{each.line.category}: {each.line.title}", LONGEST_TITLE)


def _why(parts: Mapping[Group, int]) -> str:
    return "; ".join(f"{group} {_signed(part)}" for group, part in parts.items() if part)


def _side(line: WrittenLine | None) -> str:
    if line is None or line.usd is None:
        return ABSENT
    return f"{line.usd.point:,.2f}" if line.counted else f"({line.usd.point:,.2f})"


def _amounts(each: LineDifference) -> str:
    """The USD of the side or sides that have them."""
    sides = [("A", each.before), ("B", each.after)]
    said = [
        f"{line.usd.point:,.2f} USD in {name}"
        for name, line in sides
        if line is not None and line.usd is not None
    ]
    if len(said) == 1 and (each.before is None or each.after is None):
        said.append(each.line.kind)
    return f" ({', '.join(said)})" if said else ""


def _counted(line: WrittenLine | None) -> bool:
    return line is not None and line.counted


def _signed_or_absent(each: LineDifference) -> str:
    whole = each.difference_cents
    return ABSENT if whole is None else _signed(whole)


def _usd(amount_cents: int) -> str:
    return f"{amount_cents / 100:,.2f}"


def _signed(amount_cents: int) -> str:
    return f"{amount_cents / 100:+,.2f}" if amount_cents else "0.00"
