"""Compiled scan of WARC records that hold no surprise, as Common Crawl writes its WET files.

A record is *plain* when it reads, byte for byte: a version line ``WARC/1.x``; lines ``Name: value``
with one space and no control character, folded line or second copy of a header that is wanted;
``WARC-Type`` conversion or warcinfo; a ``Content-Length`` of digits alone; an empty line; the
content; two line ends, all of them CRLF. The WARC library reads it as the same (``wet``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Bytes, Offsets
from pipeline.kernels.blocks import BLOCK, between, copy_block, lowest_bit
from pipeline.kernels.compiled import inlined, kernel

ID, URL, LANG, TEXT = range(4)
PLAIN, SHORT, OTHER = range(3)  # what follows the records found: nothing, part of one, no plain one
RECORDS_AT_ONCE = 4096
_MAX_HEADER_BYTES = 1 << 16
_MAX_LENGTH_DIGITS = 15

_NAMES = [
    b"warc-record-id",
    b"warc-target-uri",
    b"warc-identified-content-language",
    b"warc-type",
    b"content-length",
]
_TYPE, _LENGTH = 3, 4
_NAME_DATA = np.frombuffer(b"".join(_NAMES), np.uint8)
_NAME_ENDS = np.cumsum([0, *map(len, _NAMES)]).astype(np.int64)
_VERSION = np.frombuffer(b"WARC/1.", np.uint8)
_CONVERSION = np.frombuffer(b"conversion", np.uint8)
_WARCINFO = np.frombuffer(b"warcinfo", np.uint8)
_UUID = np.frombuffer(b"<urn:uuid:", np.uint8)


@dataclass(frozen=True, slots=True)
class Records:
    """Plain records one after the other: where they and the fields of each lie in the data.

    ``starts`` (n + 1,) is where each begins, and the last ends. ``begins`` and ``ends`` have the
    shape (4, n): id without its brackets, url, language, text; begin -1 where there is none.
    ``needed_bytes`` is how much data it takes, at least, to tell more when ``after`` is SHORT.
    """

    starts: Offsets
    begins: Offsets
    ends: Offsets
    is_conversion: npt.NDArray[np.bool_]
    after: int
    needed_bytes: int

    def first(self, count: int) -> Records:
        """The first ``count`` of them."""
        return Records(
            self.starts[: count + 1],
            self.begins[:, :count],
            self.ends[:, :count],
            self.is_conversion[:count],
            self.after,
            self.needed_bytes,
        )

    def conversions(self) -> Records:
        """Those that hold text; ``starts`` stay."""
        rows = self.is_conversion
        return Records(
            self.starts,
            self.begins[:, rows],
            self.ends[:, rows],
            rows[rows],
            self.after,
            self.needed_bytes,
        )


def scan(data: Bytes, at: int) -> Records:
    """The plain records from ``at`` on, 4,096 at most."""
    starts = np.empty(RECORDS_AT_ONCE + 1, np.int64)
    begins, ends = (np.empty((4, RECORDS_AT_ONCE), np.int64) for _ in range(2))
    is_conversion = np.empty(RECORDS_AT_ONCE, np.bool_)
    header = (np.empty(len(_NAME_ENDS) - 1, np.int64), np.empty(len(_NAME_ENDS) - 1, np.int64))
    found, after, needed = _scan(data, at, *header, starts, begins, ends, is_conversion)
    return Records(starts, begins, ends, is_conversion, after, needed).first(found)


def gathered(data: Bytes, begins: Offsets, ends: Offsets, out: Bytes) -> Offsets:
    """Copy spans of ``data`` behind each other; where each begins, and the last ends, (n + 1,).

    ``out`` needs 64 bytes more than they take.
    """
    offsets = np.zeros(len(begins) + 1, np.int64)
    _gather(data, begins, ends, out, offsets)
    return offsets


@inlined
def _matches(data, at, end, expected):  # type: ignore[no-untyped-def]
    """Whether ``data`` has these bytes at ``at``."""
    if at + len(expected) > end:
        return False
    for i in range(len(expected)):  # noqa: SIM110 compiled
        if data[at + i] != expected[i]:
            return False
    return True


@inlined
def _line_end(data, at):  # type: ignore[no-untyped-def]
    """Where the first control character is, or the end of the data."""
    while at + BLOCK <= len(data):
        found = between(data, at, 0, 0x20)
        if found != 0:
            return at + lowest_bit(found)
        at += BLOCK
    while at < len(data) and data[at] >= 0x20:
        at += 1
    return at


@inlined
def _is_line_break(data, at):  # type: ignore[no-untyped-def]
    return at + 1 < len(data) and data[at] == 0x0D and data[at + 1] == 0x0A


@inlined
def _name_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where a name of letters, digits and dashes ends."""
    while at < end:
        c = data[at] | 0x20
        if not (0x61 <= c <= 0x7A or 0x30 <= data[at] <= 0x39 or data[at] == 0x2D):
            break
        at += 1
    return at


@inlined
def _wanted(data, begin, end):  # type: ignore[no-untyped-def]
    """Which wanted header a name is, in any case of its letters; -1 for none."""
    for name in range(len(_NAME_ENDS) - 1):
        first = _NAME_ENDS[name]
        if _NAME_ENDS[name + 1] - first != end - begin:
            continue
        at = 0
        while at < end - begin and data[begin + at] | 0x20 == _NAME_DATA[first + at]:
            at += 1
        if at == end - begin:
            return name
    return -1


@inlined
def _number(data, begin, end):  # type: ignore[no-untyped-def]
    """The value of digits, -1 when there is anything else."""
    if end == begin or end - begin > _MAX_LENGTH_DIGITS:
        return np.int64(-1)
    value = np.int64(0)
    for at in range(begin, end):
        if data[at] < 0x30 or data[at] > 0x39:
            return np.int64(-1)
        value = value * 10 + np.int64(data[at]) - 0x30
    return value


@kernel
def _header_end(data, start, begins, ends):  # type: ignore[no-untyped-def]
    """Note the wanted headers of the record at ``start``; where they end, and what was found.

    ``begins`` and ``ends`` (5,) are -1 where a header is absent.
    """
    begins[:] = -1
    ends[:] = -1
    at = _line_end(data, start)
    ok = at == start + len(_VERSION) + 1 and _matches(data, start, at, _VERSION)
    ok = ok and (data[at - 1] == 0x30 or data[at - 1] == 0x31)
    while True:
        if at + 1 >= len(data):
            return at, SHORT
        if not ok or not _is_line_break(data, at):
            return at, OTHER
        begin = at + 2
        at = _line_end(data, begin)
        if at > start + _MAX_HEADER_BYTES:
            return at, OTHER
        if at == begin:
            if at + 1 >= len(data):
                return at, SHORT
            return at + 2, PLAIN if _is_line_break(data, at) else OTHER
        name_end = _name_end(data, begin, at)
        value = name_end + 2
        # A value of one character has the same first and last.
        ok = name_end > begin and value < at
        ok = ok and data[name_end] == 0x3A and data[name_end + 1] == 0x20
        ok = ok and data[value] != 0x20 and data[at - 1] != 0x20
        if ok:
            name = _wanted(data, begin, name_end)
            if name >= 0:
                ok = begins[name] < 0
                begins[name], ends[name] = value, at


@inlined
def _without_brackets(data, begin, end):  # type: ignore[no-untyped-def]
    """Of an id: "<urn:uuid:x>" and "<x>" are x."""
    if end - begin < 2 or data[begin] != 0x3C or data[end - 1] != 0x3E:
        return begin, end
    if _matches(data, begin, end, _UUID):
        return begin + len(_UUID), end - 1
    return begin + 1, end - 1


@kernel
def _scan(  # type: ignore[no-untyped-def]
    data, at, header_begins, header_ends, starts, begins, ends, is_conversion
):
    found = 0
    starts[0] = at
    while found < len(is_conversion) and at < len(data):
        text, what = _header_end(data, at, header_begins, header_ends)
        if what == SHORT and len(data) - at > _MAX_HEADER_BYTES:
            what = OTHER
        if what != PLAIN:
            return found, what, len(data) + 1
        length = _number(data, header_begins[_LENGTH], header_ends[_LENGTH])
        kind, kind_end = header_begins[_TYPE], header_ends[_TYPE]
        converted = _matches(data, kind, kind_end, _CONVERSION) and kind_end - kind == 10
        info = _matches(data, kind, kind_end, _WARCINFO) and kind_end - kind == 8
        if length < 0 or kind < 0 or not (converted or info):
            return found, OTHER, len(data)
        end = text + length
        if end + 4 > len(data):
            return found, SHORT, end + 4
        if not (_is_line_break(data, end) and _is_line_break(data, end + 2)):
            return found, OTHER, len(data)
        for field in range(TEXT):
            begins[field, found], ends[field, found] = header_begins[field], header_ends[field]
        if header_begins[ID] >= 0:
            begin, stop = _without_brackets(data, header_begins[ID], header_ends[ID])
            begins[ID, found], ends[ID, found] = begin, stop
        begins[TEXT, found], ends[TEXT, found] = text, end
        is_conversion[found] = converted
        at = end + 4
        found += 1
        starts[found] = at
    return found, PLAIN, len(data)


@kernel
def _gather(data, begins, ends, out, offsets):  # type: ignore[no-untyped-def]
    to = np.int64(0)
    for i in range(len(begins)):
        at, end = begins[i], ends[i]
        following = to + end - at
        while at < end and at + BLOCK <= len(data):
            copy_block(data, at, out, to)
            at += BLOCK
            to += BLOCK
        while at < end:
            out[to] = data[at]
            at += 1
            to += 1
        to = following
        offsets[i + 1] = to
