"""Making hostile text safe to look at. Markup is escaped where it is printed, not here."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
_LONGEST_SEQUENCE = 4096  # an escape sequence that never ends must not swallow the text

_ESCAPE_SEQUENCES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"  # CSI
    f"|(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]{{0,{_LONGEST_SEQUENCE}}}"
    "(?:\x07|\x1b\\\\|\x9c)"  # OSC, DCS, SOS, PM, APC with their end
    "|\x1b[ -/]{0,16}[0-~]"  # two-character escapes
)
_KEPT_FORMATS = frozenset("\u200c\u200d")  # joiners: Persian, Indic scripts and emoji need them


def printable(text: str, limit: int | None = None) -> str:
    """One line of text that cannot act on a terminal or turn the reading order.

    ANSI sequences, control characters, bidirectional marks, other invisible format characters,
    private-use code points, surrogates and noncharacters are taken out; white space of any kind
    becomes one blank. ``limit`` clips to so many characters, the last an ellipsis.
    """
    return clip(" ".join(_visible(text).split()), limit)


def printable_lines(text: str, limit: int | None = None) -> str:
    """As ``printable``, but lines stay lines."""
    lines = (" ".join(line.split()) for line in _visible(text).split("\n"))
    return clip("\n".join(line for line in lines if line), limit)


def clip(text: str, limit: int | None) -> str:
    """At most ``limit`` characters."""
    if limit is None or len(text) <= limit:
        return text
    return text[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def _visible(text: str) -> str:
    plain = _ESCAPE_SEQUENCES.sub("", text)
    return "".join(_seen(character) for character in plain)


def _seen(character: str) -> str:
    if character == "\n" or character in _KEPT_FORMATS:
        return character
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\r\v\f\x85":
        return " "
    return "" if category[0] == "C" else character
