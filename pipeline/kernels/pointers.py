"""Bare pointers into arrays, for loops that run once per word.

Numba counts references of every array that is handed on or taken out of a tuple, with locked
instructions that take longer than the work of such a loop, and it checks every index for its sign.
A pointer has neither. Whoever takes one keeps the array: a kernel's own arguments last as long
as it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = intrinsic


@_intrinsic
def pointer_to(typing_context: Any, array: Any) -> Any:
    """Pointer to the first element of a contiguous array; ``pointer[i]`` reads, and writes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(array)(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate  # type: ignore[attr-defined]


@_intrinsic
def offset(typing_context: Any, pointer: Any, index: Any) -> Any:
    """Pointer to ``pointer[index]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return pointer(pointer, types.int64), generate


@_intrinsic
def prefetch(typing_context: Any, pointer: Any, index: Any) -> Any:
    """Ask for the cache line of ``pointer[index]``, which need not be there yet; never faults."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        place = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), byte)
        builder.call(hint, [place, number(0), number(3), number(1)])  # read, keep, data
        return context.get_dummy_value()

    return types.void(pointer, types.int64), generate


@_intrinsic
def bits_set(typing_context: Any, value: Any) -> Any:
    """How many bits of an unsigned 64-bit number are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@_intrinsic
def keep_apart(typing_context: Any) -> Any:
    """Keep the kernel that this stands in from being inlined where it is called.

    A loop that is inlined in six places is compiled six times, over again in every kernel around.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        attributes = builder.function.attributes
        attributes.discard("alwaysinline")  # numba hands it on from the kernel around
        attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate
