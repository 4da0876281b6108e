"""Strings of a column that are not UTF-8; costs next to nothing when all are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.document import Mask
from pipeline.kernels.utf8 import valid_spans
from pipeline.reading.columns import string_offsets


def valid_rows(strings: pa.Array) -> Mask:
    """Which rows of a string or large_string array are UTF-8, shape (n,); nulls are."""
    offsets, data = string_offsets(strings), strings.buffers()[2]
    if data is None:
        return np.ones(len(strings), np.bool_)
    valid = valid_spans(np.frombuffer(data, np.uint8), offsets[:-1], offsets[1:])
    if strings.null_count and not valid.all():
        valid |= strings.is_null().to_numpy(zero_copy_only=False)
    return valid
