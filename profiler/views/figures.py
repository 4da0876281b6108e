"""How figures are written: units, rounding, intervals. An estimate shows what its interval bears.

1 kB = 1,000 bytes and 1 TB = 10**12 bytes, as everywhere in the house.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from profiler.scaling.quantity import Estimate, Quantity, State

Scales = tuple[tuple[float, str], ...]

BYTES: Scales = (
    (1e18, "EB"),
    (1e15, "PB"),
    (1e12, "TB"),
    (1e9, "GB"),
    (1e6, "MB"),
    (1e3, "kB"),
    (1.0, "B"),
)
COUNTS: Scales = ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
SHORT_COUNTS: Scales = ((1e15, "qn"), (1e12, "tn"), (1e9, "bn"), (1e6, "M"))
MONEY: Scales = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"))
MONEY_WORDS: Scales = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
HOURS: Scales = ((1e9, "bn"), (1e6, "M"))
PERCENT: Scales = ((0.01, "%"),)
PLAIN: Scales = ()

EXTRA_DECIMALS = 2
ABSENT = "–"
KNOWN_DIGITS = 4  # significant digits of a figure that is known
MOST_DIGITS = 6  # however narrow the interval
NARROW_BOUNDS = 5.0  # points: outer bounds closer than this are written in tenths


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate as it is printed. ``point`` is None where only bounds are known.

    ``low`` and ``high`` are equal when the figure is known.
    """

    point: str | None
    low: str
    high: str
    unit: str

    @property
    def middle(self) -> str:
        """The point with its unit, else the bounds."""
        return _with_unit(self.point, self.unit) if self.point is not None else self.interval

    @property
    def interval(self) -> str:
        """The interval with its unit: ``42–57 %``."""
        if self.low == self.high:
            return _with_unit(self.low, self.unit)
        return _with_unit(f"{self.low}–{self.high}", self.unit)

    def __str__(self) -> str:
        """``50 % (42–57)``; the interval is in the unit of the point."""
        if self.point is None or self.low == self.high:
            return self.middle
        return f"{self.middle} ({self.low}–{self.high})"


def figure(
    point: float | None, low: float, high: float, scales: Scales = PLAIN, most_decimals: int = 9
) -> Figure:
    """Write a point and its interval in one unit, with digits that the interval supports.

    ``most_decimals`` caps decimals in the unit that was chosen (2 for money: ``< 0.01``).
    """
    size = max(abs(value) for value in (point, low, high) if value is not None)
    divisor, unit = scale_of(size, scales)
    decimals = min(decimals_of(low / divisor, high / divisor), most_decimals)
    if low == high == point:
        decimals = _fewest_decimals(low / divisor, decimals)
    if high > 0 and decimals == most_decimals and round(high / divisor, decimals) == 0:
        least = f"< {10.0**-decimals:.{decimals}f}"
        return Figure(least, least, least, unit)
    return Figure(
        None if point is None else _never_zero(point / divisor, decimals),
        rounded(low / divisor, decimals),
        rounded(high / divisor, decimals),
        unit,
    )


def figure_of(estimate: Estimate, scales: Scales = PLAIN, most_decimals: int = 9) -> Figure:
    """Write an estimate; its point only where its state allows one."""
    point = None if estimate.state == "bounds" else estimate.point
    return figure(point, estimate.low, estimate.high, scales, most_decimals)


def outer_of(estimate: Estimate) -> str:
    """The bounds that hold whatever the law behind a share is: ``56–84 %``; – where unknown.

    Rounded outwards, to whole percents or tenths: a bound that is rounded inwards does not hold.
    """
    if estimate.outer_low is None or estimate.outer_high is None:
        return ABSENT
    low, high = 100 * estimate.outer_low, 100 * estimate.outer_high
    step = 1.0 if high - low >= NARROW_BOUNDS else 0.1
    decimals = 0 if step == 1 else 1
    least, most = (math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step)
    return f"{least:.{decimals}f}–{min(most, 100):.{decimals}f} %"


def figure_of_quantity(
    quantity: Quantity, scales: Scales = PLAIN, state: State = "estimate", most_decimals: int = 9
) -> Figure:
    """Write a quantity that is known as well as ``state`` says."""
    return figure_of(quantity.estimate("", state), scales, most_decimals)


def decimals_of(low: float, high: float) -> int:
    """Decimals that an interval supports; negative for tens, hundreds, ….

    The half width keeps two digits when its leading digits are below 355, else one. Source:
    Particle Data Group, Review of Particle Physics, Introduction, "Rounding". A figure without
    width is known and gets KNOWN_DIGITS digits. Never more than MOST_DIGITS in all.
    """
    size = max(abs(low), abs(high))
    if size == 0:
        return 0
    magnitude = math.floor(math.log10(size))
    half_width = abs(high - low) / 2
    if half_width <= size * 10.0**-MOST_DIGITS:
        return KNOWN_DIGITS - 1 - magnitude if half_width == 0 else MOST_DIGITS - 1 - magnitude
    exponent = math.floor(math.log10(half_width))
    leading = half_width / 10.0**exponent
    decimals = (1 if leading < 3.55 else 0) - exponent
    return min(decimals, MOST_DIGITS - 1 - magnitude)


def rounded(value: float, decimals: int) -> str:
    """A number with thousands separators, rounded at ``decimals`` (which may be negative)."""
    number = round(value, decimals)
    text = f"{number:,.{max(decimals, 0)}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def scale_of(size: float, scales: Scales) -> tuple[float, str]:
    """The divisor and the unit in which ``size`` reads well."""
    for divisor, unit in scales:
        if abs(size) >= divisor:
            return divisor, unit
    return scales[-1] if scales and scales[-1][0] <= 1 else (1.0, "")


def byte_count(count: float) -> str:
    """Bytes that are known: ``134 MB``, ``12 B``, ``1 PB``."""
    return known(count, BYTES, digits=3)


def whole(count: float | None) -> str:
    """A count that is known, every digit: ``28,447``."""
    return ABSENT if count is None else f"{count:,.0f}"


def short(count: float | None) -> str:
    """A count for a narrow column: every digit to 999,999, then ``28.4 M``."""
    if count is None:
        return ABSENT
    if abs(count) < 999_999.5:
        return whole(count)
    divisor, unit = scale_of(count, SHORT_COUNTS)
    return _with_unit(three_digits(count / divisor), unit)


def with_error(value: float | None, error: float | None) -> str:
    """``0.98 ± 0.02``."""
    return ABSENT if value is None or error is None else f"{value:.2f} ± {error:.2f}"


def three_digits(value: float | None) -> str:
    """A figure for a column, with three significant digits: ``31.7``, ``50.0``, ``1,234``."""
    if value is None:
        return ABSENT
    if value == 0:
        return "0"
    return rounded(value, max(0, 2 - math.floor(math.log10(abs(value)))))


def megabytes(count: float) -> str:
    """A known number of bytes in MB without the unit: ``0.042``, ``134.0``, ``28,447.1``."""
    value = count / 1e6
    if value == 0:
        return "0"
    if abs(value) < 0.0005:
        return "< 0.001"
    decimals = 1 if abs(value) >= 1 else min(3, 1 - math.floor(math.log10(abs(value))))
    return rounded(value, decimals)


def known(value: float, scales: Scales = PLAIN, digits: int = KNOWN_DIGITS) -> str:
    """A known figure with up to ``digits`` significant digits, all of those before the point."""
    divisor, unit = scale_of(value, scales)
    scaled = value / divisor
    if scaled == 0:
        return _with_unit("0", unit)
    decimals = digits - 1 - math.floor(math.log10(abs(scaled)))
    decimals = _fewest_decimals(scaled, max(0, decimals))
    return _with_unit(rounded(scaled, decimals), unit)


def significant(value: float, digits: int) -> float:
    """A value of which so many digits are left, also before the point: 152,784 -> 153,000."""
    return float(f"{value:.{digits}g}")


def percent(share: float | None) -> str:
    """A known share with one decimal; one that is not quite 0 or 1 says so: ``> 99.9 %``."""
    if share is None:
        return ABSENT
    text = f"{share * 100:.1f} %"
    if text == "0.0 %" and share > 0:
        return "< 0.1 %"
    return "> 99.9 %" if text == "100.0 %" and share < 1 else text


def usd(amount: float) -> str:
    """A known price or amount: ``2,800``, ``0.0231``, ``1.235 M``."""
    if 0 < abs(amount) < 100 and not float(amount).is_integer():
        return rounded(amount, max(2, 2 - math.floor(math.log10(abs(amount)))))
    return known(amount, MONEY, digits=4) if abs(amount) >= 1e6 else rounded(amount, 0)


def seconds(value: float | None) -> str:
    """CPU or wall seconds for a column: ``0.012``, ``3.4``, ``1,234``."""
    if value is None:
        return ABSENT
    if value == 0:
        return "0"
    if value < 0.0005:
        return "< 0.001"
    return rounded(value, max(0, min(3, 2 - math.floor(math.log10(value)))))


def duration(value: float) -> str:
    """A span of time in two units at most: ``0.83 s``, ``4 min 5 s``, ``5 d 3 h``."""
    if value < 59.95:
        return f"{seconds(value)} s"
    for size, name, part, part_name in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        parts = round(value / part)
        if parts * part >= size:
            first, second = divmod(parts, size // part)
            return f"{first:,} {name} {second} {part_name}" if second else f"{first:,} {name}"
    return f"{seconds(value)} s"


def _never_zero(value: float, decimals: int) -> str:
    """A point that the interval would round to 0 keeps one digit, since it is not nothing."""
    if value == 0 or round(value, decimals) != 0:
        return rounded(value, decimals)
    most = max(decimals, 0) + EXTRA_DECIMALS
    if abs(value) < 0.5 * 10.0**-most:
        return f"< {10.0**-most:.{most}f}"
    return rounded(value, -math.floor(math.log10(abs(value))))


def _fewest_decimals(value: float, most: int) -> int:
    """Decimals without trailing zeros."""
    exact = round(value, most)
    while most > 0 and round(value, most - 1) == exact:
        most -= 1
    return most


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}" if unit else number
