"""Sixty-four bytes of text at once: which of them are letters, digits, white space, …, as bits.

Bit i of a mask says something of byte ``at + i``. Masks are made by vector instructions (LLVM picks
those of the machine) from one unaligned load, and what is asked of text is then answered by
shifting, adding and counting bits: some ten operations for a block instead of ten for a byte.
Loads do not look at the end of the array: the caller gives a whole block, or ``padded`` one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from pipeline.kernels.compiled import inlined, intrinsic, kernel

BLOCK = 64

_BYTE = ir.IntType(8)
_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_BYTE, BLOCK)
Builder = Any
Value = Any


def _pointer(context: Any, builder: Builder, kind: Any, array: Value, at: Value) -> Value:
    found = context.make_array(kind)(context, builder, array)
    return builder.gep(found.data, [at])


def loaded_block(
    context: Any, builder: Builder, signature: Any, args: Any, distance: int = 0
) -> Value:
    """The vector of a block that begins ``distance`` bytes from ``at``."""
    index = builder.add(args[1], ir.Constant(_WORD, distance))
    place = _pointer(context, builder, signature.args[0], args[0], index)
    load = builder.load(builder.bitcast(place, _VECTOR.as_pointer()))
    load.align = 1
    return load


def same_bytes(byte: int) -> Value:
    """A vector of one byte, known when the kernel is compiled."""
    return ir.Constant(_VECTOR, [byte] * BLOCK)


def _spread(builder: Builder, value: Value) -> Value:
    """A byte known when the kernel runs, in all places of a vector."""
    byte = builder.trunc(value, _BYTE)
    first = builder.insert_element(
        ir.Constant(_VECTOR, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0)
    )
    order = ir.Constant(ir.VectorType(ir.IntType(32), BLOCK), [0] * BLOCK)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), order)


def pinned_bits(builder: Builder, comparison: Value) -> Value:
    """The outcome of a comparison as bits, pinned to where it is made.

    Without the empty instruction LLVM moves the conversion to where the bits are used, and carries
    64 single values there: measured four times slower.
    """
    bits = builder.bitcast(comparison, _WORD)
    kind = ir.FunctionType(_WORD, [_WORD])
    return builder.asm(kind, "", "=r,0", [bits], side_effect=True)


def _within(builder: Builder, block: Value, low: int, count: int) -> Value:
    return builder.icmp_unsigned("<", builder.sub(block, same_bytes(low)), same_bytes(count))


Made = tuple[Any, Callable[..., Value]]


@intrinsic
def letters(typing: Any, data: Any, at: Any) -> Made:
    """Bits of the ASCII letters of a block."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        lower = builder.or_(loaded_block(context, builder, signature, args), same_bytes(0x20))
        return pinned_bits(builder, _within(builder, lower, ord("a"), 26))

    return types.uint64(data, types.intp), generate


@intrinsic
def white(typing: Any, data: Any, at: Any) -> Made:
    """Bits of the ASCII white space of a block: space, and 9 to 13."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        block = loaded_block(context, builder, signature, args)
        blank = builder.icmp_unsigned("==", block, same_bytes(0x20))
        return pinned_bits(builder, builder.or_(_within(builder, block, 9, 5), blank))

    return types.uint64(data, types.intp), generate


@intrinsic
def between(typing: Any, data: Any, at: Any, low: Any, count: Any) -> Made:
    """Bits of the bytes of a block from ``low`` on, ``count`` values (0 to 255)."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        block = loaded_block(context, builder, signature, args)
        shifted = builder.sub(block, _spread(builder, args[2]))
        return pinned_bits(builder, builder.icmp_unsigned("<", shifted, _spread(builder, args[3])))

    return types.uint64(data, types.intp, types.int64, types.int64), generate


@intrinsic
def equal(typing: Any, data: Any, at: Any, byte: Any) -> Made:
    """Bits of the bytes of a block that are ``byte``."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        block = loaded_block(context, builder, signature, args)
        return pinned_bits(builder, builder.icmp_unsigned("==", block, _spread(builder, args[2])))

    return types.uint64(data, types.intp, types.int64), generate


@intrinsic
def equal_folded(typing: Any, data: Any, at: Any, byte: Any) -> Made:
    """Bits of the bytes of a block that are ``byte`` once bit 0x20 is set: letters in any case."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        lower = builder.or_(loaded_block(context, builder, signature, args), same_bytes(0x20))
        return pinned_bits(builder, builder.icmp_unsigned("==", lower, _spread(builder, args[2])))

    return types.uint64(data, types.intp, types.int64), generate


@intrinsic
def continuing(typing: Any, data: Any, at: Any) -> Made:
    """Bits of the bytes of a block that continue a character of UTF-8 (0x80 to 0xBF)."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        block = loaded_block(context, builder, signature, args)
        return pinned_bits(builder, builder.icmp_signed("<", block, same_bytes(0xC0)))

    return types.uint64(data, types.intp), generate


@intrinsic
def copy_block(typing: Any, data: Any, at: Any, out: Any, to: Any) -> Made:
    """Write a block of ``data`` at byte ``to`` of ``out``."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        block = loaded_block(context, builder, signature, args)
        _store(context, builder, signature, args, block)
        return context.get_dummy_value()

    return types.void(data, types.intp, out, types.intp), generate


@intrinsic
def copy_block_blanked(typing: Any, data: Any, at: Any, out: Any, to: Any) -> Made:
    """Write a block with a space in place of every ASCII white space."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        block = loaded_block(context, builder, signature, args)
        blanked = builder.select(_within(builder, block, 9, 5), same_bytes(0x20), block)
        _store(context, builder, signature, args, blanked)
        return context.get_dummy_value()

    return types.void(data, types.intp, out, types.intp), generate


def _store(context: Any, builder: Builder, signature: Any, args: Any, block: Value) -> None:
    place = _pointer(context, builder, signature.args[2], args[2], args[3])
    store = builder.store(block, builder.bitcast(place, _VECTOR.as_pointer()))
    store.align = 1


@intrinsic
def eight_bytes(typing: Any, data: Any, at: Any) -> Made:
    """The eight bytes from ``at`` on as one number, little endian on a little-endian machine."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        place = _pointer(context, builder, signature.args[0], args[0], args[1])
        load = builder.load(builder.bitcast(place, _WORD.as_pointer()))
        load.align = 1
        return load

    return types.uint64(data, types.intp), generate


@inlined
def bytes_at(data, at, size):  # type: ignore[no-untyped-def]
    """``data[at:at + size]``, one to eight bytes, as one number with zeros above."""
    if at + 8 <= len(data):
        return eight_bytes(data, at) & ~np.uint64(0) >> np.uint64(64 - 8 * size)
    word = np.uint64(0)
    for place in range(size):
        word |= np.uint64(data[at + place]) << np.uint64(8 * place)
    return word


@intrinsic
def count_bits(typing: Any, bits: Any) -> Made:
    """How many bits are set, int64."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), generate


@intrinsic
def lowest_bit(typing: Any, bits: Any) -> Made:
    """Number of the lowest set bit, int64; 64 when none is."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic
def zeros_above(typing: Any, bits: Any) -> Made:
    """How many bits above the highest set one are not set, int64; 64 when none is set."""

    def generate(context: Any, builder: Builder, signature: Any, args: Any) -> Value:
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@inlined
def bits_below(count):  # type: ignore[no-untyped-def]
    """The lowest ``count`` bits, for a count of 0 to 64 or more."""
    if count >= 64:
        return ~np.uint64(0)
    return (np.uint64(1) << np.uint64(count)) - np.uint64(1)


@kernel
def padded(data, at, scratch):  # type: ignore[no-untyped-def]
    """Fill ``scratch`` (64 bytes) with the last bytes of ``data`` from ``at`` on, then spaces."""
    for place in range(64):
        scratch[place] = data[at + place] if at + place < len(data) else np.uint8(0x20)


@inlined
def find_byte(data, start, end, byte):  # type: ignore[no-untyped-def]
    """The first place of a byte at or after ``start``, else ``end``."""
    at = start
    while at < end and at + 64 <= len(data):
        bits = equal(data, at, byte)
        if bits != np.uint64(0):
            return min(at + lowest_bit(bits), end)
        at += 64
    while at < end and data[at] != byte:
        at += 1
    return min(at, end)


@inlined
def count_characters(data, start, end):  # type: ignore[no-untyped-def]
    """Code points of valid UTF-8."""
    continued = 0
    at = start
    while at < end and at + 64 <= len(data):
        continued += count_bits(continuing(data, at) & bits_below(end - at))
        at += 64
    while at < end:
        continued += data[at] & np.uint8(0xC0) == np.uint8(0x80)
        at += 1
    return end - start - continued


@inlined
def copy_bytes(data, start, end, out, to):  # type: ignore[no-untyped-def]
    """Copy bytes; up to 63 more of ``out`` behind them may change, and must be there."""
    at = start
    while at < end and at + 64 <= len(data):
        copy_block(data, at, out, to + at - start)
        at += 64
    while at < end:
        out[to + at - start] = data[at]
        at += 1
