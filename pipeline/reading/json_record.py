"""One JSON line by the standard library: what a record is, and why a line is none.

This is the definition. ``pipeline.kernels.json_scan`` does the same much faster for lines without
surprises and leaves the others to this module.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pipeline.reading.columns import ColumnNames
from pipeline.reading.tally import INVALID_UTF8, MALFORMED_LINE, MISSING_TEXT, WRONG_TYPE

MAX_DEPTH = 256  # nesting; a fixed bound, since what Python itself bears differs by version
_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|([\[{])|([\]}])', re.DOTALL)

Values = tuple[bytes | None, ...]


class UnreadableRecordError(Exception):
    """A line that gives no document: its kind and what was found."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what


class _Integer(str):
    """An integer as written, so that no size is too large."""


class _Other(str):
    """Another number, NaN and Infinity among them."""


_DECODER = json.JSONDecoder(parse_int=_Integer, parse_float=_Other, parse_constant=_Other)


def read_record(line: bytes, names: ColumnNames) -> Values:
    """UTF-8 of id, url, source, lang and text of a line; None where null, absent or no string.

    Of a key that is given twice the last counts, NaN and Infinity are accepted, integers read as
    their decimal text (the text field excepted). Raises UnreadableRecordError.
    """
    record = _object(line)
    text = record.get(names.text)
    if text is None:
        raise missing_text(names)
    if type(text) is not str:
        raise wrong_type(names)
    return tuple(_encoded(record.get(name), name) for name in names.in_order())


def missing_text(names: ColumnNames) -> UnreadableRecordError:
    """A record whose text is null or absent."""
    return UnreadableRecordError(MISSING_TEXT, f"field {names.text!r} is absent or null")


def wrong_type(names: ColumnNames) -> UnreadableRecordError:
    """A record whose text is something else than a string."""
    return UnreadableRecordError(WRONG_TYPE, f"field {names.text!r} is no string")


def invalid_utf8() -> UnreadableRecordError:
    """A line that is not UTF-8."""
    return UnreadableRecordError(INVALID_UTF8, "not UTF-8")


def _object(line: bytes) -> dict[str, Any]:
    try:
        decoded = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid_utf8() from error
    if _depth_exceeds(line, MAX_DEPTH):
        raise UnreadableRecordError(MALFORMED_LINE, f"nested deeper than {MAX_DEPTH}")
    try:
        record = _DECODER.decode(decoded)
    except json.JSONDecodeError as error:
        what = f"not JSON: {error.msg} at character {error.pos + 1}"
        raise UnreadableRecordError(MALFORMED_LINE, what) from error
    except RecursionError as error:
        raise UnreadableRecordError(MALFORMED_LINE, "nested too deep") from error
    if not isinstance(record, dict):
        raise UnreadableRecordError(MALFORMED_LINE, "not a JSON object")
    return record


def _depth_exceeds(line: bytes, limit: int) -> bool:
    if line.count(b"[") + line.count(b"{") <= limit:
        return False
    depth = deepest = 0
    for match in _BRACKETS.finditer(line):
        depth += (match[1] is not None) - (match[2] is not None)
        deepest = max(deepest, depth)
    return deepest > limit


def _encoded(value: Any, name: str) -> bytes | None:
    if type(value) is not str and type(value) is not _Integer:
        return None
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError as error:
        what = f"field {name!r} holds a lone surrogate"
        raise UnreadableRecordError(INVALID_UTF8, what) from error
