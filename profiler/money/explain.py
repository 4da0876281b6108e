"""Where each dollar of a budget comes from: finding a line, reckoning it again, the whole sum."""

from __future__ import annotations

import difflib
import math
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.errors import ConfigError
from profiler.money.formulas import about
from profiler.money.ranges import plain
from profiler.money.written import (
    FormulaError,
    WrittenBudget,
    WrittenLine,
    WrittenTerm,
    reckoned,
)

TOTAL = "total"
NEAR_TITLES = 3
SHOWN_TITLES = 12


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line of the budget, its ``number`` counted from 1, and what became of reckoning it again.

    ``exact_usd`` is before the cents were rounded, ``reckoned_usd`` what the formulas of this
    version give for the leaves of the tree; None where the line has no USD, or where ``fault``
    says why it could not be reckoned. ``about`` is what the formula's function says of itself.
    """

    number: int
    line: WrittenLine
    exact_usd: float | None = None
    reckoned_usd: float | None = None
    about: str = ""
    fault: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether reckoning again gives the line's cents; None where there is nothing to reckon."""
        if self.line.usd is None:
            return None
        if self.reckoned_usd is None:
            return False
        return cents(self.reckoned_usd) == cents(self.line.usd.point)

    @property
    def why(self) -> str:
        """Why the line is in the total, or is not, or has no USD."""
        if self.line.usd is None:
            return f"no USD and not in the total: {self.line.note or 'no reason is given'}"
        if self.line.counted:
            return "counted: part of the total"
        return "memo: another way to pay, or a figure beside the counted lines; not in the total"

    @property
    def rounding(self) -> str:
        """How the cents round."""
        if self.exact_usd is None or self.line.usd is None:
            return ""
        return (
            f"the formula gives {self.exact_usd:,.6f} USD; the line is that to the nearest cent, "
            f"{self.line.usd.point:,.2f} USD, and the total adds such cents"
        )


@dataclass(frozen=True, slots=True)
class Footing:
    """The counted lines with their numbers, their sum, and the total that the budget gives."""

    counted: tuple[tuple[int, WrittenLine], ...]
    sum_usd: float
    total_usd: float

    @property
    def closes(self) -> bool:
        """Whether the sum is the total, to the cent."""
        return cents(self.sum_usd) == cents(self.total_usd)

    @property
    def verdict(self) -> str:
        """The same, to read."""
        said = f"the sum of {len(self.counted)} counted lines is {self.sum_usd:,.2f} USD"
        if self.closes:
            return f"{said}: the total, to the cent"
        return (
            f"{said}, but the total that the budget gives is {self.total_usd:,.2f} USD: the file "
            "was changed after it was written"
        )


def cents(usd: float) -> int:
    """An amount in whole cents."""
    return round(round(usd, 2) * 100)


def explained(budget: WrittenBudget, number: int) -> Explanation:
    """The line of a number, reckoned again from what it was made of."""
    line = budget.lines[number - 1]
    if line.term is None:
        return Explanation(number, line)
    said = about(line.term.function)
    try:
        value = reckoned(line.term, lambda _, leaf: leaf.point)
    except FormulaError as error:
        return Explanation(number, line, line.term.point, None, said, str(error))
    return Explanation(number, line, line.term.point, value, said)


def footing(budget: WrittenBudget) -> Footing:
    """The counted lines against the total."""
    counted = tuple((n, line) for n, line in enumerate(budget.lines, 1) if line.counted)
    points = [line.usd.point for _, line in counted if line.usd is not None]
    return Footing(counted, round(math.fsum(points), 2), budget.total_usd.point)


def find_line(budget: WrittenBudget, wanted: str, where: str) -> int:
    """The number of the line that is meant: by number, title, item, domain, or part of a title.

    Raises ConfigError when no line fits, with the nearest titles, or when several do.
    """
    text = wanted.strip()
    if text.isdecimal():
        return _by_number(budget, int(text), where)
    word = text.casefold()
    for fits in (_is_title, _is_item, _is_domain, _is_part):
        found = [n for n, line in enumerate(budget.lines, 1) if word and fits(line, word)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigError(
                f"{where}: {len(found)} lines fit {text!r}, name one by its number:\n"
                + _listed(budget, found)
            )
    raise ConfigError(f"{where}: no line {text!r}; {_near(budget, word)}")


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """An explanation as plain data, with the whole tree under "term"."""
    line = explanation.line
    term = line.term
    return {
        "number": explanation.number,
        **asdict(line),
        "title": line.title,
        "kind": line.kind,
        "why": explanation.why,
        "formula": term.formula if term else "",
        "substituted": term.substituted() if term else "",
        "about": explanation.about,
        "exact_usd": explanation.exact_usd,
        "reckoned_usd": explanation.reckoned_usd,
        "holds": explanation.holds,
        "fault": explanation.fault,
        "rounding": explanation.rounding,
    }


def footing_json(footed: Footing) -> dict[str, Any]:
    """The sum as plain data."""
    return {
        "counted": [_row(number, line) for number, line in footed.counted],
        "sum_usd": footed.sum_usd,
        "total_usd": footed.total_usd,
        "closes": footed.closes,
        "verdict": footed.verdict,
    }


def lines_json(budget: WrittenBudget) -> dict[str, Any]:
    """The lines by number as plain data, without their trees."""
    return {
        "lines": [_row(number, line) for number, line in enumerate(budget.lines, 1)],
        "total_usd": asdict(budget.total_usd),
    }


def range_text(term: WrittenTerm) -> str:
    """The 90 % range of a term in its unit, "" where it is certain."""
    return "" if term.low == term.high else f"{plain(term.low)} to {plain(term.high)}"


def _row(number: int, line: WrittenLine) -> dict[str, Any]:
    return {
        "number": number,
        "category": line.category,
        "domain": line.domain,
        "item": line.item,
        "kind": line.kind,
        "usd": None if line.usd is None else asdict(line.usd),
        "note": line.note,
    }


def _by_number(budget: WrittenBudget, number: int, where: str) -> int:
    if not 1 <= number <= len(budget.lines):
        raise ConfigError(
            f"{where}: no line {number}, expected 1 to {len(budget.lines)}; "
            "corpuscost explain BUDGET lists them"
        )
    return number


def _is_title(line: WrittenLine, word: str) -> bool:
    return line.title.casefold() == word


def _is_item(line: WrittenLine, word: str) -> bool:
    return line.item.casefold() == word


def _is_domain(line: WrittenLine, word: str) -> bool:
    return line.domain.casefold() == word


def _is_part(line: WrittenLine, word: str) -> bool:
    return word in f"{line.category}: {line.title}".casefold()


def _listed(budget: WrittenBudget, numbers: list[int]) -> str:
    rows = [
        f"{number}. {budget.lines[number - 1].category}: {budget.lines[number - 1].title}"
        for number in numbers[:SHOWN_TITLES]
    ]
    more = len(numbers) - len(rows)
    return "\n".join([*rows, *([f"and {more} more"] if more else [])])


def _near(budget: WrittenBudget, word: str) -> str:
    by_title = {line.title.casefold(): n for n, line in enumerate(budget.lines, 1)}
    near = difflib.get_close_matches(word, list(by_title), n=NEAR_TITLES, cutoff=0.5)
    if not near:
        return "corpuscost explain BUDGET lists the lines"
    return "did you mean\n" + _listed(budget, [by_title[title] for title in near])
