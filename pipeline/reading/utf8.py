"""Strings of a column that are not UTF-8; costs next to nothing when all are."""

from __future__ import annotations

import pyarrow as pa

from pipeline.document import Mask, text_view
from pipeline.kernels.utf8 import valid_spans


def valid_rows(strings: pa.Array) -> Mask:
    """Which rows of a string or large_string array are UTF-8, shape (n,); nulls are."""
    view = text_view(strings)
    valid = valid_spans(view.data, view.offsets[:-1], view.offsets[1:])
    if strings.null_count and not valid.all():
        valid |= strings.is_null().to_numpy(zero_copy_only=False)
    return valid
