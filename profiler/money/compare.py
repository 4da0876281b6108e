"""Two budgets line by line: what moved, and how much of it is volume, rate, price or plan."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from profiler.money.explain import cents, footing
from profiler.money.written import (
    FormulaError,
    Place,
    WrittenBudget,
    WrittenLine,
    WrittenTerm,
    reckoned,
)

Group = Literal["volume", "rate", "price", "plan", "method"]
GROUPS: tuple[Group, ...] = ("volume", "rate", "price", "plan", "method")
MEANINGS: dict[Group, str] = {
    "volume": "bytes, documents, tokens and pages of the forecast or the sample",
    "rate": "what is measured or published per volume, such as CPU-hours per TB",
    "price": "unit prices",
    "plan": "values of the scenario, given or default",
    "method": "the rest: another formula, or lines that one budget does not count or have",
}
ORDER = (
    "the values of B take the place of those of A group by group, in the order volume, rate, "
    "price, plan; each part is what its step adds, so that what two groups do together falls to "
    "the later one; method is what is left, and all parts add up to the difference to the cent"
)
_TIMES = ("second", "hour", "day", "month", "year")
_PLANNED = ("scenario", "default", "constant")
Key = tuple[str, str, str, int]
Leaf = Callable[[Place, WrittenTerm], float]


@dataclass(frozen=True, slots=True)
class Change:
    """A value at the leaf of a line's tree that differs."""

    group: Group
    symbol: str
    meaning: str
    unit: str
    before: float
    after: float
    where_before: str
    where_after: str


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A line in both budgets, or in one; ``parts`` are cents and add up to the difference.

    ``parts`` is empty unless both have USD. ``note`` says what has no number: that only one has
    the line or its USD, that it is counted in one alone, or why its parts are not known.
    """

    before: WrittenLine | None
    after: WrittenLine | None
    parts: Mapping[Group, int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    note: str = ""

    @property
    def line(self) -> WrittenLine:
        """The line of B, or of A where B has none."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def differs(self) -> bool:
        return bool(self.note) or any(self.parts.values())

    @property
    def difference_cents(self) -> int | None:
        """After less before, None unless both have USD."""
        return sum(self.parts.values()) if self.parts else None

    @property
    def total_parts(self) -> dict[Group, int]:
        """What the line does to the total, in cents; a line that only one counts is method."""
        if self.before and self.after and self.before.counted and self.after.counted:
            return {group: self.parts.get(group, 0) for group in GROUPS}
        method = _counted_cents(self.after) - _counted_cents(self.before)
        return {**dict.fromkeys(GROUPS, 0), "method": method}


@dataclass(frozen=True, slots=True)
class BudgetDifference:
    """Two budgets; totals are the sums of the counted lines, in cents."""

    lines: tuple[LineDifference, ...]
    before_cents: int
    after_cents: int
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> dict[Group, int]:
        """What moved the total; the parts add up to its difference."""
        found = [each.total_parts for each in self.lines]
        return {group: sum(parts[group] for parts in found) for group in GROUPS}


def difference(a: WrittenBudget, b: WrittenBudget) -> BudgetDifference:
    """Budget A beside budget B, lines matched by category, domain and item."""
    before, after = _by_key(a.lines), _by_key(b.lines)
    steps = _Steps(before, after)
    lines = tuple(
        _line_difference(before.get(key), after.get(key), steps)
        for key in dict.fromkeys([*before, *after])
    )
    return BudgetDifference(
        lines,
        sum(_counted_cents(line) for line in a.lines),
        sum(_counted_cents(line) for line in b.lines),
        tuple(_footing_notes(a, b)),
    )


def group_of(leaf: WrittenTerm) -> Group:
    """Which part of a difference a leaf belongs to, by its origin and its unit."""
    kind = leaf.origin.kind
    if kind == "price":
        return "price"
    if kind in _PLANNED:
        return "plan"
    if kind in ("forecast", "measured") and _is_volume(leaf.unit):
        return "volume"
    return "rate"


def difference_json(found: BudgetDifference) -> dict[str, Any]:
    """The comparison as plain data, in USD."""
    return {
        "order": ORDER,
        "groups": dict(MEANINGS),
        "lines": [_line_json(each) for each in found.lines],
        "total": {
            "before_usd": found.before_cents / 100,
            "after_usd": found.after_cents / 100,
            "difference_usd": (found.after_cents - found.before_cents) / 100,
            "parts_usd": {group: part / 100 for group, part in found.parts.items()},
        },
        "notes": list(found.notes),
    }


class _Steps:
    """Lines of A with the values of B put in group by group.

    A sum over the counted lines (the contingency is a share of it) has no parts in its tree: at
    each step it is the sum of what A's counted lines come to at that step.
    """

    def __init__(self, before: Mapping[Key, WrittenLine], after: Mapping[Key, WrittenLine]):
        self._before, self._after = before, after
        self._sums: dict[int, float] = {}

    def values(self, a: WrittenTerm, b: WrittenTerm) -> list[float]:
        """A as it is, and after the step of each group but the last. Raises FormulaError."""
        return [self._value(a, b, step) for step in range(len(GROUPS))]

    def _value(self, a: WrittenTerm, b: WrittenTerm, step: int) -> float:
        put_in = {
            place: change.after
            for place, change in _changes(a, b).items()
            if change.group in GROUPS[:step]
        }

        def leaf(place: Place, term: WrittenTerm) -> float:
            if _is_sum(term):
                return self._sum(step)
            return put_in.get(place, term.point)

        return reckoned(a, leaf)

    def _sum(self, step: int) -> float:
        if step not in self._sums:
            pairs = [(line, self._after.get(key)) for key, line in self._before.items()]
            self._sums[step] = math.fsum(
                self._value(line.term, other.term if other and other.term else line.term, step)
                for line, other in pairs
                if line.counted and line.term is not None and not _has_sum(line.term)
            )
        return self._sums[step]


def _line_difference(
    before: WrittenLine | None, after: WrittenLine | None, steps: _Steps
) -> LineDifference:
    if before is None or after is None:
        only = "A" if after is None else "B"
        return LineDifference(before, after, note=f"only {only} has this line")
    note = _status_note(before, after)
    if before.usd is None or after.usd is None or before.term is None or after.term is None:
        return LineDifference(before, after, note=note)
    whole = cents(after.usd.point) - cents(before.usd.point)
    changes = tuple(_changes(before.term, after.term).values())
    try:
        values = [cents(value) for value in steps.values(before.term, after.term)]
    except FormulaError as error:
        said = "; ".join(filter(None, (note, f"what moved is not known: {error}")))
        return LineDifference(before, after, {"method": whole}, changes, said)
    steps_taken = zip(GROUPS, pairwise(values), strict=False)
    parts: dict[Group, int] = {group: to - since for group, (since, to) in steps_taken}
    parts["method"] = whole - sum(parts.values())
    return LineDifference(before, after, parts, changes, note)


def _status_note(before: WrittenLine, after: WrittenLine) -> str:
    if before.kind == after.kind:
        return ""
    return f"{before.kind} in A, {after.kind} in B"


def _changes(a: WrittenTerm, b: WrittenTerm) -> dict[Place, Change]:
    """Leaves at the same place in both trees, in the same unit, whose values differ.

    The origin in B says what moved a value: one that the user has given since is plan.
    """
    others = dict(b.leaves())
    found = {}
    for place, leaf in a.leaves():
        other = others.get(place)
        if other is None or other.unit != leaf.unit or _is_sum(other) or _is_sum(leaf):
            continue
        if other.point != leaf.point:
            found[place] = Change(
                group_of(other),
                leaf.symbol,
                other.meaning,
                leaf.unit,
                leaf.point,
                other.point,
                f"{leaf.origin.kind}: {leaf.origin.where}",
                f"{other.origin.kind}: {other.origin.where}",
            )
    return found


def _is_sum(term: WrittenTerm) -> bool:
    return term.origin.kind == "computed" and not term.parts


def _has_sum(term: WrittenTerm) -> bool:
    return any(_is_sum(leaf) for _, leaf in term.leaves())


def _is_volume(unit: str) -> bool:
    """Whether a unit counts things or bytes; what has a time or a ratio in it is a rate."""
    return unit != "1" and "/" not in unit and not set(unit.split("-")) & set(_TIMES)


def _by_key(lines: Sequence[WrittenLine]) -> dict[Key, WrittenLine]:
    """Lines by what names them; a name that comes again is told apart by a number."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = {}
    for line in lines:
        name = (line.category, line.domain, line.item)
        seen[name] += 1
        found[*name, seen[name]] = line
    return found


def _counted_cents(line: WrittenLine | None) -> int:
    return cents(line.usd.point) if line and line.counted and line.usd else 0


def _footing_notes(a: WrittenBudget, b: WrittenBudget) -> Iterator[str]:
    for name, budget in (("A", a), ("B", b)):
        footed = footing(budget)
        if not footed.closes:
            yield f"{name}: {footed.verdict}"


def _line_json(each: LineDifference) -> dict[str, Any]:
    whole = each.difference_cents
    return {
        "category": each.line.category,
        "domain": each.line.domain,
        "item": each.line.item,
        "before": _side_json(each.before),
        "after": _side_json(each.after),
        "difference_usd": None if whole is None else whole / 100,
        "parts_usd": {group: part / 100 for group, part in each.parts.items()},
        "total_parts_usd": {group: part / 100 for group, part in each.total_parts.items()},
        "changes": [
            {name: getattr(change, name) for name in Change.__slots__} for change in each.changes
        ],
        "note": each.note,
    }


def _side_json(line: WrittenLine | None) -> dict[str, Any] | None:
    if line is None:
        return None
    usd = line.usd
    return {
        "kind": line.kind,
        "usd": None if usd is None else {"point": usd.point, "low": usd.low, "high": usd.high},
    }
