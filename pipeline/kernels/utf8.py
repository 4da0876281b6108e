"""Whether bytes are UTF-8: no surrogates, no overlong forms, nothing beyond U+10FFFF."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from pipeline.document import Bytes, Mask, Offsets
from pipeline.kernels.blocks import BLOCK, Made, between, loaded_block, pinned_bits, same_bytes
from pipeline.kernels.compiled import inlined, intrinsic, kernel

_BEFORE = 3  # how many bytes a byte is judged by


def valid_spans(data: Bytes, begins: Offsets, ends: Offsets) -> Mask:
    """Which of the spans ``data[begins[i]:ends[i]]`` are UTF-8, shape (n,).

    Spans lie one after the other. All are tried as one first.
    """
    valid = np.ones(len(begins), np.bool_)
    begins, ends = begins.view(), ends.view()
    begins.flags.writeable = ends.flags.writeable = False  # one kind, so one compilation
    if len(begins) and not _all_valid(data, begins, ends):
        _each_valid(data, begins, ends, valid)
    return valid


def sound_slice(data: Bytes, last: bool) -> tuple[int, bool]:
    """How much of a slice of a text are whole characters, and whether that much is UTF-8."""
    end = len(data) if last else int(_whole_end(data))
    return end, bool(is_utf8(data, 0, end))


@inlined
def _sequence_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the character at ``at`` ends, -1 when it is none (RFC 3629, section 4)."""
    lead = data[at]
    if lead < 0x80:
        return at + 1
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if lead < 0xC2 or lead > 0xF4 or at + size > end:
        return -1
    for i in range(at + 1, at + size):
        if data[i] & 0xC0 != 0x80:
            return -1
    second = data[at + 1]
    if (lead == 0xE0 and second < 0xA0) or (lead == 0xF0 and second < 0x90):
        return -1
    if (lead == 0xED and second > 0x9F) or (lead == 0xF4 and second > 0x8F):
        return -1
    return at + size


@intrinsic
def broken_utf8(typing: Any, data: Any, at: Any) -> Made:
    """Bits of the bytes of a block that may not follow the three before them (RFC 3629, 4)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        # The highest bit of a byte is its answer; shifts bring lower bits there.
        now, before, second, third = (
            loaded_block(context, builder, signature, args, -distance) for distance in range(4)
        )
        either, both = builder.or_, builder.and_
        bit5 = builder.shl(now, same_bytes(2))  # 80-9F have it not, A0-BF have it
        bit5_or_4 = either(bit5, builder.shl(now, same_bytes(3)))  # 80-8F have neither
        continues = both(now, builder.not_(builder.shl(now, same_bytes(1))))
        expected = both(before, builder.shl(before, same_bytes(1)))  # C0 and more
        expected = either(expected, _above(builder, second, 0xE0))
        expected = either(expected, _above(builder, third, 0xF0))
        faults = builder.xor(continues, expected)
        for lead, fault in (
            (0xE0, builder.not_(bit5)),  # overlong
            (0xED, bit5),  # surrogates
            (0xF0, builder.not_(bit5_or_4)),  # overlong
            (0xF4, bit5_or_4),  # beyond U+10FFFF
        ):
            faults = either(faults, both(_is(builder, before, lead), fault))
        faults = either(faults, _is(builder, both(now, same_bytes(0xFE)), 0xC0))  # overlong
        faults = either(faults, _above(builder, now, 0xF5))
        return pinned_bits(builder, builder.icmp_signed("<", faults, same_bytes(0)))

    return types.uint64(data, types.intp), generate


def _is(builder: Any, block: Any, byte: int) -> Any:
    """All bits set where a byte is the one given."""
    return builder.sext(builder.icmp_unsigned("==", block, same_bytes(byte)), block.type)


def _above(builder: Any, block: Any, least: int) -> Any:
    """Highest bit set where a byte is at least ``least``, which is 0x80 or more."""
    rest = same_bytes(least - 0x80)
    larger = builder.icmp_unsigned(">", block, rest)
    return builder.select(larger, builder.sub(block, rest), ir.Constant(block.type, None))


@inlined
def _blocks_end(data, at, end):  # type: ignore[no-untyped-def]
    """How far whole blocks from ``at``, a character's start, are UTF-8; -1 on a fault.

    At least three bytes before ``at`` must be sound. A character may be open at the end.
    """
    while at + BLOCK <= end:
        if between(data, at - _BEFORE, 0x80, 0x80) == 0:
            at += BLOCK - _BEFORE
            continue
        if broken_utf8(data, at) != 0:
            return -1
        at += BLOCK
    return at


@inlined
def whole_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the last character of ``data[at:end]`` begins when it is not whole, else ``end``."""
    place = end - 1
    while place > at and place > end - 4 and data[place] & 0xC0 == 0x80:
        place -= 1
    if place < at or data[place] < 0xC0:
        return end
    size = 2 if data[place] < 0xE0 else 3 if data[place] < 0xF0 else 4
    return place if place + size > end else end


@kernel
def is_utf8(data, begin, end):  # type: ignore[no-untyped-def]
    """Whether ``data[begin:end]`` is UTF-8 by itself."""
    at = np.int64(begin)
    while at < end:
        at = _sequence_end(data, at, end)
        if at < 0:
            return False
        if at < begin + _BEFORE or at + BLOCK > end:
            continue
        at = _blocks_end(data, at, end)
        if at < 0:
            return False
        at -= 1  # the last character is looked at again: it may be open
        while data[at] & 0xC0 == 0x80:
            at -= 1
    return True


@kernel
def _all_valid(data, begins, ends):  # type: ignore[no-untyped-def]
    """Whether all spans are UTF-8, and what lies between them too."""
    first, last = begins[0], ends[-1]
    for i in range(len(begins)):
        if begins[i] < last and data[begins[i]] & 0xC0 == 0x80:
            return False
    return is_utf8(data, first, last)


@kernel
def _each_valid(data, begins, ends, valid):  # type: ignore[no-untyped-def]
    for i in range(len(begins)):
        valid[i] = is_utf8(data, begins[i], ends[i])


@kernel
def _whole_end(data):  # type: ignore[no-untyped-def]
    return whole_end(data, np.int64(0), np.int64(len(data)))
