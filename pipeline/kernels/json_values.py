"""Where the values of JSON end (RFC 8259), and of which kind they are; -1 for what is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types

from pipeline.kernels.blocks import BLOCK, Made, loaded_block, lowest_bit, pinned_bits, same_bytes
from pipeline.kernels.compiled import inlined, intrinsic, kernel

ABSENT, NULL, STRING, ESCAPED, INTEGER, OTHER = range(6)
_MAX_DEPTH = 60  # one bit per level; deeper lines are doubtful
ALL_BITS = np.uint64(2**64 - 1)


@intrinsic
def _string_stops(typing: Any, data: Any, at: Any) -> Made:
    """Bits of a block where the plain run of a string stops: " and backslash and controls."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = loaded_block(context, builder, signature, args)
        quote = builder.icmp_unsigned("==", block, same_bytes(0x22))
        backslash = builder.icmp_unsigned("==", block, same_bytes(0x5C))
        control = builder.icmp_unsigned("<", block, same_bytes(0x20))
        return pinned_bits(builder, builder.or_(builder.or_(quote, backslash), control))

    return types.uint64(data, types.intp), generate


def _table(values: dict[bytes, int], other: int) -> npt.NDArray[np.int64]:
    table = np.full(256, other, np.int64)
    for byte, value in values.items():
        table[byte[0]] = value
    return table


HEX_DIGITS = _table({b"%c" % c: int(chr(c), 16) for c in b"0123456789abcdefABCDEF"}, -1)
# What the letter behind a backslash stands for, but for u.
SHORT_ESCAPES = _table(
    {b'"': 0x22, b"\\": 0x5C, b"/": 0x2F, b"b": 8, b"f": 12, b"n": 10, b"r": 13, b"t": 9}, 0
)


@inlined
def skip_space(data, at, end):  # type: ignore[no-untyped-def]
    while at < end and (data[at] == 0x20 or data[at] == 0x09 or data[at] == 0x0D):
        at += 1
    return at


@inlined
def hex4(data, at, end):  # type: ignore[no-untyped-def]
    """Value of four hex digits, -1 when they are none."""
    if at + 4 > end:
        return -1
    first, second = HEX_DIGITS[data[at]], HEX_DIGITS[data[at + 1]]
    third, fourth = HEX_DIGITS[data[at + 2]], HEX_DIGITS[data[at + 3]]
    if (first | second | third | fourth) < 0:
        return -1
    return (first << 12) | (second << 8) | (third << 4) | fourth


@kernel
def _code_point_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the escape ``\\uXXXX`` at ``at`` ends, with its second half; -1 on a fault."""
    value = hex4(data, at + 2, end)
    if value < 0 or 0xDC00 <= value <= 0xDFFF:
        return -1
    if value < 0xD800 or value > 0xDFFF:
        return at + 6
    if at + 8 > end or data[at + 6] != 0x5C or data[at + 7] != 0x75:
        return -1
    low = hex4(data, at + 8, end)
    return at + 12 if 0xDC00 <= low <= 0xDFFF else -1


@inlined
def _escape_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the escape that begins at ``at`` ends; a lone surrogate is a fault."""
    if at + 1 >= end:
        return -1
    c = data[at + 1]
    if SHORT_ESCAPES[c] != 0:
        return at + 2
    return _code_point_end(data, at, end) if c == 0x75 else -1


@inlined
def string_stop(data, at, end):  # type: ignore[no-untyped-def]
    """The first quote, backslash or control from ``at`` on, else ``end``."""
    while at + BLOCK <= end:
        stops = _string_stops(data, at)
        if stops != 0:
            return at + lowest_bit(stops)
        at += BLOCK
    while at < end and data[at] >= 0x20 and data[at] != 0x22 and data[at] != 0x5C:
        at += 1
    return at


@inlined
def string_end(data, at, end):  # type: ignore[no-untyped-def]
    """Of a string whose content begins at ``at``: where its closing quote is, and its kind."""
    kind = STRING
    while at + BLOCK <= len(data):
        # May look beyond the line: a line feed stops a string too.
        stops = _string_stops(data, at)
        block = at
        at += BLOCK
        while stops != 0:
            at = block + lowest_bit(stops)
            c = data[at]
            if c == 0x22:
                return at, kind
            if c != 0x5C:
                return np.int64(-1), ABSENT
            kind = ESCAPED
            while at < end and data[at] == 0x5C:  # in some scripts all characters are escapes
                at = _escape_end(data, at, end)
                if at < 0:
                    return np.int64(-1), ABSENT
            if at >= block + BLOCK:
                break
            stops &= ALL_BITS << np.uint64(at - block)
            if stops == 0:
                at = block + BLOCK
    while at < end:
        c = data[at]
        if c == 0x22:
            return at, kind
        if c < 0x20:
            return np.int64(-1), ABSENT
        if c == 0x5C:
            kind = ESCAPED
            at = _escape_end(data, at, end)
            if at < 0:
                return np.int64(-1), ABSENT
        else:
            at += 1
    return np.int64(-1), ABSENT


@kernel
def _digits_end(data, at, end):  # type: ignore[no-untyped-def]
    while at < end and 0x30 <= data[at] <= 0x39:
        at += 1
    return at


@kernel
def _number_end(data, at, end):  # type: ignore[no-untyped-def]
    """Of a number at ``at``: where it ends (-1 when it is none), and its kind (RFC 8259, 6)."""
    if data[at] == 0x2D:
        at += 1
    first = at
    at = _digits_end(data, at, end)
    if at == first or (data[first] == 0x30 and at > first + 1):
        return -1, ABSENT
    kind = INTEGER
    if at < end and data[at] == 0x2E:
        first = at + 1
        at = _digits_end(data, first, end)
        kind = OTHER
        if at == first:
            return -1, ABSENT
    if at < end and (data[at] == 0x65 or data[at] == 0x45):
        first = at + 1
        if first < end and (data[first] == 0x2B or data[first] == 0x2D):
            first += 1
        at = _digits_end(data, first, end)
        kind = OTHER
        if at == first:
            return -1, ABSENT
    return at, kind


@kernel
def _literal_end(data, at, end):  # type: ignore[no-untyped-def]
    """Of true, false or null at ``at``: where it ends (-1 when it is none), and its kind."""
    if at + 4 <= end and data[at + 1] == 0x72:
        if data[at] == 0x74 and data[at + 2] == 0x75 and data[at + 3] == 0x65:
            return at + 4, OTHER
    elif at + 4 <= end and data[at + 1] == 0x75:
        if data[at] == 0x6E and data[at + 2] == 0x6C and data[at + 3] == 0x6C:
            return at + 4, NULL
    elif at + 5 <= end and data[at] == 0x66 and data[at + 1] == 0x61:  # noqa: SIM102
        if data[at + 2] == 0x6C and data[at + 3] == 0x73 and data[at + 4] == 0x65:
            return at + 5, OTHER
    return -1, ABSENT


@inlined
def scalar_end(data, at, end):  # type: ignore[no-untyped-def]
    """Of a string, number or literal at ``at``: where it ends (-1 on a fault), and its kind."""
    c = data[at]
    if c == 0x22:
        close, kind = string_end(data, at + 1, end)
        return (close + 1 if close >= 0 else -1), kind
    if c == 0x2D or 0x30 <= c <= 0x39:
        return _number_end(data, at, end)
    return _literal_end(data, at, end)


@kernel
def _key_end(data, at, end):  # type: ignore[no-untyped-def]
    """Of a key and its colon at ``at``: where the value begins, -1 on a fault."""
    if at >= end or data[at] != 0x22:
        return -1
    close, _ = string_end(data, at + 1, end)
    return value_begin(data, close, end) if close >= 0 else -1


@inlined
def value_begin(data, close, end):  # type: ignore[no-untyped-def]
    """Behind the colon that follows a key's closing quote, -1 when there is none."""
    at = skip_space(data, close + 1, end)
    if at >= end or data[at] != 0x3A:
        return -1
    return skip_space(data, at + 1, end)


@kernel
def compound_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the array or object at ``at`` ends; -1 on a fault or when nested too deep."""
    levels = np.uint64(0)  # a bit per open level, the innermost lowest: 1 is an object
    depth = 0
    while True:
        # Here a value begins.
        if at >= end:
            return -1
        opens_object = data[at] == 0x7B
        if opens_object or data[at] == 0x5B:
            depth += 1
            if depth > _MAX_DEPTH:
                return -1
            levels = (levels << np.uint64(1)) | np.uint64(opens_object)
            at = skip_space(data, at + 1, end)
            empty = at < end and data[at] == (0x7D if opens_object else 0x5D)
            if not empty:
                if opens_object:
                    at = _key_end(data, at, end)
                    if at < 0:
                        return -1
                continue
        else:
            at, _ = scalar_end(data, at, end)
            if at < 0:
                return -1
            at = skip_space(data, at, end)
        # Here a value has ended: close levels until there is another one.
        while True:
            if at >= end:
                return -1
            in_object = levels & np.uint64(1) == np.uint64(1)
            if data[at] == (0x7D if in_object else 0x5D):
                at += 1
                depth -= 1
                levels >>= np.uint64(1)
                if depth == 0:
                    return at
                at = skip_space(data, at, end)
                continue
            if data[at] != 0x2C:
                return -1
            at = skip_space(data, at + 1, end)
            if in_object:
                at = _key_end(data, at, end)
                if at < 0:
                    return -1
            break
