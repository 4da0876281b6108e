from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.edges import blank


def test_blank_is_nothing_but_white_space(view_of) -> None:
    view = view_of(["", " \n\t\u3000\u200b\xa0", "  x", "\x00", " "])
    alive = np.array([True, True, True, True, False])
    assert blank(view, alive).tolist() == [True, True, False, False, False]


@given(data=st.data())
def test_blank_as_its_twin(data, texts, class_codes, view_of, all_alive) -> None:
    batch = data.draw(texts)
    view = view_of(batch)
    expected = [set(class_codes(text)) <= {"S"} for text in batch]
    assert blank(view, all_alive(view)).tolist() == expected
