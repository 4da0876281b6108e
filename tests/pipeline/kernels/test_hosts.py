from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.hosts import host_set, is_below

LABELS = st.sampled_from(["a", "b", "ab", "bücher", "org"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


@given(st.lists(NAMES, max_size=5), st.lists(NAMES, max_size=5))
def test_finds_as_its_twin(view_of, names: list[str], listed: list[str]) -> None:
    expected = [
        any(name == other or name.endswith("." + other) for other in listed) for name in names
    ]
    assert is_below(view_of(names), host_set(tuple(listed))).tolist() == expected


def test_names_are_compared_label_by_label(view_of) -> None:
    view = view_of(["ab.org", "a.b.org", "b.org", "org", "b.org.a"])
    assert is_below(view, host_set(("b.org",))).tolist() == [False, True, True, False, False]


def test_case_and_dots_at_the_ends_of_listed_names_do_not_count(view_of) -> None:
    view = view_of(["www.example.org", "example.com", ""])
    assert is_below(view, host_set((".Example.ORG.",))).tolist() == [True, False, False]
