"""Blocklists of hosts and of words in addresses, looked up column-wise."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import text_view
from pipeline.kernels.hosts import Hashes, is_below

# scheme://user@HOST:port/…, the host in brackets for IPv6; the scheme may be missing.
_HOST = r"^(?:[A-Za-z][A-Za-z0-9+.\-]*:)?(?://)?(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^:/?#]*)"


def hosts(urls: pa.Array) -> pa.Array:
    """Host of each address in lower case, without a final dot; null where there is no address."""
    found = pc.struct_field(pc.extract_regex(urls, _HOST), "host")
    return pc.utf8_rtrim(pc.utf8_lower(found), ".")


def in_blocked_host(urls: pa.Array, blocked: Hashes) -> npt.NDArray[np.float64]:
    """1 where the host or a domain above it is in the list, else 0; NaN where url is null."""
    return _measured(urls, is_below(text_view(hosts(urls)), blocked))


def has_blocked_word(urls: pa.Array, words: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """1 where a word of the list stands in the address between other than letters and digits.

    Case is ignored. NaN where url is null.
    """
    if not words:
        return _measured(urls, np.zeros(len(urls), np.bool_))
    listed = "|".join(re.escape(word.lower()) for word in words)
    pattern = rf"(?:^|[^a-z0-9])(?:{listed})(?:$|[^a-z0-9])"
    return _measured(urls, _mask(pc.match_substring_regex(pc.utf8_lower(urls), pattern)))


def _mask(answers: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.fill_null(answers, False).to_numpy(zero_copy_only=False), np.bool_)


def _measured(urls: pa.Array, found: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    return np.where(_mask(pc.is_valid(urls)), found.astype(np.float64), np.nan)
