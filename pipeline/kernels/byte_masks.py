"""Sixty-four bytes at a time: which of them are of a kind, as the bits of one integer.

Written in LLVM's portable vectors, which become AVX2, AVX-512 or NEON; its own vectoriser does
not take a loop that ends at the first hit. Bit i stands for ``data[at + i]``; the caller sees to
it that all 64 bytes (and for ``broken_utf8`` the three before them) lie in ``data``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

WIDTH = 64
_BLOCK = ir.VectorType(ir.IntType(8), WIDTH)
_MASK = ir.IntType(WIDTH)
_INDEX = ir.IntType(64)
_POISON_AT_ZERO = ir.Constant(ir.IntType(1), 1)

Load = Callable[[int], Any]  # the block that begins so many bytes from ``at``
Compiled = tuple[Any, Callable[[Any, Any, Any, Any], Any]]


@intrinsic
def string_stops(typing_context, data, at):  # type: ignore[no-untyped-def]
    """Where the plain run of a JSON string stops: quotes, backslashes, control characters."""

    def stops(builder: Any, load: Load) -> Any:
        block = load(0)
        quote = builder.icmp_unsigned("==", block, _same(0x22))
        backslash = builder.icmp_unsigned("==", block, _same(0x5C))
        control = builder.icmp_unsigned("<", block, _same(0x20))
        return builder.or_(builder.or_(quote, backslash), control)

    return _mask_of(stops, data, at)


@intrinsic
def backslashes(typing_context, data, at):  # type: ignore[no-untyped-def]
    """Backslashes."""
    return _mask_of(lambda builder, load: _equal(builder, load(0), 0x5C), data, at)


@intrinsic
def line_feeds(typing_context, data, at):  # type: ignore[no-untyped-def]
    """Line feeds."""
    return _mask_of(lambda builder, load: _equal(builder, load(0), 0x0A), data, at)


@intrinsic
def controls(typing_context, data, at):  # type: ignore[no-untyped-def]
    """Bytes below 0x20."""

    def below(builder: Any, load: Load) -> Any:
        return builder.icmp_unsigned("<", load(0), _same(0x20))

    return _mask_of(below, data, at)


@intrinsic
def beyond_ascii(typing_context, data, at):  # type: ignore[no-untyped-def]
    """Bytes of 0x80 and more."""
    return _mask_of(lambda builder, load: _negative(builder, load(0)), data, at)


@intrinsic
def broken_utf8(typing_context, data, at):  # type: ignore[no-untyped-def]
    """Bytes that may not follow the three before them in UTF-8 (RFC 3629, section 4)."""

    def broken(builder: Any, load: Load) -> Any:
        # The highest bit of a byte is its answer; shifts bring lower bits there.
        now, before, second, third = load(0), load(-1), load(-2), load(-3)
        either, both = builder.or_, builder.and_
        bit5 = builder.shl(now, _same(2))  # 80-9F have it not, A0-BF have it
        bit5_or_4 = either(bit5, builder.shl(now, _same(3)))  # 80-8F have neither
        continues = both(now, builder.not_(builder.shl(now, _same(1))))
        expected = both(before, builder.shl(before, _same(1)))  # C0 and more
        expected = either(expected, _above(builder, second, 0xE0))
        expected = either(expected, _above(builder, third, 0xF0))
        faults = builder.xor(continues, expected)
        for lead, fault in (
            (0xE0, builder.not_(bit5)),  # overlong
            (0xED, bit5),  # surrogates
            (0xF0, builder.not_(bit5_or_4)),  # overlong
            (0xF4, bit5_or_4),  # beyond U+10FFFF
        ):
            follows = builder.sext(_equal(builder, before, lead), _BLOCK)
            faults = either(faults, both(follows, fault))
        overlong = _equal(builder, both(now, _same(0xFE)), 0xC0)
        faults = either(faults, builder.sext(overlong, _BLOCK))
        return _negative(builder, either(faults, _above(builder, now, 0xF5)))

    return _mask_of(broken, data, at)


@intrinsic
def first_bit(typing_context, mask):  # type: ignore[no-untyped-def]
    """The lowest set bit of a mask that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], _POISON_AT_ZERO)

    return types.int64(types.uint64), generate


@intrinsic
def bit_count(typing_context, mask):  # type: ignore[no-untyped-def]
    """How many bits of a mask are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@intrinsic
def word_at(typing_context, data, at):  # type: ignore[no-untyped-def]
    """``data[at:at + 8]`` as an integer, the first byte lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], arguments[0], arguments[1])
        return _loaded(builder, place, _INDEX)

    return types.uint64(data, types.int64), generate


@intrinsic
def copy_block(typing_context, data, at, out, to):  # type: ignore[no-untyped-def]
    """Copy 64 bytes from ``data[at:]`` to ``out[to:]``, which must not overlap."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = _place(context, builder, signature.args[0], arguments[0], arguments[1])
        target = _place(context, builder, signature.args[2], arguments[2], arguments[3])
        block = _loaded(builder, source, _BLOCK)
        builder.store(block, builder.bitcast(target, _BLOCK.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(data, types.int64, out, types.int64), generate


def _mask_of(test: Callable[[Any, Load], Any], data: Any, at: Any) -> Compiled:
    """A function whose mask is the test, of one bit for each byte, of the block at a place."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def load(distance: int) -> Any:
            index = builder.add(arguments[1], ir.Constant(_INDEX, distance))
            place = _place(context, builder, signature.args[0], arguments[0], index)
            return _loaded(builder, place, _BLOCK)

        return builder.bitcast(test(builder, load), _MASK)

    return types.uint64(data, types.int64), generate


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    return builder.gep(context.make_array(kind)(context, builder, array).data, [index])


def _loaded(builder: Any, place: Any, kind: Any) -> Any:
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=1)


def _same(byte: int) -> Any:
    return ir.Constant(_BLOCK, [byte] * WIDTH)


def _equal(builder: Any, block: Any, byte: int) -> Any:
    return builder.icmp_unsigned("==", block, _same(byte))


def _negative(builder: Any, block: Any) -> Any:
    return builder.icmp_signed("<", block, _same(0))


def _above(builder: Any, block: Any, least: int) -> Any:
    """Highest bit set where a byte is at least ``least``, which is 0x80 or more."""
    rest = least - 0x80
    larger = builder.icmp_unsigned(">", block, _same(rest))
    return builder.select(larger, builder.sub(block, _same(rest)), _same(0))
